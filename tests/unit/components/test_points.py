"""The points of a chart: what was drawn, with its names and its intervals."""

import pytest

from components.charts import theme
from components.charts.evidence import ForestRow, forest_figure
from components.charts.points import COLUMNS, points_of
from components.charts.population import shares_figure
from components.charts.survival import survival_figure
from dashboard.answers.population import LevelShare
from tests.unit.components.cohorts import a_curve


def drawn(**trace):
    """The points of a figure of one trace."""
    given = {"type": "scatter", "mode": "markers", **trace}
    return points_of(theme.figure([given], alt="One trace.", height=100))


def test_points_of_a_forest_have_names_and_ends():
    """The mark and both ends of its interval, each with the row's name."""
    rows = [ForestRow("Trial one", 40.0, 30.0, 50.0), ForestRow("Trial two", 20.0, 15.0, 26.0)]
    found = points_of(forest_figure(rows, title="Response", unit="%"))
    assert all(tuple(row) == COLUMNS for row in found)
    assert {(row["y"], row["x"]) for row in found} == {
        ("Trial one", "30"), ("Trial one", "40"), ("Trial one", "50"),
        ("Trial two", "15"), ("Trial two", "20"), ("Trial two", "26"),
    }  # fmt: skip


def test_points_of_bars_have_the_words_beside_them():
    """A bar's name, its count, and what stands beside it; a withheld count stays withheld."""
    shares = [LevelShare("north", 12, 0.6), LevelShare("south", None, None, "fewer than 5")]
    found = points_of(shares_figure(shares, "Hospitals"))
    assert [(row["y"], row["words"]) for row in found] == [
        ("north", "12 (60%)"), ("south", "fewer than 5"),
    ]  # fmt: skip


def test_points_of_curves_are_those_of_the_curve():
    """Every step of an observed curve stands there under its name."""
    curve = a_curve()
    found = points_of(survival_figure([curve], "Overall survival"))
    steps = [row for row in found if row["series"] == curve.label]
    held = dict(zip(curve.months, curve.survival, strict=True))
    known = [row for row in steps if float(row["x"]) in held]
    assert len(known) > 5
    edges = [row for row in found if row["series"] == f"{curve.label}, edge of the band"]
    assert len(edges) == 2 * len(steps)
    for row in known:
        assert float(row["y"]) == pytest.approx(held[float(row["x"])], abs=0.02)


def test_points_have_the_interval_of_their_mark():
    """Ends are sums of a value and its distance; one distance counts both ways."""
    both = {"array": [0.25], "arrayminus": [0.125], "symmetric": False}
    (row,) = drawn(x=[1.0], y=[0.5], error_y=both)
    assert (row["y"], row["low"], row["high"]) == ("0.5", "0.375", "0.75")
    (row,) = drawn(x=[1.0], y=[0.5], error_x={"array": [0.25]})
    assert (row["low"], row["high"]) == ("0.75", "1.25")
    (row,) = drawn(x=[1.0], y=[0.5], error_y={"array": [None]})
    assert (row["low"], row["high"]) == ("", "")


def test_points_leave_gaps_and_bare_words_out():
    """A gap in a line is no point, and neither are words that only stand beside marks."""
    assert len(drawn(x=[1, None, 2], y=[1, None, 2])) == 2
    assert drawn(mode="text", x=[0], y=[0], text=["beside"]) == []
    (row,) = drawn(mode="text", name="At risk", x=[0], y=[0], text=["<b>12</b><br>left"])
    assert row["words"] == "12 left"


def test_points_say_which_panel_they_are_of():
    """A figure of several panels tells them by number."""
    (row,) = drawn(x=[1], y=[2], xaxis="x3", yaxis="y3")
    assert row["panel"] == "3"
