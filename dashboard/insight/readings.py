"""What is read off log hazards: survival, survival kept consistent, incidence; and its slopes.

A curve turns the log hazards of one or several models, side by side, into a value at each month,
and can say how those values move with every log hazard. Sharing out (`paths`) and the stability of
shares need both. The curves are those that are forecast; nothing here knows features or patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dashboard.learning.recalibration import Recalibration

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_LEAST, _LEAST_STEP = 1e-300, 1e-100
_MOST = 50.0  # as high as a log cumulative hazard is let


class Curve(Protocol):
    """Values at months from log hazards, and their slopes."""

    def values(self, log_hazards: Floats) -> Floats:
        """The curve at each of its months: (..., months) from (..., log hazards)."""

    def pull(self, log_hazards: Floats, weights: Floats) -> Floats:
        """How weighted sums of the values (sums x months) move: (..., sums, log hazards)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One model's log hazards become cumulative hazards at the curve's months."""

    exposure: Floats  # months x intervals
    recalibration: Recalibration

    def cumulative(self, log_hazards: Floats) -> tuple[Floats, Floats]:
        """The recalibrated cumulative hazard, and its slope per unit of unrecalibrated hazard."""
        total = np.maximum(np.exp(log_hazards) @ self.exposure.T, _LEAST)
        score = np.minimum(self.recalibration.apply(np.log(total)), _MOST)
        hazard = np.exp(score)
        return hazard, hazard * self.recalibration.slope / total

    def pulled(self, log_hazards: Floats, cotangent: Floats) -> Floats:
        """From slopes by unrecalibrated cumulative hazard to slopes by log hazard."""
        moved: Floats = (cotangent @ self.exposure) * np.exp(log_hazards)[..., None, :]
        return moved


@dataclass(frozen=True, slots=True)
class Survival:
    """The share without the event."""

    piece: Piece

    def values(self, log_hazards: Floats) -> Floats:
        """Survival at each month."""
        return np.exp(-self.piece.cumulative(log_hazards)[0])

    def pull(self, log_hazards: Floats, weights: Floats) -> Floats:
        """Slopes of weighted sums of survival."""
        hazard, slope = self.piece.cumulative(log_hazards)
        cotangent = weights * (-np.exp(-hazard) * slope)[..., None, :]
        return self.piece.pulled(log_hazards, cotangent)


@dataclass(frozen=True, slots=True)
class Consistent:
    """One of PFS and OS, halfway to the other wherever PFS would exceed OS.

    Its log hazards are its own followed by the other's. Where the other curve has ended, its own
    is held to where consistency left it.
    """

    own: Survival
    other: Survival
    both: Flags  # months that both curves have
    sign: int  # +1 for PFS, which is lowered; -1 for OS, which is raised
    split: int  # how many log hazards are its own

    def values(self, log_hazards: Floats) -> Floats:
        """The curve at each month, as it is forecast."""
        own, crossed, other = self._parts(log_hazards)
        met: Floats = np.where(crossed, (own + other) / 2, own)
        if self._tail:
            last = met[..., self._last : self._last + 1]
            met = np.where(self.both, met, np.minimum(met, last))
        return met

    def crossed(self, log_hazards: Floats) -> Flags:
        """Whether anything is changed for consistency: (...)."""
        crossed = self._parts(log_hazards)[1]
        return np.asarray(crossed.any(axis=-1), dtype=np.bool_)

    def pull(self, log_hazards: Floats, weights: Floats) -> Floats:
        """Slopes of weighted sums of the curve."""
        own, crossed, other = self._parts(log_hazards)
        share = np.where(crossed, 0.5, 1.0)[..., None, :]
        spread = weights * np.ones_like(share)
        if self._tail:
            met = np.where(crossed, (own + other) / 2, own)
            held = (~self.both & (met > met[..., self._last : self._last + 1]))[..., None, :]
            moved = (spread * held).sum(axis=-1)
            spread = np.where(held, 0.0, spread)
            spread[..., self._last] += moved
        mine = self.own.pull(log_hazards[..., : self.split], spread * share)
        others = self.other.pull(log_hazards[..., self.split :], spread * (1 - share))
        return np.concatenate([mine, others], axis=-1)

    @property
    def _last(self) -> int:
        return int(np.flatnonzero(self.both)[-1])

    @property
    def _tail(self) -> bool:
        return bool(self.both.any() and not self.both.all())

    def _parts(self, log_hazards: Floats) -> tuple[Floats, Flags, Floats]:
        own = self.own.values(log_hazards[..., : self.split])
        other = self.other.values(log_hazards[..., self.split :])
        crossed: Flags = np.logical_and(self.sign * (own - other) > 0, self.both)
        return own, crossed, other


@dataclass(frozen=True, slots=True)
class Progressed:
    """How many have progressed first by each month, death before it competing.

    Every fall of progression-free survival is shared between the causes by their hazards. The log
    hazards are those of the event-free curve, of progression, and of death before it.
    """

    free: Curve
    progression: Piece
    death: Piece
    splits: tuple[int, int]  # where the log hazards of progression and of death begin

    def values(self, log_hazards: Floats) -> Floats:
        """The incidence at each month."""
        free, first, second = np.split(log_hazards, self.splits, axis=-1)
        falls = -np.diff(self.free.values(free), axis=-1, prepend=1.0)
        steps = [_steps(p.cumulative(x)[0]) for p, x in self._causes(first, second)]
        incidence: Floats = np.cumsum(falls * _share(*steps), axis=-1)
        return incidence

    def pull(self, log_hazards: Floats, weights: Floats) -> Floats:
        """Slopes of weighted sums of the incidence."""
        free, first, second = np.split(log_hazards, self.splits, axis=-1)
        falls = -np.diff(self.free.values(free), axis=-1, prepend=1.0)[..., None, :]
        hazards = [p.cumulative(x) for p, x in self._causes(first, second)]
        one, two = (_steps(hazard)[..., None, :] for hazard, _ in hazards)
        share = _share(one, two)
        later = np.flip(np.cumsum(np.flip(weights, -1), axis=-1), -1)
        by_survival = _shifted(later * share) - later * share
        pulled = [self.free.pull(free, by_survival)]
        total = np.maximum(one + two, _LEAST_STEP) ** 2
        for (piece, own), (_, slope), gain in zip(
            self._causes(first, second), hazards, (two / total, -one / total), strict=True
        ):
            by_step = later * falls * gain
            by_hazard = by_step - _shifted(by_step)
            pulled.append(piece.pulled(own, by_hazard * slope[..., None, :]))
        return np.concatenate(pulled, axis=-1)

    def _causes(self, first: Floats, second: Floats) -> tuple[tuple[Piece, Floats], ...]:
        return (self.progression, first), (self.death, second)


def _steps(hazard: Floats) -> Floats:
    steps: Floats = np.diff(hazard, axis=-1, prepend=0.0)
    return steps


def _share(first: Floats, second: Floats) -> Floats:
    total = first + second
    return np.where(total > 0, first / np.maximum(total, _LEAST), 1.0)


def _shifted(values: Floats) -> Floats:
    """Each month's value at the month before; nothing at the last."""
    moved = np.zeros_like(values)
    moved[..., :-1] = values[..., 1:]
    return moved
