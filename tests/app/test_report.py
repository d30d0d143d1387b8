"""The report page: what is chosen is what is printed, and every kind has its files."""

import pytest

from dashboard.reporting.kinds import Kind
from dashboard.reporting.letter import Language
from tests.app.conftest import text_of, title_of

LUNG = "SYN-NSCLC-02"


@pytest.fixture(autouse=True)
def forecasts_are_ready(ready):
    """The page is about forecasts that are there."""


def test_report_without_a_patient_says_what_to_do(visit):
    """Nobody is reported on by default."""
    app = visit("report")
    assert title_of(app) == "Report"
    assert "Nobody is on the screen." in text_of(app)


def offered(app):
    """The files on offer."""
    return [button.proto.label for button in app.get("download_button")]


def test_report_shows_a_page_and_offers_its_files(visit):
    """The page is a picture with words for those who cannot see it."""
    app = visit("report", patient=LUNG)
    text = text_of(app)
    assert "Incident" not in text
    assert f'alt="Page 1 of 1: Tumour board: {LUNG}.' in text
    assert offered(app) == ["PDF", "Web page (HTML)", "Data (JSON)"]


@pytest.mark.parametrize(
    ("kind", "files", "said"),
    [
        (Kind.FULL, ["PDF", "Web page (HTML)", "Data (JSON)"], "Tumour board"),
        (Kind.SLIDES, ["Slides (PPTX)"], "Five slides that can be edited"),
        (Kind.LETTER, ["PDF", "Web page (HTML)", "Data (JSON)"], "Your treatment choices"),
        (Kind.CASE, ["Data (JSON)"], "No forecasts"),
        (Kind.FHIR, ["Data (JSON)"], "RiskAssessment"),
    ],
)
def test_report_offers_every_kind(visit, kind, files, said):
    """Each kind says what it is and comes in its own files."""
    app = visit("report", patient=LUNG)
    app.segmented_control(key="report.kind").set_value(kind).run()
    assert not app.exception
    assert offered(app) == files
    assert said in text_of(app)


def test_report_letter_follows_the_language(visit):
    """Another language, another letter."""
    app = visit("report", patient=LUNG)
    app.segmented_control(key="report.kind").set_value(Kind.LETTER).run()
    app.segmented_control(key="report.language").set_value(Language.ES).run()
    assert "Sus opciones de tratamiento" in text_of(app)


def test_report_lets_identifiers_stay_only_with_a_reason(visit):
    """The box alone changes nothing and says what is missing."""
    app = visit("report", patient=LUNG)
    app.checkbox(key="report.identified.wanted").check().run()
    assert "until then they stay out" in text_of(app)
    app.text_input(key="report.identified.reason").set_value("Referral to a colleague").run()
    assert not app.exception
    assert "until then they stay out" not in text_of(app)


def test_report_prints_what_was_chosen(visit):
    """Another choice of regimens makes another page."""
    app = visit("report", patient=LUNG)
    before = text_of(app)
    app.multiselect(key="report.regimens").set_value(["docetaxel"]).run()
    assert not app.exception
    assert text_of(app) != before


def test_report_follows_the_patient(visit):
    """Another patient, another report."""
    app = visit("report", patient=LUNG)
    app.query_params["patient"] = "SYN-NSCLC-01"
    app.run()
    assert "Tumour board: SYN-NSCLC-01" in text_of(app)
    assert f"Tumour board: {LUNG}" not in text_of(app)
