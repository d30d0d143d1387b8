"""How a curve's value is shared out over the parts that its log hazards were added up from.

A survival probability is not additive in log hazards, so each part is credited with what it changes
when the parts are added one after another, averaged over all orders (Shapley). The few parts that
matter most are taken through every combination, the many small ones present with the chance that a
random order gives them; their own shares follow the slopes along the way. With few parts this is
exact, with many within a fraction of a point of all orders; what is shared out always adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dashboard.insight.readings import Curve

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEW = 8  # so few parts are all taken through every combination
_LARGE, _LARGE_OF_MANY = 6, 4  # else so many of them, for few or for many months
_MANY_MONTHS = 4
_ALONG, _ACROSS = 4, 3  # nodes for how many parts are present, and for which
_ROWS = 16  # shared out at once, so that memory stays small


@dataclass(frozen=True, slots=True)
class Shared:
    """The baseline's values, each row's, what each part adds, and the slopes along the way."""

    baseline: Floats  # sums
    output: Floats  # rows x sums
    effects: Floats  # rows x sums x parts
    slopes: Floats  # rows x sums x log hazards


def share_out(baseline: Floats, parts: Floats, curve: Curve, weights: Floats) -> Shared:
    """Share out weighted sums of a curve's values.

    Args:
        baseline: log hazards of the average patient.
        parts: what each part adds to them: rows x log hazards x parts.
        curve: from log hazards to values at months.
        weights: how each number asked for is read off the months: sums x months.
    """
    start: Floats = curve.values(baseline) @ weights.T
    blocks = [
        _share_rows(baseline, parts[first : first + _ROWS], curve, weights, start)
        for first in range(0, len(parts), _ROWS)
    ]
    output, effects, slopes = (np.concatenate(pieces) for pieces in zip(*blocks, strict=True))
    return Shared(start, output, effects, slopes)


def _share_rows(
    baseline: Floats, parts: Floats, curve: Curve, weights: Floats, start: Floats
) -> tuple[Floats, Floats, Floats]:
    end = curve.values(baseline + parts.sum(axis=2)) @ weights.T
    largest = _largest(baseline, parts, curve, weights)
    exact, slopes = _enumerated(baseline, parts, largest, curve, weights)
    effects = slopes @ parts
    np.put_along_axis(effects, largest[:, None, :], 0.0, axis=2)
    small = np.abs(effects)
    np.put_along_axis(effects, largest[:, None, :], exact, axis=2)
    gap = end - start - effects.sum(axis=2)
    share = np.where(small.sum(axis=2, keepdims=True) > 0, small, np.abs(effects))
    share = share / np.maximum(share.sum(axis=2, keepdims=True), 1e-300)
    return end, effects + gap[:, :, None] * share, slopes


def _largest(baseline: Floats, parts: Floats, curve: Curve, weights: Floats) -> Integers:
    """The parts that matter most to each row, by the slopes halfway."""
    many = weights.shape[1] > _MANY_MONTHS
    most = _FEW if parts.shape[2] <= _FEW else _LARGE_OF_MANY if many else _LARGE
    halfway = curve.pull(baseline + parts.sum(axis=2) / 2, weights)
    size = np.abs(halfway @ parts).max(axis=1)
    order: Integers = np.argsort(-size, axis=1, kind="stable")
    return order[:, : min(most, parts.shape[2])]


def _enumerated(
    baseline: Floats, parts: Floats, chosen: Integers, curve: Curve, weights: Floats
) -> tuple[Floats, Floats]:
    """Shapley values of the chosen parts (rows x sums x chosen), and the mean slopes."""
    places, turns, subsets, credit, chance = _plan(chosen.shape[1])
    large = np.take_along_axis(parts, chosen[:, None, :], axis=2)
    inside = np.einsum("rkm,sm->rsk", large, subsets)
    rest = parts.sum(axis=2) - large.sum(axis=2)
    spread = np.sqrt(np.maximum((parts**2).sum(axis=2) - (large**2).sum(axis=2), 0.0))
    across = np.sqrt(places * (1 - places)) * turns
    present = places[:, None] * rest[:, None, :] + across[:, None] * spread[:, None, :]
    log_hazards = baseline + inside[:, :, None, :] + present[:, None, :, :]
    values = curve.values(log_hazards) @ weights.T
    credited: Floats = np.einsum("msn,rsnv->rvm", credit, values)
    slopes: Floats = np.einsum("sn,rsnvk->rvk", chance, curve.pull(log_hazards, weights))
    return credited, slopes


@lru_cache(maxsize=16)
def _plan(count: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Nodes, subsets of the large parts, what each value counts for each, and for the slopes.

    In a random order a part finds each other part present with one chance, uniform over orders. So
    the value is integrated over that chance; the sum of the small parts is nearly normal there.
    """
    along, share = _gauss(_ALONG)
    turns, normal = np.polynomial.hermite_e.hermegauss(_ACROSS)
    places = np.repeat(along, _ACROSS)
    weight = np.repeat(share, _ACROSS) * np.tile(normal / normal.sum(), _ALONG)
    subsets = ((np.arange(2**count)[:, None] >> np.arange(count)) & 1).astype(np.float64)
    size = subsets.sum(axis=1)[:, None]
    credit = np.empty((count, len(subsets), len(places)))
    for part in range(count):
        there = subsets[:, part][:, None]
        others = size - there
        chance = places**others * (1 - places) ** (count - 1 - others)
        credit[part] = np.where(there > 0, 1.0, -1.0) * chance * weight
    chance = places**size * (1 - places) ** (count - size) * weight
    return places, np.tile(turns, _ALONG), subsets, credit, chance


@lru_cache(maxsize=4)
def _gauss(count: int) -> tuple[Floats, Floats]:
    places, shares = np.polynomial.legendre.leggauss(count)
    return (places + 1) / 2, shares / 2
