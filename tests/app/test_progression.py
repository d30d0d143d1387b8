"""The progression page: which event comes first, when, and where it appears."""

import json

import pytest

from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"


@pytest.fixture
def progression(visit):
    """The progression page of a sample patient."""
    return visit("progression", patient=SAMPLE)


def figure(app):
    """The one figure on the screen with its words."""
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    return json.loads(chart.spec), chart.alt


def view(app, name):
    """Choose a view of the page."""
    return app.segmented_control(key="progression.view").set_value(name).run()


def test_progression_opens_with_what_comes_first(progression):
    """Shares of both causes with intervals in cards, figure and table."""
    assert title_of(progression) == "Progression"
    _, alt = figure(progression)
    assert alt.startswith("Which event comes first, as stacked shares over time.")
    text = text_of(progression)
    assert "Progressed by 12 months" in text
    assert "Which event came first, forecast for this patient" in text
    assert "death without progression" in text


def test_progression_shows_one_number_everywhere(progression):
    """Figure and table say the same figure with the same digits."""
    _, alt = figure(progression)
    told = alt.split(" by 12 months: progression ")[1].split(", death")[0]
    assert f">{told}<" in text_of(progression)


def test_progression_shows_the_hazard_against_a_schedule(progression):
    """Ticks for scans, and what a schedule leaves between two of them."""
    app = view(progression, "Hazard over time")
    spec, alt = figure(app)
    assert alt.startswith("Hazard of progression or death by month")
    assert len(spec["layout"]["shapes"]) > 3
    assert "within 8 weeks, that is before the next scan" in text_of(app)
    app.segmented_control(key="progression.weeks").set_value(0).run()
    spec, _ = figure(app)
    assert "shapes" not in spec["layout"] or not spec["layout"]["shapes"]


def test_progression_tells_where_it_appears(progression):
    """Published shares by site with source and whether they were re-read."""
    text = text_of(view(progression, "Where it appears"))
    assert "Where this disease spreads, as published" in text
    assert "Brain" in text
    assert "at the source" in text


def updated(app, answer, months=3):
    """The view of the update, asked about one answer."""
    app = view(app, "After a scan")
    key = f"progression.{SAMPLE}.update"
    app.slider(key=f"{key}.month").set_value(months).run()
    return app.segmented_control(key=f"{key}.answer").set_value(answer).run()


def test_progression_updates_at_a_landmark(progression):
    """What now: both forecasts from the scan on, with the same figures in words and figure."""
    app = updated(progression, "PR")
    assert not app.exception
    spec, alt = figure(app)
    assert alt.startswith("Survival from 3 months after the start on, knowing partial response")
    dashes = [trace["line"].get("dash") for trace in spec["data"] if trace["line"]["width"]]
    assert dashes.count("dash") == dashes.count("solid") == 2
    text = text_of(app)
    told = alt.split("12 months from now: ")[1].split(", by time alone ")
    assert f"with partial response, {told[0]} are without progression 12 months from now" in text
    assert f"by time alone the first forecast says {told[1].split('.')[0]}" in text
    assert "The response moves that by +" in text
    assert "hazard x 0." in text
    assert "it is not the effect of responding" in text
    names = [button.proto.label for button in app.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


def test_progression_update_without_a_response_is_time_alone(progression):
    """Before anything is known of the scan both curves are one, and no change is told."""
    app = view(progression, "After a scan")
    text = text_of(app)
    assert "12 months from now, by time alone." in text
    assert "The response moves that" not in text


def test_progression_update_after_progression_speaks_of_survival(progression):
    """Who progressed has no progression-free survival left; only OS is told."""
    app = updated(progression, "PD", 6)
    spec, alt = figure(app)
    assert "Progression-free" not in alt
    assert "who had progressed 6 months after the start" in text_of(app)
    assert "yaxis2" not in spec["layout"]


def test_progression_of_nothing_chosen_says_so(progression):
    """Without a regimen there is no picture and no error."""
    progression.multiselect(key=f"desk.{SAMPLE}.regimens").set_value([]).run()
    assert "No course to show." in text_of(progression)


def test_progression_offers_its_figures(progression):
    """The figures can be taken as a file."""
    names = [button.proto.label for button in progression.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


def test_progression_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("progression")
    assert title_of(app) == "Progression"
    assert "Nobody is on the screen." in text_of(app)
