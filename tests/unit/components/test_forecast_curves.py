"""Forecast curves drawn: bands, names, what was followed and what was not, and the gap of two."""

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from components.charts import forecast_curves, theme
from components.charts.forecast_curves import Drawn, Frame
from components.charts.survival import MOST_POINTS
from dashboard.answers.curves import gap_curve
from dashboard.answers.similar import ObservedCurve
from tests.unit.components.forecasts import a_survival

AT_RISK = {0: 200, 6: 150, 12: 90, 18: 50, 24: 20, 30: 11, 36: 6, 42: 2, 48: 1}


def drawn(count=2, at_risk=AT_RISK, **shape):
    """So many curves of growing medians."""
    return [
        Drawn(
            f"drug-{place}",
            f"Drug {place}",
            a_survival(10.0 + 4 * place, **shape),
            theme.REGIMEN_STYLES[place],
            at_risk,
        )
        for place in range(count)
    ]


def traces(figure, **wanted):
    """The traces of a figure with these settings."""
    return [
        t for t in figure.to_dict()["data"] if all(t.get(key) == v for key, v in wanted.items())
    ]


FRAME = Frame("Overall survival", mark=12.0)


def test_forecast_curves_are_valid_figures():
    """Plotly accepts every specification as it stands."""
    held = drawn(6)
    for figure in (
        forecast_curves.curves_figure(held[:4], FRAME),
        forecast_curves.panels_figure(held, FRAME),
        forecast_curves.gap_figure(gap_curve(held[0].curve, held[1].curve), *held[:2], FRAME),
    ):
        go.Figure(figure.to_dict())
        assert figure.alt


def test_forecast_curves_have_bands_around_them():
    """Low, high and middle at the same months, within 0 and 1, in at most 120 points."""
    figure = forecast_curves.curves_figure(drawn(1), FRAME)
    low, high, middle = traces(figure, name="Drug 0")
    assert low["x"] == high["x"] == middle["x"]
    assert len(low["x"]) <= MOST_POINTS
    for a, b, c in zip(low["y"], middle["y"], high["y"], strict=True):
        assert 0 <= a <= b <= c <= 1
    assert high["fillcolor"].endswith("0.13)")


def test_forecast_curves_differ_by_more_than_colour():
    """Each has its own dash or colour, and its name at its end."""
    held = drawn(4)
    figure = forecast_curves.curves_figure(held, FRAME)
    notes = " ".join(note["text"] for note in figure.to_dict()["layout"]["annotations"])
    lines = [traces(figure, name=each.label)[-1]["line"] for each in held]
    assert len({(line["color"], line["dash"]) for line in lines}) == 4
    assert all(f"<b>{each.label}</b>" in notes for each in held)


def test_forecast_curves_hatch_where_hardly_anybody_was_followed():
    """From the last month with ten at risk to the end of the axis."""
    (ground,) = traces(forecast_curves.curves_figure(drawn(), FRAME), fill="toself")
    assert min(ground["x"]) == 30
    assert max(ground["x"]) == 48
    assert ground["fillpattern"]["shape"] == "/"


def test_forecast_curves_hatch_beyond_follow_up():
    """A curve that ends between two ticks leaves hatched ground behind it, and a line says so."""
    figure = forecast_curves.curves_figure(drawn(end=44.0, at_risk={}), FRAME)
    (ground,) = traces(figure, fill="toself")
    assert min(ground["x"]) == 44
    notes = [note["text"] for note in figure.to_dict()["layout"]["annotations"]]
    assert "follow-up ends at 44" in notes


def test_forecast_curves_hatch_nothing_where_all_was_followed():
    """No ground is hatched where enough were followed to the end."""
    assert traces(forecast_curves.curves_figure(drawn(at_risk={}), FRAME), fill="toself") == []


def test_forecast_curves_show_the_cohort_at_risk_beneath():
    """Numbers on the ticks; counted from now when months were come through."""
    figure = forecast_curves.curves_figure(drawn(1), FRAME)
    (row,) = traces(figure, yaxis="y2")
    assert row["x"][:3] == [0, 6, 12]
    assert row["text"][:3] == ["200", "150", "90"]
    later = forecast_curves.curves_figure(drawn(1), Frame("Overall survival", survived=12.0))
    (row,) = traces(later, yaxis="y2")
    assert (row["x"][0], row["text"][0]) == (0, "90")
    assert "12 months after the start" in later.to_dict()["layout"]["xaxis"]["title"]["text"]


def test_forecast_curves_words_say_medians_and_the_marked_month():
    """Alternative text: every median, the share at the month marked, the end of follow-up."""
    words = forecast_curves.curves_words(drawn(2), FRAME)
    assert "Drug 0: median 10.0 months" in words
    assert words.count("at 12 months") == 2
    assert words.endswith("Follow-up ends at 48 months.")
    assert "at 12 months" not in forecast_curves.curves_words(drawn(1), Frame("Survival"))


def test_forecast_curves_labels_have_room():
    """The margin is as wide as the longest line of a label."""
    (short,) = drawn(1)
    long = Drawn("x", "A regimen of a very long name indeed", short.curve, short.style)
    narrow = forecast_curves.curves_figure([short], FRAME).to_dict()["layout"]["margin"]["r"]
    assert forecast_curves.curves_figure([long], FRAME).to_dict()["layout"]["margin"]["r"] >= narrow


def test_forecast_curves_escape_names():
    """A name cannot bring tags of its own."""
    (each,) = drawn(1)
    sly = Drawn("x", "<b>Drug</b>", each.curve, each.style)
    notes = forecast_curves.curves_figure([sly], FRAME).to_dict()["layout"]["annotations"]
    assert any("&lt;b&gt;Drug" in note["text"] for note in notes)


def test_forecast_curves_lay_what_was_observed_over_the_forecast():
    """A thin stepped line to the end of the forecast, and how many it rests on."""
    (each,) = drawn(1)
    months = tuple(float(month) for month in range(1, 60))
    held = tuple(0.98**month for month in months)
    seen = ObservedCurve(months, held, held, held, 30.0, 20.0, None, 12)
    over = replace(each, observed=seen, seen="observed in 34 alike, in effect 21")
    figure = forecast_curves.curves_figure([over], FRAME)
    (line,) = traces(figure, name="Drug 0, observed")
    assert line["line"]["shape"] == "hv"
    assert max(line["x"]) <= 48
    assert "observed in 34 alike, in effect 21" in figure.alt
    notes = " ".join(note["text"] for note in figure.to_dict()["layout"]["annotations"])
    assert "observed in 34 alike" in notes


def test_forecast_curves_panels_have_a_place_for_each():
    """Six panels: own axes, the others in grey behind."""
    figure = forecast_curves.panels_figure(drawn(6), FRAME).to_dict()
    assert {f"xaxis{n}" for n in ("", 2, 3, 4, 5, 6)} <= set(figure["layout"])
    assert sum(trace.get("name") == "the others" for trace in figure["data"]) == 6


def test_forecast_curves_gap_has_nothing_in_its_middle():
    """The axis reaches as far up as down, and the words say points with sign and interval."""
    one, other = drawn(2)
    figure = forecast_curves.gap_figure(gap_curve(other.curve, one.curve), other, one, FRAME)
    low, high = figure.to_dict()["layout"]["yaxis"]["range"]
    assert low == -high
    assert "Drug 1 minus Drug 0" in figure.alt
    assert "+" in figure.alt
    assert "points at 12 months (" in figure.alt


@pytest.mark.parametrize("count", [0, 5])
def test_forecast_curves_refuse_what_one_picture_cannot_hold(count):
    """None, or more than four."""
    with pytest.raises(ValueError, match="one picture holds 1 to 4"):
        forecast_curves.curves_figure(drawn(count), FRAME)


def test_forecast_curves_panels_refuse_nothing():
    """Panels need a curve."""
    with pytest.raises(ValueError, match="No curve"):
        forecast_curves.panels_figure([], FRAME)


@pytest.mark.parametrize(("value", "text"), [(0.123, "+12"), (-0.06, "−6"), (0.001, "0")])
def test_forecast_curves_points_carry_their_sign(value, text):
    """A gap is told with plus or minus; nothing has no sign."""
    assert forecast_curves.points(value) == text
