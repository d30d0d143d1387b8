"""Planted identifiers in what is handed out: papers, slides, letters, case files, FHIR bundles.

A real patient called by name and number, with the same words in the notes and in every text of the
board's decision, is put on every kind of paper in every form and language. Each file is unpacked to
the last part and searched. The twins put the words where a careless program would, and are found.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pypdf
import pytest
from pptx import Presentation

from dashboard.meeting.case import Decided
from dashboard.meeting.choices import Choice, Said
from dashboard.meeting.decision import Dissent, Option, View
from dashboard.records.patient import Consent
from dashboard.reporting.document import Form
from dashboard.reporting.kinds import FORMS, Kind
from dashboard.reporting.letter import Language
from dashboard.services import cases, decisions, intake, reports
from dashboard.services.installation import open_context
from dashboard.services.reports import Wish
from tests.contents import readable
from tests.trained import environ_of

PLANTED = ("Jane Q. Doe", "MRN-4711-0815", "1951-03-09")
TEXT = f"Mrs {PLANTED[0]}, {PLANTED[1]}, born {PLANTED[2]}, asked for time"
SAMPLE = "SYN-NSCLC-02"
LANGUAGES = tuple(Language)


def squeezed(text: str) -> str:
    """As it is compared: paper breaks lines where it likes."""
    return "".join(text.split()).casefold()


def found_in(content: bytes) -> set[str]:
    """Which planted words stand anywhere in a file."""
    read = [squeezed(text) for text in readable(content)]
    return {planted for planted in PLANTED if any(squeezed(planted) in text for text in read)}


@pytest.fixture(scope="module")
def desk(trained):
    """The installation with forecasts, and a store that keeps what the test writes."""
    context = open_context(environ_of(trained.settings.data_dir))
    yield context
    context.store.close()


def known(context):
    """A sample's facts."""
    return next(s.patient for s in intake.samples(context) if s.id == SAMPLE)


@pytest.fixture(scope="module")
def nameless(desk):
    """A real patient under a pseudonym, with identifiers in the notes."""
    return replace(known(desk), id="P-ABCDEFGHJKLM", synthetic=False, consent=Consent(), notes=TEXT)


@pytest.fixture(scope="module")
def named(desk):
    """A real patient who is called by name and number."""
    return replace(
        known(desk), id=f"{PLANTED[0]} {PLANTED[1]}", synthetic=False, consent=Consent(), notes=TEXT
    )


@pytest.fixture(scope="module")
def decided(desk, nameless):
    """The token of a case whose final decision has the words in every text."""
    held = cases.open_case(desk, nameless, ("docetaxel", "osimertinib"))
    changes = {
        "board": View(Choice.SUPPORTIVE, "", None, ("wish",), TEXT), "conditions": TEXT,
        "responsible": "Dr Noor", "due": desk.today, "trial_offered": Said.NO,
        "prediction_consent": Said.YES, "dissent": (Dissent("Dr Kim", TEXT),),
        "options": (Option("docetaxel", TEXT),),
    }  # fmt: skip
    record = decisions.save(desk, decisions.of(desk, held.paper.id), changes, None)
    closed = decisions.advance(desk, record, Decided.FINAL)
    decisions.add(desk, closed, TEXT)
    return held.paper.id


def wishes(case: str = "") -> Iterator[tuple[Kind, Form, Language]]:
    """Every kind of paper in each of its forms, the letter in each of its languages."""
    for kind in Kind:
        for form in FORMS[kind]:
            for language in LANGUAGES if kind is Kind.LETTER else LANGUAGES[:1]:
                yield kind, form, language


@pytest.mark.parametrize("paper", list(wishes()), ids=lambda paper: "-".join(map(str, paper)))
def test_papers_hold_no_planted_identifier(desk, named, nameless, decided, paper):
    """Neither name, number nor date of birth, from the patient, the notes or the decision."""
    kind, form, language = paper
    for who, case in ((named, ""), (nameless, decided)):
        wish = Wish(kind=kind, language=language, case=case)
        content = reports.file_of(desk, who, wish, form)
        assert len(content) > 500
        assert found_in(content) == set()


def test_papers_with_identifiers_are_found_out(desk, named):
    """The twin that is the product's own: what is released with identifiers has them."""
    for kind in (Kind.SUMMARY, Kind.LETTER, Kind.FHIR, Kind.CASE):
        form = FORMS[kind][0]
        wish = Wish(kind=kind, identified=True, reason="Asked for by the tumour registry")
        assert PLANTED[1] in found_in(reports.file_of(desk, named, wish, form)), (kind, form)


def careless_pdf(desk, nameless, place):
    """A paper with the words in its metadata, in an attachment, or in small print."""
    whole = reports.file_of(desk, nameless, Wish(kind=Kind.SUMMARY), Form.PDF)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    if place == "metadata":
        writer.add_metadata({"/Subject": TEXT})
    elif place == "attachment":
        writer.add_attachment("case.json", json.dumps({"who": TEXT}).encode())
    else:
        writer.add_outline_item(title=TEXT, page_number=0)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def careless_slides(place):
    """Slides with the words in notes, core properties, alternative text, or torn into runs."""
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    title = slide.shapes.title.text_frame.paragraphs[0]
    if place == "notes":
        slide.notes_slide.notes_text_frame.text = TEXT
    elif place == "properties":
        slides.core_properties.comments = TEXT
    elif place == "alternative":
        slide.shapes.title._element.nvSpPr.cNvPr.set("descr", TEXT)  # noqa: SLF001
    else:
        for letters in (TEXT[:9], TEXT[9:40], TEXT[40:]):
            title.add_run().text = letters
    out = io.BytesIO()
    slides.save(out)
    return out.getvalue()


def careless_text(place):
    """Data and pages with the words escaped, torn by markup, or packed."""
    made = {
        "escaped": json.dumps({"note": TEXT}).replace("J", "\\u004a"),
        "key": json.dumps({TEXT: 1}),
        "markup": f"<p>{TEXT[:6]}<b>{TEXT[6:]}</b></p>",
        "entities": "".join(f"&#{ord(sign)};" for sign in TEXT),
        "attachment": json.dumps({"data": base64.b64encode(TEXT.encode()).decode()}),
        "comment": f"<!-- {TEXT} -->",
    }  # fmt: skip
    return made[place].encode()


def careless_document():
    """A word processor's file with the words in its footer."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:t>Nothing</w:t>")
        archive.writestr("word/footer1.xml", f"<w:t>{TEXT[:9]}</w:t><w:t>{TEXT[9:]}</w:t>")
    return out.getvalue()


@pytest.mark.parametrize("place", ["metadata", "attachment", "outline"])
def test_search_finds_what_a_careless_pdf_holds(desk, nameless, place):
    """Beside the pages as well."""
    found = found_in(careless_pdf(desk, nameless, place))
    assert found == set(PLANTED)


@pytest.mark.parametrize("place", ["notes", "properties", "alternative", "torn"])
def test_search_finds_what_careless_slides_hold(place):
    """In any part of the file, and where the words are torn into runs."""
    assert found_in(careless_slides(place)) == set(PLANTED)


@pytest.mark.parametrize(
    "place", ["escaped", "key", "markup", "entities", "attachment", "comment"]
)  # fmt: skip
def test_search_finds_what_careless_data_hold(place):
    """However the words are spelt."""
    assert found_in(careless_text(place)) == set(PLANTED)


def test_search_finds_what_a_careless_document_holds():
    """Word processors' files are archives of parts as well."""
    assert found_in(careless_document()) == set(PLANTED)
