"""The toxicity head: the chance of grade 3 or worse toxicity, group by group.

One code for every group, with partial pooling: what raises the risk of toxicity in general is
learnt from all groups together, and each group's coefficients shrink towards it, the more so the
fewer events it has. A group with too few events has no model and is said to have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.chance import (
    Aim,
    ChanceModel,
    ChanceTrial,
    LinearRows,
    Plan,
    enough,
    fit_chance,
    fit_linear,
)
from dashboard.learning.parts import Parts
from dashboard.learning.ridge import Fit, Way, sigmoid
from dashboard.learning.selection import MIDDLE, PRODUCTS, SPREADS
from dashboard.learning.views import Prepared, Study, Views

Floats = npt.NDArray[np.float64]

TARGET = "toxicity"
_STAGES = (40, 80, 120)


@dataclass(frozen=True)
class ToxicityHead:
    """One blend a group."""

    groups: Mapping[str, ChanceModel]

    def predict(self, views: Views) -> dict[str, Floats]:
        """The chance of toxicity of each group for each row."""
        return {name: sigmoid(model.log_odds(views)) for name, model in self.groups.items()}

    def to_files(self) -> Parts:
        """The head's pieces for a bundle."""
        parts = Parts(settings={"groups": list(self.groups)})
        for number, model in enumerate(self.groups.values()):
            parts += model.to_parts().under(f"group{number}")
        return parts

    @classmethod
    def from_files(cls, parts: Parts, columns: tuple[str, ...]) -> ToxicityHead:
        """Read back what `to_files` gave."""
        return cls(
            {
                name: ChanceModel.from_parts(parts.inside(f"group{number}"), columns)
                for number, name in enumerate(parts.settings["groups"])
            }
        )


def fit_toxicity(
    study: Study, answers: Mapping[str, Floats]
) -> tuple[ToxicityHead, dict[str, ChanceTrial]]:
    """Fit every group that has enough events.

    Raises:
        NotEnoughEvidence: no group has.
    """
    usable = {name: column for name, column in answers.items() if enough(column)}
    if not usable:
        raise NotEnoughEvidence(
            "No toxicity has enough events to learn from.",
            hint="Give a larger cohort, or leave the outcomes out.",
        )
    shared = _share(usable)
    folds = [_pooled(fold.prepared, shared[fold.training]) for fold in study.folds]
    whole = _pooled(study.whole, shared)
    models: dict[str, ChanceModel] = {}
    trials: dict[str, ChanceTrial] = {}
    for name, column in usable.items():
        aims = [
            _towards(pooled, shared[fold.training], column[fold.training])
            for pooled, fold in zip(folds, study.folds, strict=True)
        ]
        plan = Plan(_STAGES, _towards(whole, shared, column), aims, few_priors=True)
        models[name], trials[name] = fit_chance(study, column, plan)
    return ToxicityHead(models), trials


def _share(answers: Mapping[str, Floats]) -> Floats:
    """The share of the groups in which each row had toxicity."""
    stacked = np.array(list(answers.values()))
    known = ~np.isnan(stacked)
    counted = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    shared: Floats = np.where(counted > 0, total / np.maximum(counted, 1), np.nan)
    return shared


def _pooled(prepared: Prepared, shared: Floats) -> Fit:
    """What toxicity in general follows."""
    rows = LinearRows.known(prepared, shared)
    return fit_linear(rows, (SPREADS[MIDDLE], PRODUCTS[MIDDLE]), aim=Aim(""), way=Way(rough=True))


def _towards(pooled: Fit, shared: Floats, answers: Floats) -> Aim:
    """A group shrinks towards toxicity in general, and its fit starts from there.

    What is known of a curvature goes with the variance of the answers, so that of all groups
    together serves for the first steps of each.
    """
    often, usual = np.nanmean(answers), np.nanmean(shared)
    begun = pooled.coefficients.copy()
    begun[0] += np.log(often / (1 - often)) - np.log(usual / (1 - usual))
    curvature = pooled.information * (often * (1 - often) / (usual * (1 - usual)))
    return Aim("", pooled.coefficients, Fit(begun, curvature, pooled.cost, converged=False))
