"""What one cell says: a typed value of its feature, or findings that say why not.

Nothing is guessed: where a text can be read in two ways the value stays unknown and one question
with its possible answers is returned. Comparators, units and spellings that were read away are kept
in the value's `Origin`. Numbers are read in `amounts`, words in `levels`; a plainly written value
takes a short cut past both, because files have hundreds of thousands of them. Checks that need more
than one value (contradictions, dates, whole columns in another unit) live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.amounts import (
    QuietRange,
    is_count,
    quick_number,
    quiet_range,
    read_amount,
)
from dashboard.records.cells import NOWHERE, Cell, Interpreted, Raw
from dashboard.records.levels import level_index, read_flag, read_level
from dashboard.records.patient import Origin, Value
from dashboard.records.reading import LONGEST_CELL
from dashboard.records.units import UnitTable
from dashboard.records.unusual import unremarkable
from dashboard.records.words import word_key

__all__ = ["NOWHERE", "Interpreted", "Plan", "Raw", "interpret", "plan_for"]

_PLAIN_FLAGS: dict[str, Value] = {
    word: answer
    for answer, words in ((True, ("true", "yes", "1")), (False, ("false", "no", "0")))
    for word in (*words, *(word.upper() for word in words), *(word.title() for word in words))
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How values of one feature are read, worked out once.

    `quick` answers for plainly written, ordinary values without a stated unit, `quick_stated` for
    those whose unit is stated and is the feature's own; both give None where `slow` has to look.
    """

    feature: Feature
    quick: Callable[[str], Value | None]
    quick_stated: Callable[[str], Value | None]
    slow: Callable[[Cell], Interpreted]
    quiet: QuietRange | None = None  # of numbers: what is certain, though it may be unusual


def interpret(feature: Feature, raw: Raw, units: UnitTable) -> Interpreted:
    """Read one value.

    Args:
        feature: what the value is a value of.
        raw: the text and what was stated around it.
        units: how units convert.

    Returns:
        The value with its origin, or no value and the findings that explain why.
    """
    plan = plan_for(feature, units)
    if not raw.comparator and raw.decimal == ".":
        if not raw.unit:
            value = plan.quick(raw.text)
        elif raw.unit == feature.unit:
            value = plan.quick_stated(raw.text)
        else:
            value = None
        if value is not None:
            where, taken_on = raw.where, raw.taken_on
            when = taken_on.isoformat() if taken_on is not None else ""
            origin = Origin(
                where.file, where.row, where.field, raw.text, raw.unit, "", "", when, raw.note
            )
            return Interpreted(value, origin)
    return _look_closely(plan, Cell(feature, raw, units))


def plan_for(feature: Feature, units: UnitTable) -> Plan:
    """The plan of a feature, made on first use and kept with the table of units."""
    known = units.plans.get(id(feature))
    if known is None or known.feature is not feature:
        known = units.plans[id(feature)] = _plan(feature, units)
    return known


def _look_closely(plan: Plan, cell: Cell) -> Interpreted:
    text = cell.raw.text
    if len(text) > LONGEST_CELL:
        return cell.refused(
            "cell-too-long",
            f"{cell.label} has {len(text):,} characters; the limit is {LONGEST_CELL:,}.",
            expected=f"at most {LONGEST_CELL:,} characters",
            fix="Shorten the text, or keep it outside the table.",
        )
    if not text or text.isspace():
        return cell.unknown()
    return plan.slow(cell)


def _plan(feature: Feature, units: UnitTable) -> Plan:
    if feature.kind is Kind.NUMBER:
        return _number_plan(feature, quiet_range(feature, units))
    if feature.kind is Kind.FLAG:
        return Plan(feature, _PLAIN_FLAGS.get, _PLAIN_FLAGS.get, read_flag)
    index: dict[str, Value] = {level: level for level in feature.levels}
    named = level_index(feature)
    for word in (*feature.levels, *feature.level_labels.values()):
        if word_key(word) in named:
            index.setdefault(word, named[word_key(word)])
    return Plan(feature, index.get, index.get, read_level)


def _number_plan(feature: Feature, quiet: QuietRange) -> Plan:
    usual = unremarkable(feature)
    bare_low, bare_high = max(quiet.low, usual.low), min(quiet.high, usual.high)
    low, high = max(quiet.stated_low, usual.low), min(quiet.stated_high, usual.high)

    counted = is_count(feature)

    def quick(text: str) -> Value | None:
        value = quick_number(text, bare_low, bare_high)
        return None if counted and value is not None and value % 1 else value

    def quick_stated(text: str) -> Value | None:
        value = quick_number(text, low, high)
        return None if counted and value is not None and value % 1 else value

    return Plan(feature, quick, quick_stated, read_amount, quiet)
