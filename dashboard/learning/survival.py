"""The survival heads: overall and progression-free survival as curves with bands.

Each is one hazard blend. Curves are read at any months up to the horizon of the cohort's follow-up.
The two are fitted apart; that progression-free survival never exceeds overall survival is ensured
where both are forecast together (`consistent`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import Timed
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.hazard import HazardModel, HazardTrial, fit_time
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.parts import Parts
from dashboard.learning.views import Study, Views

Floats = npt.NDArray[np.float64]

TARGETS = ("os", "pfs")


@dataclass(frozen=True)
class SurvivalHead:
    """One endpoint's curves."""

    model: HazardModel

    @property
    def horizon(self) -> float:
        """The last month anything is said about."""
        return self.model.intervals.horizon

    def predict(self, views: Views, months: Floats) -> Floats:
        """The share without the event: rows x months."""
        return survival_of(self.model.log_cumulative(views, months))

    def to_files(self) -> Parts:
        """The head's pieces for a bundle."""
        return self.model.to_parts()

    @classmethod
    def from_files(cls, parts: Parts, columns: tuple[str, ...]) -> SurvivalHead:
        """Read back what `to_files` gave."""
        return cls(HazardModel.from_parts(parts, columns))


def fit_survival(study: Study, timed: Timed) -> tuple[SurvivalHead, HazardTrial]:
    """Fit one endpoint.

    Raises:
        NotEnoughEvidence: fewer than two dozen events.
    """
    if int(timed.event[timed.known].sum()) < 2 * LEAST_GROUP:
        raise NotEnoughEvidence(
            "Too few events to learn a survival curve from.",
            hint="Give a larger cohort or a longer follow-up, or leave the outcome out.",
        )
    model, trial = fit_time(study, timed)
    return SurvivalHead(model), trial


def survival_of(log_cumulative: Floats) -> Floats:
    """The share without the event from the log cumulative hazard."""
    share: Floats = np.exp(-np.exp(np.minimum(log_cumulative, 50.0)))
    return share


def consistent(pfs: Floats, overall: Floats) -> tuple[Floats, Floats]:
    """Both curves, meeting halfway wherever progression-free survival would exceed the other.

    Either stays a falling curve: each is the smaller (larger) of two falling ones.
    """
    middle = (pfs + overall) / 2
    return np.minimum(pfs, middle), np.maximum(overall, middle)
