"""Which papers there are about a patient, and into which files each can be put."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dashboard.reporting.document import Form


class Kind(StrEnum):
    """What a person may ask for."""

    SUMMARY = "summary"
    FULL = "full"
    SLIDES = "slides"
    LETTER = "letter"
    CASE = "case-file"
    FHIR = "fhir"


LABELS: Mapping[Kind, str] = {
    Kind.SUMMARY: "Summary on one page",
    Kind.FULL: "Full report",
    Kind.SLIDES: "Five slides",
    Kind.LETTER: "Letter to the patient",
    Kind.CASE: "Case file (JSON)",
    Kind.FHIR: "FHIR R4 bundle",
}
_PAPER = (Form.PDF, Form.HTML, Form.JSON)
FORMS: Mapping[Kind, tuple[Form, ...]] = {
    Kind.SUMMARY: _PAPER,
    Kind.FULL: _PAPER,
    Kind.SLIDES: (Form.PPTX,),
    Kind.LETTER: _PAPER,
    Kind.CASE: (Form.JSON,),
    Kind.FHIR: (Form.JSON,),
}
DATA = frozenset({Kind.CASE, Kind.FHIR})
