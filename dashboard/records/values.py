"""What one cell says: a typed value of its feature, or findings that say why not.

Nothing is guessed: where a text can be read in two ways the value stays unknown and one question
with its possible answers is returned. Comparators, units and spellings that were read away are kept
in the value's `Origin`. Checks that need more than one value (contradictions, dates, whole columns
in another unit) live elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.patient import Finding, Origin, Severity, Value, Where
from dashboard.records.units import UnitTable

NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it stood in a file or form, with everything stated around it."""

    text: str
    where: Where = NOWHERE
    patient: str = ""
    unit: str = ""  # stated beside the value: header, unit column, FHIR unit or code
    comparator: str = ""  # stated beside the value: <, <=, >, >=
    taken_on: date | None = None
    decimal: str = "."
    note: str = ""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """What came of one raw value; `value` is None where it stays unknown."""

    value: Value | None
    origin: Origin
    findings: tuple[Finding, ...] = ()


def interpret(feature: Feature, raw: Raw, units: UnitTable) -> Interpreted:
    """Read one value.

    Args:
        feature: what the value is a value of.
        raw: the text and what was stated around it.
        units: how units convert.

    Returns:
        The value with its origin, or no value and the findings that explain why.
    """
    text = raw.text.strip()
    origin = Origin(
        raw.where.file,
        raw.where.row,
        raw.where.field,
        raw.text,
        raw.unit,
        raw.comparator,
        "",
        raw.taken_on.isoformat() if raw.taken_on else "",
        raw.note,
    )
    if not text:
        return Interpreted(None, origin)
    value: Value | None = None
    if feature.kind is Kind.NUMBER:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        unit = units.named(raw.unit, feature) if raw.unit else feature.unit
        if unit is not None and unit != feature.unit:
            number = units.convert(number, unit, feature.unit, feature.quantity)
        if math.isfinite(number) and (feature.hard is None or feature.hard.holds(number)):
            value = number
    elif feature.kind is Kind.FLAG:
        value = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            text.casefold()
        )
    else:
        value = next(
            (level for level in feature.levels if level.casefold() == text.casefold()), None
        )
    if value is not None:
        return Interpreted(value, origin)
    finding = Finding(
        Severity.ERROR,
        "value-unreadable",
        f"{feature.label} {text[:80]!r} cannot be read.",
        raw.where,
        value=text[:80],
        patient=raw.patient,
    )
    return Interpreted(None, origin, (finding,))
