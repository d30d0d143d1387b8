"""A column on its way to values: its cells, what came of them, and what a closer look needs.

`Column` and `ColumnValues` are what goes into and comes out of `columns.read_column`; `CloseLook`
joins them with the answers that were given before and knows how a cell is to be read under them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.knowledge.schema import Feature
from dashboard.records.amounts import is_ratio_to_limit
from dashboard.records.cells import LEAVE_UNKNOWN, Cell, Interpreted, Raw
from dashboard.records.numerals import read_numeral
from dashboard.records.patient import Choice, Finding, Origin, Severity, Value, Where
from dashboard.records.units import UnitTable
from dashboard.records.upper_limits import Divided, Limit, against_limit
from dashboard.records.values import interpret
from dashboard.records.wording import shown, some_rows
from dashboard.records.words import meaning_of_unknown

DECIMAL_KEY = "decimal"
_KARNOFSKY = re.compile(r"karnofsky|(?<![a-z])kps(?![a-z])", re.IGNORECASE)
SINGLE_FINDINGS = 12  # equal findings of a column that are listed one by one


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one feature, one per patient row."""

    feature: Feature
    name: str  # as the file's header has it
    cells: Sequence[str]
    rows: Sequence[int]
    patients: Sequence[str]
    file: str = ""
    unit: str = ""  # stated in the header or a row of units
    limits: Sequence[str] = ()  # the laboratory's upper limits, where the file has a column of them
    limit_name: str = ""  # of that column
    limit_unit: str = ""  # stated in its header


def is_karnofsky_name(name: str) -> bool:
    """Whether a name says Karnofsky."""
    return _KARNOFSKY.search(name) is not None


def is_karnofsky(column: Column) -> bool:
    """Whether the column's name says that it holds Karnofsky scores, where ECOG is wanted."""
    return "ecog" in column.feature.id and is_karnofsky_name(column.name)


@dataclass(slots=True)
class ColumnValues:
    """What came of a column; `origins` only where more is to say than file, row, field and text."""

    values: list[Value | None]
    origins: dict[int, Origin] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    decimals: list[int] = field(default_factory=list)  # cells whose decimal mark is in doubt


@dataclass(slots=True)
class CloseLook:
    """The cells of a column that need a closer look, and the doubts they share."""

    column: Column
    units: UnitTable
    answers: Mapping[str, str]
    result: ColumnValues
    doubts: dict[str, dict[int, Finding]] = field(default_factory=dict)

    def answer(self, kind: str) -> str:
        """What was answered about this column."""
        return self.answers.get(f"{kind}:{self.column.name}", "")

    def read(self, place: int, unit: str = "") -> Interpreted:
        """Read one cell, with this unit where one is given."""
        raw = self.raw(place)
        if unit:
            return interpret(self.column.feature, replace(raw, unit=unit), self.units)
        divided = self._against_limit(raw, place)
        if isinstance(divided, Interpreted):
            return divided
        if divided is None:
            return interpret(self.column.feature, raw, self.units)
        outcome = interpret(self.column.feature, divided.raw, self.units)
        return replace(outcome, findings=(*divided.findings, *outcome.findings))

    def take(self, place: int, outcome: Interpreted, note: str = "") -> None:
        """Keep what came of a cell."""
        self.result.values[place] = outcome.value
        if outcome.value is not None:
            origin = outcome.origin
            self.result.origins[place] = replace(origin, note=note) if note else origin
        self.result.findings += outcome.findings

    def raw(self, place: int) -> Raw:
        """A cell with what its column and earlier answers state of it."""
        column = self.column
        text, decimal, note = self.marks_settled(column.cells[place])
        if is_karnofsky(column) and text[:1].isdigit():
            text = f"Karnofsky {text}"
        where = Where(column.file, column.rows[place], column.name)
        return Raw(text, where, column.patients[place], column.unit, decimal=decimal, note=note)

    def number(self, place: int) -> float:
        """The number of a cell whose unit is in doubt."""
        numeral = read_numeral(self.marks_settled(self.column.cells[place])[0])
        return numeral.number if numeral.number is not None else 0.0

    def question(
        self, code: str, doubts: Mapping[int, Finding], what: str, choices: tuple[Choice, ...]
    ) -> Finding:
        """One question about all these cells."""
        column = self.column
        first = next(iter(doubts))
        rows = some_rows(column.rows[place] for place in doubts)
        return Finding(
            Severity.QUESTION,
            code,
            f"{column.feature.label}: {what} ({rows}).",
            Where(column.file, column.rows[first], column.name),
            value=shown(", ".join(column.cells[place] for place in list(doubts)[:5])),
            expected=doubts[first].expected,
            fix="Choose one of the answers, or correct the file.",
            rest="These values stay unknown until it is answered; everything else was read.",
            choices=(*choices, Choice(LEAVE_UNKNOWN, answer="unknown")),
        )

    def marks_settled(self, text: str) -> tuple[str, str, str]:
        """The text with marks as earlier answers say, the decimal mark to read it with, a note."""
        mark = self.answers.get(DECIMAL_KEY, "")
        mark = mark if mark in {",", "."} else ""
        of_column = self.answer("thousands")
        if mark == "." or of_column == "thousands":
            joined = text.replace(",", "") if "," in text and "." not in text else text
            return joined, ".", "" if joined == text else f"{text} read as {joined}"
        if of_column == "decimal":
            return text.replace(",", "."), ".", f"{text} read with a decimal comma"
        if self.answer("space") == "join":
            joined = "".join(c for c in text if not c.isspace() and c not in "'\u2019")
            return joined, mark or ".", "" if joined == text else f"{text} read as {joined}"
        return text, mark or ".", ""

    def _against_limit(self, raw: Raw, place: int) -> Divided | Interpreted | None:
        """A value as a multiple of the laboratory's limit, where that limit is known."""
        column = self.column
        if not is_ratio_to_limit(column.feature):
            return None
        cell = Cell(column.feature, raw, self.units)
        beside = column.limits[place] if column.limits else ""
        if beside and not meaning_of_unknown(beside):
            where = Where(column.file, column.rows[place], column.limit_name)
            return against_limit(cell, Limit(beside, column.limit_unit, where))
        answer = self.answer("uln")
        return None if answer in {"ratio", "unknown"} else against_limit(cell, Limit(answer))
