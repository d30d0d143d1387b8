"""What both halves of a model see of a patient."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.learning.completion import Completion
from dashboard.learning.encoding import Encoding, fit_encoding
from dashboard.learning.matrix import Contract, contract_of
from tests.statistics.worlds import a_world


@pytest.fixture(scope="module")
def fitted() -> tuple[Encoding, np.ndarray, np.ndarray]:
    """An encoding with the matrix and the descriptors it was fitted to."""
    data = a_world(600, 5, missing=0.1).data
    contract = contract_of(data)
    values = contract.of_cohort(data)
    descriptors = contract.describe([data.regimens[r] for r in data.regimen])
    return fit_encoding(contract, values, descriptors)[0], values, descriptors


def test_completion_recovers_a_known_dependence():
    """The conditional mean and spread of correlated normals, from incomplete columns."""
    chance = np.random.default_rng(0)
    first = chance.normal(size=6_000)
    columns = np.column_stack([first, 0.8 * first + 0.6 * chance.normal(size=6_000)])
    columns[chance.random(6_000) < 0.3, 1] = np.nan
    columns[chance.random(6_000) < 0.2, 0] = np.nan
    completion = Completion.fitted(columns)
    filled = completion.fill(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert filled[0, 1] == pytest.approx(0.8, abs=0.06)
    assert filled[1] == pytest.approx(completion.mean)
    normals = chance.normal(size=(20_000, 2))
    drawn = completion.draws(np.array([1.0, np.nan]), normals)
    np.testing.assert_array_equal(drawn[:, 0], 1.0)
    assert drawn[:, 1].mean() == pytest.approx(filled[0, 1], abs=0.02)
    assert drawn[:, 1].std() == pytest.approx(0.6, abs=0.06)


def test_complete_rows_are_left_as_they_are():
    """Completion never touches what is known."""
    columns = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_array_equal(Completion.fitted(columns).fill(columns), columns)


def test_every_linear_column_has_an_owner_a_kind_and_a_prior(fitted):
    """So that contributions can be added up by input."""
    encoding, values, descriptors = fitted
    design = encoding.linear(values, descriptors)
    assert np.isfinite(design).all()
    width = design.shape[1]
    assert len(encoding.linear_owner) == len(encoding.linear_kind) == width
    precision = encoding.precision(0.2, 0.3)
    assert len(precision) == len(encoding.signs("hazard")) == width
    assert precision[0] == 0.0
    assert (precision[1:] > 0).all()
    assert set(encoding.linear_kind) == {
        "intercept", "main", "level", "bend", "missing", "class", "regimen", "product",
    }  # fmt: skip


def test_monotone_inputs_are_held_to_their_direction_in_both_halves(fitted):
    """Every column of the input is held, products with regimens too, the rest is free."""
    encoding, _, _ = fitted
    column = encoding.contract.ids.index("pdl1")
    own = encoding.linear_owner == column
    kinds = np.array(encoding.linear_kind)
    assert (encoding.signs("response")[own & (kinds != "missing")] == 1).all()
    assert not encoding.signs("response")[~own].any()
    signs = dict(zip(encoding.tree_columns, encoding.tree_signs("hazard"), strict=True))
    assert {name for name, sign in signs.items() if sign} == {"albumin", "nlr", "ecog"}
    assert signs["albumin"] == -1


def test_the_columns_of_a_held_input_rise_with_it(fitted):
    """Nonnegative coefficients are monotone only if the columns are."""
    encoding, values, descriptors = fitted
    column = encoding.contract.ids.index("pdl1")
    low, high = encoding.contract.inputs[column].clip
    path = np.repeat(values[~np.isnan(values).any(axis=1)][:1], 200, axis=0)
    path[:, column] = np.linspace(low, high, 200)
    design = encoding.linear(path, np.repeat(descriptors[:1], 200, axis=0))
    own = design[:, encoding.linear_owner == column]
    assert (np.diff(own, axis=0) >= -1e-12).all()


def test_unknown_values_reach_the_trees_as_unknown(fitted):
    """Levels of an unknown category are all unknown."""
    encoding, values, descriptors = fitted
    row = values[:1].copy()
    row[0, encoding.contract.ids.index("driver")] = np.nan
    trees = encoding.trees(row, descriptors[:1])[0]
    unknown = {n for n, v in zip(encoding.tree_columns, trees, strict=True) if np.isnan(v)}
    assert {"driver=none", "driver=driver", "driver=other"} <= unknown


def test_the_encoding_survives_its_arrays(fitted):
    """Read back, it encodes the same."""
    encoding, values, descriptors = fitted
    contract = Contract.from_json(encoding.contract.to_json())
    back = Encoding.from_arrays(contract, encoding.to_arrays())
    np.testing.assert_array_equal(
        back.linear(values, descriptors), encoding.linear(values, descriptors)
    )
    np.testing.assert_array_equal(
        back.trees(values, descriptors), encoding.trees(values, descriptors)
    )
    assert back.tree_columns == encoding.tree_columns


def test_drug_classes_are_not_held_closer_where_facts_tell_little(fitted):
    """A narrow prior of patients' facts leaves that of drug classes as the usual one has it."""
    encoding, _, _ = fitted
    kinds = np.array(encoding.linear_kind)
    narrow, usual, wide = (encoding.precision(spread, 0.3) for spread in (0.1, 0.2, 0.4))
    np.testing.assert_allclose(narrow[kinds == "class"], usual[kinds == "class"])
    assert (wide[kinds == "class"] < usual[kinds == "class"]).all()
    for kind in ("main", "regimen", "product"):
        np.testing.assert_allclose(narrow[kinds == kind], 4 * usual[kinds == kind])
