"""Small worlds with a known truth: patients, regimens given with reason, outcomes, true risks.

Not clinical: effects are made up so that a statistical test knows what a model should find. The
regimen given depends on the patient (confounding by indication), some values are missing, and
follow-up is censored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dashboard.cohort.columns import RECIST, CohortData, CohortFeature, Graded, Timed
from dashboard.knowledge.schema import Kind

CLASSES = {
    "chemo": ("chemo",),
    "io": ("pd1",),
    "io-chemo": ("pd1", "chemo"),
    "dual-io": ("pd1", "ctla4"),
    "tki": ("tki",),
    "tki-chemo": ("tki", "chemo"),
}
REGIMENS = tuple(CLASSES)
DRIVERS = ("none", "driver", "other")


@dataclass(frozen=True)
class World:
    """A cohort and what is true of its patients under every regimen."""

    data: CohortData
    complete: np.ndarray  # the values before any were lost
    response: np.ndarray  # patients x regimens: true chance of response
    hazard: np.ndarray  # patients x regimens: true monthly hazard of death
    toxicity: np.ndarray  # patients x regimens: true chance of hepatic toxicity

    def survival(self, month: float) -> np.ndarray:
        """True survival, patients x regimens."""
        return np.exp(-self.hazard * month)


FEATURES = (
    CohortFeature("pdl1", "PD-L1", Kind.NUMBER, "%", hard=(0.0, 100.0), monotone_response=1),
    CohortFeature("albumin", "Albumin", Kind.NUMBER, "g/dL", hard=(0.5, 7.0), monotone_hazard=-1),
    CohortFeature("nlr", "NLR", Kind.NUMBER, hard=(0.0, 500.0), monotone_hazard=1),
    CohortFeature("age", "Age", Kind.NUMBER, "years", hard=(18.0, 110.0)),
    CohortFeature("noise", "Noise", Kind.NUMBER),
    CohortFeature("sex", "Sex", Kind.FLAG),
    CohortFeature("ecog", "ECOG", Kind.ORDINAL, levels=("0", "1", "2"), monotone_hazard=1),
    CohortFeature("driver", "Driver", Kind.CATEGORY, levels=DRIVERS),
)


def a_world(size: int, seed: int, *, missing: float = 0.05, censored: float = 0.02) -> World:
    """Draw a world."""
    chance = np.random.default_rng(seed)
    frailty = chance.normal(size=size)
    albumin = np.clip(3.8 - 0.25 * frailty + 0.3 * chance.normal(size=size), 1.5, 5.5)
    nlr = np.exp(1.4 + 0.3 * frailty + 0.5 * chance.normal(size=size))
    pdl1 = 100 * chance.beta(0.5, 1.0, size)
    age = np.clip(chance.normal(63, 10, size), 25, 92)
    ecog = np.clip(np.floor(0.8 + 0.6 * frailty + 0.7 * chance.normal(size=size)), 0, 2)
    driver = chance.choice(3, size, p=(0.7, 0.2, 0.1)).astype(float)
    sex = chance.integers(0, 2, size).astype(float)
    noise = chance.normal(size=size)
    complete = np.column_stack([pdl1, albumin, nlr, age, noise, sex, ecog, driver])
    response, hazard, toxicity = _truth(complete)
    regimen = _assigned(complete, chance)
    return _observed(complete, (response, hazard, toxicity), regimen, chance, (missing, censored))


def _truth(complete: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pdl1, albumin, nlr, age, _, _, ecog, driver = complete.T
    well = 0.5 * (albumin - 3.8) / 0.4 - 0.35 * ecog - 0.25 * (np.log(nlr) - 1.4) / 0.6
    benefit = np.zeros((len(complete), len(REGIMENS)))
    poison = np.zeros_like(benefit)
    for column, name in enumerate(REGIMENS):
        classes = CLASSES[name]
        if "chemo" in classes:
            benefit[:, column] += 0.4
            poison[:, column] += 0.5 + 0.02 * (age - 63)
        if "pd1" in classes:
            benefit[:, column] += 0.2 + 1.1 * (pdl1 - 33) / 33 - 0.9 * (driver == 1)
        if "ctla4" in classes:
            benefit[:, column] += 0.2
            poison[:, column] += 0.9
        if "tki" in classes:
            benefit[:, column] += np.where(driver == 1, 1.9, -0.7)
    eta = -1.1 + 0.5 * well[:, None] + benefit
    hazard = 0.07 * np.exp(-0.6 * well[:, None] - 0.45 * benefit + 0.1 * (age[:, None] - 63) / 10)
    return 1 / (1 + np.exp(-eta)), hazard, 1 / (1 + np.exp(2.2 - poison))


def _assigned(complete: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    pdl1, _, _, age, _, _, ecog, driver = complete.T
    scores = np.zeros((len(complete), len(REGIMENS)))
    scores[:, 1] += 1.2 * (pdl1 > 50) + 0.5 * (ecog == 2)
    scores[:, 2] += 0.8 - 0.5 * (age > 75)
    scores[:, 3] -= 0.5
    scores[:, 4] += np.where(driver == 1, 1.8, -0.8)
    scores[:, 5] += np.where(driver == 1, 0.5, -1.0)
    shares = np.exp(scores)
    shares /= shares.sum(axis=1, keepdims=True)
    return (chance.random((len(complete), 1)) > np.cumsum(shares, axis=1)).sum(axis=1)


def _observed(complete, truth, regimen, chance, rates) -> World:
    response, hazard, toxicity = truth
    size, rows = len(complete), np.arange(len(complete))
    missing, censored = rates
    values = np.where(chance.random(complete.shape) < missing, np.nan, complete)
    answered = chance.random(size) < response[rows, regimen]
    death = chance.exponential(1 / hazard[rows, regimen])
    progression = chance.exponential(1 / (1.4 * hazard[rows, regimen]))
    end = (
        np.minimum(chance.exponential(1 / censored, size), 60.0)
        if censored
        else np.full(size, 60.0)
    )
    first = np.minimum(death, progression)
    codes = np.where(answered, 2.0 + (chance.random(size) < 0.2), 1.0 * (chance.random(size) < 0.5))
    order = np.argsort(REGIMENS)
    place = np.empty(len(REGIMENS), dtype=np.int64)
    place[order] = np.arange(len(REGIMENS))
    data = CohortData(
        "world",
        "A made-up world",
        "world",
        FEATURES,
        np.round(values, 4),
        tuple(f"p{i}" for i in rows),
        tuple(sorted(REGIMENS)),
        place[regimen],
        classes=CLASSES,
        response=Graded(codes, RECIST),
        timed={
            "os": Timed(np.minimum(death, end), death <= end),
            "pfs": Timed(np.minimum(first, end), first <= end),
        },
        toxicities={
            "hepatic": (chance.random(size) < toxicity[rows, regimen]).astype(float),
            "skin": (chance.random(size) < 0.6 * toxicity[rows, regimen]).astype(float),
        },
        synthetic=True,
    )
    return World(data, complete, response, hazard, toxicity)


def binary_only(data: CohortData) -> CohortData:
    """The same cohort with yes-or-no responses and nothing else."""
    assert data.response is not None
    answer = Graded((data.response.codes >= 2).astype(float), ("no response", "response"))
    return replace(data, response=answer, timed={}, toxicities={})


def facts_of(
    row: np.ndarray, keep: Callable[[str], bool] = lambda _name: True
) -> dict[str, float | bool | str]:
    """A patient's facts from a row of values."""
    facts: dict[str, float | bool | str] = {}
    for feature, value in zip(FEATURES, row, strict=True):
        if np.isnan(value) or not keep(feature.id):
            continue
        if feature.levels:
            facts[feature.id] = feature.levels[int(value)]
        else:
            facts[feature.id] = bool(value) if feature.kind is Kind.FLAG else float(value)
    return facts
