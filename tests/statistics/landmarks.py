"""Cohorts whose response changes the hazard by a known amount, with forecasts that know all else.

The forecast out of fold is the true hazard before any response, so whatever is found afterwards is
what the response says. No model is trained: a test of the update takes milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.cohort.columns import RECIST, Graded, Timed
from dashboard.learning.hazard import HazardTrial
from dashboard.learning.intervals import Intervals
from dashboard.learning.landmark import AtRisk, at_risk
from dashboard.learning.recalibration import UNCHANGED

FOLDS = 4
_END = 60.0


@dataclass(frozen=True)
class Known:
    """A cohort's outcomes, and the forecasts of them before treatment."""

    pfs: Timed
    response: Graded
    trial: HazardTrial
    persons: np.ndarray

    def at_risk(self, response: Graded | None = None) -> AtRisk:
        """Who is without progression at the landmarks."""
        weight = np.ones(len(self.persons))
        answers = response or self.response
        return at_risk(self.pfs, self.trial, answers, pfs=self.pfs, weight=weight)

    def shuffled(self, seed: int) -> Graded:
        """The same responses, of anybody."""
        order = np.random.default_rng(seed).permutation(len(self.persons))
        assert self.response.months is not None
        return Graded(self.response.codes[order], RECIST, self.response.months[order])


def a_cohort(
    size: int, seed: int, *, effect: float, reached: tuple[float, float] = (1.0, 1.9)
) -> Known:
    """Draw a cohort in which a response multiplies the hazard by exp(effect) once it is reached.

    Args:
        size: patients.
        seed: of the draw.
        effect: the log hazard ratio of a partial response.
        reached: between which months those who respond do so, if they are still free of
            progression then.
    """
    chance = np.random.default_rng(seed)
    log_hazard = np.log(0.06) + 0.5 * chance.normal(size=size)
    will = chance.random(size) < 0.4
    when = chance.uniform(*reached, size)
    load = chance.exponential(1.0, size)
    first = load / np.exp(log_hazard)
    responds = will & (when < first)
    later = when + (load - when * np.exp(log_hazard)) / np.exp(log_hazard + effect)
    event = np.where(responds, later, first)
    end = np.minimum(chance.exponential(40.0, size), _END)
    followed = np.minimum(event, end)
    seen = responds & (when <= end)
    codes = np.where(seen, 2.0, np.where(event < np.minimum(2.0, end), 0.0, 1.0))
    fold = chance.integers(0, FOLDS, size)
    trial = HazardTrial(
        log_hazard[:, None], (UNCHANGED,) * FOLDS, fold, np.zeros(1), (), Intervals((), _END)
    )
    return Known(
        Timed(followed, event <= end),
        Graded(codes, RECIST, np.where(seen, when, np.nan)),
        trial,
        np.array([f"p{i}" for i in range(size)], dtype=object),
    )
