"""Benefit and harm as a hundred people in the full report: the numbers of the table, one scale."""

from __future__ import annotations

from dataclasses import replace

from components.charts.people import people_of
from dashboard.answers.forecast import Chance
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.document import Heading, Panels
from dashboard.reporting.hundred import TITLE
from tests.unit.reporting.cases import a_case, a_curve


def drawn(case):
    """The rows of pictures."""
    return [block for block in compose(case).blocks if isinstance(block, Panels)]


def test_report_draws_benefit_beside_harm():
    """Response, survival and severe toxicity: a hundred people each, of one size, full as told."""
    case = a_case()
    first, second = drawn(case)
    assert first.title == case.labels["pembrolizumab-mono"]
    response, alive, harm = first.items
    assert [one.title for one in first.items] == [
        "Response (CR or PR)", "Alive at 24 months", "Severe toxicity (grade 3 or worse)",
    ]  # fmt: skip
    assert (response.words, response.small) == ("41 in 100", "90% interval 33 to 50 in 100")
    assert harm.words == "20 in 100"
    assert alive.words == f"{people_of(case.of('pembrolizumab-mono').os.at(24.0)).middle} in 100"
    sizes = {(p.drawing.width, p.drawing.height) for row in (first, second) for p in row.items}
    assert len(sizes) == 1
    assert {p.drawing.svg.count("<circle") for p in first.items} == {100}
    assert "20 in 100" in harm.drawing.alt


def test_report_draws_nobody_without_a_forecast():
    """What has no forecast has no picture, and the one page has room for none."""
    case = a_case()
    names = [case.labels[name] for name in ("pembrolizumab-mono", "platinum-doublet-chemo")]
    assert [block.title for block in drawn(case)] == names
    closed = replace(case.forecast.regimens[0], regimen="osimertinib")
    named = replace(case, forecast=replace(case.forecast, regimens=(closed,)))
    assert [block.title for block in drawn(named)] == ["Osimertinib (not eligible)"]
    bare = replace(case, forecast=replace(case.forecast, regimens=()))
    assert Heading(TITLE) not in compose(bare).blocks
    assert not any(isinstance(block, Panels) for block in compose_summary(case).blocks)


def test_report_says_why_there_is_nobody_to_draw():
    """Nothing learnt and data that end early are said in words; fewer than one is not nobody."""
    case = a_case(horizon_months=60.0)
    bare = replace(
        case.forecast.regimens[0], response=Chance(0.003, 0.001, 0.009), os=a_curve(0.03),
        toxicities={},
    )  # fmt: skip
    (row,) = drawn(replace(case, forecast=replace(case.forecast, regimens=(bare,))))
    response, alive, harm = row.items
    assert response.words == "Fewer than 1 in 100"
    assert (alive.drawing, alive.words, alive.small) == (
        None, "No number", "the data end at 40 months",
    )  # fmt: skip
    assert (harm.drawing, harm.small) == (None, "not learnt from this cohort")
