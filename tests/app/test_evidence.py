"""The evidence page: arms that fit, effects on both sides, every score in a row."""

import pytest

from dashboard.services import intake
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of

LUNG, EARLY_BREAST = "SYN-NSCLC-02", "SYN-BRE-04"


def seen(app, view):
    """The page in one of its views."""
    return app.segmented_control(key="evidence.view").set_value(view).run()


def test_evidence_without_a_patient_says_what_to_do(visit):
    """Nobody is shown by default."""
    app = visit("evidence")
    assert title_of(app) == "Evidence and scores"
    assert "Nobody is on the screen." in text_of(app)


@pytest.mark.parametrize("view", ["For this patient", "Scores"])
def test_evidence_shows_every_sample(visit, view):
    """No sample breaks a view."""
    samples = intake.samples(wiring.context())
    app = seen(visit("evidence", patient=samples[0].id), view)
    for sample in samples:
        app.query_params["patient"] = sample.id
        app.run()
        assert title_of(app) == "Evidence and scores"
        assert "Incident" not in text_of(app)
        assert sample.patient.id in text_of(app)


def test_evidence_tells_fit_figures_and_source(visit):
    """An arm stands with its fit, its figures, its control, a link and its mark."""
    text = text_of(visit("evidence", patient=LUNG))
    assert "KEYNOTE-024" in text
    assert "26.3\N{NO-BREAK SPACE}(18.3\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}40.4)" in text
    assert 'href="https://doi.org/10.1200/JCO.21.00174"' in text
    assert "partly re-read at the source" in text
    assert "Against Platinum doublet chemotherapy" in text
    assert "does not fit" in text


def test_evidence_draws_the_figure_that_is_chosen(visit):
    """The forest shows response first, and another figure when asked."""
    app = visit("evidence", patient=LUNG)
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert chart.alt.startswith("Objective response")
    app.segmented_control(key="evidence.forest.pembrolizumab-mono").set_value("median OS").run()
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert "KEYNOTE-024: pembrolizumab (trial): 26.3 (18.3 to 40.4)" in chart.alt


def test_evidence_puts_support_beside_contradiction(visit):
    """Both sides have their heading, an empty one says so."""
    text = text_of(visit("evidence", patient=LUNG))
    assert "Supports: " in text
    assert "Contradicts" in text


def test_scores_say_value_missing_or_withheld(visit):
    """Computed with the published outcome, incomplete with the range, withheld with the reason."""
    text = text_of(seen(visit("evidence", patient=LUNG), "Scores"))
    assert "points: 0, low" in text
    assert "median overall survival 33 weeks (24 to 42)" in text
    assert "Missing: Tumour mutational burden." in text
    assert "Over plausible values:" in text
    assert "Outside the scope of the score, which asks for: brain metastases." in text
    assert "On the shelf for other tumours: " in text


def test_scores_show_where_each_input_came_from(visit):
    """The feature an input was taken from stands beneath its value."""
    text = text_of(seen(visit("evidence", patient=LUNG), "Scores"))
    assert "Albumin: " in text
    assert ">from Serum albumin" in text


def test_scores_are_completed_by_hand(visit):
    """The missing burden typed in gives the number, which is called a score."""
    app = seen(visit("evidence", patient=LUNG), "Scores")
    key = next(n.key for n in app.number_input if n.key.endswith("loris-nsclc.tmb_mut_mb"))
    app.number_input(key=key).set_value(12.0).run()
    text = text_of(app)
    assert "LORIS: 0." in text
    assert "A score, not the probability of response." in text
    assert "entered by hand, not kept" in text


def test_predict_lays_out_what_treatment_adds(visit):
    """Course and benefits of an early breast cancer, never as the official tool."""
    text = text_of(seen(visit("evidence", patient=EARLY_BREAST), "Scores"))
    assert "What treatment adds: PREDICT Breast formula, version 2.2" in text
    assert "This is not the official tool." in text
    assert "Died of breast cancer" in text
    assert "All together" in text
