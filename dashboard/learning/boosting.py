"""Trains the tree half with LightGBM; the only door to it.

Small, monotone, regularised forests; copies of the rows with random inputs blanked, so that any
subset of inputs works; no leaf on fewer than eleven patients. What leaves here is LightGBM's text
and the same forest as plain arrays (`trees`), which is what predicts. LightGBM is imported when
first used, because that takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.trees import Forest, Lean, read_forest

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MANY_ROWS = 3_000  # from here on, a third of the trees, larger and twice as fast, do better
_FEWER, _FASTER, _MORE_LEAVES = 3, 2, 8
_RATE = 0.05
_FEW_ROWS = 2_000  # below this every patient appears three times: once whole, twice blanked
_MOST_BLANKED = 0.5
_BINNING = {
    "max_bin": 63,
    "enable_bundle": False,  # columns are few: finding those that never meet costs half of training
    "feature_pre_filter": False,
    "num_threads": 1,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Growth:
    """How large a forest may become."""

    trees: int = 240
    leaves: int = 5
    rate: float = _RATE
    smallest_leaf: int = 20
    penalty: float = 10.0

    @classmethod
    def of(cls, trees: int, rows: int) -> Growth:
        """So many trees; in a large cohort fewer of them are larger (`staged_trees`)."""
        if rows < _MANY_ROWS:
            return cls(trees=trees)
        return cls(trees=trees, leaves=_MORE_LEAVES, rate=_RATE * _FASTER)


def staged_trees(stages: tuple[int, ...], rows: int) -> tuple[int, ...]:
    """The numbers of trees that are tried in a cohort of so many rows."""
    return tuple(stage // _FEWER for stage in stages) if rows >= _MANY_ROWS else stages


@dataclass(frozen=True, slots=True)
class Copies:
    """Rows to train on: which patient each is, and which of the inputs are blanked."""

    patient: Integers
    blanked: npt.NDArray[np.bool_]  # copies x inputs
    weight: Floats


def copies_of(patients: int, inputs: int, chance: np.random.Generator) -> Copies:
    """Three copies a patient in a small cohort; in others one, masked for every second patient."""
    if patients < _FEW_ROWS:
        patient = np.tile(np.arange(patients), 3)
        rate = np.repeat([0.0, 1.0, 1.0], patients)
    else:
        patient = np.arange(patients)
        rate = (chance.random(patients) < 0.5).astype(np.float64)  # noqa: PLR2004
    rate = rate * chance.random(len(patient)) * _MOST_BLANKED
    blanked = chance.random((len(patient), inputs)) < rate[:, None]
    return Copies(patient, blanked, np.full(len(patient), patients / len(patient)))


@dataclass(frozen=True, slots=True)
class Rows:
    """What one forest is trained on."""

    matrix: Floats
    target: Floats
    patient: Integers  # whose row it is, for the rule about small leaves
    weight: Floats
    start: Floats | None = None  # the score boosting starts from
    lean: Lean | None = None  # the part of it that belongs to the forest


def grow(
    rows: Rows,
    columns: tuple[str, ...],
    growth: Growth,
    *,
    objective: str,
    signs: Sequence[int],
    seed: int,
) -> tuple[Forest, str]:
    """Train a forest; returns it and LightGBM's text.

    Args:
        rows: the training rows.
        columns: names of the matrix's columns.
        growth: how large the forest may become.
        objective: "binary" or "poisson".
        signs: per column the direction the prediction is held to.
        seed: of the sampling of rows and thresholds.
    """
    import lightgbm

    # A leaf of this many rows holds eleven patients even if it takes every row of each.
    smallest = max(growth.smallest_leaf, LEAST_GROUP * int(np.bincount(rows.patient).max()))
    data = lightgbm.Dataset(
        rows.matrix,
        rows.target,
        weight=rows.weight,
        init_score=rows.start,
        params=_BINNING,
    )
    settings = _settings(growth, objective, signs, seed) | {"min_data_in_leaf": smallest}
    booster = lightgbm.train(settings, data, growth.trees)
    text = booster.model_to_string(num_iteration=-1)
    return replace(read_forest(text, columns), lean=rows.lean), text


def _settings(growth: Growth, objective: str, signs: Sequence[int], seed: int) -> dict[str, object]:
    settings: dict[str, object] = {
        "objective": objective,
        "num_leaves": growth.leaves,
        "learning_rate": growth.rate,
        "lambda_l2": growth.penalty,
        "extra_trees": True,
        "bagging_fraction": 0.5,
        "bagging_freq": 1,
        "seed": seed % 2**31,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    if any(signs):
        settings |= {"monotone_constraints": list(signs), "monotone_constraints_method": "basic"}
    if objective == "poisson":
        settings |= {"poisson_max_delta_step": 0.3, "boost_from_average": False}
    return settings
