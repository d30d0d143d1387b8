"""Doubts about a single answer: quantities without a number, units that disagree, unknown signs.

FHIR states a unit twice, as words for people and as a code for machines. Where the two mean
different units the number has two readings, and one question is asked. Whatever else cannot be read
without guessing (a number in quotes, a sign nobody knows, two values in one place) gives a finding
and no value. How amounts are converted and judged is in `amounts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.fhir_answers import Answer
from dashboard.records.fhir_parts import digits, mapping, summary, word
from dashboard.records.patient import Choice, Finding, Severity
from dashboard.records.strict_json import shown
from dashboard.records.units import UnitTable, normal_unit
from dashboard.records.wording import figure

REST = "The value was left out; everything else was read."
# How a comparator is written before the number; `ap` is FHIR's word for about in searches.
SIGNS = {"": "", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "ap": "~", "~": "~"}


def doubt_of(feature: Feature, answer: Answer, units: UnitTable) -> Finding | None:
    """Why a quantity cannot be read as it stands; None where it can."""
    quantity = mapping(answer.value)
    comparator = word(quantity.get("comparator"))
    if isinstance(quantity.get("value"), str):
        return of_other_type(feature, answer, "a JSON number without quotes", "value")
    if not digits(quantity.get("value")):
        message = f"{feature.label}: the quantity has no number."
        return _refused("quantity-empty", message, answer, expected="a number with its unit")
    if comparator not in SIGNS:
        message = (
            f"{feature.label}: '{shown(comparator)}' is no sign that is known before a number."
        )
        return _refused("comparator-unknown", message, answer, expected="<, <=, >, >= or none")
    if feature.kind is not Kind.NUMBER:
        return _with_needless_unit(feature, answer, units)
    return _with_two_units(feature, answer, units)


def stated_unit(quantity: Mapping[str, Any], feature: Feature, units: UnitTable) -> str:
    """The unit by its UCUM code or its name, whichever is a unit of the feature."""
    written = [word(quantity.get("code")), word(quantity.get("unit"))]
    known = (text for text in written if text and units.named(text, feature))
    return next(known, next((text for text in reversed(written) if text), ""))


def of_other_type(feature: Feature, answer: Answer, expected: str, part: str = "") -> Finding:
    """A number or a yes that is sent as a text in quotes."""
    text = word(mapping(answer.value).get(part) if part else answer.value)
    what = "number" if part or answer.kind == "Integer" else "answer"
    message = f"{feature.label}: the {what} is sent as the text '{shown(text)}'."
    return _refused(f"{what}-as-text", message, answer, expected=expected, value=text)


def of_two_tests(answer: Answer, one: str, other: str) -> Finding:
    """Codes or words of one test that mean different things."""
    message = f"{one} and {other} are different tests, and both stand on this value."
    return _refused("codes-contradict", message, answer, expected="codes and words of one test")


def of_two_values(answer: Answer) -> Finding:
    """More than one value[x] on one answer."""
    names = " and ".join(f"value{kind}" for kind in answer.kinds)
    message = f"{answer.said.label or 'This test'} has several values: {names}."
    return _refused("several-values", message, answer, expected="one value")


def _refused(
    code: str, message: str, answer: Answer, *, expected: str, value: str | None = None
) -> Finding:
    return Finding(
        Severity.ERROR,
        code,
        message,
        answer.where,
        value=(summary(answer.value) if value is None else value)[:80],
        expected=expected,
        fix="Have the sender correct the export, or type the value in.",
        rest=REST,
    )


def _with_needless_unit(feature: Feature, answer: Answer, units: UnitTable) -> Finding | None:
    """A grade or a score has no unit; one that is a real unit makes the test doubtful."""
    quantity = mapping(answer.value)
    for name in ("unit", "code"):
        unit = word(quantity.get(name))
        if units.measures(unit):
            message = f"{feature.label} has no unit, but this value is in {shown(unit)}."
            return _refused("unit-unknown", message, answer, expected="a number without a unit")
    return None


def _with_two_units(feature: Feature, answer: Answer, units: UnitTable) -> Finding | None:
    """The name of the unit and its code, where they mean different units."""
    quantity = mapping(answer.value)
    name, code = word(quantity.get("unit")), word(quantity.get("code"))
    if not name or not code or normal_unit(name) == normal_unit(code):
        return None
    meant = [units.named(text, feature) for text in (name, code)]
    if not any(meant) or meant[0] == meant[1]:
        return None  # neither is a unit of the feature, or both mean the same one
    strange = next((t for t, m in zip((name, code), meant, strict=True) if m is None), "")
    if strange and not (units.measures(strange) and ("/" in name) == ("/" in code)):
        return None  # careless words ("grams") beside a code that says it, not another unit
    return _question(feature, answer, [unit for unit in meant if unit], units)


def _question(feature: Feature, answer: Answer, meant: list[str], units: UnitTable) -> Finding:
    quantity = mapping(answer.value)
    number = float(quantity["value"])
    name, code = word(quantity.get("unit")), word(quantity.get("code"))
    choices = []
    for unit in meant:
        value = units.convert(number, unit, feature.unit, feature.quantity)
        if feature.hard is None or feature.hard.holds(value):
            label = f"{figure(number)} {unit} = {figure(value)} {feature.unit}".rstrip()
            choices.append(Choice(label, unit, {feature.id: value}))
    choices.append(Choice("leave it unknown", "unknown", {feature.id: None}))
    return Finding(
        Severity.QUESTION,
        "unit-contradicts",
        f"{feature.label}: {figure(number)} is in {shown(name)} by its words and in {shown(code)} "
        "by its code. Which is it?",
        answer.where,
        value=f"{digits(quantity['value'])} {name}; {code}"[:80],
        expected="the same unit in words and as code",
        fix="Choose one of the answers, or leave the value unknown.",
        rest="Everything else was read.",
        choices=tuple(choices),
    )
