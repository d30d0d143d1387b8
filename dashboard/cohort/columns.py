"""What a cohort folder's `cohort.toml` may say, and what a cohort is once read.

Hides the file's grammar (pydantic, unknown keys refused) and the arrays a cohort is kept in. A
value is always a float: a number as it is, a flag 0 or 1, an ordinal or category the position of
its level; NaN is unknown. Reading and writing the folder live in `folder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from dashboard.cohort.persons import person_of
from dashboard.knowledge.schema import FeatureId, Id, Kind
from dashboard.records.patient import Finding

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RECIST = ("PD", "SD", "PR", "CR")  # worst to best
BINARY_RESPONSE = ("no response", "response")
Role = Literal["id", "regimen", "line", "site", "group", "weight"]
MONTHS_PER: Mapping[str, float] = {
    "days": 12.0 / 365.25,
    "weeks": 84.0 / 365.25,
    "months": 1.0,
    "years": 12.0,
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Monotone(_Model):
    """The direction medicine is sure of: +1 rises with the feature, -1 falls, 0 not stated."""

    response: Literal[-1, 0, 1] = 0
    hazard: Literal[-1, 0, 1] = 0


class ColumnSpec(_Model):
    """What one column of the table means: a feature, or a role."""

    feature: FeatureId | None = None
    role: Role | None = None
    kind: Kind | None = None
    label: str = ""
    unit: str = ""
    levels: dict[str, str] = Field(default_factory=dict)  # text in the table -> level
    hard_range: tuple[float, float] | None = None
    monotone: Monotone | None = None  # what is stated wins over what the pack's evidence says


class OutcomeSpec(_Model):
    """Where one outcome stands: a column of answers, or a time with an event.

    The time of a column of answers is when the answer was reached.
    """

    column: str = ""
    time: str = ""
    event: str = ""


class RegimenSpec(_Model):
    """What a regimen of a new disease is made of, so that rare regimens can borrow strength."""

    label: str = ""
    classes: tuple[Id, ...] = ()


class CohortSpec(_Model):
    """The whole of `cohort.toml`."""

    id: Id
    label: str = ""
    disease: Id
    time_unit: Literal["days", "weeks", "months", "years"] = "months"
    source: str = ""
    synthetic: bool = False
    columns: dict[str, ColumnSpec] = Field(default_factory=dict)
    outcomes: dict[str, OutcomeSpec] = Field(default_factory=dict)
    regimens: dict[str, RegimenSpec] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CohortFeature:
    """One feature of a cohort, whether the pack knows it or the folder describes it."""

    id: str
    label: str
    kind: Kind
    unit: str = ""
    levels: tuple[str, ...] = ()
    hard: tuple[float, float] | None = None
    monotone_response: int = 0
    monotone_hazard: int = 0
    words: tuple[tuple[str, str], ...] = ()  # what the table says -> level, where described
    column: str = ""  # its name in the table, where that is neither id nor label
    column_unit: str = ""  # of that column, where it is another than the feature's


@dataclass(frozen=True, slots=True)
class Timed:
    """Times in months with whether the event happened; NaN where the row has no such outcome."""

    months: Floats
    event: Flags

    @property
    def known(self) -> Flags:
        """Rows that have this outcome."""
        known: Flags = self.months == self.months  # false for NaN alone
        return known


@dataclass(frozen=True, slots=True)
class Graded:
    """An ordered answer per row as the position of its level, NaN where unknown."""

    codes: Floats
    levels: tuple[str, ...]
    months: Floats | None = None  # when a response was reached, NaN elsewhere; None if never told


@dataclass(frozen=True)
class CohortData:
    """A cohort ready for learning; every array has one entry a row of the table that is used."""

    id: str
    label: str
    disease: str
    features: tuple[CohortFeature, ...]
    values: Floats
    ids: tuple[str, ...]
    regimens: tuple[str, ...] = ()
    regimen: Integers | None = None  # position in `regimens`; None for a cohort without treatment
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line: Floats | None = None
    site: tuple[str, ...] | None = None
    group: tuple[str, ...] | None = None
    weight: Floats | None = None
    response: Graded | None = None
    timed: Mapping[str, Timed] = field(default_factory=dict)  # "os", "pfs"
    toxicities: Mapping[str, Floats] = field(default_factory=dict)
    source: str = ""
    synthetic: bool = False
    pack_fingerprint: str = ""
    fingerprint: str = ""
    rows_read: int = 0
    ignored: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        """Rows in use."""
        return len(self.ids)

    @property
    def persons(self) -> tuple[str, ...]:
        """Whose row each is; several rows of one person are never told apart by chance."""
        return tuple(person_of(row, synthetic=self.synthetic) for row in self.ids)
