"""A shift and a slope learnt on predictions out of fold, pulled towards changing nothing.

For chances the pair acts on log-odds, for survival on the log cumulative hazard, so that order and
monotone directions stay. With few events the pair stays at (0, 1). Priors of standard deviation 1
for the shift and 0.2 for the slope were never worse than no recalibration by more than 0.001 in log
loss. Isotonic regression is deliberately absent: it costs ranking and needs thousands of events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from dashboard.learning.ridge import sigmoid

Floats = npt.NDArray[np.float64]

Cost = Callable[[Floats], tuple[float, Floats]]

_SHIFT_SPREAD, _SLOPE_SPREAD = 1.0, 0.2
_SLOPES = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """New score = shift + slope x score."""

    shift: float = 0.0
    slope: float = 1.0

    def apply(self, scores: Floats) -> Floats:
        """The recalibrated scores."""
        return self.shift + self.slope * scores


UNCHANGED = Recalibration()


def recalibrate_chances(scores: Floats, answers: Floats, weights: Floats) -> Recalibration:
    """Learn the pair from log-odds out of fold and what happened."""

    def cost(pair: Floats) -> tuple[float, Floats]:
        eta = pair[0] + pair[1] * scores
        loss = float(weights @ (np.logaddexp(0.0, eta) - answers * eta))
        excess = weights * (sigmoid(eta) - answers)
        return loss, np.array([excess.sum(), excess @ scores])

    return _solve(cost)


def recalibrate_hazards(
    log_cumulative: Floats, log_hazard: Floats, events: Floats, weights: Floats
) -> Recalibration:
    """Learn the pair from log cumulative hazards at each row's end of follow-up.

    A row's likelihood under cumulative hazard exp(shift + slope log H): the recalibrated hazard at
    its end if it had the event, and survival until then in any case.
    """

    def cost(pair: Floats) -> tuple[float, Floats]:
        shift, slope = pair
        total = np.exp(shift + slope * log_cumulative)
        rate = shift + np.log(slope) + (slope - 1.0) * log_cumulative + log_hazard
        loss = float(weights @ (total - events * rate))
        by_shift = weights @ (total - events)
        by_slope = weights @ (total * log_cumulative - events * (1.0 / slope + log_cumulative))
        return loss, np.array([by_shift, by_slope])

    return _solve(cost)


def _solve(cost: Cost) -> Recalibration:
    def penalised(pair: Floats) -> tuple[float, Floats]:
        loss, gradient = cost(pair)
        pulls = np.array([pair[0] / _SHIFT_SPREAD**2, (pair[1] - 1.0) / _SLOPE_SPREAD**2])
        prior = 0.5 * (pair[0] ** 2 / _SHIFT_SPREAD**2 + (pair[1] - 1.0) ** 2 / _SLOPE_SPREAD**2)
        return loss + prior, gradient + pulls

    found = optimize.minimize(
        penalised,
        np.array([0.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-5.0, 5.0), _SLOPES],
    )
    return Recalibration(float(found.x[0]), float(found.x[1]))
