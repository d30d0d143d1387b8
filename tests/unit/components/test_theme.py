"""Colours, words and digits."""

import itertools

import plotly.graph_objects as go
import pytest

from components.charts import theme


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (theme.TEXT, theme.PAPER),
        (theme.TEXT, theme.PANEL),
        (theme.MUTED, theme.PAPER),
        (theme.MUTED, theme.PANEL),
        (theme.ALERT, theme.ALERT_TINT),
        (theme.CAUTION, theme.CAUTION_TINT),
        (theme.PAPER, theme.PRIMARY),
        *[(style.label, theme.PAPER) for style in theme.REGIMEN_STYLES],
    ],
)
def test_text_colours_stand_out_enough_to_read(text, ground):
    """Every text colour reaches 4.5 to 1 on its ground."""
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize(
    ("line", "ground"),
    [
        *[(style.colour, theme.PAPER) for style in theme.REGIMEN_STYLES],
        (theme.CONTROL, theme.PANEL),
        (theme.RAISES, theme.PAPER),
        (theme.LOWERS, theme.PAPER),
    ],
)
def test_line_colours_stand_out_enough_to_see(line, ground):
    """Every line and control reaches 3 to 1 on its ground."""
    assert contrast(line, ground) >= 3.0


def test_regimen_styles_differ_without_colour():
    """No two regimens that share a dash are neighbours in brightness."""
    for one, other in itertools.combinations(theme.REGIMEN_STYLES, 2):
        if one.dash == other.dash:
            assert contrast(one.colour, other.colour) >= 2.0


def test_regimen_styles_keeps_the_order_of_the_regimens():
    """The first regimen has the first style, wherever it appears."""
    styles = theme.regimen_styles(["b", "a"])
    assert list(styles) == ["b", "a"]
    assert styles["b"] == theme.REGIMEN_STYLES[0]


def test_regimen_styles_refuses_a_seventh_regimen():
    """More curves than a reader can tell apart are not drawn."""
    with pytest.raises(ValueError, match="7 regimens in one chart; at most 6"):
        theme.regimen_styles(list("abcdefg"))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ((0.643,), "64%"),
        ((0.643, 0.58, 0.703), "64% (58 to 70%)"),
        ((0.643, 0.40, 0.86), "65% (40 to 85%)"),
        ((0.6432, 0.64, 0.647), "64.3% (64.0 to 64.7%)"),
        ((0.6432, 0.635, 0.651), "64.3% (63.5 to 65.1%)"),
        ((0.00002, 0.0, 0.0031), "0.0% (0.0 to 0.3%)"),
        ((0.0,), "0%"),
        ((1.0,), "100%"),
        ((0.002,), "<1%"),
        ((0.998,), ">99%"),
    ],
)
def test_percent_writes_no_more_digits_than_are_known(given, written):
    """Digits follow the interval; a possible event is never written as impossible or certain."""
    assert theme.percent(*given) == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ((12.3,), "12 months"),
        ((2.14,), "2.1 months"),
        ((16.2, 11.4, 22.3), "16 months (11 to 22)"),
        ((34.0, 25.0, None), "34 months (25 to not reached)"),
        ((None,), "not reached"),
        ((None, 25.2, None), "not reached (25 to not reached)"),
    ],
)
def test_months_says_what_the_data_do_not_reach(given, written):
    """An end that was not reached is said, never invented."""
    assert theme.months(*given) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (38.0, "g/L", "38 g/L"),
        (1200.0, "U/L", "1200 U/L"),
        (-1.2, "z-score", "\N{MINUS SIGN}1.2 z-score"),
        (50.0, "%", "50%"),
        (1.25, "xULN", "1.25 \N{MULTIPLICATION SIGN} ULN"),
        (23.4, "kg/m2", "23.4 kg/m²"),
        (0.4, "fraction", "0.4"),
        (3.0, "", "3"),
        (1.0, "sites", "1 site"),
        (2.0, "sites", "2 sites"),
        (1.0, "months", "1 month"),
        (1.0, "g/L", "1 g/L"),
    ],
)
def test_quantity_writes_a_value_as_it_was_given(value, unit, written):
    """A measured value keeps its digits and gets its unit; nothing groups or rounds it."""
    assert theme.quantity(value, unit) == written


def test_rounded_uses_a_real_minus_sign():
    """A hyphen is too short to be seen from the back of a room."""
    assert theme.rounded(-3.04, 0.1) == "\N{MINUS SIGN}3.0"


def test_figure_is_a_valid_specification():
    """What the thin wrapper hands over, plotly itself accepts."""
    drawn = theme.figure([{"type": "scatter", "x": [0, 1], "y": [1, 0]}], alt="A line.", height=200)
    checked = go.Figure(drawn.to_dict())
    assert checked.layout.height == 200
    assert checked.layout.showlegend is False
    assert len(checked.data) == 1


def test_figure_carries_its_alternative_text():
    """The words that stand for a figure travel with it."""
    assert theme.figure([], alt="Falls.", height=100).alt == "Falls."


def test_figure_takes_a_layout_over_the_houses():
    """A chart may set what it needs; the rest stays."""
    layout = theme.figure([], alt="x", height=100, yaxis={"range": [0, 1]}).to_dict()["layout"]
    assert layout["yaxis"] == {"range": [0, 1]}
    assert layout["template"] == {}


def test_figure_refuses_to_be_without_words():
    """A picture without alternative text does not exist for some readers."""
    with pytest.raises(ValueError, match="needs alternative text"):
        theme.figure([], alt=" ", height=100)


def test_alt_text_is_made_of_sentences():
    """Parts become sentences; empty ones vanish."""
    assert theme.alt_text("A chart", "rises", "", "Falls.") == "A chart. rises. Falls."
