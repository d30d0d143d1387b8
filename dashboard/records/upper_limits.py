"""A laboratory value as a multiple of the laboratory's upper limit of normal.

Packs hold LDH, alkaline phosphatase and bilirubin as multiples of a limit that only the laboratory
knows. The limit comes from a column of the table or an answer; it must be a number above zero and
in the value's own unit, or in one that converts to it. A unit that stands nowhere is taken from the
other of the two where their quotient is an ordinary value, and asked about where it is not: 15
divided by 1.2 is no bilirubin, but 15 umol/L divided by 1.2 mg/dL is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.records.cells import NOWHERE, Cell, Interpreted, Raw
from dashboard.records.numerals import read_numeral
from dashboard.records.patient import Finding, Severity, Where
from dashboard.records.units import Quantity
from dashboard.records.wording import either, figure, shown

_AROUND = 2.0  # how far beyond the usual limits of a unit a limit may lie and still be in that unit
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Limit:
    """The upper limit that stands beside a value: its text, the unit around it, its place."""

    text: str
    unit: str = ""  # of the limit's column
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Divided:
    """A value as a multiple of its limit, and what must be said of how it came about."""

    raw: Raw
    findings: tuple[Finding, ...] = ()


def against_limit(cell: Cell, limit: Limit) -> Divided | Interpreted | None:
    """The value as a multiple of its limit, a finding where it cannot be; None for no limit.

    Args:
        cell: a value of a feature that is a multiple of an upper limit.
        limit: the laboratory's limit for it.
    """
    quantity = cell.units.quantity(cell.feature)
    amount = read_numeral(cell.raw.text, cell.raw.decimal)
    if not limit.text or quantity is None or amount.number is None:
        return None
    stated = amount.unit or cell.raw.unit
    own = cell.units.absolute(stated, cell.feature) if stated else ""
    if stated and own is None:
        return None  # a multiple already, or no unit of this value: both are read elsewhere
    number = read_numeral(limit.text, cell.raw.decimal)
    if number.number is None or number.number <= 0:
        return _unusable(cell, limit, "is not a number above 0")
    pair = _Pair(cell, quantity, amount.number, number.number, limit)
    return pair.settled(own or "", number.unit or limit.unit, amount.comparator)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A value and its limit, as numbers."""

    cell: Cell
    quantity: Quantity
    value: float
    limit: float
    source: Limit

    def settled(self, own: str, written: str, comparator: str) -> Divided | Interpreted:
        """The quotient, with the value's unit and the limit's as far as they are stated."""
        theirs = self.cell.units.absolute(written, self.cell.feature) if written else ""
        if theirs is None:
            why = f"is in '{shown(written, 20)}', which is no unit of this value"
            return _unusable(self.cell, self.source, why)
        if own and theirs:
            return self.divided(own, theirs, comparator)
        if own:
            return self.with_bare_limit(own, comparator)
        return self.with_bare_value(theirs, comparator)

    def divided(self, own: str, theirs: str, comparator: str) -> Divided:
        """The quotient, both brought to one unit."""
        factors = self.quantity.limit_factors
        ratio = self.value * factors[own] / (self.limit * factors[theirs])
        note = f"{self.cell.text} divided by the upper limit of normal {figure(self.limit)}"
        if own != theirs:
            note = f"{note} {theirs}, converted to {own}"
        return self._raw(ratio, comparator, note)

    def with_bare_limit(self, own: str, comparator: str) -> Divided | Interpreted:
        """The value's unit is known: the limit is in it, or in the only one it can be in."""
        fits, usual = self._units_of_limit(), self.quantity.limits[own]
        if own in fits:
            return self.divided(own, own, comparator)
        why = (
            f"has no unit and is no limit in {own}, the unit of the value "
            f"(usual are {figure(usual.low)} to {figure(usual.high)})"
        )
        if len(fits) != 1:
            return _unusable(self.cell, self.source, why)
        taken = _said(
            self.cell,
            self.source,
            f"{why}; it was taken in {fits[0]}, the only unit it can be a limit in",
            Severity.WARNING,
            "The value was converted and read.",
        )
        return replace(self.divided(own, fits[0], comparator), findings=(taken,))

    def with_bare_value(self, theirs: str, comparator: str) -> Divided | Interpreted:
        """The value has no unit: it is taken in the limit's, if that gives an ordinary value."""
        fits = self._units_of_limit()
        theirs = theirs or (fits[0] if len(fits) == 1 else "")
        quotient = self.value / self.limit
        if self._ordinary(quotient):
            note = f"{self.cell.text} divided by the upper limit of normal {figure(self.limit)}"
            return self._raw(quotient, comparator, note)
        others = self._other_readings(theirs)
        return (
            self._asked(quotient, theirs, others)
            if others
            else self._raw(
                quotient, comparator, f"{self.cell.text} divided by {figure(self.limit)}"
            )
        )

    def _units_of_limit(self) -> list[str]:
        """The units in which the number can be an upper limit."""
        return [
            unit
            for unit, usual in self.quantity.limits.items()
            if usual.low / _AROUND <= self.limit <= usual.high * _AROUND
        ]

    def _other_readings(self, theirs: str) -> Mapping[str, float]:
        """What the value would be in another unit than the limit's, where that is ordinary."""
        factors = self.quantity.limit_factors
        readings = {self.cell.feature.unit: self.value}
        if theirs:
            readings |= {
                unit: float(f"{self.value * factor / (self.limit * factors[theirs]):.{_DIGITS}g}")
                for unit, factor in factors.items()
                if unit != theirs
            }
        return {unit: ratio for unit, ratio in readings.items() if self._ordinary(ratio)}

    def _ordinary(self, ratio: float) -> bool:
        return self.quantity.typical is None or self.quantity.typical.holds(ratio)

    def _asked(self, quotient: float, theirs: str, others: Mapping[str, float]) -> Interpreted:
        cell, unit = self.cell, self.cell.feature.unit
        given = f"{figure(self.limit)} {theirs}".strip()
        times = figure(float(f"{quotient:.3g}"))
        readings = {
            f"{figure(self.value)} {name} = {figure(ratio)} {unit}"
            if name != unit
            else f"{figure(self.value)} times the upper limit": (name, ratio)
            for name, ratio in others.items()
        }
        return cell.asked(
            "limit-unit-unclear",
            f"{cell.label}: {cell.text} has no unit; divided by the upper limit {given} it would "
            f"be {times} times that limit. Is it in {either(list(others))}?",
            {label: ratio for label, (_, ratio) in readings.items()},
            {label: name for label, (name, _) in readings.items()},
            key=f"unit:{cell.raw.where.field or cell.feature.id}",
            fix="Choose the unit, or state it in the name of the column.",
        )

    def _raw(self, ratio: float, comparator: str, note: str) -> Divided:
        text = f"{comparator}{figure(float(f'{ratio:.{_DIGITS}g}'))}"
        raw = self.cell.raw
        notes = "; ".join(part for part in (raw.note, note) if part)
        unit = self.cell.feature.unit
        return Divided(replace(raw, text=text, unit=unit, decimal=".", note=notes))


def _unusable(cell: Cell, limit: Limit, why: str) -> Interpreted:
    rest = "The value was not divided and stays unknown; everything else was read."
    return cell.unknown(_said(cell, limit, why, Severity.ERROR, rest))


def _said(cell: Cell, limit: Limit, why: str, severity: Severity, rest: str) -> Finding:
    quantity = cell.units.quantity(cell.feature)
    spans = (
        []
        if quantity is None
        else [
            f"{figure(span.low)} to {figure(span.high)} {unit}"
            for unit, span in quantity.limits.items()
        ]
    )
    finding = cell.finding(
        severity,
        "limit-unusable" if severity is Severity.ERROR else "limit-converted",
        f"{cell.label}: the upper limit '{shown(limit.text, 20)}' {why}.",
        expected=f"the laboratory's upper limit, usually {either(spans)}",
        fix="Correct the limit, or state its unit in the cell or in the name of its column.",
        rest=rest,
    )
    where = limit.where if limit.where.field else finding.where
    return replace(finding, where=where, value=shown(limit.text))
