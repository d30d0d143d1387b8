"""Figures of quality: equal to the reference implementations, and right where theory says so."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import concordance_index
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as peer_log_loss

from dashboard.learning import evaluation, survival_scores
from dashboard.learning.ridge import logit, sigmoid


def survivors(size: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Months, events and true log hazards, with tied times."""
    chance = np.random.default_rng(seed)
    risk = chance.normal(size=size)
    death = chance.exponential(10 * np.exp(-0.7 * risk))
    lost = chance.exponential(20, size)
    months = np.round(np.minimum(death, lost), 1) + 0.1
    return months, death <= lost, risk


def true_survival(risk: np.ndarray, times: np.ndarray, rate: float = 0.1) -> np.ndarray:
    """What the world of `survivors` is made of."""
    return np.exp(-rate * np.exp(0.7 * risk)[:, None] * np.maximum(times - 0.1, 0))


@pytest.mark.parametrize("rounding", [1, 6])
def test_concordance_agrees_with_lifelines(rounding):
    """Ties of time and of risk included."""
    months, event, risk = survivors()
    risk = np.round(risk, rounding)
    found = survival_scores.concordance_harrell(months, event, risk)
    assert found.value == pytest.approx(concordance_index(months, -risk, event), abs=1e-12)


def test_unos_concordance_agrees_with_its_definition():
    """Pair by pair, weighted by the square of the chance of being observed."""
    months, event, risk = survivors(150)
    observing = survival_scores.censoring(months, event).before(months)
    agreed = pairs = 0.0
    for i in np.flatnonzero(event & (months < 15)):
        for j in range(150):
            if months[j] > months[i] or (months[j] == months[i] and not event[j]):
                weight = observing[i] ** -2
                pairs += weight
                agreed += weight * ((risk[j] < risk[i]) + 0.5 * (risk[j] == risk[i]))
    found = survival_scores.concordance_uno(months, event, risk, 15.0)
    assert found.value == pytest.approx(agreed / pairs, abs=1e-12)


def test_the_standard_error_of_concordance_is_that_of_resampling():
    """Within what sixty resamples can tell."""
    months, event, risk = survivors()
    chance = np.random.default_rng(1)
    drawn = [chance.integers(0, 400, 400) for _ in range(60)]
    spread = np.std(
        [survival_scores.concordance_harrell(months[i], event[i], risk[i]).value for i in drawn]
    )
    found = survival_scores.concordance_harrell(months, event, risk).error
    assert found == pytest.approx(spread, rel=0.3)


def test_nothing_to_compare_is_no_figure():
    """Not zero, not a half."""
    months = np.ones(3)
    found = survival_scores.concordance_harrell(months, np.zeros(3, dtype=bool), months)
    assert np.isnan(found.value)


def test_kaplan_meier_agrees_with_lifelines():
    """At and between event times."""
    months, event, _ = survivors()
    times = np.linspace(0, 30, 61)
    expected = KaplanMeierFitter().fit(months, event).predict(times).to_numpy()
    found = survival_scores.kaplan_meier(months, event).at(times)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_brier_score_without_censoring_is_the_mean_squared_error():
    """And the true curves score better than anything else."""
    months, _, risk = survivors(2_000)
    event = np.ones(2_000, dtype=bool)
    times = np.array([5.0, 10.0])
    curves = np.clip(0.5 + 0.1 * risk, 0, 1)[:, None] * np.ones(2)
    expected = [((months > t) - curves[:, 0]) ** 2 for t in times]
    found = survival_scores.brier_curve(months, event, curves, times)
    np.testing.assert_allclose(found, np.mean(expected, axis=1), atol=1e-12)
    months, event, risk = survivors(4_000)
    times = survival_scores.score_times(months, event)
    good, bad, flat = (
        survival_scores.integrated(
            survival_scores.brier_curve(months, event, true_survival(r, times, rate), times), times
        )
        for r, rate in ((risk, 0.1), (risk, 0.2), (0 * risk, 0.1))
    )
    assert good < flat
    assert good < bad


def test_censoring_does_not_move_the_expected_brier_score():
    """What the weights are for: three standard errors of the uncensored score."""
    chance = np.random.default_rng(3)
    risk = chance.normal(size=6_000)
    death = chance.exponential(10 * np.exp(-0.7 * risk))
    lost = chance.exponential(15, 6_000)
    times = np.array([8.0])
    curves = np.exp(-0.1 * np.exp(0.7 * risk)[:, None] * times)
    whole = survival_scores.brier_rows(death, np.ones(6_000, dtype=bool), curves, times)[:, 0]
    weighted = survival_scores.brier_curve(np.minimum(death, lost), death <= lost, curves, times)[0]
    naive = (((np.minimum(death, lost) > 8) - curves[:, 0]) ** 2).mean()
    error = whole.std() / np.sqrt(6_000)
    assert abs(weighted - whole.mean()) < 4 * error
    assert abs(naive - whole.mean()) > 4 * error  # without weights it would


def test_auc_over_time_without_censoring_is_the_plain_auc():
    """Those who died by then against those who lived on."""
    months, _, risk = survivors()
    event = np.ones(400, dtype=bool)
    found = survival_scores.dynamic_auc(months, event, risk, np.array([5.0, 12.0]))
    expected = [roc_auc_score(months <= t, risk) for t in (5.0, 12.0)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.isnan(survival_scores.dynamic_auc(months, event, risk, np.array([0.0]))[0])


def test_d_calibration_accepts_the_truth_and_refuses_wrong_curves():
    """Twenty worlds of true curves: about uniform p values; twice the hazard: none survive."""
    right, wrong = [], []
    for seed in range(20):
        chance = np.random.default_rng(seed)
        risk = chance.normal(size=500)
        death = chance.exponential(10 * np.exp(-0.7 * risk))
        lost = chance.exponential(20, 500)
        months, event = np.minimum(death, lost), death <= lost
        total = 0.1 * np.exp(0.7 * risk) * months
        right.append(survival_scores.d_calibration(np.exp(-total), event)[0])
        wrong.append(survival_scores.d_calibration(np.exp(-1.6 * total), event)[0])
    assert np.mean(np.array(right) < 0.05) <= 0.2
    assert np.mean(right) > 0.3
    assert np.max(wrong) < 0.01


def chances(size: int = 3_000, slope: float = 1.0, shift: float = 0.0):
    """Predicted chances and answers whose true log-odds are shift + slope x predicted."""
    chance = np.random.default_rng(8)
    p = sigmoid(chance.normal(size=size) - 0.5)
    return p, (chance.random(size) < sigmoid(shift + slope * logit(p))).astype(float)


def test_scores_of_chances_agree_with_scikit_learn():
    """AUC (ties included), Brier score and log loss."""
    p, answers = chances()
    tied = np.round(p, 1)
    assert evaluation.auc(tied, answers) == pytest.approx(roc_auc_score(answers, tied), abs=1e-12)
    assert evaluation.brier(p, answers) == pytest.approx(brier_score_loss(answers, p), abs=1e-12)
    assert evaluation.log_loss(p, answers) == pytest.approx(peer_log_loss(answers, p), abs=1e-9)
    assert np.isnan(evaluation.auc(p, np.ones(len(p))))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 0.0), (1.6, 0.4)])
def test_the_calibration_line_finds_what_is_wrong(slope, shift):
    """Over- and underconfidence and a shift, within sampling error."""
    p, answers = chances(12_000, slope, shift)
    found, _ = evaluation.calibration_line(p, answers)
    assert found == pytest.approx(slope, abs=0.08)
    level = evaluation.calibration_line(sigmoid(logit(p) + 0.7), chances(12_000)[1])[1]
    assert level == pytest.approx(-0.7, abs=0.08)


def test_calibration_error_is_small_for_true_chances_and_large_for_wrong_ones():
    """Equal-sized bins."""
    p, answers = chances(12_000)
    assert evaluation.calibration_error(p, answers) < 0.02
    assert evaluation.calibration_error(sigmoid(logit(p) + 0.7), answers) > 0.1


def test_judging_chances_gives_every_figure_with_intervals():
    """As the card prints it."""
    p, answers = chances(500)
    found = evaluation.judge_chances(p, answers, np.random.default_rng(0)).to_json()
    assert found["auc_low"] < found["auc"] < found["auc_high"]
    assert found["brier_low"] < found["brier"] < found["brier_high"]
    assert {"n", "events", "slope", "intercept", "log_loss", "ece", "ece_high"} <= found.keys()


def test_judging_curves_gives_every_figure_and_never_looks_beyond_follow_up():
    """The last time scored lies within follow-up; horizons without patients are left out."""
    months, event, risk = survivors()
    asked: list[float] = []

    def survival(times: np.ndarray) -> np.ndarray:
        asked.extend(times.tolist())
        return true_survival(risk, times)

    at_end = np.exp(-0.1 * np.exp(0.7 * risk) * months)
    found = evaluation.judge_curves(months, event, survival, at_end).to_json()
    assert max(asked) < months.max()
    assert found["c_uno_low"] < found["c_uno"] < found["c_uno_high"]
    assert 0 < found["ibs"] < 0.25
    assert [point["months"] for point in found["calibration"]] == [6.0, 12.0]
    for point in found["calibration"]:
        assert point["expected"] == pytest.approx(point["observed"], abs=0.08)


def test_net_benefit_of_the_extremes_is_that_of_treating_all_and_none():
    """What nobody reaches is worth nothing, what everybody exceeds as much as treating all."""
    p, answers = chances()
    points = evaluation.decision_curve(p, answers, [0.001, 0.3, 0.99])
    assert points[0].model == pytest.approx(points[0].treat_all)
    assert points[1].model > max(points[1].treat_all, 0)
    assert points[2].model == pytest.approx(0.0)
