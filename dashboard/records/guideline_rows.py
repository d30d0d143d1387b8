"""A hospital's own guideline table: for whom its board holds which regimen to be indicated.

One row is one statement: a regimen, for whom (a rule in the language of the packs), how strongly,
whose statement it is, in which version and of which date, and why it may be used here. A rule that
cannot be read is named with what was probably meant. Nothing is judged here, and no text of a
guideline is known here: what a hospital may copy, it answers for itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.rules import near, parse
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.delimited import Record, split_text
from dashboard.records.own_tables import Form, read_table
from dashboard.records.patient import Finding, Where

FORM = Form(
    {
        "guideline": "whose statement it is, such as Lung board of this hospital (needed)",
        "version": "which version (needed)",
        "date": "of which day, month or year: 2026-03-01, 2026-03 or 2026 (needed)",
        "terms": "why it may be used here: own work, a licence, a permission (needed)",
        "disease": "id of the tumour group, such as nsclc (needed)",
        "regimen": "id of the regimen in that group (needed)",
        "criteria": "for whom, as a rule such as pd_l1_tps >= 50; empty: everyone",
        "strength": "how strongly, in the guideline's own grades",
        "escat": "tier of ESCAT that the hospital gives; a note must say why",
        "reference": "DOI, PubMed number or address",
        "note": "anything else",
    },
    ("guideline", "version", "date", "terms", "disease", "regimen", "criteria"),
)
ESCAT = ("I-A", "I-B", "I-C", "II-A", "II-B", "III-A", "III-B", "IV-A", "IV-B", "V", "X")
_FILLED = ("guideline", "version", "date", "terms", "disease", "regimen")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_MARKS = re.compile(r"[,;\t|]")
_TELLING = ("guideline", "criteria")  # columns that no other table of own rows has
_EXAMPLE = {
    "guideline": "Lung board of this hospital", "version": "3", "date": "2025-01-15",
    "terms": "own work", "disease": "nsclc", "regimen": "pembrolizumab-mono",
    "criteria": "pd_l1_tps >= 50 and alk_fusion == false", "strength": "strong", "escat": "",
    "reference": "", "note": "Example: overwrite this row",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GuidelineRow:
    """One statement that can be used."""

    guideline: str
    version: str
    date: str  # as far as it is given: 2026-03-01, 2026-03, 2026
    terms: str
    disease: str
    regimen: str
    criteria: str = ""
    strength: str = ""
    escat: str = ""
    reference: str = ""
    note: str = ""


def is_guideline(header: Sequence[str]) -> bool:
    """Whether a first line is that of a guideline table."""
    cells = {cell.strip().lower() for cell in header}
    return all(column in cells for column in _TELLING)


def looks_like_a_guideline(text: str) -> bool:
    """Whether a text begins with the first line of a guideline table."""
    first = next((line for line in text.lstrip("\ufeff").splitlines() if line.strip()), "")
    return is_guideline([cell.strip('" ') for cell in _MARKS.split(first)])


def read_rows(
    text: str, name: str, packs: Mapping[str, DiseasePack], today: date
) -> tuple[tuple[GuidelineRow, ...], tuple[Finding, ...]]:
    """The statements of a text whose columns are parted by commas, semicolons, tabs or bars."""
    split = split_text(text.lstrip("\ufeff"), name, {}, FORM.recognised)
    if split.broken:
        return (), tuple(split.findings)
    rows, findings = read_records(split.records, name, packs, today)
    return rows, (*split.findings, *findings)


def template() -> bytes:
    """A file with the columns and one example to overwrite."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(FORM.columns), lineterminator="\n")
    writer.writeheader()
    writer.writerow(_EXAMPLE)
    return out.getvalue().encode()


def read_records(
    records: Sequence[Record], name: str, packs: Mapping[str, DiseasePack], today: date
) -> tuple[tuple[GuidelineRow, ...], tuple[Finding, ...]]:
    """The statements that can be used, and everything that speaks against the others.

    Args:
        records: the lines, parted into cells; the first holds the names of the columns.
        name: of the file, for messages.
        packs: by id, whose regimens and vocabulary the rows are held against.
        today: no version is of a later day.
    """
    dates: dict[tuple[str, str], str] = {}

    def read(where: Where, texts: dict[str, str]) -> tuple[GuidelineRow, list[Finding]]:
        told = _Told(where, texts, packs, today)
        row = GuidelineRow(**{c: text for c, text in texts.items() if c in FORM.columns})
        return row, [*told.cells(), *told.dated(dates), *told.meaning()]

    return read_table(records, name, FORM, noun="statement", read=read)


@dataclass(frozen=True, slots=True)
class _Told:
    """One row, and what it does wrong."""

    where: Where
    texts: Mapping[str, str]
    packs: Mapping[str, DiseasePack]
    today: date

    def cells(self) -> Iterator[Finding]:
        """What is lacking."""
        for column in _FILLED:
            if not self.texts.get(column):
                yield self._refuse(column, f"has no {column}", "Every row names it.")

    def dated(self, dates: dict[tuple[str, str], str]) -> Iterator[Finding]:
        """A date that is none, lies ahead, or is another than the version's so far."""
        text = self.texts.get("date", "")
        if not text:
            return
        first = _first_day(text)
        if first is None:
            yield self._refuse("date", "is no date", "Write 2026-03-01, 2026-03 or 2026.")
        elif first > self.today:
            yield self._refuse("date", "lies ahead")
        version = self.texts.get("guideline", ""), self.texts.get("version", "")
        held = dates.setdefault(version, text)
        if held != text:
            yield self._refuse("date", f"is not the date of this version so far ({held})")

    def meaning(self) -> Iterator[Finding]:
        """What is not known: the tumour group, the regimen, a name or level of the rule, a tier."""
        disease, regimen = self.texts.get("disease", ""), self.texts.get("regimen", "")
        pack = self.packs.get(disease)
        if disease and pack is None:
            yield self._unknown("disease", tuple(self.packs))
        if pack is not None and regimen and regimen not in pack.regimens_by_id:
            yield self._unknown("regimen", tuple(pack.regimens_by_id))
        if pack is not None:
            yield from self._rule(pack)
        tier = self.texts.get("escat", "")
        if tier and tier not in ESCAT:
            yield self._unknown("escat", ESCAT)
        if tier and not self.texts.get("note"):
            yield self._refuse("escat", "gives a tier without a reason", "Say why in the note.")

    def _rule(self, pack: DiseasePack) -> Iterator[Finding]:
        try:
            parse(self.texts.get("criteria", ""), pack.vocabulary)
        except RuleError as error:
            told = f"cannot be read: {error.message.rstrip('.')}"
            yield self._refuse("criteria", told, error.hint)

    def _unknown(self, column: str, choices: tuple[str, ...]) -> Finding:
        hint = near(self.texts[column], choices) or f"One of {', '.join(choices[:12])}."
        return self._refuse(column, "is not known", hint)

    def _refuse(self, column: str, why: str, fix: str = "") -> Finding:
        where = Where(self.where.file, self.where.row, column)
        return FORM.refuse(where, self.texts.get(column, ""), why, fix)


def _first_day(text: str) -> date | None:
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    try:
        return date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        return None
