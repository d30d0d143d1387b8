"""The statistic of disagreement: its scale, its chance level, and errors that stand out."""

import math

import numpy as np
import pytest

from dashboard.answers.concordance import AGREE, DIFFER, LIMIT
from dashboard.foundation.seeds import generator
from dashboard.insight.agreement import (
    MONTHS,
    SHARE,
    Point,
    Residuals,
    Spread,
    compared,
    from_scale,
    point,
    to_scale,
)


@pytest.mark.parametrize(("value", "unit"), [(26.3, MONTHS), (46.0, SHARE), (1.0, MONTHS)])
def test_scale_is_there_and_back(value, unit):
    """Times as logarithms, shares as log-odds."""
    assert from_scale(to_scale(value, unit), unit) == pytest.approx(value)


def test_point_has_the_deviation_of_its_interval():
    """A 95 % interval is 3.92 standard deviations wide, a 90 % one 3.29."""
    held = point(20.0, 15.0, 26.0, unit=MONTHS)
    assert held.value == pytest.approx(math.log(20))
    assert held.variance**0.5 == pytest.approx(math.log(26 / 15) / 3.92, rel=1e-3)
    assert point(20.0, 15.0, 26.0, unit=MONTHS, level=0.9).variance > held.variance


def test_point_with_one_end_takes_its_width_from_that():
    """A median whose upper end was not reached still has a lower one."""
    held = point(20.0, 15.0, None, unit=MONTHS)
    assert held.variance**0.5 == pytest.approx(math.log(20 / 15) / 1.96, rel=1e-3)


@pytest.mark.parametrize("ends", [(None, 15.0, 26.0), (20.0, None, None), (math.inf, 15.0, None)])
def test_what_has_no_value_or_no_interval_cannot_be_compared(ends):
    """A median that was not reached, and a figure without an interval."""
    assert point(*ends, unit=MONTHS) is None


def test_shares_at_the_ends_stay_finite():
    """Nought and a hundred percent are compared too."""
    assert all(math.isfinite(point(v, 0.0, 100.0, unit=SHARE).value) for v in (0.0, 100.0))


def test_one_trial_is_compared_by_both_errors():
    """The difference over the root of the variances added up."""
    found = compared(Point(3.0, 0.03), [Point(2.0, 0.01)], Spread(0.02, 0.015, 0.005))
    assert found.error == pytest.approx((0.03 + 0.02 + 0.01 + 0.015 + 0.005) ** 0.5)
    assert found.z == pytest.approx(1.0 / found.error)
    assert found.verdict == DIFFER
    assert compared(Point(2.1, 0.03), [Point(2.0, 0.01)]).verdict == AGREE
    assert compared(Point(2.1, 0.03), []) is None


def test_more_trials_narrow_their_mean_but_not_the_error_they_share():
    """However many trials agree, the model's error on the regimen stays."""
    many = [Point(0.0, 0.01)] * 100
    error = compared(Point(0.0, 0.0), many, Spread(regimen=0.04, trial=0.01)).error
    assert error == pytest.approx((0.04 + 0.02 / 100) ** 0.5)


def test_arms_of_one_trial_do_not_count_as_trials_of_their_own():
    """What a trial shares is not averaged out over its arms; its arms' own part is."""
    spread = Spread(trial=0.04, arm=0.02)
    points = [Point(0.0, 0.02)] * 4
    apart = compared(Point(0.0, 0.0), points, spread).error
    alike = compared(Point(0.0, 0.0), points, spread, ["t"] * 4).error
    assert apart == pytest.approx((0.08 / 4) ** 0.5)
    assert alike == pytest.approx((0.04 + 0.04 / 4) ** 0.5)


def world(seed, arms=60, regimens=20, own=0.1, shared=0.2):
    """Differences of a model from trials whose spread is known."""
    chance = generator(seed, "agreement")
    names = [f"r{i % regimens}" for i in range(arms)]
    variances = chance.uniform(0.05, 0.15, arms) ** 2
    by_regimen = dict(zip(dict.fromkeys(names), chance.normal(0, shared, regimens), strict=True))
    noise = chance.normal(0, 1, arms) * np.sqrt(variances + own**2)
    differences = np.array([by_regimen[name] for name in names]) + noise
    return Residuals(differences, variances, names, [f"t{i}" for i in range(arms)])


def test_spread_is_recovered():
    """Over several worlds the parts of the spread are near the truth."""
    found = [world(seed).spread() for seed in range(12)]
    assert np.mean([s.regimen for s in found]) ** 0.5 == pytest.approx(0.2, abs=0.06)
    assert np.mean([s.between for s in found]) ** 0.5 == pytest.approx(0.1, abs=0.05)


def test_share_that_differs_is_the_chance_level():
    """A model as far from its trials as its own spread says differs for one regimen in twenty."""
    flags = []
    for seed in range(12):
        held = world(seed)
        spread = held.spread()
        for regimen in set(held.regimens):
            rows = [i for i, name in enumerate(held.regimens) if name == regimen]
            points = [Point(-held.differences[i], held.variances[i]) for i in rows]
            flags.append(abs(compared(Point(0.0, 0.0), points, spread).z) > LIMIT)
    assert len(flags) == 240
    assert 0.01 <= np.mean(flags) <= 0.05 + 3 * (0.05 * 0.95 / 240) ** 0.5


def test_a_common_error_is_the_regimens():
    """A model that is off everywhere is told by the spread."""
    held = world(5, shared=0.0, own=0.02)
    off = Residuals(held.differences + 0.5, held.variances, held.regimens, held.trials)
    assert off.spread().regimen + off.spread().between > 0.1


def test_few_arms_have_one_spread():
    """Too few to tell its parts from each other: all of it is the arms' own."""
    few = Residuals(np.array([0.3, -0.3]), np.array([0.01, 0.01]), ["a", "b"], ["x", "y"])
    assert few.spread() == Spread(arm=pytest.approx(0.09))
    empty = Residuals(np.zeros(0), np.zeros(0), [], [])
    assert empty.spread() == Spread()
