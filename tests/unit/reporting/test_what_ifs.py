"""Kept what-ifs in the full report: the figures of their page, what is otherwise, what is lost."""

from __future__ import annotations

from dataclasses import replace

from components.charts import readings
from components.charts.what_if import change_text
from dashboard.answers.forecast import Chance
from dashboard.records.patient import Patient
from dashboard.reporting.board_case import Tried
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.document import Callout, Heading
from dashboard.reporting.what_ifs import TITLE, figure_words
from tests.unit.reporting.cases import VALUES, a_case, a_curve

FITTER = Patient("P-7", "nsclc", {**VALUES, "ecog_ps": "0"}, line=1)


def tried(name="Fitter"):
    """A scenario in which the same patient responds more often and lives longer."""
    before = a_case().forecast
    better = tuple(
        replace(one, response=Chance(0.62, 0.51, 0.71), os=a_curve(0.02)) for one in before.regimens
    )
    return Tried(name, FITTER, replace(before, regimens=better))


def test_report_lays_scenarios_beside_the_forecast():
    """Each regimen with a forecast, each figure as the page of what-ifs says it, with interval."""
    case = a_case(scenarios=(tried(),))
    (table,) = [one for one in compose(case).tables if one.caption.startswith("Fitter: ")]
    assert "ECOG performance status: " in table.caption
    assert " instead of " in table.caption
    assert [row[0] for row in table.rows] == [case.labels[n] for n in case.regimens[:2]]
    after = tried().forecast
    for name, row in zip(case.regimens[:2], table.rows, strict=True):
        was = readings.at_month(case.of(name), 24.0)
        now = readings.at_month(after.of(name), 24.0)
        for quantity, cell in zip(readings.QUANTITIES, row[1:], strict=True):
            if was[quantity] is None:
                assert cell == "\N{EM DASH}"
            else:
                ends = readings.Reading(now[quantity]).ends
                assert cell == f"{change_text(was[quantity], now[quantity])}; {ends}"
    assert table.header[3] == "Alive at 24 months"


def test_report_says_why_a_scenario_cannot_be_forecast():
    """A scenario whose fact the pack dropped is named with the reason; the others stay."""
    case = a_case(scenarios=(Tried("Old", lost="The pack knows no ki67."), tried()))
    blocks = compose(case).blocks
    assert Callout("Old cannot be forecast. The pack knows no ki67.") in blocks
    assert Heading(TITLE) in blocks


def test_report_without_scenarios_has_no_section_of_them():
    """No heading over nothing; and the one page has no room for any."""
    assert Heading(TITLE) not in compose(a_case()).blocks
    assert Heading(TITLE) not in compose_summary(a_case(scenarios=(tried(),))).blocks


def test_figure_of_a_scenario_never_hides_that_there_is_none():
    """Where either forecast is missing there is a dash."""
    assert figure_words(None, Chance(0.5, 0.4, 0.6)) == "\N{EM DASH}"
    assert figure_words(Chance(0.5, 0.4, 0.6), None) == "\N{EM DASH}"
