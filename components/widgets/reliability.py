"""Calibration curves on the screen: which forecasts have one, and every point as a table."""

from __future__ import annotations

from collections.abc import Sequence

from components.charts import theme
from components.charts.markup import Markup
from components.charts.reliability import Reliability
from components.widgets.methods import head_label
from components.widgets.tables import Cell, Column, table
from dashboard.answers.model_card import HeadCard, ModelCard
from dashboard.knowledge.schema import DiseasePack

CAPTION = (
    "Each mark is a tenth of the patients left out of training, put in the order of what was "
    "forecast for them; its line is the interval of what was observed. On the dashed line both are "
    "the same. Survival: the share without the event at the month named."
)
NOTHING = (
    "Too few patients were judged to compare groups of them, or too few of a hospital's had the "
    "event to be told of."
)


def calibration_curves(card: ModelCard, pack: DiseasePack) -> list[Reliability]:
    """The calibration curve of every forecast that has one, the first ones first."""
    return [
        Reliability(_at(head_label(head.target, pack), head), head.tenths)
        for head in card.heads
        if head.tenths
    ]


def _at(label: str, head: HeadCard) -> str:
    return label if head.tenths_at is None else f"{label}, at {head.tenths_at:g} months"


def tenths_table(curves: Sequence[Reliability]) -> Markup:
    """Every point of the calibration curves."""
    rows: list[list[Cell]] = [
        [curve.label, f"{t.n:,}", theme.percent(t.expected),
         theme.percent(t.observed, t.low, t.high)]
        for curve in curves
        for t in curve.tenths
    ]  # fmt: skip
    columns = [
        Column("Forecast"), Column("Patients", number=True), Column("Expected", number=True),
        Column("Observed (95% interval)", number=True),
    ]  # fmt: skip
    return table("Expected and observed, by groups of like prediction", columns, rows)
