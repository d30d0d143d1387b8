"""Selections: which rows meet them, what they are called, what is refused."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature
from dashboard.cohort.selection import Selection, conditions, levels_of, rows_of
from dashboard.foundation.errors import UnknownFeature
from dashboard.knowledge.schema import Kind

FEATURES = (
    CohortFeature("age_years", "Age", Kind.NUMBER, "years"),
    CohortFeature("spread", "Spread", Kind.FLAG),
    CohortFeature("stage", "Stage", Kind.ORDINAL, levels=("III", "IV_a")),
)
UNKNOWN = np.nan
COHORT = CohortData(
    id="c", label="C", disease="tiny", features=FEATURES, ids=("a", "b", "c", "d"),
    values=np.array([[40, 1, 0], [65, 0, 1], [75, UNKNOWN, 1], [UNKNOWN, 1, UNKNOWN]], float),
    regimens=("one", "two"), regimen=np.array([0, 1, 1, 0]),
    line=np.array([1.0, 2.0, 1.0, UNKNOWN]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("selection", "rows"),
    [
        (Selection(), "abcd"),
        (Selection(lines=(1,)), "ac"),
        (Selection(lines=(1, 2)), "abc"),
        (Selection(regimens=("two",)), "bc"),
        (Selection(regimens=("absent",)), ""),
        (Selection(levels=(("spread", ("yes",)),)), "ad"),
        (Selection(levels=(("spread", ("no", "yes")),)), "abd"),
        (Selection(levels=(("stage", ("IV_a",)), ("spread", ("no",)))), "b"),
        (Selection(ranges=(("age_years", 65.0, 75.0),)), "b"),
        (Selection(ranges=(("age_years", 65.0, inf),)), "bc"),
    ],
)
def test_rows_meet_every_condition(selection, rows):
    """A row is in when it meets all conditions; an unknown value meets none."""
    found = "".join(
        name for name, met in zip(COHORT.ids, rows_of(COHORT, selection), strict=True) if met
    )
    assert found == rows


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(lines=(1, 2)), "Line of treatment: 1, 2"),
        (Selection(regimens=("two",)), "Regimen: Drug two"),
        (Selection(levels=(("stage", ("IV_a",)),)), "Stage: IV a"),
        (Selection(ranges=(("age_years", 65.0, 75.0),)), "Age: 65 to below 75 years"),
        (Selection(ranges=(("age_years", 75.0, inf),)), "Age: 75 or more years"),
        (Selection(ranges=(("age_years", -inf, 50.0),)), "Age: below 50 years"),
    ],
)
def test_conditions_are_said_in_words(selection, words):
    """Each condition has a name for the flow."""
    ((said, _),) = conditions(COHORT, selection, {"two": "Drug two"})
    assert said == words


def test_rows_are_refused_for_what_the_cohort_does_not_have():
    """A feature or level that is not there is a mistake with its cure, not an empty answer."""
    with pytest.raises(UnknownFeature, match="no feature 'weight'"):
        rows_of(COHORT, Selection(ranges=(("weight", 0, 1),)))
    with pytest.raises(UnknownFeature, match="Stage has no level 'V'") as refused:
        rows_of(COHORT, Selection(levels=(("stage", ("V",)),)))
    assert "III, IV_a" in refused.value.hint


def test_rows_without_lines_or_regimens_meet_no_such_condition():
    """A cohort without a line or regimen column has no row of line 1."""
    bare = replace(COHORT, regimens=(), regimen=None, line=None)
    assert not rows_of(bare, Selection(lines=(1,))).any()
    assert not rows_of(bare, Selection(regimens=("one",))).any()


def test_levels_of_a_flag_are_no_and_yes():
    """A flag has two levels, a number none."""
    assert [levels_of(feature) for feature in FEATURES] == [(), ("no", "yes"), ("III", "IV_a")]
