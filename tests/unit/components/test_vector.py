"""Figures as vectors: what the screen draws is drawn, and what is not known here is refused."""

import re
import xml.etree.ElementTree as ET

import pytest

from components.charts import forecast_curves, theme
from components.charts.progression import hazard_figure, incidence_figure
from components.charts.response import ResponseRow, recist_figure
from components.charts.toxicity import toxicity_figure
from components.charts.vector import drawing_of
from dashboard.answers.curves import gap_curve
from dashboard.reporting import pictures
from tests.unit.components.forecasts import a_regimen
from tests.unit.components.test_forecast_curves import FRAME, drawn
from tests.unit.components.test_progression_chart import courses
from tests.unit.components.test_toxicity_chart import a_picture

SVG = "{http://www.w3.org/2000/svg}"


def figures():
    """One of every kind of figure that the pages about a forecast draw."""
    one, other = drawn(2)
    return {
        "curves": forecast_curves.curves_figure(drawn(4), FRAME),
        "panels": forecast_curves.panels_figure(drawn(6), FRAME),
        "gap": forecast_curves.gap_figure(gap_curve(other.curve, one.curve), other, one, FRAME),
        "response": recist_figure([ResponseRow.of(a_regimen(), "Drug <A> & B")]),
        "incidence": incidence_figure(courses(5), 12),
        "hazard": hazard_figure(courses(3), 8),
        "toxicity": toxicity_figure(a_picture(6)),
    }


FIGURES = figures()


def parsed(figure):
    """The drawing as a tree: it is well formed or this fails."""
    return ET.fromstring(drawing_of(figure).svg)  # noqa: S314 - our own drawing


def texts(figure):
    """Every text of the drawing."""
    return ["".join(node.itertext()) for node in parsed(figure).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", FIGURES)
def test_vector_draws_every_figure_of_the_pages(name):
    """Well-formed, as large as the figure, with the same words, and no number that is none."""
    figure = FIGURES[name]
    drawing = drawing_of(figure)
    assert drawing.alt == figure.alt
    assert drawing.height == figure.to_dict()["layout"]["height"]
    assert parsed(figure).find(f"{SVG}title").text == figure.alt
    assert not re.search(r'="[^"]*\b(nan|inf|None)\b', drawing.svg)


@pytest.mark.parametrize("name", FIGURES)
def test_vector_says_what_the_figure_says(name):
    """Every word of every annotation stands in the drawing."""
    said = " ".join(texts(FIGURES[name]))
    for note in FIGURES[name].to_dict()["layout"].get("annotations", ()):
        for piece in re.split(r"<[^>]*>", note["text"]):
            assert piece.replace("&lt;", "<").replace("&amp;", "&") in said


def test_vector_puts_values_where_the_axis_says():
    """Half of the axis is in the middle of its room; 100 % is above 0 %."""
    (each,) = drawn(1)
    figure = forecast_curves.curves_figure([each], FRAME)
    layout = figure.to_dict()["layout"]
    lines = [n.get("points") for n in parsed(figure).iter(f"{SVG}polyline")]
    first, *_, last = [tuple(map(float, p.split(","))) for p in lines[-1].split()]
    margin = layout["margin"]
    assert first[0] == margin["l"]
    assert last[0] == pytest.approx(960 - margin["r"])
    assert first[1] < last[1]


def test_vector_stacks_shares_on_each_other():
    """The edge of the second part is where both together end."""
    (course,) = courses(1)
    figure = incidence_figure([course], 12)
    lower, upper = (n.get("points").split() for n in parsed(figure).iter(f"{SVG}polyline"))
    places = [
        (float(a.split(",")[1]), float(b.split(",")[1])) for a, b in zip(lower, upper, strict=True)
    ]
    assert all(above <= below for below, above in places)
    assert places[0][0] == places[0][1]


def test_vector_hatches_what_is_hatched():
    """A hatching is defined once for its colours and used."""
    svg = drawing_of(FIGURES["incidence"]).svg
    assert svg.count("<pattern") == 1
    assert "url(#hatch0)" in svg


def test_vector_keeps_names_as_text():
    """What comes from data never becomes an element."""
    assert "Drug <A> & B" in " ".join(texts(FIGURES["response"]))


def test_vector_breaks_lines_at_gaps():
    """The grey curves of the others are pieces, not one line across the picture."""
    panels = forecast_curves.panels_figure(drawn(3), FRAME)
    grey = [
        node for node in parsed(panels).iter(f"{SVG}polyline")
        if node.get("stroke") == theme.UNKNOWN_FILL
    ]  # fmt: skip
    assert len(grey) == 6


def test_vector_steps_a_stepped_line():
    """A line of shape hv goes along first, then up or down."""
    stepped = theme.figure(
        [{"type": "scatter", "x": [0, 1, 2], "y": [1.0, 0.5, 0.5],
          "line": {"color": "#000000", "shape": "hv", "width": 1}}],
        alt="Steps.", height=200, margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={"range": [0, 2]}, yaxis={"range": [0, 1]},
    )  # fmt: skip
    (line,) = parsed(stepped).iter(f"{SVG}polyline")
    assert line.get("points").split()[:3] == ["0,0", "480.0,0", "480.0,100.0"] or line.get(
        "points"
    ).startswith("0.0,0.0 480.0,0.0 480.0,100.0")


@pytest.mark.parametrize(
    ("trace", "what"),
    [({"type": "pie"}, "A pie cannot"), ({"type": "heatmap"}, "A heatmap cannot")],
)
def test_vector_refuses_what_it_does_not_know(trace, what):
    """A part left out of a picture would be a lie."""
    odd = theme.figure([trace], alt="Odd.", height=100)
    with pytest.raises(ValueError, match=what):
        drawing_of(odd)


def plain(trace, **axes):
    """A figure of one trace on a sheet without margins, 960 by 200."""
    none = {"l": 0, "r": 0, "t": 0, "b": 0}
    return theme.figure([trace], alt="One trace.", height=200, margin=none, **axes)


MARKS = {"type": "scatter", "mode": "markers", "x": [1, 10, 100], "y": [1, 1, 1]}


def test_vector_gives_equal_factors_equal_room():
    """On an axis of factors, ten is in the middle of one and a hundred; its ticks say so."""
    axis = {
        "type": "log",
        "range": [0, 2],
        "tickvals": [1, 10, 1000],
        "ticktext": ["1", "ten", "-"],
    }
    figure = plain({**MARKS, "marker": {"color": "#123456"}}, xaxis=axis, yaxis={"range": [0, 2]})
    places = [float(n.get("cx")) for n in parsed(figure).iter(f"{SVG}circle")]
    assert places == [0, 480, 960]
    assert "ten" in texts(figure)
    assert "-" not in texts(figure)  # lies outside the axis


def test_vector_draws_marks_as_they_are_given():
    """Hollow marks have a rim alone, strokes stand, rims and colours are each mark's own."""
    marker = {
        "symbol": ["circle-open", "line-ns", "triangle-right"], "size": [10, 20, 10],
        "color": ["#111111", "#222222", "#333333"], "line": {"color": "#444444", "width": 3},
    }  # fmt: skip
    ends = {"xaxis": {"range": [0, 100]}, "yaxis": {"range": [0, 2]}}
    tree = parsed(plain({**MARKS, "marker": marker}, **ends))
    (circle,) = tree.iter(f"{SVG}circle")
    assert (circle.get("fill"), circle.get("stroke")) == ("none", "#111111")
    stroke = [n for n in tree.iter(f"{SVG}line") if n.get("stroke") == "#444444"]
    assert [(float(n.get("y1")), float(n.get("y2"))) for n in stroke] == [(90, 110)]
    (triangle,) = [n for n in tree.iter(f"{SVG}path") if n.get("fill") == "#333333"]
    assert triangle.get("stroke") == "#444444"


@pytest.mark.parametrize("side", ["x", "y"])
def test_vector_draws_intervals_both_ways(side):
    """An interval lies or stands through its mark, from its low to its high end."""
    bars = {"array": [1], "arrayminus": [0.5], "color": "#555555", "thickness": 2}
    trace = {**MARKS, "x": [2], "y": [2], "marker": {"color": "#000000"}, f"error_{side}": bars}
    ends = {"xaxis": {"range": [0, 4]}, "yaxis": {"range": [0, 4]}}
    (line,) = [n for n in parsed(plain(trace, **ends)).iter(f"{SVG}line")
               if n.get("stroke") == "#555555"]  # fmt: skip
    found = {name: float(line.get(name)) for name in ("x1", "x2", "y1", "y2")}
    if side == "x":
        assert found == {"x1": 360, "x2": 720, "y1": 100, "y2": 100}
    else:
        assert found == {"x1": 480, "x2": 480, "y1": 125, "y2": 50}


def test_vector_puts_words_beside_bars():
    """A lying bar has its own colour and its words after its end."""
    trace = {
        "type": "bar", "orientation": "h", "x": [1, 2], "y": [0, 1], "text": ["one", "two"],
        "textposition": "outside", "textfont": {"size": 13, "color": "#000000"},
        "marker": {"color": ["#666666", "#777777"]},
    }  # fmt: skip
    tree = parsed(plain(trace, xaxis={"range": [0, 4]}, yaxis={"range": [2, -1]}))
    fills = {n.get("fill"): float(n.get("width")) for n in tree.iter(f"{SVG}rect")}
    assert (fills["#666666"], fills["#777777"]) == (240, 480)
    starts = {"".join(n.itertext()): float(n.get("x")) for n in tree.iter(f"{SVG}text")}
    assert starts["one"] == 246
    assert starts["two"] == 486


def test_vector_stands_bars_on_nought():
    """A bar of a histogram rises from nought, or hangs from it."""
    trace = {"type": "bar", "x": [1, 3], "y": [5, -5], "width": 1, "marker": {"color": "#888888"}}
    tree = parsed(plain(trace, xaxis={"range": [0, 4]}, yaxis={"range": [-10, 10]}))
    boxes = [n for n in tree.iter(f"{SVG}rect") if n.get("fill") == "#888888"]
    assert [(float(n.get("y")), float(n.get("height"))) for n in boxes] == [(50, 50), (100, 50)]


def test_pictures_are_png_and_svg():
    """PNG has its signature and twice the size; SVG is the drawing; both are the same each time."""
    drawing = drawing_of(FIGURES["gap"])
    png = pictures.as_png(drawing)
    assert png.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(png[16:20], "big")
    assert width == pytest.approx(drawing.width * 0.75 / 72 * pictures.DOTS, abs=2)
    assert pictures.as_png(drawing) == png
    assert pictures.as_svg(drawing) == drawing.svg.encode()
