"""Whether a patient is like those a model was trained on, without keeping any of them.

The cohort is kept as prototypes: rounded means of at least eleven similar patients. A patient's
distance to the nearest prototypes is compared with how far the cohort's own patients lay; a
regression of the regimen on the patient says how often one like this received it. Being outside
means "unlike the training patients", not "wrong".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.answers.forecast import Support
from dashboard.learning.encoding import Encoding
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.parts import Parts
from dashboard.learning.ridge import Prior, Way, fit_logistic, sigmoid

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

OVERLAP = 0.03  # below this estimated propensity a regimen is not ranked
_NEAREST = 3
_OUTSIDE = 0.99  # farther than this share of the cohort is outside
_QUANTILES = np.linspace(0, 1, 101)
_DECIMALS = 2
_SPREAD = 0.3


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Prototypes with their sizes, the cohort's distances, and who received which regimen."""

    prototypes: Floats
    sizes: Floats
    distances: Floats  # percentiles of the cohort's own distances
    propensity: Floats  # regimens x (1 + columns)

    @classmethod
    def fitted(cls, encoding: Encoding, core: Floats, regimen: Integers) -> SupportModel:
        """From complete core columns and each row's regimen (-1: not in the contract)."""
        groups = _groups(core)
        prototypes = np.round(np.array([core[rows].mean(axis=0) for rows in groups]), _DECIMALS)
        sizes = np.array([float(len(rows)) for rows in groups])
        distances = np.quantile(_distances(core, prototypes)[0], _QUANTILES)
        regimens = len(encoding.contract.regimens)
        propensity = propensities_of(core, regimen, regimens) if regimens > 1 else np.zeros((0, 0))
        return cls(prototypes, sizes, np.round(distances, _DECIMALS), propensity)

    def share(self, core: Floats) -> Floats:
        """For each regimen, how often patients like this one received it (rows x regimens)."""
        return shares_by(self.propensity, core) if len(self.propensity) else np.ones((len(core), 1))

    def inside(self, core: Floats) -> npt.NDArray[np.bool_]:
        """Whether each patient (a row of core columns) is like those of the cohort."""
        nearest, _ = _distances(core, self.prototypes)
        near: npt.NDArray[np.bool_] = np.interp(nearest, self.distances, _QUANTILES) < _OUTSIDE
        return near

    def judge(
        self, core: Floats, regimens: Integers, untypical: tuple[str, ...]
    ) -> tuple[Support, ...]:
        """The support of one patient (one row of core columns) under several regimens."""
        nearest, squared = _distances(core, self.prototypes)
        place = float(np.interp(nearest[0], self.distances, _QUANTILES))
        width = max(float(self.distances[len(self.distances) // 2]), 1e-6)
        around = float((self.sizes * np.exp(-squared[0] / (2 * width**2))).sum())
        shares = self.share(core)[0]
        inside = place < _OUTSIDE
        return tuple(
            Support(place, around * share, share, inside, untypical)
            for share in (float(shares[r]) if r >= 0 else 0.0 for r in regimens)
        )

    def to_files(self) -> Parts:
        """The pieces for a bundle."""
        return Parts(
            arrays={
                "prototypes": self.prototypes.astype(np.float32),
                "sizes": self.sizes,
                "distances": self.distances,
                "propensity": self.propensity,
            }
        )

    @classmethod
    def from_files(cls, parts: Parts) -> SupportModel:
        """Read back what `to_files` gave."""
        names = ("prototypes", "sizes", "distances", "propensity")
        return cls(*(parts.numbers(name) for name in names))


def _groups(core: Floats) -> list[Integers]:
    """Split at the median of the widest column until no group can be split into two of eleven."""
    done: list[Integers] = []
    waiting = [np.arange(len(core))]
    while waiting:
        rows = waiting.pop()
        if len(rows) < 2 * LEAST_GROUP:
            done.append(rows)
            continue
        widest = int(np.argmax(core[rows].var(axis=0)))
        order = rows[np.argsort(core[rows, widest], kind="stable")]
        waiting += [order[: len(order) // 2], order[len(order) // 2 :]]
    return done


def _distances(core: Floats, prototypes: Floats) -> tuple[Floats, Floats]:
    """The mean distance to the nearest prototypes, and all squared distances."""
    squared = np.maximum(
        (core**2).sum(axis=1)[:, None] - 2 * core @ prototypes.T + (prototypes**2).sum(axis=1), 0.0
    )
    count = min(_NEAREST, len(prototypes))
    nearest = np.sqrt(np.partition(squared, count - 1, axis=1)[:, :count]).mean(axis=1)
    return nearest, squared


def shares_by(propensity: Floats, core: Floats) -> Floats:
    """How often patients like these received each regimen: rows x regimens."""
    scores = sigmoid(np.column_stack([np.ones(len(core)), core]) @ propensity.T)
    shares: Floats = scores / scores.sum(axis=1, keepdims=True)
    return shares


def propensities_of(core: Floats, regimen: Integers, regimens: int) -> Floats:
    """Coefficients of who received which regimen, one row a regimen."""
    known = regimen >= 0
    design = np.column_stack([np.ones(len(core)), core])[known]
    precision = np.full(design.shape[1], _SPREAD**-2.0)
    precision[0] = 0.0
    found = np.empty((regimens, design.shape[1]))
    for place in range(regimens):
        received = (regimen[known] == place).astype(np.float64)
        # Nearly everybody received another: from even odds the steps would be many.
        start = np.zeros_like(precision)
        start[0] = float(np.log((received.sum() + 0.5) / ((1.0 - received).sum() + 0.5)))
        prior = Prior(precision, start, np.zeros_like(precision))
        found[place] = fit_logistic(design, received, prior, way=Way(rough=True)).coefficients
    return found
