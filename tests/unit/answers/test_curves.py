"""Arithmetic on curves: surviving so far, gaps with bands, numbers needed to treat, hazards."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers import curves
from dashboard.answers.forecast import Chance, Span
from tests.unit.components.forecasts import a_survival


def test_given_survived_forgets_an_exponential_past():
    """With a constant hazard what was survived changes nothing but the length of the curve."""
    whole = a_survival(14.0)
    later = curves.given_survived(whole, 12)
    assert later.months[0] == 0.0
    assert later.months[-1] == 36.0
    assert later.probability[0] == later.low[0] == later.high[0] == 1.0
    for month in (3, 12, 30):
        assert later.at(month).p == pytest.approx(whole.at(month).p, rel=0.01)


def test_given_survived_is_the_ratio_of_the_curve():
    """Alive at 24 given alive at 12 is the one divided by the other, at any month."""
    whole = a_survival(20.0)
    later = curves.given_survived(whole, 7.25)
    assert later.at(5).p == pytest.approx(whole.at(12.25).p / whole.at(7.25).p, rel=1e-3)
    assert (later.low <= later.probability).all()
    assert (later.probability <= later.high).all()


def test_given_nothing_survived_is_the_curve_itself():
    """Month 0 has been come through by everybody."""
    whole = a_survival()
    assert curves.given_survived(whole, 0) is whole


@pytest.mark.parametrize("month", [48.0, 60.0, -1.0])
def test_given_survived_refuses_the_end_of_the_curve(month):
    """Nothing is known of those who come through its last month."""
    with pytest.raises(ValueError, match="the curve ends at 48 months"):
        curves.given_survived(a_survival(), month)


def test_given_survived_refuses_where_nobody_may_be_left():
    """A band that reaches zero cannot be divided by."""
    some = a_survival(1.0)
    whole = replace(some, low=np.where(some.months > 30, 0.0, some.low))
    with pytest.raises(ValueError, match="nobody may be left"):
        curves.given_survived(whole, 40)


def test_gap_has_the_band_of_two_independent_intervals():
    """By squares: 8 and 6 points to either side make 10."""
    found = curves.gap(Chance(0.6, 0.52, 0.68), Chance(0.5, 0.44, 0.56))
    assert found.value == pytest.approx(0.1)
    assert found.low == pytest.approx(0.0)
    assert found.high == pytest.approx(0.2)
    assert found.level == 0.9


def test_gap_turned_round_is_the_same_with_other_sign():
    """A minus B is minus B minus A, ends and all."""
    one, other = Chance(0.6, 0.5, 0.68), Chance(0.35, 0.31, 0.5)
    there, back = curves.gap(one, other), curves.gap(other, one)
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


def test_gap_of_means_needs_both():
    """Months are compared where both are known."""
    found = curves.gap_of_means(Span(20, 16, 23), Span(15, 12, 18))
    assert found.value == 5
    assert found.low == pytest.approx(0.0)
    assert curves.gap_of_means(Span(None, 10, None), Span(15, 12, 18)) is None


def test_gap_curve_reaches_as_far_as_both():
    """It starts at nothing and ends with the shorter curve."""
    found = curves.gap_curve(a_survival(20.0), a_survival(14.0, end=30.0))
    assert found.months[-1] == 30.0
    assert found.value[0] == 0.0
    assert (found.value[1:] > 0).all()
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()


def test_needed_to_treat_is_told_of_a_clear_gap_alone():
    """Where the interval includes nothing there is no number; else its ends change places."""
    assert curves.needed_to_treat(curves.Gap(0.1, -0.01, 0.2, 0.9)) is None
    assert curves.needed_to_treat(curves.Gap(0.1, 0.05, 0.2, 0.9)) == pytest.approx((10, 5, 20))
    assert curves.needed_to_treat(curves.Gap(-0.1, -0.2, -0.05, 0.9)) == pytest.approx((10, 5, 20))


def test_hazard_of_an_exponential_curve_is_constant():
    """Events a month among those still without one."""
    middles, rates = curves.hazard(a_survival(14.0), 3.0)
    assert middles[0] == 1.5
    assert len(middles) == 16
    assert rates == pytest.approx(np.full(16, np.log(2) / 14.0), rel=1e-6)
