"""Papers of a model that knows no treatments: its one prognosis in every form, nothing made up."""

from __future__ import annotations

import io
import json

import pypdf
import pytest

from dashboard.answers.forecast import Chance, Forecast, RegimenForecast
from dashboard.reporting import readability
from dashboard.reporting.board_case import WHATEVER_IS_GIVEN
from dashboard.reporting.board_report import compose, compose_summary
from dashboard.reporting.document import Panels
from dashboard.reporting.fhir_bundle import write_bundle
from dashboard.reporting.letter import Language, compose_letter, sentences, words_of
from dashboard.reporting.printing import render_pdf
from dashboard.reporting.slides import render_pptx
from dashboard.reporting.web_page import render_html
from tests.unit.reporting.cases import a_case, a_curve
from tests.unit.reporting.test_rendering import slide_text

PROGNOSIS = RegimenForecast("", None, os=a_curve(0.03), toxicities={"any": Chance(0.3, 0.2, 0.4)})
CASE = a_case(forecast=Forecast("f", "nsclc", "bundle-1", (PROGNOSIS,)))


def test_table_begins_with_the_one_prognosis():
    """The prognosis has a row of its own; of no regimen anything is forecast."""
    first, *others = compose(CASE).tables[0].rows
    assert first[:2] == (WHATEVER_IS_GIVEN, "\N{EM DASH}")
    assert first[4] == "49% (39 to 56%)"
    assert first[6] == "30% (20 to 40%)"
    assert {row[2] for row in others} == {"no forecast"}
    assert len(others) == len(CASE.regimens)


def test_every_form_tells_the_prognosis():
    """PDF, web page, slides, one page; each has its number."""
    document = compose(CASE)
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(document))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    for text in (printed, render_html(document).decode(), slide_text(render_pptx(document))):
        assert WHATEVER_IS_GIVEN in text
        assert "39 to 56%" in text
    assert len(pypdf.PdfReader(io.BytesIO(render_pdf(compose_summary(CASE)))).pages) == 1
    (panels,) = [block for block in document.blocks if isinstance(block, Panels)]
    assert panels.title == WHATEVER_IS_GIVEN


def test_bundle_names_no_regimen():
    """The assessment has words for what it is of, and no code of nothing."""
    entries = json.loads(write_bundle(CASE))["entry"]
    (found,) = [e["resource"] for e in entries if e["resource"]["resourceType"] == "RiskAssessment"]
    assert found["code"] == {"text": "Forecast, whatever is given"}
    assert {p["outcome"]["coding"][0]["code"] for p in found["prediction"]} == {
        "os", "toxicity-any",
    }  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_letter_tells_the_prognosis_before_the_treatments(language):
    """One row of pictures for all treatments, said to be so, and still plain."""
    letter = compose_letter(CASE, language, patients=686, name="P-7")
    first, *others = [block for block in letter.blocks if isinstance(block, Panels)]
    words = words_of(language)
    assert first.title == words["whatever"]
    assert words["whatever_means"] in first.notes
    assert first.items[0].words == words["none"]
    assert first.items[1].words == words["people"].format(number=49)
    assert len(others) == len(CASE.regimens)
    assert all(one.items == () for one in others)
    counts = readability.count(sentences(letter), language)
    assert all(formula.holds(counts) for formula in readability.formulas_of(language))
