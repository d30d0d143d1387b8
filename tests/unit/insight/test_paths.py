"""Sharing out a curve: exact sums, Shapley values by brute force, and what would not be them."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest

from dashboard.insight.paths import share_out
from dashboard.insight.readings import Piece, Survival
from dashboard.learning.recalibration import UNCHANGED, Recalibration

EXPOSURE = np.array([[2.0, 3.0, 4.0, 3.0]])


def brute_force(base, parts, curve) -> np.ndarray:
    """Shapley values of a curve's only month by all subsets of parts (log hazards x parts)."""
    count = parts.shape[1]

    @cache
    def value(known: frozenset[int]) -> float:
        return float(curve.values(base + parts[:, sorted(known)].sum(axis=1))[0])

    found = np.zeros(count)
    for part in range(count):
        others = [other for other in range(count) if other != part]
        for size in range(count):
            share = math.factorial(size) * math.factorial(count - 1 - size) / math.factorial(count)
            for known in itertools.combinations(others, size):
                found[part] += share * (value(frozenset((*known, part))) - value(frozenset(known)))
    return found


def straight(base, parts, curve) -> np.ndarray:
    """A broken twin: slopes along the straight way alone (Aumann-Shapley)."""
    places, weights = np.polynomial.legendre.leggauss(20)
    total = parts.sum(axis=1)
    slopes = sum(
        w / 2 * curve.pull(base + (p + 1) / 2 * total, np.ones((1, 1)))[0]
        for p, w in zip(places, weights, strict=True)
    )
    return slopes @ parts


def worlds(counts, size):
    """Small models: a baseline, what each part adds to every interval, a curve."""
    chance = np.random.default_rng(0)
    for trial in range(30):
        count = counts[trial % len(counts)]
        base = np.log(0.06) + 0.3 * chance.normal(size=4)
        parts = size * chance.normal(size=(1, count)) + 0.05 * chance.normal(size=(4, count))
        pair = UNCHANGED if trial % 2 else Recalibration(0.1, 0.9)
        yield base, parts, Survival(Piece(EXPOSURE, pair))


@pytest.mark.parametrize(
    ("counts", "size", "limit"), [((1, 3, 5, 6), 0.6, 1e-9), ((9, 10), 0.35, 0.002)]
)
def test_shares_are_shapley_values(counts, size, limit):
    """Exact for few parts, within a fraction of a point for more, and the same leader."""
    worst = 0.0
    for base, parts, curve in worlds(counts, size):
        if trial_too_long(parts):
            continue
        shared = share_out(base, parts[None], curve, np.ones((1, 1)))
        found, brute = shared.effects[0, 0], brute_force(base, parts, curve)
        assert shared.baseline[0] + found.sum() == pytest.approx(shared.output[0, 0], abs=1e-12)
        assert np.argmax(np.abs(found)) == np.argmax(np.abs(brute))
        worst = max(worst, float(np.abs(found - brute).max()))
    assert worst < limit


def trial_too_long(parts) -> bool:
    """Brute force over ten parts takes a second; a few of them are enough."""
    return parts.shape[1] > 8 and abs(parts[0, 0]) > 0.25


def test_the_straight_way_alone_would_not_do():
    """Parts that pull against each other: the simpler rule misses by points, this one does not."""
    worst = max(
        float(np.abs(straight(base, parts, curve) - brute_force(base, parts, curve)).max())
        for base, parts, curve in worlds((3, 5, 6), 0.6)
    )
    assert worst > 0.02


def test_equal_parts_get_equal_shares_and_parts_of_nothing_none():
    """Whatever their place among the others."""
    parts = np.tile([0.4, 0.0, -0.7, 0.4, 0.05, 0.05, *[0.01] * 6], (4, 1))
    shared = share_out(
        np.full(4, -3.0), parts[None], Survival(Piece(EXPOSURE, UNCHANGED)), np.ones((1, 1))
    )
    found = shared.effects[0, 0]
    assert found[0] == pytest.approx(found[3], abs=1e-12)
    assert found[1] == 0.0
    assert found[2] > 0 > found[0]
    assert np.ptp(found[6:]) < 1e-6


def test_nothing_is_shared_out_where_nothing_differs():
    """At month 0, and for the average patient."""
    curve = Survival(Piece(np.array([[0.0, 0.0], [3.0, 1.0]]), UNCHANGED))
    parts = np.array([[[0.5, -0.2], [0.1, 0.3]]])
    shared = share_out(np.full(2, -3.0), parts, curve, np.eye(2))
    np.testing.assert_allclose(shared.effects[0, 0], 0, atol=1e-12)
    still = share_out(np.full(2, -3.0), 0 * parts, curve, np.eye(2))
    np.testing.assert_allclose(still.effects, 0, atol=1e-15)


def test_a_row_is_shared_out_alike_alone_and_among_others():
    """Blocks of rows are for memory only."""
    chance = np.random.default_rng(1)
    parts = 0.3 * chance.normal(size=(40, 4, 12))
    curve = Survival(Piece(EXPOSURE, UNCHANGED))
    together = share_out(np.full(4, -3.0), parts, curve, np.ones((1, 1)))
    alone = share_out(np.full(4, -3.0), parts[33:34], curve, np.ones((1, 1)))
    np.testing.assert_allclose(together.effects[33], alone.effects[0], atol=1e-14)
