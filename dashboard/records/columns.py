"""Reading one feature from a whole column at once.

A column tells more than a cell: if all its numbers fit only another unit, that is one question, not
a thousand; a decimal comma is a matter of the file. Doubts of the same kind are therefore gathered
and come back as one finding with one key, and answers given under that key are applied when the
file is read again. Plainly written values, nearly all, never leave the first loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.knowledge.schema import Kind
from dashboard.records.amounts import is_count, is_ratio_to_limit
from dashboard.records.coded_columns import settle_codes
from dashboard.records.column_cells import (
    DECIMAL_KEY,
    SINGLE_FINDINGS,
    CloseLook,
    Column,
    ColumnValues,
    is_karnofsky,
)
from dashboard.records.column_questions import answered_value, ask_about_scale
from dashboard.records.column_units import AS_WRITTEN, settle_units
from dashboard.records.numerals import PLAIN_NUMBER
from dashboard.records.patient import Choice, Finding, Severity, Value, Where
from dashboard.records.units import UnitTable
from dashboard.records.unusual import unremarkable
from dashboard.records.values import Plan, plan_for
from dashboard.records.whole_percent import ask_about_fractions
from dashboard.records.wording import either, figure, shown, some_rows

__all__ = ["DECIMAL_KEY", "Column", "ColumnValues", "read_column"]

_SHARED_DOUBTS = frozenset(
    {
        "unit-unclear",
        "thousands-unclear",
        "space-unclear",
        "limit-needed",
        "limit-unit-unclear",
        "scale-unclear",
    }
)


def read_column(column: Column, units: UnitTable, answers: Mapping[str, str]) -> ColumnValues:
    """Every value of a column, with its doubts gathered into as few findings as possible."""
    column = _with_answered_unit(column, units, answers)
    column, question = settle_codes(column, answers)
    result = ColumnValues([None] * len(column.cells))
    if question is not None:
        result.findings.append(question)
    plan = plan_for(column.feature, units)
    slow = _quick_pass(column, plan, result)
    if slow:
        _look_closely(CloseLook(column, units, answers, result), slow)
    ask_about_fractions(column, result, answers.get(f"unit:{column.name}", ""))
    return result


def _with_answered_unit(column: Column, units: UnitTable, answers: Mapping[str, str]) -> Column:
    answer = answers.get(f"unit:{column.name}", "")
    if answer == AS_WRITTEN:
        return replace(column, unit=column.feature.unit)
    named = units.named(answer, column.feature) or units.absolute(answer, column.feature)
    if answer and named:
        return replace(column, unit=named)
    if answers.get(f"uln:{column.name}") == "ratio" and is_ratio_to_limit(column.feature):
        return replace(column, unit=column.feature.unit)
    return column


def _quick_pass(column: Column, plan: Plan, result: ColumnValues) -> list[int]:
    """Take every plainly written value; give back the places of all others."""
    own_unit = column.unit == column.feature.unit
    foreign = bool(column.unit) and not own_unit and column.feature.kind is Kind.NUMBER
    if foreign or is_karnofsky(column):
        return [place for place, text in enumerate(column.cells) if text]
    if plan.quiet is not None:
        return _quick_numbers(column, plan, result)
    quick, values, slow = plan.quick, result.values, []
    for place, text in enumerate(column.cells):
        if text:
            value = quick(text)
            if value is None:
                slow.append(place)
            else:
                values[place] = value
    return slow


def _quick_numbers(column: Column, plan: Plan, result: ColumnValues) -> list[int]:
    quiet = plan.quiet
    assert quiet is not None  # noqa: S101 - only called for numbers
    low, high = (quiet.stated_low, quiet.stated_high) if column.unit else (quiet.low, quiet.high)
    usual = unremarkable(column.feature)
    usual_low, usual_high = usual.low, usual.high
    plain, values = PLAIN_NUMBER.fullmatch, result.values
    slow: list[int] = []
    odd: list[int] = []
    for place, text in enumerate(column.cells):
        if not text:
            continue
        if plain(text):
            number = float(text) + 0.0
            if low <= number <= high:
                values[place] = number
                if not usual_low <= number <= usual_high:
                    odd.append(place)
                continue
        slow.append(place)
    if is_count(column.feature):
        slow = sorted([*slow, *_take_back_parts(values)])
    _warn_of_unusual(column, [place for place in odd if values[place] is not None], result)
    return slow


def _take_back_parts(values: list[Value | None]) -> list[int]:
    """The places of numbers that are not whole, of something that is counted."""
    parts = [at for at, v in enumerate(values) if isinstance(v, float) and not v.is_integer()]
    for place in parts:
        values[place] = None
    return parts


def _warn_of_unusual(column: Column, odd: Sequence[int], result: ColumnValues) -> None:
    feature, usual = column.feature, column.feature.plausible
    if not odd or usual is None:
        return
    span = f"most values are {figure(usual.low)} to {figure(usual.high)} {feature.unit}".rstrip()
    if len(odd) > SINGLE_FINDINGS:
        rows = some_rows(column.rows[place] for place in odd)
        result.findings.append(
            Finding(
                Severity.WARNING,
                "implausible",
                f"{feature.label}: {len(odd)} values are unusual ({rows}); {span}.",
                Where(column.file, column.rows[odd[0]], column.name),
                value=shown(column.cells[odd[0]]),
                expected=span,
                fix="Check the values; keep them if they are right.",
                rest="The values were read.",
            )
        )
        return
    for place in odd:
        text = shown(column.cells[place])
        result.findings.append(
            Finding(
                Severity.WARNING,
                "implausible",
                f"{feature.label} {text} is unusual: {span}.",
                Where(column.file, column.rows[place], column.name),
                value=text,
                expected=span,
                fix="Check the value; keep it if it is right.",
                rest="The value was read.",
                patient=column.patients[place],
            )
        )


# ---- cells that need a closer look


def _look_closely(look: CloseLook, places: Sequence[int]) -> None:
    for place in places:
        _read_cell(look, place)
    for code in ("thousands-unclear", "space-unclear"):
        _ask_about_marks(look, code)
    _ask_for_limit(look)
    _ask_for_unit_beside_limit(look)
    ask_about_scale(look)
    settle_units(look)
    look.result.findings[:] = _gathered(look.result.findings)


def _read_cell(look: CloseLook, place: int) -> None:
    outcome = look.read(place)
    own: list[Finding] = []
    for finding in outcome.findings:
        if finding.code == "decimal-unclear" and not look.answers.get(DECIMAL_KEY):
            look.result.decimals.append(place)
        elif finding.code in _SHARED_DOUBTS:
            look.doubts.setdefault(finding.code, {})[place] = finding
        elif finding.severity is Severity.QUESTION and not finding.key:
            outcome = answered_value(look, place, outcome, finding=finding, own=own)
        else:
            own.append(finding)
    look.take(place, replace(outcome, findings=tuple(own)))


def _ask_about_marks(look: CloseLook, code: str) -> None:
    doubts = look.doubts.pop(code, {})
    key = f"{code.removesuffix('-unclear')}:{look.column.name}"
    if not doubts or look.answers.get(key) == "unknown":
        return
    place, example = next(iter(doubts.items()))
    if len(doubts) == 1:
        look.result.findings.append(replace(example, key=key))
        return
    text = shown(look.column.cells[place])
    choices: tuple[Choice, ...]
    if code == "space-unclear":
        joined = "".join(c for c in text if not c.isspace() and c not in "'\u2019")
        choices = (Choice(f"{text} is {joined}", answer="join"),)
    else:
        choices = (
            Choice(f"The mark divides thousands: {text.replace(',', '')}", answer="thousands"),
            Choice(f"The mark is a decimal mark: {text.replace(',', '.')}", answer="decimal"),
        )
    what = f"numbers such as '{text}' can be read in two ways"
    question = look.question(code, doubts, what, choices)
    look.result.findings.append(replace(question, key=key))


def _ask_for_limit(look: CloseLook) -> None:
    doubts = look.doubts.pop("limit-needed", {})
    key = f"uln:{look.column.name}"
    if not doubts or look.answers.get(key) == "unknown":
        return
    if len(doubts) == 1:
        look.result.findings.append(replace(next(iter(doubts.values())), key=key))
        return
    choices: tuple[Choice, ...] = ()
    if is_ratio_to_limit(look.column.feature):
        choices = (Choice("The values are multiples of the upper limit", answer="ratio"),)
    what = "are these multiples of the upper limit of normal, or absolute values? Absolute ones"
    finding = look.question(
        "limit-needed",
        doubts,
        f"{what} can only be converted with your laboratory's upper limit",
        choices,
    )
    fix = "Enter your laboratory's upper limit of normal to convert, or choose an answer."
    look.result.findings.append(replace(finding, key=key, fix=fix))


def _ask_for_unit_beside_limit(look: CloseLook) -> None:
    """Values that cannot be in the unit of their limit: one question for the column."""
    doubts = look.doubts.pop("limit-unit-unclear", {})
    if not doubts or look.answer("unit") == "unknown":
        return
    first = next(iter(doubts.values()))
    if len(doubts) > 1:
        named = {choice.answer: None for found in doubts.values() for choice in found.choices}
        offered = [{choice.answer for choice in found.choices} for found in doubts.values()]
        units = [unit for unit in named if unit != "unknown"]
        units = [unit for unit in units if all(unit in one for one in offered)] or units
        choices = tuple(Choice(f"The values are in {unit}", answer=unit) for unit in units)
        what = f"no unit is stated, and beside their upper limits they look like {either(units)}"
        first = replace(look.question(first.code, doubts, what, choices), key=first.key)
    look.result.findings.append(first)


def _gathered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same of many rows, as one that names the rows."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.value), []).append(finding)
    kept: list[Finding] = []
    for same in groups.values():
        if len(same) <= SINGLE_FINDINGS or same[0].where.row is None:
            kept += same
            continue
        rows = some_rows(f.where.row for f in same if f.where.row is not None)
        message = f"{same[0].message.rstrip('.')} ({rows})."
        one_question = same[0].key and len({finding.key for finding in same}) == 1
        choices = same[0].choices if one_question else ()
        key = same[0].key if one_question else ""
        kept.append(replace(same[0], message=message, patient="", choices=choices, key=key))
    return kept
