"""Explanations: exact sums, the forecast's own numbers, true signs, Shapley by brute force."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dashboard.answers.explanation import REGIMEN, TIME
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.attribution import Target, attribute
from dashboard.insight.contrast import contrast, difference
from dashboard.insight.paths import share_out
from dashboard.learning.forecasting import forecast
from dashboard.learning.recalibration import UNCHANGED, Recalibration
from tests.effort import effort
from tests.statistics.worlds import REGIMENS, a_world, facts_of

TARGETS = (
    Target("response"),
    Target("os", 12.0),
    Target("os", 12.3),
    Target("pfs", 6.0),
    Target("pfs", 0.5),
    Target("os", 20.0, "months"),
    Target("pfs", 11.7, "months"),
    Target("toxicity:hepatic"),
)


@pytest.fixture(scope="module")
def people() -> list[dict[str, float | bool | str]]:
    """Patients, some with much unknown."""
    world = a_world(12, 701, missing=0.25)
    rows = world.data.values
    return [facts_of(row) for row in rows if (~np.isnan(row)).sum() > 3]


def forecast_of(found, target: Target) -> float:
    """The number that the forecast shows for a target."""
    if target.name == "response":
        return found.response.p
    if target.name.startswith("toxicity:"):
        return found.toxicities[target.name.removeprefix("toxicity:")].p
    curve = getattr(found, target.name)
    if target.scale == "months":
        return curve.restricted_mean(target.months).months
    return curve.at(target.months).p


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_attributions_add_up_to_what_is_forecast(bundle, people, target):
    """Baseline plus effects is the forecast's own number, for every patient and regimen."""
    for facts in people:
        found = forecast(bundle, facts, REGIMENS)
        for each in attribute(bundle, facts, REGIMENS, target):
            assert abs(each.additivity_error) <= 1e-9
            assert each.output == pytest.approx(
                forecast_of(found.of(each.regimen), target), abs=1e-9
            )


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_contrasts_add_up_to_the_difference_of_the_forecasts(bundle, people, target):
    """A minus B, shared out over the same facts, and nothing when A is B."""
    for facts in people[:4]:
        found = forecast(bundle, facts, REGIMENS)
        why = contrast(bundle, facts, ("tki", "chemo"), target)
        expected = forecast_of(found.of("tki"), target) - forecast_of(found.of("chemo"), target)
        assert why.difference == pytest.approx(expected, abs=1e-9)
        assert abs(why.additivity_error) <= 1e-9
        same = contrast(bundle, facts, ("io", "io"), target)
        assert all(each.effect == 0 for each in same.contributions)


def test_every_input_has_its_place_and_unknown_ones_no_value(bundle, people):
    """The regimen is named, a fact unknown is said to be."""
    facts = {name: value for name, value in people[0].items() if name != "pdl1"}
    (found,) = attribute(bundle, facts, ["io"], Target("response"))
    names = [each.feature for each in found.contributions]
    assert set(bundle.contract.ids) <= set(names)
    assert TIME not in names
    values = {each.feature: each.value for each in found.contributions}
    assert values["pdl1"] is None
    assert values[REGIMEN] == "io"
    for each in found.contributions:
        assert each.low <= each.effect <= each.high


def test_effects_have_the_signs_of_the_truth_and_noise_has_none(bundle):
    """Where the truth differs by five points or more from the average patient's."""
    world = a_world(80, 702, missing=0)
    right, noise, total = [], 0.0, 0.0
    middle = np.median(world.complete[:, 0])
    for row in world.complete:
        (found,) = attribute(bundle, facts_of(row), ["io"], Target("response"))
        effects = {each.feature: each.effect for each in found.contributions}
        if abs(row[0] - middle) > 30:
            right.append(np.sign(effects["pdl1"]) == np.sign(row[0] - middle))
        noise += abs(effects["noise"])
        total += sum(abs(effect) for effect in effects.values())
    assert len(right) > 20
    assert np.mean(right) >= 0.95
    assert noise / total < 0.06


def test_the_contrast_finds_what_separates_two_regimens(bundle):
    """PD-L1 for checkpoint inhibition against chemotherapy, the driver for the inhibitor."""
    world = a_world(200, 703, missing=0)
    high = world.complete[(world.complete[:, 0] > 85) & (world.complete[:, 7] == 0)][0]
    why = contrast(bundle, facts_of(high), ("io", "chemo"), Target("response"))
    inputs = [each for each in why.contributions if each.feature != REGIMEN]
    assert max(inputs, key=lambda each: each.effect).feature == "pdl1"
    driven = world.complete[world.complete[:, 7] == 1][0]
    why = contrast(bundle, facts_of(driven), ("tki", "chemo"), Target("response"))
    assert max(why.contributions, key=lambda each: each.effect).feature in {"driver", REGIMEN}
    effects = {each.feature: each.effect for each in why.contributions}
    assert effects["driver"] > 0


def test_differences_have_intervals_narrower_than_two_forecasts_apart(bundle, people):
    """What is uncertain about the patient cancels; what is uncertain about regimens does not."""
    for target in (Target("response"), Target("os", 12.0)):
        for facts in people[:3]:
            found = difference(bundle, facts, ("io", "io-chemo"), target)
            each = forecast(bundle, facts, REGIMENS)
            ends = [each.of(name) for name in ("io", "io-chemo")]
            chances = [
                end.response if target.name == "response" else end.os.at(12.0) for end in ends
            ]
            apart = np.hypot(*(chance.high - chance.low for chance in chances))
            assert found.low < found.value < found.high
            assert found.high - found.low < 1.02 * apart
    same = difference(bundle, people[0], ("io", "io"), Target("response"))
    assert (same.low, same.value, same.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target("cost"), "not trained for cost"),
        (Target("toxicity:renal"), "not trained for toxicity:renal"),
        (Target("os", 500.0), "followed for"),
        (Target("os"), "followed for"),
    ],
)
def test_what_was_not_trained_or_followed_is_refused(bundle, people, target, message):
    """A missing explanation is said."""
    with pytest.raises(NotEnoughEvidence, match=message):
        attribute(bundle, people[0], ["io"], target)
    with pytest.raises(NotEnoughEvidence, match="for probabilities"):
        difference(bundle, people[0], ("io", "chemo"), Target("os", 12.0, "months"))


def shapley_of_survival(base, parts, exposure, recalibration) -> np.ndarray:
    """Shapley values of survival by all subsets of parts."""
    count = parts.shape[1]

    def value(known: tuple[int, ...]) -> float:
        hazards = np.exp(base + parts[:, list(known)].sum(axis=1))
        return float(np.exp(-np.exp(recalibration.apply(np.log(hazards @ exposure)))))

    found = np.zeros(count)
    for part in range(count):
        others = [other for other in range(count) if other != part]
        for size in range(count):
            share = math.factorial(size) * math.factorial(count - 1 - size) / math.factorial(count)
            for known in itertools.combinations(others, size):
                found[part] += share * (value((*known, part)) - value(known))
    return found


def test_path_shares_agree_with_brute_force_shapley():
    """Within half a point on models with up to six parts, and the same leader."""
    chance = np.random.default_rng(0)
    exposure = np.array([[2.0, 3.0, 4.0, 3.0]])
    worst = 0.0
    for trial in range(40):
        count = 3 + trial % 4
        base = np.log(0.06) + 0.3 * chance.normal(size=4)
        steady = 0.35 * chance.normal(size=(1, count)) + 0.05 * chance.normal(size=(4, count))
        pair = UNCHANGED if trial % 2 else Recalibration(0.1, 0.9)
        shared = share_out(base, steady[None], exposure, pair)
        brute = shapley_of_survival(base, steady, exposure[0], pair)
        found = shared.effects[0, 0]
        assert shared.baseline[0] + found.sum() == pytest.approx(shared.output[0, 0], abs=1e-12)
        worst = max(worst, float(np.abs(found - brute).max()))
        assert np.argmax(np.abs(found)) == np.argmax(np.abs(brute))
    assert worst < 0.005


def test_path_shares_of_proportional_hazards_are_rescaled_effects():
    """Near a straight path's closed form: log-hazard effects x (S - S0) / (log H - log H0)."""
    base, effects = np.full(3, np.log(0.05)), np.array([0.4, -0.7, 0.2])
    exposure = np.array([[4.0, 4.0, 4.0], [1.0, 0.0, 0.0]])
    shared = share_out(base, np.tile(effects, (1, 3, 1)), exposure, UNCHANGED)
    gain = (shared.output[0] - shared.baseline) / effects.sum()
    np.testing.assert_allclose(shared.effects[0], gain[:, None] * effects, atol=6e-3)


def test_nothing_is_shared_out_where_nothing_differs():
    """At month 0, and for the average patient."""
    exposure = np.array([[0.0, 0.0], [3.0, 1.0]])
    parts = np.array([[[0.5, -0.2], [0.1, 0.3]]])
    shared = share_out(np.full(2, -3.0), parts, exposure, UNCHANGED)
    np.testing.assert_allclose(shared.effects[0, 0], 0, atol=1e-12)
    still = share_out(np.full(2, -3.0), 0 * parts, exposure, UNCHANGED)
    np.testing.assert_array_equal(still.effects, 0)


def test_explaining_takes_milliseconds(bundle, people):
    """Response and survival for six regimens: a fraction of the promised 80 ms for twelve."""
    attribute(bundle, people[0], REGIMENS, Target("os", 12.0))

    def both() -> None:
        attribute(bundle, people[0], REGIMENS, Target("response"))
        attribute(bundle, people[0], REGIMENS, Target("os", 12.0))

    assert effort(both) < 6.5
