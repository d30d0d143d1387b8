"""Figures for the back of a room: everything in pixels grows, nothing else moves."""

import plotly.graph_objects as go

from components.charts.large import SCALE, spec_in_large

SPEC = {
    "data": [
        {"type": "bar", "x": [0.2, 0.4], "width": 0.5},
        {"type": "scatter", "x": [1, 2], "y": [1, 2], "marker": {"size": [10, 20]}},
        {"type": "scatter", "x": [0, 24], "y": [1, 0.5], "line": {"width": 2, "dash": "dot"}},
    ],
    "layout": {
        "height": 300, "margin": {"l": 60, "r": 10, "t": 5, "b": 40}, "font": {"size": 14},
        "xaxis": {"range": [0, 48], "domain": [0.3, 1]},
        "annotations": [{"text": "A", "x": 12, "yshift": 4, "font": {"size": 13}}],
        "shapes": [
            {"type": "line", "xsizemode": "pixel", "xanchor": 0, "x0": -50, "x1": -20},
            {"type": "line", "x0": 12, "x1": 12},
        ],
    },
}  # fmt: skip


def test_large_figure_grows_in_pixels_alone():
    """Type, margins, lines and height grow alike; months, shares and bars stay."""
    large = spec_in_large(SPEC)
    bars, marks, line = large["data"]
    layout = large["layout"]
    assert layout["height"] == 300 * SCALE
    assert layout["margin"]["l"] == 60 * SCALE
    assert layout["annotations"][0] == {
        "text": "A", "x": 12, "yshift": 5.6, "font": {"size": 18.2}
    }  # fmt: skip
    assert (bars["width"], bars["x"], marks["marker"]["size"]) == (0.5, [0.2, 0.4], [14, 28])
    assert (line["line"]["width"], line["x"]) == (2.8, [0, 24])
    assert layout["xaxis"] == SPEC["layout"]["xaxis"]


def test_large_figure_moves_what_is_placed_in_pixels():
    """A swatch in the margin goes with the margin; a line at a month stays there."""
    swatch, mark = spec_in_large(SPEC)["layout"]["shapes"]
    assert (swatch["x0"], swatch["x1"]) == (-70, -28)
    assert (mark["x0"], mark["x1"]) == (12, 12)


def test_large_figure_is_valid_and_leaves_the_one_given():
    """Plotly accepts it; a picture that is handed out keeps its size."""
    go.Figure(spec_in_large(SPEC))
    assert SPEC["layout"]["height"] == 300
