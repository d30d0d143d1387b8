"""Concord's own case file: JSON that holds everything a patient is, and nothing else.

Versioned and lossless: values with their origins, courses, measurements, outcomes, consent, notes
and the mark of synthetic data come back equal to what was written. A file of a newer version is
refused by name; an older one is upgraded in memory and every change listed. Values are held against
the pack on reading, so a file edited by hand cannot bring in what a form would refuse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.cells import Raw
from dashboard.records.chart import LINE, read_date, unmapped, with_reason
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
from dashboard.records.strict_json import read_json, shown
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret

FORMAT = "Concord case file"
SCHEMA_VERSION = 2
MARK = "concord_case_file"
_NOTICE = "For education and research. Synthetic patients are marked as such."
_KNOWN = (MARK, "schema_version", "notice", "title", "story", "patients")
_PATIENT_KEYS = (
    "id", "disease", "synthetic", "recorded_on", "line", "values", "courses", "measurements",
    "outcomes", "consent", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cases:
    """The content of a case file; a teaching case has a title and a story."""

    patients: tuple[Patient, ...]
    title: str = ""
    story: str = ""


# -- writing ---------------------------------------------------------------------------------------


def write_casefile(patients: Iterable[Patient], *, title: str = "", story: str = "") -> bytes:
    """The patients as a case file of the current version."""
    content: dict[str, Any] = {MARK: True, "schema_version": SCHEMA_VERSION, "notice": _NOTICE}
    content |= {name: text for name, text in (("title", title), ("story", story)) if text}
    content["patients"] = [_written(patient) for patient in patients]
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def _written(patient: Patient) -> dict[str, Any]:
    body: dict[str, Any] = {"id": patient.id, "disease": patient.disease}
    body["synthetic"] = patient.synthetic
    if patient.recorded_on is not None:
        body["recorded_on"] = patient.recorded_on.isoformat()
    if patient.line is not None:
        body[LINE] = patient.line
    body["values"] = {
        name: _with_origin(value, patient.origins.get(name))
        for name, value in patient.values.items()
    }
    strays = {n: _stated(asdict(o)) for n, o in patient.origins.items() if n not in patient.values}
    rest = {
        "origins": strays,
        "courses": [_stated(asdict(course)) for course in patient.courses],
        "measurements": [_measured(measurement) for measurement in patient.measurements],
        "outcomes": dict(patient.outcomes),
        "consent": _consent(patient.consent),
        "notes": patient.notes,
    }
    return body | {name: part for name, part in rest.items() if part}


def _with_origin(value: Value, origin: Origin | None) -> Any:
    stated = _stated(asdict(origin)) if origin is not None else {}
    if origin is None:
        return value
    return {"value": value, "origin": stated}


def _measured(measurement: Measurement) -> dict[str, Any]:
    body = {"feature": measurement.feature, "value": measurement.value}
    if measurement.taken_on is not None:
        body["taken_on"] = measurement.taken_on.isoformat()
    stated = _stated(asdict(measurement.origin))
    return body | ({"origin": stated} if stated else {})


def _consent(consent: Consent) -> dict[str, Any]:
    body: dict[str, Any] = {"decisions": dict(consent.decisions)} if consent.decisions else {}
    return body | ({"source": consent.source} if consent.source else {})


def _stated(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something; dates as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in body.items()
        if value not in ("", None)
    }


# -- reading ---------------------------------------------------------------------------------------


def read_casefile(content: bytes, name: str, reading: Reading) -> Intake:
    """Read a case file; problems are findings, never exceptions."""
    return read_cases(content, name, reading)[1]


def read_cases(content: bytes, name: str, reading: Reading) -> tuple[Cases, Intake]:
    """Read a case file with its title and story."""
    document = read_json(content, name)
    reader = _Reader(name, reading, list(document.findings))
    body = document.content
    unreadable = body is None and bool(document.findings)
    if unreadable or not reader.accepts(body):
        return Cases(()), reader.intake(())
    body = reader.upgraded(dict(body))
    reader.leave_rest(body, _KNOWN, "")
    entries = body.get("patients")
    patients = tuple(reader.patients(entries if isinstance(entries, list) else []))
    cases = Cases(patients, _text(body.get("title")), _text(body.get("story")))
    return cases, with_reason(reader.intake(patients), name)


def is_casefile(content: object) -> bool:
    """Whether a JSON document claims to be a case file."""
    return isinstance(content, dict) and (MARK in content or "schema_version" in content)


@dataclass(slots=True)
class _Reader:
    """Reads the patients of one file and gathers what is wrong."""

    file: str
    reading: Reading
    findings: list[Finding]
    left: list[Unmapped] = field(default_factory=list)
    units: UnitTable = field(default_factory=UnitTable.standard)

    def intake(self, patients: tuple[Patient, ...]) -> Intake:
        """What came of the file."""
        return Intake(patients, tuple(self.findings), tuple(self.left), FORMAT)

    def accepts(self, body: object) -> bool:
        """Whether the file is of a version that can be read; otherwise the reason is a finding."""
        if not is_casefile(body) or not isinstance(body, dict):
            self._refuse(
                "no-casefile", "This JSON is no Concord case file.", "Export the case again."
            )
            return False
        version = _version(body.get("schema_version"))
        if version is None or version < 1:
            stated = shown(body.get("schema_version"))
            message = f"The file does not state its version: schema_version is {stated}."
            self._refuse("schema-version", message, "Export the case again.")
            return False
        if version > SCHEMA_VERSION:
            message = (
                f"Made by version {version}; this is version {SCHEMA_VERSION}. Upgrade to open it."
            )
            self._refuse("schema-newer", message, "Open it with the newer release of Concord.")
            return False
        return True

    def _refuse(self, code: str, message: str, fix: str) -> None:
        where = Where(self.file, None, "schema_version")
        rest = "Nothing was imported; the file is untouched."
        self.findings.append(
            Finding(
                Severity.ERROR,
                code,
                message,
                where,
                expected=f"a case file of version {SCHEMA_VERSION} or earlier",
                fix=fix,
                rest=rest,
            )
        )

    def upgraded(self, body: dict[str, Any]) -> dict[str, Any]:
        """The content in the form of the current version, each step listed."""
        version = _version(body.get("schema_version")) or SCHEMA_VERSION
        while version < SCHEMA_VERSION:
            upgrade, change = _UPGRADES[version]
            body = upgrade(body)
            message = f"Upgraded from version {version} to {version + 1}: {change}"
            where = Where(self.file, None, "schema_version")
            rest = "The original file is untouched."
            self.findings.append(
                Finding(Severity.NOTE, "schema-upgraded", message, where, rest=rest)
            )
            version += 1
        return body

    def leave_rest(self, body: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        """List what the version does not know."""
        for key in body.keys() - set(known):
            where = Where(self.file, None, f"{place}{key}")
            text = json.dumps(body[key], ensure_ascii=False)
            self.left.append(unmapped(where, key, text, "not part of a case file"))

    def patients(self, entries: list[Any]) -> Iterator[Patient]:
        """The patients that can be read."""
        for number, entry in enumerate(entries):
            place = f"patients[{number}]"
            if not isinstance(entry, dict) or not _text(entry.get("id")):
                where = Where(self.file, None, place)
                fix = "Give the patient an id."
                self.findings.append(
                    Finding(Severity.ERROR, "no-id", f"{place} has no id.", where, fix=fix)
                )
                continue
            yield _PatientReader(self, entry, f"{place}.").read()


@dataclass(slots=True)
class _PatientReader:
    """Reads one patient of a case file."""

    owner: _Reader
    body: Mapping[str, Any]
    place: str

    def read(self) -> Patient:
        """The patient, as far as it holds against the pack."""
        self.owner.leave_rest(self.body, (*_PATIENT_KEYS, "origins"), self.place)
        pack = self._pack()
        values, origins = self._values(pack)
        origins |= {name: _origin(o) for name, o in _mapping(self.body.get("origins")).items()}
        return Patient(
            id=_text(self.body.get("id")),
            disease=_text(self.body.get("disease")),
            values=values,
            line=self._line(),
            courses=tuple(self._courses()),
            measurements=tuple(self._measurements(pack)),
            origins=origins,
            outcomes=self._outcomes(),
            consent=_read_consent(_mapping(self.body.get("consent"))),
            recorded_on=read_date(self.body.get("recorded_on")),
            notes=_text(self.body.get("notes")),
            synthetic=self.body.get("synthetic") is True,
        )

    def _where(self, name: str) -> Where:
        return Where(self.owner.file, None, f"{self.place}{name}")

    def _find(self, code: str, message: str, name: str, value: object, expected: str) -> None:
        self.owner.findings.append(
            Finding(
                Severity.ERROR,
                code,
                message,
                self._where(name),
                value=shown(value),
                expected=expected,
                fix="Correct the file, or leave the entry out.",
                rest="Only this entry was left out.",
                patient=_text(self.body.get("id")),
            )
        )

    def _pack(self) -> DiseasePack | None:
        """The pack of the patient's disease; without one the values are kept as they are."""
        library, disease = self.owner.reading.library, _text(self.body.get("disease"))
        if disease in library.ids:
            return library.pack(disease)
        message = f"There is no tumour group called '{disease}' here; the values were not checked."
        finding = Finding(
            Severity.WARNING,
            "disease-unknown",
            message,
            self._where("disease"),
            value=disease,
            expected=", ".join(library.ids),
            fix="Install the pack, or correct the name.",
            patient=_text(self.body.get("id")),
            choices=tuple(Choice(pack.label, pack.id) for pack in library.packs),
        )
        self.owner.findings.append(finding)
        return None

    def _values(self, pack: DiseasePack | None) -> tuple[dict[str, Value], dict[str, Origin]]:
        values: dict[str, Value] = {}
        origins: dict[str, Origin] = {}
        for name, entry in _mapping(self.body.get("values")).items():
            has_origin = isinstance(entry, dict)
            origin = _origin(entry.get("origin")) if has_origin else Origin()
            value = self._value(pack, name, entry.get("value") if has_origin else entry)
            if value is not None:
                values[name] = value
                if has_origin:
                    origins[name] = origin
        return values, origins

    def _value(self, pack: DiseasePack | None, name: str, stated: object) -> Value | None:
        """The value where it holds against its feature; otherwise it is found fault with."""
        if not isinstance(stated, bool | int | float | str):
            self._find(
                "value-form", f"{name} has no single value.", f"values.{name}", stated, "a value"
            )
            return None
        plain = stated if isinstance(stated, bool | str) else _number(stated)
        if pack is None:
            return plain
        feature = pack.vocabulary.get(name)
        if feature is None:
            reason = f"{pack.label} has no such feature"
            self.owner.left.append(
                Unmapped(self._where(f"values.{name}"), name, str(stated), reason)
            )
            return None
        if plain is not None and holds(feature, plain):
            return plain
        return self._interpreted(feature, name, stated)

    def _interpreted(self, feature: Feature, name: str, stated: object) -> Value | None:
        text = {True: "true", False: "false"}[stated] if isinstance(stated, bool) else str(stated)
        raw = Raw(text, self._where(f"values.{name}"), patient=_text(self.body.get("id")))
        outcome = interpret(feature, raw, self.owner.units)
        self.owner.findings.extend(outcome.findings)
        return outcome.value

    def _line(self) -> int | None:
        line = self.body.get(LINE)
        if line is None or (isinstance(line, int) and not isinstance(line, bool) and line > 0):
            return line
        self._find("value-form", f"line is {shown(line)}.", LINE, line, "1, 2, 3 …")
        return None

    def _courses(self) -> Iterator[TreatmentCourse]:
        for number, entry in enumerate(_list(self.body.get("courses"))):
            place = f"courses[{number}]"
            if not _text(entry.get("label")):
                self._find("course-form", f"{place} has no label.", place, entry, "a label")
                continue
            line = entry.get(LINE)
            yield TreatmentCourse(
                label=_text(entry.get("label")),
                regimen=_text(entry.get("regimen")),
                line=line if isinstance(line, int) else None,
                started=self._day(entry, place, "started"),
                stopped=self._day(entry, place, "stopped"),
                best_response=_text(entry.get("best_response")),
                stop_reason=_text(entry.get("stop_reason")),
            )

    def _day(self, entry: Mapping[str, Any], place: str, name: str) -> date | None:
        stated = entry.get(name)
        day = read_date(stated)
        if stated is not None and day is None:
            message = f"{place}.{name} is no date."
            self._find("date-form", message, f"{place}.{name}", stated, "a date such as 2024-05-31")
        return day

    def _measurements(self, pack: DiseasePack | None) -> Iterator[Measurement]:
        for number, entry in enumerate(_list(self.body.get("measurements"))):
            place = f"measurements[{number}]"
            name = _text(entry.get("feature"))
            value = self._value(pack, name, entry.get("value"))
            if name and value is not None:
                day = self._day(entry, place, "taken_on")
                yield Measurement(name, value, day, _origin(entry.get("origin")))

    def _outcomes(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, value in _mapping(self.body.get("outcomes")).items():
            if isinstance(value, bool | str):
                found[name] = value
            elif isinstance(value, int | float) and (number := _number(value)) is not None:
                found[name] = number
            else:
                self._find(
                    "value-form",
                    f"{name} has no single value.",
                    f"outcomes.{name}",
                    value,
                    "a value",
                )
        return found


def holds(feature: Feature, value: Value) -> bool:
    """Whether a value is one that the feature can have."""
    if feature.kind is Kind.NUMBER:
        return isinstance(value, float) and (feature.hard is None or feature.hard.holds(value))
    if feature.kind is Kind.FLAG:
        return isinstance(value, bool)
    return isinstance(value, str) and value in feature.levels


def _version(stated: object) -> int | None:
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        return None
    text = str(stated).partition(".")[0].strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


def _number(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _origin(value: object) -> Origin:
    stated = _mapping(value)
    row = stated.get("row")
    return Origin(
        file=_text(stated.get("file")),
        row=row if isinstance(row, int) and not isinstance(row, bool) else None,
        field=_text(stated.get("field")),
        text=_text(stated.get("text")),
        unit=_text(stated.get("unit")),
        comparator=_text(stated.get("comparator")),
        who=_text(stated.get("who")),
        when=_text(stated.get("when")),
        note=_text(stated.get("note")),
    )


def _read_consent(body: Mapping[str, Any]) -> Consent:
    decisions = {
        purpose: allowed
        for purpose, allowed in _mapping(body.get("decisions")).items()
        if isinstance(allowed, bool)
    }
    return Consent(decisions, _text(body.get("source")))


# -- older versions --------------------------------------------------------------------------------


def _from_1(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1, the short form: one patient, courses called treatments, values without origin."""
    patient = dict(_mapping(body.pop("patient", None)))
    if "treatments" in patient:
        patient["courses"] = patient.pop("treatments")
    entries = body.get("patients")
    body["patients"] = [
        *(entries if isinstance(entries, list) else []),
        *([patient] if patient else []),
    ]
    return body


_UPGRADES: Mapping[int, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    1: (_from_1, "`patient` became `patients`, `treatments` became `courses`."),
}
