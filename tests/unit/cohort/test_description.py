"""A cohort described: table 1, missing values, curves with numbers at risk."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.columns import CohortData, CohortFeature, Timed
from dashboard.cohort.description import describe_cohort, group_curve
from dashboard.knowledge.schema import Kind


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
    assert [(step.left, step.removed) for step in flow] == [(42, 0), (40, 2), (20, 0)]


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


def test_cohort_without_treatment_has_no_curves() -> None:
    """Without a regimen column the description still stands."""
    from dataclasses import replace

    summary = describe_cohort(replace(a_cohort(), regimen=None))
    assert summary.curves == ()
    assert summary.regimens == ()
