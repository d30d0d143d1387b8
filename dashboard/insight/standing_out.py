"""Which published arm departs from what all the other figures lead one to expect, and by how much.

Every figure of every arm is taken at once: response, medians, shares at a time and hazard ratios,
each as the model's difference from it on the trial's own patients. How differences hang together
(by regimen, by trial, within an arm, between endpoints, by the patients that several figures count)
is estimated from all of them; an arm is then held against what the rest leads one to expect. Two
questions are asked: do an arm's figures contradict everything else, its own hazard ratio included,
as figures do that were copied wrongly; and does the arm as a whole, hazard ratio and all, fare
otherwise. Which error in its figures would be noticed at all is told with it. It does not say which
of the two sides, publication or model, is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from dashboard.insight.noticed import limit_of, smallest
from dashboard.insight.trial_replays import MEASURES, RATIOS, Replay

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]

PLANTED = 1.3  # the size of an error that a direction is made for: 30 %
FIGURES, WHOLE = "figures", "whole"
_ENDPOINTS = ("response", "pfs", "os")
_LEVELS = 3  # regimen, trial, arm
_FEWEST = 12  # figures, to tell how they hang together
_EDGE = 0.002
_SHARED_BY_PATIENTS = 0.3  # correlation of what two endpoints of the same patients are off by
_EFFICIENT = 0.5  # of a median's variance, what the whole curve would have where no ratio tells
_LEAST_OWN = 0.05  # of a figure's variance, what it shares with no other
_MEAN_VARIANCE = 0.25  # of a model that is off everywhere
_USUAL = math.log(0.12)  # the deviation that differences of models from trials have, loosely
_USUAL_BINDING = 0.8  # how endpoints hang together (hyperbolic tangent of it), loosely
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Apart:
    """An arm against everything else, in standard errors; positive: the model expects more."""

    figures: float  # its figures, its hazard ratio taken as it is
    whole: float  # its figures and its hazard ratio together
    factor: float  # how many times as long, or as often, the model expects than was published
    error: float  # standard error of the factor's logarithm, by the question that is further off
    limit: float  # standard errors that chance lets one arm in twenty pass, by either question
    noticed: float  # the smallest factor by which its figures are wrong that is noticed

    @property
    def stands_out(self) -> bool:
        """Whether it is further off than chance lets all but one arm in twenty be."""
        return max(abs(self.figures), abs(self.whole)) > self.limit

    @property
    def by(self) -> str:
        """Which of the two questions it is further off by."""
        return FIGURES if abs(self.figures) >= abs(self.whole) else WHOLE


@dataclass(frozen=True)
class Field:
    """All figures of a disease on one scale: how much better the model takes an arm to fare.

    Response as log-odds; medians as logarithms; shares at a time and hazard ratios as the logarithm
    of the cumulative hazard, so that "30 % longer" is the same number for each of them.
    """

    arms: tuple[str, ...]
    regimens: tuple[str, ...]  # of the arms
    trials: tuple[str, ...]
    arm: Whole  # of each figure
    against: Whole  # its control arm, for a hazard ratio; -1 otherwise
    endpoint: Whole
    difference: Floats
    variance: Floats
    step: Floats  # what an arm's figure moves by when the arm is made 30 % better
    patients: Floats  # of the arms

    @property
    def ratio(self) -> npt.NDArray[np.bool_]:
        """Which figures are hazard ratios."""
        return self.against >= 0

    @property
    def design(self) -> Floats:
        """What each figure says of each arm: itself, or itself minus its control."""
        found = np.zeros((len(self.arm), len(self.arms)))
        found[np.arange(len(self.arm)), self.arm] = 1.0
        places = np.flatnonzero(self.ratio)
        found[places, self.against[places]] -= 1.0
        return found


def field_of(replays: Sequence[Replay], patients: Mapping[str, int]) -> Field:
    """The figures of all arms on one scale.

    Args:
        replays: the model beside each published figure, on the trial's own patients.
        patients: how many an arm had.
    """
    figures = [each for each in replays if not each.against or _has(replays, each.against)]
    arms = tuple(dict.fromkeys(each.arm for each in figures if not each.against))
    place = {name: number for number, name in enumerate(arms)}
    used = [e for e in figures if e.arm in place and (not e.against or e.against in place)]
    first = {each.arm: each for each in reversed(used)}
    told = [_on_one_scale(each) for each in used]
    kinds = {**{measure.label: measure.endpoint for measure in MEASURES}, **RATIOS}
    return Field(
        arms,
        tuple(first[name].regimen for name in arms),
        tuple(first[name].trial for name in arms),
        np.array([place[e.arm] for e in used], dtype=np.intp),
        np.array([place[e.against] if e.against else -1 for e in used], dtype=np.intp),
        np.array([_ENDPOINTS.index(kinds[e.measure]) for e in used], dtype=np.intp),
        np.array([difference for difference, _, _ in told]),
        np.array([variance for _, variance, _ in told]),
        np.array([step for _, _, step in told]),
        np.array([float(max(patients.get(name, 1), 1)) for name in arms]),
    )


def apart(field: Field, at: Floats | None = None, only: Sequence[str] = ()) -> dict[str, Apart]:
    """Every arm against all the others; nothing where too few figures are known.

    Args:
        field: the figures.
        at: how they hang together, where that is known; estimated from them when not given.
        only: the arms that are asked about; all when none are named.
    """
    if len(field.arm) < _FEWEST:
        return {}
    hanging = Hanging(field)
    covariance = hanging.covariance(hanging.likeliest() if at is None else at)
    precision: Floats = np.linalg.inv(covariance).astype(np.float64)
    return {name: _held(field, precision, field.arms.index(name)) for name in only or field.arms}


def sampling_errors(field: Field) -> dict[str, float]:
    """By arm, how far its figures are off by its own patients alone, as a logarithm.

    No test finds an error better than one that knows all else for certain: the truth of the arm,
    which no model and no other trial tells.
    """
    sampling = Hanging(field).sampling
    found = {}
    for number, name in enumerate(field.arms):
        own = np.flatnonzero((field.arm == number) & ~field.ratio)
        along = field.step[own]
        weighed = np.linalg.solve(sampling[np.ix_(own, own)], along)
        found[name] = math.log(PLANTED) * float(along @ weighed) ** -0.5
    return found


def changed(field: Field, arm: str, sign: float, *, ratio: bool = False) -> Field:
    """The same figures had those of one arm been published 30 % better or worse.

    Args:
        field: what was published.
        arm: whose figures.
        sign: +1 for better, -1 for worse.
        ratio: whether hazard ratios of the arm move with them.
    """
    moved = _direction(field, field.arms.index(arm), ratio=ratio)
    return replace(field, difference=field.difference - sign * moved)


def _direction(field: Field, number: int, *, ratio: bool) -> Floats:
    """What 30 % in one arm does to every figure."""
    own = np.where((field.arm == number) & ~field.ratio, field.step, 0.0)
    if not ratio:
        return own
    return own + np.where(field.ratio, field.design[:, number] * math.log(PLANTED), 0.0)


def _held(field: Field, precision: Floats, number: int) -> Apart:
    along = np.array([_direction(field, number, ratio=ratio) for ratio in (False, True)])
    weighed = along @ precision
    errors = (weighed * along).sum(axis=1) ** -0.5
    figures, whole = (float(z) for z in weighed @ field.difference * errors)
    together = float(weighed[0] @ along[1] * errors.prod())
    z, error = max(zip((figures, whole), errors, strict=True), key=lambda each: abs(each[0]))
    unit = math.log(PLANTED)
    return Apart(
        figures, whole, math.exp(z * error * unit), float(error) * unit,
        limit_of(together), math.exp(smallest(float(errors[0]), together) * unit),
    )  # fmt: skip


def _has(replays: Sequence[Replay], arm: str) -> bool:
    return any(each.arm == arm and not each.against for each in replays)


def _on_one_scale(held: Replay) -> tuple[float, float, float]:
    """The difference (positive: the model is better), its variance, and what 30 % is there."""
    if held.against:  # a smaller hazard is better
        return -held.difference, held.published.variance, 0.0
    if held.measure == "objective response":
        return held.difference, held.published.variance, _step_of(held.published.value)
    if held.measure.startswith("median"):
        return held.difference, held.published.variance, math.log(PLANTED)
    share, ours = (_share(each) for each in (held.published.value, held.model))
    slope = (1 - share) / -math.log(share)  # of the log cumulative hazard over the log-odds
    variance = held.published.variance * slope**2
    return _hazard(share) - _hazard(ours), variance, math.log(PLANTED)


def _share(log_odds: float) -> float:
    return min(max(1 / (1 + math.exp(-log_odds)), _EDGE), 1 - _EDGE)


def _hazard(share: float) -> float:
    return math.log(-math.log(share))


def _step_of(log_odds: float) -> float:
    """30 % more responders, or 30 % fewer without a response where that is the smaller change."""
    share = _share(log_odds)
    more = math.log(share * PLANTED / (1 - share * PLANTED)) if share * PLANTED < 1 else math.inf
    fewer = math.log((1 - (1 - share) / PLANTED) / ((1 - share) / PLANTED))
    return min(more, fewer) - math.log(share / (1 - share))


class Hanging:
    """How the differences hang together, and the parameters under which they are likeliest.

    The parameters are logarithms of deviations: of each endpoint by regimen, trial and arm; of what
    a single PFS or OS figure, and a hazard ratio, has of its own; and how strongly endpoints go
    together. A loose expectation keeps them finite where a disease has few figures.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        design = field.design
        names = (field.regimens, field.trials, field.arms)
        self.shared = [design @ _same(each) @ design.T for each in names]
        self.members = [field.endpoint == place for place in range(len(_ENDPOINTS))]
        self.across = field.endpoint[:, None] != field.endpoint
        self.sampling = self._sampling(design)
        self.fixed = self.sampling + _MEAN_VARIANCE * self._means()
        own = [self.members[place] & ~field.ratio for place in (1, 2)]
        self.own = [*own, field.ratio]
        self.expected = np.array([_USUAL] * 12 + [_USUAL_BINDING] * 3)

    def likeliest(self) -> Floats:
        """The parameters under which these differences are likeliest."""
        found = minimize(
            self.loss, self.expected, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
        )
        return cast("Floats", found.x)

    def covariance(self, at: Floats) -> Floats:
        """Of all figures, under these parameters."""
        found: Floats = self.fixed + sum(self._levels(at))
        for place, members in enumerate(self.own):
            found[members, members] += math.exp(2 * at[9 + place])
        return found

    def loss(self, at: Floats) -> tuple[float, Floats]:
        """Minus the log likelihood, with its slope."""
        levels, covariance = self._levels(at), self.covariance(at)
        factor = cho_factor(covariance, lower=True)
        precision = cho_solve(factor, np.eye(len(covariance)))
        weighed = precision @ self.field.difference
        pull = precision - np.outer(weighed, weighed)
        away = at - self.expected
        loss = float(self.field.difference @ weighed) / 2 + float(np.log(np.diag(factor[0])).sum())
        slope = np.zeros(len(at))
        for level, held in enumerate(levels):
            rows = (pull * held).sum(axis=1)
            slope[3 * level : 3 * level + 3] = [rows[each].sum() for each in self.members]
        for place, members in enumerate(self.own):
            slope[9 + place] = np.diag(pull)[members].sum() * math.exp(2 * at[9 + place])
        rows = (pull * sum(levels) * self.across).sum(axis=1)
        bound = np.tanh(at[12:])
        turned = (1 - bound**2) / np.where(np.abs(bound) < _EDGE, _EDGE, bound)
        slope[12:] = turned * [rows[each].sum() for each in self.members]
        return loss + float(away @ away) / 2, slope + away

    def _levels(self, at: Floats) -> list[Floats]:
        binding = np.tanh(at[12:])[self.field.endpoint]
        together = np.where(self.across, np.outer(binding, binding), 1.0)
        deviations = np.exp(at[:9]).reshape(_LEVELS, -1)[:, self.field.endpoint]
        pairs = zip(deviations, self.shared, strict=True)
        return [np.outer(each, each) * together * shared for each, shared in pairs]

    def _means(self) -> Floats:
        """A model that is off in an endpoint as a whole; its hazard ratios are not."""
        level = (~self.field.ratio).astype(np.float64)
        together: Floats = np.outer(level, level) * ~self.across
        return together

    def _sampling(self, design: Floats) -> Floats:
        """The figures' own errors: what those of one arm share counts the same patients."""
        field = self.field
        shared = np.sqrt(self._efficient())[:, field.endpoint].T * design
        alike = np.where(self.across, _SHARED_BY_PATIENTS, 1.0)
        found: Floats = (shared @ shared.T) * alike
        rest = np.maximum(field.variance - np.diag(found), _LEAST_OWN * field.variance)
        own: Floats = np.diag(rest)
        return found + own

    def _efficient(self) -> Floats:
        """By arm and endpoint, the variance of the best estimate that its patients allow.

        A hazard ratio uses whole curves, so its variance is that of its two arms, in proportion to
        the other's patients; no figure of an arm can be surer than that. Without a ratio, half the
        variance of the surest figure: a median's against that of the whole curve.
        """
        field = self.field
        least = np.full((len(field.arms), len(_ENDPOINTS)), np.inf)
        levels = ~field.ratio
        np.minimum.at(least, (field.arm[levels], field.endpoint[levels]), field.variance[levels])
        known = np.where(np.isfinite(least), least, 0.0)
        found: Floats = _EFFICIENT * known
        for place in np.flatnonzero(field.ratio):
            pair = [field.arm[place], field.against[place]]
            share = 1 - field.patients[pair] / field.patients[pair].sum()
            endpoint = field.endpoint[place]
            best = field.variance[place] * share
            found[pair, endpoint] = np.minimum(best, (1 - _LEAST_OWN) * known[pair, endpoint])
        return found


def _same(names: Sequence[str]) -> Floats:
    held = np.array(names)
    same: Floats = (held[:, None] == held).astype(np.float64)
    return same
