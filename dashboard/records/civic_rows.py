"""Evidence items of CIViC, as a hospital downloads them: the nightly or monthly TSV of evidence.

CIViC (civicdb.org) gives its content away under CC0. Level, direction, significance, rating and
status are kept as they stand there. An item without its number, or with a level or direction that
CIViC does not know, is named and left out. Nothing is fetched, and no item ships with the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard.records.own_tables import (
    LONGEST,
    MOST_ROWS,
    Form,
    again,
    none,
    printable,
    too_many,
)
from dashboard.records.patient import Finding, Severity, Where

FORM = Form(
    {
        "evidence_id": "the number of the item",
        "molecular_profile": "what was altered, such as EGFR L858R",
        "disease": "in which disease",
        "therapies": "which drugs, with commas between",
        "therapy_interaction_type": "Combination, Substitutes or Sequential",
        "evidence_type": "Predictive, Prognostic, Diagnostic, Predisposing, Oncogenic, Functional",
        "evidence_level": "A to E",
        "evidence_direction": "Supports or Does Not Support",
        "significance": "such as Sensitivity/Response or Resistance",
        "evidence_statement": "what was found",
        "citation": "authors and year",
        "citation_id": "number of the publication in its source",
        "source_type": "PubMed, ASCO or ASH",
        "rating": "one to five stars",
        "evidence_status": "accepted or submitted",
        "variant_origin": "Somatic, Germline and so on",
        "last_review_date": "when it was last looked at",
        "evidence_civic_url": "where the item stands",
        "is_flagged": "whether somebody doubts it",
    },
    (
        "evidence_id", "molecular_profile", "disease", "therapies", "evidence_type",
        "evidence_level", "evidence_direction", "significance",
    ),
    "Download the evidence summaries of CIViC again, as TSV.",
)  # fmt: skip
LEVELS: Mapping[str, str] = {
    "A": "validated association",
    "B": "clinical evidence",
    "C": "case study",
    "D": "preclinical evidence",
    "E": "inferential association",
}
TYPES = ("Predictive", "Prognostic", "Diagnostic", "Predisposing", "Oncogenic", "Functional")
SUPPORTS, DOES_NOT = "Supports", "Does Not Support"
ACCEPTED, SUBMITTED = "accepted", "submitted"
TERMS = "CIViC, CC0 1.0"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "evidence_level": tuple(LEVELS),
    "evidence_direction": (SUPPORTS, DOES_NOT),
    "evidence_type": TYPES,
    "evidence_status": (ACCEPTED, SUBMITTED),
}
_TELLING = {"evidence_id", "evidence_level", "evidence_direction"}
_HEAD = 4096  # letters in which the first line ends
_LONGEST_ID = 9  # digits
_WITHOUT = ("N/A", "NA", "null", "None")


@dataclass(frozen=True, slots=True)
class CivicRow:
    """One evidence item; what was not given is empty."""

    cells: tuple[tuple[str, str], ...]

    def text(self, column: str) -> str:
        """What stands in a column."""
        return dict(self.cells).get(column, "")


def is_civic(text: str) -> bool:
    """Whether a text begins like CIViC's evidence summaries."""
    return set(_header(_first(text))) >= _TELLING


def is_civic_without_tabs(text: str) -> bool:
    """Whether they were saved again with other marks between the columns."""
    first = _first(text).replace(";", ",")
    return "\t" not in first and {_cell(c).lower() for c in first.split(",")} >= _TELLING


def read_civic(text: str, name: str) -> tuple[tuple[CivicRow, ...], tuple[Finding, ...]]:
    """The items that can be used, and everything that speaks against the others."""
    lines = [(number, line) for number, line in enumerate(_lines(text), start=1) if line.strip()]
    header = _header(lines[0][1]) if lines else []
    findings = list(FORM.unusable([c for c in header if c in FORM.columns], name))
    if any(finding.severity is Severity.ERROR for finding in findings):
        return (), tuple(findings)
    rows: dict[str, tuple[CivicRow, int]] = {}
    repeated: list[int] = []
    for number, line in lines[1 : MOST_ROWS + 1]:
        cells = [_cell(cell) for cell in line.split("\t")]
        texts = {c: t for c, t in zip(header, cells, strict=False) if c in FORM.columns}
        wrong = list(_wrong(texts, Where(name, number), len(cells), len(header)))
        findings += wrong
        identity = texts.get("evidence_id", "")
        if identity in rows and not wrong:
            repeated.append(number)
        elif not wrong:
            rows[identity] = CivicRow(tuple((c, t) for c, t in texts.items() if t)), number
    if len(lines) == 1:
        findings.append(none(name, "item"))
    if repeated:
        findings.append(again(name, repeated, "by its number"))
    if len(lines) > MOST_ROWS + 1:
        findings.append(too_many(name, lines[MOST_ROWS + 1][0], len(lines) - MOST_ROWS - 1))
    return tuple(row for row, _ in rows.values()), tuple(findings)


def without_tabs(name: str) -> Finding:
    """What is told of such a file: its statements hold commas of their own."""
    return Finding(
        Severity.ERROR, "civic-without-tabs",
        "The columns of CIViC's evidence are not parted by tabs here.", Where(name, 1),
        expected="the TSV as it was downloaded", fix=FORM.cure, rest="Nothing was added.",
    )  # fmt: skip


def _lines(text: str) -> list[str]:
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _first(text: str) -> str:
    return next((line for line in _lines(text[:_HEAD]) if line.strip()), "")


def _header(line: str) -> list[str]:
    return [_cell(cell).lower() for cell in line.split("\t")]


def _cell(text: str) -> str:
    """A cell without the quotes some spreadsheets put around it, and without marks for nothing."""
    plain = printable(text)
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1].replace('""', '"').strip()
    return "" if plain in _WITHOUT else plain


def _wrong(texts: Mapping[str, str], where: Where, cells: int, columns: int) -> Iterator[Finding]:
    def refuse(column: str, why: str, fix: str = "") -> Finding:
        place = Where(where.file, where.row, column)
        return FORM.refuse(place, texts.get(column, ""), why, fix)

    if cells != columns:
        cure = "Download the file again; a spreadsheet may have broken its lines."
        yield refuse("", f"has {cells} cells where there are {columns} columns", cure)
        return
    number = texts.get("evidence_id", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_ID):
        yield refuse("evidence_id", "is no number" if number else "has no number")
    if not texts.get("molecular_profile"):
        yield refuse("molecular_profile", "does not say what was altered")
    for column, choices in _CHOICES.items():
        text = texts.get(column, "")
        # A direction is not given for every type; a level always is.
        if (text or column == "evidence_level") and text not in choices:
            told = "is not known" if text else "has no level"
            yield refuse(column, told, f"One of {', '.join(choices)}.")
    for column, text in texts.items():
        if len(text) > LONGEST:
            yield refuse(column, f"is longer than {LONGEST:,} letters")
