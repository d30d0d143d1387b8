"""How stable each part's share is: would a model trained on other such patients agree?

The linear half's coefficients wander from sample to sample as far as its information and its prior
let them; the trees are taken to wander as far, half of it in common. Shares whose sign may change
are not to be shown as bars. Whether the intervals hold was measured against retrained models
(`benchmarks/attribution_truth.py`). How far a model is from the truth is another question, which
the intervals of forecasts and of differences answer: for those the posterior is kept as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.insight.halves import Halves
from dashboard.learning.chance import REGIMEN_OWNER, ChanceModel
from dashboard.learning.encoding import Encoding
from dashboard.learning.hazard import CHANGE, HazardModel, descriptors_of
from dashboard.learning.posterior import Posterior
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_IN_COMMON = 0.5  # correlation of how the halves wander, which are taken to do so equally
_LEAST, _NEARLY_ALL = 1e-12, 1 - 1e-7
_LEAST_PRECISION = 0.04  # an unpenalised coefficient is still no larger than five or so


@dataclass(frozen=True, slots=True)
class Leverage:
    """How shares move with one model's coefficients, and how far its halves are apart."""

    posterior: Posterior
    wander: Floats  # coefficients x directions in which they differ between samples
    rows: Floats  # (..., coefficients)
    owner: Integers  # the part each coefficient belongs to; -1 none
    apart: Floats  # (..., parts)
    steep: Floats  # (...): points a unit of the model's linear score
    coefficients: Floats  # of the linear half without what is the same for everybody
    place: int  # where these begin among all coefficients

    def unknown(self, drawn: Floats) -> Floats:
        """What draws of the unknown inputs (draws x rows x columns) make of each row's output."""
        moved: Floats = (self._own(drawn) @ self.coefficients) * self.steep[:, 0]
        return moved

    def uncertain_apart(self, drawn: Floats) -> float:
        """The variance of the difference of two rows' outputs that both unknowns make together.

        Of how far the inputs may lie from where they are taken to be, times how uncertain the
        coefficients are.
        """
        moved = self._own(drawn) * self.steep[:, :1]
        own = self.posterior.part(slice(self.place, self.place + len(self.coefficients)))
        return float(own.covariance_over(moved[:, :1] - moved[:, 1:])[0, 0])

    def _own(self, drawn: Floats) -> Floats:
        columns: Floats = drawn[:, :, drawn.shape[2] - len(self.coefficients) :]
        return columns

    def minus(self, first: int, second: int) -> Leverage:
        """The leverage of the difference between two rows."""
        rows = self.rows[first : first + 1] - self.rows[second : second + 1]
        apart = self.apart[first : first + 1] - self.apart[second : second + 1]
        steep = self.steep[first : first + 1] - self.steep[second : second + 1]
        return replace(self, rows=rows, apart=apart, steep=steep)

    def variance(self) -> Floats:
        """The variance of each part's share between samples of patients: (..., parts)."""
        found = np.zeros(self.apart.shape)
        for part in np.unique(self.owner[self.owner >= 0]):
            own = np.flatnonzero(self.owner == part)
            moved = self.rows[..., own] @ self.wander[own]
            found[..., part] = (moved**2).sum(axis=-1)
        return found

    def whole(self) -> Floats:
        """The posterior variance of all shares together: (...)."""
        whitened = self.rows * self.posterior.scale
        explained = whitened @ self.posterior.directions
        total: Floats = (whitened**2).sum(axis=-1) - (explained**2).sum(axis=-1)
        return np.maximum(total, 0.0)


def deviations(leverages: Sequence[Leverage]) -> Floats:
    """The standard deviation of each part's share between samples of patients: (..., parts).

    What the trees alone know, such as the change of effects with time, is taken to wander by all
    of itself, so that its sign is never called sure.
    """
    variance = np.sum([each.variance() for each in leverages], axis=0)
    owned = np.unique(np.concatenate([each.owner for each in leverages]))
    trees_alone = ~np.isin(np.arange(variance.shape[-1]), owned)
    share = np.sum([each.apart for each in leverages], axis=0) / 2
    deviation: Floats = np.where(
        trees_alone, np.abs(share), np.sqrt((1 + _IN_COMMON) / 2 * variance)
    )
    return deviation


def _wander(posterior: Posterior, precision: Floats) -> Floats:
    """How penalised coefficients vary between samples: a square root of their covariance.

    With information I and prior precision P it is (I + P)^-1 I (I + P)^-1; the information is kept
    in the posterior's directions.
    """
    explained = np.minimum((posterior.directions**2).sum(axis=0), _NEARLY_ALL)
    root = posterior.directions / np.sqrt(np.maximum(explained, _LEAST))
    information = root * np.sqrt(explained / (1 - explained)) / posterior.scale[:, None]
    spread = information / np.maximum(precision, _LEAST_PRECISION)[:, None]
    inner = np.eye(information.shape[1]) + information.T @ spread
    wander: Floats = np.linalg.solve(inner, spread.T).T
    return wander


def chance_leverage(
    model: ChanceModel, halves: Halves, views: Views, encoding: Encoding, *, points: Floats
) -> Leverage:
    """Of a yes-or-no target; `points` are points a unit of unrecalibrated score, one a row."""
    inputs, complexity = len(encoding.contract.inputs), model.complexity
    rows = (views.linear - model.centre) * points[:, None]
    apart = (halves.linear - halves.trees) * points[:, None]
    return Leverage(
        model.posterior,
        _wander(model.posterior, encoding.precision(complexity.spread, complexity.product)),
        rows[:, None, :],
        _owned(encoding.linear_owner, inputs),
        apart[:, None, :],
        points[:, None],
        model.coefficients,
        0,
    )


def hazard_leverage(
    model: HazardModel, halves: Halves, views: Views, encoding: Encoding, *, slopes: Floats
) -> Leverage:
    """Of a time to an event; `slopes` by the model's log hazards: rows x sums x intervals."""
    inputs = len(encoding.contract.inputs)
    steady = (views.linear[:, 1:] - model.centre[1:])[:, None, :] * slopes.sum(axis=2)[:, :, None]
    descriptors = descriptors_of(views, len(model.changing))
    moving = descriptors[:, None, :] * (slopes @ model.intervals.shape)[:, :, None]
    rows = np.concatenate([np.zeros_like(slopes), steady, moving], axis=2)
    owner = np.concatenate(
        [
            np.full(model.intervals.count, -1),
            _owned(encoding.linear_owner[1:], inputs),
            np.full(len(model.changing), inputs),
        ]
    )
    apart = np.einsum("rvk,rkj->rvj", slopes, halves.linear - halves.trees)
    steep = slopes.sum(axis=2)
    wander = _wander(model.posterior, _hazard_precision(model, encoding))
    place = model.intervals.count
    return Leverage(model.posterior, wander, rows, owner, apart, steep, model.coefficients, place)


def _hazard_precision(model: HazardModel, encoding: Encoding) -> Floats:
    """The prior a hazard model was fitted under: baselines free, changes with time held closer."""
    fixed = encoding.precision(model.complexity.spread, model.complexity.product)[1:]
    changing = np.full(len(model.changing), (CHANGE * model.complexity.spread) ** -2.0)
    return np.concatenate([np.zeros(model.intervals.count), fixed, changing])


def _owned(owner: Integers, inputs: int) -> Integers:
    return np.where(owner == REGIMEN_OWNER, inputs, owner)
