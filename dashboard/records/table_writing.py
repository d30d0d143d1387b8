"""Patients as CSV: every feature of the pack, exactly, and harmless in a spreadsheet.

What is written reads back as it was: values, line, courses, outcomes, notes, day of record. Dated
measurements, consent and origins have no place in a table; the case file and FHIR carry them. Text
that a spreadsheet would run as a formula gets an apostrophe in front, which reading takes away
again; numbers are never touched. A patient that does not fit the pack is refused, not bent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dashboard.foundation.errors import UnknownFeature, UserError
from dashboard.knowledge.schema import DiseasePack, Feature, Kind
from dashboard.records.mapping import NameIndex, unit_stated_by
from dashboard.records.patient import Patient, TreatmentCourse, Value
from dashboard.records.units import UnitTable
from dashboard.records.whole_percent import may_be_fractions
from dashboard.records.wording import shown

OUTCOMES = ("os_months", "os_event", "pfs_months", "pfs_event", "response")
_COURSE_PARTS = ("label", "regimen", "line", "started", "stopped", "best_response", "stop_reason")
_FORMULA = re.compile(r"'*[=+\-@\t\r\x00]", re.DOTALL)
_MARKED_NUMBER = re.compile(r"'+\d[\d.,/: -]*$")  # readers take the mark of a spreadsheet away
_NEEDS_QUOTES = re.compile(r'[,";\t|\r\n]|^[\s#]|\s$|^sep=', re.IGNORECASE)


def write_csv(patients: Sequence[Patient], pack: DiseasePack) -> bytes:
    """The patients as a CSV file with every feature of the pack.

    Raises:
        UserError: a patient of another disease, or a value that is none of its feature.
        UnknownFeature: a value of a feature that the pack does not have.
    """
    for patient in patients:
        _check(patient, pack)
    columns = [*_identity(), *_features(pack, patients), *_extras(patients)]
    lines = [",".join(_cell(name) for name, _ in columns)]
    lines += [",".join(_cell(text(patient)) for _, text in columns) for patient in patients]
    content = "\r\n".join(lines) + "\r\n"
    return b"\xef\xbb\xbf" + content.encode("utf-8", "replace")


Columns = list[tuple[str, Callable[[Patient], str]]]


def _identity() -> Columns:
    return [
        ("id", lambda p: _guarded(p.id)),
        ("disease", lambda p: _guarded(p.disease)),
        ("line", lambda p: "" if p.line is None else str(p.line)),
    ]


def _features(pack: DiseasePack, patients: Sequence[Patient]) -> Columns:
    index = NameIndex(pack.features, UnitTable.standard())
    return [
        (unit_stated_by(feature, index), _value_of(feature, patients))
        for feature in pack.features
        if feature.id != "line"
    ]


def _value_of(feature: Feature, patients: Sequence[Patient]) -> Callable[[Patient], str]:
    """The values of a feature; percentages that could be read as fractions say that they are."""
    name = feature.id
    unit = "%" if may_be_fractions(feature, (p.values.get(name) for p in patients)) else ""

    def text(patient: Patient) -> str:
        written = _written(patient.values.get(name))
        return f"{written}{unit}" if written else ""

    return text


def _extras(patients: Sequence[Patient]) -> Columns:
    columns: Columns = []
    names = sorted({name for patient in patients for name in patient.outcomes})
    for name in (*OUTCOMES, *(name for name in names if name not in OUTCOMES)):
        if name in names:
            columns.append((name if name in OUTCOMES else f"outcome:{name}", _outcome(name)))
    if any(patient.recorded_on for patient in patients):
        columns.append(
            ("recorded_on", lambda p: p.recorded_on.isoformat() if p.recorded_on else "")
        )
    if any(patient.synthetic for patient in patients):
        columns.append(("synthetic", lambda p: "yes" if p.synthetic else "no"))
    if any(patient.notes for patient in patients):
        columns.append(("notes", lambda p: _guarded(p.notes)))
    most = max((len(patient.courses) for patient in patients), default=0)
    columns += [
        (f"course_{number + 1}_{part}", _course(number, part))
        for number in range(most)
        for part in _COURSE_PARTS
    ]
    return columns


def _outcome(name: str) -> Callable[[Patient], str]:
    return lambda patient: _written(patient.outcomes.get(name))


def _course(number: int, part: str) -> Callable[[Patient], str]:
    def text(patient: Patient) -> str:
        if number >= len(patient.courses):
            return ""
        value = getattr(patient.courses[number], part)
        if value is None:
            return ""
        return _guarded(value) if isinstance(value, str) else str(value)

    return text


def _written(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _guarded(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - floats are whole numbers beyond


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) or _MARKED_NUMBER.match(text) else text


def _cell(text: str) -> str:
    if not _NEEDS_QUOTES.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _check(patient: Patient, pack: DiseasePack) -> None:
    if patient.disease != pack.id:
        raise UserError(
            f"Patient {shown(patient.id)} has {shown(patient.disease)}, not {pack.id}.",
            hint="Write the patients of each tumour group to a file of their own.",
        )
    for name, value in patient.values.items():
        feature = pack.vocabulary.get(name)
        if feature is None:
            raise UnknownFeature(
                f"Patient {shown(patient.id)} has {shown(name)}, which {pack.id} does not know.",
                hint="Remove the value, or add the feature to the pack.",
            )
        if not _fits(feature, value):
            raise UserError(
                f"{feature.label} of patient {shown(patient.id)} is {value!r}, "
                f"which is no {feature.kind}.",
                hint="Correct the value before writing.",
            )
    for course in patient.courses:
        _check_course(patient, course)


def _check_course(patient: Patient, course: TreatmentCourse) -> None:
    if not any(getattr(course, part) for part in _COURSE_PARTS):
        raise UserError(
            f"Patient {shown(patient.id)} has an empty course of treatment.",
            hint="Remove it, or enter what was given.",
        )


def _fits(feature: Feature, value: Value) -> bool:
    if feature.kind is Kind.FLAG:
        return isinstance(value, bool)
    if feature.kind is Kind.NUMBER:
        return isinstance(value, float) and value == value and abs(value) != float("inf")  # noqa: PLR0124 - NaN alone differs from itself
    return isinstance(value, str) and value in feature.levels
