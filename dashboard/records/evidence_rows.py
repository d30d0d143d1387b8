"""A hospital's own rows of evidence, from a table: one published or local figure a row.

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
from dashboard.records.delimited import Record, split_text
from dashboard.records.own_tables import Form, read_table
from dashboard.records.patient import Finding, Where

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
FORM = Form(COLUMNS, ("title", "source"))
UNITS, ENDPOINTS = ("%", "months", "ratio"), ("response", "pfs", "os", "toxicity")
LINES = ("1L", "2L+", "any", "early")
_NUMBERS = ("value", "low", "high")
_WHOLE: Mapping[str, tuple[int, int]] = {"year": (1900, 2100), "patients": (1, 1_000_000)}
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row that can be used; empty texts were not given."""

    texts: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, float], ...]

    def text(self, column: str) -> str:
        """What stands in a column of words."""
        return dict(self.texts).get(column, "")

    def number(self, column: str) -> float | None:
        """What stands in a column of numbers."""
        return dict(self.numbers).get(column)


def read_rows(
    text: str, name: str, regimens: Mapping[str, Sequence[str]]
) -> tuple[tuple[EvidenceRow, ...], tuple[Finding, ...]]:
    """The rows of a text that can be used, and everything that speaks against the others.

    Args:
        text: the file; columns are parted by commas, semicolons, tabs or bars.
        name: of the file, for messages.
        regimens: by disease, the regimens there are.
    """
    split = split_text(text.lstrip("\ufeff"), name, {}, FORM.recognised)
    if split.broken:
        return (), tuple(split.findings)
    comma = split.delimiter != ","  # where commas part no columns they may be decimal
    rows, findings = read_records(split.records, name, regimens, decimal_comma=comma)
    return rows, (*split.findings, *findings)


def read_records(
    records: Sequence[Record],
    name: str,
    regimens: Mapping[str, Sequence[str]],
    *,
    decimal_comma: bool = False,
) -> tuple[tuple[EvidenceRow, ...], tuple[Finding, ...]]:
    """The same for lines that are parted already; the first holds the names of the columns."""

    def read(where: Where, texts: dict[str, str]) -> tuple[EvidenceRow, list[Finding]]:
        if decimal_comma:
            texts |= {c: _pointed(texts[c]) for c in _NUMBERS if c in texts}
        return _row(texts), list(_row_findings(texts, where, regimens))

    return read_table(records, name, FORM, noun="row", read=read)


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


def _row_findings(
    given: Mapping[str, str], where: Where, regimens: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    for column in ("title", "source"):
        if not given.get(column):
            yield _refuse(where, column, "", f"has no {column}", "Every row names it.")
    yield from _cell_findings(given, where)
    yield from _choice_findings(given, where, regimens)
    value, low, high = (_number(given.get(column, "")) for column in _NUMBERS)
    ends = [end for end in (low, value, high) if end is not None]
    if ends != sorted(ends):
        told = f"does not lie inside its interval {given.get('low', '')} to {given.get('high', '')}"
        yield _refuse(where, "value", given.get("value", ""), told)
    unit = given.get("unit", "")
    percent_wrong = unit == "%" and any(not 0 <= end <= 100 for end in ends)  # noqa: PLR2004
    if percent_wrong or (unit in ("months", "ratio") and any(end < 0 for end in ends)):
        yield _refuse(where, "value", given.get("value", ""), f"cannot be a figure in {unit}")
    if ends and not unit:
        yield _refuse(where, "unit", "", "has a figure without a unit")


def _cell_findings(given: Mapping[str, str], where: Where) -> Iterator[Finding]:
    for column in (*_NUMBERS, *_WHOLE):
        if given.get(column) and _number(given[column]) is None:
            fix = "Write a decimal point." if "," in given[column] else ""
            yield _refuse(where, column, given[column], "is no number", fix)
    for column, (least, most) in _WHOLE.items():
        count = _number(given.get(column, ""))
        if count is not None and not (least <= count <= most and count == int(count)):
            told = f"is no whole number from {least} to {most}"
            yield _refuse(where, column, given[column], told)


def _choice_findings(
    given: Mapping[str, str], where: Where, regimens: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    allowed = {"unit": UNITS, "endpoint": ENDPOINTS, "line": LINES, "disease": tuple(regimens)}
    disease = given.get("disease", "")
    if disease in regimens:
        allowed["regimen"] = tuple(regimens[disease])
    elif given.get("regimen") and not disease:
        yield _refuse(where, "disease", "", "names a regimen and no disease")
    for column, choices in allowed.items():
        text = given.get(column, "")
        if text and text not in choices:
            hint = near(text, choices) or f"One of {', '.join(choices[:12])}."
            yield _refuse(where, column, text, "is not known", hint)


def _refuse(where: Where, column: str, text: str, why: str, fix: str = "") -> Finding:
    return FORM.refuse(Where(where.file, where.row, column), text, why, fix)


def _pointed(text: str) -> str:
    """A number with a decimal comma, with a point instead."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _number(text: str) -> float | None:
    if "_" in text:  # a spelling of programs: 1_0 would be read as ten
        return None
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
    return EvidenceRow(tuple(texts.items()), tuple(numbers.items()))
