"""One raw value, what came of it, and how its findings are worded.

`Raw` and `Interpreted` are what readers and `values.interpret` exchange. `Cell` joins a raw value
to its feature and makes findings that keep the contract of every message: where, what came, what
is allowed, how to mend it, what happened to the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.patient import Choice, Finding, Origin, Severity, Value, Where
from dashboard.records.units import UnitTable
from dashboard.records.wording import figure, rounded, shown

NOWHERE = Where()
REST = "Only this value was left out; everything else was read."
LEAVE_UNKNOWN = "Leave it unknown"
FLAG_WORDS = (
    "yes, no, true, false, 1, 0, y, n, positive, negative, present, absent, detected, "
    "not detected, mutated, wild type"
)


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


@dataclass(frozen=True, slots=True)
class Cell:
    """A raw value on its way to a value of its feature."""

    feature: Feature
    raw: Raw
    units: UnitTable

    @property
    def label(self) -> str:
        """The feature's name as a message begins with it."""
        return self.feature.label or self.feature.id

    @property
    def text(self) -> str:
        """The text as a message may show it."""
        return shown(self.raw.text.strip())

    def origin(self, *, unit: str = "", comparator: str = "", note: str = "") -> Origin:
        """Where the value came from, with what was read away on the way."""
        raw = self.raw
        return Origin(
            raw.where.file,
            raw.where.row,
            raw.where.field,
            raw.text,
            unit or raw.unit,
            comparator or raw.comparator,
            "",
            raw.taken_on.isoformat() if raw.taken_on else "",
            "; ".join(part for part in (raw.note, note) if part),
        )

    def finding(
        self, severity: Severity, code: str, message: str, **details: str | tuple[Choice, ...]
    ) -> Finding:
        """A finding about this value; `details` may set expected, fix, rest, key and choices."""
        settings: dict[str, str | tuple[Choice, ...]] = {"rest": REST, **details}
        return Finding(
            severity,
            code,
            message,
            self.raw.where,
            value=self.text,
            patient=self.raw.patient,
            **settings,  # type: ignore[arg-type]  # names and types are Finding's own
        )

    def taken(self, value: Value, *findings: Finding, **origin: str) -> Interpreted:
        """The value is known."""
        return Interpreted(value, self.origin(**origin), findings)

    def unknown(self, *findings: Finding, note: str = "") -> Interpreted:
        """The value stays unknown, for these reasons."""
        return Interpreted(None, self.origin(note=note), findings)

    def refused(self, code: str, message: str, *, expected: str, fix: str) -> Interpreted:
        """The value cannot be used."""
        return self.unknown(self.finding(Severity.ERROR, code, message, expected=expected, fix=fix))

    def asked(
        self,
        code: str,
        message: str,
        readings: Mapping[str, Value],
        answers: Mapping[str, str] | None = None,
        **details: str,
    ) -> Interpreted:
        """One question: each label of `readings` would set its value.

        `answers` are what a reader of the whole file understands for a label, where it differs.
        """
        meant = answers or {}
        choices = tuple(
            Choice(label, answer=meant.get(label, label), values={self.feature.id: value})
            for label, value in readings.items()
        )
        leave = Choice(LEAVE_UNKNOWN, answer="unknown", values={self.feature.id: None})
        settings = {
            "expected": self.allowed(),
            "fix": "Choose one of the answers, or correct the file.",
            "rest": "The value stays unknown until it is answered; everything else was read.",
            **details,
        }
        return self.unknown(
            self.finding(Severity.QUESTION, code, message, choices=(*choices, leave), **settings)
        )

    def with_unit(self, value: float, unit: str | None = None) -> str:
        """A number with its unit, as people read it."""
        return f"{figure(value)} {self.feature.unit if unit is None else unit}".strip()

    def allowed(self) -> str:
        """What this feature takes: its range in every unit, or its levels."""
        feature = self.feature
        if feature.levels:
            return "one of: " + ", ".join(feature.levels)
        if feature.kind is Kind.FLAG:
            return FLAG_WORDS
        limits = feature.hard or feature.plausible
        units = self.units.accepted(feature)
        if limits is None:
            return "a number" + (f" in {' or '.join(units)}" if units else "")
        spans = [f"{figure(limits.low)} to {figure(limits.high)} {feature.unit}".strip()]
        for unit in units:
            if unit != feature.unit and self.units.quantity(feature) is not None:
                low, high = (
                    self.units.convert(end, feature.unit, unit, feature.quantity)
                    for end in (limits.low, limits.high)
                )
                spans.append(f"{rounded(low)} to {rounded(high)} {unit}")
        return " or ".join(spans)


def unknown_word(cell: Cell, meaning: str) -> Interpreted:
    """The text says in words that the fact is not known."""
    return cell.unknown(
        cell.finding(
            Severity.NOTE,
            "stated-unknown",
            f"{cell.label}: '{cell.text}' was read as {meaning}.",
            expected=cell.allowed(),
            fix="Enter the value if it is known; otherwise nothing is to be done.",
            rest="The value stays unknown; everything else was read.",
        ),
        note=meaning,
    )


def spreadsheet_error(cell: Cell) -> Interpreted:
    """The text is what a spreadsheet shows when a formula failed."""
    return cell.asked(
        "source-error",
        f"{cell.label}: the file holds the spreadsheet error {cell.text}.",
        {},
        fix="Mend the formula in the source, or confirm that the value is unknown.",
    )
