"""What every table of a hospital's own rows has in common: a first line of columns, rows below.

A form says which columns there are and which are needed; what a first line or a row does wrong is
told with its place and what to do. Which rows make sense is each reader's own business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dashboard.knowledge.rules import near
from dashboard.records.delimited import Record
from dashboard.records.patient import Finding, Severity, Where

MOST_ROWS = 20_000
LONGEST = 5_000  # letters of a cell
Row = TypeVar("Row", bound=Hashable)
ReadRow = Callable[[Where, dict[str, str]], tuple[Row, list[Finding]]]


@dataclass(frozen=True, slots=True)
class Form:
    """The columns of a table with what each means, and those that no row does without."""

    columns: Mapping[str, str]
    needed: tuple[str, ...]
    cure: str = "Start from the template."

    def recognised(self, cells: Sequence[str]) -> int:
        """How many cells of a first line are columns that are known here."""
        return sum(cell.strip().lower() in self.columns for cell in cells)

    def strange(self, header: Sequence[str], name: str) -> Iterator[Finding]:
        """Columns that are not known."""
        for column in header:
            if column and column not in self.columns:
                hint = near(column, tuple(self.columns))
                yield Finding(
                    Severity.WARNING, "column-unknown", f"There is no column {column[:60]}.",
                    Where(name, 1, column[:60]),
                    fix=hint or f"The columns are {', '.join(self.columns)}.",
                    rest="The column was passed over.",
                )  # fmt: skip

    def unusable(self, header: Sequence[str], name: str) -> Iterator[Finding]:
        """Why nothing can be read: columns that stand there twice, or are needed and lacking."""
        for column in {name for name in header if name and header.count(name) > 1}:
            yield Finding(
                Severity.ERROR, "column-twice", f"The column {column[:60]} stands there twice.",
                Where(name, 1, column[:60]), expected="each column once",
                fix="Rename or remove one of the two.", rest="Nothing was added.",
            )  # fmt: skip
        lacking = [column for column in self.needed if column not in header]
        if lacking:
            yield Finding(
                Severity.ERROR, "column-missing",
                f"The file has no column {' or '.join(lacking)}.", Where(name, 1),
                expected=f"a first line with columns such as {', '.join(self.columns)}",
                fix=self.cure, rest="Nothing was added.",
            )  # fmt: skip

    def refuse(self, where: Where, text: str, why: str, fix: str = "") -> Finding:
        """A row that cannot be used, and because of which cell."""
        column = where.field
        said = f"{column} {text[:60]!r} {why}" if text else f"it {why}"
        return Finding(
            Severity.WARNING, "row-refused", f"Row {where.row}: {said}.", where, text[:60],
            self.columns.get(column, ""), fix or "Correct the row and add the file again.",
            "The row was left out; the others were read.",
        )  # fmt: skip


def read_table(
    records: Sequence[Record], name: str, form: Form, *, noun: str, read: ReadRow[Row]
) -> tuple[tuple[Row, ...], tuple[Finding, ...]]:
    """The rows that can be used, each once, and everything that speaks against the others.

    Args:
        records: the lines, parted into cells; the first holds the names of the columns.
        name: of the file, for messages.
        form: which columns there are.
        noun: what a row is.
        read: a row of the texts in one line, and what speaks against it.
    """
    given = [(number, cells) for number, cells in records if any(cell.strip() for cell in cells)]
    header = [cell.strip().lower() for cell in given[0][1]] if given else []
    findings = [*form.strange(header, name), *form.unusable(header, name)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        return (), tuple(findings)
    rows: dict[Row, int] = {}
    repeated: list[int] = []
    for number, cells in given[1 : MOST_ROWS + 1]:
        where = Where(name, number)
        texts = {c: printable(cell) for c, cell in zip(header, cells, strict=False)}
        row, wrong = read(where, texts)
        wrong += _misshapen(form, where, texts, cells[len(header) :])
        findings += wrong
        if row in rows:
            repeated.append(number)
        elif not wrong:
            rows[row] = number
    if repeated:
        findings.append(again(name, repeated))
    if len(given) == 1:
        findings.append(none(name, noun))
    if len(given) > MOST_ROWS + 1:
        findings.append(too_many(name, given[MOST_ROWS + 1][0], len(given) - MOST_ROWS - 1))
    return tuple(rows), tuple(findings)


def printable(text: str) -> str:
    """A text without what no screen shows: control characters, and marks that turn the writing."""
    kept = (" " if letter in "\t\n\r" else letter for letter in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf")).strip()


def _misshapen(
    form: Form, where: Where, texts: Mapping[str, str], beyond: Sequence[str]
) -> Iterator[Finding]:
    """What is too long, or beyond the last column."""
    for column, text in texts.items():
        if len(text) > LONGEST:
            place = Where(where.file, where.row, column)
            yield form.refuse(place, text, f"is longer than {LONGEST:,} letters")
    if any(cell.strip() for cell in beyond):
        yield form.refuse(where, "", "has more cells than there are columns")


def again(name: str, lines: Sequence[int], how: str = "word for word") -> Finding:
    """Rows that repeat another."""
    count = "One row repeats" if len(lines) == 1 else f"{len(lines):,} rows repeat"
    return Finding(
        Severity.NOTE, "rows-again", f"{count} another {how}, the first in row {lines[0]}.",
        Where(name, lines[0]), expected="each row once", fix="Nothing need be done.",
        rest="Of each the first is kept.",
    )  # fmt: skip


def none(name: str, what: str) -> Finding:
    """A first line and nothing below it."""
    return Finding(
        Severity.ERROR, "rows-none", f"The file holds no {what}.", Where(name),
        expected=f"a first line and a line for each {what}",
        fix="Export or fill it in again.", rest="Nothing was added.",
    )  # fmt: skip


def too_many(name: str, line: int, left: int) -> Finding:
    """More rows than are read."""
    return Finding(
        Severity.WARNING, "rows-too-many", f"The file holds more than {MOST_ROWS:,} rows.",
        Where(name, line), expected=f"at most {MOST_ROWS:,} rows",
        fix="Put the rest into another file.",
        rest=f"The first {MOST_ROWS:,} were read, {left:,} were left out.",
    )  # fmt: skip
