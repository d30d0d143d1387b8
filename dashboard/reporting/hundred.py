"""Benefit and harm under each regimen as a hundred people, beside each other and on one scale.

The pictures and the numbers are those of the letter to the patient: whole people, filled to whom it
happens, pale with an outline about whom the forecast is unsure. What no number is known of is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from components.charts import readings
from components.charts.people import People, people_drawing, people_of
from dashboard.answers.forecast import Chance, RegimenForecast, SurvivalCurve
from dashboard.reporting.board_case import BoardCase
from dashboard.reporting.document import Block, Heading, Panel, Panels, Paragraph

TITLE = "Benefit and harm in a hundred people"
_READ = (
    "Each figure is one of a hundred people like this one. Full: it happens to them, if the middle "
    "of the forecast is right. Pale with an outline: the 90% interval leaves it open. All pictures "
    "have one scale, so that benefit and harm can be held against each other."
)
_NOT_LEARNT = "not learnt from this cohort"


def people(case: BoardCase) -> Iterator[Block]:
    """A row of pictures for each regimen with a forecast."""
    drawn = [(name, found) for name in case.rows if (found := case.of(name))]
    if not drawn:
        return
    yield Heading(TITLE)
    yield Paragraph(_READ, small=True, leads=True)
    for name, found in drawn:
        yield Panels(case.drawn_label(name), _panels(case, found))


def _panels(case: BoardCase, found: RegimenForecast) -> tuple[Panel, ...]:
    months = case.horizon_months
    return (
        _panel("Response (CR or PR)", found.response, _NOT_LEARNT),
        _panel(
            f"Alive at {months:g} months", readings.curve_at(found.os, months), _why_none(found.os)
        ),
        _panel(
            "Severe toxicity (grade 3 or worse)",
            found.toxicities.get(readings.ANY), _NOT_LEARNT, harm=True,
        ),
    )  # fmt: skip


def _why_none(curve: SurvivalCurve | None) -> str:
    return _NOT_LEARNT if curve is None else f"the data end at {curve.months[-1]:g} months"


def _panel(title: str, chance: Chance | None, why: str, *, harm: bool = False) -> Panel:
    if chance is None:
        return Panel(title, None, "No number", why)
    counted = people_of(chance)
    number, between = _counted(counted), f"{counted.low} to {counted.high} in 100"
    drawing = people_drawing(counted, f"{title}: {number}; {between}", harm=harm)
    return Panel(title, drawing, number, f"90% interval {between}")


def _counted(found: People) -> str:
    return "Fewer than 1 in 100" if found.fewer_than_one else f"{found.middle} in 100"
