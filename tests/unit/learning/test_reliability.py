"""Groups of like prediction: expected beside observed, with intervals that hold the truth."""

import numpy as np
import pytest

from dashboard.learning import reliability


def predicted(size: int, *, too_high: float = 0.0):
    """Chances that come true, unless told too high."""
    chance = np.random.default_rng(5)
    p = chance.uniform(0.05, 0.95, size)
    return p, (chance.random(size) < np.clip(p - too_high, 0, 1)).astype(float)


def test_true_chances_lie_in_their_intervals():
    """Ten groups of equal size in rising order; nine of ten intervals hold what was expected."""
    tenths = reliability.of_chances(*predicted(4_000))
    assert [tenth.n for tenth in tenths] == [400] * 10
    assert [t.expected for t in tenths] == sorted(t.expected for t in tenths)
    assert sum(t.low <= t.expected <= t.high for t in tenths) >= 9


def test_chances_told_too_high_lie_above_what_was_observed():
    """The broken twin: every group has less than it was told."""
    tenths = reliability.of_chances(*predicted(4_000, too_high=0.15))
    assert all(t.expected > t.high for t in tenths[1:])


def test_interval_of_a_share_is_wilsons():
    """All of a hundred: not 100 % for sure, but 96.3 % at least."""
    (first, second) = reliability.of_chances(np.full(110, 0.9), np.ones(110))
    assert (first.observed, first.high) == (1.0, 1.0)
    assert first.low == pytest.approx(0.9347, abs=0.0001)
    assert second.n == 55


@pytest.mark.parametrize("size", [0, 60, 109])
def test_too_few_rows_have_no_groups(size):
    """Below two groups nothing is told."""
    assert reliability.of_chances(*predicted(size)) == ()


def survivors(size: int):
    """Follow-up with censoring, and each row's true share alive at a year."""
    chance = np.random.default_rng(9)
    rate = np.exp(chance.normal(-2.5, 0.8, size))
    death, lost = chance.exponential(1 / rate), chance.exponential(30, size)
    return np.minimum(death, lost), death <= lost, np.exp(-12 * rate)


def test_true_curves_lie_in_the_intervals_of_what_was_observed():
    """Censored rows count as long as they were seen; where hardly any were, nothing is told."""
    tenths = reliability.of_curves(*survivors(4_000), 12.0)
    assert len(tenths) == 9
    assert sum(t.low <= t.expected <= t.high for t in tenths) >= 8


def test_a_group_nobody_was_followed_in_is_left_out():
    """Those who were seen for half a year are not told of at a year."""
    months, event, expected = survivors(4_000)
    best = expected >= np.quantile(expected, 0.9)
    months = np.where(best, np.minimum(months, 6.0), months)
    assert len(reliability.of_curves(months, event, expected, 12.0)) == 8


def test_interval_of_a_curve_is_greenwoods():
    """Without censoring Greenwood's is the binomial one."""
    months = np.concatenate([np.full(30, 5.0), np.full(80, 20.0)] * 2)
    event = np.ones(220, dtype=bool)
    expected = np.concatenate([np.zeros(110), np.ones(110)])
    tenth = reliability.of_curves(months, event, expected, 12.0)[0]
    share = 1 - 30 / 55
    assert tenth.observed == pytest.approx(share)
    assert tenth.high - share == pytest.approx(1.96 * (share * (1 - share) / 55) ** 0.5, abs=0.01)
