"""How a survival probability is shared out over the parts that its hazards were added up from.

A survival probability is not additive in log hazards, so each part is credited with what it changes
when the parts are added one after another, averaged over orders (Shapley). A fixed set of orders
and their reverses stands for all of them: what is shared out adds up exactly along every order,
equal patients get equal answers, and the average is within half a point of that over all orders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.foundation.seeds import generator
from dashboard.learning.recalibration import Recalibration

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PAIRS, _PAIRS_OF_AREAS = 64, 16
_MANY_MONTHS = 8  # an area is a mean over many months and needs fewer orders


@dataclass(frozen=True, slots=True)
class SharedCurve:
    """Survival of the baseline and of each row at each month, and what each part adds."""

    baseline: Floats  # months
    output: Floats  # rows x months
    effects: Floats  # rows x months x parts


def share_out(
    baseline: Floats, parts: Floats, exposure: Floats, recalibration: Recalibration
) -> SharedCurve:
    """Share out survival at several months.

    Args:
        baseline: log hazards of the average patient, one an interval.
        parts: what each part adds to them: rows x intervals x parts.
        exposure: time spent in each interval until each month: months x intervals.
        recalibration: applied to the log cumulative hazard.
    """
    rows, _, count = parts.shape
    pairs = _PAIRS if len(exposure) <= _MANY_MONTHS else _PAIRS_OF_AREAS
    orders = _orders(count, pairs)
    effects = np.zeros((rows, len(exposure), count))
    for order in orders:
        steps = np.cumsum(parts[:, :, order], axis=2).transpose(0, 2, 1) + baseline
        survival = _survival(steps.reshape(-1, len(baseline)), exposure, recalibration)
        survival = survival.reshape(rows, count, len(exposure)).transpose(0, 2, 1)
        start = _survival(baseline[None], exposure, recalibration)[0]
        first = np.broadcast_to(start[:, None], (rows, len(start), 1))
        effects[:, :, order] += np.diff(np.concatenate([first, survival], axis=2), axis=2)
    begin = _survival(baseline[None], exposure, recalibration)[0]
    end = _survival(baseline + parts.sum(axis=2), exposure, recalibration)
    return SharedCurve(begin, end, effects / len(orders))


def _orders(parts: int, pairs: int) -> list[Integers]:
    """Orders of the parts, each with its reverse."""
    chance = generator(0, "orders", parts)
    drawn = [chance.permutation(parts) for _ in range(pairs)]
    return [*drawn, *(order[::-1] for order in drawn)]


def _survival(log_hazards: Floats, exposure: Floats, recalibration: Recalibration) -> Floats:
    total = np.log(np.maximum(np.exp(log_hazards) @ exposure.T, 1e-300))
    survival: Floats = np.exp(-np.exp(recalibration.apply(total)))
    return survival
