"""A patient, as Concord holds one: only what is known, and where each value came from.

Absent means unknown, never a default. Values follow their feature's kind: a number is a float, a
flag a bool, a category or an ordinal the text of its level ("2", "IVA"). What a reader could not
use is kept as `Unmapped`, what is doubtful as `Finding`; nothing is dropped. The fingerprint names
the clinical content (not its origin), so that forecasts can be tied to exactly what they were made
from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Value = float | bool | str
TYPED_IN = "typed in"  # stands where a file's name would
FOR_CHECKS = "a date, used for checks only"  # why content that is used has no place of its own
FOR_VALUES = "used to compute other values"
FOR_ANOTHER = "held against the other column of this fact"


class Severity(StrEnum):
    """How much a finding stands in the way."""

    ERROR = "error"  # the value, row or file is not usable until it is mended
    QUESTION = "question"  # one answer is needed; nothing is guessed meanwhile
    WARNING = "warning"  # usable, and flagged wherever it is used
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Where:
    """The place a finding speaks of; row counts as the file's reader counts lines (header = 1)."""

    file: str = ""
    row: int | None = None
    field: str = ""

    def __str__(self) -> str:
        parts = [self.file, f"row {self.row}" if self.row is not None else "", self.field]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer to a question.

    Accepting it either sets these values on the patient (None = leave unknown) or, for a question
    about a file or a column, has the file read again with `answer` under the finding's key.
    """

    label: str
    answer: str = ""
    values: Mapping[str, Value | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: what is wrong, where, what came, what was expected, the cure, and the rest."""

    severity: Severity
    code: str
    message: str
    where: Where = Where()
    value: str = ""
    expected: str = ""
    fix: str = ""
    rest: str = ""
    patient: str = ""
    key: str = ""  # names a question, so that its answer can be given when the file is read again
    choices: tuple[Choice, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape the command line promises."""
        return {
            "severity": str(self.severity),
            "code": self.code,
            "where": {"file": self.where.file, "row": self.where.row, "field": self.where.field},
            "patient": self.patient,
            "value": self.value,
            "message": self.message,
            "expected": self.expected,
            "fix": self.fix,
            "rest": self.rest,
            "key": self.key,
            "choices": [choice.label for choice in self.choices],
            "answers": [choice.answer or choice.label for choice in self.choices],
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: file, row, field, the text as it stood, who entered it when."""

    file: str = ""
    row: int | None = None
    field: str = ""
    text: str = ""
    unit: str = ""
    comparator: str = ""  # "<" or ">" of a censored laboratory result
    who: str = ""
    when: str = ""
    note: str = ""  # a conversion or a choice made on the way

    @property
    def by_hand(self) -> bool:
        """Whether a person decided on the value, rather than a file."""
        return bool(self.who) and self.row is None and self.file in {"", TYPED_IN}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One dated observation; the patient's value is the one that was current."""

    feature: str
    value: Value
    taken_on: date | None = None
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class TreatmentCourse:
    """A treatment given before; `regimen` is a pack id where known, `label` the words on file."""

    label: str
    regimen: str = ""
    line: int | None = None
    started: date | None = None
    stopped: date | None = None
    best_response: str = ""
    stop_reason: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the patient allows, by purpose; a purpose not named is denied except care."""

    decisions: Mapping[str, bool] = field(default_factory=dict)
    source: str = ""

    def allows(self, purpose: str) -> bool:
        """Whether the data may be used for this purpose."""
        return self.decisions.get(purpose, purpose == "care")


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Content that was read but has no place in the patient; kept so that nothing is lost."""

    where: Where
    name: str
    value: str
    reason: str

    @property
    def serves(self) -> bool:
        """Whether it was used all the same: by the checks, or to compute other values."""
        return self.reason in {FOR_CHECKS, FOR_VALUES, FOR_ANOTHER}


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient at one decision."""

    id: str
    disease: str
    values: Mapping[str, Value] = field(default_factory=dict)
    line: int | None = None
    courses: tuple[TreatmentCourse, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    outcomes: Mapping[str, Value] = field(default_factory=dict)
    consent: Consent = Consent()
    recorded_on: date | None = None
    notes: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name in ("values", "origins", "outcomes"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def facts(self) -> Mapping[str, Value]:
        """Everything a rule may ask about: the values and the line of therapy."""
        if self.line is None:
            return self.values
        return {**self.values, "line": float(self.line)}

    @property
    def fingerprint(self) -> str:
        """Names the clinical content: equal content, equal fingerprint."""
        content = {
            "disease": self.disease,
            "values": dict(sorted(self.values.items())),
            "line": self.line,
            "courses": [_plain(course) for course in self.courses],
            "measurements": [[m.feature, m.value, _plain(m.taken_on)] for m in self.measurements],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def with_values(self, changes: Mapping[str, Value | None], origin: Origin) -> Patient:
        """A copy with some values set (None = now unknown), each with its new origin.

        Where measurements differ, that somebody left the fact unknown is kept as an origin without
        a value; it is not asked again.
        """
        measured = {measurement.feature for measurement in self.measurements}
        values = {name: v for name, v in self.values.items() if changes.get(name, v) is not None}
        values |= {name: v for name, v in changes.items() if v is not None}
        origins = {name: o for name, o in self.origins.items() if name not in changes}
        origins |= {
            name: origin
            for name, v in changes.items()
            if v is not None or (name in measured and origin.by_hand)
        }
        return replace(self, values=values, origins=origins)


@dataclass(frozen=True, slots=True)
class Intake:
    """What came of reading a file: patients, findings, and everything that found no place."""

    patients: tuple[Patient, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    format: str = ""
    columns: tuple[str, ...] = ()  # the header, where the file was a table

    @property
    def blocked(self) -> bool:
        """True when nothing of the file can be used."""
        return not self.patients and any(f.severity is Severity.ERROR for f in self.findings)


def _plain(item: object) -> object:
    if isinstance(item, date | datetime):
        return item.isoformat()
    if isinstance(item, TreatmentCourse):
        return [_plain(getattr(item, name)) for name in TreatmentCourse.__slots__]
    return item
