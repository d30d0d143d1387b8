"""Why a forecast is what it is: what each fact adds, and why two regimens differ.

Baseline plus effects is the output, always; a value that does not add up cannot be made. Effects
are in the unit of the scale: probability points (as shares of one) or months. An effect whose
interval holds both signs is not stable: it is to be counted, not shown as a bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dashboard.records.patient import Value

ADDITIVITY = 1e-9
REGIMEN = "regimen"  # the contribution of the regimen itself
TIME = "change with time"  # of effects that are not the same early and late

PROBABILITY, MONTHS = "probability", "months"
PROGRESSION, TOXICITY = "progression", "toxicity:"
TIMED = ("pfs", "os", PROGRESSION)

Verdict = Literal["agrees", "contradicts", "evidence disagrees", "no evidence"]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be explained: a chance, survival at a month, or mean months up to a month."""

    name: str  # response, os, pfs, progression or toxicity:<group>
    months: float | None = None
    scale: str = PROBABILITY

    @property
    def timed(self) -> bool:
        """Whether it is read off a curve."""
        return self.name in TIMED


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One published effect that speaks of the direction of a contribution."""

    id: str
    said: str  # "PD-L1: >=50 against 1-49, OS hazard ratio 0.68"
    direction: int  # +1: raises the output for this patient, -1: lowers it
    source: str
    reference: str
    verified: str  # yes, partial or memory


@dataclass(frozen=True, slots=True)
class Expected:
    """What published effects say of the direction of one contribution."""

    feature: str
    verdict: Verdict
    rows: tuple[EvidenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact adds to the output; an unknown fact contributes by being unknown."""

    feature: str
    value: Value | None
    effect: float
    low: float | None = None
    high: float | None = None

    @property
    def stable(self) -> bool:
        """Whether its interval, where it has one, holds one sign only."""
        if self.low is None or self.high is None:
            return True
        return self.low > 0.0 or self.high < 0.0


class _Ranked:
    """What an explanation says of its contributions."""

    __slots__ = ()
    contributions: tuple[Contribution, ...]

    @property
    def ranked(self) -> tuple[Contribution, ...]:
        """The contributions, the largest first."""
        return tuple(sorted(self.contributions, key=lambda c: -abs(c.effect)))

    @property
    def stable(self) -> tuple[Contribution, ...]:
        """Those whose sign is sure, the largest first."""
        return tuple(each for each in self.ranked if each.stable)

    @property
    def unstable(self) -> tuple[Contribution, ...]:
        """Those whose sign is not sure and that are not zero, the largest first."""
        return tuple(each for each in self.ranked if not each.stable and each.effect != 0.0)


@dataclass(frozen=True, slots=True)
class Attribution(_Ranked):
    """One output as baseline plus the contribution of every fact."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str  # "probability" or "months"
    baseline: float
    output: float
    contributions: tuple[Contribution, ...]
    low: float | None = None  # of the output, as forecast
    high: float | None = None
    expected: Mapping[str, Expected] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not abs(self.additivity_error) <= ADDITIVITY:
            raise ValueError(f"the contributions miss the output by {self.additivity_error:g}")

    @property
    def additivity_error(self) -> float:
        """Baseline plus contributions minus output."""
        return self.baseline + sum(c.effect for c in self.contributions) - self.output


@dataclass(frozen=True, slots=True)
class Contrast(_Ranked):
    """Why regimen A rather than B: the difference of their outputs, shared out over the facts."""

    target: str
    regimen: str
    versus: str
    horizon_months: float | None
    scale: str
    output: float  # A
    versus_output: float  # B
    contributions: tuple[Contribution, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None  # of the difference
    high: float | None = None
    expected: Mapping[str, Expected] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not abs(self.additivity_error) <= ADDITIVITY:
            raise ValueError(f"the contributions miss the difference by {self.additivity_error:g}")

    @property
    def difference(self) -> float:
        """A minus B."""
        return self.output - self.versus_output

    @property
    def additivity_error(self) -> float:
        """Contributions minus difference."""
        return sum(c.effect for c in self.contributions) - self.difference


@dataclass(frozen=True, slots=True)
class Interaction:
    """What two facts do together beyond what each does alone; `regimen` may be one of them."""

    first: str
    second: str
    first_value: Value | None
    second_value: Value | None
    effect: float  # in the unit of the scale
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class EffectCurve:
    """How an output goes with one feature over the cohort, and where the patient stands."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str
    feature: str
    kind: str  # "accumulated" for numbers and ordinals, "partial" for categories and flags
    places: tuple[Value, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]  # patients behind each step or level
    patient: Value | None = None
    patient_value: float | None = None
    average: float = 0.0


@dataclass(frozen=True, slots=True)
class Surface:
    """An output over the values of two features for one patient, the others as they are."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str
    features: tuple[str, str]
    places: tuple[tuple[Value, ...], tuple[Value, ...]]
    values: tuple[tuple[float, ...], ...]  # first feature's places x second's
    patient: tuple[Value | None, Value | None]
