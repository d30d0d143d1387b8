"""Earlier treatments out of a table: numbered course columns, or one cell that lists them.

`course_1_label, course_1_started, …` hold one course each; a column of prior treatments lists
labels divided by semicolons. A label is matched to a regimen of the pack only by its exact id or
name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from dashboard.knowledge.schema import DiseasePack
from dashboard.records.columns import Column
from dashboard.records.mapping import COURSE_COLUMN, Columns, Match, name_key
from dashboard.records.outcomes import TIMES, read_dates
from dashboard.records.patient import Finding, Severity, TreatmentCourse, Where
from dashboard.records.tables import Sheet
from dashboard.records.wording import shown
from dashboard.records.words import meaning_of_unknown

_DATED = frozenset({"started", "stopped"})
_LINE_WORDS = re.compile(
    r"(?:line\s*)?(\d{1,2})(?:\.0)?(?:st|nd|rd|th|l)?(?:\s*line)?", re.IGNORECASE
)
_SAME = {"treatment": "label"}


class Cells(NamedTuple):
    """The cells of one course column, and its dates where it holds dates."""

    column: Column
    days: Sequence[date | None]


@dataclass(slots=True)
class Courses:
    """The courses of every row, and what could not be read of them."""

    of_row: list[tuple[TreatmentCourse, ...]]
    findings: list[Finding] = field(default_factory=list)


def read_courses(
    columns: Columns,
    sheet: Sheet,
    places: Sequence[int],
    *,
    pack: DiseasePack | None,
    answers: Mapping[str, str],
) -> Courses:
    """The earlier treatments of these rows.

    Args:
        columns: what the table's columns are.
        sheet: the table.
        places: the rows of the patients.
        pack: whose regimens labels may name.
        answers: answers to questions about the order of dates.
    """
    result = Courses([()] * len(places))
    numbered: dict[int, dict[str, Cells]] = {}
    for match in columns.matches:
        if match.role == "course":
            found = COURSE_COLUMN.fullmatch(re.sub(r"\s+", "_", match.column.strip().casefold()))
            assert found is not None  # noqa: S101 - the role was given for this very pattern
            part = _SAME.get(found["part"], found["part"])
            cells = _cells(sheet, match, places, part, answers, result)
            numbered.setdefault(int(found["number"]), {})[part] = cells
    place = columns.place("treatments")
    if place is None and not numbered:
        return result
    for at in range(len(places)):
        courses = [_course(parts, at, pack, result) for _, parts in sorted(numbered.items())]
        listed = [] if place is None else _listed(sheet.rows[places[at]][1][place], pack)
        result.of_row[at] = (*filter(None, courses), *listed)
    return result


def _cells(
    sheet: Sheet,
    match: Match,
    places: Sequence[int],
    part: str,
    answers: Mapping[str, str],
    result: Courses,
) -> Cells:
    column = Column(
        TIMES["os_months"],  # a date column has no feature; none is looked at
        match.column,
        [sheet.rows[at][1][match.place].strip() for at in places],
        [sheet.rows[at][0] for at in places],
        [""] * len(places),
        sheet.file,
    )
    if part not in _DATED:
        return Cells(column, ())
    found = read_dates(column, answers)
    result.findings += found.findings
    return Cells(column, found.days)


def _course(
    parts: Mapping[str, Cells], at: int, pack: DiseasePack | None, result: Courses
) -> TreatmentCourse | None:
    texts = {part: cells.column.cells[at] for part, cells in parts.items()}
    if not any(texts.values()):
        return None
    stated = texts.get("regimen", "")
    label = texts.get("label", "") or stated
    days = {part: parts[part].days[at] for part in _DATED if part in parts}
    return TreatmentCourse(
        label=label,
        regimen=regimen_named(stated, pack) or regimen_named(label, pack),
        line=_line(parts["line"].column, at, result) if "line" in parts else None,
        started=days.get("started"),
        stopped=days.get("stopped"),
        best_response=texts.get("best_response", ""),
        stop_reason=texts.get("stop_reason", ""),
    )


def _line(column: Column, at: int, result: Courses) -> int | None:
    text = column.cells[at]
    if not text or meaning_of_unknown(text):
        return None
    found = _LINE_WORDS.fullmatch(text)
    if found is not None and int(found[1]) > 0:
        return int(found[1])
    result.findings.append(
        Finding(
            Severity.ERROR,
            "line-unreadable",
            f"{shown(column.name)}: '{shown(text)}' is not a line of therapy.",
            Where(column.file, column.rows[at], column.name),
            value=shown(text),
            expected="a whole number from 1",
            fix="Correct the line, or leave it empty.",
            rest="Only this value was left out; everything else was read.",
        )
    )
    return None


def _listed(cell: str, pack: DiseasePack | None) -> list[TreatmentCourse]:
    """The courses that one cell lists."""
    text = cell.strip()
    if not text or meaning_of_unknown(text) or name_key(text) in {"none", "no", "0", "1", "yes"}:
        return []
    labels = [label.strip() for label in re.split(r"[;\n]|\s->\s|→|\bthen\b", text)]
    return [TreatmentCourse(label, regimen_named(label, pack)) for label in labels if label]


def regimen_named(text: str, pack: DiseasePack | None) -> str:
    """The regimen of the pack that a label is the id or the name of; empty where it is neither."""
    key = name_key(text)
    if pack is None or not key:
        return ""
    fits = (r.id for r in pack.regimens if key in {name_key(r.id), name_key(r.label)})
    return next(fits, "")
