"""Dark ground: every colour has a partner that can be read, and nothing else is changed."""

import itertools
import re

import pytest

from components.charts import dark, response, theme
from components.charts.markup import Drawing, element
from components.widgets.marks import swatch
from tests.contracts import sources
from tests.unit.components.test_theme import contrast

GROUND = {dark.PAPER, dark.PANEL}


def test_every_colour_in_the_code_has_a_partner():
    """A colour that nobody chose a dark partner for would glare or vanish."""
    used = set()
    for folder in ("components", "dashboard/shell"):
        for name in sources.modules(folder):
            if name != "components/charts/dark.py":
                used |= set(re.findall(r"#[0-9A-Fa-f]{6}\b", sources.text(name)))
    used |= set(re.findall(r"#[0-9A-Fa-f]{6}\b", sources.text(".streamlit/config.toml")))
    assert {colour.upper() for colour in used} - dark.PARTNERS.keys() == set()


@pytest.mark.parametrize("text", [theme.TEXT, theme.MUTED, theme.PRIMARY, theme.ALERT])
@pytest.mark.parametrize("ground", [theme.PAPER, theme.PANEL])
def test_text_stands_out_on_dark_ground(text, ground):
    """Every text colour reaches 4.5 to 1 on its dark ground."""
    assert contrast(dark.PARTNERS[text], dark.PARTNERS[ground]) >= 4.5


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (theme.ALERT, theme.ALERT_TINT),
        (theme.CAUTION, theme.CAUTION_TINT),
        (theme.PAPER, theme.PRIMARY),
        ("#083F77", theme.PRIMARY_TINT),
        *[(style.label, theme.PAPER) for style in theme.REGIMEN_STYLES],
        *[(response.INKS[key], fill) for key, fill in response.FILLS.items()],
    ],
)
def test_words_on_tints_and_bars_can_be_read(text, ground):
    """What is written on a tint or inside a bar stays readable when both are exchanged."""
    assert contrast(dark.in_dark(text), dark.in_dark(ground)) >= 4.5


@pytest.mark.parametrize("line", [s.colour for s in theme.REGIMEN_STYLES] + [theme.CONTROL])
def test_lines_stand_out_on_dark_ground(line):
    """Every line reaches 3 to 1 on dark paper."""
    assert contrast(dark.PARTNERS[line], dark.PAPER) >= 3.0


def test_regimens_stay_apart_without_colour():
    """No two regimens that share a dash are neighbours in brightness on dark ground either."""
    for one, other in itertools.combinations(theme.REGIMEN_STYLES, 2):
        if one.dash == other.dash:
            assert contrast(dark.PARTNERS[one.colour], dark.PARTNERS[other.colour]) >= 1.5


def test_in_dark_replaces_colours_and_bands_alone():
    """Known colours and bands are exchanged, whatever their case; other text stays."""
    assert dark.in_dark("a #ffffff b #123456 c") == f"a {dark.PAPER} b #123456 c"
    assert dark.in_dark(theme.faint("#0B5CAD")) == "rgba(91,168,245,0.2)"
    assert dark.in_dark("#FFFFFFFF") == "#FFFFFFFF"


def test_spec_in_dark_leaves_the_figure_as_it_was():
    """The figure that is handed out as a picture stays one for paper; numbers are not copied."""
    figure = theme.figure([{"x": [1.0, 2.0], "marker": {"color": [theme.TEXT]}}], alt="a", height=9)
    spec = dark.spec_in_dark(figure.to_dict())
    assert spec["data"][0]["marker"]["color"] == [dark.TEXT]
    assert spec["data"][0]["x"] is figure.to_dict()["data"][0]["x"]
    assert spec["layout"]["paper_bgcolor"] == dark.PAPER
    assert figure.to_dict()["layout"]["paper_bgcolor"] == theme.PAPER


def test_markup_in_dark_reaches_into_drawings():
    """A drawing inside markup is exchanged too; any other picture is not touched."""
    line = swatch(theme.REGIMEN_STYLES[0]).text
    dim = Drawing(22, 8, element("line", stroke="#CDFFEF"), "").image.text
    assert dark.markup_in_dark(line) != line
    assert dark.markup_in_dark(dim) == dim
    other = '<img class="cc-paper" src="data:image/svg+xml;base64,PHN2Zy8+"/>'
    assert dark.markup_in_dark(other) == other
