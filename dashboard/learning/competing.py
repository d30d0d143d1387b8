"""The competing-risks head: which comes first, progression or death without it.

Two hazard blends, one a cause. Progression-free survival comes from its own head; at every step of
time its fall is shared between the causes in proportion to their hazards, so the two incidences and
event-free survival add up to one exactly. One minus a cause's own Kaplan-Meier is deliberately not
offered: it overstates incidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import Timed
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.hazard import HazardModel, HazardTrial, fit_time, fit_usual
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.parts import Parts
from dashboard.learning.views import Study, Views

Floats = npt.NDArray[np.float64]

TARGET = "progression"
CAUSES = ("progressed", "died_first")
_SAME_DAY = 1 / 28  # months; death on the day of the PFS event is death without progression


@dataclass(frozen=True)
class CompetingHead:
    """The hazards of progression and of death without progression."""

    progressed: HazardModel
    died_first: HazardModel

    def shares(self, views: Views, months: Floats) -> Floats:
        """Of the events between each month and the one before, the share that are progressions."""
        steps = [
            np.diff(np.exp(model.log_cumulative(views, months)), axis=1, prepend=0.0)
            for model in (self.progressed, self.died_first)
        ]
        total = steps[0] + steps[1]
        share: Floats = np.where(total > 0, steps[0] / np.maximum(total, 1e-300), 1.0)
        return share

    def predict(self, views: Views, months: Floats, event_free: Floats) -> dict[str, Floats]:
        """Cumulative incidences, rows x months, that share out 1 - `event_free`.

        Args:
            views: the rows.
            months: rising.
            event_free: progression-free survival at the same months.
        """
        falls = -np.diff(event_free, axis=1, prepend=1.0)
        progressed = np.cumsum(falls * self.shares(views, months), axis=1)
        return {"progressed": progressed, "died_first": 1.0 - event_free - progressed}

    def to_files(self) -> Parts:
        """The head's pieces for a bundle."""
        return self.progressed.to_parts().under("progressed") + self.died_first.to_parts().under(
            "died_first"
        )

    @classmethod
    def from_files(cls, parts: Parts, columns: tuple[str, ...]) -> CompetingHead:
        """Read back what `to_files` gave."""
        models = [HazardModel.from_parts(parts.inside(cause), columns) for cause in CAUSES]
        return cls(*models)


def causes_of(pfs: Timed, overall: Timed) -> tuple[Timed, Timed]:
    """Progression and death without progression, from PFS and OS of the same rows.

    The event that ends PFS is death where the patient died that day, and progression otherwise.
    Rows whose OS is unknown cannot be told apart and have neither.
    """
    both = pfs.known & overall.known
    months = np.where(both, pfs.months, np.nan)
    died = pfs.event & overall.event & (overall.months <= pfs.months + _SAME_DAY)
    return Timed(months, pfs.event & ~died & both), Timed(months, died & both)


def fit_competing(
    study: Study, pfs: Timed, overall: Timed
) -> tuple[CompetingHead, dict[str, HazardTrial]]:
    """Fit both causes; in a large cohort without a trial, for they share out a curve that had one.

    Raises:
        NotEnoughEvidence: one of the causes has fewer than two dozen events.
    """
    causes = dict(zip(CAUSES, causes_of(pfs, overall), strict=True))
    for name, timed in causes.items():
        if int(timed.event.sum()) < 2 * LEAST_GROUP:
            raise NotEnoughEvidence(
                f"Too few patients {name.replace('_', ' ')} to tell the causes apart.",
                hint="The bundle then has progression-free survival alone.",
            )
    if study.whole.large:
        return CompetingHead(*(fit_usual(study, timed) for timed in causes.values())), {}
    fitted = {name: fit_time(study, timed) for name, timed in causes.items()}
    head = CompetingHead(fitted["progressed"][0], fitted["died_first"][0])
    return head, {name: trial for name, (_, trial) in fitted.items()}
