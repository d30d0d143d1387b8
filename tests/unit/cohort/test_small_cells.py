"""Small counts: hidden, and nothing shown from which they could be worked out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.answers.population import (
    CohortSummary,
    FeatureSummary,
    FlowStep,
    LevelShare,
)
from dashboard.cohort.small_cells import (
    THRESHOLD,
    hidden_cells,
    protect,
    rows_threshold,
    too_close,
)
from tests.unit.components.cohorts import a_curve

COUNTS = st.lists(st.integers(0, 60), min_size=2, max_size=8).filter(lambda c: sum(c) >= THRESHOLD)


def a_summary(**changes):
    """A hundred patients of a hospital: two large groups and a small one."""
    made = CohortSummary(
        cohort="own",
        label="Own",
        disease="tiny",
        synthetic=False,
        source="registry",
        rows=100,
        flow=(FlowStep("Read", 130), FlowStep("Usable", 100, 30)),
        features=(),
        regimens=(LevelShare("A", 60, 0.6), LevelShare("B", 36, 0.36), LevelShare("C", 4, 0.04)),
        lines=(),
        sites=(),
    )
    return replace(made, **changes)


def shown(shares):
    """What a reader sees of each level."""
    return [share.patients if share.patients is not None else share.hidden for share in shares]


@given(COUNTS)
def test_hidden_cells_cannot_be_worked_out_from_the_total(counts):
    """Nothing small is shown, and what is hidden is several cells that sum to no small number."""
    words = hidden_cells(counts, THRESHOLD)
    hidden = [count for count, word in zip(counts, words, strict=True) if word]
    visible = [count for count, word in zip(counts, words, strict=True) if not word]
    assert all(count == 0 or count >= THRESHOLD for count in visible)
    if hidden:
        assert sum(hidden) >= THRESHOLD
        assert len(hidden) > 1


@given(COUNTS)
def test_hidden_cells_hide_nothing_without_need(counts):
    """A margin without small counts is shown whole."""
    large = [count + THRESHOLD for count in counts]
    assert hidden_cells(large, THRESHOLD) == [""] * len(counts)


def test_hidden_cells_take_the_smallest_neighbour():
    """A single small count takes the next smallest with it, under another word."""
    assert hidden_cells([60, 36, 4], THRESHOLD) == ["", "withheld", "<11"]
    assert hidden_cells([80, 3, 2, 0, 15], THRESHOLD) == ["", "<11", "<11", "", "withheld"]


def test_protect_hides_small_groups_with_their_curves():
    """The small group and its companion lose their counts and their curves."""
    curves = (a_curve("A", patients=60), a_curve("B", patients=36), a_curve("C", patients=4))
    safe = protect(a_summary(curves=curves))
    assert shown(safe.regimens) == [60, "withheld", "<11"]
    assert [curve.label for curve in safe.curves] == ["A"]
    assert all(share.share is None for share in safe.regimens if share.patients is None)


def test_protect_leaves_a_table_of_large_counts_alone():
    """Without small counts nothing changes but the curves' steps."""
    summary = a_summary(regimens=(LevelShare("A", 60, 0.6), LevelShare("B", 40, 0.4)))
    assert protect(summary) == summary


def test_protect_hides_how_few_are_missing():
    """Few unknown values are hidden, and the known count that would give them away."""
    age = FeatureSummary("age_years", "Age", "years", 96, 0.04, 65.0, (60.0, 70.0))
    stage = FeatureSummary(
        "stage",
        "Stage",
        "",
        97,
        0.03,
        levels=(LevelShare("III", 40, 0.41), LevelShare("IV", 57, 0.59)),
    )
    safe_age, safe_stage = protect(a_summary(features=(age, stage))).features
    assert (safe_age.known, safe_age.missing_share, safe_age.hidden) == (None, None, "withheld")
    assert safe_age.median == 65.0
    assert safe_stage.known is None
    assert shown(safe_stage.levels) == ["withheld", 57]
    assert [share.share for share in safe_stage.levels] == [None, None]


def test_protect_hides_the_median_of_few():
    """A median over few patients is withheld with their count."""
    marker = FeatureSummary("m", "Marker", "", 6, 0.94, 3.0, (2.0, 4.0))
    (safe,) = protect(a_summary(features=(marker,))).features
    assert (safe.known, safe.median, safe.quartiles, safe.hidden) == (None, None, None, "<11")


def test_protect_hides_every_step_of_a_flow_that_loses_few():
    """Where a step loses few, only the last count stays."""
    flow = (FlowStep("Read", 130), FlowStep("Usable", 104, 26), FlowStep("Known", 100, 4))
    safe = protect(a_summary(flow=flow)).flow
    assert [step.left for step in safe] == [None, None, 100]
    assert [step.removed for step in safe] == [0, None, None]
    assert [step.hidden for step in safe] == ["withheld", "withheld", "<11"]
    assert protect(a_summary()).flow == a_summary().flow


def test_protect_moves_curves_in_whole_months_and_ends_them_early():
    """A curve shows no time of a single event, and ends where few are at risk."""
    curve = a_curve("A", patients=60, median=14.0)
    (safe,) = protect(a_summary(curves=(curve,))).curves
    assert safe.months == tuple(float(month) for month in range(1, int(safe.months[-1]) + 1))
    enough = [m for m, n in zip(curve.risk_months, curve.at_risk, strict=True) if n >= THRESHOLD]
    assert safe.months[-1] == enough[-1]
    assert all(n is None or n >= THRESHOLD for n in safe.at_risk)
    assert safe.median == 14.0
    assert safe.hidden == "<11"


def test_protect_hides_a_count_that_differs_little_from_its_group():
    """Where few of a group lack the endpoint, the curve's own count is withheld."""
    curve = a_curve("A", patients=57)
    (safe,) = protect(a_summary(curves=(curve,))).curves
    assert (safe.patients, safe.events, safe.at_risk[0]) == (None, None, None)
    assert safe.hidden == "withheld"


def test_protect_hides_few_events():
    """Few events, or few without, are withheld."""
    for events in (4, 55):
        (safe,) = protect(a_summary(curves=(a_curve("A", patients=60, events=events),))).curves
        assert safe.events is None
        assert safe.patients == 60


def test_protect_keeps_the_only_group_of_a_cohort_without_treatment():
    """All patients as one group have their curve."""
    summary = a_summary(regimens=(), curves=(a_curve("All patients", patients=100),))
    assert [curve.patients for curve in protect(summary).curves] == [100]


def test_protect_refuses_a_threshold_that_protects_nobody():
    """The threshold may be moved, never below five; too small a summary is withheld as a whole."""
    assert shown(protect(a_summary(), 5).regimens) == [60, "withheld", "<5"]
    with pytest.raises(ValueError, match="at least 5"):
        protect(a_summary(), 4)
    with pytest.raises(ValueError, match="withheld as a whole"):
        protect(a_summary(rows=7))


def test_too_close_sees_selections_that_differ_by_few():
    """One patient more or fewer is too close; the same selection, or a far other one, is not."""
    rows = np.arange(100) < 50
    one_less, many_less = np.arange(100) < 49, np.arange(100) < 20
    swapped = rows.copy()
    swapped[[0, 99]] = swapped[[99, 0]]
    assert too_close(one_less, [rows])
    assert too_close(swapped, [rows])
    assert not too_close(rows, [rows])
    assert not too_close(many_less, [rows])
    assert not too_close(rows, [])


def test_rows_threshold_counts_patients_not_rows():
    """With up to three rows a patient, 31 rows are surely 11 patients."""
    assert rows_threshold([f"p{n}" for n in range(40)]) == 11
    assert rows_threshold(["a", "a", "a", "b"]) == 31
    assert rows_threshold([]) == 11
