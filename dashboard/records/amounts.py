"""Reading a value of a number feature: comparator, unit, range.

A number whose unit is stated is converted; one without is taken only where no other unit of the
quantity would make it an ordinary value, otherwise one question shows what each reading would give.
A censored result (<0.1, >1000) counts as its limit and keeps its comparator in the origin, with a
warning: that is the documented rule. Scores that are reported in bands (PD-L1 1-49%) are for
`bands`, because their bands are what treatment is decided on. Hard limits refuse, plausible limits
warn; both ends are allowed values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dashboard.knowledge.schema import Feature
from dashboard.records.bands import as_reported, read_band
from dashboard.records.cells import Cell, Interpreted, spreadsheet_error, unknown_word
from dashboard.records.numerals import PLAIN_NUMBER, Numeral, read_numeral
from dashboard.records.patient import Finding, Severity
from dashboard.records.pd_l1_scores import called, own_score
from dashboard.records.units import UnitTable, normal_unit
from dashboard.records.unusual import unremarkable
from dashboard.records.variants import gene_from_date
from dashboard.records.wording import either, figure, shown
from dashboard.records.words import MISSING_CODES, SPREADSHEET_ERRORS, meaning_of_unknown

_ENZYME_UNITS = frozenset({"u/l", "iu/l", "ukat/l", "nkat/l"})
_LARGEST_RATIO = 30.0
# What a reader of the whole file understands for each reading of a doubtful mark, in their order.
_MARK_ANSWERS = {"decimal": (",", "."), "thousands": ("thousands", "decimal"), "space": ("join",)}
# Units of what is counted one by one. Nodes and cells are not among them: simulated patients have
# them from continuous distributions.
_COUNTED = frozenset({"sites"})
# Pathologists report these in bands (<1%, 1-49%, >=50%): a sign there is not an assay's limit.
ESTIMATED = re.compile(r"pd_?l1|tps|cps|ki_?67|(?:^|_)[ep]r_pct|tils|lag3")


@dataclass(frozen=True, slots=True)
class QuietRange:
    """Numbers that are certain: without a stated unit (`low`, `high`), and with the feature's own.

    They may still be unusual; that is for `unusual` to tell.
    """

    low: float
    high: float
    stated_low: float
    stated_high: float


def quiet_range(feature: Feature, units: UnitTable) -> QuietRange:
    """The numbers of a feature whose meaning and permission are beyond doubt."""
    low, high = float("-inf"), float("inf")
    if feature.hard is not None:
        low, high = feature.hard.low, feature.hard.high
    stated = (low, high)
    quantity = units.quantity(feature)
    if is_ratio_to_limit(feature):
        return QuietRange(1.0, 0.0, *stated)
    if quantity is None or feature.unit not in quantity.units or len(quantity.units) == 1:
        return QuietRange(low, high, *stated)
    ends = {unit.name: quantity.ordinary(unit.name) for unit in quantity.suspected}
    own = ends.pop(feature.unit, None)
    if own is None:
        return QuietRange(1.0, 0.0, *stated)
    low, high = max(low, own[0]), min(high, own[1])
    for other in filter(None, ends.values()):
        low, high = _without(low, high, *other)
    return QuietRange(low, high, *stated)


def quick_number(text: str, low: float, high: float) -> float | None:
    """A plainly written number inside these limits; None for everything else."""
    if PLAIN_NUMBER.fullmatch(text):
        number = float(text) + 0.0
        if low <= number <= high:
            return number
    return None


def is_count(feature: Feature) -> bool:
    """Whether the feature counts things, of which there are no halves."""
    return feature.unit in _COUNTED


def is_ratio_to_limit(feature: Feature) -> bool:
    """Whether the feature is a multiple of the laboratory's upper limit of normal."""
    return is_limit_unit(feature.unit)


def is_limit_unit(text: str) -> bool:
    """Whether these words mean 'times the upper limit of normal'."""
    return normal_unit(text) == "uln"


def read_amount(cell: Cell) -> Interpreted:
    """A value of a number feature."""
    named = own_score(cell.feature.id, cell.raw.text.strip())
    if named.other:
        return _refuse_score(cell, named.other)
    return _read_text(cell, named.text, named.note)


def _read_text(cell: Cell, text: str, named: str) -> Interpreted:
    """The value of a text, beside which `named` was read away."""
    meaning = meaning_of_unknown(text)
    if meaning or text.casefold() in SPREADSHEET_ERRORS:
        return unknown_word(cell, meaning) if meaning else spreadsheet_error(cell)
    numeral = read_numeral(text, cell.raw.decimal)
    if numeral.spread or _is_band(cell, numeral):
        banded = ESTIMATED.search(cell.feature.id) is not None
        return (banded and read_band(cell, numeral, text, named)) or _refuse_band(cell)
    if numeral.problem:
        return _refuse_text(cell, numeral)
    unit, findings, refusal = _stated_unit(cell, numeral)
    if refusal is not None:
        return refusal
    if numeral.readings:
        return _ask_for_mark(cell, numeral, unit)
    assert numeral.number is not None  # noqa: S101 - no problem and no readings means a number
    note = "; ".join(filter(None, (named, numeral.note)))
    return _settle(cell, replace(numeral, note=note), unit, findings)


def _without(low: float, high: float, other_low: float, other_high: float) -> tuple[float, float]:
    """The larger part of the first interval that lies outside the second."""
    if other_high < low or other_low > high:
        return low, high
    below, above = other_low - low, high - other_high
    step = 1e-9
    if below >= above:
        return low, other_low * (1 - step) if other_low > 0 else other_low - step
    return other_high * (1 + step), high


def _is_band(cell: Cell, numeral: Numeral) -> bool:
    comparator = numeral.comparator or cell.raw.comparator
    if not comparator or comparator == "~":
        return False
    return ESTIMATED.search(cell.feature.id) is not None


def _refuse_band(cell: Cell) -> Interpreted:
    unit = "%" if cell.feature.unit == "%" else "number"
    return cell.refused(
        "exact-needed",
        f"{cell.label}: '{as_reported(cell)}' is a band; the exact {unit} is needed.",
        expected=cell.allowed(),
        fix=f"Enter the exact {unit} from the report, or leave the value empty.",
    )


def _refuse_score(cell: Cell, other: str) -> Interpreted:
    own = called(cell.feature.id)
    return cell.refused(
        "other-score",
        f"{cell.label}: '{cell.text}' speaks of the {other}, which is not the {own}.",
        expected=f"the {own}, {cell.allowed()}",
        fix=f"Enter the {own} from the report, or leave the value empty; "
        "one score cannot be computed from the other.",
    )


def _refuse_text(cell: Cell, numeral: Numeral) -> Interpreted:
    fix = "Enter the number alone, or with an accepted unit; leave it empty if it is unknown."
    gene = gene_from_date(cell.raw.text) if "date" in numeral.problem else ""
    if gene:
        fix = f"If a spreadsheet turned the gene {gene} into a date, type the gene again as text."
    return cell.refused(
        "not-a-number",
        f"{cell.label}: '{cell.text}' {numeral.problem}.",
        expected=cell.allowed(),
        fix=fix,
    )


def _stated_unit(
    cell: Cell, numeral: Numeral
) -> tuple[str | None, tuple[Finding, ...], Interpreted | None]:
    """The unit stated in the cell or beside it, findings about it, or why it cannot be used."""
    stated = numeral.unit or cell.raw.unit
    if not stated:
        return None, (), None
    unit = cell.units.named(stated, cell.feature)
    if unit is None:
        return None, (), _refuse_unit(cell, numeral, stated)
    beside = cell.raw.unit and cell.units.named(cell.raw.unit, cell.feature)
    if beside and beside != unit:
        finding = cell.finding(
            Severity.WARNING,
            "unit-differs",
            f"{cell.label}: the cell says {unit}, its column {beside}; the cell's own was used.",
            expected=cell.allowed(),
            fix="State one unit per value.",
            rest="The value was read.",
        )
        return unit, (finding,), None
    return unit, (), None


def _refuse_unit(cell: Cell, numeral: Numeral, stated: str) -> Interpreted:
    if is_limit_unit(stated) or cell.units.absolute(stated, cell.feature):
        return ask_for_limit(cell, numeral.number, shown(stated, 20))
    accepted = cell.units.accepted(cell.feature)
    return cell.refused(
        "unit-unknown",
        f"{cell.label}: '{shown(stated, 40)}' in '{cell.text}' is not a unit this value comes in."
        if numeral.unit
        else f"{cell.label}: the stated unit '{shown(stated, 40)}' is not one this value comes in.",
        expected=f"a number in {either(accepted)}" if accepted else "a number without a unit",
        fix="Correct the unit, or convert the value to an accepted one.",
    )


def ask_for_limit(cell: Cell, number: float | None, unit: str) -> Interpreted:
    """A multiple of the upper limit or an absolute value: converting needs the limit."""
    ratio = is_ratio_to_limit(cell.feature)
    absolute = ratio and (bool(unit) or number is None or number > _LARGEST_RATIO)
    readings: dict[str, float] = {}
    if number is not None and not absolute:
        if ratio:
            readings[f"{cell.with_unit(number, '')} times the upper limit of normal"] = number
        elif not unit:
            readings = _unit_choices(cell, number, _likely(cell, number))
    what = f"{cell.text} {unit}".strip() if unit and unit not in cell.text else cell.text
    question = (
        f"{what} looks like an absolute value"
        if absolute
        else f"is {what} a multiple of the upper limit of normal?"
    )
    return cell.asked(
        "limit-needed",
        f"{cell.label}: {question}{';' if absolute else ''} "
        f"{'it' if absolute else 'It'} can only be converted with your laboratory's upper limit.",
        readings,
        dict.fromkeys(readings, "ratio"),
        key=f"uln:{cell.raw.where.field or cell.feature.id}",
        fix="Enter your laboratory's upper limit of normal to convert, or choose an answer.",
    )


def _ask_for_mark(cell: Cell, numeral: Numeral, unit: str | None) -> Interpreted:
    """The text can be read with two decimal marks, or has blanks between its digits."""
    readings: dict[str, float] = {}
    answers: dict[str, str] = {}
    for number, answer in zip(numeral.readings, _MARK_ANSWERS[numeral.doubt], strict=False):
        for name, value in _meanings(cell, number, unit).items():
            label = cell.with_unit(number, name)
            own = name in {"", cell.feature.unit}
            label = label if own else f"{label} = {cell.with_unit(value)}"
            readings[label], answers[label] = value, answer
    numbers = [cell.with_unit(number, "") for number in numeral.readings]
    why = {
        "decimal": f"could be {either(numbers)}: choose the decimal mark",
        "thousands": f"could be {either(numbers)}: is the mark a decimal or a thousands mark?",
        "space": f"has a mark between its digits: is it {either(numbers)}?",
    }[numeral.doubt]
    message = f"{cell.label}: '{cell.text}' {why}"
    return cell.asked(f"{numeral.doubt}-unclear", message, readings, answers)


def _meanings(cell: Cell, number: float, unit: str | None) -> dict[str, float]:
    """What the number would be in the stated unit, or in each unit that makes it ordinary."""
    feature = cell.feature
    if unit is not None:
        value = cell.units.convert(number, unit, feature.unit, feature.quantity)
        return {unit: value} if _holds(feature, value) else {}
    found = cell.units.readings(number, feature) or {feature.unit: number}
    return {name: value for name, value in found.items() if _holds(feature, value)}


def _settle(
    cell: Cell, numeral: Numeral, unit: str | None, findings: tuple[Finding, ...]
) -> Interpreted:
    number, feature = numeral.number or 0.0, cell.feature
    if unit is None:
        question = _question_of_unit(cell, number)
        if question is not None:
            return question
    value = number
    note = numeral.note
    if unit is not None and unit != feature.unit:
        value = cell.units.convert(number, unit, feature.unit, feature.quantity)
        note = "; ".join(filter(None, (note, f"{cell.with_unit(number, unit)} converted")))
    refusal = _outside(cell, value) or _not_whole(cell, value)
    if refusal is not None:
        return refusal
    comparator = numeral.comparator or cell.raw.comparator
    warnings = (*findings, *_warnings(cell, value, comparator))
    return cell.taken(value, *warnings, unit=unit or "", comparator=comparator, note=note)


def _question_of_unit(cell: Cell, number: float) -> Interpreted | None:
    feature = cell.feature
    if is_ratio_to_limit(feature):
        return ask_for_limit(cell, number, "") if number > 0 else None
    meanings = _likely(cell, number)
    others = {u: v for u, v in meanings.items() if u != feature.unit and v != number}
    own = feature.unit in meanings or not cell.units.quantity(feature)
    low = feature.plausible.low if feature.plausible else 0.0
    if normal_unit(feature.unit) in _ENZYME_UNITS and 0 < number < min(low, _LARGEST_RATIO):
        return ask_for_limit(cell, number, "")
    if not others or (not own and number in MISSING_CODES):
        return None
    looks = ([feature.unit] if own else []) + list(others)
    return cell.asked(
        "unit-unclear",
        f"{cell.label}: {cell.text} has no unit and looks like {either(looks)}. Which is it?",
        _unit_choices(cell, number, meanings),
        {
            f"{cell.with_unit(number, unit)} = {cell.with_unit(value)}": unit
            for unit, value in others.items()
        }
        | {f"{cell.with_unit(number)} as written": "as-written"},
        fix="Choose the unit, or state it beside the number.",
    )


def _likely(cell: Cell, number: float) -> dict[str, float]:
    """The units in which the number is an ordinary value that the hard limits allow."""
    readings = cell.units.readings(number, cell.feature).items()
    return {unit: value for unit, value in readings if _holds(cell.feature, value)}


def _unit_choices(cell: Cell, number: float, meanings: dict[str, float]) -> dict[str, float]:
    choices: dict[str, float] = {}
    if _holds(cell.feature, number):
        choices[f"{cell.with_unit(number)} as written"] = number
    for unit, value in meanings.items():
        if unit != cell.feature.unit:
            choices[f"{cell.with_unit(number, unit)} = {cell.with_unit(value)}"] = value
    return choices


def _holds(feature: Feature, value: float) -> bool:
    return feature.hard is None or feature.hard.holds(value)


def _outside(cell: Cell, value: float) -> Interpreted | None:
    feature = cell.feature
    if _holds(feature, value):
        return None
    usual = ""
    if feature.plausible is not None and feature.hard is not None:
        low, high = feature.plausible.low, feature.plausible.high
        usual = f"; usual values are {figure(low)} to {cell.with_unit(high)}"
    fix = "Check the value and its unit."
    if feature.quantity == "age" and feature.hard is not None:
        usual = f"; the models were made for adults {figure(feature.hard.low)} and over"
        fix = "Check the date of birth. Without an age in this range no forecast is made."
    if value in MISSING_CODES:
        fix = f"If {cell.text} means 'missing' in the source, leave the cell empty."
    return cell.refused(
        "out-of-range",
        f"{cell.label} {cell.text} is outside the allowed {cell.allowed()}{usual}.",
        expected=cell.allowed(),
        fix=fix,
    )


def _not_whole(cell: Cell, value: float) -> Interpreted | None:
    if not is_count(cell.feature) or value.is_integer():
        return None
    return cell.refused(
        "not-whole",
        f"{cell.label} {cell.text} is not a whole number.",
        expected=f"a whole number of {cell.feature.unit}",
        fix="Enter the number that was counted, or leave the value empty.",
    )


def _warnings(cell: Cell, value: float, comparator: str) -> list[Finding]:
    feature = cell.feature
    found = []
    if comparator:
        meaning = {"~": "only approximate"}.get(comparator, f"known only as {comparator} its limit")
        found.append(
            cell.finding(
                Severity.WARNING,
                "censored",
                f"{cell.label} {cell.text} is {meaning}; {cell.with_unit(value)} is used and the "
                "sign is kept.",
                expected="an exact number",
                fix="Enter the exact value if the laboratory can give it.",
                rest="The value was read.",
            )
        )
    if feature.plausible is not None and not unremarkable(feature).holds(value):
        low, high = feature.plausible.low, feature.plausible.high
        span = f"{figure(low)} to {cell.with_unit(high)}"
        found.append(
            cell.finding(
                Severity.WARNING,
                "implausible",
                f"{cell.label} {cell.with_unit(value)} is unusual: most values are {span}.",
                expected=cell.allowed(),
                fix="Check the value; keep it if it is right.",
                rest="The value was read.",
            )
        )
    return found
