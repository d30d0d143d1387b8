"""The patients of a cohort most like one, what they received and what happened to them.

Observed outcomes by regimen, weighted by likeness, with the effective number they rest on. Where a
hospital's own patients are meant, a number may be withheld: it is None, and `hidden` says why.
Every difference between regimens carries what confounding could make of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.answers.forecast import Chance
from dashboard.records.patient import Value


@dataclass(frozen=True, slots=True)
class ObservedCurve:
    """A weighted Kaplan-Meier curve with its band."""

    months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    events: int | None
    level: float = 0.9
    risk_months: tuple[float, ...] = ()
    at_risk: tuple[int | None, ...] = ()  # patients; None where fewer than may be told


@dataclass(frozen=True, slots=True)
class SimilarGroup:
    """Those of the similar patients who received one regimen."""

    regimen: str
    label: str
    patients: int | None
    effective: float | None
    response: Chance | None = None
    curves: Mapping[str, ObservedCurve] = field(default_factory=dict)  # os, pfs
    toxicity: Mapping[str, Chance] = field(default_factory=dict)
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class ObservedContrast:
    """One regimen against another among the similar patients, and how far to believe it."""

    regimen: str
    versus: str
    outcome: str  # "response", or "alive at 12 months"
    difference: float
    low: float
    high: float
    e_value: float  # how strong an unmeasured cause of both would have to be to explain it away
    e_value_limit: float  # the same for the end of the interval nearer to no difference
    overlap: float  # the smaller of the chances that a patient like this received either
    note: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One feature in which an exemplar differs from the patient."""

    feature: str
    patient: Value | None
    exemplar: Value | None
    distance: float  # its part of the squared distance, as a share


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One patient of a simulated cohort: how it went, and in what it differs."""

    regimen: str
    outcome: str  # "responded", "did not respond"
    opposite: bool  # of what is forecast for the patient under this regimen
    os_months: float | None
    died: bool | None
    likeness: float
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SimilarPatients:
    """The most similar patients of a cohort and how they fared."""

    disease: str
    cohort: str
    synthetic: bool
    asked: int  # how many were wanted
    patients: int | None
    effective: float | None
    pool: int | None  # how many there were to choose from, after locks
    share: float | None  # of those to choose from; the larger, the less alike they are
    groups: tuple[SimilarGroup, ...]
    contrasts: tuple[ObservedContrast, ...]
    exemplars: tuple[Exemplar, ...]
    weights: Mapping[str, float]
    locks: tuple[str, ...]
    notes: tuple[str, ...] = ()
    hidden: str = ""
