"""A figure is the same wherever it stands: card, curve, table, words, file."""

import csv
import html
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from components.charts import readings, takeaway, theme
from components.charts.forecast_curves import Drawn, Frame, curves_words
from components.charts.progression import Course
from components.charts.response import ResponseRow, icon_array
from components.charts.toxicity import Band, Mark, ToxicityPicture, toxicity_figure
from components.widgets import marks
from components.widgets.board import BoardView, board_table
from components.widgets.survival import Chosen, Seen, figures_table, survival_view
from dashboard.answers.forecast import Chance
from dashboard.knowledge import eligibility
from dashboard.knowledge.library import load_library
from tests.unit.components.forecasts import a_forecast, a_regimen

PACK = load_library().pack("nsclc")
JUDGEMENT = eligibility.judge({"line": 1.0}, PACK)
ONE, OTHER = "pembrolizumab-mono", "platinum-doublet-chemo"
LABELS = {regimen.id: regimen.label for regimen in PACK.regimens}


@st.composite
def chances(draw):
    """A chance within its interval."""
    low, p, high = sorted(draw(st.tuples(*[st.floats(0.0, 1.0)] * 3)))
    return Chance(p, low, high)


@st.composite
def forecasts(draw):
    """Two regimens with medians and chances of any size."""
    held = [
        a_regimen(
            name, median=draw(st.floats(3.0, 200.0)), response=draw(st.floats(0.0, 1.0)),
            toxicities={"any": draw(chances())},
        )
        for name in (ONE, OTHER)
    ]  # fmt: skip
    return a_forecast(*held)


@given(forecasts(), st.sampled_from([6, 12, 24, 36]))
def test_number_on_the_board_is_that_of_the_file(forecast, months):
    """Every figure of a row, middle and ends, is the text of the file."""
    view = BoardView(PACK, {"line": 1.0}, JUDGEMENT, forecast, months)
    table = board_table(view, [ONE, OTHER]).text
    rows = takeaway.board_rows(forecast, [ONE, OTHER], LABELS, months)
    content = takeaway.as_csv(rows, source="made up").decode()
    shown = [row["shown"] for row in csv.DictReader(io.StringIO(content))]
    middles = re.findall(r'cc-mid">([^<]*%)<', table)
    ends = re.findall(r'cc-ends"> \(([^)]*)\)<', table)
    seen = [f"{middle} ({end})" for middle, end in zip(middles, ends, strict=True)]
    assert [text.replace("&lt;", "<").replace("&gt;", ">") for text in seen] == shown


@given(forecasts(), st.sampled_from([6, 12, 24, 36]))
def test_number_of_a_curve_is_that_of_card_table_and_words(forecast, months):
    """The board's figure, the curve's words and the table of landmarks agree."""
    chosen = Chosen("os", 0, months)
    view = survival_view(forecast, LABELS, [ONE, OTHER], Seen(), chosen=chosen)
    table = html.unescape(re.sub(r"<[^>]*>", "", figures_table(view).text))
    words = curves_words(view.drawn, view.frame)
    for regimen in (ONE, OTHER):
        figures = readings.at_month(forecast.of(regimen), months)
        text = readings.text_of(figures[readings.OS])
        assert f"{text} at {months} months" in words
        assert text in table


@given(forecasts(), st.sampled_from([6, 12, 24]))
def test_number_of_progression_is_that_of_the_board(forecast, months):
    """The page about progression words its figure as the board does."""
    found = forecast.of(ONE)
    course = Course(ONE, LABELS[ONE], theme.REGIMEN_STYLES[0], found)
    board = readings.text_of(readings.at_month(found, months)[readings.PROGRESSION])
    assert course.words(months).startswith(f"progression {board}")


@given(chances())
def test_number_of_people_is_that_of_the_words(chance):
    """Filled people are the chance in whole people; bar and picture say the same text."""
    drawing = icon_array(chance, "Drug")
    assert f"{round(100 * chance.p)} respond" in drawing.alt
    row = ResponseRow("Drug", chance, {})
    assert row.words == f"Drug: response {readings.text_of(chance)}"


@given(chances())
def test_number_of_toxicity_is_that_of_the_board(chance):
    """The figure about harm words a chance as every other place does."""
    picture = ToxicityPicture(
        [Band("Any", (Mark("a", chance),))], {"a": "Drug"}, {"a": theme.REGIMEN_STYLES[0]}
    )
    assert f"Drug {readings.text_of(chance)}" in toxicity_figure(picture).alt


@given(chances())
def test_number_in_a_card_is_the_text_taken_apart(chance):
    """Middle and ends put together again are the text."""
    shown = readings.Reading(chance)
    assert f"{shown.middle} ({shown.ends})" == shown.text
    card = marks.cards("x", [(theme.REGIMEN_STYLES[0], "Drug", shown.middle, shown.ends)]).text
    assert as_markup(shown.middle) in card


def as_markup(text):
    """A text as it stands in markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_number_of_a_drawn_curve_is_read_at_its_month():
    """A frame that marks a month names the share there."""
    found = a_regimen()
    each = Drawn("a", "Drug", found.os, theme.REGIMEN_STYLES[0])
    told = curves_words([each], Frame("Overall survival", mark=12.0))
    assert readings.text_of(found.os.at(12)) in told
