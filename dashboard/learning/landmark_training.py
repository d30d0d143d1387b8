"""From the forecasts out of fold to the update at a landmark, with its figures for the card.

Learns one set of effects an endpoint that was forecast, where the cohort records response; says in
the card why there is none otherwise. A cohort whose outcomes tell no response has no such model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST, CohortData
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.learning.hazard import HazardTrial
from dashboard.learning.landmark import Effects, LandmarkModel, at_risk, fit_effects
from dashboard.learning.landmark_scores import judge_effects

NO_RESPONSE = "The cohort records no response."
_ENDPOINTS = ("pfs", "os")


def learn(
    used: CohortData, trials: Mapping[str, HazardTrial], weight: npt.NDArray[np.float64]
) -> tuple[LandmarkModel | None, dict[str, Any]]:
    """The model, None where nothing can be learnt, and what the card says of it.

    Args:
        used: the cohort's rows that were trained on.
        trials: by endpoint, the forecasts of these rows out of fold.
        weight: of each row.
    """
    if used.response is None:
        return None, {"absent": NO_RESPONSE}
    persons = np.array(used.persons, dtype=object)
    pfs = used.timed.get("pfs")
    effects: dict[str, Effects] = {}
    card: dict[str, Any] = {}
    for name in (name for name in _ENDPOINTS if name in trials):
        timed = used.timed[name]
        try:
            found = at_risk(timed, trials[name], used.response, pfs=pfs, weight=weight)
            effects[name] = fit_effects(found, persons)
        except NotEnoughEvidence as reason:
            card[name] = {"judged": reason.message}
            continue
        card[name] = judge_effects(found, timed, trials[name], persons=persons)
    timed_response, graded = used.response.months is not None, used.response.levels == RECIST
    if not effects:
        return None, {"absent": "Too few patients were followed long after a known response."}
    return LandmarkModel(effects, timed_response, graded), {"timed": timed_response, **card}
