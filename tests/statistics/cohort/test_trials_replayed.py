"""The shipped parameters, replayed with fresh patients, show what the trials showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.answers.population import (
    LANDMARK,
    MEDIAN,
    RATIO,
    SEVERE,
    SUBGROUP,
    CalibrationReport,
)
from dashboard.cohort.curves import Curve
from dashboard.cohort.outcomes import OutcomeModel, outcome_model
from dashboard.cohort.trial_simulation import FAR_OFF, calibration_report

FRESH = 991  # not the seed the parameters were solved with
WANTED = {MEDIAN: 0.85, LANDMARK: 0.85, RATIO: 0.85, SUBGROUP: 0.80, SEVERE: 0.90}
PATIENTS = 1200  # fewer than the benchmark's: the medians then carry some noise of their own


def missed(report: CalibrationReport) -> list[str]:
    """The kinds of figures of which too few are met."""
    return [kind for kind, share in WANTED.items() if (report.share_inside(kind) or 0.0) < share]


@pytest.fixture(scope="module")
def report(melanoma: OutcomeModel) -> CalibrationReport:
    """The shipped melanoma model against its trials, with fresh patients."""
    return calibration_report(melanoma, seed=FRESH, patients=PATIENTS)


def with_parameters(model: OutcomeModel, **changes: object) -> OutcomeModel:
    """The same model with some solved parameters replaced."""
    return outcome_model(model.pack, model.assumptions, replace(model.parameters, **changes))


def test_trials_come_out_as_published(report: CalibrationReport) -> None:
    """Medians, landmarks, hazard ratios, subgroups and severe events reach their figures."""
    assert missed(report) == []


def test_fresh_seed_is_not_the_solving_seed(report: CalibrationReport) -> None:
    """A report says which seed solved and which measured, and they differ."""
    assert report.seed != report.solved_with_seed


def test_every_arm_with_an_interval_is_counted(
    melanoma: OutcomeModel, report: CalibrationReport
) -> None:
    """No arm that publishes an interval is left out of the medians."""
    published = {
        (arm.id, endpoint)
        for arm in melanoma.pack.arms
        for endpoint in ("pfs", "os")
        if getattr(arm, f"{endpoint}_median_low") is not None
    }
    unreachable = {row for row, _ in report.not_simulated}
    counted = {(figure.row, figure.endpoint) for figure in report.of(MEDIAN)}
    assert {pair for pair in published if pair[0] not in unreachable} == counted


def test_baselines_off_by_a_third_are_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: every event falls 30 % later, and the medians miss."""

    def later(curve: Curve) -> Curve:
        return replace(curve, log_scale=curve.log_scale + float(np.log(1.3)))

    slow = {
        name: replace(held, pfs=later(held.pfs), os=later(held.os))
        for name, held in melanoma.parameters.regimens.items()
    }
    broken = with_parameters(melanoma, regimens=slow)
    assert MEDIAN in missed(calibration_report(broken, seed=FRESH, patients=PATIENTS))


def test_effects_dropped_are_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: no effect has any size, and the subgroups miss."""
    broken = with_parameters(melanoma, sizes={})
    assert SUBGROUP in missed(calibration_report(broken, seed=FRESH, patients=PATIENTS))


def test_severe_events_doubled_are_noticed(melanoma: OutcomeModel) -> None:
    """Broken twin: log odds of severe events up by 1.2, and the severe events miss."""
    worse = {
        name: replace(
            held,
            severe=replace(
                held.severe, groups={g: level + 1.2 for g, level in held.severe.groups.items()}
            ),
        )
        for name, held in melanoma.parameters.regimens.items()
    }
    broken = with_parameters(melanoma, regimens=worse)
    assert SEVERE in missed(calibration_report(broken, seed=FRESH, patients=PATIENTS))


def unnamed(report: CalibrationReport) -> list[str]:
    """Medians off by more than 30 % that nobody explains."""
    return [
        figure.row
        for figure in report.of(MEDIAN)
        if figure.ratio and not 1 / FAR_OFF <= figure.ratio <= FAR_OFF and not figure.conflict
    ]


def test_far_medians_have_their_conflict_named(report: CalibrationReport) -> None:
    """A median off by more than 30 % says which other figures stand against it."""
    assert unnamed(report) == []


def test_an_unnamed_conflict_is_noticed(report: CalibrationReport) -> None:
    """Broken twin: the same report with its explanations removed."""
    bare = tuple(replace(figure, conflict="") for figure in report.figures)
    assert unnamed(replace(report, figures=bare)) != []
