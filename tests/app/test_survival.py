"""The survival page: curves with bands, the gap between two, and what surviving so far changes."""

import json

import pytest

from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
THREE = "pembrolizumab-mono,platinum-doublet-chemo,best-supportive-care"


@pytest.fixture
def survival(visit):
    """The survival page of a sample patient under three regimens."""
    return visit("survival", patient=SAMPLE, regimens=THREE)


def figure(app):
    """The one figure on the screen with its words."""
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    return json.loads(chart.spec), chart.alt


def picture(app, name):
    """Choose a picture."""
    return app.segmented_control(key="survival.picture").set_value(name).run()


def test_survival_opens_with_curves_and_their_words(survival):
    """Three curves, each with a band and a name, and words that say the medians."""
    assert title_of(survival) == "Survival"
    spec, alt = figure(survival)
    assert alt.startswith("Overall survival, forecast for this patient, as curves with bands.")
    assert alt.count("median") == 3
    assert "Follow-up ends at" in alt
    assert sum(trace.get("fill") == "tonexty" for trace in spec["data"]) == 3


def test_survival_shows_one_number_in_card_figure_and_table(survival):
    """The card, the words of the figure and the table say the same figure with the same digits."""
    _, alt = figure(survival)
    told = alt.split("Platinum doublet chemotherapy: ")[1].split(" at 12 months")[0]
    shown = told.rsplit(", ", 1)[1]
    text = text_of(survival)
    middle, ends = shown.rstrip(")").split(" (")
    assert f'cc-mid">{middle}</span> <span class="cc-ends">({ends})<' in text
    assert f'cc-large">{middle}<' in text
    assert f">{ends}, " in text


def test_survival_tells_the_cohort_at_risk(survival):
    """Numbers at risk of the cohort's patients stand beneath the curves."""
    spec, _ = figure(survival)
    assert [trace for trace in spec["data"] if trace.get("name", "").startswith("At risk")]


def test_survival_changes_the_endpoint(survival):
    """Progression-free survival is one choice away."""
    survival.segmented_control(key="survival.endpoint").set_value("pfs").run()
    assert figure(survival)[1].startswith("Progression-free survival")
    assert "Without progression 12 months after the start" in text_of(survival)


def test_survival_draws_one_by_one(survival):
    """A panel for each regimen."""
    spec, _ = figure(picture(survival, "Panels"))
    assert "xaxis3" in spec["layout"]


def test_survival_draws_more_than_four_as_panels(visit):
    """Five or six curves never share one picture."""
    app = visit("survival", patient=SAMPLE)
    spec, _ = figure(app)
    assert "xaxis5" in spec["layout"]


def test_survival_shows_the_gap_between_two(survival):
    """The gap in points of 100, with its band, and no number to treat where it is not clear."""
    app = picture(survival, "Difference")
    _, alt = figure(app)
    assert "minus" in alt
    text = text_of(app)
    assert "in 100 (" in text
    assert "One in" in text or "no number needed to treat is given" in text
    assert "months on average" in text


def test_survival_counts_from_what_was_come_through(survival):
    """Half a year survived raises every figure and is said on the axis and over the cards."""
    before = text_of(survival)
    survival.slider(key=f"survival.{SAMPLE}.survived").set_value(6).run()
    spec, _ = figure(survival)
    assert "6 months after the start" in spec["layout"]["xaxis"]["title"]["text"]
    assert "Alive 12 months from now" in text_of(survival)
    assert text_of(survival) != before


def test_survival_lays_similar_patients_over_the_forecast(survival):
    """On request: thin lines, and how many similar patients each rests on."""
    assert "observed in" not in figure(survival)[1]
    survival.toggle(key="survival.observed").set_value(True).run()
    spec, alt = figure(survival)
    assert "observed in" in alt
    assert "in effect" in alt
    assert [t for t in spec["data"] if t.get("name", "").endswith(", observed")]


def test_survival_offers_the_points(survival):
    """The curves can be taken as a file."""
    names = [button.proto.label for button in survival.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


def test_survival_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("survival")
    assert title_of(app) == "Survival"
    assert "Nobody is on the screen." in text_of(app)
