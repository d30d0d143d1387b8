"""Calibration curves on the screen: which forecasts have one, and every point as a table.

Beside one patient's forecast: what happened to those who were told about the same, under each
regimen. They were patients left out of training, whatever they received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.charts import readings, theme
from components.charts.markup import Markup, element
from components.charts.reliability import Reliability, reliability_drawing
from components.charts.survival import stable_styles
from components.widgets import marks, panels
from components.widgets.methods import head_label
from components.widgets.tables import Cell, Column, table
from dashboard.answers.forecast import Chance, SurvivalCurve
from dashboard.answers.model_card import HeadCard, ModelCard, Tenth
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


# -- beside one patient's forecast ----------------------------------------------------------------

HERE_CAPTION = (
    "Dots: tenths of the patients left out of training, in the order of what was forecast, with "
    "the 95% interval of what was observed; on the dashed diagonal both are the same. Lines: this "
    "patient, one for each regimen. Observed whatever was received."
)


def at_this_risk(
    head: HeadCard, what: str, labels: Mapping[str, str], chances: Mapping[str, Chance]
) -> Markup:
    """The calibration curve with this patient's place on it, and who was told about the same.

    Args:
        head: of the figure.
        what: the figure in words, as a caption.
        labels: the name of every regimen.
        chances: what is forecast for this patient, by regimen.
    """
    if not head.tenths or not chances:
        return element("span")
    styles = stable_styles(list(chances), list(labels))
    here = [(styles[name], chance.p) for name, chance in chances.items()]
    drawing = reliability_drawing(Reliability(what, head.tenths), here)
    rows: list[list[Cell]] = [
        [marks.named(styles[name], labels[name]), _two_lines(readings.Reading(chance)),
         *_told_alike(chance, head.tenths)]
        for name, chance in chances.items()
    ]  # fmt: skip
    columns = [
        Column("Regimen", width="30%"), Column("This patient", number=True),
        Column("Patients told about the same", number=True),
        Column("Observed among them", number=True),
    ]  # fmt: skip
    words = table(f"{what}: what happened to those who were told about the same", columns, rows)
    return element(
        "div", element("div", drawing.image, element("div", words), class_="cc-beside"),
        panels.caption(HERE_CAPTION),
    )  # fmt: skip


def turned_out(
    head: HeadCard, endpoint: str, labels: Mapping[str, str], curves: Mapping[str, SurvivalCurve]
) -> Markup:
    """The same of survival at the month that was judged, to be opened; empty where there is none.

    Args:
        head: of the endpoint.
        endpoint: overall or progression-free survival.
        labels: the name of every regimen.
        curves: as forecast for this patient from the start on, by regimen.
    """
    month = head.tenths_at
    if month is None or not head.tenths:
        return element("span")
    read = {name: readings.curve_at(curve, month) for name, curve in curves.items()}
    chances = {name: chance for name, chance in read.items() if chance is not None}
    if not chances:
        return element("span")
    what = readings.quantity_label(endpoint, month)
    words = f"How such forecasts turned out at {month:g} months"
    return panels.disclosure(words, at_this_risk(head, what, labels, chances))


def _two_lines(shown: readings.Reading) -> Markup:
    return element("span", shown.middle, element("div", shown.ends, class_="cc-ends"))


def _told_alike(chance: Chance, tenths: Sequence[Tenth]) -> tuple[str, str]:
    """How many were told about the same and of how many it was true; none beyond them all."""
    told = sorted(tenths, key=lambda tenth: tenth.expected)
    first, last = told[0].expected, told[-1].expected
    if chance.high < first or chance.low > last:
        side = "less" if chance.high < first else "more"
        return f"nearly nobody was told {side}", readings.NOTHING
    near = min(told, key=lambda tenth: abs(tenth.expected - chance.p))
    observed = theme.percent(near.observed, near.low, near.high)
    return f"{near.n:,}, on average {theme.percent(near.expected)}", observed
