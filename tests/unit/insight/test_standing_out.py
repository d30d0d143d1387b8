"""An arm against all others at once: what is found, what chance finds, and broken twins."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.foundation.seeds import generator
from dashboard.insight.agreement import SHARE, Point, to_scale
from dashboard.insight.noticed import CHANCE, ONE_QUESTION, POWER, limit_of
from dashboard.insight.standing_out import (
    FIGURES,
    WHOLE,
    Apart,
    Field,
    Hanging,
    apart,
    changed,
    field_of,
    sampling_errors,
)
from dashboard.insight.trial_replays import Replay

TRIALS = 24
SHARED = {"regimen": 0.15, "trial": 0.1, "arm": 0.1}  # deviations of every endpoint
PATIENTS = 300


def replay(arm, measure, published, model, *, variance=0.01, against=""):
    """One figure of an arm, in its own unit."""
    unit = SHARE if "response" in measure or "month" in measure else "months"
    held = Point(to_scale(published, unit), variance)
    return Replay(arm, f"r-{arm}", measure, "t", held, to_scale(model, unit), against)


def world(seed, trials=TRIALS):
    """Trials of two arms whose differences from a model hang together in a known way."""
    chance = generator(seed, "standing out")
    replays = []
    regimens = {f"r{i}": chance.normal(0, SHARED["regimen"], 2) for i in range(12)}
    for trial in range(trials):
        of_trial = chance.normal(0, SHARED["trial"], 2)
        arms, moved, missed = [f"t{trial}a", f"t{trial}b"], [], []
        for arm in arms:
            regimen = f"r{chance.integers(12)}"
            true = regimens[regimen] + of_trial + chance.normal(0, SHARED["arm"], 2)
            patients = chance.normal(0, (1 / PATIENTS) ** 0.5, 2)  # what its patients are off by
            moved.append(true)
            missed.append(patients)
            for place, name in enumerate(("PFS", "OS")):
                for measure in (f"median {name}", f"12-month {name}"):
                    own = chance.normal(0, (1 / PATIENTS) ** 0.5)
                    off = float(true[place] + patients[place] + own)
                    replays.append(figure(arm, regimen, f"t{trial}", measure, off))
        for place, name in enumerate(("PFS", "OS")):
            off = float((moved[0] - moved[1] + missed[0] - missed[1])[place])
            held = Point(0.0, 2 / PATIENTS)
            label = f"{name} hazard ratio"
            replays.append(Replay(arms[0], "x", label, f"t{trial}", held, -off, arms[1]))
    return field_of(replays, {each.arm: PATIENTS for each in replays})


def figure(arm, regimen, trial, measure, off):
    """A figure from which the model is this far off, as a logarithm of time."""
    if measure.startswith("median"):
        published = Point(math.log(10), 2 / PATIENTS)
        return Replay(arm, regimen, measure, trial, published, math.log(10) + off)
    share = 0.5
    ours = share ** math.exp(-off)
    slope = (1 - share) / -math.log(share)
    held = Point(to_scale(100 * share, SHARE), 2 / PATIENTS / slope**2)
    return Replay(arm, regimen, measure, trial, held, to_scale(100 * ours, SHARE))


@pytest.fixture(scope="module")
def worlds():
    """Two of them."""
    return [world(seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def many_worlds():
    """Enough arms to tell four of five from two of five."""
    return [world(seed) for seed in range(11, 17)]


def found(field, *, sign, ratio=False, arms=12):
    """The share of arms that stand out once each in turn is changed."""
    at = Hanging(field).likeliest()
    held = [
        apart(changed(field, name, sign, ratio=ratio), at, [name])[name].stands_out
        for name in field.arms[:: len(field.arms) // arms]
    ]
    return float(np.mean(held))


def by_chance(fields):
    """The share of arms that stand out where nothing was planted."""
    return float(np.mean([a.stands_out for field in fields for a in apart(field).values()]))


def test_chance_lets_one_arm_in_twenty_stand_out(worlds):
    """Differences as large as the field itself says are no finding."""
    share = by_chance(worlds)
    assert share <= 0.05 + 3 * (0.05 * 0.95 / (2 * 2 * TRIALS)) ** 0.5


def test_an_error_in_the_figures_of_one_arm_is_found(worlds):
    """30 % in all of an arm's figures, its hazard ratio left alone, in most arms, both ways."""
    assert found(worlds[0], sign=1) >= 0.6
    assert found(worlds[1], sign=-1) >= 0.6


def noticed(fields, share=1.0):
    """How often an error of the size that is called the smallest noticed is found.

    Args:
        fields: worlds.
        share: of the size's logarithm that is planted, upwards and downwards in turn.
    """
    flags = []
    for field in fields:
        at = Hanging(field).likeliest()
        for number, (name, held) in enumerate(apart(field, at).items()):
            size = share * math.log(held.noticed) / math.log(1.3)
            spoilt = apart(changed(field, name, size * (-1) ** number), at, [name])[name]
            flags.append(spoilt.stands_out)
    return float(np.mean(flags))


def test_an_error_above_the_smallest_noticed_is_found_four_times_of_five(many_worlds):
    """What is called the smallest error noticed is found as often as that word promises."""
    assert noticed(many_worlds) >= POWER - 0.03


def test_half_the_smallest_error_would_be_a_false_promise(many_worlds):
    """The broken twin that halves the size: such errors are mostly lost."""
    assert noticed(many_worlds, 0.5) < 0.45


def test_chance_passes_the_limit_of_two_questions_in_one_arm_of_twenty(many_worlds):
    """Neither more, as with the limit of one question, nor clearly less."""
    chance = by_chance(many_worlds)
    count = sum(len(field.arms) for field in many_worlds)
    assert chance == pytest.approx(CHANCE, abs=3 * (CHANCE * (1 - CHANCE) / count) ** 0.5)


def test_no_test_knows_more_than_an_arms_own_patients(worlds):
    """The error of the patients alone is below that of what everything else foretells."""
    field = worlds[0]
    own = sampling_errors(field)
    held = apart(field)
    assert all(own[name] < math.log(each.noticed) / ONE_QUESTION for name, each in held.items())
    expected = (0.5 * 2 / PATIENTS) ** 0.5  # two figures of one endpoint share half their variance
    assert np.median(list(own.values())) == pytest.approx(expected, rel=0.35)


def test_without_hazard_ratios_the_same_error_is_found_less_often(worlds):
    """The broken twin that looks at medians and shares alone."""
    with_ratios, alone = worlds[0], without_ratios(worlds[0])
    assert found(alone, sign=1) <= found(with_ratios, sign=1) - 0.2


def without_ratios(field):
    """The same field as if no hazard ratio had been published."""
    kept = ~field.ratio
    names = ("arm", "against", "endpoint", "difference", "variance", "step")
    return replace(field, **{name: getattr(field, name)[kept] for name in names})


def test_figures_taken_for_independent_cry_wolf(worlds):
    """The broken twin that takes every figure for a trial of its own finds too much by chance."""
    apart_of_all = []
    for field in worlds:
        precision = np.diag(1 / field.variance)
        for number in range(len(field.arms)):
            own = (field.arm == number) & ~field.ratio
            along = np.where(own, field.step, 0.0)
            z = along @ precision @ field.difference / (along @ precision @ along) ** 0.5
            apart_of_all.append(abs(z) > limit_of(0.0))
    assert np.mean(apart_of_all) > 0.2


def test_the_planted_size_is_told(worlds):
    """On the whole the factor is the error that was planted, on top of what was there."""
    field = worlds[0]
    at = Hanging(field).likeliest()
    before = apart(field, at)
    moved = []
    for name in field.arms[::6]:
        after = apart(changed(field, name, 1), at)[name]
        if after.by == FIGURES and before[name].by == FIGURES:
            moved.append(math.log(after.factor / before[name].factor))
    assert np.median(moved) == pytest.approx(-math.log(1.3), abs=0.03)


def test_whole_arms_are_told_from_misquoted_figures():
    """The question that is further off names it."""
    assert Apart(2.5, 1.0, 1.3, 0.1, 2.2, 1.3).by == FIGURES
    assert Apart(-1.0, -2.5, 0.7, 0.1, 2.2, 1.3).by == WHOLE
    assert not Apart(2.2, -2.2, 1.2, 0.1, 2.24, 1.3).stands_out
    assert Apart(2.2, -2.2, 1.2, 0.1, 2.1, 1.3).stands_out


def test_the_likelihood_has_the_slope_it_says():
    """The slope agrees with small steps in every parameter."""
    hanging = Hanging(world(3, trials=8))
    at = hanging.expected + 0.1 * np.sin(np.arange(len(hanging.expected)))
    _, slope = hanging.loss(at)
    steps = 1e-5 * np.eye(len(at))
    walked = [(hanging.loss(at + s)[0] - hanging.loss(at - s)[0]) / 2e-5 for s in steps]
    np.testing.assert_allclose(slope, walked, atol=1e-4)


def test_figures_come_to_one_scale():
    """A median 30 % longer, and the share that follows from it, are the same step."""
    replays = [
        replay("a", "median OS", 10.0, 13.0),
        replay("a", "12-month OS", 40.0, 100 * 0.4 ** (1 / 1.3)),
        replay("a", "objective response", 40.0, 52.0),
        replay("b", "median OS", 10.0, 10.0),
        Replay("a", "r-a", "OS hazard ratio", "t", Point(math.log(0.7), 0.02), math.log(0.5), "b"),
        Replay("a", "r-a", "PFS hazard ratio", "t", Point(0.0, 0.02), 0.0, "nobody"),
    ]
    field = field_of(replays, {"a": 100, "b": 100})
    step = math.log(1.3)
    assert field.arms == ("a", "b")
    assert field.difference[:2] == pytest.approx([step, step], abs=1e-6)
    assert field.step[:2] == pytest.approx([step, step])
    assert field.difference[2] == pytest.approx(field.step[2])
    assert field.difference[4] == pytest.approx(math.log(0.7 / 0.5))
    assert list(field.ratio) == [False, False, False, False, True]
    assert list(field.design[4]) == [1.0, -1.0]


def test_thirty_percent_more_responders_stays_a_share():
    """Where nearly everybody responds, it is 30 % fewer who do not."""
    steps = [
        field_of([replay("a", "objective response", share, share)], {"a": 50}).step[0]
        for share in (10.0, 40.0, 70.0, 95.0)
    ]
    assert all(math.isfinite(step) and step > 0 for step in steps)
    assert steps[3] == pytest.approx(to_scale(100 - 5 / 1.3, SHARE) - to_scale(95.0, SHARE))


def test_few_figures_tell_nothing():
    """A handful of figures cannot say how they hang together."""
    assert apart(field_of([replay("a", "median OS", 10.0, 20.0)], {"a": 50})) == {}
    assert apart(field_of([], {})) == {}


def test_a_field_knows_its_ratios():
    """Figures against nobody are none."""
    assert isinstance(world(4, trials=8), Field)
    assert world(4, trials=8).ratio.sum() == 2 * 8
