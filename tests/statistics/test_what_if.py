"""What would change a forecast: tornado, tipping points, counterfactuals, pairs, effect curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.explanation import REGIMEN, Target
from dashboard.cohort.columns import CohortData
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.attribution import attribute
from dashboard.insight.counterfactual import IMPLAUSIBLE, counterfactuals
from dashboard.insight.effects import effect_curve
from dashboard.insight.neighbours import Space
from dashboard.insight.observed import groups_of
from dashboard.insight.outputs import Outputs
from dashboard.insight.pairs import interactions, surface
from dashboard.insight.places import Places
from dashboard.insight.swings import tipping_points, tornado
from dashboard.learning.bundle import Bundle
from dashboard.learning.training import train
from tests.statistics.worlds import REGIMENS, a_world, facts_of

RESPONSE, SURVIVAL = Target("response"), Target("os", 12.0)
TARGETS = (
    RESPONSE,
    SURVIVAL,
    Target("pfs", 7.3),
    Target("progression", 9.0),
    Target("os", 18.0, "months"),
    Target("toxicity:hepatic"),
)
PERSON = {
    "pdl1": 5.0,
    "albumin": 3.4,
    "nlr": 6.0,
    "age": 66.0,
    "noise": 0.1,
    "sex": True,
    "ecog": "1",
    "driver": "none",
}


@pytest.fixture(scope="module")
def prognostic() -> tuple[CohortData, Bundle]:
    """A small cohort without treatments, with progression-free survival alone."""
    data = a_world(260, 810).data
    lean = replace(
        data, regimens=(), regimen=None, classes={}, response=None, toxicities={},
        timed={"pfs": data.timed["pfs"]},
    )  # fmt: skip
    return lean, train(lean, seed=2)


def test_cohorts_without_treatments_are_explained_too(prognostic):
    """One outcome, no regimen: sums, swings, changes, pairs, curves and similar patients hold."""
    data, bundle = prognostic
    target = Target("pfs", 6.0)
    (found,) = attribute(bundle, PERSON, [""], target)
    assert abs(found.additivity_error) <= 1e-9
    assert REGIMEN not in {each.feature for each in found.contributions}
    assert tornado(bundle, PERSON, "", target).output == pytest.approx(found.output, abs=1e-12)
    goal = found.output + 0.02
    changed = counterfactuals(bundle, PERSON, "", target, modifiable=["albumin"], goal=goal)
    assert changed.modifiable == ("albumin",)
    assert all(each.first != REGIMEN for each in interactions(bundle, PERSON, "", target))
    curve = effect_curve(bundle, bundle.contract.of_cohort(data), "", target, feature="albumin")
    assert curve.values[-1] > curve.values[0]
    near = Space.of(bundle, data).nearest(PERSON, data.ids, 40, wishes={}, locks=())
    (group,) = groups_of(data, near, {})
    assert group.patients == 40
    assert set(group.curves) == {"pfs"}
    with pytest.raises(NotEnoughEvidence, match="not trained for os"):
        attribute(bundle, PERSON, [""], SURVIVAL)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_outputs_of_many_rows_are_what_is_explained(bundle, target):
    """The what-if questions speak of the same numbers as the explanation."""
    rows = a_world(6, 801).data.values
    found = Outputs(bundle, target).of(rows, ["io-chemo"])
    for row, output in zip(rows, found, strict=True):
        (alone,) = attribute(bundle, facts_of(row), ["io-chemo"], target)
        assert output == pytest.approx(alone.output, abs=1e-12)


def test_tornado_puts_unknown_facts_first_and_wider_swings_before_narrower(bundle):
    """Every fact has one swing, whose ends are what would be forecast."""
    facts = {name: v for name, v in PERSON.items() if name not in {"pdl1", "driver"}}
    found = tornado(bundle, facts, "io", RESPONSE)
    assert {swing.feature for swing in found.swings} == set(bundle.contract.ids)
    assert [swing.known for swing in found.swings] == [False] * 2 + [True] * 6
    assert found.swings[0].feature == "pdl1"
    known = [swing.width for swing in found.swings if swing.known]
    assert known == sorted(known, reverse=True)
    swing = next(each for each in found.swings if each.feature == "albumin")
    for value, output in (
        (swing.low_value, swing.low_output),
        (swing.high_value, swing.high_output),
    ):
        (at,) = attribute(bundle, {**facts, "albumin": value}, ["io"], RESPONSE)
        assert output == pytest.approx(at.output, abs=2e-3)  # the value is told in three figures


def test_unknown_facts_swing_over_what_goes_with_the_known_ones(bundle):
    """Albumin of a frail patient is looked for where frail patients have it."""
    frail = {"nlr": 15.0, "ecog": "2", "age": 70.0, "pdl1": 20.0, "driver": "none"}
    fit = {**frail, "nlr": 1.5, "ecog": "0"}
    ends = [
        next(s for s in tornado(bundle, facts, "io", SURVIVAL).swings if s.feature == "albumin")
        for facts in (frail, fit)
    ]
    assert ends[0].low_value < ends[1].low_value
    assert ends[0].high_value < ends[1].high_value


def test_tipping_points_are_where_the_order_flips(bundle):
    """Just beyond each point the other regimen leads; on this side it does not."""
    found = tipping_points(bundle, PERSON, ("chemo", "io"), RESPONSE)
    assert found.difference > 0
    point = next(each for each in found.points if each.feature == "pdl1")
    assert point.crossing == "above"
    assert PERSON["pdl1"] < point.at < 100
    for value, flipped in ((point.at * 1.02, True), (point.at * 0.97, False)):
        ends = attribute(bundle, {**PERSON, "pdl1": value}, ("chemo", "io"), RESPONSE)
        assert (ends[0].output < ends[1].output) == flipped
    assert found.difference * point.difference < 0
    assert set(found.searched) == set(bundle.contract.ids)


def test_tipping_points_name_levels_and_directions(bundle):
    """A driver alteration turns chemotherapy and its inhibitor round."""
    found = tipping_points(bundle, PERSON, ("chemo", "tki"), RESPONSE)
    assert found.difference > 0
    (point,) = [each for each in found.points if each.feature == "driver"]
    assert (point.crossing, point.at, point.value) == ("is", "driver", "none")


def test_no_tipping_point_is_an_answer(bundle):
    """Nothing turns a regimen against itself, and nothing is made up."""
    found = tipping_points(bundle, PERSON, ("io", "io"), RESPONSE)
    assert found.points == ()
    assert found.difference == 0.0
    assert not found.certain


def test_counterfactuals_change_little_of_what_may_change_and_reach_the_goal(bundle):
    """One fact before two, smaller before larger, never what is not modifiable."""
    now = float(Outputs(bundle, SURVIVAL).of(_row(bundle), ["io"])[0])
    found = counterfactuals(
        bundle, PERSON, "io", SURVIVAL, modifiable=["albumin", "nlr", "sex"], goal=now + 0.05
    )
    assert found.found
    assert found.best is None
    counts = [len(each.changes) for each in found.found]
    assert counts == sorted(counts)
    for each in found.found:
        assert each.after >= now + 0.05 > each.before == pytest.approx(now)
        assert each.plausible >= IMPLAUSIBLE
        assert {change.feature for change in each.changes} <= {"albumin", "nlr", "sex"}
        changed = {**PERSON, **{change.feature: change.after for change in each.changes}}
        (there,) = attribute(bundle, changed, ["io"], SURVIVAL)
        assert there.output == pytest.approx(each.after, abs=1e-9)


def test_counterfactuals_lower_what_is_bad_and_say_when_there_is_none(bundle):
    """Toxicity is to fall; a goal out of reach has no answer but the best that was found."""
    target = Target("toxicity:hepatic")
    now = float(Outputs(bundle, target).of(_row(bundle), ["chemo"])[0])
    out_of_reach = counterfactuals(
        bundle, PERSON, "chemo", target, modifiable=["albumin", "nlr", "ecog"], goal=0.0
    )
    assert out_of_reach.found == ()
    assert out_of_reach.best is None or out_of_reach.best.after < now
    nothing = counterfactuals(bundle, PERSON, "chemo", target, modifiable=[], goal=0.0)
    assert (nothing.found, nothing.best, nothing.modifiable) == ((), None, ())


def test_implausible_combinations_are_told_apart_from_usual_ones(bundle):
    """Excellent albumin with a very high NLR is rarer than good albumin with a low one."""
    places = Places(bundle.encoding)
    names = bundle.contract.ids
    odd, usual = (
        bundle.contract.of_patient({**PERSON, **values})[0]
        for values in ({"albumin": 4.6, "nlr": 25.0}, {"albumin": 4.1, "nlr": 3.0})
    )
    columns = [names.index("albumin"), names.index("nlr")]
    assert places.plausible(odd, columns) < 0.05 < places.plausible(usual, columns)


def test_interactions_find_the_regimen_by_which_a_fact_matters(bundle):
    """The driver alteration speaks for its inhibitor more than for the others."""
    found = interactions(bundle, {**PERSON, "driver": "driver"}, "tki", RESPONSE)
    leader = found[0]
    assert (leader.first, leader.second) == (REGIMEN, "driver")
    assert leader.effect > 0.05
    assert abs(found[0].effect) >= abs(found[-1].effect)


def test_a_surface_holds_the_forecast_of_its_corners(bundle):
    """Values over two facts, the patient's own marked."""
    found = surface(bundle, PERSON, "io", RESPONSE, features=("pdl1", "ecog"))
    assert found.patient == (5.0, "1")
    assert len(found.values) == len(found.places[0])
    corner = {**PERSON, "pdl1": found.places[0][-1], "ecog": found.places[1][0]}
    (there,) = attribute(bundle, corner, ["io"], RESPONSE)
    assert found.values[-1][0] == pytest.approx(there.output, abs=1e-6)
    with pytest.raises(KeyError, match="height"):
        surface(bundle, PERSON, "io", RESPONSE, features=("height", "ecog"))


def test_effect_curves_rise_where_the_truth_does_and_are_flat_for_noise(bundle, world):
    """Accumulated over the cohort, centred, with the patient's mark on the curve."""
    values = bundle.contract.of_cohort(world.data)[:300]
    curve = effect_curve(bundle, values, "io", RESPONSE, feature="pdl1", facts=PERSON)
    assert curve.kind == "accumulated"
    assert curve.values[-1] - curve.values[0] > 0.2
    assert curve.patient_value == pytest.approx(
        np.interp(5.0, np.array(curve.places, dtype=float), curve.values), abs=1e-3
    )
    assert all(low <= v <= high for low, v, high in zip(curve.low, curve.values, curve.high,
                                                        strict=True))  # fmt: skip
    assert max(curve.places) <= bundle.contract.inputs[0].clip[1]
    flat = effect_curve(bundle, values, "io", RESPONSE, feature="noise")
    assert np.ptp(flat.values) < 0.3 * np.ptp(curve.values)
    assert flat.patient_value is None


@pytest.mark.parametrize("target", [SURVIVAL, Target("progression", 6.0)], ids=str)
def test_effect_curves_of_levels_are_partial_averages(bundle, world, target):
    """If everybody had each level, against the average."""
    values = bundle.contract.of_cohort(world.data)[:150]
    curve = effect_curve(bundle, values, "tki", target, feature="driver")
    assert curve.kind == "partial"
    assert curve.places == ("none", "driver", "other")
    shares = np.array(curve.counts) / sum(curve.counts)
    assert shares @ np.array(curve.values) == pytest.approx(0, abs=1e-9)
    gain = curve.values[1] - curve.values[0]
    assert gain * (1 if target.name == "os" else -1) > 0


def test_effect_curves_need_patients_who_know_the_feature(bundle, world):
    """An unknown name and a feature nobody knows are refused."""
    values = bundle.contract.of_cohort(world.data)[:30]
    with pytest.raises(KeyError, match="height"):
        effect_curve(bundle, values, "io", RESPONSE, feature="height")
    values[:, 0] = np.nan
    with pytest.raises(NotEnoughEvidence, match="Too few patients of the cohort"):
        effect_curve(bundle, values, "io", RESPONSE, feature="pdl1")


def _row(bundle) -> np.ndarray:
    return bundle.contract.of_patient(PERSON)[0][None]


def test_every_regimen_can_be_asked_row_by_row(bundle):
    """One regimen a row is the same as one row a regimen."""
    rows = np.repeat(_row(bundle), len(REGIMENS), axis=0)
    found = Outputs(bundle, SURVIVAL).of(rows, REGIMENS)
    ends = [each.output for each in attribute(bundle, PERSON, REGIMENS, SURVIVAL)]
    np.testing.assert_allclose(found, ends, atol=1e-12)
