"""Identifiers removed on import, by default and before anything is kept.

Ids become keyed pseudonyms, birth dates ages (ninety and over as one group), other dates days since
the diagnosis, postcodes three digits, notes are withheld until somebody has read them; what else
identifies a person becomes a pseudonym or is removed. Everything done is in the report, which is
shown before the import is confirmed and kept with it. Patterns miss things, and a rare disease can
point at a person by itself: the report's claim is all that may be said of the data afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from dashboard.records.beside import read_day
from dashboard.records.calendar_days import day_number, shifted
from dashboard.records.dates import order_of, read_date
from dashboard.records.free_text import OLD, Span, find_identifiers, mark
from dashboard.records.identifiers import Identifier, classify_column, folded, word_lists
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    TreatmentCourse,
    Unmapped,
    Value,
    Where,
)
from dashboard.records.pseudonyms import SiteKey
from dashboard.records.releasing import note_withheld
from dashboard.records.removal import OLDEST_AGE, Person, zero_of
from dashboard.records.removal_report import Action, Ledger, Policy, Report

# -- tables --------------------------------------------------------------------------------------

Row = tuple[int, Sequence[str]]


def deidentify_table(
    header: Sequence[str],
    rows: Sequence[Row],
    key: SiteKey,
    policy: Policy | None = None,
    *,
    clinical: Iterable[str] = (),
) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], Report]:
    """A table with its identifiers removed, and the report.

    Args:
        header: the names of the columns.
        rows: each row with its number.
        key: the secret that pseudonyms are made with.
        policy: what the site decided; the default removes everything.
        clinical: columns that are confirmed to hold clinical facts; only ages in them are grouped.
    """
    policy = policy or Policy()
    ledger = Ledger()
    known = frozenset(clinical)
    columns = [list(cells) for cells in zip(*(cells for _, cells in rows), strict=True)]
    kinds = [
        None if name in known else classify_column(name, cells)
        for name, cells in zip(header, columns, strict=False)
    ]
    for kind, column in zip(kinds, columns, strict=False):
        if kind in (Identifier.DATE, Identifier.BIRTH_DATE):
            column[:] = _year_first(column)
    cleaned = []
    for (number, _), *cells in zip(rows, *columns, strict=True):
        row = list(zip(header, kinds, cells, strict=True))
        person = Person.of_row(row, key, policy)
        changed = [person.cell(name, kind, text, ledger) for name, kind, text in row]
        cleaned.append((number, tuple(changed)))
    return tuple(cleaned), ledger.report(key, policy)


def _year_first(cells: Sequence[str]) -> list[str]:
    """The dates of a column with the year first, where the column proves what comes first."""
    order, contradicting = order_of(cells)
    readings = [read_date(cell, "" if contradicting else order) for cell in cells]
    return [
        cell if reading.day is None else reading.day.isoformat()
        for cell, reading in zip(cells, readings, strict=True)
    ]


# -- intakes -------------------------------------------------------------------------------------


def deidentify(intake: Intake, key: SiteKey, policy: Policy | None = None) -> tuple[Intake, Report]:
    """An intake with its identifiers removed, and the report.

    The keys of questions stay as they were made, for they lead back to the file; they speak of
    rows and places, never of a patient's id.

    Args:
        intake: what was read, with its findings.
        key: the secret that pseudonyms are made with.
        policy: what the site decided; the default removes everything.
    """
    work = _IntakeWork(intake, key, policy or Policy())
    cleaned = replace(
        intake,
        patients=tuple(work.patient(patient) for patient in intake.patients),
        findings=tuple(work.finding(finding) for finding in intake.findings),
        unmapped=work.unmapped(),
    )
    report = work.ledger.report(key, work.policy)
    return replace(cleaned, findings=(*cleaned.findings, *note_withheld(report))), report


class _IntakeWork:
    """One intake on its way: who is who, which columns identify, and what was done."""

    def __init__(self, intake: Intake, key: SiteKey, policy: Policy) -> None:
        self.intake = intake
        self.key = key
        self.policy = policy
        self.ledger = Ledger()
        self._seen: dict[str, tuple[Span, ...]] = {}  # values repeat from patient to patient,
        self._renamed_texts: dict[str, str] = {}  # and so do the words of findings
        self._kinds = _kinds_of(intake.unmapped)
        self._owners = _owners_of(intake)
        self._people = self._find_people()
        self._ids = {
            patient.id: self._people[patient.id].pseudonym
            for patient in intake.patients
            if self._people[patient.id].pseudonym != patient.id
        }
        self._files = {name: self._file_name(name) for name in _file_names(intake)}

    # ---- who is who

    def _find_people(self) -> dict[str, Person]:
        found_days = self._days_beside()
        people: dict[str, Person] = {}
        for patient in self.intake.patients:
            days = found_days.get(patient.id, {}) | _days_of(patient)
            person = Person(self.key, self.policy, zero_of(days))
            person.day = patient.recorded_on or max(days.values(), default=None)
            spared = patient.synthetic and self.policy.spare_synthetic
            person.pseudonym = patient.id if spared else person.id(patient.id)
            people[patient.id] = person
        return people

    def _days_beside(self) -> dict[str, dict[str, date]]:
        found: dict[str, dict[str, date]] = {}
        for item, owner in zip(self.intake.unmapped, self._owners, strict=True):
            day = read_day(item.value) if self._kinds[item.name] is Identifier.DATE else None
            if owner and day is not None:
                found.setdefault(owner, {})[item.name] = day
        return found

    def _person(self, patient: str) -> Person:
        return self._people.get(patient) or Person(self.key, self.policy)

    # ---- the patient

    def patient(self, patient: Patient) -> Patient:
        """The patient without what identifies."""
        person = self._person(patient.id)
        if person.pseudonym != patient.id:
            self.ledger.enter("id", Identifier.RECORD_NUMBER, Action.PSEUDONYM, patient.id)
        values, old = _grouped_ages(patient.values)
        for name in old:
            text = f"{patient.values[name]:g}"
            self.ledger.enter(name, Identifier.BIRTH_DATE, Action.AGE, text)
        origins = {
            name: (self._age_origin if _is_age(name) else self._origin)(
                origin, person, old=name in old
            )
            for name, origin in patient.origins.items()
        }
        return replace(
            patient,
            id=person.pseudonym,
            values=values,
            origins=origins,
            courses=tuple(self._course(course, person) for course in patient.courses),
            measurements=tuple(self._measured(m, person) for m in patient.measurements),
            outcomes={name: self._outcome(v, person) for name, v in patient.outcomes.items()},
            consent=replace(patient.consent, source=self._text(patient.consent.source, person)),
            recorded_on=self._day("recorded_on", patient.recorded_on, person),
            notes=self._notes(patient, person),
        )

    def _notes(self, patient: Patient, person: Person) -> str:
        if not patient.notes.strip() or person.pseudonym == patient.id:
            return patient.notes
        person.cell("notes", Identifier.FREE_TEXT, patient.notes, self.ledger)
        return ""

    def _course(self, course: TreatmentCourse, person: Person) -> TreatmentCourse:
        return replace(
            course,
            label=self._text(course.label, person),
            started=self._day("courses", course.started, person),
            stopped=self._day("courses", course.stopped, person),
            best_response=self._text(course.best_response, person),
            stop_reason=self._text(course.stop_reason, person),
        )

    def _measured(self, measurement: Measurement, person: Person) -> Measurement:
        values, old = _grouped_ages({measurement.feature: measurement.value})
        return replace(
            measurement,
            value=values[measurement.feature],
            taken_on=self._day("measurements", measurement.taken_on, person),
            origin=self._origin(measurement.origin, person, old=bool(old)),
        )

    def _outcome(self, value: Value, person: Person) -> Value:
        return self._text(value, person) if isinstance(value, str) else value

    def _day(self, column: str, day: date | None, person: Person) -> date | None:
        if day is None or person.zero is None:
            return day
        self.ledger.enter(column, Identifier.DATE, Action.DAYS, day.isoformat())
        return shifted(day, person.zero)

    def _origin(self, origin: Origin, person: Person, *, old: bool) -> Origin:
        text = OLD if old else self._text(origin.text, person)
        return Origin(  # written out: a table has half a million of them
            self._files[origin.file],
            origin.row,
            origin.field,
            text,
            origin.unit,
            origin.comparator,
            origin.who,
            self._text(origin.when, person),
            f"shown as {OLD}" if old else self._text(origin.note, person),
        )

    def _age_origin(self, origin: Origin, person: Person, *, old: bool) -> Origin:
        """Where an age came from; a birth date is not even counted in days."""
        return self._origin(origin, replace(person, zero=None), old=old)

    # ---- texts

    def _text(self, text: str, person: Person, ours: frozenset[str] = frozenset()) -> str:
        """A short text: days are counted, every other identifier but our own words is marked."""
        if len(text) < _SHORTEST_TEXT:
            return text
        spans = self._seen.get(text)
        if spans is None:
            spans = self._seen[text] = find_identifiers(text) if _WORTH.search(text) else ()
        if ours:
            spans = tuple(span for span in spans if not _is_ours(text, span, ours))
        for span in spans:
            part = text[span.start : span.end]
            self.ledger.enter("texts beside values", span.kind, Action.MARKED, part)
        return _with_days(text, spans, person.zero) if spans else text

    def _file_name(self, name: str) -> str:
        """The name, when it is made of plain words; otherwise a pseudonym with the same ending."""
        words = re.findall(r"[^\W\d_]+|\d{3,}", name)
        if all(folded(word) in word_lists().file_words for word in words):
            return name
        _, dot, ending = name.rpartition(".")
        self.ledger.enter("file name", Identifier.OTHER_CODE, Action.PSEUDONYM, name)
        return self.key.pseudonym(name, "file", "file") + (f".{ending}" if dot else "")

    # ---- what found no place, and what was found

    def unmapped(self) -> tuple[Unmapped, ...]:
        """The unmapped content without what identifies."""
        found = []
        for item, owner in zip(self.intake.unmapped, self._owners, strict=True):
            person = self._person(owner)
            where, before = self._where(item.where), len(self.ledger.withheld)
            value = person.cell(item.name, self._kinds[item.name], item.value, self.ledger)
            if len(self.ledger.withheld) > before:
                self.ledger.withheld[-1] = replace(self.ledger.withheld[-1], where=where)
            if value == item.value:
                value = self._text(value, person)
            reason = self._text(item.reason, person)
            found.append(Unmapped(where, item.name, value, reason))
        return tuple(found)

    def finding(self, finding: Finding) -> Finding:
        """The finding without what identifies; days are counted as the patient's now are."""
        person = self._person(finding.patient)
        ours = _our_words(finding)

        def clean(text: str) -> str:
            return self._text(self._renamed(text, finding.patient), person, ours)

        choices = tuple(
            Choice(self._ids.get(choice.label) or clean(choice.label), choice.answer, choice.values)
            for choice in finding.choices
        )
        return replace(
            finding,
            message=clean(finding.message),
            where=self._where(finding.where),
            value=clean(finding.value),
            expected=clean(finding.expected),
            fix=clean(finding.fix),
            rest=clean(finding.rest),
            patient=self._ids.get(finding.patient, finding.patient),
            choices=choices,
        )

    def _where(self, where: Where) -> Where:
        return Where(self._files[where.file], where.row, where.field)

    def _renamed(self, text: str, patient: str) -> str:
        """The text with ids replaced: this patient's anywhere, others where they are no words."""
        if patient in text and patient in self._ids:
            text = re.sub(rf"(?<!\w){re.escape(patient)}(?!\w)", self._ids[patient], text)
        known = self._renamed_texts.get(text)
        if known is None:
            known = _ID_WORD.sub(lambda word: self._ids.get(word[0], word[0]), text)
            self._renamed_texts[text] = known
        return known


_SHORTEST_TEXT = 6
# Limits and examples that a finding states as what was expected: 18 to 105 years, 2024-02-29.
_STATED = re.compile(r"(?<![\w.])\d[\d.]* to \d[\d.]*|(?:such as|best) \d{4}-\d\d-\d\d")
_ID_WORD = re.compile(r"(?<![\w.-])(?=[\w.-]*\d)[\w.-]{3,60}\w(?![\w-])")


def _our_words(finding: Finding) -> frozenset[str]:
    """What looks like an age or a date in a finding, but stands there as a limit or an example."""
    stated = _STATED.findall(f"{finding.expected}\n{finding.fix}") if finding.expected else ()
    return frozenset(words for words in stated if words not in finding.value)


def _is_ours(text: str, span: Span, ours: frozenset[str]) -> bool:
    return any(
        found.start() <= span.start and span.end <= found.end()
        for found in _STATED.finditer(text)
        if found[0] in ours
    )


# What a text must have for any identifier to be in it; most values have none of it.
_WORTH = re.compile(r"[A-ZÀ-Þ][^\W\d_]+|\d(?:.{0,3}\d){3}|@|www|://|(?<!\d)(?:9\d|1[01]\d)(?!\d)")


def _with_days(text: str, spans: Sequence[Span], zero: date | None) -> str:
    """The text with each identifier marked; days that can be counted are."""
    parts, at = [], 0
    for span in spans:
        day = read_day(text[span.start : span.end]) if span.kind is Identifier.DATE else None
        parts.append(text[at : span.start])
        parts.append(day_number(day, zero) if day is not None and zero is not None else mark(span))
        at = span.end
    return "".join([*parts, text[at:]])


def _grouped_ages(values: Mapping[str, Value]) -> tuple[dict[str, Value], frozenset[str]]:
    """The values with ages of ninety and more as ninety, and which were."""
    old = frozenset(
        name
        for name, value in values.items()
        if _is_age(name) and isinstance(value, float) and value >= OLDEST_AGE
    )
    return {name: OLDEST_AGE if name in old else v for name, v in values.items()}, old


def _is_age(name: str) -> bool:
    return name == "age" or name.startswith("age_")


def _days_of(patient: Patient) -> dict[str, date]:
    days = {"recorded_on": patient.recorded_on}
    for number, course in enumerate(patient.courses):
        days |= {f"course {number} started": course.started, f"{number} stopped": course.stopped}
    for number, measurement in enumerate(patient.measurements):
        days[f"measurement {number}"] = measurement.taken_on
    return {name: day for name, day in days.items() if day is not None}


def _kinds_of(unmapped: Iterable[Unmapped]) -> dict[str, Identifier | None]:
    """What each unmapped column identifies, from all of its cells."""
    cells: dict[str, list[str]] = {}
    for item in unmapped:
        cells.setdefault(item.name, []).append(item.value)
    return {name: classify_column(name, values) for name, values in cells.items()}


def _owners_of(intake: Intake) -> list[str]:
    """The id of the patient each unmapped item belongs to, or nothing."""
    rows = {
        (origin.file, origin.row): patient.id
        for patient in intake.patients
        for origin in patient.origins.values()
    }
    only = intake.patients[0].id if len(intake.patients) == 1 else ""
    places = [(item.where.file, item.where.row) for item in intake.unmapped]
    return [rows.get(place, only) if place[1] is not None else only for place in places]


def _file_names(intake: Intake) -> set[str]:
    names = {finding.where.file for finding in intake.findings}
    names |= {item.where.file for item in intake.unmapped}
    for patient in intake.patients:
        names |= {origin.file for origin in patient.origins.values()}
        names |= {measurement.origin.file for measurement in patient.measurements}
    return names | {""}
