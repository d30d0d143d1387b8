"""Trees as arrays: LightGBM's own answers, exact attribution, and refusal of damaged text."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from dashboard.foundation.errors import BundleMismatch
from dashboard.learning.boosting import Copies, Growth, Rows, copies_of, grow
from dashboard.learning.trees import Lean, read_forest

COLUMNS = tuple(f"c{i}" for i in range(5))


def some_rows(size: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """A matrix with missing values and answers that depend on it."""
    chance = np.random.default_rng(4)
    matrix = chance.normal(size=(size, 5))
    matrix[:, 3] = chance.integers(0, 2, size)
    score = matrix[:, 0] * (1 + matrix[:, 3]) - matrix[:, 1]
    matrix[chance.random(matrix.shape) < 0.15] = np.nan
    return matrix, (chance.random(size) < 1 / (1 + np.exp(-score))).astype(float)


def a_booster(trees: int = 40, **settings: object) -> tuple[lightgbm.Booster, np.ndarray]:
    """A model trained by LightGBM alone."""
    matrix, answers = some_rows()
    given = {"objective": "binary", "num_leaves": 6, "verbose": -1, "num_threads": 1, **settings}
    return lightgbm.train(given, lightgbm.Dataset(matrix, answers), trees), matrix


@pytest.mark.parametrize("settings", [{}, {"extra_trees": True}, {"use_missing": False}])
def test_arrays_predict_what_lightgbm_predicts(settings):
    """Including where missing values go."""
    booster, matrix = a_booster(**settings)
    forest = read_forest(booster.model_to_string(), COLUMNS)
    expected = booster.predict(matrix, raw_score=True, num_threads=1)
    np.testing.assert_allclose(forest.predict(matrix), expected, atol=1e-12)


def test_contributions_are_lightgbms_treeshap_and_add_up():
    """The same exact values, column by column."""
    booster, matrix = a_booster()
    forest = read_forest(booster.model_to_string(), COLUMNS)
    baseline, found = forest.contributions(matrix[:100])
    expected = booster.predict(matrix[:100], pred_contrib=True, num_threads=1)
    np.testing.assert_allclose(found, expected[:, :-1], atol=1e-12)
    np.testing.assert_allclose(baseline, expected[0, -1], atol=1e-12)
    np.testing.assert_allclose(
        baseline + found.sum(axis=1), forest.predict(matrix[:100]), atol=1e-12
    )


def a_leaning_forest():
    """A forest that starts from a straight line in its last two columns, and its rows."""
    booster, matrix = a_booster()
    matrix[:, 3:] = np.nan_to_num(matrix[:, 3:])
    lean = Lean(-0.4, np.array([0.0, 0.0, 0.0, 1.5, -0.7]), np.array([0.0, 0.0, 0.0, 0.5, 0.1]))
    forest = read_forest(booster.model_to_string(), COLUMNS)
    return forest, replace(forest, lean=lean), matrix


def test_what_trees_start_from_is_added_wherever_they_are_asked():
    """Predictions, stages, crossings and contributions all add up to the same."""
    bare, forest, matrix = a_leaning_forest()
    start = -0.4 + 1.5 * (matrix[:, 3] - 0.5) - 0.7 * (matrix[:, 4] - 0.1)
    whole = forest.predict(matrix)
    np.testing.assert_allclose(whole, bare.predict(matrix) + start, atol=1e-12)
    few, every = forest.staged(matrix, (3, forest.trees))
    np.testing.assert_allclose(every, whole, atol=1e-12)
    np.testing.assert_allclose(few, bare.staged(matrix, (3,))[0] + start, atol=1e-12)
    baseline, found = forest.contributions(matrix)
    np.testing.assert_allclose(baseline + found.sum(axis=1), whole, atol=1e-12)
    assert baseline == pytest.approx(bare.expected - 0.4)
    for width in (1, 3, 4):
        crossed = forest.crossed(matrix[:, :width], matrix[:, width:])
        np.testing.assert_allclose(np.diag(crossed), whole, atol=1e-12)
        stages = forest.crossed_stages(matrix[:, :width], matrix[:, width:], (3, forest.trees))
        np.testing.assert_allclose(np.diag(stages[0]), few, atol=1e-12)
        np.testing.assert_allclose(stages[1], crossed, atol=1e-12)


def test_what_trees_start_from_survives_the_bundle_and_only_whole():
    """An array of another length is refused."""
    lean = a_leaning_forest()[1].lean
    back = Lean.from_array(lean.to_array(), 5)
    np.testing.assert_array_equal(back.to_array(), lean.to_array())
    assert back.base == lean.base
    with pytest.raises(BundleMismatch, match="what they start from"):
        Lean.from_array(lean.to_array(), 6)
    longer = lean.and_nothing()
    assert longer.slopes.tolist() == [0.0, 0.0, 0.0, 1.5, -0.7, 0.0]


def test_contributions_are_shapley_values_by_definition():
    """Brute force over all orders of the columns, with the trees' own conditional expectations."""
    booster, matrix = a_booster(trees=3)
    forest = read_forest(booster.model_to_string(), COLUMNS)
    row = matrix[:1]

    def value(known: frozenset[int]) -> float:
        total = 0.0
        for leaf in range(len(forest.leaf_value)):
            weight = 1.0
            for step, split in enumerate(forest.path_split[leaf]):
                if split < 0:
                    continue
                feature = int(forest.split_feature[split])
                x = row[0, feature]
                goes_left = (
                    bool(forest.split_missing_left[split])
                    if np.isnan(x)
                    else x <= forest.split_threshold[split]
                )
                follows = float(goes_left == forest.path_left[leaf, step])
                weight *= follows if feature in known else forest.path_share[leaf, step]
            total += weight * forest.leaf_value[leaf]
        return total

    for column in range(5):
        others = [c for c in range(5) if c != column]
        expected = 0.0
        for size in range(5):
            share = math.factorial(size) * math.factorial(4 - size) / math.factorial(5)
            for known in itertools.combinations(others, size):
                expected += share * (value(frozenset({*known, column})) - value(frozenset(known)))
        assert forest.contributions(row)[1][0, column] == pytest.approx(expected, abs=1e-12)


def test_staged_sums_are_those_of_shorter_models():
    """The first trees of a model are the model trained for fewer rounds."""
    booster, matrix = a_booster()
    forest = read_forest(booster.model_to_string(), COLUMNS)
    for stage, found in zip((5, 40), forest.staged(matrix, (5, 40)), strict=True):
        expected = booster.predict(matrix, raw_score=True, num_iteration=stage, num_threads=1)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_forest_without_splits_says_the_same_to_everybody():
    """Nothing to learn is a constant, not an error."""
    matrix = np.zeros((50, 5))
    forest, _ = grow(
        Rows(matrix, np.tile([0.0, 1.0], 25), np.arange(50), np.ones(50)),
        COLUMNS, Growth(trees=3), objective="binary", signs=[0] * 5, seed=1,
    )  # fmt: skip
    np.testing.assert_allclose(forest.predict(matrix), 0, atol=1e-6)
    assert forest.contributions(matrix)[1].shape == (50, 5)


def test_a_table_of_another_width_is_refused():
    """The contract stands in front of the trees as well."""
    forest = read_forest(a_booster(trees=2)[0].model_to_string(), COLUMNS)
    with pytest.raises(BundleMismatch, match="reads 5 columns and was given 4"):
        forest.predict(np.zeros((1, 4)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("feature_names=Column_0", "feature_names=Column_9"),
        ("end of trees", ""),
        ("num_cat=0", "num_cat=1"),
        ("split_feature=", "split_feature=99 "),
        ("left_child=1", "left_child=3"),
        ("leaf_value=", "leaf_value=nan "),
        ("num_leaves=6", "num_leaves=5"),
        ("num_leaves=6", "num_leaves=900"),
        ("num_leaves=6", "num_leaves=x"),
        ("decision_type=", "decision_type=1 "),
        ("leaf_count=", "leaf_county="),
    ],
)
def test_text_that_is_not_a_regular_model_is_refused(old, new):
    """Whatever is damaged, the answer is an error and never a crash or another number."""
    text = a_booster(trees=2)[0].model_to_string()
    assert old in text
    with pytest.raises(BundleMismatch, match="trees of this bundle cannot be used"):
        read_forest(text.replace(old, new, 1), COLUMNS)


def test_a_text_cut_anywhere_is_refused_or_whole():
    """Cutting LightGBM's text used to kill the process."""
    text = a_booster(trees=2)[0].model_to_string()
    needed = text.index("end of trees") + len("end of trees")
    for cut in np.linspace(0, len(text) - 1, 60).astype(int):
        if cut < needed:
            with pytest.raises(BundleMismatch):
                read_forest(text[:cut], COLUMNS)
        else:
            assert read_forest(text[:cut], COLUMNS).trees == 2


def fewest_patients(forest, matrix: np.ndarray, patient: np.ndarray) -> int:
    """The fewest distinct patients in any leaf, by the forest's own paths."""
    single = np.arange(len(forest.leaf_value))
    counts = []
    for leaf in single:
        met = np.ones(len(matrix), dtype=bool)
        for step, split in enumerate(forest.path_split[leaf]):
            if split >= 0:
                x = matrix[:, forest.split_feature[split]]
                left = np.where(
                    np.isnan(x),
                    forest.split_missing_left[split],
                    x <= forest.split_threshold[split],
                )
                met &= left == forest.path_left[leaf, step]
        counts.append(len(np.unique(patient[met])))
    return min(counts)


def test_no_leaf_holds_fewer_than_eleven_patients():
    """Even when every patient has several rows."""
    matrix, answers = some_rows(120)
    rows, target, patient = np.tile(matrix, (3, 1)), np.tile(answers, 3), np.tile(np.arange(120), 3)

    def fewest(whose: np.ndarray) -> int:
        forest, _ = grow(
            Rows(rows, target, whose, np.full(360, 1 / 3)),
            COLUMNS, Growth(trees=30, smallest_leaf=1), objective="binary", signs=[0] * 5, seed=1,
        )  # fmt: skip
        assert len(forest.leaf_value) > 60
        return fewest_patients(forest, rows, patient)

    assert fewest(patient) >= 11
    assert fewest(np.arange(360)) < 11  # the rule counts patients, not rows


@pytest.mark.parametrize(("patients", "rows"), [(300, 900), (2_500, 2_500)])
def test_masked_copies_weigh_as_much_as_the_patients(patients, rows):
    """Small cohorts get three copies a patient, one of them whole; the total weight stays."""
    copies: Copies = copies_of(patients, 4, np.random.default_rng(1))
    assert len(copies.patient) == rows
    assert copies.weight.sum() == pytest.approx(patients)
    assert 0.05 < copies.blanked.mean() < 0.3
    if rows > patients:
        assert not copies.blanked[:patients].any()
