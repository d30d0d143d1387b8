"""Survival estimators against worked examples and lifelines."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from dashboard.cohort.estimators import (
    at_risk,
    binomial_interval,
    cox_two_groups,
    cumulative_incidence,
    kaplan_meier,
)

MONTHS = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0])
EVENT = np.array([True, True, False, True, False, True])


def some_patients(seed: int, size: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times with ties, events and two groups."""
    rng = np.random.default_rng(seed)
    group = rng.random(size) < 0.5
    months = np.ceil(rng.exponential(np.where(group, 14.0, 9.0)) * 4) / 4
    censored = np.ceil(rng.uniform(3, 30, size) * 4) / 4
    return np.minimum(months, censored), months <= censored, group


def test_kaplan_meier_follows_a_worked_example() -> None:
    """Six patients by hand: 5/6, 2/3, 4/9 and 0 are left after the four event times."""
    curve = kaplan_meier(MONTHS, EVENT)
    assert curve.survival == pytest.approx([5 / 6, 2 / 3, 4 / 9, 0.0])
    assert curve.median == 3.0
    assert curve.at([0.5, 2.5, 9.0]) == pytest.approx([1.0, 2 / 3, 0.0])


def test_median_is_infinite_when_not_reached() -> None:
    """With most patients free of an event there is no median."""
    assert kaplan_meier(np.arange(1.0, 11.0), np.arange(10) < 2).median == float("inf")


def test_number_at_risk_counts_those_still_followed() -> None:
    """Just before each time, those whose own time is not shorter are at risk."""
    assert at_risk(MONTHS, np.array([0.0, 2.0, 4.5])).tolist() == [6, 5, 1]


@pytest.mark.parametrize("seed", [1, 2])
def test_kaplan_meier_equals_lifelines(seed: int) -> None:
    """Curve and band equal lifelines on tied, censored data."""
    months, event, _ = some_patients(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter

        fitted = KaplanMeierFitter().fit(months, event)
    curve = kaplan_meier(months, event)
    known = fitted.survival_function_at_times(curve.months).to_numpy()
    assert curve.survival == pytest.approx(known, abs=1e-10)
    band = fitted.confidence_interval_.loc[curve.months[:20]].to_numpy()
    assert np.column_stack([curve.low, curve.high])[:20] == pytest.approx(band, abs=1e-8)


def test_hazard_ratio_equals_lifelines_without_ties() -> None:
    """The two-group hazard ratio and its error equal lifelines' Cox model."""
    import pandas as pd

    months, event, group = some_patients(3)
    months = months + np.random.default_rng(4).random(months.size) * 0.01
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import CoxPHFitter

        frame = pd.DataFrame({"t": months, "e": event, "g": group.astype(float)})
        fitted = CoxPHFitter().fit(frame, "t", "e")
    ratio = cox_two_groups(months, event, group)
    assert np.log(ratio.value) == pytest.approx(fitted.params_["g"], abs=1e-5)
    assert ratio.standard_error == pytest.approx(fitted.standard_errors_["g"], rel=1e-3)


def test_hazard_ratio_without_events_has_no_information() -> None:
    """Without any event nothing is known: an infinite error, not a number that looks sure."""
    ratio = cox_two_groups(MONTHS, np.zeros(6, bool), np.arange(6) < 3)
    assert ratio.standard_error == float("inf")


def test_binomial_interval_is_exact() -> None:
    """Clopper and Pearson's interval for 3 of 20, and the ends for none and all."""
    assert binomial_interval(3, 20) == pytest.approx((0.0321, 0.3789), abs=1e-4)
    assert binomial_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert binomial_interval(10, 10)[1] == 1.0


def test_incidences_of_all_causes_and_survival_make_one() -> None:
    """The incidences of two causes and the event-free share add up at every time."""
    months, event, group = some_patients(5)
    cause = np.where(event, np.where(group, 1, 2), 0)
    first, second = (cumulative_incidence(months, cause, k) for k in (1, 2))
    free = kaplan_meier(months, event)
    total = first.incidence + second.incidence + free.survival
    assert total == pytest.approx(np.ones(total.size))
    assert float(first.at(0.0)) == 0.0
