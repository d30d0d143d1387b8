"""What each input adds in each half of a blend, before anything is made of it.

Answers in the half's own score (log-odds, or log hazard interval by interval): linear terms around
the average training row, and exact Shapley values of the trees. The last parts are the regimen
itself and, for hazards, the change of effects with time. Also lays a patient out under regimens
without the draws that only forecasts need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.learning.chance import REGIMEN_OWNER, ChanceModel, by_owner
from dashboard.learning.encoding import Encoding
from dashboard.learning.hazard import HazardModel, descriptors_of, over_time
from dashboard.learning.views import Views
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Halves:
    """The blend's score of the average patient, and what each part adds in either half.

    Both halves count half. For hazards there is an axis of intervals before that of the parts.
    """

    baseline: Floats
    linear: Floats
    trees: Floats

    @property
    def parts(self) -> Floats:
        """What each part adds to the blend."""
        return (self.linear + self.trees) / 2

    def take(self, rows: npt.NDArray[np.int64]) -> Halves:
        """Some of the rows."""
        return Halves(self.baseline, self.linear[rows], self.trees[rows])


def lay_out(encoding: Encoding, facts: Mapping[str, Value], regimens: Sequence[str]) -> Views:
    """A patient under regimens as both halves take it.

    Raises:
        InputRefused: a value no model may be asked about.
        NotEnoughEvidence: too little is known of the patient, or nothing of a regimen.
    """
    row, _ = encoding.contract.of_patient(facts)
    return lay_out_rows(encoding, row[None], encoding.contract.describe(regimens))


def lay_out_rows(encoding: Encoding, values: Floats, descriptors: Floats) -> Views:
    """Rows (one for all descriptors, or one each) under regimens as both halves take them."""
    count = len(descriptors)
    core = encoding.filled(values)
    unknown = np.isnan(values).astype(np.float64)
    trees = encoding.tree_inputs(values)
    if len(values) == 1 < count:
        core, unknown, trees = (np.repeat(each, count, axis=0) for each in (core, unknown, trees))
    linear = encoding.linear_of(core, unknown, descriptors)
    return Views(linear, np.hstack([trees, descriptors]))


def chance_halves(model: ChanceModel, views: Views, encoding: Encoding) -> Halves:
    """The halves of a yes-or-no target: rows x (inputs, regimen)."""
    width = len(encoding.contract.inputs) + 1
    expected, by_column = model.forest.contributions(views.trees)
    centred = (views.linear - model.centre) * model.coefficients
    linear = by_owner(centred, encoding.linear_owner, width)
    trees = by_owner(by_column, encoding.tree_owner, width)
    return Halves(np.array([(model.centre @ model.coefficients + expected) / 2]), linear, trees)


def hazard_halves(model: HazardModel, views: Views, encoding: Encoding) -> Halves:
    """The halves of a time to an event: rows x intervals x (inputs, regimen, change with time)."""
    count, rows = model.intervals.count, len(views.trees)
    inputs = len(encoding.contract.inputs)
    expected, by_column = model.forest.contributions(over_time(views.trees, count))
    owner = np.where(encoding.tree_owner == REGIMEN_OWNER, inputs, encoding.tree_owner)
    trees = by_owner(by_column, np.append(owner, inputs + 1), inputs + 3)[:, :-1]
    fixed = (views.linear[:, 1:] - model.centre[1:]) * model.coefficients
    steady = by_owner(fixed, encoding.linear_owner[1:], inputs + 1)
    linear = np.zeros((rows, count, inputs + 2))
    linear[:, :, :-1] = steady[:, None, :]
    moving = descriptors_of(views, len(model.changing)) @ model.changing
    linear[:, :, inputs] += moving[:, None] * model.intervals.shape
    return Halves(_baseline(model, expected), linear, trees.reshape(rows, count, -1))


def hazard_baseline(model: HazardModel) -> Floats:
    """The log hazards of the average patient, one an interval."""
    return _baseline(model, model.forest.expected)


def _baseline(model: HazardModel, expected: float) -> Floats:
    linear = model.baseline + model.centre[1:] @ model.coefficients
    return (linear + model.offsets + expected) / 2 + model.level
