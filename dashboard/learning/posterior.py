"""How uncertain a linear half is, in the little space a bundle has.

The Laplace covariance of a few hundred coefficients is kept as prior variances and the leading
directions in which the data taught anything; leaving out the rest can only widen an interval. Gives
the standard deviation of any linear combination. Knows nothing of what the columns mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

Floats = npt.NDArray[np.float64]

_DIRECTIONS = 120
_LEAST_PRECISION = 0.04  # an unpenalised coefficient still has a prior standard deviation of 5


@dataclass(frozen=True, slots=True)
class Posterior:
    """Coefficients' covariance: prior variance minus what the data explained."""

    scale: Floats  # prior standard deviation of each coefficient
    directions: Floats  # columns; what the data explained, in units of the prior

    @classmethod
    def of(cls, information: Floats, precision: Floats) -> Posterior:
        """From the likelihood's information and the prior's precision."""
        scale = np.maximum(precision, _LEAST_PRECISION) ** -0.5
        whitened = scale[:, None] * information * scale
        size = len(scale)
        first = max(0, size - _DIRECTIONS)
        values, vectors = linalg.eigh(whitened, subset_by_index=(first, size - 1))
        explained = np.clip(values, 0.0, None)
        return cls(scale, vectors * np.sqrt(explained / (1.0 + explained)))

    def deviation(self, rows: Floats) -> Floats:
        """The posterior standard deviation of each row's linear combination."""
        return self.spread_of(rows).deviation()

    def part(self, columns: slice) -> Posterior:
        """What concerns a run of coefficients; the spreads of parts add up to that of the whole."""
        return Posterior(self.scale[columns], self.directions[columns])

    def spread_of(self, rows: Floats) -> Spread:
        """What the uncertainty of each row's linear combination is made of."""
        whitened = rows * self.scale
        return Spread((whitened**2).sum(axis=1), whitened @ self.directions)

    def covariance(self, rows: Floats) -> Floats:
        """The posterior covariance of the rows' linear combinations with each other."""
        whitened = rows * self.scale
        explained = whitened @ self.directions
        covariance: Floats = whitened @ whitened.T - explained @ explained.T
        return covariance

    def covariance_over(self, drawn: Floats) -> Floats:
        """What it adds to the covariance of some rows that they are not known exactly.

        A coefficient that is uncertain makes a difference wherever its column may lie: the mean
        over draws of the rows (draws x rows x coefficients) of how far they are from their middle.
        """
        whitened = (drawn - drawn.mean(axis=0)) * self.scale
        explained = whitened @ self.directions
        both = ((0, 2), (0, 2))
        prior, told = (np.tensordot(each, each, both) for each in (whitened, explained))
        covariance: Floats = (prior - told) / len(drawn)
        return covariance

    def to_arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """For the bundle, in single precision: a width needs no more."""
        directions = self.directions.astype(np.float32)
        return {"scale": self.scale.astype(np.float32), "directions": directions}


@dataclass(frozen=True, slots=True)
class Spread:
    """The uncertainty of linear combinations: of the prior, and along what the data explained."""

    prior: Floats  # variance of each row
    explained: Floats  # rows x directions

    def plus(self, other: Spread) -> Spread:
        """That of the sum with combinations of other coefficients."""
        return Spread(self.prior + other.prior, self.explained + other.explained)

    def times(self, factor: Floats) -> Spread:
        """That of each row's combination times its factor (one column)."""
        return Spread(self.prior * factor[:, 0] ** 2, self.explained * factor)

    def deviation(self) -> Floats:
        """The standard deviation of each row's combination."""
        left = self.prior - (self.explained**2).sum(axis=1)
        deviation: Floats = np.sqrt(np.maximum(left, 0.0))
        return deviation
