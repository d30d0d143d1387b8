"""Earlier treatments out of a table: numbered course columns, or one cell that lists them.

`course_1_label, course_1_started, …` hold one course each; a column of prior treatments lists
labels divided by semicolons. A label is matched to a regimen of the pack only by its exact id or
name. Words that say that nothing was given are no course (`course_words`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from dashboard.knowledge.schema import DiseasePack
from dashboard.records.columns import Column
from dashboard.records.course_words import (
    Told,
    about_course,
    response_code,
    settled,
    told_by,
)
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
    pack: DiseasePack | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_courses(
    columns: Columns,
    sheet: Sheet,
    places: Sequence[int],
    *,
    ids: Sequence[str],
    pack: DiseasePack | None,
    answers: Mapping[str, str],
) -> Courses:
    """The earlier treatments of these rows.

    Args:
        columns: what the table's columns are.
        sheet: the table.
        places: the rows of the patients.
        ids: the patients, row by row.
        pack: whose regimens labels may name.
        answers: answers to questions about dates and about what was given.
    """
    result = Courses([()] * len(places), pack, answers)
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
    for at, name in enumerate(ids):
        courses = [_course(parts, at, result, name) for _, parts in sorted(numbered.items())]
        listed: list[TreatmentCourse] = []
        if place is not None:
            number, row = sheet.rows[places[at]]
            where = Where(sheet.file, number, sheet.header[place])
            listed = _listed(row[place], result, where, name)
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
    parts: Mapping[str, Cells], at: int, result: Courses, patient: str
) -> TreatmentCourse | None:
    texts = {part: cells.column.cells[at] for part, cells in parts.items()}
    stated = texts.get("regimen", "")
    label = texts.get("label", "") or stated
    days = {part: parts[part].days[at] for part in _DATED if part in parts}
    named = next((parts[p].column for p in ("label", "regimen") if texts.get(p)), None)
    if named is not None:
        where = Where(named.file, named.rows[at], named.name)
        if not _is_given(label, result, where, patient):
            _report_rest(texts, label, result, where, patient)
            return None
    elif all(told_by(text) is Told.NOTHING for text in texts.values()):
        return None
    return TreatmentCourse(
        label=label,
        regimen=regimen_named(stated, result.pack) or regimen_named(label, result.pack),
        line=_line(parts["line"].column, at, result) if "line" in parts else None,
        started=days.get("started"),
        stopped=days.get("stopped"),
        best_response=_response(parts, at, result, patient),
        stop_reason=texts.get("stop_reason", ""),
    )


def _is_given(label: str, result: Courses, where: Where, patient: str) -> bool:
    """Whether the words name a course that was given; what else they say becomes a finding."""
    if regimen_named(label, result.pack):
        return True
    told = settled(label, result.answers)
    if told not in {Told.GIVEN, Told.NOTHING}:
        result.findings.append(about_course(label, told, where, patient))
    return told is Told.GIVEN


def _report_rest(
    texts: Mapping[str, str], label: str, result: Courses, where: Where, patient: str
) -> None:
    """Dates or a response beside words that say nothing was given contradict them."""
    rest = {
        part: text
        for part, text in texts.items()
        if part not in {"label", "regimen"} and told_by(text) is not Told.NOTHING
    }
    if rest and settled(label, result.answers) is Told.NOTHING:
        said = ", ".join(f"{part} {shown(text, 20)}" for part, text in rest.items())
        finding = about_course(label, Told.NOT_GIVEN, where, patient)
        message = f"{shown(where.field)} says '{shown(label)}', yet the course has {said}."
        fix = "Name the treatment, or empty the other cells of the course."
        result.findings.append(replace(finding, message=message, fix=fix))


def _response(parts: Mapping[str, Cells], at: int, result: Courses, patient: str) -> str:
    if "best_response" not in parts:
        return ""
    column = parts["best_response"].column
    text = column.cells[at]
    code = response_code(text)
    if code is not None:
        return code
    result.findings.append(
        Finding(
            Severity.WARNING,
            "response-unreadable",
            f"{shown(column.name)}: '{shown(text)}' is no best response by RECIST.",
            Where(column.file, column.rows[at], column.name),
            value=shown(text),
            expected="CR, PR, SD, PD or NE",
            fix="Use one of these, or leave the cell empty if it is unknown.",
            rest="The words are kept with the course as they stand; everything else was read.",
            patient=patient,
        )
    )
    return text


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


def _listed(cell: str, result: Courses, where: Where, patient: str) -> list[TreatmentCourse]:
    """The courses that one cell lists."""
    labels = [label.strip() for label in re.split(r"[;\n]|\s->\s|→|\bthen\b", cell.strip())]
    return [
        TreatmentCourse(label, regimen_named(label, result.pack))
        for label in labels
        if label and _is_given(label, result, where, patient)
    ]


def regimen_named(text: str, pack: DiseasePack | None) -> str:
    """The regimen of the pack that a label is the id or the name of; empty where it is neither."""
    key = name_key(text)
    if pack is None or not key:
        return ""
    fits = (r.id for r in pack.regimens if key in {name_key(r.id), name_key(r.label)})
    return next(fits, "")
