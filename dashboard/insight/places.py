"""The values a feature could take: over the cohort, and for a patient of whom it is unknown.

Works from what a bundle keeps of its cohort (standardisation, rounded percentiles, the inputs'
joint distribution), so that no patient is needed. A number's usual range is its 10th to 90th
percentile; levels are those that at least eleven patients had. What a value would do is not asked
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from dashboard.foundation.seeds import generator
from dashboard.knowledge.schema import Kind
from dashboard.learning.encoding import Encoding
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

_USUAL = 1.2815515655446004  # standard deviations to the 10th and 90th percentile
_DRAWS = 200
_UNLIKELY = 0.05  # a level an unknown fact has with less chance is no end of its range


@dataclass(frozen=True, slots=True)
class Places:
    """What the inputs of an encoding could be."""

    encoding: Encoding

    def usual(self, column: int) -> Floats:
        """The ends of a number's usual range, or every level, as the matrix holds them."""
        each = self.encoding.contract.inputs[column]
        if each.kind is Kind.NUMBER:
            knots = self.encoding.axes[column].knots
            return self.raw(column, np.array([knots[0], knots[-1]] if knots else [-_USUAL, _USUAL]))
        return self.levels(column)

    def levels(self, column: int) -> Floats:
        """Every level that enough patients had."""
        each = self.encoding.contract.inputs[column]
        if each.kind is Kind.CATEGORY:
            return np.array(self.encoding.levels_kept[column], dtype=np.float64)
        if each.kind is Kind.FLAG:
            return np.array([0.0, 1.0])
        axis = self.encoding.axes[column]
        places = np.arange(float(len(each.levels)))
        inside = np.abs(axis.standard(places)) <= 2 * _USUAL
        return places[inside] if inside.any() else places

    def across(self, column: int, count: int) -> Floats:
        """Places over all of a number's range that the models were trained on, or every level."""
        each = self.encoding.contract.inputs[column]
        if each.kind is not Kind.NUMBER or each.clip is None:
            return self.levels(column)
        axis = self.encoding.axes[column]
        low, high = axis.standard(np.array(each.clip, dtype=np.float64)).tolist()
        found = self.raw(column, np.linspace(low, high, count))
        found[0], found[-1] = each.clip
        return found

    def average(self, column: int) -> float:
        """The commonest level, or the mean on the scale the models use."""
        each = self.encoding.contract.inputs[column]
        mean = self.encoding.completion.mean[self.encoding.core_input == column]
        if each.kind is Kind.CATEGORY:
            kept = self.encoding.levels_kept[column]
            return float(kept[int(np.argmax(mean))]) if kept else 0.0
        raw = float(self.raw(column, mean)[0])
        return raw if each.kind is Kind.NUMBER else float(round(raw))

    def likely(self, row: Floats, columns: Sequence[int]) -> Mapping[int, Floats]:
        """For unknown inputs: the usual range, or the likely levels, given what is known."""
        core = self.encoding.core(self.encoding.contract.clipped(row[None]))[0]
        normals = generator(0, "likely values").standard_normal((_DRAWS, len(core)))
        drawn = self.encoding.completion.draws(core, np.vstack([normals, -normals]))
        return {column: self._likely(column, drawn) for column in columns}

    def _likely(self, column: int, drawn: Floats) -> Floats:
        each = self.encoding.contract.inputs[column]
        own = drawn[:, self.encoding.core_input == column]
        if each.kind is Kind.CATEGORY:
            kept = self.levels(column)
            shares = np.bincount(np.argmax(own, axis=1), minlength=len(kept)) / len(own)
            return kept[shares >= _UNLIKELY]
        raw = self.raw(column, own[:, 0])
        if each.kind is Kind.NUMBER:
            return np.quantile(raw, [0.1, 0.9])
        levels, counts = np.unique(
            np.clip(np.round(raw), 0, max(1, len(each.levels) - 1)), return_counts=True
        )
        likely: Floats = levels[counts >= _UNLIKELY * len(raw)]
        return likely

    def raw(self, column: int, standard: Floats) -> Floats:
        """Values from their standardised places, inside what is possible."""
        axis, each = self.encoding.axes[column], self.encoding.contract.inputs[column]
        raw = standard * axis.spread + axis.mean
        values: Floats = np.exp(raw) - axis.shift if axis.logged else raw
        return np.clip(values, *each.clip) if each.clip else values

    def value(self, column: int, place: float) -> Value:
        """A place as a patient's value."""
        each = self.encoding.contract.inputs[column]
        if each.levels:
            return each.levels[int(place)]
        return bool(place) if each.kind is Kind.FLAG else float(place)

    def told(self, column: int, place: float) -> Value:
        """The same, numbers in three figures."""
        value = self.value(column, place)
        return shown(value) if isinstance(value, float) else value

    def plausible(self, row: Floats, changed: Sequence[int]) -> float:
        """How usual the changed values are among patients like this one in everything else.

        The share of such patients whose values lie farther from what was to be expected, by the
        inputs' joint distribution.
        """
        core = self.encoding.filled(row[None])[0]
        which = np.isin(self.encoding.core_input, changed)
        precision = np.linalg.inv(self.encoding.completion.covariance)
        pulled = (precision @ (core - self.encoding.completion.mean))[which]
        inner = precision[np.ix_(which, which)]
        distance = float(pulled @ np.linalg.solve(inner, pulled))
        return float(chdtrc(int(which.sum()), distance))


def shown(value: float) -> float:
    """A number rounded to three figures, as people say it."""
    return float(f"{value:.3g}")
