"""Similar patients: who they are, what is never looked at, and what is made of their outcomes."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.answers.forecast import Chance
from dashboard.answers.similar import ObservedCurve, SimilarGroup
from dashboard.cohort.columns import Timed
from dashboard.cohort.estimators import kaplan_meier
from dashboard.foundation.errors import NotEnoughEvidence, UnknownFeature
from dashboard.insight.neighbours import Space, effective_number
from dashboard.insight.observed import (
    contrasts_of,
    e_value,
    groups_of,
    weighted_chance,
    weighted_curve,
)
from tests.statistics.worlds import facts_of


@pytest.fixture(scope="module")
def space(bundle, world) -> Space:
    """The world laid out as its bundle sees it."""
    return Space.of(bundle, world.data)


def nearest(space, world, row, count=20, **more):
    """The most similar rows to one of the world's own patients."""
    asked = {"wishes": {}, "locks": (), **more}
    return space.nearest(facts_of(world.data.values[row]), world.data.ids, count, **asked)


def test_the_nearest_patient_to_a_patient_is_itself(space, world):
    """At no distance where everything is known, and the most alike of all."""
    complete = np.flatnonzero(~np.isnan(world.data.values).any(axis=1))[:10]
    for row in complete:
        found = nearest(space, world, row)
        assert found.rows[0] == row
        assert found.distance[0] == pytest.approx(0, abs=1e-6)
        assert found.likeness[0] == pytest.approx(1)
        assert (np.diff(found.distance) >= 0).all()
        assert 10 < found.effective <= 20


def test_inputs_count_by_how_much_they_move_forecasts(space, bundle):
    """Noise counts next to nothing, the true drivers most."""
    weights = dict(zip(bundle.contract.ids, space.weights, strict=True))
    assert weights["noise"] < 0.3 * weights["pdl1"]
    assert min(weights.values()) > 0


def test_wishes_change_who_is_similar(space, world, bundle):
    """What counts more is matched better; what counts nothing does not matter."""
    column = bundle.contract.ids.index("noise")
    plain, wished = nearest(space, world, 7), nearest(space, world, 7, wishes={"noise": 100.0})
    own = world.data.values[7, column]
    gaps = [np.nanmean(np.abs(space.values[f.rows, column] - own)) for f in (plain, wished)]
    assert gaps[1] < gaps[0]
    alone = {name: 0.0 for name in bundle.contract.ids if name != "driver"}
    found = nearest(space, world, 7, wishes=alone)
    assert len({float(d) for d in np.round(found.distance, 9)}) <= 2
    with pytest.raises(NotEnoughEvidence, match="No input is left"):
        nearest(space, world, 7, wishes=dict.fromkeys(bundle.contract.ids, 0.0))


def test_locks_let_only_matching_patients_in(space, world, bundle):
    """Levels exactly, numbers nearly; a lock on an unknown fact lets everybody in."""
    driver = bundle.contract.ids.index("driver")
    row = int(np.flatnonzero(world.data.values[:, driver] == 1)[0])
    found = nearest(space, world, row, count=60, locks=("driver", "age"))
    assert (space.values[found.rows, driver] == 1).all()
    age = bundle.contract.ids.index("age")
    if not np.isnan(world.data.values[row, age]):
        assert np.ptp(space.values[found.rows, age]) < 3
    assert found.pool < world.data.size / 3
    facts = {n: v for n, v in facts_of(world.data.values[row]).items() if n != "driver"}
    free = space.nearest(facts, world.data.ids, 20, wishes={}, locks=("driver",))
    assert free.pool == world.data.size
    with pytest.raises(UnknownFeature, match="no input called height"):
        nearest(space, world, row, locks=("height",))


def test_those_who_opted_out_are_never_looked_at(space, world):
    """A thousand random opt-outs: none appears, however near, and nobody else is lost."""
    chance = np.random.default_rng(5)
    ids = world.data.ids
    for _ in range(40):
        out = set(chance.choice(ids, 25, replace=False).tolist())
        row = int(chance.integers(len(ids)))
        found = nearest(space, world, row, count=len(ids), left_out=out)
        shown = {ids[place] for place in found.rows}
        assert not shown & out
        assert shown | out == set(ids)
    with pytest.raises(NotEnoughEvidence, match="Nobody in the cohort"):
        nearest(space, world, 0, left_out=ids)


def test_of_several_rows_of_one_person_only_the_nearest_counts(space, world):
    """Later lines of one person are not several similar patients."""
    ids = [f"person {place // 2}" for place in range(world.data.size)]
    facts = facts_of(world.data.values[10])
    found = space.nearest(facts, ids, 50, wishes={}, locks=())
    people = [ids[place] for place in found.rows]
    assert len(set(people)) == len(people) == 50
    assert found.pool == len(set(ids))


def test_differences_name_what_sets_a_neighbour_apart(space, world):
    """The largest part of the distance first; facts that agree are not named."""
    found = nearest(space, world, 10)
    told = space.differences(facts_of(world.data.values[10]), found, 15)
    assert told
    shares = [each.distance for each in told]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert all(each.patient != each.exemplar for each in told)


def test_curves_with_equal_weights_are_kaplan_meier_curves():
    """The same survival and nearly the same band as the estimator the simulator is judged by."""
    chance = np.random.default_rng(2)
    months, event = np.round(chance.exponential(10, 80), 1), chance.random(80) < 0.7
    found = weighted_curve(Timed(months, event), np.full(80, 0.37))
    known = kaplan_meier(months, event, level=0.9)
    np.testing.assert_allclose(found.survival[1:], known.survival, atol=1e-12)
    np.testing.assert_allclose(found.low[1:], known.low, atol=1e-9)
    np.testing.assert_allclose(found.high[1:], known.high, atol=1e-9)
    assert found.median == known.median
    assert found.events == event.sum()
    assert found.risk_months[:3] == (0.0, 6.0, 12.0)
    assert found.at_risk[:3] == (80, (months >= 6).sum(), (months >= 12).sum())
    hidden = weighted_curve(Timed(months, event), np.full(80, 0.37), least=11)
    assert all(left is None or left >= 11 for left in hidden.at_risk)
    assert hidden.at_risk[-1] is None


def test_weights_count_as_so_many_patients():
    """A patient of weight two is two patients of weight one, except for the interval's width."""
    months, event = np.array([2.0, 4.0, 6.0, 9.0]), np.array([True, False, True, True])
    doubled = weighted_curve(Timed(months, event), np.array([2.0, 1.0, 1.0, 1.0]))
    spelled = weighted_curve(Timed(np.append(months, 2.0), np.append(event, True)), np.ones(5))
    np.testing.assert_allclose(doubled.survival, spelled.survival)
    assert effective_number(np.array([1.0, 1.0, 1.0])) == pytest.approx(3)
    assert effective_number(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)
    assert effective_number(np.zeros(2)) == 0


def test_shares_have_intervals_that_hold_the_truth():
    """Nine in ten of the 90 % intervals; a twin on the bare number of patients holds fewer."""
    chance = np.random.default_rng(3)
    held = twin = 0
    rounds = 600
    for _ in range(rounds):
        weight = chance.exponential(size=40) ** 2  # few patients carry most of the weight
        answers = (chance.random(40) < 0.3).astype(float)
        found = weighted_chance(answers, weight)
        held += found.low <= 0.3 <= found.high
        half = 1.645 * np.sqrt(found.p * (1 - found.p) / 40)
        twin += abs(found.p - 0.3) <= half
    margin = 3 * np.sqrt(0.9 * 0.1 / rounds)
    assert abs(held / rounds - 0.9) < margin + 0.02
    assert twin / rounds < 0.9 - margin - 0.02


def test_outcomes_are_those_of_the_patients_who_received_each_regimen(space, world):
    """Counts add up; a regimen's true response rate lies in most of the intervals."""
    found = nearest(space, world, 3, count=400)
    groups = groups_of(world.data, found, {"io": "Immunotherapy"})
    assert sum(group.patients for group in groups) == 400
    assert {group.label for group in groups} >= {"Immunotherapy"}
    sizes = [group.effective for group in groups]
    assert sizes == sorted(sizes, reverse=True)
    for group in groups:
        assert set(group.curves) == {"os", "pfs"}
        assert group.effective <= group.patients + 1e-9
        assert set(group.toxicity) == {"hepatic", "skin"}


def test_of_a_hospitals_patients_small_figures_are_left_out(space, world):
    """Whole months, no share of few, no curve of few, no count of few events."""
    found = nearest(space, world, 3, count=200)
    for group in groups_of(world.data, found, {}, least=11):
        own = world.data.regimens.index(group.regimen)
        rows = found.rows[world.data.regimen[found.rows] == own]
        yes = (world.data.response.codes[rows] >= 2).sum()
        assert (group.response is None) == (min(yes, len(rows) - yes) < 11)
        for curve in group.curves.values():
            assert all(month == int(month) for month in curve.months)
            assert curve.events is None or 11 <= curve.events <= len(rows) - 11


def test_e_values_are_the_published_ones():
    """VanderWeele and Ding's example: a risk ratio of 3.9 has an E-value of 7.26."""
    assert e_value(0.39, 0.1) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.1, 0.39) == e_value(0.39, 0.1)
    assert e_value(0.2, 0.2) == 1.0
    assert e_value(0.2, 0.0) == float("inf")


def a_group(name: str, p: float, effective: float = 40.0) -> SimilarGroup:
    """A regimen with a response and a survival at a year."""
    curve = ObservedCurve((0.0, 8.0, 11.0), (1.0, 0.8, p), (1.0, 0.7, p - 0.1),
                          (1.0, 0.9, min(1.0, p + 0.1)), None, None, None, 20)  # fmt: skip
    return SimilarGroup(
        name, name, 50, effective, Chance(p, p - 0.1, min(1.0, p + 0.1)), {"os": curve}
    )


def test_contrasts_say_what_confounding_could_make_of_them():
    """Against the most given regimen; chance, overlap and E-values in words and numbers."""
    groups = (a_group("a", 0.3), a_group("b", 0.6), a_group("c", 0.32), a_group("d", 0.9, 4.0))
    found = contrasts_of(groups, {"a": 0.4, "b": 0.3, "c": 0.01})
    assert {(each.regimen, each.versus) for each in found} == {("b", "a"), ("c", "a")}
    sure = next(each for each in found if each.regimen == "b" and each.outcome == "response")
    assert sure.low > 0
    assert sure.e_value > sure.e_value_limit > 1
    assert "association" in sure.note
    apart = next(each for each in found if each.regimen == "c")
    assert apart.e_value_limit == 1.0
    assert "hardly ever" in apart.note
    assert contrasts_of(groups[:1], {}) == ()
