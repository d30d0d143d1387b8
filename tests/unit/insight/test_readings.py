"""Curves of log hazards: slopes as by finite differences, consistency, incidences that add up."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.insight.readings import Consistent, Piece, Progressed, Survival
from dashboard.learning.recalibration import Recalibration

MONTHS = np.arange(0.0, 12.5, 1.0)
CUTS = np.array([0.0, 2.0, 5.0])


def a_piece(shift: float, slope: float, factor: float = 1.0) -> Piece:
    """A model of three intervals, its exposures at the months."""
    ends = np.append(CUTS[1:], np.inf)
    spent = np.clip(MONTHS[:, None], CUTS, ends) - CUTS
    return Piece(factor * spent, Recalibration(shift, slope))


PFS, OS = Survival(a_piece(0.05, 0.9, 1.5)), Survival(a_piece(-0.1, 1.1))
BOTH = MONTHS <= 8
CURVES = {
    "survival": (PFS, 3),
    "pfs": (Consistent(PFS, OS, BOTH, 1, 3), 6),
    "os": (Consistent(OS, PFS, np.ones(13, dtype=bool), -1, 3), 6),
    "progressed": (Progressed(PFS, a_piece(0, 1), a_piece(0.1, 0.8, 0.3), (3, 6)), 9),
    "progressed, consistent": (
        Progressed(Consistent(PFS, OS, BOTH, 1, 3), a_piece(0, 1), a_piece(0, 1, 0.3), (6, 9)),
        12,
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_slopes_are_those_of_finite_differences(name):
    """For several weighted sums at once, at places where the curves cross and where they do not."""
    curve, width = CURVES[name]
    chance = np.random.default_rng(3)
    weights = chance.normal(size=(2, len(MONTHS)))
    for _ in range(20):
        place = np.log(0.08) + 0.6 * chance.normal(size=width)
        found = curve.pull(place, weights)
        for i in range(width):
            step = 1e-6 * np.eye(width)[i]
            change = weights @ (curve.values(place + step) - curve.values(place - step)) / 2e-6
            np.testing.assert_allclose(found[:, i], change, atol=2e-6)


def test_pfs_never_exceeds_os_once_they_are_consistent():
    """Both halfway where they would cross, unchanged elsewhere."""
    pfs, overall = CURVES["pfs"][0], Consistent(OS, PFS, BOTH, -1, 3)
    chance = np.random.default_rng(4)
    crossed = 0
    for _ in range(200):
        first, second = np.log(0.08) + 0.5 * chance.normal(size=(2, 3))
        low = pfs.values(np.concatenate([first, second]))
        high = overall.values(np.concatenate([second, first]))
        assert (low[BOTH] <= high[BOTH] + 1e-12).all()
        if pfs.crossed(np.concatenate([first, second])):
            crossed += 1
        else:
            np.testing.assert_array_equal(low, PFS.values(first))
    assert 20 < crossed < 180


def test_incidences_share_out_what_survival_loses():
    """Progression and death first are everybody who is no longer free of either."""
    first, second = a_piece(0, 1), a_piece(0.1, 0.8, 0.3)
    progressed = Progressed(PFS, first, second, (3, 6))
    died = Progressed(PFS, second, first, (3, 6))
    chance = np.random.default_rng(5)
    place = np.log(0.08) + 0.5 * chance.normal(size=(7, 9))
    swapped = np.hstack([place[:, :3], place[:, 6:], place[:, 3:6]])
    both = progressed.values(place) + died.values(swapped)
    # at month 0 nothing has happened, and what has not is nobody's
    np.testing.assert_allclose(both, 1 - PFS.values(place[:, :3]), atol=1e-9)
