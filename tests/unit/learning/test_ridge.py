"""Penalised fits: the optimum, sign constraints, and the cost-free structure of hazards."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from dashboard.learning.posterior import Posterior
from dashboard.learning.ridge import (
    HazardRows,
    Prior,
    Way,
    fit_hazard,
    fit_logistic,
    logit,
    sigmoid,
)


def a_design(rows: int = 400, columns: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """An intercept, correlated columns, and answers that depend on them."""
    chance = np.random.default_rng(seed)
    mixed = chance.normal(size=(columns, columns))
    design = np.column_stack([np.ones(rows), chance.normal(size=(rows, columns)) @ mixed / 2])
    answers = (chance.random(rows) < sigmoid(design @ np.linspace(-1, 1, columns + 1))).astype(
        float
    )
    return design, answers


def a_precision(columns: int, penalty: float) -> np.ndarray:
    """The same penalty on every column but the intercept."""
    precision = np.full(columns, penalty)
    precision[0] = 0.0
    return precision


@pytest.mark.parametrize("penalty", [0.01, 1.0, 30.0])
def test_logistic_fit_agrees_with_scikit_learn(penalty):
    """The same penalised optimum, found another way."""
    design, answers = a_design()
    fit = fit_logistic(design, answers, Prior.centred(a_precision(7, penalty)))
    peer = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=5_000).fit(design[:, 1:], answers)
    assert fit.converged
    np.testing.assert_allclose(fit.coefficients[1:], peer.coef_[0], atol=2e-4)
    np.testing.assert_allclose(fit.coefficients[0], peer.intercept_[0], atol=2e-4)


def test_weights_count_as_copies_and_an_offset_as_known():
    """A weight of two is the row twice; an offset is taken off what is left to explain."""
    design, answers = a_design()
    prior = Prior.centred(a_precision(7, 1.0))
    weights = np.where(np.arange(400) < 100, 2.0, 1.0)
    twice = fit_logistic(
        np.vstack([design, design[:100]]), np.append(answers, answers[:100]), prior
    )
    weighted = fit_logistic(design, answers, prior, weights=weights)
    np.testing.assert_allclose(weighted.coefficients, twice.coefficients, atol=1e-6)
    free = Prior.centred(np.zeros(7))
    plain = fit_logistic(design, answers, free)
    shifted = fit_logistic(design, answers, free, offset=design @ np.full(7, 0.3))
    np.testing.assert_allclose(shifted.coefficients, plain.coefficients - 0.3, rtol=1e-3)


def test_a_prior_mean_is_where_coefficients_go_without_data():
    """Shrinkage is towards the mean given, not towards zero."""
    design, answers = a_design()
    mean = np.linspace(0, 1, 7)
    prior = Prior(a_precision(7, 1e6), mean, np.zeros(7))
    np.testing.assert_allclose(
        fit_logistic(design, answers, prior).coefficients[1:], mean[1:], atol=1e-3
    )


def test_a_sign_is_kept_and_the_rest_is_still_optimal():
    """Held coefficients end on their side, and no free step improves the cost."""
    design, answers = a_design()
    signs = np.array([0, 1, 1, 1, -1, -1, -1.0])
    prior = Prior.centred(a_precision(7, 0.5), signs)
    fit = fit_logistic(design, answers, prior)
    assert (signs * fit.coefficients >= 0).all()
    assert (fit.coefficients[signs != 0] == 0).any()
    gradient = design.T @ (sigmoid(design @ fit.coefficients) - answers)
    gradient += prior.precision * fit.coefficients
    inside = (signs == 0) | (fit.coefficients != 0)
    np.testing.assert_allclose(gradient[inside], 0, atol=1e-3)
    assert (signs * gradient)[~inside].min() >= -1e-3


def test_separated_answers_still_have_an_optimum():
    """A prior keeps a perfectly predictable outcome finite."""
    design = np.column_stack([np.ones(50), np.linspace(-1, 1, 50)])
    fit = fit_logistic(design, (design[:, 1] > 0).astype(float), Prior.centred(np.full(2, 0.1)))
    assert np.isfinite(fit.coefficients).all()
    assert fit.converged


def some_rows(seed: int = 2, intervals: int = 4) -> tuple[np.ndarray, np.ndarray, HazardRows]:
    """A design, columns whose effect changes, and exposure with events."""
    chance = np.random.default_rng(seed)
    design, varying = chance.normal(size=(300, 3)), chance.integers(0, 2, (300, 2)).astype(float)
    exposure = chance.exponential(1, (300, intervals)) * (chance.random((300, intervals)) < 0.8)
    events = (chance.random((300, intervals)) < 0.3) * (exposure > 0) * 1.0
    return design, varying, HazardRows(exposure, events, np.linspace(-1, 1, intervals))


def test_hazard_fit_agrees_with_a_poisson_regression_on_split_rows():
    """The block structure changes the cost, not the answer."""
    design, varying, rows = some_rows()
    penalty = 2.0
    precision = np.concatenate([np.zeros(4), np.full(5, penalty)])
    fit = fit_hazard(design, varying, rows, Prior.centred(precision))
    row, interval = np.nonzero(rows.exposure > 0)
    split = np.column_stack(
        [np.eye(4)[interval], design[row], varying[row] * rows.shape[interval][:, None]]
    )
    at_risk, events = rows.exposure[row, interval], rows.events[row, interval]

    def gradient(beta: np.ndarray) -> np.ndarray:
        return split.T @ (at_risk * np.exp(split @ beta) - events) + precision * beta

    np.testing.assert_allclose(gradient(fit.coefficients), 0, atol=1e-3)
    curvature = split.T @ (split * (at_risk * np.exp(split @ fit.coefficients))[:, None])
    np.testing.assert_allclose(fit.information, curvature, atol=1e-3)


def test_hazard_fit_without_changing_effects_agrees_with_scikit_learn():
    """Unpenalised, one interval: a Poisson rate regression."""
    design, _, rows = some_rows(intervals=1)
    fit = fit_hazard(design, np.zeros((300, 0)), rows, Prior.centred(np.zeros(4)))
    use = rows.exposure[:, 0] > 0
    rate = rows.events[use, 0] / rows.exposure[use, 0]
    peer = PoissonRegressor(alpha=0, tol=1e-10, max_iter=2_000)
    peer.fit(design[use], rate, sample_weight=rows.exposure[use, 0])
    np.testing.assert_allclose(fit.coefficients[1:], peer.coef_, atol=1e-3)
    np.testing.assert_allclose(fit.coefficients[0], peer.intercept_, atol=1e-3)


def test_logit_and_sigmoid_are_inverse_and_never_overflow():
    """Extreme scores give extreme chances, not warnings."""
    scores = np.array([-1_000.0, -5.0, 0.0, 5.0, 1_000.0])
    np.testing.assert_allclose(logit(sigmoid(scores))[1:4], scores[1:4])
    assert sigmoid(scores)[0] == 0.0
    assert sigmoid(scores)[-1] == 1.0
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


def test_posterior_is_the_inverse_curvature():
    """With every direction kept, the deviation is the full covariance's."""
    design, answers = a_design()
    precision = np.full(7, 0.8)
    fit = fit_logistic(design, answers, Prior.centred(precision))
    rows = np.random.default_rng(0).normal(size=(20, 7))
    full = np.sqrt(np.einsum("ij,jk,ik->i", rows, fit.covariance(precision), rows))
    found = Posterior.of(fit.information, precision)
    np.testing.assert_allclose(found.deviation(rows), full, rtol=1e-6)


def test_posterior_with_fewer_directions_is_wider_never_narrower():
    """What a bundle leaves out can only widen an interval."""
    design, answers = a_design(columns=12)
    precision = np.full(13, 0.8)
    fit = fit_logistic(design, answers, Prior.centred(precision))
    whole = Posterior.of(fit.information, precision)
    part = Posterior(whole.scale, whole.directions[:, -4:])
    rows = np.random.default_rng(0).normal(size=(50, 13))
    assert (part.deviation(rows) >= whole.deviation(rows)).all()


def test_posterior_of_parts_adds_up_to_that_of_the_whole():
    """Spreads of runs of coefficients, one of them stretched, make that of the whole row."""
    design, answers = a_design(columns=12)
    precision = np.full(13, 0.8)
    whole = Posterior.of(
        fit_logistic(design, answers, Prior.centred(precision)).information, precision
    )
    chance = np.random.default_rng(0)
    rows, factor = chance.normal(size=(20, 13)), chance.normal(size=(20, 1))
    first = whole.part(slice(0, 5)).spread_of(rows[:, :5])
    second = whole.part(slice(5, None)).spread_of(rows[:, 5:]).times(factor)
    stretched = np.hstack([rows[:, :5], rows[:, 5:] * factor])
    np.testing.assert_allclose(
        first.plus(second).deviation(), whole.deviation(stretched), rtol=1e-9
    )


def test_posterior_over_draws_is_the_mean_over_them_beyond_that_of_their_middle():
    """Rows that are not known exactly are as uncertain as they are on average over their draws."""
    design, answers = a_design(columns=12)
    precision = np.full(13, 0.8)
    fit = fit_logistic(design, answers, Prior.centred(precision))
    whole = Posterior.of(fit.information, precision)
    drawn = np.random.default_rng(0).normal(size=(40, 2, 13))
    middle = drawn.mean(axis=0)
    mean = np.mean([whole.covariance(rows) for rows in drawn], axis=0)
    found = whole.covariance(middle) + whole.covariance_over(drawn)
    np.testing.assert_allclose(found, mean, rtol=1e-9)
    still = np.repeat(middle[None], 5, axis=0)
    np.testing.assert_allclose(whole.covariance_over(still), np.zeros((2, 2)), atol=1e-12)


def test_a_fit_started_from_like_answers_ends_where_it_would_have_anyway():
    """The start saves steps and changes neither the coefficients nor their curvature."""
    design, answers = a_design(columns=12)
    prior = Prior.centred(np.full(13, 0.8))
    others = np.where(np.random.default_rng(1).random(len(answers)) < 0.2, 1 - answers, answers)
    near = fit_logistic(design, others, prior, way=Way(rough=True))
    fresh, begun = (fit_logistic(design, answers, prior, way=w) for w in (Way(), Way(near)))
    np.testing.assert_allclose(begun.coefficients, fresh.coefficients, atol=1e-4)
    np.testing.assert_allclose(begun.information, fresh.information, rtol=1e-3, atol=1e-3)
