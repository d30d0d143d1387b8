"""How sure each part's share is: would a model trained on other patients of the kind agree?

Two things are uncertain: the linear half's coefficients (its posterior), and what the two halves
disagree about, of which half is taken, as for the intervals of forecasts. Whether they hold was
measured against retrained models (`benchmarks/attribution_truth.py`). What a share leaves out,
such as an input that was never measured, no interval can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.insight.halves import Halves
from dashboard.learning.chance import DISAGREEMENT, REGIMEN_OWNER, ChanceModel
from dashboard.learning.encoding import Encoding
from dashboard.learning.hazard import HazardModel, descriptors_of
from dashboard.learning.posterior import Posterior
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Leverage:
    """How shares move with one model's coefficients, and how far its halves are apart."""

    posterior: Posterior
    rows: Floats  # (..., coefficients)
    owner: Integers  # the part each coefficient belongs to; -1 none
    apart: Floats  # (..., parts)
    steep: Floats  # (...): points a unit of the model's linear score
    coefficients: Floats  # of the linear half without what is the same for everybody

    def unknown(self, drawn: Floats) -> Floats:
        """What draws of the unknown inputs (draws x rows x columns) make of each row's output."""
        columns = drawn[:, :, drawn.shape[2] - len(self.coefficients) :]
        moved: Floats = (columns @ self.coefficients) * self.steep[:, 0]
        return moved

    def minus(self, first: int, second: int) -> Leverage:
        """The leverage of the difference between two rows."""
        rows = self.rows[first : first + 1] - self.rows[second : second + 1]
        apart = self.apart[first : first + 1] - self.apart[second : second + 1]
        steep = self.steep[first : first + 1] - self.steep[second : second + 1]
        return replace(self, rows=rows, apart=apart, steep=steep)

    def variance(self) -> Floats:
        """The posterior variance of each part's share: (..., parts)."""
        found = np.zeros(self.apart.shape)
        whitened = self.rows * self.posterior.scale
        for part in np.unique(self.owner[self.owner >= 0]):
            own = np.flatnonzero(self.owner == part)
            inside = whitened[..., own]
            explained = inside @ self.posterior.directions[own]
            found[..., part] = (inside**2).sum(axis=-1) - (explained**2).sum(axis=-1)
        return np.maximum(found, 0.0)

    def whole(self) -> Floats:
        """The posterior variance of all shares together: (...)."""
        whitened = self.rows * self.posterior.scale
        explained = whitened @ self.posterior.directions
        total: Floats = (whitened**2).sum(axis=-1) - (explained**2).sum(axis=-1)
        return np.maximum(total, 0.0)


def deviations(leverages: Sequence[Leverage]) -> Floats:
    """The standard deviation of each part's share: (..., parts)."""
    variance = np.sum([each.variance() for each in leverages], axis=0)
    apart = np.sum([each.apart for each in leverages], axis=0)
    deviation: Floats = np.sqrt(variance + (DISAGREEMENT * apart) ** 2)
    return deviation


def chance_leverage(
    model: ChanceModel, halves: Halves, views: Views, encoding: Encoding, *, points: Floats
) -> Leverage:
    """Of a yes-or-no target; `points` are points a unit of unrecalibrated score, one a row."""
    inputs = len(encoding.contract.inputs)
    rows = (views.linear - model.centre) * points[:, None]
    apart = (halves.linear - halves.trees) * points[:, None]
    return Leverage(
        model.posterior,
        rows[:, None, :],
        _owned(encoding.linear_owner, inputs),
        apart[:, None, :],
        points[:, None],
        model.coefficients,
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
    return Leverage(model.posterior, rows, owner, apart, steep, model.coefficients)


def _owned(owner: Integers, inputs: int) -> Integers:
    return np.where(owner == REGIMEN_OWNER, inputs, owner)
