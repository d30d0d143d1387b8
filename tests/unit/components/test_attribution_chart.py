"""Explanations drawn: bars that sum up, lines over time, ratios; in words and as vectors."""

import plotly.graph_objects as go
import pytest

from components.charts import attribution
from components.charts.attribution import Attributed, Bar, Course, signed
from components.charts.vector import drawing_of
from dashboard.answers.explanation import MONTHS, PROBABILITY
from dashboard.answers.model_card import PlainEffect


def bars():
    """One bar that raises, one that lowers, one whose direction is not sure."""
    return Attributed(
        "Alive at 12 months under drug",
        PROBABILITY,
        (("Average patient", "58%"),),
        (
            Bar("Albumin <x>: 41 g/L", 0.05, 0.02, 0.08, "agrees"),
            Bar("LDH: 2", -0.03, -0.05, -0.01),
            Bar("4 facts of unsure direction", 0.01, sure=False),
        ),
        (("This patient", "61% (40 to 80%)"),),
    )


def test_attribution_figure_is_valid_and_draws_each_direction_its_own_way():
    """Raising is solid, lowering hatched, unsure grey; each a trace of its own."""
    spec = attribution.attribution_figure(bars()).to_dict()
    go.Figure(spec)
    boxes = {t["name"]: t for t in spec["data"] if t.get("fill") == "toself"}
    assert set(boxes) == {"raises", "lowers", "direction not sure"}
    assert "fillpattern" in boxes["lowers"]
    assert "fillpattern" not in boxes["raises"]
    assert max(boxes["raises"]["x"]) == 0.05
    assert min(boxes["lowers"]["x"]) == -0.03


def test_attribution_figure_tells_every_row_in_words():
    """Alternative text: what the bars start from, each bar with its interval, what they come to."""
    alt = attribution.attribution_figure(bars()).alt
    assert alt.index("Average patient 58%") < alt.index("+5.0 (+2.0 to +8.0) points")
    assert alt.endswith("This patient 61% (40 to 80%).")


def test_attribution_figure_escapes_facts_and_asks_for_bars():
    """A fact's name stays text; nothing to draw is an error."""
    spec = attribution.attribution_figure(bars()).to_dict()
    assert any("&lt;x&gt;" in text for t in spec["data"] for text in t.get("text", ()))
    with pytest.raises(ValueError, match="No bar"):
        attribution.attribution_figure(Attributed("x", MONTHS, (), (), ()))


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ((0.042, 0.01, 0.073, PROBABILITY), "+4.2 (+1.0 to +7.3)"),
        ((-0.06, -0.12, -0.02, PROBABILITY), "\u22126 (\u221212 to \u22122)"),
        ((0.06, 0.003, 0.12, PROBABILITY), "+6.0 (+0.3 to +12.0)"),
        ((1.26, None, None, MONTHS), "+1.3"),
        ((-0.00001, None, None, PROBABILITY), "0.0"),
    ],
)
def test_signed_gives_sign_and_digits_that_follow_the_interval(asked, text):
    """A sure direction never ends at zero for want of digits."""
    assert signed(*asked) == text


def courses(count):
    """So many facts over three months."""
    return [
        Course(f"Fact {n}", (6.0, 12.0, 24.0), (0.01 * n, 0.02, -0.01 * n)) for n in range(count)
    ]


def test_over_time_figure_has_a_line_and_a_label_for_each_fact():
    """Lines differ in dash as well as colour, and end in their names."""
    spec = attribution.over_time_figure(courses(5), "Overall survival").to_dict()
    go.Figure(spec)
    looks = {(t["line"]["color"], t["line"]["dash"]) for t in spec["data"]}
    assert len(looks) == 5
    assert [n["text"] for n in spec["layout"]["annotations"]] == [f"Fact {n}" for n in range(5)]


@pytest.mark.parametrize("count", [0, 6])
def test_over_time_figure_refuses_nothing_and_too_much(count):
    """One to five lines can be told apart."""
    with pytest.raises(ValueError, match="one to 5"):
        attribution.over_time_figure(courses(count), "Overall survival")


def ratios():
    """A harmful fact, and one whose interval leaves the picture."""
    return [
        PlainEffect("ldh", "LDH: 2 against 1", 1.4, 1.1, 1.8),
        PlainEffect("x", "X: yes", 6.0, 0.2, 40.0),
    ]


def test_ratios_figure_keeps_intervals_in_the_picture_and_figures_in_words():
    """A wide interval is cut at the edge; the text beside has it whole."""
    spec = attribution.ratios_figure(ratios(), "Overall survival").to_dict()
    go.Figure(spec)
    low, high = spec["layout"]["xaxis"]["range"]
    marks = spec["data"][0]
    for x, up, down in zip(
        marks["x"], marks["error_x"]["array"], marks["error_x"]["arrayminus"], strict=True
    ):
        assert low <= x - down <= x + up <= high
    assert spec["data"][2]["text"][1] == "6.00 (0.20 to 40.00)"
    with pytest.raises(ValueError, match="No ratio"):
        attribution.ratios_figure([], "x")


@pytest.mark.parametrize(
    "figure",
    [
        attribution.attribution_figure(bars()),
        attribution.over_time_figure(courses(3), "Overall survival"),
        attribution.ratios_figure(ratios(), "Overall survival"),
    ],
    ids=["bars", "over time", "ratios"],
)
def test_explanations_can_be_taken_as_vectors(figure):
    """Each picture can be drawn without a browser, with the same words."""
    drawing = drawing_of(figure)
    assert drawing.alt == figure.alt
    assert "NaN" not in drawing.svg
