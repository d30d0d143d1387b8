"""How regimens stand under somebody's own weights: a chance of being first, never a winner.

Light frozen values; `dashboard.insight.ranking` computes them and says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.answers.forecast import Chance

MOST_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How much benefit, harm and burden count for this patient, each from 0 to 10."""

    benefit: float = 5.0
    harm: float = 5.0
    burden: float = 5.0

    def __post_init__(self) -> None:
        given = (self.benefit, self.harm, self.burden)
        if not all(0.0 <= weight <= MOST_WEIGHT for weight in given):
            raise ValueError(f"Weights lie between 0 and {MOST_WEIGHT:g}, not {given}.")

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return self.benefit + self.harm + self.burden


@dataclass(frozen=True, slots=True)
class Option:
    """What one regimen offers and asks for; None where nothing is forecast."""

    regimen: str
    benefit: Chance | None
    harm: Chance | None
    burden: float | None  # visits in the first twelve weeks
    closed: str = ""  # why it may not be ranked for this patient


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one regimen stands, given how uncertain every figure is."""

    regimen: str
    first: float  # the chance of being first
    place: float  # the expected place, 1 is first
    dominated_by: str = ""  # another that is at least as good in everything that counts
    dominated_share: float = 0.0  # in how much of the draws that holds


@dataclass(frozen=True, slots=True)
class Turn:
    """Where another regimen comes to lead, on the estimates, as a weight takes more or less."""

    weight: str  # "benefit", "harm" or "burden"
    now: float  # its share of all weights as they are set
    share: float  # its share at which the lead changes
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Regimens by their expected place; `closed` says why there is none."""

    weights: Weights
    standings: tuple[Standing, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)  # regimen, reason
    closed: str = ""
    turns: tuple[Turn, ...] = ()

    def of(self, regimen: str) -> Standing | None:
        """Where a regimen stands; None where it was left out."""
        return next((each for each in self.standings if each.regimen == regimen), None)
