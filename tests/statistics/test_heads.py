"""Every head meets one suite of invariants, and every invariant has a broken twin that fails it."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.bundle import HEADS, Bundle
from dashboard.learning.competing import causes_of
from dashboard.learning.ridge import logit, sigmoid
from dashboard.learning.survival import consistent
from dashboard.learning.training import TARGETS, train
from dashboard.learning.views import views_of
from tests.statistics import invariants
from tests.statistics.worlds import World, a_world, binary_only

NAMES = tuple(TARGETS)


@pytest.fixture(scope="module")
def patients(bundle: Bundle) -> np.ndarray:
    """New patients, some with values missing, some at the edges."""
    values = bundle.contract.of_cohort(a_world(120, 77, missing=0.2).data)
    values[0], values[1:12] = np.nan, a_world(11, 78, missing=0).complete
    values[12, 2], values[13, 1] = 400.0, 0.6
    return values


def test_every_target_was_trained_and_can_be_read_back(bundle):
    """The world has all outcomes, so the bundle has all heads."""
    assert set(bundle.heads) == set(TARGETS) == set(HEADS)
    assert bundle.card["left_out"] == {}


@pytest.mark.parametrize("check", invariants.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_head_keeps_the_invariant(bundle, patients, name, check):
    """For new patients under every regimen."""
    check(invariants.probe_of(bundle, name), patients)


def _beyond_one(_name: str, values: np.ndarray) -> np.ndarray:
    return values + 0.999


def _backwards(_name: str, values: np.ndarray) -> np.ndarray:
    return values[:, ::-1] if values.ndim == 2 else values


def _one_part_too_much(name: str, values: np.ndarray) -> np.ndarray:
    return values + 1e-6 if name in {"SD", "progressed"} else values


def _turned(_name: str, values: np.ndarray) -> np.ndarray:
    return 1.0 - values


def _relative_to_the_others(_name: str, values: np.ndarray) -> np.ndarray:
    return sigmoid(logit(values) - logit(values).mean(axis=0))


TWINS = (
    (invariants.check_chances, _beyond_one, NAMES),
    (invariants.check_time, _backwards, ("os", "pfs", "progression")),
    (invariants.check_whole, _one_part_too_much, ("response", "progression")),
    (invariants.check_directions, _turned, ("response", "os", "pfs")),
    (invariants.check_patients_apart, _relative_to_the_others, NAMES),
)


@pytest.mark.parametrize(
    ("check", "change", "name"),
    [(check, change, name) for check, change, names in TWINS for name in names],
)
def test_a_broken_twin_fails_the_invariant(bundle, patients, check, change, name):
    """A check that nothing can fail checks nothing."""
    twin = invariants.distorted(invariants.probe_of(bundle, name), change)
    with pytest.raises(AssertionError):
        check(twin, patients)


@pytest.mark.parametrize("name", NAMES)
def test_head_is_the_same_after_files(bundle, patients, name):
    """Text, arrays and settings are all there is to a head."""
    head = bundle.heads[name]
    back = HEADS[name].from_files(head.to_files(), bundle.encoding.tree_columns)
    copy = Bundle(**{**vars(bundle), "heads": {**bundle.heads, name: back}})
    regimen = bundle.contract.regimens[1]
    found = invariants.probe_of(copy, name).ask(patients, regimen)
    for key, values in invariants.probe_of(bundle, name).ask(patients, regimen).items():
        np.testing.assert_array_equal(found[key], values)


def test_progression_free_survival_never_exceeds_survival():
    """For any two falling curves, both stay falling curves and keep their mean."""
    chance = np.random.default_rng(0)
    pfs, overall = (np.exp(-np.cumsum(chance.random((2_000, 30)) / 10, axis=1)) for _ in "ab")
    assert (pfs > overall).any()
    first, second = consistent(pfs, overall)
    assert (first <= second).all()
    assert (np.diff(first, axis=1) <= 0).all()
    assert (np.diff(second, axis=1) <= 0).all()
    np.testing.assert_allclose(first + second, pfs + overall)
    right = pfs <= overall
    np.testing.assert_array_equal(first[right], pfs[right])


def test_causes_split_progression_free_survival(world: World):
    """Every PFS event has exactly one cause; death that day is death."""
    pfs, overall = world.data.timed["pfs"], world.data.timed["os"]
    progressed, died = causes_of(pfs, overall)
    np.testing.assert_array_equal(progressed.event | died.event, pfs.event)
    assert not (progressed.event & died.event).any()
    assert (overall.event[died.event]).all()


def test_heads_are_better_than_chance_out_of_fold(bundle):
    """And about calibrated: a world of this size allows a slope within a third of one."""
    quality = bundle.card["quality"]
    assert quality["response"]["auc_low"] > 0.6
    assert quality["response"]["slope"] == pytest.approx(1, abs=0.33)
    assert quality["response"]["intercept"] == pytest.approx(0, abs=0.15)
    assert quality["os"]["c_uno_low"] > 0.6
    assert quality["os"]["ibs"] < 0.2
    for point in quality["os"]["calibration"]:
        assert point["expected"] == pytest.approx(point["observed"], abs=0.06)


def test_response_ranks_patients_as_the_truth_does(world, bundle):
    """Predicted chances under the regimen given follow the true ones."""
    truth = a_world(400, 909, missing=0)
    contract = bundle.contract
    values = contract.of_cohort(truth.data)
    head = bundle.heads["response"]
    errors, spread = [], []
    for column, regimen in enumerate(("chemo", "io", "io-chemo", "tki")):
        place = {"chemo": 0, "io": 1, "io-chemo": 2, "tki": 4}[regimen]
        descriptors = np.repeat(contract.describe([regimen]), 400, axis=0)
        p = head.predict(views_of(bundle.encoding, values, descriptors))
        errors.append(((p - truth.response[:, place]) ** 2).mean())
        spread.append(truth.response[:, place].var())
        assert column >= 0
    assert np.mean(errors) < 0.6 * np.mean(spread)


def test_a_cohort_with_yes_or_no_alone_trains_that_head_alone(world):
    """Whichever outcomes a hospital has."""
    found = train(binary_only(world.data), seed=1)
    assert set(found.heads) == {"response"}
    views = views_of(found.encoding, world.complete[:3], found.contract.describe(["io"] * 3))
    assert found.heads["response"].predict_recist(views) is None


def test_too_small_a_cohort_is_refused():
    """With what would be needed."""
    with pytest.raises(NotEnoughEvidence, match="too few to learn from"):
        train(binary_only(a_world(60, 1).data), seed=1)


def test_training_is_repeatable_and_does_not_depend_on_threads(world):
    """The same seed gives the same model, another seed another."""
    data = binary_only(world.data)
    heads = [
        train(data, seed=seed, threads=threads).heads["response"].objective
        for seed, threads in ((5, 1), (5, 2), (6, 1))
    ]
    np.testing.assert_array_equal(heads[0].coefficients, heads[1].coefficients)
    assert heads[0].forest_text == heads[1].forest_text
    assert heads[0].forest_text != heads[2].forest_text
