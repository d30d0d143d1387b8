"""Choosing complexity, recalibrating, cutting time: the small decisions inside every fit."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.columns import Timed
from dashboard.learning.intervals import Intervals
from dashboard.learning.recalibration import recalibrate_chances, recalibrate_hazards
from dashboard.learning.ridge import sigmoid
from dashboard.learning.selection import PRODUCTS, SPREADS, Complexity, priors, select, usual
from dashboard.learning.views import assign_folds


def test_a_clearly_better_candidate_is_chosen():
    """By more than a standard error of the paired difference."""
    chance = np.random.default_rng(0)
    base = chance.random(300)
    losses = np.array([base, base - 0.2 + 0.1 * chance.random(300), base + 0.1])
    fold = np.arange(300) % 5
    found = select(losses, fold, np.ones(300), 0)
    assert found.best == 1
    assert found.by_fold == (1,) * 5


def test_candidates_that_differ_by_chance_leave_the_usual_one():
    """A choice among equals costs more than it gains."""
    chance = np.random.default_rng(1)
    base, noise = chance.random(300), chance.normal(size=300)
    noise -= noise.mean() + 0.02  # better by a third of a standard error
    losses = np.array([base, base + 0.1 * noise])
    assert select(losses, np.arange(300) % 5, np.ones(300), 0).best == 0


def test_the_choice_for_a_fold_is_made_without_it():
    """A candidate that shines on one fold alone is not chosen for that fold."""
    fold = np.arange(500) % 5
    losses = np.array([np.full(500, 0.5), np.where(fold == 0, -10.0, 0.6)])
    found = select(losses, fold, np.ones(500), 0)
    assert found.best == 1
    assert found.by_fold[0] == 0
    values = found.out_of_fold(np.array([np.zeros(500), np.ones(500)]), fold)
    assert values[0] == 0.0
    assert values[1] == 1.0


def test_priors_cross_in_the_middle():
    """Each coordinate is tried through the middle of the other; the usual one is among them."""
    found = priors(products=True)
    assert len(set(found)) == len(SPREADS) + len(PRODUCTS) - 1
    assert len(priors(products=False)) == len(SPREADS)
    candidates = tuple(Complexity(s, p, t) for s, p in found for t in (80, 240))
    middle = candidates[usual(candidates, 240)]
    assert middle.trees == 240


def test_recalibration_mends_what_many_events_show():
    """Overconfident by half and shifted: both are found."""
    chance = np.random.default_rng(0)
    scores = 2 * chance.normal(size=8_000)
    answers = (chance.random(8_000) < sigmoid(0.5 + 0.5 * scores)).astype(float)
    pair = recalibrate_chances(scores, answers, np.ones(8_000))
    assert pair.shift == pytest.approx(0.5, abs=0.08)
    assert pair.slope == pytest.approx(0.5, abs=0.06)
    np.testing.assert_allclose(pair.apply(scores), pair.shift + pair.slope * scores)


def test_recalibration_changes_little_with_few_events():
    """Twenty patients do not overturn a model."""
    chance = np.random.default_rng(0)
    scores = chance.normal(size=20)
    pair = recalibrate_chances(scores, (scores < 0).astype(float), np.ones(20))
    assert 0.6 < pair.slope < 1.0


def test_recalibration_of_hazards_finds_shift_and_slope():
    """True cumulative hazard exp(.3) H^.8; time enters through its own hazard."""
    chance = np.random.default_rng(2)
    rate = np.exp(chance.normal(size=8_000))
    total = (chance.exponential(1, 8_000) / np.exp(0.3)) ** (1 / 0.8)
    end = np.minimum(total, 3.0)
    pair = recalibrate_hazards(
        np.log(end), np.log(rate), (total < 3.0).astype(float), np.ones(8_000)
    )
    assert pair.shift == pytest.approx(0.3, abs=0.06)
    assert pair.slope == pytest.approx(0.8, abs=0.04)


def some_times(size: int = 500) -> Timed:
    """Exponential times, a third censored, some rows without the outcome."""
    chance = np.random.default_rng(5)
    months = np.maximum(chance.exponential(12, size), 1 / 60)
    months[::20] = np.nan
    return Timed(months, (chance.random(size) < 0.66) & ~np.isnan(months))


def test_exposure_and_events_are_conserved():
    """Time spent adds up to follow-up, and every event happens once."""
    timed = some_times()
    intervals = Intervals.of(timed)
    rows = intervals.rows(timed)
    followed = intervals.ticks(timed.months[timed.known])
    np.testing.assert_allclose(rows.exposure.sum(axis=1)[timed.known], followed)
    assert (rows.exposure[~timed.known] == 0).all()
    np.testing.assert_array_equal(rows.events.sum(axis=1) > 0, timed.event)
    assert (rows.exposure[rows.events > 0] > 0).all()


def test_cuts_are_rounded_and_every_interval_holds_events():
    """No event time can be read back from a cut."""
    timed = some_times()
    intervals = Intervals.of(timed)
    assert all(float(f"{cut:.2g}") == cut for cut in intervals.cuts)
    assert intervals.rows(timed).events.sum(axis=0).min() >= 11
    assert intervals.horizon <= np.nanmax(timed.months)
    assert intervals.shape.mean() == pytest.approx(0, abs=1e-12)


def test_the_clock_follows_the_pooled_hazard_and_never_stops():
    """One constant hazard on the clock is the pooled curve, however it bends within an interval."""
    chance = np.random.default_rng(6)
    months = 1.5 + chance.exponential(6, 4_000)  # nobody dies in the first six weeks
    timed = Timed(np.minimum(months, 30.0), months < 30.0)
    intervals = Intervals((), 30.0, Intervals.of(timed).clock)
    rows = intervals.rows(timed)
    rate = np.log(rows.events.sum() / rows.exposure.sum())
    times = np.array([1.0, 3.0, 8.0, 20.0])
    found = np.exp(-intervals.cumulative(np.array([[rate]]), times))[0]
    np.testing.assert_allclose(found, [(months > time).mean() for time in times], atol=0.025)
    plain = Intervals((), 30.0)
    assert abs(np.exp(-1.0 * rows.events.sum() / plain.rows(timed).exposure.sum()) - 1) > 0.08
    ticks = intervals.ticks(np.linspace(0, 80, 400))
    assert (np.diff(ticks) > 0).all()
    assert all(float(f"{month:.2g}") == month for month, _ in intervals.clock[:-1])


@pytest.mark.parametrize("size", [30, 60, 200, 4_000])
def test_the_clock_runs_forward_in_every_cohort(size):
    """Ties, long silences before the end, few events: time at risk never stands still."""
    for seed in range(12):
        chance = np.random.default_rng(seed)
        months = np.maximum(np.round(chance.exponential(10, size), int(seed % 3)), 0.1)
        timed = Timed(months, (months < 15) & (chance.random(size) < 0.7))
        ticks = np.array(Intervals.of(timed).clock or ((0.0, 0.0), (1.0, 1.0)))
        assert (np.diff(ticks, axis=0) > 0).all()
        assert (Intervals.of(timed).rows(timed).exposure.sum(axis=1) > 0).all()


def test_few_events_make_few_intervals():
    """Down to one constant hazard."""
    timed = some_times(40)
    assert Intervals.of(timed).count == 1
    assert Intervals.of(timed).shape.tolist() == [0.0]


def test_cumulative_hazard_of_a_constant_hazard_is_rate_times_time():
    """Whatever the cuts."""
    intervals = Intervals((2.0, 5.0), 40.0)
    found = intervals.cumulative(np.full((1, 3), np.log(0.1)), np.array([0.0, 1.0, 4.0, 30.0]))
    np.testing.assert_allclose(found, [[0.0, 0.1, 0.4, 3.0]])


def test_folds_keep_a_patients_rows_together_and_spread_the_answers():
    """Lines of one patient never stand on both sides of a split."""
    ids = np.array([f"p{i // 2}" for i in range(400)], dtype=object)
    answers = np.repeat(np.random.default_rng(0).integers(0, 2, 200), 2)
    fold = assign_folds(ids, answers, 5, seed=1)
    assert (fold[::2] == fold[1::2]).all()
    assert np.bincount(fold).min() >= 78
    shares = [answers[fold == f].mean() for f in range(5)]
    assert max(shares) - min(shares) < 0.06
    np.testing.assert_array_equal(fold, assign_folds(ids, answers, 5, seed=1))
    assert (fold != assign_folds(ids, answers, 5, seed=2)).any()
