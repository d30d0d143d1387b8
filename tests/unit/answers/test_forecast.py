"""The values a forecast is made of: reading curves, medians, means and shares."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.answers.forecast import (
    Chance,
    Forecast,
    Incidence,
    RegimenForecast,
    SurvivalCurve,
)


def a_curve(rate: float = 0.1, until: float = 24.0) -> SurvivalCurve:
    """An exponential curve with a band of a fifth of its rate either side."""
    months = np.linspace(0, until, 97)
    low, high = np.exp(-1.2 * rate * months), np.exp(-0.8 * rate * months)
    return SurvivalCurve(months, np.exp(-rate * months), low, high)


@pytest.mark.parametrize("p", [(0.5, 0.6, 0.7), (0.8, 0.6, 0.7), (0.5, -0.1, 0.7), (0.5, 0.4, 1.1)])
def test_a_chance_outside_its_interval_cannot_be_made(p):
    """Nonsense is refused where it arises."""
    with pytest.raises(ValueError, match="no chance has p"):
        Chance(*p)


def test_a_curve_is_read_at_any_month_within_follow_up():
    """Between its months it runs straight; beyond its end it says nothing."""
    curve = a_curve()
    assert curve.at(0).p == 1.0
    assert curve.at(12).p == pytest.approx(np.exp(-1.2), abs=1e-3)
    assert curve.at(12).low < curve.at(12).p < curve.at(12).high
    for month in (25.0, -1.0):
        with pytest.raises(ValueError, match="the curve ends at 24 months"):
            curve.at(month)


def test_the_median_is_where_half_have_had_the_event():
    """With its interval from the band, and None where the curve never falls so far."""
    median = a_curve().median
    assert median.months == pytest.approx(np.log(2) / 0.1, abs=0.02)
    assert median.low < median.months < median.high
    never = a_curve(0.01).median
    assert (never.months, never.low, never.high) == (None, None, None)
    partly = a_curve(0.03).median
    assert (partly.months, partly.high) == (pytest.approx(23.1, abs=0.05), None)


def test_the_restricted_mean_is_the_area_under_the_curve():
    """Whole, or up to a month between two of the curve's months."""
    curve = a_curve()
    whole, part = curve.restricted_mean(), curve.restricted_mean(12.1)
    assert whole.months == pytest.approx((1 - np.exp(-2.4)) / 0.1, abs=0.01)
    assert part.months == pytest.approx((1 - np.exp(-1.21)) / 0.1, abs=0.01)
    assert whole.low < whole.months < whole.high
    with pytest.raises(ValueError, match="ends at 24 months"):
        curve.restricted_mean(30)


def test_a_curve_that_starts_below_half_has_its_median_at_the_start():
    """No month before the first is made up."""
    flat = np.array([0.4, 0.3])
    assert SurvivalCurve(np.array([0.0, 1.0]), flat, flat, flat).median.months == 0.0


def test_incidences_and_the_event_free_are_everybody():
    """Read at any month, they add up to one."""
    months = np.array([0.0, 10.0])
    causes = {"progressed": np.array([0.0, 0.5]), "died_first": np.array([0.0, 0.2])}
    shares = Incidence(months, causes, np.array([1.0, 0.3])).at(4)
    assert shares == pytest.approx({"progressed": 0.2, "died_first": 0.08, "event_free": 0.72})
    with pytest.raises(ValueError, match="ends at 10 months"):
        Incidence(months, causes, np.array([1.0, 0.3])).at(11)


def test_a_forecast_is_read_by_regimen():
    """An unknown regimen is a KeyError, never another regimen's numbers."""
    forecast = Forecast("f", "d", "b", (RegimenForecast("a"), RegimenForecast("b")))
    assert forecast.of("b").regimen == "b"
    with pytest.raises(KeyError, match="c"):
        forecast.of("c")
