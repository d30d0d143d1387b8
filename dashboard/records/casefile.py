"""Concord's own case file: JSON that holds everything a patient is, and nothing else.

Versioned and lossless: values with their origins, courses, measurements, outcomes, consent, notes
and the mark of synthetic data come back equal to what was written. A file of a newer version is
refused by name; an older one is upgraded in memory and every change listed. Values are held against
the pack on reading, so a file edited by hand cannot bring in what a form would refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from dashboard.records.case_patients import Book, PatientReader, kind_of
from dashboard.records.chart import LINE, with_reason
from dashboard.records.patient import (
    Consent,
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    Value,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.strict_json import read_json, shown

FORMAT = "Concord case file"
SCHEMA_VERSION = 2
MARK = "concord_case_file"
_NOTICE = "For education and research. Synthetic patients are marked as such."
_KNOWN = (MARK, "schema_version", "notice", "title", "story", "patients")


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
    reader = _Reader(name, reading, Book(name, list(document.findings)))
    body = document.content
    unreadable = body is None and bool(document.findings)
    if unreadable or not reader.accepts(body):
        return Cases(()), reader.intake(())
    body = reader.upgraded(dict(body))
    reader.book.leave_rest(body, _KNOWN, "")
    patients = tuple(reader.patients(body))
    title, story = (reader.book.text(body, part, "") for part in ("title", "story"))
    cases = Cases(patients, title, story)
    return cases, with_reason(reader.intake(patients), name)


def is_casefile(content: object) -> bool:
    """Whether a JSON document claims to be a case file."""
    return isinstance(content, dict) and (MARK in content or "schema_version" in content)


@dataclass(slots=True)
class _Reader:
    """Reads the patients of one file and gathers what is wrong."""

    file: str
    reading: Reading
    book: Book

    def intake(self, patients: tuple[Patient, ...]) -> Intake:
        """What came of the file."""
        return Intake(patients, tuple(self.book.findings), tuple(self.book.left), FORMAT)

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
        self.book.findings.append(
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
            self.book.findings.append(
                Finding(Severity.NOTE, "schema-upgraded", message, where, rest=rest)
            )
            version += 1
        return body

    def patients(self, body: Mapping[str, Any]) -> Iterator[Patient]:
        """The patients that can be read."""
        seen: dict[tuple[str, str], str] = {}
        for place, entry in self._entries(body.get("patients")):
            if not self._has_id(entry, place):
                continue
            patient = PatientReader(self.book, self.reading, entry, f"{place}.").read()
            twin = seen.setdefault((patient.id, patient.disease), place)
            if twin != place:
                message = f"{patient.id} stands in {twin} and in {place}; both were read."
                fix = "Give one of them another id, or leave it out."
                self.book.warn("id-twice", message, f"{place}.id", patient.id, fix=fix)
            yield patient

    def _entries(self, stated: object) -> Iterator[tuple[str, Any]]:
        """The entries with their places; one patient without a list around it counts as one."""
        if isinstance(stated, list):
            yield from ((f"patients[{number}]", entry) for number, entry in enumerate(stated))
        elif isinstance(stated, dict) and "id" in stated:
            message = "patients is one object instead of a list; it was read as one patient."
            self.book.warn("patients-form", message, "patients", "", fix="Put it into a list.")
            yield "patients", stated
        elif stated is not None:
            message = f"patients is {kind_of(stated)}; a list is expected."
            self.book.find(
                "patients-form", message, "patients", value=stated, expected="a list of patients"
            )

    def _has_id(self, entry: object, place: str) -> bool:
        stated = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(entry, dict):
            message = f"{place} is {kind_of(entry)}; a patient is an object."
            self.book.find(
                "patient-form", message, place, value=entry, expected="an object with an id"
            )
        elif isinstance(stated, str) and stated.strip():
            return True
        elif stated in (None, ""):
            self.book.find(
                "no-id", f"{place} has no id.", place, value=entry, expected="an id as text"
            )
        else:
            message = f"{place}.id is {kind_of(stated)} {shown(stated)}; an id is a text in quotes."
            self.book.find(
                "id-form",
                message,
                place,
                value=entry,
                expected=f'for example "id": "{shown(stated)}"',
            )
        return False


def _version(stated: object) -> int | None:
    if isinstance(stated, bool) or not isinstance(stated, int | str):
        return None
    text = str(stated).partition(".")[0].strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


# -- older versions --------------------------------------------------------------------------------


def _from_1(body: dict[str, Any]) -> dict[str, Any]:
    """Version 1, the short form: one patient, courses called treatments, values without origin."""
    stated, entries = body.get("patient"), body.get("patients")
    if isinstance(stated, dict) and isinstance(entries, list | None):
        patient = dict(stated)
        del body["patient"]
        if "treatments" in patient and "courses" not in patient:
            patient["courses"] = patient.pop("treatments")
        body["patients"] = [*(entries or []), patient]
    return body  # anything of another form is listed as it stands


_UPGRADES: Mapping[int, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    1: (_from_1, "`patient` became `patients`, `treatments` became `courses`."),
}
