"""Explanations: exact sums, the forecast's own numbers, true signs, Shapley by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.explanation import REGIMEN, TIME, Target
from dashboard.answers.forecast import SurvivalCurve
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.attribution import attribute, attribute_over
from dashboard.insight.contrast import contrast, difference
from dashboard.learning.bundle import Bundle
from dashboard.learning.forecasting import forecast
from dashboard.learning.training import train
from tests.effort import effort
from tests.statistics.worlds import REGIMENS, a_world, binary_only, facts_of

TARGETS = (
    Target("response"),
    Target("os", 12.0),
    Target("os", 12.3),
    Target("pfs", 6.0),
    Target("pfs", 0.5),
    Target("os", 20.0, "months"),
    Target("pfs", 11.7, "months"),
    Target("toxicity:hepatic"),
    Target("progression", 12.0),
    Target("progression", 9.3, "months"),
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
    if target.name == "progression":
        months, progressed = found.progression.months, found.progression.by_cause["progressed"]
        curve = SurvivalCurve(months, progressed, progressed, progressed)
    else:
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


def signs_and_idle_shares(found, truth: np.ndarray, names: list[str]) -> tuple[float, dict]:
    """How often effects of five points or more have the true sign; what goes to idle facts."""
    effects = np.array([[each[name] for name in names] for each in found])
    large = np.abs(truth) >= 0.05
    right = float((np.sign(effects) == np.sign(truth))[large].mean())
    shares = np.abs(effects) / np.abs(effects).sum(axis=1, keepdims=True)
    idle = [name for name, column in zip(names, truth.T, strict=True) if not column.any()]
    return right, {name: float(shares[:, names.index(name)].mean()) for name in idle}


@pytest.mark.deep
@pytest.mark.slow
def test_effects_are_those_of_the_truth_in_a_cohort_of_default_size():
    """Signs right in 95 of 100; of the bars that are shown, under 2 % for facts that do nothing."""
    data = binary_only(a_world(6000, 740).data)
    model = train(data, seed=3)
    world = a_world(300, 741, missing=0)
    pdl1, albumin, nlr, age, _, _, ecog, driver = world.complete.T
    terms = {
        "pdl1": 1.1 * (pdl1 - 33) / 33,
        "albumin": 0.25 * (albumin - 3.8) / 0.4,
        "ecog": -0.175 * ecog,
        "nlr": -0.125 * (np.log(nlr) - 1.4) / 0.6,
        "driver": -0.9 * (driver == 1),
        "age": 0 * age,
        "noise": 0 * age,
        "sex": 0 * age,
    }
    p = world.response[:, REGIMENS.index("io")]
    truth = np.array([(t - t.mean()) * p * (1 - p) for t in terms.values()]).T
    explained = [
        attribute(model, facts_of(row), ["io"], Target("response"))[0] for row in world.complete
    ]
    found = [{c.feature: c.effect for c in each.contributions} for each in explained]
    right, idle = signs_and_idle_shares(found, truth, list(terms))
    assert right >= 0.95
    assert set(idle) == {"age", "noise", "sex"}
    assert max(idle.values()) < 0.05
    shown = [{c.feature: c.effect * c.stable for c in each.contributions} for each in explained]
    assert max(signs_and_idle_shares(shown, truth, list(terms))[1].values()) < 0.02
    dealt = [dict(zip(each, np.roll(list(each.values()), 4), strict=True)) for each in shown]
    twin, idle = signs_and_idle_shares(dealt, truth, list(terms))
    assert twin < 0.95
    assert max(idle.values()) > 0.02


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


def test_explanations_over_time_are_those_of_each_month(bundle, people):
    """Asked together or one by one: the same baseline, output and nearly the same shares."""
    months = (3.0, 6.0, 12.0)
    together = attribute_over(bundle, people[1], "io", name="os", months=months)
    for month, found in zip(months, together, strict=True):
        (alone,) = attribute(bundle, people[1], ["io"], Target("os", month))
        assert found.horizon_months == month
        assert found.output == pytest.approx(alone.output, abs=1e-12)
        assert found.baseline == pytest.approx(alone.baseline, abs=1e-12)
        for one, other in zip(found.contributions, alone.contributions, strict=True):
            assert one.effect == pytest.approx(other.effect, abs=2e-3)
    with pytest.raises(NotEnoughEvidence, match="does not change with time"):
        attribute_over(bundle, people[1], "io", name="response", months=months)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_every_share_has_an_interval_around_it(bundle, people, target):
    """Wider than nothing for every input that adds something, narrower than the whole scale."""
    for each in attribute(bundle, people[0], REGIMENS, target)[0].contributions:
        assert each.low is not None and each.high is not None  # noqa: PT018
        assert each.low <= each.effect <= each.high
        assert (each.high - each.low > 0) or each.effect == 0
        assert not (each.feature == TIME and each.stable)
        assert each.high - each.low < (target.months or 1.0 if target.scale == "months" else 1.0)


@pytest.fixture(scope="module")
def retrained() -> list[Bundle]:
    """Models of response, each learnt from other patients of the same kind."""
    return [train(binary_only(a_world(600, 720 + i).data), seed=3) for i in range(4)]


def believable(wandered: float, stated: float) -> bool:
    """Whether stated deviations are those of retrained models, or somewhat wider."""
    return 0.4 < wandered / stated < 1.25


def test_stated_deviations_are_how_far_retrained_models_wander(retrained):
    """And a share whose sign is called sure has it in another model more often than the others."""
    world = a_world(10, 730, missing=0.1)
    effects, halves = [], []
    for each in retrained:
        rows = [
            attribute(each, facts_of(row), REGIMENS, Target("response"))
            for row in world.data.values
        ]
        parts = [[found.contributions for found in person] for person in rows]
        effects.append([[[c.effect for c in one] for one in person] for person in parts])
        halves.append([[[c.high - c.effect for c in one] for one in person] for person in parts])
    shares, stated = np.array(effects), np.array(halves) / 1.645
    wandered = np.sqrt(shares.var(axis=0, ddof=1).mean())
    assert believable(wandered, np.sqrt((stated**2).mean()))
    assert not believable(wandered, np.sqrt(((stated / 4) ** 2).mean()))
    assert not believable(wandered, np.sqrt(((stated * 4) ** 2).mean()))
    sure = np.abs(shares[0]) > 1.645 * stated[0]
    alike = np.mean([np.sign(shares[0]) == np.sign(other) for other in shares[1:]], axis=0)
    assert 0.05 < sure.mean() < 0.9
    assert alike[sure].mean() > alike[~sure].mean() + 0.1
    assert alike[sure].mean() > 0.75


def test_shares_of_a_contrast_are_surer_than_those_of_two_explanations(bundle, people):
    """What a fact does under either regimen cancels, with its uncertainty."""
    target = Target("os", 12.0)
    why = contrast(bundle, people[0], ("io-chemo", "chemo"), target)
    first, second = attribute(bundle, people[0], ("io-chemo", "chemo"), target)
    widths = {c.feature: c.high - c.low for c in why.contributions}
    apart = {
        a.feature: np.hypot(a.high - a.low, b.high - b.low)
        for a, b in zip(first.contributions, second.contributions, strict=True)
    }
    assert widths["albumin"] < 0.95 * apart["albumin"]
    assert why.low < why.difference < why.high


@pytest.mark.parametrize("target", [Target("os", 18.0, "months"), Target("progression", 9.0)])
def test_differences_of_months_and_incidences_have_intervals(bundle, people, target):
    """Around the difference; none between a regimen and itself."""
    facts = people[0]
    found = difference(bundle, facts, ("io", "chemo"), target)
    assert found.low < found.value < found.high
    same = difference(bundle, facts, ("io", "io"), target)
    assert (same.low, same.value, same.high) == (0.0, 0.0, 0.0)


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
    "target", [Target("response"), Target("os", 12.0), Target("os", 18.0, "months")], ids=str
)
def test_differences_are_not_surer_where_facts_are_unknown(bundle, target):
    """An unsure effect of a fact counts for what the fact may be, not for its middle alone."""
    lost = ({"pdl1", "driver"}, {"pdl1", "driver", "albumin", "nlr", "ecog"}, {"age", "sex"})
    whole, parts = [], []
    for row in a_world(20, 503, missing=0).complete:
        found = difference(bundle, facts_of(row), ("io", "chemo"), target)
        whole.append(found.high - found.low)
        for names in lost:
            facts = facts_of(row, lambda name, names=names: name not in names)
            part = difference(bundle, facts, ("io", "chemo"), target)
            parts.append(part.high - part.low)
    assert np.mean(parts) > 0.97 * np.mean(whole)


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


def test_what_was_never_recorded_under_a_regimen_is_not_explained(bundle, people):
    """Neither alone nor in a contrast nor over time; other targets and regimens are."""
    taught = {"toxicity:hepatic": ("io",), "os": ("io",)}
    silent = replace(bundle, card={**bundle.card, "taught": taught})
    target = Target("toxicity:hepatic")
    with pytest.raises(NotEnoughEvidence, match="Not known under chemo: toxicity hepatic"):
        attribute(silent, people[0], ["io", "chemo"], target)
    with pytest.raises(NotEnoughEvidence, match="Not known under tki: toxicity hepatic"):
        contrast(silent, people[0], ("io", "tki"), target)
    with pytest.raises(NotEnoughEvidence, match="Not known under tki"):
        difference(silent, people[0], ("tki", "io"), target)
    with pytest.raises(NotEnoughEvidence, match="Not known under chemo: os"):
        attribute_over(silent, people[0], "chemo", name="os", months=[6.0])
    assert attribute(silent, people[0], ["io", "io-chemo"], target)
    assert attribute(silent, people[0], ["chemo"], Target("response"))


def test_explaining_takes_milliseconds(bundle, people):
    """Response and survival for six regimens: a fraction of the promised 80 ms for twelve."""
    attribute(bundle, people[0], REGIMENS, Target("os", 12.0))

    def both() -> None:
        attribute(bundle, people[0], REGIMENS, Target("response"))
        attribute(bundle, people[0], REGIMENS, Target("os", 12.0))

    assert effort(both) < 6.5
