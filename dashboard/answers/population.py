"""Answers about populations: how a simulator stands against the trials, and who is in a cohort.

Frozen values without engines: charts, reports, pages and tests read them. Times are in months,
shares between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEDIAN, RESPONSE, LANDMARK, RATIO, SUBGROUP, SEVERE = (
    "median",
    "response rate",
    "landmark",
    "hazard ratio",
    "subgroup effect",
    "severe events",
)
KINDS = (MEDIAN, RESPONSE, LANDMARK, RATIO, SUBGROUP, SEVERE)
WANTED: Mapping[str, float] = {  # the share of a kind's figures that is to be met
    MEDIAN: 0.90,
    RESPONSE: 0.90,
    LANDMARK: 0.85,
    RATIO: 0.85,
    SUBGROUP: 0.80,
    SEVERE: 0.90,
}


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """One published figure beside the simulated one."""

    kind: str
    row: str  # id of the arm, effect or toxicity row
    label: str  # trial and arm, or feature and level
    regimen: str
    endpoint: str
    published: float | None
    low: float | None
    high: float | None
    simulated: float
    inside: bool
    verified: str
    source: str
    reference: str = ""
    months: float | None = None
    patients: int | None = None
    conflict: str = ""  # why it does not fit, where it does not

    @property
    def ratio(self) -> float | None:
        """Simulated over published."""
        return self.simulated / self.published if self.published else None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Trials of one regimen that differ beyond chance after what the model explains."""

    regimen: str
    endpoint: str
    q: float
    degrees: int
    i_squared: float
    arms: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """Every published figure of a pack against fresh simulated patients."""

    disease: str
    seed: int
    solved_with_seed: int
    figures: tuple[FigureCheck, ...]
    disagreements: tuple[Disagreement, ...]
    not_simulated: tuple[tuple[str, str], ...]  # row, reason

    def of(self, kind: str) -> tuple[FigureCheck, ...]:
        """The figures of one kind."""
        return tuple(figure for figure in self.figures if figure.kind == kind)

    def share_inside(self, kind: str) -> float | None:
        """The share of a kind's figures that the simulator meets; None without any."""
        held = self.of(kind)
        return sum(figure.inside for figure in held) / len(held) if held else None


@dataclass(frozen=True, slots=True)
class LevelShare:
    """How many patients are at one level; withheld counts are None with what is shown instead."""

    level: str
    patients: int | None
    share: float | None  # of those whose value is known
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class FeatureSummary:
    """One line of a cohort's first table."""

    feature: str
    label: str
    unit: str
    known: int | None
    missing_share: float | None
    median: float | None = None
    quartiles: tuple[float, float] | None = None
    levels: tuple[LevelShare, ...] = ()
    hidden: str = ""  # what is shown instead of a withheld count


@dataclass(frozen=True, slots=True)
class FlowStep:
    """How many rows and patients are left after a step, and how many left at it."""

    label: str
    left: int | None
    removed: int | None = 0
    hidden: str = ""  # what is shown instead of a withheld count


@dataclass(frozen=True, slots=True)
class GroupCurve:
    """Kaplan-Meier of one group with the number at risk."""

    group: str
    label: str
    patients: int | None
    events: int | None
    months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    median: float | None  # None when not reached
    median_low: float | None
    median_high: float | None
    risk_months: tuple[float, ...]
    at_risk: tuple[int | None, ...]
    hidden: str = ""  # what is shown instead of a withheld count


@dataclass(frozen=True, slots=True)
class Overlap:
    """The true chances of one regimen where it was open, counted between edges."""

    regimen: str
    label: str
    smallest: float
    largest: float
    edges: tuple[float, ...]
    treated: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """Who is in a cohort and how they fared."""

    cohort: str
    label: str
    disease: str
    synthetic: bool
    source: str
    rows: int | None
    flow: tuple[FlowStep, ...]
    features: tuple[FeatureSummary, ...]
    regimens: tuple[LevelShare, ...]
    lines: tuple[LevelShare, ...]
    sites: tuple[LevelShare, ...]
    curves: tuple[GroupCurve, ...] = ()


def pooled_share(reports: Sequence[CalibrationReport], kind: str) -> float | None:
    """The share of a kind's figures met over several reports."""
    held = [figure.inside for report in reports for figure in report.of(kind)]
    return sum(held) / len(held) if held else None
