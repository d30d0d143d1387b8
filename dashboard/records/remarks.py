"""A finding about a patient who has been read: placed where the value came from.

The checks know a patient and a fact; the person who mends it needs file, row and column. Here the
one is turned into the other, and a value into the words it is shown in.
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.patient import Choice, Finding, Patient, Severity, Value, Where

REST = "Everything else of this patient is kept."
_LONGEST_SHOWN = 80


class Parts(TypedDict, total=False):
    """What a finding says beside its message; `field` is a feature, or words for several."""

    field: str
    value: str
    expected: str
    fix: str
    severity: Severity  # an error unless said otherwise
    choices: tuple[Choice, ...]


def remark(patient: Patient, code: str, message: str, **parts: Unpack[Parts]) -> Finding:
    """A finding about one patient."""
    return Finding(
        parts.get("severity", Severity.ERROR),
        code,
        message,
        place_of(patient, parts.get("field", "")),
        value=parts.get("value", "")[:_LONGEST_SHOWN],
        expected=parts.get("expected", ""),
        fix=parts.get("fix", ""),
        rest=REST,
        patient=patient.id,
        choices=parts.get("choices", ()),
    )


def place_of(patient: Patient, field: str = "") -> Where:
    """Where the value of a feature stood; for other fields, the patient's file and row."""
    origin = patient.origins.get(field)
    if origin is not None:
        return Where(origin.file, origin.row, origin.field or field)
    for other in patient.origins.values():
        return Where(other.file, other.row, field)
    return Where(field=field)


def shown(value: Value, feature: Feature | None = None) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        label = feature.level_label(value) if feature is not None else value
        return label if len(label) <= _LONGEST_SHOWN else f"{label[:_LONGEST_SHOWN]}…"
    unit = f" {feature.unit}" if feature is not None and feature.unit else ""
    return f"{value:g}{unit}"


def allowed(feature: Feature) -> str:
    """What a feature may be, in words."""
    if feature.kind is Kind.FLAG:
        return "yes or no"
    if feature.levels:
        return ", ".join(feature.level_label(level) for level in feature.levels)
    unit = f" {feature.unit}" if feature.unit else ""
    if feature.hard is None:
        return f"a number{unit and ' in' + unit}"
    return f"{feature.hard.low:g} to {feature.hard.high:g}{unit}"
