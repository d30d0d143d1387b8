"""May a difference between regimens be read as a choice for one person?

Answers by what choosing would have gained: out of fold, every patient is given the regimen with the
highest forecast among those that patients like this one receive, and beside it the one of these
that does best on average. Both rules are valued by doubly robust scores (the forecast, corrected by
what happened to those who did receive the chosen regimen). The gate opens where the gain is above
1.28 standard errors and closed otherwise, also where too few patients can tell. Confounding that
was not recorded cannot be seen here; small cohorts and weak effects are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.answers.forecast import Ranking
from dashboard.learning.chance import fit_at
from dashboard.learning.scoring import PatientRows, chances_of
from dashboard.learning.selection import Complexity
from dashboard.learning.support import OVERLAP, propensities_of, shares_by
from dashboard.learning.views import Fold, Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SURE = 1.28  # standard errors
_FEWEST = 100  # patients with a real choice


@dataclass(frozen=True, slots=True)
class Judged:
    """What choosing by the forecast gained over the best regimen on average."""

    patients: int
    gain: float
    error: float

    @property
    def open(self) -> bool:
        """Whether differences may be read as a choice for one person."""
        return self.patients >= _FEWEST and self.gain > SURE * self.error

    def to_json(self) -> dict[str, Any]:
        """As the card keeps it."""
        return {**asdict(self), "open": self.open}


@dataclass(frozen=True, slots=True)
class Rules:
    """Of held-out rows: the forecast and the propensity of every regimen, and what happened."""

    chances: Floats
    propensity: Floats
    received: Integers
    answers: Floats

    def gains(self, average: Floats) -> Floats:
        """Row by row, the value of the personal rule minus that of the average one.

        Args:
            average: how well each regimen does on average.
        """
        real = self.propensity >= OVERLAP
        rows = np.flatnonzero(real.sum(axis=1) > 1)
        personal = np.argmax(np.where(real, self.chances, -np.inf), axis=1)
        usual = np.argmax(np.where(real, average, -np.inf), axis=1)
        gained: Floats = (self._value(personal) - self._value(usual))[rows]
        return gained

    def _value(self, chosen: Integers) -> Floats:
        """Doubly robust: the forecast, corrected where the chosen regimen was received."""
        rows = np.arange(len(chosen))
        forecast = self.chances[rows, chosen]
        weight = (self.received == chosen) / np.maximum(self.propensity[rows, chosen], OVERLAP)
        value: Floats = forecast + weight * (self.answers - forecast)
        return value


def judge_ranking(
    study: Study, answers: Floats, received: Integers, complexity: Complexity
) -> Judged:
    """Value both rules on every fold's held-out rows.

    Args:
        study: the cohort and its folds.
        answers: response, NaN where unknown.
        received: the position of each row's regimen; -1 where the contract does not list it.
        complexity: of the blend, as it was chosen for the response.
    """
    if len(study.contract.regimens) < 2 or not study.contract.descriptor_names:  # noqa: PLR2004
        return Judged(0, 0.0, 0.0)
    gains = [_fold_gains(fold, study, answers, received, complexity) for fold in study.folds]
    joined = np.concatenate(gains)
    if len(joined) < 2:  # noqa: PLR2004  (no spread)
        return Judged(len(joined), 0.0, 0.0)
    error = float(joined.std(ddof=1) / np.sqrt(len(joined)))
    return Judged(len(joined), float(joined.mean()), error)


def _fold_gains(
    fold: Fold, study: Study, answers: Floats, received: Integers, complexity: Complexity
) -> Floats:
    training, regimens = fold.training, len(study.contract.regimens)
    encoding = fold.prepared.encoding
    model = fit_at(fold.prepared, answers[training], complexity)
    descriptors = encoding.contract.descriptors
    core = encoding.filled(study.values[training])
    who_received_what = propensities_of(core, received[training], regimens)
    usable = fold.held_out[~np.isnan(answers[fold.held_out]) & (received[fold.held_out] >= 0)]
    patients = PatientRows.of(encoding, study.values[usable])
    rules = Rules(
        chances_of(model, patients, descriptors),
        shares_by(who_received_what, patients.core),
        received[usable],
        answers[usable],
    )
    seen = PatientRows.of(encoding, study.values[training])
    real = shares_by(who_received_what, core) >= OVERLAP
    expected = np.where(real, chances_of(model, seen, descriptors), 0.0).sum(axis=0)
    return rules.gains(expected / np.maximum(real.sum(axis=0), 1))


def ranking_of(kept: Mapping[str, Any]) -> Ranking:
    """The gate of a bundle, in words, from what its card keeps."""
    if "gain" not in kept:
        reason = str(kept.get("judged", "It was never judged."))
        return Ranking(False, f"Differences are no personal ranking. {reason}")
    found = Judged(int(kept["patients"]), float(kept["gain"]), float(kept["error"]))
    if found.patients < _FEWEST:
        reason = (
            f"Differences are no personal ranking: only {found.patients} patients of the cohort "
            "had a real choice of regimens."
        )
        return Ranking(False, reason, found.gain, found.error)
    share = f"{100 * found.gain:+.1f} responses in 100 patients (standard error "
    share += f"{100 * found.error:.1f})"
    if found.open:
        reason = f"Choosing by the forecast gained {share} over the best regimen on average."
        return Ranking(True, reason, found.gain, found.error)
    reason = (
        f"Differences are no personal ranking: choosing by the forecast gained {share} over the "
        "best regimen on average, which is within chance."
    )
    return Ranking(False, reason, found.gain, found.error)
