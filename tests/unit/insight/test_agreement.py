"""The statistic of disagreement: its scale, its chance level, and errors that stand out."""

import math
from dataclasses import replace

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


@pytest.mark.parametrize(("value", "ends"), [(100.0, (43.0, 100.0)), (0.0, (0.0, 57.0))])
def test_a_share_of_everybody_is_where_its_interval_is(value, ends):
    """Two of two are no 99.8 %: the middle of the interval stands for them, its inner end's width.

    The broken twin takes the edge for the figure, and one in three for impossible.
    """
    held = point(value, *ends, unit=SHARE, level=0.9)
    inner = next(end for end in ends if end not in (0.0, 100.0))
    assert from_scale(held.value, SHARE) == pytest.approx(sum(ends) / 2)
    assert held.variance**0.5 == pytest.approx(
        abs(held.value - to_scale(inner, SHARE)) / 1.645, rel=1e-3
    )
    third = Point(to_scale(36.0 if value else 64.0, SHARE), 0.25)
    assert compared(third, [held]).verdict == AGREE
    twin = Point(to_scale(value, SHARE), held.variance)
    assert compared(third, [twin]).verdict == DIFFER


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
    trials = [f"t{i}" for i in range(arms)]
    return Residuals(differences, variances, names, trials, np.ones(arms))


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
    off = replace(held, differences=held.differences + 0.5)
    assert off.spread().regimen + off.spread().between > 0.1


def uneven(seed, arms=60, regimens=20):
    """A model that is far off where it says it is unsure: a quarter of the regimens."""
    held = world(seed, arms, regimens, shared=0.0, own=0.05)
    chance = generator(seed, "uneven")
    unsure = {f"r{i}": 0.6 if i % 4 == 0 else 0.15 for i in range(regimens)}
    off = {name: chance.normal(0, size) for name, size in unsure.items()}
    moved = held.differences + np.array([off[name] for name in held.regimens])
    return replace(
        held, differences=moved, claimed=np.array([2 * unsure[name] for name in held.regimens])
    )


def flagged(held, *, alike=False):
    """By regimen, whether the model differs from its trials; alike: as if it were equally sure."""
    told = replace(held, claimed=np.ones(len(held.claimed))) if alike else held
    spread = told.spread()
    found = {}
    for regimen in dict.fromkeys(held.regimens):
        rows = [i for i, name in enumerate(held.regimens) if name == regimen]
        points = [Point(-held.differences[i], held.variances[i]) for i in rows]
        own = spread.under(float(told.claimed[rows].mean()))
        found[regimen] = abs(compared(Point(0.0, 0.0), points, own).z) > LIMIT
    return found


def test_a_model_that_knows_where_it_is_unsure_is_measured_by_that():
    """Its own claim is twice too large: the size is measured, only its shares are believed."""
    spreads = [uneven(seed, 120, 40).spread() for seed in (1, 3, 4)]
    for claimed, true in ((1.2, 0.6), (0.3, 0.15)):
        found = np.mean([spread.under(claimed).regimen for spread in spreads]) ** 0.5
        assert found == pytest.approx(true, rel=0.3)
    assert spreads[0].under(0.0) == spreads[0]
    assert Spread(regimen=0.04).under(0.5).regimen == 0.04


def test_a_sure_regimen_that_is_off_is_not_hidden_by_unsure_ones():
    """The broken twin takes all regimens for equally well known; it misses the planted error."""
    found, missed, chance = [], [], []
    for seed in range(8):
        held = uneven(seed)
        chance += flagged(held).values()
        planted = np.array([0.75 if name == "r1" else 0.0 for name in held.regimens])
        spoilt = replace(held, differences=held.differences + planted)
        found.append(flagged(spoilt)["r1"])
        missed.append(flagged(spoilt, alike=True)["r1"])
    assert np.mean(found) >= np.mean(missed) + 0.25
    assert np.mean(chance) <= 0.05 + 3 * (0.05 * 0.95 / len(chance)) ** 0.5


def test_few_arms_have_one_spread():
    """Too few to tell its parts from each other: all of it is the arms' own."""
    two = np.array([0.01, 0.01])
    few = Residuals(np.array([0.3, -0.3]), two, ["a", "b"], ["x", "y"], np.ones(2))
    assert few.spread() == Spread(arm=pytest.approx(0.09))
    empty = Residuals(np.zeros(0), np.zeros(0), [], [], np.zeros(0))
    assert empty.spread() == Spread()
