"""What-if drawn: ghosts beside new marks, swings around the forecast, words, and vectors."""

import plotly.graph_objects as go
import pytest

from components.charts.vector import drawing_of
from components.charts.what_if import (
    Ghosted,
    Swung,
    apart_text,
    change_text,
    figure_text,
    ghost_figure,
    tornado_figure,
)
from dashboard.answers.explanation import MONTHS, PROBABILITY
from dashboard.answers.forecast import Chance

BEFORE, AFTER = Chance(0.58, 0.4, 0.7), Chance(0.52, 0.3, 0.7)
COLUMNS = {"os": "Alive, 12 mo", "response": "Response"}


def a_row(label="Drug <a>"):
    """A regimen whose survival falls and whose response is not forecast."""
    return Ghosted(label, {"os": BEFORE, "response": None}, {"os": AFTER, "response": None})


def test_ghost_figure_keeps_the_original_beside_the_new():
    """Hollow and filled marks in one column; what has no forecast has no mark."""
    figure = ghost_figure([a_row(), a_row("Other")], COLUMNS)
    spec = figure.to_dict()
    go.Figure(spec)
    marks = {t["name"]: t for t in spec["data"]}
    assert marks["os, original"]["x"] == [0.58, 0.58]
    assert marks["os, original"]["marker"]["symbol"] == "diamond-open"
    assert marks["os, changed"]["x"] == [0.52, 0.52]
    assert marks["response, changed"]["x"] == []
    assert "Alive, 12 mo 52% (was 58%, \u22126 points)" in figure.alt
    assert drawing_of(figure).alt == figure.alt
    with pytest.raises(ValueError, match="Nothing"):
        ghost_figure([], COLUMNS)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (BEFORE, AFTER, "52% (was 58%, \u22126 points)"),
        (AFTER, BEFORE, "58% (was 52%, +6 points)"),
        (BEFORE, BEFORE, "58% (was 58%, no change)"),
        (None, AFTER, "\N{EN DASH}"),
    ],
)
def test_change_text_says_what_it_was(before, after, text):
    """New, old and the difference in points."""
    assert change_text(before, after) == text


def swings():
    """One unknown fact that moves both ways, one known that only raises."""
    return [
        Swung("Antibiotics", "no to yes", 0.64, 0.5, known=False),
        Swung("Sex: male", "male to female", 0.6, 0.7, known=True),
    ]


def test_tornado_figure_draws_both_directions_around_the_forecast():
    """Boxes begin at the forecast; what only raises has no hatched part; unknown facts are bold."""
    figure = tornado_figure(swings(), 0.6, PROBABILITY)
    spec = figure.to_dict()
    go.Figure(spec)
    boxes = {t["name"]: [x for x in t["x"] if x is not None] for t in spec["data"]}
    assert min(boxes["raises"]) == 0.6
    assert max(boxes["raises"]) == 0.7
    assert (min(boxes["lowers"]), max(boxes["lowers"])) == (0.5, 0.6)
    assert boxes["x2"] == [0, 0]
    names = next(t for t in spec["data"] if t["name"] == "x2")["text"]
    assert names == ["<b>Antibiotics</b>", "Sex: male"]
    assert "Antibiotics from no to yes: 64.0 to 50.0%" in figure.alt
    assert drawing_of(figure).alt == figure.alt
    with pytest.raises(ValueError, match="No swing"):
        tornado_figure([], 0.6, PROBABILITY)


def test_figures_are_told_in_their_unit():
    """Shares in percent and points, means in months."""
    assert (figure_text(0.63, PROBABILITY), figure_text(9.24, MONTHS)) == ("63%", "9.2 months")
    assert (apart_text(-0.011, PROBABILITY), apart_text(0.4, MONTHS)) == (
        "1.1 points",
        "0.4 months",
    )
