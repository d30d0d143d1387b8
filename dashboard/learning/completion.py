"""What an unknown value most probably is, given the values that are known.

A joint normal model of the standardised inputs, fitted by expectation-maximisation, gives for any
pattern of missing values their conditional mean (used as the point) and covariance (used for how
much wider a forecast becomes). It models the inputs' dependence only, never an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_ROUNDS, _ROUNDS_MORE = 7, 1
_ROWS = 2_000  # about as many teach the inputs' dependence; every row would cost minutes
_NUMBERS_AT_ONCE = 200_000  # of a group's equations: more would not fit beside the processor
_MOST_SHRUNK = 0.05
_JITTER = 1e-3


@dataclass(frozen=True, slots=True)
class _Asked:
    """Per row: the columns unknown in it (padded), and the equations between them alone."""

    place: Integers  # rows x most unknown: which column
    valid: Flags  # false where a row has fewer unknown
    systems: Floats
    pulled: Floats  # what the known columns pull


@dataclass(frozen=True)
class Completion:
    """The mean and covariance of the inputs."""

    mean: Floats
    covariance: Floats

    @classmethod
    def fitted(cls, columns: Floats, start: Completion | None = None) -> Completion:
        """Fit to columns with NaN where unknown; a column never known gets mean 0.

        Args:
            columns: the cohort's standardised columns.
            start: a fit to a cohort of which these are a part; fewer rounds are needed from there.
        """
        known = ~np.isnan(columns)
        counts = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, columns, 0.0).sum(axis=0) / counts
        spread = (np.where(known, columns - mean, 0.0) ** 2).sum(axis=0) / counts
        found = cls(mean, np.diag(np.maximum(spread, 1e-6)))
        if start:
            found = cls(start.mean, start.covariance)
        some = columns[:: max(1, len(columns) // _ROWS)]
        rounds = _ROUNDS_MORE if start else _ROUNDS
        for _ in range(1 if known.all() else rounds):
            complete, extra = found._expected(some)
            mean = np.asarray(complete.mean(axis=0), dtype=np.float64)
            centred = complete - mean
            covariance = (centred.T @ centred + extra) / max(1, len(some))
            found = cls(mean, _shrunk(covariance, _JITTER))
        share = min(_MOST_SHRUNK, columns.shape[1] / max(1, len(columns)))
        return cls(found.mean, _shrunk(found.covariance, share))

    def fill(self, columns: Floats) -> Floats:
        """The columns with every unknown at its conditional mean."""
        complete = columns.copy()
        for chunk in _chunks(columns):
            asked = self._asked(columns[chunk])
            solved = np.linalg.solve(asked.systems, asked.pulled[:, :, None])[:, :, 0]
            self._put(complete, chunk, asked, np.asarray(solved, dtype=np.float64))
        return complete

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

    def _expected(self, columns: Floats) -> tuple[Floats, Floats]:
        """Complete columns, and the sum over rows of what stays uncertain of them."""
        complete, width = columns.copy(), columns.shape[1]
        extra = np.zeros(width * width)
        for chunk in _chunks(columns):
            asked = self._asked(columns[chunk])
            left = np.linalg.inv(asked.systems)
            self._put(complete, chunk, asked, (left @ asked.pulled[:, :, None])[:, :, 0])
            both = asked.valid[:, :, None] & asked.valid[:, None, :]
            cells = asked.place[:, :, None] * width + asked.place[:, None, :]
            extra += np.bincount(cells[both], weights=left[both], minlength=width * width)
        return complete, extra.reshape(width, width)

    def _put(self, complete: Floats, rows: Integers, asked: _Asked, solved: Floats) -> None:
        row, slot = np.nonzero(asked.valid)
        place = asked.place[row, slot]
        complete[rows[row], place] = self.mean[place] + solved[row, slot]

    def _asked(self, columns: Floats) -> _Asked:
        """What is to be solved for these rows: only among the columns unknown in each."""
        unknown = np.isnan(columns)
        most = int(unknown.sum(axis=1).max())
        place = np.argsort(~unknown, axis=1, kind="stable")[:, :most]
        valid = np.take_along_axis(unknown, place, axis=1)
        precision = self._precision
        systems = np.where(
            valid[:, :, None] & valid[:, None, :],
            precision[place[:, :, None], place[:, None, :]],
            0.0,
        )
        diagonal = np.arange(most)
        systems[:, diagonal, diagonal] += ~valid
        deviation = np.where(unknown, 0.0, columns - self.mean)
        pulled = np.take_along_axis(-deviation @ precision, place, axis=1)
        return _Asked(place, valid, systems, np.where(valid, pulled, 0.0))

    @cached_property
    def _precision(self) -> Floats:
        return np.asarray(np.linalg.inv(self.covariance), dtype=np.float64)

    def _conditional(self, unknown: Flags) -> tuple[Floats, Floats]:
        inner = self.covariance[np.ix_(~unknown, ~unknown)]
        cross = self.covariance[np.ix_(unknown, ~unknown)]
        weights = np.asarray(np.linalg.solve(inner, cross.T).T, dtype=np.float64)
        covariance: Floats = self.covariance[np.ix_(unknown, unknown)] - weights @ cross.T
        return weights, covariance


def _chunks(columns: Floats) -> list[Integers]:
    """The incomplete rows, those with as much unknown together, in groups of little memory."""
    count = np.isnan(columns).sum(axis=1)
    rows = np.flatnonzero(count)
    rows = rows[np.argsort(count[rows], kind="stable")]
    cells = np.cumsum(count[rows].astype(np.int64) ** 2)
    return [rows[part] for part in _parts(cells // _NUMBERS_AT_ONCE)]


def _parts(group: Integers) -> list[Integers]:
    """The positions of each run of equal groups."""
    if not len(group):
        return []
    return np.split(np.arange(len(group)), np.flatnonzero(np.diff(group)) + 1)


def _shrunk(covariance: Floats, share: float) -> Floats:
    """Correlations a little smaller: the fewer the patients, the more of them are chance."""
    shrunk = np.asarray((1 - share) * covariance, dtype=np.float64)
    np.fill_diagonal(shrunk, np.maximum(np.diag(covariance), 1e-6))
    return np.asarray(shrunk, dtype=np.float64)
