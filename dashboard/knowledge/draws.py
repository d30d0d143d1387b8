"""The parsed forms of the distribution language: frozen values, one class a kind of draw.

`distributions` reads and describes them, the cohort draws from them.
"""

from __future__ import annotations

from dataclasses import dataclass

ARITHMETIC = frozenset("+-*/")


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution, cut off at low and high where they are given."""

    mean: float
    sd: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A log-normal distribution by its median and the spread of its logarithm."""

    median: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta distribution on 0 to 1."""

    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every number between two ends alike."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Poisson:
    """A count; `plus` is added to it."""

    mean: float
    plus: float = 0.0


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """True for a share p."""

    p: float


@dataclass(frozen=True, slots=True)
class Categories:
    """Levels with their shares."""

    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Bins:
    """Whole numbers: a bin is drawn by its share, then a number of it, each alike."""

    shares: tuple[tuple[float, float, float], ...]  # low, high, share


@dataclass(frozen=True, slots=True)
class Mixture:
    """One of several draws, by weight."""

    parts: tuple[tuple[float, Distribution], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """Always the same: a number, true or false, or a level."""

    value: float | bool | str


@dataclass(frozen=True, slots=True)
class Missing:
    """Unknown."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Worked out from other features; `steps` is the sum in postfix order."""

    text: str
    steps: tuple[float | str, ...]  # numbers, names, and the operators + - * /

    @property
    def names(self) -> frozenset[str]:
        """The features it is worked out from."""
        return frozenset(s for s in self.steps if isinstance(s, str) and s not in ARITHMETIC)


Distribution = (
    Normal | LogNormal | Beta | Uniform | Poisson | Bernoulli | Categories | Bins | Mixture
    | Point | Missing | Expression
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odds:
    """Multiplies the joint odds of some levels."""

    factor: float
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves a share p of patients so many bins up (or down, when negative)."""

    bins: int
    p: float
