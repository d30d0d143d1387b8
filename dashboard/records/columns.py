"""Reading one feature from a whole column at once.

A column tells more than a cell: if all its numbers fit only another unit, that is one question, not
a thousand; if some fit one unit and some the other, the column is refused with the rows named; a
decimal comma is a matter of the file. Doubts of the same kind are therefore gathered here and come
back as one finding with one key, and answers given under that key are applied when the file is read
again. Plainly written values, nearly all, never leave the first loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.amounts import is_ratio_to_limit
from dashboard.records.cells import LEAVE_UNKNOWN, Raw
from dashboard.records.numerals import PLAIN_NUMBER, read_numeral
from dashboard.records.patient import Choice, Finding, Origin, Severity, Value, Where
from dashboard.records.units import UnitTable
from dashboard.records.values import Plan, interpret, plan_for
from dashboard.records.wording import either, figure, shown, some_rows

DECIMAL_KEY = "decimal"
AS_WRITTEN = "as-written"
_MIXED = "mixed:"
_FEW = 0.05  # share of numbers in another unit up to which they are slips, not a mixed column
_ENOUGH = 20  # numbers in a column from which a share says anything
_FAR_APART = 50.0  # units so far apart (percent, fraction) that one value says nothing of another
_SINGLE_FINDINGS = 12  # equal findings of a column that are listed one by one
_ONE_BY_ONE = frozenset({"unit-unclear", "thousands-unclear", "space-unclear", "limit-needed"})


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one feature, one per patient row."""

    feature: Feature
    name: str  # as the file's header has it
    cells: Sequence[str]
    rows: Sequence[int]
    patients: Sequence[str]
    file: str = ""
    unit: str = ""  # stated in the header or a row of units
    limits: Sequence[str] = ()  # the laboratory's upper limits, where the file has a column of them


@dataclass(slots=True)
class ColumnValues:
    """What came of a column; `origins` only where more is to say than file, row, field and text."""

    values: list[Value | None]
    origins: dict[int, Origin] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    decimals: list[int] = field(default_factory=list)  # cells whose decimal mark is in doubt


def read_column(column: Column, units: UnitTable, answers: Mapping[str, str]) -> ColumnValues:
    """Every value of a column, with its doubts gathered into as few findings as possible."""
    column = _with_answered_unit(column, units, answers)
    result = ColumnValues([None] * len(column.cells))
    plan = plan_for(column.feature, units)
    slow = _quick_pass(column, plan, result)
    if slow:
        _SlowPass(column, units, answers, result).read(slow)
    return result


def _with_answered_unit(column: Column, units: UnitTable, answers: Mapping[str, str]) -> Column:
    answer = answers.get(f"unit:{column.name}", "")
    if answer == AS_WRITTEN:
        return replace(column, unit=column.feature.unit)
    if answer and units.named(answer, column.feature):
        return replace(column, unit=answer)
    if answers.get(f"uln:{column.name}") == "ratio" and is_ratio_to_limit(column.feature):
        return replace(column, unit=column.feature.unit)
    return column


def _quick_pass(column: Column, plan: Plan, result: ColumnValues) -> list[int]:
    """Take every plainly written value; give back the places of all others."""
    own_unit = column.unit == column.feature.unit
    if column.unit and not own_unit and column.feature.kind is Kind.NUMBER:
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
    usual = column.feature.plausible
    usual_low, usual_high = (low, high) if usual is None else (usual.low, usual.high)
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
    _warn_of_unusual(column, odd, result)
    return slow


def _warn_of_unusual(column: Column, odd: Sequence[int], result: ColumnValues) -> None:
    feature, usual = column.feature, column.feature.plausible
    if not odd or usual is None:
        return
    span = f"most values are {figure(usual.low)} to {figure(usual.high)} {feature.unit}".rstrip()
    if len(odd) > _SINGLE_FINDINGS:
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


@dataclass(slots=True)
class _SlowPass:
    """The cells that need a closer look, and the doubts they share."""

    column: Column
    units: UnitTable
    answers: Mapping[str, str]
    result: ColumnValues
    doubts: dict[str, dict[int, Finding]] = field(default_factory=dict)

    def read(self, places: Sequence[int]) -> None:
        """Read these cells; gather what is doubtful."""
        for place in places:
            self._read_cell(place)
        for code in ("thousands-unclear", "space-unclear"):
            self._ask_about_marks(code)
        self._ask_for_limit()
        self._settle_units()
        self.result.findings[:] = _gathered(self.result.findings)

    def _read_cell(self, place: int) -> None:
        outcome = interpret(self.column.feature, self._raw(place), self.units)
        self.result.values[place] = outcome.value
        if outcome.value is not None:
            self.result.origins[place] = outcome.origin
        for finding in outcome.findings:
            if finding.code == "decimal-unclear":
                self.result.decimals.append(place)
            elif finding.code in _ONE_BY_ONE:
                self.doubts.setdefault(finding.code, {})[place] = finding
            else:
                self.result.findings.append(finding)

    def _raw(self, place: int) -> Raw:
        column = self.column
        text, decimal, note = self._marks_settled(column.cells[place])
        text, unit, ratio_note = self._ratio(text, column.unit, place)
        return Raw(
            text,
            Where(column.file, column.rows[place], column.name),
            column.patients[place],
            unit,
            decimal=decimal,
            note="; ".join(part for part in (note, ratio_note) if part),
        )

    def _marks_settled(self, text: str) -> tuple[str, str, str]:
        """The text with marks as earlier answers say, the decimal mark to read it with, a note."""
        mark = self.answers.get(DECIMAL_KEY, "")
        of_column = self.answers.get(f"thousands:{self.column.name}", "")
        if mark == "." or of_column == "thousands":
            joined = text.replace(",", "") if "," in text and "." not in text else text
            return joined, ".", "" if joined == text else f"{text} read as {joined}"
        if of_column == "decimal":
            return text.replace(",", "."), ".", f"{text} read with a decimal comma"
        if self.answers.get(f"space:{self.column.name}") == "join":
            joined = "".join(c for c in text if not c.isspace() and c not in "'\u2019")
            return joined, mark or ".", "" if joined == text else f"{text} read as {joined}"
        return text, mark or ".", ""

    def _ratio(self, text: str, unit: str, place: int) -> tuple[str, str, str]:
        """An absolute value as a multiple of the laboratory's limit, where that limit is known."""
        column = self.column
        if not is_ratio_to_limit(column.feature):
            return text, unit, ""
        stated = column.limits[place] if column.limits else ""
        limit = read_numeral(stated or self.answers.get(f"uln:{column.name}", ""))
        amount = read_numeral(text)
        if not limit.number or limit.number <= 0 or amount.number is None:
            return text, unit, ""
        named = amount.unit or unit
        if named and self.units.named(named, column.feature):
            return text, unit, ""
        ratio = float(f"{amount.number / limit.number:.6g}")
        note = f"{text} divided by the upper limit of normal {figure(limit.number)}"
        return f"{amount.comparator}{figure(ratio)}", column.feature.unit, note

    # ---- doubts that a whole column shares

    def _ask_about_marks(self, code: str) -> None:
        doubts = self.doubts.pop(code, {})
        if not doubts:
            return
        place, example = next(iter(doubts.items()))
        if len(doubts) == 1:
            self.result.findings.append(replace(example, key=self._key(code)))
            return
        text = shown(self.column.cells[place])
        choices: tuple[Choice, ...]
        if code == "space-unclear":
            joined = "".join(c for c in text if not c.isspace() and c not in "'\u2019")
            choices = (Choice(f"{text} is {joined}", answer="join"),)
        else:
            choices = (
                Choice(f"The mark divides thousands: {text.replace(',', '')}", answer="thousands"),
                Choice(f"The mark is a decimal mark: {text.replace(',', '.')}", answer="decimal"),
            )
        self._ask(code, doubts, f"numbers such as '{text}' can be read in two ways", choices)

    def _key(self, code: str) -> str:
        return f"{code.removesuffix('-unclear')}:{self.column.name}"

    def _ask_for_limit(self) -> None:
        doubts = self.doubts.pop("limit-needed", {})
        if not doubts:
            return
        key = f"uln:{self.column.name}"
        if len(doubts) == 1:
            self.result.findings.append(replace(next(iter(doubts.values())), key=key))
            return
        choices: tuple[Choice, ...] = ()
        if is_ratio_to_limit(self.column.feature):
            choices = (Choice("The values are multiples of the upper limit", answer="ratio"),)
        what = "are these multiples of the upper limit of normal, or absolute values? Absolute ones"
        finding = self._doubt(
            "limit-needed",
            doubts,
            f"{what} can only be converted with your laboratory's upper limit",
            choices,
        )
        fix = "Enter your laboratory's upper limit of normal to convert, or choose an answer."
        self.result.findings.append(replace(finding, key=key, fix=fix))

    def _ask(
        self, code: str, doubts: Mapping[int, Finding], what: str, choices: tuple[Choice, ...]
    ) -> None:
        self.result.findings.append(
            replace(self._doubt(code, doubts, what, choices), key=self._key(code))
        )

    def _doubt(
        self, code: str, doubts: Mapping[int, Finding], what: str, choices: tuple[Choice, ...]
    ) -> Finding:
        column = self.column
        first = next(iter(doubts))
        rows = some_rows(column.rows[place] for place in doubts)
        return Finding(
            Severity.QUESTION,
            code,
            f"{column.feature.label}: {what} ({rows}).",
            Where(column.file, column.rows[first], column.name),
            value=shown(", ".join(column.cells[place] for place in list(doubts)[:5])),
            expected=doubts[first].expected,
            fix="Choose one of the answers, or correct the file.",
            rest="These values stay unknown until it is answered; everything else was read.",
            choices=(*choices, Choice(LEAVE_UNKNOWN, answer="unknown")),
        )

    # ---- units

    def _settle_units(self) -> None:
        pending = self.doubts.pop("unit-unclear", {})
        if not pending:
            return
        numbers = {place: self._number(place) for place in pending}
        fits = {
            place: self.units.readings(number, self.column.feature)
            for place, number in numbers.items()
        }
        own = self.column.feature.unit
        foreign = [place for place in pending if own not in fits[place]]
        certain = [place for place, value in enumerate(self.result.values) if value is not None]
        answer = self.answers.get(f"unit:{self.column.name}", "")
        if answer == "unknown":
            return
        if answer.startswith(_MIXED):
            self._convert(pending, answer.removeprefix(_MIXED))
        elif not certain:
            self._ask_for_unit(pending, numbers, fits)
        elif foreign:
            self._mixture(pending, foreign, certain, fits)
        else:
            self._by_context(pending, numbers, certain)

    def _number(self, place: int) -> float:
        numeral = read_numeral(self._marks_settled(self.column.cells[place])[0])
        return numeral.number if numeral.number is not None else 0.0

    def _convert(self, places: Mapping[int, Finding], unit: str) -> None:
        """Read these cells with the unit that was chosen for them, the others as written."""
        for place in places:
            number = self._number(place)
            foreign = unit in self.units.readings(number, self.column.feature)
            stated = unit if foreign else self.column.feature.unit
            raw = replace(self._raw(place), unit=stated)
            outcome = interpret(self.column.feature, raw, self.units)
            self.result.values[place] = outcome.value
            self.result.origins[place] = outcome.origin
            self.result.findings += outcome.findings

    def _by_context(
        self, pending: Mapping[int, Finding], numbers: Mapping[int, float], certain: Sequence[int]
    ) -> None:
        """Numbers that fit two units among numbers that fit only the feature's own."""
        apart = [place for place in pending if self._far_apart(numbers[place])]
        near = [place for place in pending if place not in apart]
        if near and len(certain) >= len(near):
            for place in near:
                raw = replace(self._raw(place), unit=self.column.feature.unit)
                outcome = interpret(self.column.feature, raw, self.units)
                self.result.values[place] = outcome.value
                self.result.origins[place] = replace(
                    outcome.origin, note="unit as in the rest of the column"
                )
                self.result.findings += outcome.findings
        else:
            apart = list(pending)
        self._ask_each(pending, apart)

    def _far_apart(self, number: float) -> bool:
        values = self.units.readings(number, self.column.feature).values()
        return max(values) >= _FAR_APART * max(min(values), 1e-12)

    def _ask_each(self, pending: Mapping[int, Finding], places: Sequence[int]) -> None:
        if len(places) <= _SINGLE_FINDINGS:
            self.result.findings += [pending[place] for place in places]
        else:
            fits = {
                place: self.units.readings(self._number(place), self.column.feature)
                for place in places
            }
            chosen = {place: pending[place] for place in places}
            self._ask_for_unit(chosen, {p: self._number(p) for p in places}, fits, _MIXED)

    def _ask_for_unit(
        self,
        pending: Mapping[int, Finding],
        numbers: Mapping[int, float],
        fits: Mapping[int, Mapping[str, float]],
        prefix: str = "",
    ) -> None:
        """No number of the column is certain: one question, if one unit fits them all."""
        feature = self.column.feature
        common = [
            unit for unit in next(iter(fits.values())) if all(unit in f for f in fits.values())
        ]
        if not common:
            self._refuse_mixture(pending, fits)
            return
        place = next(iter(pending))
        if len(pending) == 1:
            self.result.findings.append(replace(pending[place], key=f"unit:{self.column.name}"))
            return
        number = numbers[place]
        choices = tuple(
            Choice(
                f"{unit}: {figure(number)} {unit} is {figure(fits[place][unit])} {feature.unit}"
                if unit != feature.unit
                else f"{unit}, as written",
                answer=f"{prefix}{unit}" if unit != feature.unit else AS_WRITTEN,
            )
            for unit in sorted(common, key=lambda unit: unit != feature.unit)
        )
        self._ask(
            "unit-unclear", pending, f"no unit is stated; it looks like {either(common)}", choices
        )

    def _mixture(
        self,
        pending: Mapping[int, Finding],
        foreign: Sequence[int],
        certain: Sequence[int],
        fits: Mapping[int, Mapping[str, float]],
    ) -> None:
        total = len(certain) + len(pending)
        if total >= _ENOUGH and len(foreign) <= _FEW * total:
            others = {place: finding for place, finding in pending.items() if place not in foreign}
            self.result.findings += [pending[place] for place in foreign]
            if others:
                numbers = {place: self._number(place) for place in others}
                self._by_context(others, numbers, certain)
            return
        self._refuse_mixture({place: pending[place] for place in foreign}, fits)

    def _refuse_mixture(
        self, foreign: Mapping[int, Finding], fits: Mapping[int, Mapping[str, float]]
    ) -> None:
        """Some values fit one unit and some another: nothing of the column is read."""
        column, feature = self.column, self.column.feature
        units = [unit for unit in self.units.accepted(feature) if unit != feature.unit]
        foreign_in = {u: [p for p in foreign if u in fits[p]] for u in units}
        unit = max(units, key=lambda name: len(foreign_in[name]))
        places = foreign_in[unit] or list(foreign)
        rows = some_rows(column.rows[place] for place in places)
        preview = ", ".join(
            f"{column.cells[place]} becomes {figure(fits[place][unit])}"
            for place in places[:3]
            if unit in fits[place]
        )
        self.result.values[:] = [None] * len(column.cells)
        self.result.origins.clear()
        self.result.findings.append(
            Finding(
                Severity.ERROR,
                "units-mixed",
                f"{feature.label}: {rows} look like {unit}, the others like {feature.unit}.",
                Where(column.file, column.rows[places[0]], column.name),
                value=shown(", ".join(column.cells[place] for place in places[:8])),
                expected="one unit in the whole column",
                fix="Confirm the conversion of these rows, or state the units in the file.",
                rest="Nothing of this column was read; the other columns were.",
                key=f"unit:{column.name}",
                choices=(
                    Choice(f"Convert {rows} from {unit} ({preview})", answer=f"{_MIXED}{unit}"),
                    Choice(f"All values are {feature.unit}, as written", answer=AS_WRITTEN),
                ),
            )
        )


def _gathered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that say the same of many rows, as one that names the rows."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.value), []).append(finding)
    kept: list[Finding] = []
    for same in groups.values():
        if len(same) <= _SINGLE_FINDINGS or same[0].where.row is None:
            kept += same
            continue
        rows = some_rows(f.where.row for f in same if f.where.row is not None)
        message = f"{same[0].message.rstrip('.')} ({rows})."
        kept.append(replace(same[0], message=message, patient="", choices=()))
    return kept
