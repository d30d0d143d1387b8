"""Penalised regression by Newton's method: logistic, and piecewise-exponential hazards.

Answers "which coefficients maximise the penalised likelihood, and how uncertain are they?" Every
coefficient has its own normal prior (mean and precision), may be held to one sign, and the Laplace
posterior covariance comes with the fit. Hidden: step control, the active set of the sign
constraints, the block structure that makes a hazard fit cost no more than a logistic one, and that
a curvature, which costs a hundred times what a gradient costs, serves for as many steps as it leads
on. Choosing the prior is not done here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]

_STEPS = 80
_MANY_ROWS = 3_000
_STILL_LEADS = 0.2  # a curvature serves again while each step leaves this share of what was to gain
_HALVINGS = 20
_TOLERANCE, _ROUGH = 1e-10, 1e-7  # of the cost: what a step must gain to be worth taking
_LEAST_PROBABILITY = 1e-12
_HIGHEST_LOG_RATE = 30.0


@dataclass(frozen=True, slots=True)
class Prior:
    """A normal prior per coefficient; `signs` +1/-1 holds one to that side, 0 leaves it free."""

    precision: Floats
    mean: Floats
    signs: Floats

    @classmethod
    def centred(cls, precision: Floats, signs: Floats | None = None) -> Prior:
        """Shrinks towards zero."""
        zero = np.zeros_like(precision)
        return cls(precision, zero, zero if signs is None else signs)

    def cost(self, coefficients: Floats) -> float:
        """Minus the log density, up to a constant."""
        return 0.5 * float(self.precision @ (coefficients - self.mean) ** 2)


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients at the posterior mode and the curvature of the likelihood there."""

    coefficients: Floats
    information: Floats  # of the likelihood alone, so that another prior's width can be asked for
    cost: float
    converged: bool

    def covariance(self, precision: Floats) -> Floats:
        """The Laplace posterior covariance under a prior of this precision."""
        posterior = self.information + np.diag(precision)
        factor = linalg.cho_factor(posterior + 1e-10 * np.eye(len(precision)), lower=True)
        inverse: Floats = linalg.cho_solve(factor, np.eye(len(precision)))
        return inverse


@dataclass(frozen=True, slots=True)
class Way:
    """How a fit is come to.

    Attributes:
        near: a fit of the same rows, under another prior or to like answers, to start from.
        rough: for comparing priors; near enough to predict with, and nobody asks for its width.
    """

    near: Fit | None = None
    rough: bool = False


WHOLE = Way()
Problem = Callable[[Floats, bool], tuple[float, Floats, Floats | None]]


def fit_logistic(
    design: Floats,
    answers: Floats,
    prior: Prior,
    *,
    weights: Floats | None = None,
    offset: Floats | None = None,
    way: Way = WHOLE,
) -> Fit:
    """Penalised logistic regression; the design carries its own intercept column."""
    weight = np.ones(len(answers)) if weights is None else weights
    shift = np.zeros(len(answers)) if offset is None else offset
    steering = _steering(design)

    def problem(beta: Floats, curved: bool) -> tuple[float, Floats, Floats | None]:
        eta = design @ beta + shift
        surprise = np.logaddexp(0.0, eta)
        cost = float(weight @ (surprise - answers * eta))
        p = np.exp(eta - surprise)
        gradient = design.T @ (weight * (p - answers))
        if not curved:
            return cost, gradient, None
        return cost, gradient, _gram(steering, weight * np.maximum(p * (1 - p), _LEAST_PROBABILITY))

    return _newton(problem, prior, prior.mean.copy(), way)


@dataclass(frozen=True, slots=True)
class HazardRows:
    """Time cut into intervals: each row's exposure in, and events at the end of, every interval."""

    exposure: Floats  # rows x intervals
    events: Floats  # rows x intervals
    shape: Floats  # the time basis, one value an interval: how varying effects change


def fit_hazard(
    design: Floats,
    varying: Floats,
    rows: HazardRows,
    prior: Prior,
    *,
    weights: Floats | None = None,
    way: Way = WHOLE,
) -> Fit:
    """Penalised piecewise-exponential regression.

    The coefficients are, in this order: one log baseline hazard an interval, the effects of
    `design`, and the effects of `varying`, which act in proportion to `rows.shape`.
    """
    intervals, width = rows.exposure.shape[1], design.shape[1]
    weight = np.ones(len(design)) if weights is None else weights
    exposure, events = rows.exposure * weight[:, None], rows.events * weight[:, None]
    steering = _steering(design)

    def problem(beta: Floats, curved: bool) -> tuple[float, Floats, Floats | None]:
        baseline, fixed = beta[:intervals], beta[intervals : intervals + width]
        slopes = varying @ beta[intervals + width :]
        eta = baseline + (design @ fixed)[:, None] + slopes[:, None] * rows.shape
        expected = exposure * np.exp(np.minimum(eta, _HIGHEST_LOG_RATE))
        cost = float(expected.sum() - (events * eta).sum())
        excess = expected - events
        gradient = np.concatenate(
            [excess.sum(axis=0), design.T @ excess.sum(axis=1), varying.T @ (excess @ rows.shape)]
        )
        if not curved:
            return cost, gradient, None
        return cost, gradient, _hazard_curvature(steering, varying, expected, rows.shape)

    initial = prior.mean.copy()
    initial[:intervals] = np.log((events.sum(axis=0) + 0.5) / (exposure.sum(axis=0) + 1.0))
    return _newton(problem, prior, initial, way)


def _hazard_curvature(design: Reals, varying: Floats, expected: Floats, shape: Floats) -> Floats:
    once, twice = expected @ shape, expected @ shape**2
    to_design, to_varying = _narrowed(expected, design).T @ design, (expected * shape).T @ varying
    mixed = design.T @ _narrowed(varying * once[:, None], design)
    return np.block(
        [
            [np.diag(expected.sum(axis=0)), to_design, to_varying],
            [to_design.T, _gram(design, expected.sum(axis=1)), mixed],
            [to_varying.T, mixed.T, _gram(varying, twice)],
        ]
    ).astype(np.float64)


def _steering(design: Floats) -> Reals:
    """What curvatures are added up from: in single precision where there are many rows.

    A curvature steers steps and widths only.
    """
    return design.astype(np.float32) if len(design) >= _MANY_ROWS else design


def _narrowed(numbers: Floats, like: Reals) -> Reals:
    return numbers.astype(like.dtype, copy=False)


def _gram(design: Reals, weight: Floats) -> Floats:
    rooted = design * _narrowed(np.sqrt(weight), design)[:, None]
    gram: Floats = (rooted.T @ rooted).astype(np.float64)
    return gram


def sigmoid(eta: Floats) -> Floats:
    """The probability of a log-odds, without overflow."""
    return np.exp(-np.logaddexp(0.0, -eta))


def logit(p: Floats) -> Floats:
    """The log-odds of a probability, kept finite."""
    inside = np.clip(p, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return np.log(inside) - np.log1p(-inside)


def _newton(problem: Problem, prior: Prior, start: Floats, way: Way) -> Fit:
    near = way.near
    beta = _projected(near.coefficients if near else start, prior.signs)
    likelihood, slope, _ = problem(beta, False)
    cost, before, converged, fresh = likelihood + prior.cost(beta), np.inf, False, False
    steps = _Steps(near.information, prior) if near else None
    for _ in range(_STEPS):
        if steps is None:
            steps, fresh = _Steps(_curvature(problem, beta), prior), True
        gradient = slope + prior.precision * (beta - prior.mean)
        free = (prior.signs == 0) | (prior.signs * beta > 0) | (prior.signs * gradient < 0)
        step = steps.towards(gradient, free)
        to_gain = -float(gradient @ step)
        converged = to_gain < (_ROUGH if way.rough else _TOLERANCE) * (1 + abs(cost))
        if converged:
            break
        if fresh or to_gain < _STILL_LEADS * before:
            beta, lower, slope = _line_search(problem, prior, beta, step, (cost, slope))
            if lower < cost:
                cost, before, fresh = lower, to_gain, False
                continue
            if fresh:
                break
        steps = None  # leads on no longer
    if steps is None or not way.rough:
        return Fit(beta, _curvature(problem, beta), cost, converged)
    return Fit(beta, steps.information, cost, converged)  # to start from; nobody asks for its width


def _curvature(problem: Problem, beta: Floats) -> Floats:
    found = problem(beta, True)[2]
    assert found is not None  # noqa: S101  (asked for)
    return found


def _projected(beta: Floats, signs: Floats) -> Floats:
    return np.where(signs * beta < 0, 0.0, beta)


class _Steps:
    """Newton steps from one curvature of the likelihood, factored once for the same free ones."""

    def __init__(self, information: Floats, prior: Prior) -> None:
        self.information = information
        self._precision = prior.precision
        self._factors: dict[bytes, tuple[Floats, bool]] = {}

    def towards(self, gradient: Floats, free: Flags) -> Floats:
        """The step that would end at the optimum if the cost were quadratic."""
        key = free.tobytes()
        if key not in self._factors:
            inner = (self.information + np.diag(self._precision))[np.ix_(free, free)]
            inner[np.diag_indices(len(inner))] += 1e-9 * float(np.trace(inner)) / max(1, len(inner))
            self._factors = {key: linalg.cho_factor(inner, lower=True, overwrite_a=True)}
        step = np.zeros_like(gradient)
        step[free] = -linalg.cho_solve(self._factors[key], gradient[free])
        return step


def _line_search(
    problem: Problem, prior: Prior, beta: Floats, step: Floats, now: tuple[float, Floats]
) -> tuple[Floats, float, Floats]:
    """The first point along a step that costs less, its cost and the likelihood's slope there."""
    size, (cost, slope) = 1.0, now
    for _ in range(_HALVINGS):
        trial = _projected(beta + size * step, prior.signs)
        likelihood, trial_slope, _ = problem(trial, False)
        reached = likelihood + prior.cost(trial)
        if reached < cost:
            return trial, reached, trial_slope
        size /= 2
    return beta, cost, slope
