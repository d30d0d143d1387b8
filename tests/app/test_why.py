"""The page of reasons: a sentence, bars that add up, evidence beside, and two other views."""

import json

import pytest

from components.widgets import why as shown
from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
FIRST, OTHER = "pembrolizumab-mono", "platinum-doublet-chemo"


@pytest.fixture
def why(visit):
    """The page of reasons of a sample patient."""
    return visit("why", patient=SAMPLE)


def chart_of(app):
    """The one picture on the page."""
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    return chart


def texts_of(app):
    """The texts of the picture: facts, sizes, evidence."""
    data = json.loads(chart_of(app).spec)["data"]
    return [trace["text"] for trace in data if trace.get("mode") == "text"]


def test_why_opens_with_a_sentence_and_bars(why):
    """First words, then the picture with the sum's two ends and the hidden bars counted."""
    assert title_of(why) == "Why"
    assert "patients like this one would be expected to be alive at 12 months" in text_of(why)
    assert chart_of(why).alt.startswith("What each fact adds: Overall survival at 12 months")
    names, sizes, said = texts_of(why)
    assert names[0] == "<b>Average patient of the cohort</b>"
    assert names[-1] == "<b>This patient</b>"
    assert any("of unsure direction, together" in name for name in names)
    assert sizes[1].startswith(("+", "\N{MINUS SIGN}"))
    assert any("no evidence" in text for text in said)


def test_why_shows_unsure_bars_when_asked(why):
    """The bars that are counted at first can be drawn."""
    before = chart_of(why).spec
    why.toggle(key="why.unsure").set_value(True).run()
    names, _, _ = texts_of(why)
    assert chart_of(why).spec != before
    assert not any("of unsure direction" in name for name in names)


def test_why_one_rather_than_another(why):
    """The difference of two regimens with its interval, both figures above the bars."""
    chosen = why.selectbox(key=f"why.{SAMPLE}.regimen").set_value(FIRST).run()
    chosen.selectbox(key=f"why.{SAMPLE}.versus.{FIRST}").set_value(OTHER).run()
    assert title_of(why) == "Why"
    assert "rather than Platinum doublet" in text_of(why)
    names, sizes, _ = texts_of(why)
    assert names[-1].startswith("<b>Difference")
    assert " to " in sizes[-1]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("response", "expected to respond"),
        ("progression", "expected to progress within 12 months"),
        ("toxicity:any", "have severe toxicity"),
    ],
)
def test_why_answers_for_every_kind_of_figure(why, target, words):
    """Chances have no month; each figure has its own sentence."""
    why.selectbox(key="why.target").set_value(target).run()
    assert title_of(why) == "Why"
    assert words in text_of(why)


def test_why_in_months_of_life(why):
    """Survival can be asked for in mean months."""
    why.segmented_control(key="why.scale").set_value("Mean months until then").run()
    assert "months alive of the first 12" in text_of(why)
    assert "mean months of the first 12" in chart_of(why).alt


def test_why_says_how_long_the_cohort_was_followed(why):
    """A month beyond the follow-up is refused in words, and nothing breaks."""
    why.selectbox(key="why.target").set_value("pfs").run()
    why.segmented_control(key="desk.months").set_value(36).run()
    assert title_of(why) == "Why"
    assert "The cohort was followed for" in text_of(why)


def test_why_has_a_table_with_evidence_and_sources(why):
    """Every fact with its direction, the verdict of published effects, and whether re-read."""
    text = text_of(why)
    assert "Every fact as a table, with the evidence" in text
    assert "not sure" in text
    assert "re-read at the source" in text
    assert "Published effects beside the known facts whose direction is sure:" in text
    names = [button.proto.label for button in why.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


@pytest.mark.parametrize(
    ("view", "alt", "words"),
    [
        (shown.COURSE, "What facts add over time: Overall survival", "at each month, in points"),
        (shown.PLAIN, "Hazard ratios of Overall survival", "a plain Cox regression"),
    ],
)
def test_why_has_two_other_views(why, view, alt, words):
    """Attribution over time, and the plain model beside, each with its table."""
    why.segmented_control(key="why.view").set_value(view).run()
    assert title_of(why) == "Why"
    assert chart_of(why).alt.startswith(alt)
    assert words in text_of(why)


def test_why_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("why")
    assert title_of(app) == "Why"
    assert "Nobody is on the screen." in text_of(app)


def test_why_shows_one_fact_over_the_cohort(why):
    """The curve of a fact with the patient's mark, the same figures as a table, and a file."""
    why.segmented_control(key="why.view").set_value(shown.ALONG).run()
    why.selectbox(key=f"why.{SAMPLE}.fact").set_value("age_years").run()
    assert title_of(why) == "Why"
    assert chart_of(why).alt.startswith("How the forecast goes with one fact over the cohort")
    assert "this patient (64 years)" in chart_of(why).alt
    assert "Patients from here to the next" in text_of(why)


def test_why_lays_two_facts_out(why):
    """Facts together have words, a table, and a surface whose frame is the patient's cell."""
    why.segmented_control(key="why.view").set_value(shown.PAIRS).run()
    assert title_of(why) == "Why"
    assert "Facts that do most together" in text_of(why)
    why.selectbox(key=f"why.{SAMPLE}.one").set_value("age_years").run()
    why.selectbox(key=f"why.{SAMPLE}.other.age_years").set_value("sex").run()
    assert "by Age (rows) and Sex (columns)" in text_of(why)
    assert text_of(why).count('class="cc-shade cc-framed"') == 1
