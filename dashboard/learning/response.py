"""The response head: how likely a response is, and how CR, PR, SD and PD share the rest.

Objective response is one blend; where best responses were recorded, a second says how many of the
responses are complete and a third how many of the others are progressions, so the four chances add
up to one by construction. A cohort with yes-or-no responses has the first blend alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST, Graded
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.chance import Aim, ChanceModel, ChanceTrial, Plan, enough, fit_chance
from dashboard.learning.parts import Parts
from dashboard.learning.ridge import sigmoid
from dashboard.learning.views import Study, Views

Floats = npt.NDArray[np.float64]

TARGET = "response"
_COMPLETE = Plan(stages=(40, 80), few_priors=True)
_PROGRESSIVE = Plan(stages=(40, 80), aim=Aim("no response"), few_priors=True)
_MODELS = ("objective", "complete", "progressive")


@dataclass(frozen=True)
class ResponseHead:
    """Objective response, and within either answer the finer one where it was recorded."""

    objective: ChanceModel
    complete: ChanceModel | None = None  # among responses
    progressive: ChanceModel | None = None  # among the others

    def predict(self, views: Views) -> Floats:
        """The chance of objective response of each row."""
        return sigmoid(self.objective.log_odds(views))

    def predict_recist(self, views: Views) -> dict[str, Floats] | None:
        """The chances of CR, PR, SD and PD; None where only yes or no was recorded."""
        if self.complete is None or self.progressive is None:
            return None
        response = self.predict(views)
        complete = sigmoid(self.complete.log_odds(views))
        progressive = sigmoid(self.progressive.log_odds(views))
        return {
            "CR": response * complete,
            "PR": response * (1 - complete),
            "SD": (1 - response) * (1 - progressive),
            "PD": (1 - response) * progressive,
        }

    def to_files(self) -> Parts:
        """The head's pieces for a bundle."""
        parts = Parts()
        for name in _MODELS:
            model = getattr(self, name)
            if model is not None:
                parts += model.to_parts().under(name)
        return parts

    @classmethod
    def from_files(cls, parts: Parts, columns: tuple[str, ...]) -> ResponseHead:
        """Read back what `to_files` gave."""
        found: Mapping[str, ChanceModel] = {
            name: ChanceModel.from_parts(parts.inside(name), columns)
            for name in _MODELS
            if f"{name}.trees" in parts.texts or name == "objective"
        }
        return cls(found["objective"], found.get("complete"), found.get("progressive"))


def objective_of(response: Graded) -> Floats:
    """1 for CR, PR or yes, 0 for the others, NaN where nothing was recorded."""
    first = RECIST.index("PR") if response.levels == RECIST else 1
    return np.where(np.isnan(response.codes), np.nan, response.codes >= first)


def fit_response(study: Study, response: Graded) -> tuple[ResponseHead, ChanceTrial]:
    """Fit the head; the trial is that of objective response.

    Raises:
        NotEnoughEvidence: too few patients responded, or did not.
    """
    graded = response.levels == RECIST
    objective = objective_of(response)
    if not enough(objective):
        raise NotEnoughEvidence(
            "Too few patients with and without a response to learn from.",
            hint="Give a larger cohort, or leave the outcome out.",
        )
    model, trial = fit_chance(study, objective)
    if not graded:
        return ResponseHead(model), trial
    complete = np.where(objective == 1, response.codes == RECIST.index("CR"), np.nan)
    progressive = np.where(objective == 0, response.codes == RECIST.index("PD"), np.nan)
    if not (enough(complete) and enough(progressive)):
        return ResponseHead(model), trial
    return (
        ResponseHead(
            model,
            fit_chance(study, complete, _COMPLETE)[0],
            fit_chance(study, progressive, _PROGRESSIVE)[0],
        ),
        trial,
    )
