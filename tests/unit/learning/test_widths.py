"""The prior that intervals are taken from follows what the cohort says of each sort of effect."""

import numpy as np
import pytest

from dashboard.learning.ridge import Fit, Prior
from dashboard.learning.widths import CHANCES, HAZARDS, learnt_precision

KINDS = ("intercept", *["main"] * 40, *["product"] * 40)
USUAL = np.array([0.0, *[4.0] * 40, *[16.0] * 40])


def learnt(effects, *, information=400.0, wider=CHANCES, mean=0.0):
    """The precision for effects that the data have told of so well, fitted with a usual prior."""
    told = np.full(len(KINDS), information)
    prior = Prior(USUAL, np.full(len(KINDS), mean), np.zeros(len(KINDS)))
    mode = (told * effects + USUAL * mean) / np.maximum(told + USUAL, 1e-12)
    fit = Fit(mode, np.diag(told), 0.0, True)
    return learnt_precision(fit, prior, USUAL, kinds=KINDS, wider=wider)


def effects_of(main, product, seed=1):
    """Normal effects of so wide a spread, one for every column."""
    spread = np.array([0.0, *[main] * 40, *[product] * 40])
    effects = np.random.default_rng(seed).standard_normal(len(KINDS))
    for first in (1, 41):
        effects[first : first + 40] /= effects[first : first + 40].std()
    return effects * spread


def test_precision_is_the_usual_one_where_the_data_say_nothing():
    """A cohort of nobody changes no width, however much a sort is widened in others."""
    for wider in (CHANCES, HAZARDS):
        precision = learnt(effects_of(1.0, 1.0), information=0.0, wider=wider)
        np.testing.assert_allclose(precision, USUAL)


@pytest.mark.parametrize("spread", [0.1, 0.25, 0.4])
def test_precision_finds_the_spread_that_effects_have(spread):
    """Widened by the sort's own factor, the spread is that of the effects, within a fifth."""
    precision = learnt(effects_of(0.5, spread))
    found = precision[-1] ** -0.5 / CHANCES["product"]
    assert found == pytest.approx(spread, rel=0.2)


def test_precision_of_a_sort_does_not_follow_another_sort():
    """Large effects of patients' facts widen their own prior alone."""
    small, large = learnt(effects_of(0.1, 0.1)), learnt(effects_of(0.6, 0.1))
    assert large[1] < small[1] / 4
    np.testing.assert_allclose(large[-1], small[-1], rtol=0.02)


def test_precision_stays_within_what_a_cohort_may_say():
    """Neither no effect at all nor a giant one moves a spread beyond the limits."""
    factor = CHANCES["product"] ** 2
    none = learnt(effects_of(0.0, 0.0), information=1e9)
    giant = learnt(effects_of(0.5, 50.0), information=1e9)
    assert none[-1] <= 16.0 / (0.02 * factor) * 1.0001
    np.testing.assert_allclose(giant[-1], 16.0 / (4.0 * factor))


def test_precision_is_told_by_what_is_apart_from_the_prior_mean():
    """Effects where their prior expects them tell of no spread."""
    at_mean = learnt(np.full(len(KINDS), 1.0), mean=1.0)
    np.testing.assert_allclose(at_mean, learnt(np.zeros(len(KINDS))), rtol=1e-6)


def test_precision_of_the_intercept_is_left_alone():
    """What every patient has in common is no effect."""
    assert learnt(effects_of(0.5, 0.5))[0] == 0.0
