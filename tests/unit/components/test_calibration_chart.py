"""Published against simulated: rows, groups, misfits that are seen without colour, portions."""

import math

import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.calibration import (
    calibration_chunks,
    calibration_figure,
    figure_name,
    published_text,
    simulated_text,
)
from dashboard.answers.population import KINDS, LANDMARK, MEDIAN, RATIO, RESPONSE, SEVERE, SUBGROUP
from tests.unit.components.cohorts import a_figure

LABELS = {"drug-a": "Drug A", "drug-b": "Drug B"}
MISS = a_figure("arm-2", simulated=20.0, inside=False)
BY_KIND = {
    MEDIAN: {},
    RESPONSE: {"published": 0.4, "low": 0.33, "high": 0.47, "simulated": 0.42},
    LANDMARK: {"published": 0.4, "low": 0.34, "high": 0.46, "simulated": 0.42, "months": 24.0},
    RATIO: {"published": 0.7, "low": 0.6, "high": 0.82, "simulated": 0.75},
    SUBGROUP: {"published": 1.3, "low": 1.1, "high": 1.6, "simulated": 1.2},
    SEVERE: {"published": 0.12, "low": None, "high": None, "simulated": 0.11},
}


def traces(figure):
    """Traces by name; those of text by where they stand."""
    return {trace.get("name", trace.get("xaxis")): trace for trace in figure.to_dict()["data"]}


def columns(figure):
    """The texts of a picture, one list for each column of words."""
    return [t["text"] for t in figure.to_dict()["data"] if t["mode"] == "text"]


@pytest.mark.parametrize("kind", KINDS)
def test_calibration_figure_is_valid_for_every_kind(kind):
    """Plotly accepts the picture of each kind of figure, and all marks lie on the axis."""
    figure = calibration_figure([a_figure(kind=kind, **BY_KIND[kind])], LABELS)
    go.Figure(figure.to_dict())
    axis = figure.to_dict()["layout"]["xaxis"]
    low, high = axis["range"]
    scale = math.log10 if axis["type"] == "log" else float
    for name in ("published", "simulated, inside"):
        assert all(low <= scale(x) <= high for x in traces(figure)[name]["x"])


def test_calibration_figure_groups_rows_by_regimen():
    """A bold heading begins each regimen; names and numbers stand in the row of their marks."""
    figures = [a_figure("1"), a_figure("2"), a_figure("3", regimen="drug-b")]
    figure = calibration_figure(figures, LABELS)
    published, simulated, names, endpoints = columns(figure)
    assert names == ["<b>Drug A</b>", "<b>Drug B</b>", *(f"TRIAL {n}: drug A" for n in (1, 2, 3))]
    assert traces(figure)["published"]["y"] == [2, 3, 5]
    assert published == ["<b>Published</b>", *["12.0 (10.0 to 14.5)"] * 3]
    assert simulated == ["<b>Simulated</b>", *["12.6"] * 3]
    assert endpoints == ["PFS"] * 3


def test_calibration_figure_tells_a_miss_by_shape_and_word():
    """A miss is a triangle with the word outside beside its number; a hit is a disc."""
    figure = calibration_figure([a_figure(), MISS], LABELS)
    hit, miss = traces(figure)["simulated, inside"], traces(figure)["simulated, outside"]
    assert (hit["marker"]["symbol"], miss["marker"]["symbol"]) == ("circle", "triangle-up")
    assert hit["marker"]["color"] != miss["marker"]["color"]
    assert columns(figure)[1] == ["<b>Simulated</b>", "12.6", "20.0  ▲ outside"]
    assert "1 of 2 simulated values lie inside what was published." in figure.alt
    assert "Outside: TRIAL arm-2: drug A · PFS, published 12.0 (10.0 to 14.5), simulated 20.0." in (
        figure.alt
    )


def test_calibration_figure_draws_an_open_interval_as_an_arrow():
    """A median that was not reached has a lower end and an arrow."""
    open_end = a_figure(published=None, low=15.0, high=None, simulated=30.0)
    figure = calibration_figure([open_end], LABELS)
    assert traces(figure)["published"]["x"] == []
    end = figure.to_dict()["layout"]["xaxis"]["range"][1]
    (arrow,) = traces(figure)["no upper end"]["x"]
    assert math.log10(arrow) == pytest.approx(end, rel=0.05)
    assert columns(figure)[0][1] == "not reached (≥ 15.0)"


def test_calibration_figure_marks_no_effect_for_ratios_alone():
    """A dashed line at 1 stands in pictures of ratios."""
    ratio = calibration_figure([a_figure(kind=RATIO, **BY_KIND[RATIO])], LABELS)
    median = calibration_figure([a_figure()], LABELS)
    dashed = [
        [s for s in f.to_dict()["layout"]["shapes"] if s["xref"] == "x"] for f in (ratio, median)
    ]
    assert [line["x0"] for line in dashed[0]] == [1.0]
    assert dashed[1] == []


def test_calibration_figure_holds_one_kind():
    """Months and percent do not share an axis."""
    with pytest.raises(ValueError, match="figures of one kind"):
        calibration_figure([a_figure(), a_figure(kind=RESPONSE, **BY_KIND[RESPONSE])], LABELS)
    with pytest.raises(ValueError, match="figures of one kind"):
        calibration_figure([], LABELS)


@pytest.mark.parametrize(
    ("kind", "published", "simulated"),
    [
        (MEDIAN, "12.0 (10.0 to 14.5)", "12.6"),
        (RESPONSE, "40% (33 to 47%)", "42%"),
        (LANDMARK, "40%", "42%"),
        (RATIO, "0.70 (0.60 to 0.82)", "0.75"),
        (SEVERE, "12%", "11%"),
    ],
)
def test_figures_are_written_in_their_unit(kind, published, simulated):
    """Months with tenths, shares in percent, ratios with hundredths; tolerances no intervals."""
    figure = a_figure(kind=kind, **BY_KIND[kind])
    assert published_text(figure) == published
    assert simulated_text(figure) == simulated


def test_figures_that_are_missed_narrowly_show_one_digit_more():
    """A miss never reads as if it were the end of the interval."""
    narrow = a_figure(simulated=14.53, inside=False)
    assert simulated_text(narrow) == "14.53"
    assert simulated_text(a_figure(simulated=14.46)) == "14.5"


def test_figures_not_reached_are_said():
    """A simulated median that nobody lived to see is not a number of months."""
    assert simulated_text(a_figure(simulated=600.0)) == "not reached"
    assert simulated_text(a_figure(simulated=math.inf)) == "not reached"


def test_figures_are_named_with_endpoint_and_time():
    """A landmark says which endpoint and when."""
    assert (
        figure_name(a_figure(kind=LANDMARK, **BY_KIND[LANDMARK]))
        == "TRIAL arm-1: drug A · PFS 24 mo"
    )
    assert figure_name(a_figure(kind=SEVERE, **BY_KIND[SEVERE])) == "TRIAL arm-1: drug A"


def test_chunks_keep_regimens_whole_and_lose_nothing():
    """Portions follow the order of regimens; one that does not fit begins the next portion."""
    figures = [a_figure(f"a{n}") for n in range(5)] + [
        a_figure(f"b{n}", regimen="drug-b") for n in range(5)
    ]
    chunks = calibration_chunks(figures, ["drug-b", "drug-a"], rows=8)
    assert [{f.regimen for f in chunk} for chunk in chunks] == [{"drug-b"}, {"drug-a"}]
    assert sorted(f.row for chunk in chunks for f in chunk) == sorted(f.row for f in figures)
    assert len(calibration_chunks(figures, [], rows=30)) == 1


def test_chunks_cut_a_regimen_that_is_too_long():
    """No portion is longer than asked, headings counted."""
    chunks = calibration_chunks([a_figure(f"a{n:02}") for n in range(20)], ["drug-a"], rows=8)
    assert [len(chunk) for chunk in chunks] == [7, 7, 6]
    assert calibration_chunks([], []) == []


def test_chunks_order_rows_by_endpoint_and_value():
    """Within a regimen rows of one endpoint stand together, from small to large."""
    figures = [
        a_figure("1", endpoint="pfs", published=9.0),
        a_figure("2", endpoint="os", published=20.0),
        a_figure("3", endpoint="pfs", published=5.0),
    ]
    (chunk,) = calibration_chunks(figures, ["drug-a"])
    assert [figure.row for figure in chunk] == ["2", "3", "1"]


def test_calibration_figure_shows_texts_as_letters():
    """A trial's name that looks like a tag stays a text."""
    figure = calibration_figure([a_figure(label="<i>x</i>")], {"drug-a": "A & B"})
    assert columns(figure)[2] == ["<b>A &amp; B</b>", "&lt;i&gt;x&lt;/i&gt;"]
    assert theme.PRIMARY in str(traces(figure)["simulated, inside"]["marker"])
