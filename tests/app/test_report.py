"""The report page: what is chosen is what is printed, and four files are on offer."""

import pytest

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


def test_report_shows_its_first_page_and_offers_four_files(visit):
    """The page is a picture with words for those who cannot see it."""
    app = visit("report", patient=LUNG)
    text = text_of(app)
    assert "Incident" not in text
    assert f'alt="First page of the report: Tumour board: {LUNG}.' in text
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["PDF", "Slides (PPTX)", "Web page (HTML)", "Data (JSON)"]


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
