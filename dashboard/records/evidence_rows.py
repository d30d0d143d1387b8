"""A hospital's own rows of evidence, from a CSV file: one published or local figure a row.

A row that cannot be used is named with its line and what to do, and never stops the others. What
the columns mean stands in `COLUMNS`; a row needs a title and a source, figures need their unit.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.knowledge.rules import near
from dashboard.records.patient import Finding, Severity, Where

MOST_ROWS = 20_000
COLUMNS: Mapping[str, str] = {
    "title": "what the row is, in a line (needed)",
    "source": "where the figure comes from (needed)",
    "reference": "DOI, PubMed number or trial number",
    "year": "year of publication",
    "disease": "id of the tumour group, such as nsclc",
    "regimen": "id of the regimen in that group",
    "biomarker": "the marker the row speaks of",
    "line": "1L, 2L+, any or early",
    "endpoint": "response, pfs, os or toxicity",
    "measure": "what is measured, such as median OS",
    "value": "the figure",
    "low": "lower end of its 95 % interval",
    "high": "upper end",
    "unit": "%, months or ratio",
    "patients": "how many",
    "note": "anything else",
}
UNITS, ENDPOINTS = ("%", "months", "ratio"), ("response", "pfs", "os", "toxicity")
LINES = ("1L", "2L+", "any", "early")
_NUMBERS = ("value", "low", "high")
_WHOLE = ("year", "patients")
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row that can be used; empty texts were not given."""

    texts: Mapping[str, str]
    numbers: Mapping[str, float]

    def text(self, column: str) -> str:
        """What stands in a column of words."""
        return self.texts.get(column, "")

    def number(self, column: str) -> float | None:
        """What stands in a column of numbers."""
        return self.numbers.get(column)


def read_rows(
    text: str, name: str, regimens: Mapping[str, Sequence[str]]
) -> tuple[tuple[EvidenceRow, ...], tuple[Finding, ...]]:
    """The rows of a file that can be used, and everything that speaks against the others.

    Args:
        text: the file.
        name: of the file, for messages.
        regimens: by disease, the regimens there are.
    """
    lines = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        header = [cell.strip().lower() for cell in next(lines, [])]
    except csv.Error:
        header = []
    findings = list(_header_findings(header, name))
    if any(finding.severity is Severity.ERROR for finding in findings):
        return (), tuple(findings)
    rows: list[EvidenceRow] = []
    try:
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= MOST_ROWS:
                findings.append(_refuse(name, number, "", "", f"more than {MOST_ROWS:,} rows"))
                break
            given = {c: cell.strip() for c, cell in zip(header, cells, strict=False)}
            wrong = list(_row_findings(given, name, number, regimens))
            findings += wrong
            if not wrong:
                rows.append(_row(given))
    except csv.Error as error:
        findings.append(_refuse(name, lines.line_num, "", "", f"cannot be read: {error}"))
    return tuple(rows), tuple(findings)


def template() -> bytes:
    """A file with the columns and one example to overwrite."""
    example = {
        "title": "Our own registry 2019-2023", "source": "Tumour registry of this hospital",
        "year": "2024", "disease": "nsclc", "regimen": "pembrolizumab-mono", "line": "1L",
        "biomarker": "PD-L1", "endpoint": "os", "measure": "median OS", "value": "21.4",
        "low": "16.0", "high": "27.9", "unit": "months", "patients": "118",
        "note": "Example: overwrite this row",
    }  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerow(example)
    return out.getvalue().encode()


def _header_findings(header: Sequence[str], name: str) -> Iterator[Finding]:
    for column in header:
        if column and column not in COLUMNS:
            hint = near(column, tuple(COLUMNS)) or f"The columns are {', '.join(COLUMNS)}."
            yield Finding(
                Severity.WARNING, "column-unknown", f"There is no column {column[:60]}.",
                Where(name, 1, column[:60]), fix=hint, rest="The column was passed over.",
            )  # fmt: skip
    lacking = [column for column in ("title", "source") if column not in header]
    if lacking:
        yield Finding(
            Severity.ERROR, "column-missing", f"The file has no column {' or '.join(lacking)}.",
            Where(name, 1), expected=f"a first line with columns such as {', '.join(COLUMNS)}",
            fix="Start from the template.", rest="Nothing was added.",
        )  # fmt: skip


def _row_findings(
    given: Mapping[str, str], name: str, line: int, regimens: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    for column in ("title", "source"):
        if not given.get(column):
            yield _refuse(name, line, column, "", f"has no {column}", "Every row names it.")
    for column in (*_NUMBERS, *_WHOLE):
        if given.get(column) and _number(given[column]) is None:
            yield _refuse(name, line, column, given[column], "is no number")
    yield from _choice_findings(given, name, line, regimens)
    value, low, high = (_number(given.get(column, "")) for column in _NUMBERS)
    ends = [end for end in (low, value, high) if end is not None]
    if ends != sorted(ends):
        text = " / ".join(given.get(column, "") for column in _NUMBERS)
        yield _refuse(name, line, "low", text, "does not lie inside its interval")
    unit = given.get("unit", "")
    percent_wrong = unit == "%" and any(not 0 <= end <= 100 for end in ends)  # noqa: PLR2004
    if percent_wrong or (unit in ("months", "ratio") and any(end < 0 for end in ends)):
        yield _refuse(name, line, "value", given.get("value", ""), f"cannot be a figure in {unit}")
    if ends and not unit:
        yield _refuse(name, line, "unit", "", "has a figure without a unit")


def _choice_findings(
    given: Mapping[str, str], name: str, line: int, regimens: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    allowed = {"unit": UNITS, "endpoint": ENDPOINTS, "line": LINES, "disease": tuple(regimens)}
    disease = given.get("disease", "")
    if disease in regimens:
        allowed["regimen"] = tuple(regimens[disease])
    elif given.get("regimen") and not disease:
        yield _refuse(name, line, "disease", "", "names a regimen and no disease")
    for column, choices in allowed.items():
        text = given.get(column, "")
        if text and text not in choices:
            hint = near(text, choices) or f"One of {', '.join(choices[:12])}."
            yield _refuse(name, line, column, text, "is not known", hint)


def _refuse(name: str, line: int, column: str, text: str, why: str, fix: str = "") -> Finding:
    said = f"{column} {text[:60]!r} {why}" if text else f"it {why}"
    return Finding(
        Severity.WARNING, "row-refused", f"Row {line}: {said}.", Where(name, line, column),
        text[:60],
        COLUMNS.get(column, ""), fix or "Correct the row and add the file again.",
        "The row was left out; the others were read.",
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < _LARGEST else None


def _row(given: Mapping[str, str]) -> EvidenceRow:
    numbers = {
        column: number
        for column in (*_NUMBERS, *_WHOLE)
        if (number := _number(given.get(column, ""))) is not None
    }
    texts = {c: text for c, text in given.items() if c in COLUMNS and c not in numbers and text}
    return EvidenceRow(texts, numbers)
