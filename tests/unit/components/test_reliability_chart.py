"""Calibration curves drawn: expected against observed with the diagonal, and words for both."""

import re

import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.reliability import (
    MOST_PANELS,
    Reliability,
    reliability_drawing,
    reliability_figure,
)
from components.widgets import reliability
from dashboard.answers.forecast import Chance
from dashboard.answers.model_card import HeadCard, Tenth
from tests.unit.components.forecasts import a_survival

CURVE = Reliability(
    "Response", (Tenth(100, 0.2, 0.25, 0.18, 0.34), Tenth(100, 0.6, 0.4, 0.31, 0.5))
)


def test_calibration_figure_has_a_panel_and_a_diagonal_for_each():
    """Plotly accepts it, and every point has its interval."""
    spec = reliability_figure([CURVE] * 3).to_dict()
    go.Figure(spec)
    assert len(spec["data"]) == len(spec["layout"]["shapes"]) == 3
    assert spec["data"][0]["error_y"]["array"] == [0.09, 0.1]
    assert spec["data"][2]["xaxis"] == "x3"


def test_calibration_figure_says_where_it_is_furthest_off():
    """Words for who cannot see it."""
    alt = reliability_figure([CURVE]).alt
    assert "in 1 of 2 groups the interval of what was observed holds what was expected" in alt
    assert "60% were expected" in alt


@pytest.mark.parametrize(
    "curves", [[], [CURVE] * (MOST_PANELS + 1), [Reliability("None", ())]], ids=len
)
def test_calibration_figure_needs_curves_that_fit(curves):
    """Nothing, too many, or a curve without points."""
    with pytest.raises(ValueError, match="calibration curves"):
        reliability_figure(curves)


# -- beside one patient's forecast ----------------------------------------------------------------

HEAD = HeadCard("response", tenths=CURVE.tenths, tenths_at=24.0)
LABELS = {"drug-a": "Drug A", "drug-b": "Drug B"}


def test_calibration_drawing_marks_where_the_patient_stands():
    """A line of each regimen's own at its chance, and the chances in words."""
    here = [(theme.REGIMEN_STYLES[0], 0.5), (theme.REGIMEN_STYLES[2], 0.25)]
    drawing = reliability_drawing(CURVE, here)
    assert re.search(r'<line x1="154.0" x2="154.0" y1="228" y2="8" stroke="#274655"', drawing.svg)
    assert 'stroke-dasharray="7 4"' in drawing.svg
    assert drawing.svg.count("<circle") == 2
    assert "This patient's forecasts: 50%, 25%." in drawing.alt


def test_patients_told_about_the_same_stand_beside_the_forecast():
    """The nearest tenth by what was expected; beyond them all, nobody was told so."""
    chances = {"drug-a": Chance(0.55, 0.5, 0.66), "drug-b": Chance(0.9, 0.8, 0.95)}
    text = reliability.at_this_risk(HEAD, "Response", LABELS, chances).text
    assert "100, on average 60%" in text
    assert "40% (31 to 50%)" in text
    assert "nearly nobody was told more" in text
    low = {"drug-a": Chance(0.05, 0.01, 0.1)}
    assert "nearly nobody was told less" in (
        reliability.at_this_risk(HEAD, "Response", LABELS, low).text
    )


def test_survival_is_held_against_what_came_of_others_at_the_month_that_was_judged():
    """Read off the patient's own curve there; a curve that ends before has no place on it."""
    text = reliability.turned_out(HEAD, "os", LABELS, {"drug-a": a_survival(24.0)}).text
    assert "How such forecasts turned out at 24 months" in text
    assert "Alive at 24 months" in text
    assert "50%" in text
    short = {"drug-a": a_survival(24.0, end=12.0)}
    assert reliability.turned_out(HEAD, "os", LABELS, short).text == "<span></span>"


@pytest.mark.parametrize("head", [HeadCard("response"), HeadCard("os", tenths_at=12.0)], ids=str)
def test_nothing_is_shown_where_no_groups_were_judged(head):
    """A hospital's small groups are withheld: no drawing, and no empty one."""
    chances = {"drug-a": Chance(0.5, 0.4, 0.6)}
    assert reliability.at_this_risk(head, "Response", LABELS, chances).text == "<span></span>"
    curves = {"drug-a": a_survival()}
    assert reliability.turned_out(head, "os", LABELS, curves).text == "<span></span>"
