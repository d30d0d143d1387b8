"""Concord's own case file: JSON that holds everything known of a patient, and reads back equal.

One document holds one or more patients, each with values, their origins, line, earlier treatment,
dated measurements, outcomes, consent, notes and the mark of synthetic patients. The version of the
format stands first; a file of a newer release is refused unread, with both versions named. Reading
keeps what it can: a field that does not fit becomes a finding, one that is not known is listed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records import strict_json
from dashboard.records.cells import Raw
from dashboard.records.patient import (
    Choice,
    Consent,
    Finding,
    Intake,
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
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret

KIND = "concord-case"
VERSION = 1
FORMAT = "Concord case file"
OTHER_VALUES_KEPT = "The other values of the patient were read."
OTHER_PATIENTS_KEPT = "The other patients of the file were read."
_OUTCOMES: Mapping[str, type] = {
    "os_months": float,
    "os_event": bool,
    "pfs_months": float,
    "pfs_event": bool,
    "best_response": str,
}


def patient_as_json(patient: Patient) -> dict[str, Any]:
    """Everything known of a patient, as the case file and the command line write it."""
    return {
        "id": patient.id,
        "disease": patient.disease,
        "line": patient.line,
        "synthetic": patient.synthetic,
        "recorded_on": _day(patient.recorded_on),
        "values": dict(sorted(patient.values.items())),
        "courses": [_as_json(course) for course in patient.courses],
        "measurements": [_as_json(measurement) for measurement in patient.measurements],
        "outcomes": dict(sorted(patient.outcomes.items())),
        "consent": {
            "decisions": dict(sorted(patient.consent.decisions.items())),
            "source": patient.consent.source,
        },
        "notes": patient.notes,
        "origins": {name: _as_json(origin) for name, origin in sorted(patient.origins.items())},
    }


def write_case(patients: Sequence[Patient]) -> bytes:
    """A case file of these patients."""
    document = {
        "kind": KIND,
        "schema_version": VERSION,
        "synthetic": all(patient.synthetic for patient in patients),
        "patients": [patient_as_json(patient) for patient in patients],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()


def looks_like_case(content: bytes) -> bool:
    """Whether the bytes begin like a case file."""
    return f'"{KIND}"'.encode() in content[:400]


def read_case(content: bytes, name: str, reading: Reading) -> Intake:
    """The patients of a case file."""
    document = strict_json.read_json(content, name)
    findings = [*document.findings]
    if not isinstance(document.content, dict):
        if not findings:
            findings.append(_refused(name, "no-case", "The file holds no case."))
        return Intake(findings=tuple(findings), format=FORMAT)
    refusal = _wrong_version(document.content, name)
    if refusal:
        return Intake(findings=(*findings, refusal), format=FORMAT)
    read = _Read(name, reading, findings=findings)
    patients = tuple(read.patients(document.content.get("patients")))
    read.list_unknown(document.content, {"kind", "schema_version", "synthetic", "patients"}, "")
    return Intake(patients, tuple(read.findings), tuple(read.unmapped), FORMAT)


def _wrong_version(document: Mapping[str, Any], name: str) -> Finding | None:
    version = document.get("schema_version")
    if version == VERSION and not isinstance(version, bool):
        return None
    message = (
        f"The file was made by version {strict_json.shown(version)} of the case format; "
        f"this is version {VERSION}."
        if version is not None
        else "The file does not say which version of the case format it is."
    )
    newer = isinstance(version, int | float) and version > VERSION
    fix = (
        "Open it with a newer release of Concord."
        if newer
        else f'Write "schema_version": {VERSION} at its top if it follows that version.'
    )
    return _refused(name, "case-version", message, fix=fix, value=strict_json.shown(version))


def _refused(name: str, code: str, message: str, *, fix: str = "", value: str = "") -> Finding:
    return Finding(
        Severity.ERROR,
        code,
        message,
        Where(name),
        value,
        expected=f'a JSON document with "kind": "{KIND}"',
        fix=fix or "Choose a file that Concord wrote as a case file.",
        rest="Nothing was read; the file was left as it is.",
    )


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _as_json(item: Origin | Measurement | TreatmentCourse) -> dict[str, Any]:
    """The fields that are set."""
    found: dict[str, Any] = {}
    for one in fields(item):
        value = getattr(item, one.name)
        if isinstance(value, Origin):
            value = _as_json(value)
        elif isinstance(value, date):
            value = value.isoformat()
        if value not in ("", None, {}):
            found[one.name] = value
    return found


@dataclass(slots=True)
class _Read:
    """One reading of one case file: findings and leftovers gather here."""

    file: str
    reading: Reading
    findings: list[Finding] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    patient: str = ""

    def patients(self, content: Any) -> Iterator[Patient]:
        """The patients that can be used at all."""
        if not isinstance(content, list) or not content:
            self._wrong("patients", content, "a list of one or more patients", "no-patients")
            return
        for row, one in enumerate(content, start=1):
            self.patient = ""
            found = self._patient(one, row)
            if found:
                yield found

    def _patient(self, content: Any, row: int) -> Patient | None:
        if not isinstance(content, dict) or not _is_text(content.get("id")):
            self._wrong(f"patients[{row}].id", content, "a patient with an id", "no-id")
            return None
        self.patient = content["id"]
        pack = self._pack(content)
        if pack is None:
            return None
        known = set(patient_as_json(Patient("", "")))
        self.list_unknown(content, known, self.patient)
        values, origins = self._values(content, pack)
        return Patient(
            id=self.patient,
            disease=pack.id,
            values=values,
            line=self._line(content.get("line")),
            courses=tuple(self._list(content, "courses", self._course)),
            measurements=tuple(self._list(content, "measurements", self._measured(pack))),
            origins=origins,
            outcomes=self._outcomes(content),
            consent=self._consent(content.get("consent")),
            recorded_on=self._date(content.get("recorded_on"), "recorded_on"),
            notes=self._text(content, "notes"),
            synthetic=content.get("synthetic") is True,
        )

    def _pack(self, content: Mapping[str, Any]) -> DiseasePack | None:
        disease = content.get("disease") or self.reading.disease
        library = self.reading.library
        if disease in library.ids:
            return library.pack(str(disease))
        near_miss = near(str(disease), library.ids)
        self.findings.append(
            Finding(
                Severity.ERROR,
                "no-pack",
                f"There is no disease pack called {strict_json.shown(disease)}.",
                Where(self.file, None, "disease"),
                strict_json.shown(disease),
                expected=f"one of {', '.join(library.ids)}",
                fix=near_miss or "Name the disease by the id of a pack.",
                rest=OTHER_PATIENTS_KEPT,
                patient=self.patient,
            )
        )
        return None

    def _values(
        self, content: Mapping[str, Any], pack: DiseasePack
    ) -> tuple[dict[str, Value], dict[str, Origin]]:
        given, told = self._object(content, "values"), self._object(content, "origins")
        values: dict[str, Value] = {}
        origins: dict[str, Origin] = {}
        for name, value in given.items():
            feature = pack.vocabulary.get(name)
            if feature is None:
                self._unknown_feature(name, value, pack)
                continue
            found = self._value(feature, value)
            if found is not None:
                values[name] = found
                origins[name] = self._origin(told.get(name), name, value)
        for name in told.keys() - given.keys():
            self._list_leftover(f"origins.{name}", told[name], "an origin without a value")
        return values, origins

    def _value(self, feature: Feature, value: Any) -> Value | None:
        if value is None:
            return None
        if feature.kind is Kind.FLAG and isinstance(value, bool):
            return value
        if feature.levels and isinstance(value, str) and value in feature.levels:
            return value
        if feature.kind is Kind.NUMBER and _is_number(value):
            return float(value)
        if isinstance(value, dict | list | bool):
            self._wrong(f"values.{feature.id}", value, _expected(feature), "wrong-kind")
            return None
        text = f"{value:g}" if _is_number(value) else str(value)
        where = Where(self.file, None, feature.id)
        read = interpret(feature, Raw(text, where, self.patient), UnitTable.standard())
        self.findings += read.findings
        return read.value

    def _origin(self, content: Any, name: str, value: Any) -> Origin:
        if content is None:
            text = "" if isinstance(value, dict | list) else str(value)
            return Origin(self.file, None, name, text)
        if not isinstance(content, dict):
            self._wrong(f"origins.{name}", content, "an origin", "wrong-kind")
            return Origin(self.file, None, name)
        known = {one.name for one in fields(Origin)}
        self.list_unknown(content, known, f"origins.{name}")
        texts = {k: v for k, v in content.items() if k in known and k != "row" and _is_text(v)}
        row = content.get("row")
        return Origin(row=row if isinstance(row, int) else None, **texts)

    def _measured(self, pack: DiseasePack) -> Callable[[Any, str], Measurement | None]:
        def measured(content: Any, place: str) -> Measurement | None:
            feature = pack.vocabulary.get(str(content.get("feature")))
            if feature is None:
                self._list_leftover(place, content, "no such feature in the pack")
                return None
            value = self._value(feature, content.get("value"))
            taken = self._date(content.get("taken_on"), f"{place}.taken_on")
            self.list_unknown(content, {"feature", "value", "taken_on", "origin"}, place)
            if value is None:
                return None
            origin = content.get("origin")
            return Measurement(
                feature.id,
                value,
                taken,
                self._origin(origin, feature.id, "") if origin else Origin(),
            )

        return measured

    def _course(self, content: Any, place: str) -> TreatmentCourse | None:
        known = {one.name for one in fields(TreatmentCourse)}
        self.list_unknown(content, known, place)
        label = self._text(content, "label") or self._text(content, "regimen")
        if not label:
            self._wrong(f"{place}.label", content.get("label"), "what was given", "no-label")
            return None
        return TreatmentCourse(
            label=label,
            regimen=self._text(content, "regimen"),
            line=self._line(content.get("line")),
            started=self._date(content.get("started"), f"{place}.started"),
            stopped=self._date(content.get("stopped"), f"{place}.stopped"),
            best_response=self._text(content, "best_response"),
            stop_reason=self._text(content, "stop_reason"),
        )

    def _outcomes(self, content: Mapping[str, Any]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, value in self._object(content, "outcomes").items():
            kind = _OUTCOMES.get(name)
            if kind is None:
                self._list_leftover(f"outcomes.{name}", value, "no such outcome")
            elif kind is float and _is_number(value):
                found[name] = float(value)
            elif kind is not float and isinstance(value, bool | str) and type(value) is kind:
                found[name] = value
            else:
                self._wrong(f"outcomes.{name}", value, _KIND_WORDS[kind], "wrong-kind")
        return found

    def _consent(self, content: Any) -> Consent:
        if not isinstance(content, dict):
            if content is not None:
                self._wrong("consent", content, "decisions by purpose", "wrong-kind")
            return Consent()
        decisions = self._object(content, "decisions")
        for purpose, decision in decisions.items():
            if not isinstance(decision, bool):
                self._wrong(f"consent.{purpose}", decision, "true or false", "wrong-kind")
        allowed = {k: v for k, v in decisions.items() if isinstance(v, bool)}
        return Consent(allowed, self._text(content, "source"))

    def _line(self, content: Any) -> int | None:
        if content is None:
            return None
        if _is_number(content) and float(content).is_integer() and content >= 1:
            return int(content)
        self._wrong("line", content, "a whole number from 1", "wrong-kind")
        return None

    def _date(self, content: Any, place: str) -> date | None:
        if content is None:
            return None
        try:
            return date.fromisoformat(str(content))
        except ValueError:
            self._wrong(place, content, "a day such as 2026-03-31", "wrong-date")
            return None

    def _list(
        self, content: Mapping[str, Any], name: str, read: Callable[[Any, str], Any]
    ) -> Iterator[Any]:
        items = content.get(name) or []
        if not isinstance(items, list):
            self._wrong(name, items, "a list", "wrong-kind")
            return
        for number, item in enumerate(items, start=1):
            place = f"{name}[{number}]"
            if not isinstance(item, dict):
                self._wrong(place, item, "an entry with named fields", "wrong-kind")
                continue
            found = read(item, place)
            if found is not None:
                yield found

    def _object(self, content: Mapping[str, Any], name: str) -> dict[str, Any]:
        found = content.get(name)
        if isinstance(found, dict):
            return found
        if found is not None:
            self._wrong(name, found, "named values", "wrong-kind")
        return {}

    def _text(self, content: Mapping[str, Any], name: str) -> str:
        found = content.get(name)
        if found is None or isinstance(found, str):
            return found or ""
        self._wrong(name, found, "text", "wrong-kind")
        return ""

    def list_unknown(self, content: Mapping[str, Any], known: set[str], place: str) -> None:
        """Keep a list of the fields that have no place in a case."""
        for name in content.keys() - known:
            self._list_leftover(f"{place}.{name}".lstrip("."), content[name], "not part of a case")

    def _list_leftover(self, name: str, value: Any, reason: str) -> None:
        where = Where(self.file, None, name)
        self.unmapped.append(Unmapped(where, name, strict_json.shown(value), reason))

    def _unknown_feature(self, name: str, value: Any, pack: DiseasePack) -> None:
        self._list_leftover(f"values.{name}", value, "no such feature in the pack")
        close = near(name, tuple(pack.vocabulary))
        if close:
            self.findings.append(
                Finding(
                    Severity.WARNING,
                    "unknown-feature",
                    f"{pack.label} has no feature called {name}. {close}",
                    Where(self.file, None, name),
                    strict_json.shown(value),
                    expected="a feature of the pack",
                    fix="Rename the field; its value was listed, not used.",
                    rest=OTHER_VALUES_KEPT,
                    patient=self.patient,
                )
            )

    def _wrong(self, place: str, value: Any, expected: str, code: str) -> None:
        shown = strict_json.shown(value)
        self.findings.append(
            Finding(
                Severity.ERROR,
                code,
                f"{place} is {shown}; expected {expected}.",
                Where(self.file, None, place),
                shown,
                expected=expected,
                fix="Correct the field in the file and read it again.",
                rest=OTHER_VALUES_KEPT if self.patient else OTHER_PATIENTS_KEPT,
                patient=self.patient,
                choices=(Choice("Leave it unknown"),) if self.patient else (),
            )
        )


_KIND_WORDS: Mapping[type, str] = {float: "a number", bool: "true or false", str: "text"}


def _expected(feature: Feature) -> str:
    if feature.kind is Kind.NUMBER:
        return f"a number in {feature.unit}" if feature.unit else "a number"
    return "true or false" if feature.kind is Kind.FLAG else f"one of {', '.join(feature.levels)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
