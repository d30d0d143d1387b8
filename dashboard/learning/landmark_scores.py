"""How much better a forecast was, out of fold, for knowing the response at a landmark.

Holds two forecasts against what happened after each landmark: the first one conditioned on time
alone, and the same moved by the response known by then. Neither saw the patients it is judged on:
the forecast comes from the other folds, and so do the effects. The Brier score integrated over
time (weighted for censoring), expected and observed shares a year on, and events by response.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST, Timed
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning import survival_scores as scores
from dashboard.learning.evaluation import enough_to_judge
from dashboard.learning.hazard import HazardTrial
from dashboard.learning.landmark import AtRisk, Effects, basis, fit_effects
from dashboard.learning.matrix import LEAST_GROUP

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

YEAR = 12.0
_POINTS = 60
_DIGITS = 5


def judge_effects(
    found: AtRisk,
    timed: Timed,
    trial: HazardTrial,
    *,
    persons: npt.NDArray[np.object_],
) -> dict[str, Any]:
    """The figures of one endpoint, for the card.

    Args:
        found: everybody at risk at a landmark.
        timed: the endpoint.
        trial: its forecasts out of fold.
        persons: whose row each row of the cohort is.
    """
    others = _by_fold(found, trial.fold, persons)
    if others is None:
        return {"judged": "too few to judge"}
    spoken = np.isin(found.answers, [RECIST.index(a) for a in _named(others)])
    landmarks, by_answer = [], _Answers()
    for month in found.landmarks:
        here = found.take((found.landmark == month) & spoken)
        curves = _Curves(here, month, timed, trial, others)
        if enough_to_judge(int(here.events.sum()), len(here.rows) + int(here.events.sum())):
            landmarks.append({"month": month, **curves.figures()})
        by_answer.add(here, curves)
    return {"landmarks": landmarks, "answers": by_answer.figures()}


def _by_fold(
    found: AtRisk, fold: Integers, persons: npt.NDArray[np.object_]
) -> list[Effects] | None:
    """Each fold's effects, learnt on the others; None where one of them has too few."""
    try:
        return [
            fit_effects(found.take(fold[found.rows] != number), persons)
            for number in range(int(fold.max()) + 1)
        ]
    except NotEnoughEvidence:
        return None


def _named(effects: list[Effects]) -> list[str]:
    """The answers that every fold speaks of."""
    return [a for a in RECIST if all(a in each.answers for each in effects)]


class _Curves:
    """The two forecasts of those at risk at one landmark, and what became of them."""

    def __init__(
        self,
        here: AtRisk,
        month: float,
        timed: Timed,
        trial: HazardTrial,
        others: list[Effects],
    ) -> None:
        self.months = timed.months[here.rows] - month
        self.event = timed.event[here.rows]
        self._here, self._month, self._trial = here, month, trial
        self._beta = np.array([each.coefficients for each in others])[trial.fold[here.rows]]

    def both(self, times: Floats) -> tuple[Floats, Floats]:
        """The share without the event by time alone and with the response, rows x times."""
        fine = np.unique(np.concatenate([[0.0], times, np.linspace(0.0, times[-1], _POINTS)]))
        total = np.exp(self._trial.log_cumulative(self._month + fine)[self._here.rows])
        steps = np.maximum(np.diff(total, axis=1), 0.0)
        moved = steps * np.exp(self._log_ratios((fine[1:] + fine[:-1]) / 2))
        places = np.searchsorted(fine, times)
        both = (np.hstack([np.zeros((len(s), 1)), np.cumsum(s, axis=1)]) for s in (steps, moved))
        before, after = (np.exp(-each[:, places]) for each in both)
        return before, after

    def _log_ratios(self, since: Floats) -> Floats:
        count = len(self._here.rows)
        landmark = np.full(count, self._month)
        columns = [
            (basis(self._here.answers, landmark, np.full(count, each)) * self._beta).sum(axis=1)
            for each in since.tolist()
        ]
        ratios: Floats = np.column_stack(columns)
        return ratios

    def figures(self) -> dict[str, Any]:
        """The error of both over time, and what the response gained, with its standard error."""
        times = scores.score_times(self.months, self.event)
        errors = [
            np.trapezoid(scores.brier_rows(self.months, self.event, curve, times), times, axis=1)
            / (times[-1] - times[0])
            for curve in self.both(times)
        ]
        gain = errors[0] - errors[1]
        return {
            "n": len(gain),
            "events": int(self.event.sum()),
            "ibs_time_alone": round(float(errors[0].mean()), _DIGITS),
            "ibs_updated": round(float(errors[1].mean()), _DIGITS),
            "gain": round(float(gain.mean()), _DIGITS),
            "gain_error": round(float(gain.std() / np.sqrt(len(gain))), _DIGITS),
            **self._calibration(),
        }

    def _calibration(self) -> dict[str, float]:
        """Expected and observed shares a year after the landmark."""
        if int((self.months >= YEAR).sum()) < 2 * LEAST_GROUP:
            return {}
        there = np.array([YEAR])
        before, after = (float(curve.mean()) for curve in self.both(there))
        observed = float(scores.kaplan_meier(self.months, self.event).at(there)[0])
        told = {"year_time_alone": before, "year_updated": after, "year_observed": observed}
        return {name: round(value, _DIGITS) for name, value in told.items()}

    def expected(self) -> tuple[Floats, Floats]:
        """Events expected of each row until its exit, by time alone and with the response."""
        moved = np.zeros(len(self._here.rows))
        for piece in range(self._here.expected.shape[1]):
            ratio = np.exp((self._here.columns(piece) * self._beta).sum(axis=1))
            moved += self._here.expected[:, piece] * ratio
        return self._here.expected.sum(axis=1), moved


class _Answers:
    """Events by response, all landmarks together."""

    def __init__(self) -> None:
        self._sums = np.zeros((len(RECIST), 4))

    def add(self, here: AtRisk, curves: _Curves) -> None:
        """Take one landmark's patients."""
        before, after = curves.expected()
        for code in range(len(RECIST)):
            rows = here.answers == code
            seen = here.events[rows].sum()
            told = before[rows].sum(), after[rows].sum()
            self._sums[code] += [float(rows.sum()), float(seen), *map(float, told)]

    def figures(self) -> dict[str, dict[str, float]]:
        """Observed events and those expected, for each response that enough patients had."""
        return {
            name: {
                "n": int(n),
                "events": int(events),
                "expected_time_alone": round(before, 2),
                "expected_updated": round(after, 2),
            }
            for name, (n, events, before, after) in zip(RECIST, self._sums.tolist(), strict=True)
            if events >= LEAST_GROUP
        }
