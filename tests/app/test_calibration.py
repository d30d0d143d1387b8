"""The calibration page: figures met and missed, each with its source; conflicts named; CSV."""

import json

from dashboard.services import population
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of


def disease():
    """The disease the page opens with."""
    return wiring.context().library.ids[0]


def report():
    """The report that the page shows."""
    return population.calibration(wiring.context(), disease())


def charts(app):
    """The figures on the screen."""
    return [chart.proto for chart in app.get("plotly_chart")]


def kind(app, name):
    """Choose a kind of figure."""
    return app.segmented_control(key=f"calibration.{disease()}.kind").set_value(name).run()


def test_calibration_counts_what_is_met(visit):
    """A row for each kind: how many are met, what is asked for, and whether it is reached."""
    app = visit("calibration")
    text = text_of(app)
    assert title_of(app) == "Calibration"
    medians = report().of("median")
    assert f"{sum(f.inside for f in medians)} of {len(medians)}" in text
    assert "not reached" in text
    assert "Fresh seed 77; the parameters were solved with seed 1." in text


def test_calibration_draws_published_against_simulated(visit):
    """The first portion of medians with words that name the misfits."""
    (chart,) = charts(visit("calibration"))
    assert "simulated values lie inside what was published" in chart.alt
    marks = {trace.get("name") for trace in json.loads(chart.spec)["data"]}
    assert {"published interval", "simulated, inside", "simulated, outside"} <= marks


def test_calibration_tells_source_mark_and_conflict(visit):
    """Every figure stands with its source and mark; a misfit with its reason or without one."""
    app = visit("calibration")
    app.selectbox(key=f"calibration.{disease()}.which").set_value("Only those outside").run()
    text = text_of(app)
    assert "Table 2 PMID 12345678" in text
    assert "not re-read at the source" in text
    assert "Trials differ." in text
    assert "No conflict explains it: the simulator misses this figure." in text
    assert "TRIAL missed: drug A" in text


def test_calibration_shows_each_kind(visit):
    """Landmarks, ratios and side effects have their own axes."""
    app = visit("calibration")
    titles = []
    for name in ("response rate", "landmark", "hazard ratio", "severe events"):
        (chart,) = charts(kind(app, name))
        titles.append(json.loads(chart.spec)["layout"]["xaxis"]["title"]["text"])
    assert len(set(titles)) == 4
    assert "Hazard ratio against the control" in titles


def test_calibration_says_when_nothing_is_missed(visit):
    """Of a kind that is met whole there is nothing outside to show."""
    app = kind(visit("calibration"), "response rate")
    app.selectbox(key=f"calibration.{disease()}.which").set_value("Only those outside").run()
    assert not charts(app)
    assert "Every figure of this kind is met." in text_of(app)


def test_calibration_names_trials_that_disagree(visit):
    """Contradictions between trials and what is not simulated have their own views."""
    app = visit("calibration")
    app.segmented_control(key="calibration.view").set_value("Trials that disagree").run()
    assert "arms differ beyond chance" in text_of(app)
    assert "Lowest: " in text_of(app)
    assert "Highest: " in text_of(app)
    app.segmented_control(key="calibration.view").set_value("Not simulated").run()
    assert "No rule says whom it means." in text_of(app)


def test_calibration_is_handed_out(visit):
    """All figures can be taken as CSV."""
    names = [b.proto.label for b in visit("calibration").get("download_button")]
    chart = ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]
    assert names == [*chart, "All figures (CSV)"]


def test_calibration_opens_on_the_disease_of_the_patient_on_the_screen(visit):
    """Whoever is discussed decides which trials are shown first; another choice stays possible."""
    app = visit("calibration", patient="SYN-MEL-01")
    assert app.selectbox(key="cohort.disease.melanoma").value == "melanoma"
