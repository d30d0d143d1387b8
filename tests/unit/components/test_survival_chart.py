"""Observed survival drawn: steps, bands, labels that fit, numbers at risk, small multiples."""

import itertools
import json
import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.labels import width_of
from components.charts.survival import (
    MOST_POINTS,
    median_words,
    shown_horizon,
    stable_styles,
    survival_figure,
    survival_panels,
)
from tests.unit.components.cohorts import a_curve

LONG = "Nivolumab + ipilimumab + two cycles of chemotherapy"


def four():
    """Four groups, two of them all but the same."""
    return [
        a_curve("Drug A", 14.0),
        a_curve("Drug B", 14.1),
        a_curve(LONG, 30.0),
        a_curve("D", 6.0),
    ]


def of_kind(figure, mode, axis=None):
    """The traces drawn in a mode, on an axis when one is named."""
    return [
        trace
        for trace in figure.to_dict()["data"]
        if trace["mode"] == mode and (axis is None or trace.get("yaxis", "y") == axis)
    ]


def curves_in(figure):
    """The curves themselves, without the edges of their bands."""
    return [t for t in of_kind(figure, "lines") if t.get("hovertemplate")]


def end_labels(figure):
    """The labels at the ends of the curves."""
    return [note for note in figure.to_dict()["layout"]["annotations"] if note["showarrow"]]


def test_survival_figure_is_a_valid_specification():
    """Plotly itself accepts every property, and the browser gets plain JSON."""
    for figure in (survival_figure(four(), "Overall survival"), survival_panels(four(), "OS")):
        go.Figure(figure.to_dict())
        assert "NaN" not in json.dumps(figure.to_dict())


def test_survival_figure_draws_steps_from_one_hundred_percent():
    """Each curve is a step line that begins at 1 and has at most 120 points."""
    for trace in curves_in(survival_figure(four(), "Overall survival")):
        assert trace["line"]["shape"] == "hv"
        assert (trace["x"][0], trace["y"][0]) == (0.0, 1.0)
        assert len(trace["x"]) <= MOST_POINTS
        assert trace["y"] == sorted(trace["y"], reverse=True)


def test_survival_figure_reads_the_curve_at_its_own_steps():
    """A curve with few events keeps them exactly."""
    curve = a_curve(months=(3.0, 7.5), survival=(0.8, 0.4), low=(0.7, 0.3), high=(0.9, 0.5))
    (trace,) = curves_in(survival_figure([curve], "OS", horizon=12))
    assert trace["x"] == [0.0, 3.0, 7.5]
    assert trace["y"] == [1.0, 0.8, 0.4]


def test_survival_figure_thins_without_shifting_steps():
    """A thinned curve never shows an event before it happened."""
    curve = a_curve(median=20.0)
    (trace,) = curves_in(survival_figure([curve], "OS", horizon=60))
    for month, share in zip(trace["x"], trace["y"], strict=True):
        assert share >= math.exp(-math.log(2) * month / 20.0) - 1e-4


def test_survival_figure_band_is_faint_and_around_the_curve():
    """The 95 % band is filled at 13 % between its own ends."""
    figure = survival_figure([a_curve()], "OS")
    low, high, held = figure.to_dict()["data"][:3]
    assert high["fill"] == "tonexty"
    assert high["fillcolor"].endswith(",0.13)")
    assert all(a <= b <= c for a, b, c in zip(low["y"], held["y"], high["y"], strict=True))


def test_survival_figure_fills_a_band_that_has_no_width_yet():
    """An estimator's NaN before the first event becomes the curve itself."""
    nan = math.nan
    curve = a_curve(months=(1.0, 2.0), survival=(1.0, 0.9), low=(nan, 0.8), high=(nan, 1.0))
    low, high, _ = survival_figure([curve], "OS", horizon=6).to_dict()["data"][:3]
    assert low["y"][:2] == [1.0, 1.0]
    assert high["y"][:2] == [1.0, 1.0]


def test_survival_figure_labels_do_not_overlap_and_fit_the_margin():
    """Curves that end together have labels apart, and the margin holds the longest line."""
    figure = survival_figure(four(), "Overall survival")
    labels = sorted(end_labels(figure), key=lambda note: note["ay"])
    for below, above in itertools.pairwise(labels):
        lines = (below["text"].count("<br>") + above["text"].count("<br>") + 2) / 2
        assert above["ay"] - below["ay"] >= lines * 17 / 340 - 1e-6
    longest = [line for note in labels for line in note["text"].split("<br>")]
    plain = [line.replace("<b>", "").replace("</b>", "") for line in longest]
    assert figure.to_dict()["layout"]["margin"]["r"] >= width_of(plain) + 20
    assert any("median 30 months" in line for line in plain)


def test_survival_figure_has_no_legend_and_marks_one_half():
    """Names stand at the curves; a line marks 50 %; the axis shows the whole scale in months."""
    layout = survival_figure(four(), "Overall survival").to_dict()["layout"]
    assert layout["showlegend"] is False
    assert [s["y0"] for s in layout["shapes"] if s["yref"] == "y"] == [0.5]
    assert layout["yaxis"]["range"][0] == 0
    assert layout["yaxis"]["range"][1] >= 1
    assert layout["xaxis"]["dtick"] == 12
    assert layout["xaxis"]["title"]["text"] == "Months since start of treatment"


def test_survival_figure_puts_numbers_at_risk_under_the_ticks():
    """One row a group, one number a tick, with the group's own line before it."""
    curves = four()
    figure = survival_figure(curves, "Overall survival", horizon=72)
    rows = of_kind(figure, "text", "y2")
    assert [row["x"] for row in rows] == [[0, 12, 24, 36, 48, 60, 72]] * 4
    assert rows[0]["text"][0] == "400"
    swatches = [s for s in figure.to_dict()["layout"]["shapes"] if s["yref"] == "y2"]
    assert [s["line"]["dash"] for s in swatches] == [s.dash for s in theme.REGIMEN_STYLES[:4]]


def test_survival_figure_shows_withheld_numbers_as_withheld():
    """A count that may not be shown has its words instead, in the table and in the words."""
    curve = a_curve(at_risk=(*[None] * 13,), hidden="<11")
    figure = survival_figure([curve], "OS", horizon=12)
    assert set(of_kind(figure, "text", "y2")[0]["text"]) == {"<11"}
    unknown = replace(a_curve(), patients=None, hidden="withheld")
    assert "Drug A: withheld patients" in survival_figure([unknown], "OS", horizon=12).alt


def test_survival_figure_says_it_in_words():
    """The alternative text has every group's size and median."""
    alt = survival_figure([a_curve("Drug A", 14.0)], "Overall survival").alt
    assert alt.startswith("Overall survival, observed, as Kaplan-Meier curves of one group.")
    assert "Drug A: 400 patients, 280 events, median 14.0 months" in alt


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"median": None, "median_low": 40.0}, "median not reached (at least 40 months)"),
        ({"median": None, "median_low": None}, "median not reached"),
        ({"median_low": None, "median_high": None}, "median 14 months"),
        ({"median_high": None}, "median 14 months (13 to not reached)"),
    ],
)
def test_median_words_say_what_was_not_reached(changes, words):
    """An end that the data do not reach is said."""
    assert median_words(replace(a_curve(), **changes)) == words


@pytest.mark.parametrize("count", [0, 5])
def test_survival_figure_refuses_a_crowd(count):
    """More than four curves in one picture cannot be told apart."""
    with pytest.raises(ValueError, match=f"{count} curves; one picture holds 1 to 4"):
        survival_figure([a_curve(f"Drug {n}") for n in range(count)], "OS")


def test_survival_figure_shows_names_as_letters():
    """A name that looks like a tag stays a text."""
    figure = survival_figure([a_curve("<b>x</b> & y")], "OS")
    assert "&lt;b&gt;x&lt;/b&gt; &amp; y" in end_labels(figure)[0]["text"]


def test_shown_horizon_ends_where_few_are_left():
    """The axis ends at the tick after the last time with enough patients in some group."""
    curve = a_curve(risk_months=(0.0, 6.0, 12.0, 18.0), at_risk=(100, 40, 11, 3))
    assert shown_horizon([curve]) == 12
    assert shown_horizon([a_curve(patients=4000, median=60.0)]) == 72
    assert shown_horizon([a_curve(at_risk=(*[None] * 13,))]) == 6


def test_stable_styles_keep_a_group_when_others_leave():
    """A group's colour is decided by its place among all groups, not among those shown."""
    everybody = [f"r{n}" for n in range(10)]
    assert stable_styles(["r1", "r4"], everybody)["r4"] == theme.REGIMEN_STYLES[4]
    assert stable_styles(["r4"], everybody)["r4"] == theme.REGIMEN_STYLES[4]


def test_stable_styles_never_give_one_style_twice():
    """Groups whose styles collide get different ones, and a seventh gets none."""
    everybody = [f"r{n}" for n in range(14)]
    styles = stable_styles(["r0", "r6", "r12"], everybody)
    assert len(set(styles.values())) == 3
    with pytest.raises(ValueError, match="draw small multiples"):
        stable_styles(everybody[:7], everybody)


def test_survival_panels_draw_each_group_before_the_others():
    """A panel for each group with its name, count and median, all others in grey behind it."""
    curves = [a_curve(f"Drug {n}", 8.0 + n) for n in range(7)]
    figure = survival_panels(curves, "Overall survival")
    layout = figure.to_dict()["layout"]
    own = curves_in(figure)
    assert [trace["name"] for trace in own] == [curve.label for curve in curves]
    grey = [t for t in figure.to_dict()["data"] if t["name"] == "other groups"]
    assert all(trace["y"].count(None) == 6 for trace in grey)
    assert [s["yref"] for s in layout["shapes"]] == ["y", *[f"y{n}" for n in range(2, 8)]]
    titles = [note["text"] for note in layout["annotations"][:-1]]
    assert all(f"Drug {n}" in title and "median" in title for n, title in enumerate(titles))
    assert "Drug 6: 400 patients" in figure.alt


def test_survival_panels_do_not_overlap():
    """Panels of a column stand one above the other with room for titles."""
    layout = survival_panels([a_curve(f"D{n}") for n in range(7)], "OS").to_dict()["layout"]
    domains = [layout[f"yaxis{n or ''}"]["domain"] for n in ("", 4, 7)]
    for above, below in itertools.pairwise(domains):
        assert above[0] > below[1]
    with pytest.raises(ValueError, match="No curve"):
        survival_panels([], "OS")
