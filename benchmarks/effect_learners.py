"""The usual learners of individual effects, built from LightGBM, for comparison only.

Each takes the patients who were treated, what happened to them, and fresh patients, and gives the
expected outcome under every regimen. S: one model with the regimen as an input. T: one a regimen.
X: T with imputed effects against the commonest regimen, weighted by propensity. DR: regressions of
doubly robust scores. A regimen with too few patients falls back on the S-learner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST = 60  # patients of a regimen that a model of its own needs
_CLIP = 0.03
_SETTINGS: dict[str, Any] = {
    "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 20, "lambda_l2": 1.0,
    "num_threads": 1, "verbose": -1, "seed": 1, "deterministic": True,
}  # fmt: skip
_ROUNDS = 120


@dataclass(frozen=True, eq=False)
class Arms:
    """Treated patients: their inputs and the regimen each received."""

    values: Floats
    regimen: Integers  # position among `regimens`; -1: another
    regimens: tuple[str, ...]

    @classmethod
    def of(cls, data: CohortData, values: Floats, regimens: tuple[str, ...]) -> Arms:
        """The patients of a cohort."""
        if data.regimen is None:
            raise SystemExit("The cohort has no regimens.")
        table = np.array([regimens.index(n) if n in regimens else -1 for n in data.regimens])
        return cls(values, table[data.regimen], regimens)


def _fit(values: Floats, target: Floats, *, binary: bool) -> Callable[[Floats], Floats]:
    settings = {**_SETTINGS, "objective": "binary" if binary else "regression"}
    if binary and len(np.unique(target)) == 1:
        constant = float(target[0])
        return lambda rows: np.full(len(rows), constant)
    booster = lightgbm.train(settings, lightgbm.Dataset(values, target), _ROUNDS)
    return lambda rows: np.asarray(booster.predict(rows), dtype=np.float64)


def _with(values: Floats, regimen: Integers, count: int) -> Floats:
    return np.hstack([values, np.eye(count + 1)[regimen][:, :count]])


def s_learner(arms: Arms, answers: Floats, fresh: Floats) -> Floats:
    """One model that knows the regimen."""
    known, count = ~np.isnan(answers), len(arms.regimens)
    model = _fit(_with(arms.values, arms.regimen, count)[known], answers[known], binary=True)
    columns = [model(_with(fresh, np.full(len(fresh), r), count)) for r in range(count)]
    return np.column_stack(columns)


def t_learner(arms: Arms, answers: Floats, fresh: Floats) -> Floats:
    """A model for every regimen with enough patients."""
    found = s_learner(arms, answers, fresh)
    for arm in range(len(arms.regimens)):
        rows = np.flatnonzero((arms.regimen == arm) & ~np.isnan(answers))
        if len(rows) >= LEAST:
            found[:, arm] = _fit(arms.values[rows], answers[rows], binary=True)(fresh)
    return found


def x_learner(arms: Arms, answers: Floats, fresh: Floats) -> Floats:
    """Effects against the commonest regimen, imputed from either side."""
    found = t_learner(arms, answers, fresh)
    known = ~np.isnan(answers)
    at_home = t_learner(arms, answers, arms.values)
    reference = int(np.bincount(arms.regimen[known & (arms.regimen >= 0)]).argmax())
    base = np.flatnonzero((arms.regimen == reference) & known)
    for arm in range(len(arms.regimens)):
        rows = np.flatnonzero((arms.regimen == arm) & known)
        if arm == reference or len(rows) < LEAST:
            continue
        gained = answers[rows] - at_home[rows, reference]
        missed = at_home[base, arm] - answers[base]
        share = len(rows) / (len(rows) + len(base))
        effect = (1 - share) * _fit(arms.values[rows], gained, binary=False)(fresh)
        effect += share * _fit(arms.values[base], missed, binary=False)(fresh)
        found[:, arm] = np.clip(found[:, reference] + effect, 0, 1)
    return found


def dr_learner(arms: Arms, answers: Floats, fresh: Floats) -> Floats:
    """Regressions of doubly robust scores, cross-fitted in two halves."""
    found = s_learner(arms, answers, fresh)
    known = np.flatnonzero(~np.isnan(answers) & (arms.regimen >= 0))
    half = np.random.default_rng(1).permutation(len(known)) % 2
    outcome, chance = np.empty((2, len(known), len(arms.regimens)))
    for side in range(2):
        train, test = known[half != side], known[half == side]
        part = Arms(arms.values[train], arms.regimen[train], arms.regimens)
        outcome[half == side] = s_learner(part, answers[train], arms.values[test])
        chance[half == side] = _propensity(part, arms.values[test])
    for arm in range(len(arms.regimens)):
        own = arms.regimen[known] == arm
        if own.sum() < LEAST:
            continue
        weight = own / np.clip(chance[:, arm], _CLIP, 1)
        score = outcome[:, arm] + weight * (answers[known] - outcome[:, arm])
        found[:, arm] = np.clip(_fit(arms.values[known], score, binary=False)(fresh), 0, 1)
    return found


def _propensity(arms: Arms, fresh: Floats) -> Floats:
    settings = {**_SETTINGS, "objective": "multiclass", "num_class": len(arms.regimens)}
    data = lightgbm.Dataset(arms.values, arms.regimen)
    booster = lightgbm.train({**settings, "num_leaves": 7}, data, 60)
    return np.asarray(booster.predict(fresh), dtype=np.float64)


Learner = Callable[[Arms, Floats, Floats], Floats]
LEARNERS: Mapping[str, Learner] = {
    "S-learner": s_learner,
    "T-learner": t_learner,
    "X-learner": x_learner,
    "DR-learner": dr_learner,
}
