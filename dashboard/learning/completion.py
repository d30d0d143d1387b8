"""What an unknown value most probably is, given the values that are known.

A joint normal model of the standardised inputs, fitted by expectation-maximisation, gives for any
pattern of missing values their conditional mean (used as the point) and covariance (used for how
much wider a forecast becomes). It models the inputs' dependence only, never an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ROUNDS = 8
_MOST_SHRUNK = 0.05
_JITTER = 1e-3


@dataclass(frozen=True, slots=True)
class Completion:
    """The mean and covariance of the inputs."""

    mean: Floats
    covariance: Floats

    @classmethod
    def fitted(cls, columns: Floats) -> Completion:
        """Fit to columns with NaN where unknown; a column never known gets mean 0."""
        known = ~np.isnan(columns)
        counts = np.maximum(known.sum(axis=0), 1)
        filled = np.where(known, columns, 0.0)
        mean = filled.sum(axis=0) / counts
        spread = (np.where(known, columns - mean, 0.0) ** 2).sum(axis=0) / counts
        found = cls(mean, np.diag(np.maximum(spread, 1e-6)))
        for _ in range(1 if known.all() else _ROUNDS):
            complete, extra = found._expected(columns)
            mean = np.asarray(complete.mean(axis=0), dtype=np.float64)
            centred = complete - mean
            covariance = (centred.T @ centred + extra) / max(1, len(columns))
            found = cls(mean, _shrunk(covariance, _JITTER))
        share = min(_MOST_SHRUNK, columns.shape[1] / max(1, len(columns)))
        return cls(found.mean, _shrunk(found.covariance, share))

    def fill(self, columns: Floats) -> Floats:
        """The columns with every unknown at its conditional mean."""
        return self._expected(columns, spread=False)[0]

    def draws(self, row: Floats, normals: Floats) -> Floats:
        """Complete versions of one row; `normals` holds one row of standard normals a draw."""
        unknown = np.isnan(row)
        drawn = np.repeat(row[None], len(normals), axis=0)
        if unknown.any():
            mean, covariance = self._conditional(unknown)
            centre = self.mean[unknown] + mean @ (row[~unknown] - self.mean[~unknown])
            values, vectors = np.linalg.eigh(covariance)
            root = vectors * np.sqrt(np.maximum(values, 0.0))
            drawn[:, unknown] = centre + normals[:, : int(unknown.sum())] @ root.T
        return drawn

    def _expected(self, columns: Floats, *, spread: bool = True) -> tuple[Floats, Floats]:
        complete, extra = columns.copy(), np.zeros_like(self.covariance)
        unknown = np.isnan(columns)
        patterns, which = np.unique(np.packbits(unknown, axis=1), axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        bounds = np.searchsorted(which.ravel()[order], np.arange(len(patterns) + 1))
        for first, last in pairwise(bounds.tolist()):
            rows = order[first:last]
            gone = unknown[rows[0]]
            if not gone.any():
                continue
            weights, covariance = self._conditional(gone)
            deviation = columns[np.ix_(rows, ~gone)] - self.mean[~gone]
            complete[np.ix_(rows, gone)] = self.mean[gone] + deviation @ weights.T
            if spread:
                extra[np.ix_(gone, gone)] += len(rows) * covariance
        return complete, extra

    def _conditional(self, unknown: Flags) -> tuple[Floats, Floats]:
        inner = self.covariance[np.ix_(~unknown, ~unknown)]
        cross = self.covariance[np.ix_(unknown, ~unknown)]
        weights = np.asarray(np.linalg.solve(inner, cross.T).T, dtype=np.float64)
        covariance: Floats = self.covariance[np.ix_(unknown, unknown)] - weights @ cross.T
        return weights, covariance


def _shrunk(covariance: Floats, share: float) -> Floats:
    """Correlations a little smaller: the fewer the patients, the more of them are chance."""
    shrunk = np.asarray((1 - share) * covariance, dtype=np.float64)
    np.fill_diagonal(shrunk, np.maximum(np.diag(covariance), 1e-6))
    return np.asarray(shrunk, dtype=np.float64)
