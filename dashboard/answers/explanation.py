"""Why a forecast is what it is: what each fact adds, and why two regimens differ.

Baseline plus effects is the output, always; a value that does not add up cannot be made. Effects
are in the unit of the scale: probability points (as shares of one) or months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.records.patient import Value

ADDITIVITY = 1e-9
REGIMEN = "regimen"  # the contribution of the regimen itself
TIME = "change with time"  # of effects that are not the same early and late


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact adds to the output; an unknown fact contributes by being unknown."""

    feature: str
    value: Value | None
    effect: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """One output as baseline plus the contribution of every fact."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str  # "probability" or "months"
    baseline: float
    output: float
    contributions: tuple[Contribution, ...]

    def __post_init__(self) -> None:
        if not abs(self.additivity_error) <= ADDITIVITY:
            raise ValueError(f"the contributions miss the output by {self.additivity_error:g}")

    @property
    def additivity_error(self) -> float:
        """Baseline plus contributions minus output."""
        return self.baseline + sum(c.effect for c in self.contributions) - self.output

    @property
    def ranked(self) -> tuple[Contribution, ...]:
        """The contributions, the largest first."""
        return tuple(sorted(self.contributions, key=lambda c: -abs(c.effect)))


@dataclass(frozen=True, slots=True)
class Contrast:
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
