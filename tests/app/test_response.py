"""The response page: bars, a hundred people for each regimen, and how good the forecast is."""

import json
import re

import pytest

from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"


@pytest.fixture
def response(visit):
    """The response page of a sample patient."""
    return visit("response", patient=SAMPLE)


def test_response_draws_answers_that_add_up(response):
    """The answers of every regimen add up to everybody."""
    assert title_of(response) == "Response"
    (chart,) = [chart.proto for chart in response.get("plotly_chart")]
    bars = [trace for trace in json.loads(chart.spec)["data"] if trace["type"] == "bar"]
    for shares in zip(*[trace["x"] for trace in bars], strict=True):
        assert sum(shares) == pytest.approx(1.0, abs=0.001)
    assert chart.alt.startswith("Best response as stacked bars.")


def test_response_shows_a_hundred_people_with_words(response):
    """Each picture says how many respond if the forecast is right, and what it may be."""
    alts = re.findall(r'alt="([^"]*hundred people[^"]*)"', text_of(response))
    assert len(alts) >= 2
    assert all("The forecast itself may be anything from" in alt for alt in alts)


def test_response_says_how_good_the_forecast_is(response):
    """Discrimination and calibration in sentences, and how many patients were alike."""
    text = text_of(response)
    assert "Of two patients left out of training" in text
    assert "off by" in text
    assert "Patients like this one in the cohort, by regimen:" in text
    assert "Response: what happened to those who were told about the same" in text


def test_response_has_a_table_of_its_figures(response):
    """The same figures as a real table, and as a file."""
    assert "Best response, forecast for this patient; 90% intervals" in text_of(response)
    names = [button.proto.label for button in response.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


def test_response_of_nothing_chosen_says_so(response):
    """Without a regimen there is no picture and no error."""
    response.multiselect(key=f"desk.{SAMPLE}.regimens").set_value([]).run()
    assert "No response to show." in text_of(response)


def test_response_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("response")
    assert title_of(app) == "Response"
    assert "Nobody is on the screen." in text_of(app)
