"""What follows from forecast curves by arithmetic: surviving so far, and the gap between two.

Nothing is estimated here. The curve of those who have come through the first months is the curve
divided by its value there, and so is each edge of its band. The gap between two curves has a band
put together from theirs by squares (Zou and Donner 2008), as if the two were independent: what
their intervals share, being of one patient, would make it narrower.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np

from dashboard.answers.forecast import Chance, Floats, Span, SurvivalCurve


@dataclass(frozen=True, slots=True)
class Gap:
    """How much more one is than the other, with an interval; points or months."""

    value: float
    low: float
    high: float
    level: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval keeps to one side of nothing."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, eq=False, slots=True)
class GapCurve:
    """The gap between two curves at each month."""

    months: Floats
    value: Floats
    low: Floats
    high: Floats
    level: float


def given_survived(curve: SurvivalCurve, month: float) -> SurvivalCurve:
    """The curve of those without the event at a month, counted from that month.

    Raises:
        ValueError: the curve ends there or before, or nobody is left.
    """
    if month == 0:
        return curve
    if not 0 < month < curve.months[-1]:
        raise ValueError(f"the curve ends at {curve.months[-1]:g} months, not after {month:g}")
    at = curve.at(month)
    if at.low <= 0:
        raise ValueError(f"nobody may be left at {month:g} months")
    later = curve.months > month
    months = np.append(0.0, curve.months[later] - month)
    p, low, high = (
        np.append(1.0, values[later] / start)
        for values, start in (
            (curve.probability, at.p), (curve.low, at.low), (curve.high, at.high),
        )
    )  # fmt: skip
    return SurvivalCurve(months, p, np.minimum(low, p), np.maximum(high, p), curve.level)


def gap(one: Chance, other: Chance) -> Gap:
    """How much likelier the one is than the other."""
    return Gap(*_apart((one.p, one.low, one.high), (other.p, other.low, other.high)), one.level)


def gap_of_means(one: Span, other: Span) -> Gap | None:
    """How many months more the one lasts on average; None where either is not known."""
    known = [
        (span.months, span.low, span.high)
        for span in (one, other)
        if span.months is not None and span.low is not None and span.high is not None
    ]
    if len(known) < len((one, other)):
        return None
    return Gap(*_apart(*known), one.level)


def gap_curve(one: SurvivalCurve, other: SurvivalCurve) -> GapCurve:
    """The gap between two curves, as far as both reach."""
    end = min(one.months[-1], other.months[-1])
    months = one.months[one.months <= end]
    gaps = [gap(one.at(float(month)), other.at(float(month))) for month in months]
    value, low, high = (
        np.array([getattr(found, name) for found in gaps]) for name in ("value", "low", "high")
    )
    return GapCurve(months, value, low, high, one.level)


def needed_to_treat(found: Gap) -> tuple[float, float, float] | None:
    """How many would have to be treated for one more to have it; None unless the gap is clear."""
    if not found.is_clear:
        return None
    few, middle, many = sorted((1 / abs(found.high), 1 / abs(found.value), 1 / abs(found.low)))
    return middle, few, many


def hazard(curve: SurvivalCurve, width: float) -> tuple[Floats, Floats]:
    """The events a month among those without one, over spans of so many months: middles, rates."""
    edges = np.arange(0.0, curve.months[-1] + 1e-9, width)
    free = np.maximum(np.interp(edges, curve.months, curve.probability), 1e-9)
    rates: Floats = -np.diff(np.log(free)) / width
    return (edges[:-1] + edges[1:]) / 2, rates


def _apart(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float, float]:
    """A difference with the interval that two independent intervals give it."""
    (p, low, high), (q, other_low, other_high) = one, other
    middle = p - q
    return (
        middle,
        middle - hypot(p - low, other_high - q),
        middle + hypot(high - p, q - other_low),
    )
