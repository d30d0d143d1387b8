"""Observed curves as a table: who is in each, the median, and the shares at a few months.

The twin of the pictures of Kaplan and Meier on Cohort and on Similar patients, with the same words
for medians that were not reached and for counts that are withheld. Estimates nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from components.charts import readings, theme
from components.charts.markup import Markup
from components.charts.survival import median_words
from components.widgets.tables import Cell, Column, table
from dashboard.answers.population import GroupCurve

LANDMARKS = (6, 12, 24, 60)


def curves_table(curves: Sequence[GroupCurve], endpoint: str, *, band: str = "95 %") -> Markup:
    """Each curve in numbers.

    Args:
        curves: as drawn.
        endpoint: in words, for the caption.
        band: the level of the intervals.
    """
    rows: list[list[Cell]] = [
        [
            curve.label,
            _counted(curve.patients, curve.hidden),
            _counted(curve.events, curve.hidden),
            median_words(curve).removeprefix("median "),
            "; ".join(shares_at(curve)) or readings.NOTHING,
        ]
        for curve in curves
    ]
    columns = [
        Column("Regimen", width="27%"), Column("Patients", number=True),
        Column("Events", number=True), Column("Median"), Column("Share without the event"),
    ]  # fmt: skip
    return table(f"{endpoint} as observed, with {band} intervals", columns, rows)


def shares_at(curve: GroupCurve) -> Iterator[str]:
    """The share at each landmark that the curve reaches, in words."""
    for month in LANDMARKS:
        place = bisect_right(curve.months, month) - 1
        if place >= 0 and curve.months[-1] >= month:
            share = theme.percent(curve.survival[place], curve.low[place], curve.high[place])
            yield f"at {month} months {share}"


def _counted(count: int | None, hidden: str) -> str:
    return hidden or "withheld" if count is None else f"{count:,}"
