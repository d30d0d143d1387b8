"""The forest and the line of years: rows, marks, words, and sound specifications."""

import plotly.graph_objects as go
import pytest

from components.charts.evidence import (
    MODEL,
    OWN,
    SCORE,
    TRIAL,
    ForestRow,
    YearMark,
    figure_text,
    forest_figure,
    timeline_figure,
)
from dashboard.answers.evidence import MONTHS, RATIO, SHARE

ROWS = [
    ForestRow("KEYNOTE-024", 26.3, 18.3, 40.4),
    ForestRow("Model", 34.0, 28.0, 41.0, MODEL),
    ForestRow("Open-ended", None, 30.0, None),
    ForestRow("Score", 11.0, None, None, SCORE),
    ForestRow("<b>Own</b> & row", 20.0, 15.0, 25.0, OWN, faint=True),
]


def trace(figure, name):
    """One trace by its name."""
    return next(t for t in figure.to_dict()["data"] if t.get("name") == name)


@pytest.mark.parametrize("unit", [MONTHS, SHARE, RATIO])
def test_forest_is_a_sound_figure(unit):
    """Plotly accepts it, and its words tell every row with who says it."""
    figure = forest_figure(ROWS, title="Median OS", unit=unit)
    go.Figure(figure.to_dict())
    assert "Score (score): 11" in figure.alt
    assert "not reached" in figure.alt


def test_forest_draws_each_voice_with_its_own_mark():
    """Shape tells who speaks; a hollow mark speaks of other patients."""
    figure = forest_figure(ROWS, title="Median OS", unit=MONTHS)
    shapes = {name: trace(figure, name)["marker"]["symbol"] for name in (MODEL, TRIAL, SCORE, OWN)}
    assert len(set(shapes.values())) == 4
    assert trace(figure, OWN)["marker"]["color"] == ["#FFFFFF"]
    assert trace(figure, "no upper end")["y"] == [3]


def test_forest_keeps_every_value_on_its_axis():
    """Nothing is drawn outside the plot; ratios have a line at no effect."""
    rows = [ForestRow("far", 400.0, 0.1, 900.0), ForestRow("near", 2.0, 1.0, 4.0)]
    figure = forest_figure(rows, title="HR", unit=RATIO)
    low, high = figure.to_dict()["layout"]["xaxis"]["range"]
    drawn = [x for t in figure.to_dict()["data"] if t.get("xaxis") is None for x in t["x"]]
    assert all(10**low <= x <= 10**high for x in drawn)
    assert figure.to_dict()["layout"]["shapes"][0]["x0"] == 1
    assert forest_figure(rows, title="OS", unit=MONTHS).to_dict()["layout"]["shapes"] == []


def test_forest_shows_data_as_letters():
    """A name that looks like a tag is shown, not obeyed."""
    figure = forest_figure(ROWS, title="Median OS", unit=MONTHS)
    texts = [text for t in figure.to_dict()["data"] for text in t.get("text", [])]
    assert "&lt;b&gt;Own&lt;/b&gt; &amp; row" in texts


def test_forest_needs_a_row():
    """An empty forest is a mistake of the caller."""
    with pytest.raises(ValueError, match="at least one row"):
        forest_figure([], title="x", unit=MONTHS)


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "told"),
    [
        (26.3, 18.3, 40.4, MONTHS, "26.3 (18.3 to 40.4)"),
        (None, 30.0, None, MONTHS, "not reached (≥ 30.0)"),
        (None, None, None, MONTHS, "not reached"),
        (46.1, 38.0, 54.0, SHARE, "46% (38 to 54%)"),
        (46.1, None, None, SHARE, "46%"),
        (0.62, 0.48, 0.81, RATIO, "0.62 (0.48 to 0.81)"),
        (12.0, None, 14.0, MONTHS, "12.0 (? to 14.0)"),
    ],
)
def test_figures_are_written_with_their_interval(value, low, high, unit, told):
    """Digits by unit; a missing end is said, never invented."""
    assert figure_text(value, low, high, unit) == told


MARKS = [
    YearMark(2016, "KEYNOTE-024", "Pembrolizumab", 154, re_read=True),
    YearMark(2016, "KEYNOTE-010", "Pembrolizumab", 690, re_read=False),
    YearMark(2019, "FLAURA", "Osimertinib", None, re_read=True),
]


def test_timeline_is_a_sound_figure():
    """A row for each regimen; what was re-read is filled."""
    figure = timeline_figure(MARKS)
    go.Figure(figure.to_dict())
    assert "KEYNOTE-010 2016, KEYNOTE-024 2016" in figure.alt
    assert trace(figure, "not re-read in full")["marker"]["color"] == "#FFFFFF"


def test_timeline_keeps_publications_of_a_year_apart():
    """Two trials of one regimen and year do not hide each other."""
    both = [YearMark(2016, f"T{n}", "Pembrolizumab", 100, re_read=True) for n in range(3)]
    assert len(set(trace(timeline_figure(both), "re-read at the source")["x"])) == 3


def test_timeline_needs_a_publication():
    """An empty line of years is a mistake of the caller."""
    with pytest.raises(ValueError, match="at least one publication"):
        timeline_figure([])
