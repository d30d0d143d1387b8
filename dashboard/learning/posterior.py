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
        whitened = rows * self.scale
        explained = whitened @ self.directions
        variance = (whitened**2).sum(axis=1) - (explained**2).sum(axis=1)
        deviation: Floats = np.sqrt(np.maximum(variance, 0.0))
        return deviation

    def covariance(self, rows: Floats) -> Floats:
        """The posterior covariance of the rows' linear combinations with each other."""
        whitened = rows * self.scale
        explained = whitened @ self.directions
        covariance: Floats = whitened @ whitened.T - explained @ explained.T
        return covariance

    def to_arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """For the bundle, in single precision: a width needs no more."""
        directions = self.directions.astype(np.float32)
        return {"scale": self.scale.astype(np.float32), "directions": directions}
