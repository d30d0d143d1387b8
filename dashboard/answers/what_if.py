"""What would change a forecast: which fact moves it, where an order flips, what could be altered.

Light values that charts and reports read. Outputs are in the unit of their scale; a value is one a
patient could have, in the pack's own units. Nothing here says that changing a fact causes anything:
it says what would be forecast of a patient who had that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.records.patient import Value

Crossing = Literal["below", "above", "is"]


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is altered; None is unknown."""

    feature: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one fact moves an output between a low and a high plausible value."""

    feature: str
    value: Value | None  # None: unknown, so that knowing it would move the output
    low_value: Value
    high_value: Value
    low_output: float  # at the low value
    high_output: float

    @property
    def known(self) -> bool:
        """Whether the patient's value is known."""
        return self.value is not None

    @property
    def width(self) -> float:
        """The distance between the outputs."""
        return abs(self.high_output - self.low_output)


@dataclass(frozen=True, slots=True)
class Tornado:
    """Every fact's swing: the unknown ones first, each group by width."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str
    output: float
    swings: tuple[Swing, ...]


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """Where the order of two regimens flips when one fact alone is otherwise."""

    feature: str
    value: Value | None
    crossing: Crossing  # falls below, rises above, or is `at`
    at: Value
    difference: float  # A minus B just beyond it
    usual: bool  # whether the value is one that most patients of the cohort have


@dataclass(frozen=True, slots=True)
class TippingPoints:
    """Where two regimens change places for a target; no point is an answer, too."""

    target: str
    regimen: str
    versus: str
    horizon_months: float | None
    scale: str
    difference: float  # A minus B as the patient is
    low: float | None
    high: float | None
    points: tuple[TippingPoint, ...]
    searched: tuple[str, ...]  # the facts that were tried alone, over all they were trained on

    @property
    def certain(self) -> bool:
        """Whether the interval of the difference holds one sign only."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A small plausible change of what can be changed, and what would be forecast then."""

    changes: tuple[Change, ...]
    before: float
    after: float
    plausible: float  # share of like patients less usual than the changed one, 0 to 1


@dataclass(frozen=True, slots=True)
class Counterfactuals:
    """The smallest changes that reach a goal; none is an answer, with the best that was found."""

    target: str
    regimen: str
    horizon_months: float | None
    scale: str
    goal: float
    output: float
    found: tuple[Counterfactual, ...]
    best: Counterfactual | None  # the farthest reached where the goal was not
    modifiable: tuple[str, ...]  # the features that were allowed to change
