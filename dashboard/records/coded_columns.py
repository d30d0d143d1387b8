"""Columns whose answers are coded 1 and 2, and columns that name one level of a fact.

Survey tools write 1 for yes and 2 for no; statistics programs write 1 for no and 2 for yes. A 1 in
such a column is therefore no answer by itself: one question tells what the codes mean. A column
"KRAS G12C" with yes and no says which mutation it is where it says yes, and only what it is not
where it says no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.cells import LEAVE_UNKNOWN
from dashboard.records.column_cells import Column
from dashboard.records.levels import flag_word
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown, some_rows
from dashboard.records.words import meaning_of_unknown

_ONE, _TWO = frozenset({"1", "1.0", "01"}), frozenset({"2", "2.0", "02"})
_TWO_LEVELS = 2
_VARIANT = re.compile(r"(?:p\.)?[A-Z]\d{1,4}[A-Z*]|(?:p\.)?[A-Z][a-z]{2}\d{1,4}[A-Z][a-z]{2}|c\..+")


def settle_codes(column: Column, answers: Mapping[str, str]) -> tuple[Column, Finding | None]:
    """The column with its codes as words, or without them and with the question about them."""
    words = _words_of(column.feature)
    if not words or not _is_coded(column.cells):
        return column, None
    first, second = words
    meanings = {f"1-{first}": (first, second), f"1-{second}": (second, first)}
    answer = answers.get(f"codes:{column.name}", "")
    one, two = meanings.get(answer, ("", ""))
    cells = [one if c in _ONE else two if c in _TWO else c for c in column.cells]
    question = None if answer else _question(column, meanings)
    return replace(column, cells=cells), question


def _words_of(feature: Feature) -> tuple[str, ...]:
    if feature.kind is Kind.FLAG:
        return ("yes", "no")
    numeric = any(level.isdigit() for level in feature.levels)
    return feature.levels if len(feature.levels) == _TWO_LEVELS and not numeric else ()


def _is_coded(cells: Sequence[str]) -> bool:
    """Whether nothing but whole numbers stands there, a 2 among them and no 0."""
    filled = {cell for cell in cells if cell and not meaning_of_unknown(cell)}
    return (
        not filled.isdisjoint(_TWO)
        and filled.isdisjoint({"0", "0.0"})
        and all(cell.removesuffix(".0").isdigit() for cell in filled)
    )


def _question(column: Column, meanings: Mapping[str, tuple[str, str]]) -> Finding:
    places = [at for at, cell in enumerate(column.cells) if cell in _ONE | _TWO]
    rows = some_rows(column.rows[at] for at in places)
    return Finding(
        Severity.QUESTION,
        "codes-unclear",
        f"{column.feature.label}: the column is coded 1 and 2 ({rows}). What do they mean?",
        Where(column.file, column.rows[places[0]], column.name),
        value=shown(", ".join(column.cells[at] for at in places[:5])),
        expected="words, or 1 for yes and 0 for no",
        fix="Choose what the codes mean, or write words.",
        rest="These values stay unknown until it is answered; everything else was read.",
        key=f"codes:{column.name}",
        choices=(
            *(
                Choice(f"1 is {one}, 2 is {two}", answer=answer)
                for answer, (one, two) in meanings.items()
            ),
            Choice(LEAVE_UNKNOWN, answer="unknown"),
        ),
    )


def level_said(text: str) -> bool | None:
    """Whether a cell of a column that names a level says that it is this one."""
    if not text:
        return None
    return True if _VARIANT.fullmatch(text) else flag_word(text)


def unread_level(column: Column, at: int) -> Finding:
    """A cell of such a column that says neither yes nor no."""
    text = shown(column.cells[at])
    return Finding(
        Severity.ERROR,
        "word-unknown",
        f"{shown(column.name)}: '{text}' is neither yes nor no.",
        Where(column.file, column.rows[at], column.name),
        value=text,
        expected="yes or no",
        fix="Use one of these, or leave the cell empty if it is unknown.",
        rest="Only this value was left out; everything else was read.",
        patient=column.patients[at],
    )


def levels_differ(column: Column, at: int, level: str, other: str) -> Finding:
    """Two columns that name different levels of one fact."""
    feature = column.feature
    labels = [feature.level_label(name) for name in (other, level)]
    return Finding(
        Severity.QUESTION,
        "columns-differ",
        f"{feature.label}: {shown(column.name)} says {labels[1]}, another column {labels[0]}.",
        Where(column.file, column.rows[at], column.name),
        value=", ".join(labels),
        expected="one value",
        fix="Choose the one that is right, or correct the file.",
        rest="The value stays unknown until it is answered; everything else was read.",
        patient=column.patients[at],
        choices=(
            *(
                Choice(label, values={feature.id: name})
                for label, name in zip(labels, (other, level), strict=True)
            ),
            Choice(LEAVE_UNKNOWN, values={feature.id: None}),
        ),
    )
