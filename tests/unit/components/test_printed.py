"""Forecasts drawn for paper: places, words and limits."""

from __future__ import annotations

import re

import pytest

from components.charts.printed import Dot, Line, chances_drawing, curves_drawing
from dashboard.answers.forecast import Chance
from tests.unit.reporting.cases import a_curve

LINES = [
    Line(f"Regimen {name}", a_curve(rate))
    for name, rate in zip("ABCDEF", (0.01, 0.02, 0.03, 0.05, 0.08, 0.1), strict=True)
]


def test_curves_start_at_everybody_and_end_at_the_horizon():
    """The first point is at 100%, the last at the last month asked for."""
    drawing = curves_drawing("Overall survival", LINES[:1], 36.0)
    first, last = re.search(r'points="(\S+) [^"]* (\S+)"', drawing.svg).groups()
    assert first == "52.0,12.0"
    assert float(last.split(",")[0]) == 546.0


def test_curves_say_in_words_what_they_show():
    """The alternative text has every regimen with its share and interval."""
    alt = curves_drawing("Overall survival", LINES[:2], 24.0).alt
    assert "Regimen A: 79% (63 to 90%) at 24 months" in alt


def test_more_than_three_curves_have_a_panel_each():
    """Bands that lie upon each other say nothing: each regimen gets its own panel."""
    assert curves_drawing("OS", LINES[:3], 36.0).svg.count("<g ") == 0
    assert curves_drawing("OS", LINES, 36.0).svg.count("<g ") == 6


def test_drawings_refuse_what_they_cannot_show():
    """Nothing to draw, or more regimens than can be told apart."""
    with pytest.raises(ValueError, match="No curve to draw"):
        curves_drawing("OS", [], 36.0)
    with pytest.raises(ValueError, match="7 regimens in one chart; at most 6"):
        curves_drawing("OS", [*LINES, Line("G", a_curve(0.2))], 36.0)
    with pytest.raises(ValueError, match="No chance to draw"):
        chances_drawing("Response", [])


def test_chances_lie_on_their_intervals():
    """The dot is between the ends, and the number beside it is the same."""
    drawing = chances_drawing("Response", [Dot("A <b>", Chance(0.5, 0.25, 0.75))])
    assert 'x1="340.0"' in drawing.svg
    assert 'cx="430.0"' in drawing.svg
    assert 'x2="520.0"' in drawing.svg
    assert "50% (25 to 75%)" in drawing.svg
    assert "<b>" not in drawing.svg
