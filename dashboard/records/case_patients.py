"""Reads one patient of a case file: every part in the form it must have, or a finding.

A part of another form (a list for an object, a number for a text, a date that is none) is never
passed over: it gives a finding with its place, and its content is listed whole. Values are held
against the pack, so a file edited by hand cannot bring in what a form would refuse. Versions and
what stands around the patients are for `casefile`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.chart import LINE, unmapped
from dashboard.records.moments import read_moment
from dashboard.records.outcomes import LONGEST_MONTHS, RESPONSES
from dashboard.records.patient import (
    Choice,
    Consent,
    Finding,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
    Unmapped,
    Value,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.strict_json import shown
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret

_PATIENT_KEYS = (
    "id", "disease", "synthetic", "recorded_on", "line", "values", "courses", "measurements",
    "outcomes", "consent", "notes", "origins",
)  # fmt: skip
_KINDS = {
    dict: "an object", list: "a list", str: "the text", bool: "the word", type(None): "nothing",
}  # fmt: skip


def kind_of(value: object) -> str:
    """What sort of JSON a value is, in words; everything else is a number."""
    return _KINDS.get(type(value), "the number")


@dataclass(slots=True)
class Book:
    """What is wrong with a file, and what of it has no place."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    left: list[Unmapped] = field(default_factory=list)
    patient: str = ""
    units: UnitTable = field(default_factory=UnitTable.standard)

    def where(self, place: str) -> Where:
        """A place of the file."""
        return Where(self.file, None, place)

    def find(self, code: str, message: str, place: str, *, value: object, expected: str) -> None:
        """Add an error, and list the content that it leaves out."""
        self.findings.append(
            Finding(
                Severity.ERROR,
                code,
                message,
                self.where(place),
                value=shown(value),
                expected=expected,
                fix="Correct the file, or leave the entry out.",
                rest="Only this entry was left out.",
                patient=self.patient,
            )
        )
        self.leave(place, value, "of a form that is not read")

    def warn(self, code: str, message: str, place: str, value: str, *, fix: str) -> None:
        """Add a warning about content that was read."""
        where, whose = self.where(place), self.patient
        finding = Finding(
            Severity.WARNING, code, message, where, value=value, fix=fix, patient=whose
        )
        self.findings.append(finding)

    def leave(self, place: str, value: object, reason: str) -> None:
        """List content; a text as it stands, everything else as JSON."""
        if value in (None, "", [], {}):
            return
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        name = place.rpartition(".")[2]
        self.left.append(unmapped(self.where(place), name, text, reason))

    def leave_rest(self, body: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        """List what the version does not know."""
        for key in [key for key in body if key not in set(known)]:
            where = self.where(f"{place}{key}")
            text = json.dumps(body[key], ensure_ascii=False)
            self.left.append(unmapped(where, key, text, "not part of a case file"))

    def text(self, body: Mapping[str, Any], name: str, place: str) -> str:
        """A text, or an empty one and a finding."""
        value = body.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self._form(f"{place}{name}", value, "a text in quotes")
        return ""

    def mapping(self, body: Mapping[str, Any], name: str, place: str) -> Mapping[str, Any]:
        """An object, or an empty one and a finding."""
        value = body.get(name)
        if value is None or isinstance(value, dict):
            return value or {}
        self._form(f"{place}{name}", value, "an object")
        return {}

    def entries(
        self, body: Mapping[str, Any], name: str, place: str
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects of a list with their places; whatever else stands there is a finding."""
        value = body.get(name)
        if value is not None and not isinstance(value, list):
            self._form(f"{place}{name}", value, "a list")
            return
        for number, item in enumerate(value or ()):
            if isinstance(item, dict):
                yield f"{place}{name}[{number}]", item
            else:
                self._form(f"{place}{name}[{number}]", item, "an object")

    def truth(self, body: Mapping[str, Any], name: str, place: str) -> bool | None:
        """True or false, or None and a finding."""
        value = body.get(name)
        if value is None or isinstance(value, bool):
            return value
        self._form(f"{place}{name}", value, "true or false without quotes")
        return None

    def day(self, body: Mapping[str, Any], name: str, place: str) -> date | None:
        """A whole day, or None and a finding."""
        value = body.get(name)
        moment = read_moment(value)
        if moment is not None and moment.exact and moment.sound and moment.clock is None:
            return moment.first
        if value not in (None, ""):
            message = f"{place}{name} is {shown(value)}, which is no day."
            self.find(
                "date-form",
                message,
                f"{place}{name}",
                value=value,
                expected="a date such as 2024-05-31",
            )
        return None

    def line(self, body: Mapping[str, Any], place: str) -> int | None:
        """A line of therapy from 1 on, or None and a finding."""
        line = body.get(LINE)
        if line is None or (isinstance(line, int) and not isinstance(line, bool) and line > 0):
            return line
        self.find(
            "value-form",
            f"line is {shown(line)}.",
            f"{place}{LINE}",
            value=line,
            expected="1, 2, 3 …",
        )
        return None

    def _form(self, place: str, value: object, expected: str) -> None:
        message = f"{place} is {kind_of(value)} {shown(value)}; {expected} is expected."
        self.find("value-form", message, place, value=value, expected=expected)


@dataclass(slots=True)
class PatientReader:
    """Reads one patient."""

    book: Book
    reading: Reading
    body: Mapping[str, Any]
    place: str

    def read(self) -> Patient:
        """The patient, as far as it holds against the pack."""
        book, body, place = self.book, self.body, self.place
        book.patient = body["id"]
        book.leave_rest(body, _PATIENT_KEYS, place)
        disease = book.text(body, "disease", place)
        pack = self._pack(disease)
        values, origins = self._values(pack)
        strays = book.mapping(body, "origins", place)
        origins |= {n: self._origin(strays, n, f"{place}origins.") for n in strays}
        patient = Patient(
            id=body["id"],
            disease=disease,
            values=values,
            line=book.line(body, place),
            courses=tuple(self._courses()),
            measurements=tuple(self._measurements(pack)),
            origins=origins,
            outcomes=self._outcomes(),
            consent=self._consent(),
            recorded_on=book.day(body, "recorded_on", place),
            notes=book.text(body, "notes", place),
            synthetic=book.truth(body, "synthetic", place) is True,
        )
        book.patient = ""
        return patient

    def _pack(self, disease: str) -> DiseasePack | None:
        """The pack of the patient's disease; without one the values are kept as they are."""
        library = self.reading.library
        if disease in library.ids:
            return library.pack(disease)
        message = f"There is no tumour group called '{disease}' here; the values were not checked."
        finding = Finding(
            Severity.WARNING,
            "disease-unknown",
            message,
            self.book.where(f"{self.place}disease"),
            value=disease,
            expected=", ".join(library.ids),
            fix="Install the pack, or correct the name.",
            patient=self.book.patient,
            choices=tuple(Choice(pack.label, pack.id) for pack in library.packs),
        )
        self.book.findings.append(finding)
        return None

    # -- values --------------------------------------------------------------------------------

    def _values(self, pack: DiseasePack | None) -> tuple[dict[str, Value], dict[str, Origin]]:
        values: dict[str, Value] = {}
        origins: dict[str, Origin] = {}
        place = f"{self.place}values."
        for name, entry in self.book.mapping(self.body, "values", self.place).items():
            stated = entry.get("value") if isinstance(entry, dict) else entry
            value = self._value(pack, name, stated, f"{place}{name}")
            if isinstance(entry, dict):
                self.book.leave_rest(entry, ("value", "origin"), f"{place}{name}.")
            if value is not None:
                values[name] = value
                if isinstance(entry, dict):
                    origins[name] = self._origin(entry, "origin", f"{place}{name}.")
        return values, origins

    def _value(
        self, pack: DiseasePack | None, name: str, stated: object, place: str
    ) -> Value | None:
        """The value where it holds against its feature; otherwise it is found fault with."""
        plain = _plain(stated)
        if plain is None:
            message = f"{name} has no single value."
            self.book.find("value-form", message, place, value=stated, expected="a value")
            return None
        if pack is None:
            return plain
        feature = pack.vocabulary.get(name)
        if feature is None:
            reason = f"{pack.label} has no such feature"
            self.book.left.append(Unmapped(self.book.where(place), name, str(stated), reason))
            return None
        return plain if holds(feature, plain) else self._interpreted(feature, plain, stated, place)

    def _interpreted(
        self, feature: Feature, plain: Value, stated: object, place: str
    ) -> Value | None:
        text = ("true" if plain else "false") if isinstance(plain, bool) else str(stated)
        raw = Raw(text, self.book.where(place), patient=self.book.patient)
        outcome = interpret(feature, raw, self.book.units)
        self.book.findings.extend(outcome.findings)
        return outcome.value

    def _measurements(self, pack: DiseasePack | None) -> Iterator[Measurement]:
        for place, entry in self.book.entries(self.body, "measurements", self.place):
            known = ("feature", "value", "taken_on", "origin")
            self.book.leave_rest(entry, known, f"{place}.")
            name = entry.get("feature")
            if not isinstance(name, str) or not name:
                message = f"{place} does not name its feature."
                self.book.find(
                    "measurement-form",
                    message,
                    place,
                    value=entry,
                    expected="a feature and a value",
                )
                continue
            value = self._value(pack, name, entry.get("value"), f"{place}.value")
            if value is not None:
                day = self.book.day(entry, "taken_on", f"{place}.")
                yield Measurement(name, value, day, self._origin(entry, "origin", f"{place}."))

    def _outcomes(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, stated in self.book.mapping(self.body, "outcomes", self.place).items():
            value, place = _plain(stated), f"{self.place}outcomes.{name}"
            expected = _outcome_fault(name, value)
            if value is None or expected:
                message = f"{name} is {shown(stated)}; {expected or 'one value'} is expected."
                self.book.find(
                    "value-form", message, place, value=stated, expected=expected or "a value"
                )
            else:
                found[name] = value
        return found

    # -- treatment, consent, origins -----------------------------------------------------------

    def _courses(self) -> Iterator[TreatmentCourse]:
        book = self.book
        for place, entry in book.entries(self.body, "courses", self.place):
            inside = f"{place}."
            book.leave_rest(entry, TreatmentCourse.__slots__, inside)
            if not entry.get("label"):
                book.find(
                    "course-form", f"{place} has no label.", place, value=entry, expected="a label"
                )
                continue
            yield TreatmentCourse(
                label=book.text(entry, "label", inside),
                regimen=book.text(entry, "regimen", inside),
                line=book.line(entry, inside),
                started=book.day(entry, "started", inside),
                stopped=book.day(entry, "stopped", inside),
                best_response=book.text(entry, "best_response", inside),
                stop_reason=book.text(entry, "stop_reason", inside),
            )

    def _consent(self) -> Consent:
        body = self.book.mapping(self.body, "consent", self.place)
        place = f"{self.place}consent."
        self.book.leave_rest(body, ("decisions", "source"), place)
        stated = self.book.mapping(body, "decisions", place)
        allowed = {n: self.book.truth(stated, n, f"{place}decisions.") for n in stated}
        decisions = {purpose: answer for purpose, answer in allowed.items() if answer is not None}
        return Consent(decisions, self.book.text(body, "source", place))

    def _origin(self, holder: Mapping[str, Any], name: str, place: str) -> Origin:
        stated = self.book.mapping(holder, name, place)
        inside = f"{place}{name}."
        self.book.leave_rest(stated, Origin.__slots__, inside)
        row = stated.get("row")
        if row is not None and (not isinstance(row, int) or isinstance(row, bool)):
            self.book.find(
                "value-form",
                f"{inside}row is no row.",
                f"{inside}row",
                value=row,
                expected="1, 2, 3 …",
            )
            row = None
        texts = {
            part: self.book.text(stated, part, inside) for part in Origin.__slots__ if part != "row"
        }
        return Origin(row=row, **texts)


def holds(feature: Feature, value: Value) -> bool:
    """Whether a value is one that the feature can have."""
    if feature.kind is Kind.NUMBER:
        return isinstance(value, float) and (feature.hard is None or feature.hard.holds(value))
    if feature.kind is Kind.FLAG:
        return isinstance(value, bool)
    return isinstance(value, str) and value in feature.levels


def _plain(stated: object) -> Value | None:
    """A single value as the patient holds it; None where it is none."""
    if isinstance(stated, bool | str):
        return stated
    return float(stated) if isinstance(stated, int | float) else None


def _outcome_fault(name: str, value: Value | None) -> str:
    """What an outcome of this name must be, where the value is not that."""
    number = isinstance(value, float)
    if name in ("os_months", "pfs_months") and not (number and 0 <= float(value) <= LONGEST_MONTHS):  # type: ignore[arg-type]
        return f"a number of months from 0 to {LONGEST_MONTHS:g}"
    if name in ("os_event", "pfs_event") and not isinstance(value, bool):
        return "true or false"
    if name == "response" and value not in RESPONSES and not isinstance(value, bool):
        return f"one of {', '.join(RESPONSES)}, true or false"
    return ""
