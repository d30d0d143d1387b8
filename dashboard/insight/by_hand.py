"""A model's survival computed a second time, from its kept numbers and in plain steps.

The trees are read from the text the training wrote and walked one by one; hazards are added up
interval by interval in loops. Nothing of the way a forecast usually takes is used but the encoded
row, so that a mistake there would show as a difference. Slow on purpose; for checking alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dashboard.learning.hazard import HazardModel
from dashboard.learning.intervals import Intervals
from dashboard.learning.views import Views

Floats = npt.NDArray[np.float64]

_TREE = re.compile(r"^Tree=\d+$(.*?)^shrinkage", re.MULTILINE | re.DOTALL)
_DEFAULT_LEFT, _MISSING = 2, 12  # bits of a split's kind: where a missing value goes, and if any
_MISSING_IS_MISSING = 8  # otherwise a missing value counts as zero


@dataclass(frozen=True)
class Tree:
    """One tree as the text has it."""

    feature: Sequence[int]
    threshold: Sequence[float]
    kind: Sequence[int]
    left: Sequence[int]
    right: Sequence[int]
    leaf: Sequence[float]

    def value(self, row: Sequence[float]) -> float:
        """The leaf that a row falls into."""
        if not self.feature:
            return self.leaf[0]
        node = 0
        while node >= 0:
            node = self.left[node] if self._goes_left(node, row) else self.right[node]
        return self.leaf[-node - 1]

    def _goes_left(self, node: int, row: Sequence[float]) -> bool:
        value, kind = row[self.feature[node]], self.kind[node]
        if math.isnan(value):
            if kind & _MISSING == _MISSING_IS_MISSING:
                return bool(kind & _DEFAULT_LEFT)
            value = 0.0
        return value <= self.threshold[node]


def trees_of(text: str) -> list[Tree]:
    """The trees of a model's text.

    Raises:
        ValueError: a tree lacks one of its lines.
    """
    return [_tree(found[1]) for found in _TREE.finditer(text)]


def _tree(text: str) -> Tree:
    held = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if "leaf_value" not in held:
        raise ValueError("A tree without leaves.")
    whole = [
        [int(each) for each in held.get(name, "").split()]
        for name in ("split_feature", "decision_type", "left_child", "right_child")
    ]
    thresholds = [float(each) for each in held.get("threshold", "").split()]
    leaves = [float(each) for each in held["leaf_value"].split()]
    feature, kind, left, right = whole
    return Tree(feature, thresholds, kind, left, right, leaves)


def survival_by_hand(model: HazardModel, views: Views, months: Floats) -> Floats:
    """The share without the event, rows x months."""
    trees = trees_of(model.forest_text)
    shares = np.empty((len(views.trees), len(months)))
    for place in range(len(views.trees)):
        hazards = _hazards(model, trees, views.linear[place], views.trees[place])
        for column, month in enumerate(months):
            total = sum(
                math.exp(hazard) * spent
                for hazard, spent in zip(hazards, _spent(model.intervals, month), strict=True)
            )
            score = math.log(max(total, 1e-300))
            recalibrated = model.recalibration.shift + model.recalibration.slope * score
            shares[place, column] = math.exp(-math.exp(min(recalibrated, 50.0)))
    return shares


def _hazards(model: HazardModel, trees: Sequence[Tree], linear: Floats, row: Floats) -> list[float]:
    """The log hazard of each interval: half from the regression, half from the trees."""
    width = len(model.changing)
    fixed = sum(x * b for x, b in zip(linear[1:], model.coefficients, strict=True))
    moving = sum(x * b for x, b in zip(row[len(row) - width :], model.changing, strict=True))
    found = []
    for interval, shape in enumerate(model.intervals.shape):
        regression = model.baseline[interval] + fixed + moving * shape
        with_time = [*row, float(interval)]
        boosted = sum(tree.value(with_time) for tree in trees) + model.offsets[interval]
        boosted += _start(model, with_time)
        found.append(float((regression + boosted) / 2 + model.level[interval]))
    return found


def _start(model: HazardModel, row: Sequence[float]) -> float:
    """Where the trees start from: a straight line in columns that are never unknown."""
    lean = model.forest.lean
    if lean is None:
        return 0.0
    steps = zip(row, lean.slopes, lean.centre, strict=False)
    return float(lean.base + sum(slope * (x - middle) for x, slope, middle in steps if slope))


def _spent(intervals: Intervals, month: float) -> list[float]:
    """Time on the cohort's clock spent in each interval until a month."""
    starts = [0.0, *intervals.cuts]
    ends = [*intervals.cuts, math.inf]
    return [
        _tick(intervals, min(max(month, start), end)) - _tick(intervals, start)
        for start, end in zip(starts, ends, strict=True)
    ]


def _tick(intervals: Intervals, month: float) -> float:
    clock = intervals.clock
    if not clock:
        return month
    for (before, passed), (after, then) in pairwise(clock):
        if month <= after:
            if month <= before:
                return passed
            return passed + (month - before) / (after - before) * (then - passed)
    (before, passed), (after, then) = clock[-2:]
    return then + (month - after) * (then - passed) / (after - before)


def together(pfs: Floats, overall: Floats) -> tuple[Floats, Floats]:
    """Both curves as they are shown: where they cross they meet halfway."""
    shared = min(pfs.shape[1], overall.shape[1])
    shown = [pfs.copy(), overall.copy()]
    for row in range(len(pfs)):
        for month in range(shared):
            one, other = pfs[row, month], overall[row, month]
            if one > other:
                shown[0][row, month] = shown[1][row, month] = (one + other) / 2
        for curve in shown:
            for month in range(shared, curve.shape[1]):
                curve[row, month] = min(curve[row, month], curve[row, shared - 1])
    return shown[0], shown[1]
