"""What a trained bundle is: what it learnt from, what was chosen, how good it is, where it ends.

Small frozen values that pages, reports and the command line read; no engine is needed to hold them.
Every figure is out of fold: nothing was judged on patients it was fitted to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.answers.landmark import LandmarkError


@dataclass(frozen=True, slots=True)
class Tenth:
    """Patients of like prediction: how many, expected, and observed with its 95 % interval."""

    n: int
    expected: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class HeadCard:
    """One thing a bundle forecasts: its figures, and the complexity that was chosen for it."""

    target: str  # "response", "os", "pfs", "progression:progressed", "toxicity:hepatic"
    quality: Mapping[str, float] = field(default_factory=dict)
    choice: Mapping[str, float] = field(default_factory=dict)
    note: str = ""  # why there are no figures, where there are none
    tenths: tuple[Tenth, ...] = ()  # the calibration curve; empty where nothing may be told
    tenths_at: float | None = None  # the month that it is of; None for a chance


@dataclass(frozen=True, slots=True)
class PlainEffect:
    """What a plain Cox regression says of one fact: its hazard ratio with a 90% interval."""

    feature: str
    words: str  # "Albumin: 41 against 34 g/L"
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A bundle described for whoever has to trust it."""

    disease: str
    bundle: str
    cohort: str
    source: str
    synthetic: bool
    rows_read: int
    rows_used: int
    seed: int
    pack_fingerprint: str
    cohort_fingerprint: str
    code_version: str
    folds: int
    inputs: tuple[str, ...]
    not_used: tuple[str, ...]  # features that never vary or are known too seldom
    regimens: Mapping[str, int | None]  # patients; None for fewer than may be told
    heads: tuple[HeadCard, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)  # target -> why
    limits: tuple[str, ...] = ()
    use: str = ""
    plain: Mapping[str, tuple[PlainEffect, ...]] = field(default_factory=dict)  # "os", "pfs"
    moved: tuple[tuple[str, float], ...] = ()  # fact -> points of response, mean over patients
    updates: tuple[LandmarkError, ...] = ()  # after each landmark, with and without the response

    def of(self, target: str) -> HeadCard:
        """The card of one target; KeyError where there is none."""
        for head in self.heads:
            if head.target == target:
                return head
        raise KeyError(target)
