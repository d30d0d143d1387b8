"""What a response known by a landmark says of the hazard from then on.

Answers "so many months after the start nobody has progressed, and the scan says this: what now?" by
a regression on top of the forecasts: among those still at risk at a landmark, the hazard afterwards
is the one forecast out of fold before treatment, times an effect of the response known BY the
landmark (never of one that came later: whoever responds late has to live that long first). All
landmarks are stacked (van Houwelingen and Putter), so that an effect may differ between them, and
it may fade with the months since. Effects are shrunk towards none. Nothing is forecast here;
`insight.landmark` applies what was learnt, `landmark_scores` judges it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST, Graded, Timed
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence
from dashboard.learning.hazard import HazardTrial
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.parts import Parts

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

GRID = (2.0, 3.0, 6.0, 9.0, 12.0)  # months after the start
UNTIMED_FROM = 3.0  # the first landmark at which a response without a time is taken as known
_UNTIMED_GRID = tuple(month for month in GRID if month >= UNTIMED_FROM)
_PROGRESSED, _STABLE, _PARTIAL, _COMPLETE = (
    float(RECIST.index(a)) for a in ("PD", "SD", "PR", "CR")
)
_PIECES = (0.0, 3.0, 6.0, 12.0, 24.0)  # months after a landmark at which an effect may change
_MIDDLES = (1.5, 4.5, 9.0, 18.0, 36.0)
_USUAL = 6.0  # months: where the effects at other landmarks, and of other months, are told from
_LEAST_AT_RISK, _LEAST_EVENTS = 5 * LEAST_GROUP, 2 * LEAST_GROUP
_KINDS = ("progressed", "stable", "responded", "complete")  # complete comes on top of responded
_SPREADS = (0.8, 0.8, 0.8, 0.4)  # of the prior of each kind's log hazard ratio
_CHANGE_SPREAD = 0.25  # of its change a doubling of the landmark, or of the months since
_STEPS, _HALVINGS, _TOLERANCE = 60, 30, 1e-9
_HIGHEST = 20.0


def basis(answers: Floats, landmark: Floats, since: Floats) -> Floats:
    """The columns of effects: each kind of answer, its change with the landmark, and its fading.

    Args:
        answers: positions in RECIST.
        landmark: in months after the start.
        since: months after the landmark.
    """
    kinds = np.column_stack(
        [
            answers == _PROGRESSED,
            answers == _STABLE,
            answers >= _PARTIAL,
            answers == _COMPLETE,
        ]
    ).astype(np.float64)
    later = np.log2(landmark / _USUAL)[:, None]
    inside = np.clip(since, _MIDDLES[0], _MIDDLES[-1])
    faded = np.log2((inside + _USUAL) / (2 * _USUAL))[:, None]
    columns: Floats = np.hstack([kinds, kinds * later, kinds * faded])
    return columns


WIDTH = 3 * len(_KINDS)


@dataclass(frozen=True)
class Effects:
    """The effects on one endpoint's hazard, and how sure they are."""

    coefficients: Floats
    covariance: Floats
    answers: tuple[str, ...]  # those that enough patients had; of the others nothing is said
    landmarks: tuple[float, ...]

    def log_ratio(self, answer: str, month: float, since: Floats) -> tuple[Floats, Floats]:
        """The log hazard ratio so many months after a landmark, and its columns in the basis."""
        code = np.full(len(since), float(RECIST.index(answer)))
        columns = basis(code, np.full(len(since), month), since)
        return columns @ self.coefficients, columns

    def to_parts(self) -> Parts:
        """The effects as arrays and settings."""
        return Parts(
            arrays={"coefficients": self.coefficients, "covariance": self.covariance},
            settings={"answers": list(self.answers), "landmarks": list(self.landmarks)},
        )

    @classmethod
    def from_parts(cls, parts: Parts) -> Effects:
        """Read back what `to_parts` gave.

        Raises:
            BundleMismatch: something of it is absent, of another shape, or cannot be.
        """
        coefficients, covariance = parts.numbers("coefficients"), parts.numbers("covariance")
        answers = tuple(parts.settings["answers"])
        landmarks = tuple(map(float, parts.settings["landmarks"]))
        whole = coefficients.shape == (WIDTH,) and covariance.shape == (WIDTH, WIDTH)
        if not whole or not _possible(covariance, answers, landmarks):
            raise BundleMismatch(
                "The bundle's update at a landmark is damaged.",
                hint="Train it again, or restore it from a copy.",
            )
        return cls(coefficients, covariance, answers, landmarks)


def _possible(covariance: Floats, answers: tuple[str, ...], landmarks: tuple[float, ...]) -> bool:
    even = bool(np.allclose(covariance, covariance.T, atol=1e-9))
    sure = even and float(np.linalg.eigvalsh(covariance).min()) > -1e-9  # noqa: PLR2004
    rising = all(0 < a < b for a, b in pairwise(landmarks))
    named = bool(answers) and set(answers) <= set(RECIST)
    return sure and named and bool(landmarks) and landmarks[0] > 0 and rising


@dataclass(frozen=True)
class LandmarkModel:
    """The effects of responses known by a landmark, by endpoint."""

    effects: Mapping[str, Effects]  # "pfs", "os"
    timed: bool  # the cohort tells when a response was reached
    graded: bool  # it tells CR from PR; else both are one

    def to_files(self) -> Parts:
        """The model's pieces for a bundle."""
        settings = {"endpoints": list(self.effects), "timed": self.timed, "graded": self.graded}
        parts = Parts(settings=settings)
        for name, effects in self.effects.items():
            parts += effects.to_parts().under(name)
        return parts

    @classmethod
    def from_files(cls, parts: Parts) -> LandmarkModel | None:
        """Read back what `to_files` gave; None where the bundle has no such model."""
        if "endpoints" not in parts.settings:
            return None
        names: Sequence[str] = parts.settings["endpoints"]
        effects = {name: Effects.from_parts(parts.inside(name)) for name in names}
        return cls(effects, bool(parts.settings["timed"]), bool(parts.settings["graded"]))


@dataclass(frozen=True)
class AtRisk:
    """One endpoint after every landmark: one row a patient-treatment still at risk there."""

    rows: Integers  # of the cohort
    landmark: Floats
    answers: Floats  # known by the landmark, as positions in RECIST
    expected: Floats  # rows x pieces: events forecast out of fold
    events: Floats  # rows x pieces: what happened
    weight: Floats
    level: Floats  # what makes its fold's forecasts as high as those of the others

    def take(self, among: Flags) -> AtRisk:
        """Some of the rows."""
        return AtRisk(*(values[among] for values in vars(self).values()))

    @property
    def landmarks(self) -> tuple[float, ...]:
        """The landmarks there are."""
        return tuple(np.unique(self.landmark).tolist())

    def columns(self, piece: int) -> Floats:
        """The basis of every row in one piece of time."""
        since = np.full(len(self.rows), _MIDDLES[piece])
        return basis(self.answers, self.landmark, since)


def answers_by(month: float, response: Graded, pfs: Timed | None) -> Floats:
    """The response known by a month: of who progressed by then PD, else the best one so far.

    NaN where that cannot be told: nobody looked, follow-up ended before, or the month comes before
    the first at which a response without a time is taken as known.
    """
    codes = response.codes
    graded = response.levels == RECIST
    best = codes if graded else np.where(np.isnan(codes), np.nan, codes + _STABLE)
    if response.months is not None:
        reached = np.where(response.months <= month, best, _STABLE)
        unknown = (best >= _PARTIAL) & np.isnan(response.months)
        best = np.where(best >= _PARTIAL, np.where(unknown, np.nan, reached), best)
    elif month < UNTIMED_FROM:
        best = np.full(len(codes), np.nan)
    if pfs is None:  # a "no" says neither SD nor PD then
        return best if graded else np.where(best == _STABLE, np.nan, best)
    free = pfs.known & (pfs.months > month)
    progressed = pfs.known & pfs.event & (pfs.months <= month)
    # A first scan that will say PD has not been made yet for whoever is still free of progression.
    so_far = np.where(best == _PROGRESSED, np.nan, best)
    return np.where(progressed, _PROGRESSED, np.where(free, so_far, np.nan))


def at_risk(
    timed: Timed,
    trial: HazardTrial,
    response: Graded,
    *,
    pfs: Timed | None,
    weight: Floats,
) -> AtRisk:
    """Everybody who is at risk of an endpoint at a landmark with a response known by then.

    A landmark with too few of them, or too few events afterwards, is left out.

    Raises:
        NotEnoughEvidence: no landmark is left.
    """
    stacked: list[AtRisk] = []
    level = _levels(timed, trial)
    for month in GRID if response.months is not None else _UNTIMED_GRID:
        answers = answers_by(month, response, pfs)
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero(timed.known & (timed.months > month) & ~np.isnan(answers))
        found = _after(month, timed, trial, rows)
        piece = AtRisk(
            rows, np.full(len(rows), month), answers[rows], *found, weight[rows], level[rows]
        )
        if len(rows) >= _LEAST_AT_RISK and piece.events.sum() >= LEAST_GROUP:
            stacked.append(piece)
    if not stacked or sum(each.events.sum() for each in stacked) < _LEAST_EVENTS:
        raise NotEnoughEvidence(
            "Too few patients with a known response are still at risk months later.",
            hint="Give a larger cohort or a longer follow-up.",
        )
    return AtRisk(
        *(np.concatenate([vars(each)[name] for each in stacked]) for name in vars(stacked[0]))
    )


def _levels(timed: Timed, trial: HazardTrial) -> Floats:
    """By how much each row's fold was forecast lower than the cohort, from the start of treatment.

    The folds of a small cohort differ by a third and more in their level, which the forecast made
    by all of it does not: left in, it would hide what the responses say. Pulled towards one.
    """
    total = np.exp(trial.log_cumulative_at(np.nan_to_num(timed.months)))
    known = timed.known
    folds = trial.fold[known]
    events = np.bincount(folds, weights=timed.event[known].astype(np.float64))
    expected = np.bincount(folds, weights=total[known])
    whole = float(events.sum() / expected.sum())
    levels: Floats = ((events / whole + LEAST_GROUP) / (expected + LEAST_GROUP))[trial.fold]
    return levels


def _after(month: float, timed: Timed, trial: HazardTrial, rows: Integers) -> tuple[Floats, Floats]:
    """Events forecast and seen in each piece of time after a landmark, until each row's exit."""
    end = np.nan_to_num(timed.months)
    edges = [*(month + start for start in _PIECES), np.inf]
    totals = [np.exp(trial.log_cumulative_at(np.minimum(edge, end)))[rows] for edge in edges]
    expected = np.maximum(np.diff(np.column_stack(totals), axis=1), 0.0)
    events = np.zeros_like(expected)
    place = np.searchsorted(np.array(edges[1:-1]), end[rows], side="left")
    happened = np.flatnonzero(timed.event[rows])
    events[happened, place[happened]] = 1.0
    return expected, events


def fit_effects(found: AtRisk, persons: npt.NDArray[np.object_]) -> Effects:
    """Fit the effects; their covariance is robust to a patient standing at several landmarks.

    Args:
        found: of one endpoint.
        persons: whose row each row of the cohort is.

    Raises:
        NotEnoughEvidence: no answer has enough patients.
    """
    whose = np.unique(persons[found.rows].astype(str), return_inverse=True)[1].ravel()
    spoken = _spoken(found, whose)
    if not spoken:
        raise NotEnoughEvidence("No response has enough patients still at risk months later.")
    keep = np.isin(found.answers, [RECIST.index(name) for name in spoken])
    found, whose = found.take(keep), whose[keep]
    precision = _precision()
    coefficients, information = _solved(found, precision)
    inverse = np.linalg.inv(information)
    spread = _of_persons(found, coefficients, whose)
    covariance = inverse @ (spread + np.diag(precision)) @ inverse
    return Effects(coefficients, (covariance + covariance.T) / 2, spoken, found.landmarks)


def _spoken(found: AtRisk, whose: Integers) -> tuple[str, ...]:
    """The answers that enough patients had at some landmark."""
    return tuple(
        name
        for code, name in enumerate(RECIST)
        if len(np.unique(whose[found.answers == code])) >= LEAST_GROUP
    )


def _precision() -> Floats:
    own = np.array(_SPREADS) ** -2.0
    change = np.full(2 * len(_KINDS), _CHANGE_SPREAD**-2.0)
    return np.concatenate([own, change])


def _solved(found: AtRisk, precision: Floats) -> tuple[Floats, Floats]:
    """The posterior mode and the curvature there, of a Poisson regression on cells.

    All columns depend on answer, landmark and piece alone, so events are added up by these first.
    """
    columns, events, expected = _cells(found)

    def cost(beta: Floats) -> float:
        eta = np.minimum(columns @ beta, _HIGHEST)
        likelihood = float(expected @ np.exp(eta) - events @ eta)
        return likelihood + 0.5 * float(precision @ beta**2)

    beta = np.zeros(WIDTH)
    now = cost(beta)
    for _ in range(_STEPS):
        rate = expected * np.exp(np.minimum(columns @ beta, _HIGHEST))
        gradient = columns.T @ (rate - events) + precision * beta
        curvature = (columns * rate[:, None]).T @ columns + np.diag(precision)
        step: Floats = np.asarray(-np.linalg.solve(curvature, gradient), dtype=np.float64)
        size = _step_size(cost, beta, step, now)
        beta = beta + size * step
        gained, now = now - cost(beta), cost(beta)
        if gained < _TOLERANCE * (1 + abs(now)):
            break
    rate = expected * np.exp(np.minimum(columns @ beta, _HIGHEST))
    return beta, (columns * rate[:, None]).T @ columns + np.diag(precision)


def _step_size(cost: Any, beta: Floats, step: Floats, now: float) -> float:
    size = 1.0
    for _ in range(_HALVINGS):
        if cost(beta + size * step) <= now:
            return size
        size /= 2
    return 0.0


def _cells(found: AtRisk) -> tuple[Floats, Floats, Floats]:
    """One line for each answer, landmark and piece: its columns, events and expected events."""
    columns, events, expected = [], [], []
    for month in found.landmarks:
        for code in np.unique(found.answers).tolist():
            rows = (found.landmark == month) & (found.answers == code)
            since = np.array(_MIDDLES)
            same = np.full(len(since), 1.0)
            columns.append(basis(code * same, month * same, since))
            events.append(found.weight[rows] @ found.events[rows])
            expected.append((found.weight * found.level)[rows] @ found.expected[rows])
    return np.vstack(columns), np.concatenate(events), np.concatenate(expected)


def _of_persons(found: AtRisk, coefficients: Floats, whose: Integers) -> Floats:
    """How much each patient pulls at the coefficients, all landmarks of one together, squared."""
    pulls = np.zeros((len(found.rows), WIDTH))
    for piece in range(len(_PIECES)):
        columns = found.columns(piece)
        forecast = found.level * found.expected[:, piece]
        rate = forecast * np.exp(np.minimum(columns @ coefficients, _HIGHEST))
        pulls += (found.weight * (found.events[:, piece] - rate))[:, None] * columns
    together = np.zeros((int(whose.max()) + 1, WIDTH))
    np.add.at(together, whose, pulls)
    squared: Floats = together.T @ together
    return squared
