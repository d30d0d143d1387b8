"""The feature contract: the same matrix whatever the order, and refusal of what makes no sense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence
from dashboard.knowledge.schema import Kind
from dashboard.learning.matrix import Contract, InputRefused, contract_of

LEVELS = ("a", "b", "c")
FEATURES = (
    CohortFeature("alb", "Albumin", Kind.NUMBER, "g/dL", hard=(0.5, 7.0)),
    CohortFeature("flag", "Flag", Kind.FLAG),
    CohortFeature("ecog", "ECOG", Kind.ORDINAL, levels=LEVELS),
    CohortFeature("type", "Type", Kind.CATEGORY, levels=LEVELS),
)
FACTS = {"alb": 3.9, "flag": True, "ecog": "b", "type": "c"}


def a_cohort(rows: int = 200, **changes: object) -> CohortData:
    """A cohort with one feature of every kind and two regimens."""
    chance = np.random.default_rng(0)
    values = np.column_stack(
        [
            np.round(chance.normal(3.9, 0.4, rows), 2),
            chance.integers(0, 2, rows),
            chance.integers(0, 3, rows),
            chance.integers(0, 3, rows),
        ]
    ).astype(float)
    ids = tuple(map(str, range(rows)))
    data = CohortData("c", "C", "d", FEATURES, values, ids, ("r", "s"), chance.integers(0, 2, rows))
    return replace(data, **changes)


def test_a_patient_becomes_the_row_of_the_contract_whatever_the_order():
    """Names decide, not positions."""
    contract = contract_of(a_cohort())
    row, cautions = contract.of_patient(FACTS)
    again, _ = contract.of_patient(dict(reversed(FACTS.items())))
    np.testing.assert_array_equal(row, [3.9, 1.0, 1.0, 2.0])
    np.testing.assert_array_equal(row, again)
    assert cautions == ()


def test_a_cohort_with_columns_and_levels_in_another_order_gives_the_same_matrix():
    """Reordered columns used to change a probability by half."""
    data = a_cohort()
    contract = contract_of(data)
    turned = tuple(
        replace(f, levels=f.levels[::-1]) if f.levels else f for f in reversed(data.features)
    )
    values = data.values[:, ::-1].copy()
    values[:, :2] = 2 - values[:, :2]
    other = replace(data, features=turned, values=values)
    np.testing.assert_array_equal(contract.of_cohort(other), contract.of_cohort(data))


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e308, -1e200])
def test_what_is_no_measurable_value_is_refused(value):
    """Infinity is not an albumin."""
    with pytest.raises(InputRefused, match="not a measurable value"):
        contract_of(a_cohort()).of_patient({**FACTS, "alb": value})


def test_what_is_not_possible_or_no_number_is_refused():
    """With what would be possible, and the likeliest mistake."""
    contract = contract_of(a_cohort())
    with pytest.raises(InputRefused, match=r"39 g/dL, which is not possible.*check the unit"):
        contract.of_patient({**FACTS, "alb": 39.0})
    with pytest.raises(InputRefused, match="the text 'high' where a number"):
        contract.of_patient({**FACTS, "alb": "high"})


def test_an_unseen_level_is_unknown_and_said():
    """A caution, not a guess at the nearest level."""
    row, cautions = contract_of(a_cohort()).of_patient({**FACTS, "type": "z"})
    assert np.isnan(row[3])
    assert cautions == ("Type: z was never seen in training; taken as unknown.",)


def test_an_empty_patient_is_refused():
    """A model answers anything, so the contract must not ask."""
    with pytest.raises(NotEnoughEvidence, match="0 of 4 inputs are known"):
        contract_of(a_cohort()).of_patient({"something_else": 1.0})


def test_too_little_known_names_what_is_lacking_and_not_what_is_known():
    """Nobody is asked to enter what stands there already; one of a thing is told as one."""
    contract = contract_of(a_cohort())
    many = tuple(
        replace(each, id=f"{each.id}{n}", label=f"{each.label} {n}")
        for n in range(4)
        for each in contract.inputs
    )
    with pytest.raises(NotEnoughEvidence, match="Only 1 of 16 inputs is known") as refused:
        replace(contract, inputs=many).of_patient({"alb0": 3.9})
    labels = [each.label for each in many]
    assert refused.value.hint == f"Enter more of: {', '.join(labels[1:13])}."


def test_ranges_are_rounded_percentiles_never_the_extremes():
    """No exact minimum or maximum leaves the cohort."""
    data = a_cohort()
    low, high = contract_of(data).inputs[0].clip
    column = data.values[:, 0]
    assert column.min() < low < np.percentile(column, 5)
    assert np.percentile(column, 95) < high < column.max()
    assert round(low, 2) == low
    assert round(high, 2) == high
    clipped = contract_of(data).clipped(np.array([[0.5, 1, 1, 1], [7.0, 1, 1, 1]]))
    np.testing.assert_array_equal(clipped[:, 0], [low, high])


def test_features_that_do_not_vary_or_are_hardly_known_are_no_inputs():
    """Ten patients are too few to learn anything from."""
    data = a_cohort()
    values = data.values.copy()
    values[10:, 0] = np.nan
    values[:, 1] = 0
    values[:10, 1] = 1
    assert contract_of(replace(data, values=values)).ids == ("ecog", "type")


def test_line_of_therapy_is_an_input_where_it_varies():
    """The role of a column is enough."""
    line = np.tile([1.0, 2.0], 100)
    contract = contract_of(a_cohort(line=line))
    assert contract.ids[-1] == "line"
    assert contract.of_patient({**FACTS, "line": 2.0})[0][-1] == 2.0
    np.testing.assert_array_equal(contract.of_cohort(a_cohort(line=line))[:, -1], line)


def test_regimens_are_described_by_classes_and_name():
    """A class that all share tells nothing; an unseen regimen is its classes."""
    classes = {"r": ("io", "x"), "s": ("io",), "t": ("x",), "u": ("y",)}
    contract = contract_of(a_cohort(classes=classes))
    assert contract.class_names == ("x",)
    assert contract.descriptor_names == ("class:x", "regimen:r", "regimen:s")
    np.testing.assert_array_equal(contract.describe(["s", "r"]), [[0, 0, 1], [1, 1, 0]])
    np.testing.assert_array_equal(contract.describe(["t"]), [[1, 0, 0]])
    with pytest.raises(NotEnoughEvidence, match="neither u nor a regimen of its kind"):
        contract.describe(["u"])


def test_one_regimen_or_none_needs_no_description():
    """Prognostic heads then."""
    alone = a_cohort(regimens=("r",), regimen=np.zeros(200, dtype=np.int64))
    assert contract_of(alone).describe(["r", "anything"]).shape == (2, 0)
    none = contract_of(a_cohort(regimens=(), regimen=None))
    assert none.describe(["x"]).shape == (1, 0)
    assert none.candidates(["x", "y"]) == ("",)
    none.require("")
    with pytest.raises(NotEnoughEvidence, match="cohort without treatments"):
        none.require("x")


def test_a_regimen_has_to_be_named_where_the_cohort_had_several():
    """No name is no regimen, and the error says which there are."""
    contract = contract_of(a_cohort())
    first = contract.regimens[0]
    assert contract.candidates([first, "never seen"]) == (first,)
    with pytest.raises(NotEnoughEvidence, match=rf"No regimen is named\. The model knows: {first}"):
        contract.require("")


def test_a_regimen_of_fewer_than_eleven_patients_has_no_name_of_its_own():
    """It is learnt from through its classes alone."""
    regimen = np.zeros(200, dtype=np.int64)
    regimen[:10] = 1
    assert contract_of(a_cohort(regimen=regimen)).regimens == ("r",)


def test_a_cohort_that_does_not_fit_is_refused():
    """Too few of the inputs, or one of another kind."""
    contract = contract_of(a_cohort())
    strange = (CohortFeature("other", "Other", Kind.NUMBER),)
    with pytest.raises(BundleMismatch, match="too few of the model's inputs"):
        contract.of_cohort(a_cohort(features=strange, values=np.zeros((200, 1))))
    wrong = (replace(FEATURES[0], kind=Kind.FLAG), *FEATURES[1:])
    with pytest.raises(BundleMismatch, match="Albumin is a flag in the cohort and a number"):
        contract.of_cohort(a_cohort(features=wrong))


def test_untypical_values_are_named():
    """Possible, but outside nearly all of the cohort."""
    contract = contract_of(a_cohort())
    assert contract.untypical(contract.of_patient(FACTS)[0]) == ()
    assert contract.untypical(contract.of_patient({**FACTS, "alb": 1.0})[0]) == ("alb",)


def test_the_contract_survives_json():
    """What is written is what is read."""
    contract = contract_of(a_cohort(classes={"r": ("x",)}))
    assert Contract.from_json(contract.to_json()) == contract
