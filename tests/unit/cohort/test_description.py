"""A cohort described: table 1, missing values, curves with numbers at risk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature, Timed
from dashboard.cohort.description import describe_cohort, group_curve
from dashboard.cohort.selection import Selection
from dashboard.knowledge.schema import Kind
from tests.builders import tiny_pack


def a_cohort(size: int = 40) -> CohortData:
    """Patients of two regimens with one number, one flag and one category."""
    rng = np.random.default_rng(1)
    features = (
        CohortFeature("age_years", "Age", Kind.NUMBER, "years"),
        CohortFeature("spread", "Spread", Kind.FLAG),
        CohortFeature("stage", "Stage", Kind.ORDINAL, levels=("III", "IV")),
    )
    values = np.column_stack(
        [rng.normal(60, 8, size), rng.integers(0, 2, size), rng.integers(0, 2, size)]
    ).astype(float)
    values[:10, 0] = np.nan
    return CohortData(
        id="c", label="C", disease="tiny", features=features, values=values,
        ids=tuple(f"P{i // 2}.{i % 2}" for i in range(size)),
        regimens=("one", "two", "rare"),
        regimen=np.array([i % 2 if i else 2 for i in range(size)]),
        timed={"os": Timed(rng.exponential(12, size), np.ones(size, bool))},
        rows_read=size + 2,
    )  # fmt: skip


def test_table_one_counts_what_is_known() -> None:
    """A number has a median and quartiles of the known, a flag and a stage their shares."""
    summary = describe_cohort(a_cohort())
    age, spread, stage = summary.features
    assert age.missing_share == pytest.approx(0.25)
    assert age.median is not None
    assert age.quartiles[0] < age.median < age.quartiles[1]
    assert [level.level for level in spread.levels] == ["no", "yes"]
    assert sum(level.share for level in stage.levels) == pytest.approx(1.0)


def test_flow_says_what_was_left_out() -> None:
    """Rows that could not be used are counted, and patients are told from rows."""
    flow = describe_cohort(a_cohort()).flow
    assert [(step.left, step.removed) for step in flow] == [(42, 0), (40, 2), (40, 0)]
    assert "(20 patients)" in flow[1].label


def test_flow_takes_one_condition_after_the_other() -> None:
    """Each condition of a selection is a step, in words, and all others describe what is left."""
    selection = Selection(regimens=("one",), levels=(("spread", ("yes",)),))
    summary = describe_cohort(a_cohort(), selection)
    labels = [step.label for step in summary.flow]
    assert labels[2:] == ["Regimen: one", "Spread: yes", "Overall survival known"]
    assert summary.rows == summary.flow[-1].left == summary.regimens[0].patients
    assert summary.regimens[0].share == 1.0


def test_description_uses_the_names_of_the_pack() -> None:
    """Regimens and levels are called what the pack calls them."""
    pack = tiny_pack()
    cohort = replace(a_cohort(), regimens=("drug-a", "drug-b", "rare"))
    summary = describe_cohort(cohort, pack=pack)
    assert {share.level for share in summary.regimens} == {"Drug A", "Drug B", "rare"}
    assert {curve.label for curve in summary.curves} == {"Drug A", "Drug B"}


def test_curves_follow_the_endpoint_and_the_most_frequent_regimen() -> None:
    """Without times of an endpoint there is no curve; groups stand in order of size."""
    assert describe_cohort(a_cohort(), endpoint="pfs").curves == ()
    sizes = [curve.patients for curve in describe_cohort(a_cohort()).curves]
    assert sizes == sorted(sizes, reverse=True)


def test_description_of_nobody_stands() -> None:
    """A selection without rows is described as empty, not as an error."""
    summary = describe_cohort(a_cohort(), Selection(ranges=(("age_years", 200.0, 300.0),)))
    assert summary.rows == 0
    assert summary.curves == ()
    assert summary.features[0].median is None


def test_groups_too_small_have_no_curve() -> None:
    """A regimen with a single patient is counted but not drawn."""
    summary = describe_cohort(a_cohort())
    assert {curve.group for curve in summary.curves} == {"one", "two"}
    assert {share.level for share in summary.regimens} == {"one", "two", "rare"}


def test_curve_starts_whole_and_counts_those_at_risk() -> None:
    """At the start everybody is there and at risk; an unreached median is absent."""
    curve = group_curve(
        "g", np.array([5.0, 7.0, 20.0, 30.0]), np.array([True, False, False, False])
    )
    assert (curve.months[0], curve.survival[0]) == (0.0, 1.0)
    assert curve.at_risk[:3] == (4, 3, 2)
    assert curve.median is None


def test_cohort_without_treatment_has_one_curve() -> None:
    """Without a regimen column all patients are one group."""
    summary = describe_cohort(replace(a_cohort(), regimen=None, regimens=()))
    assert [(curve.group, curve.patients) for curve in summary.curves] == [("all", 40)]
    assert summary.regimens == ()


def test_lines_and_hospitals_are_counted() -> None:
    """Lines and hospitals have their shares where the cohort has them."""
    line = np.array([1.0, 2.0] * 20)
    summary = describe_cohort(replace(a_cohort(), line=line, site=("north",) * 40))
    assert [(s.level, s.patients) for s in summary.lines] == [("line 1", 20), ("line 2", 20)]
    assert [(s.level, s.share) for s in summary.sites] == [("north", 1.0)]
