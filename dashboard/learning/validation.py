"""How good a bundle is on patients it never saw: external validation on another cohort.

Answers with the same figures as the card, head by head, for every outcome that both the bundle and
the cohort have. Rows under a regimen of which the bundle knows neither name nor classes are left
out and counted. Censoring is estimated on the cohort that is judged. Nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData, Timed
from dashboard.cohort.folder import select
from dashboard.foundation.errors import BundleMismatch
from dashboard.foundation.seeds import generator
from dashboard.learning.bundle import Bundle
from dashboard.learning.evaluation import enough_to_judge, judge_chances, judge_curves
from dashboard.learning.hazard import HazardModel
from dashboard.learning.response import ResponseHead, objective_of
from dashboard.learning.survival import SurvivalHead, survival_of
from dashboard.learning.toxicity import ToxicityHead
from dashboard.learning.views import Views, usable_rows, views_of

Floats = npt.NDArray[np.float64]

_SHORTEST = 1 / 60  # months; a follow-up of zero still says something


@dataclass(frozen=True, slots=True)
class Validation:
    """The figures of a bundle on a cohort; a head that either lacks has none."""

    rows: int
    left_out: int  # rows under regimens the bundle cannot speak of
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()  # inputs of the bundle that nobody here has
    inside: float = 1.0  # share of the rows that are like those the bundle learnt from
    at_home: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # the card's own figures


def validate(bundle: Bundle, data: CohortData, *, seed: int) -> Validation:
    """Judge a bundle on a cohort.

    Args:
        bundle: what is judged.
        data: the patients, with outcomes; not those it was trained on.
        seed: of the bootstrap intervals.

    Raises:
        BundleMismatch: another disease, too few of the inputs, or no outcome in common.
    """
    if data.disease != bundle.disease:
        raise BundleMismatch(
            f"The bundle is of {bundle.disease} and the cohort of {data.disease}.",
            hint="Evaluate it on patients of its own disease.",
        )
    values, descriptors, rows = usable_rows(data, bundle.contract)
    used = select(data, rows)
    views = views_of(bundle.encoding, values, descriptors)
    figures: dict[str, Any] = {}
    response = cast("ResponseHead | None", bundle.heads.get("response"))
    if response and used.response is not None:
        answers = objective_of(used.response)
        figures["response"] = _chances(response.predict(views), answers, "response", seed)
    for name in ("os", "pfs"):
        head = cast("SurvivalHead | None", bundle.heads.get(name))
        if head and name in used.timed:
            figures[name] = _curves(head.model, views, used.timed[name])
    toxicity = cast("ToxicityHead | None", bundle.heads.get("toxicity"))
    if toxicity:
        shared = {n: p for n, p in toxicity.predict(views).items() if n in used.toxicities}
        figures["toxicity"] = {
            name: _chances(p, used.toxicities[name], name, seed) for name, p in shared.items()
        }
    figures = {name: found for name, found in figures.items() if found}
    if not figures:
        raise BundleMismatch(
            "The bundle and the cohort have no outcome in common.",
            hint=f"The bundle forecasts {', '.join(bundle.heads)}.",
        )
    unknown = np.isnan(values).all(axis=0)
    return Validation(
        len(rows),
        data.size - len(rows),
        figures,
        tuple(np.array(bundle.contract.ids, dtype=object)[unknown].tolist()),
        float(bundle.support.inside(bundle.encoding.filled(values)).mean()),
        {name: bundle.card["quality"].get(name, {}) for name in figures},
    )


def _chances(p: Floats, answers: Floats, name: str, seed: int) -> dict[str, Any]:
    known = ~np.isnan(answers)
    p, answers = p[known], answers[known]
    if not enough_to_judge(int(answers.sum()), len(answers)):
        return {"n": len(answers), "events": int(answers.sum()), "judged": "too few to judge"}
    return judge_chances(p, answers, generator(seed, "bootstrap", name)).to_json()


def _curves(model: HazardModel, views: Views, timed: Timed) -> dict[str, Any]:
    rows = np.flatnonzero(timed.known)
    months, event = np.maximum(timed.months[rows], _SHORTEST), timed.event[rows]
    if not enough_to_judge(int(event.sum()), len(rows) + int(event.sum())):
        return {"n": len(rows), "events": int(event.sum()), "judged": "too few to judge"}
    log_hazards = model.log_hazards(views)[rows]

    def survival(times: Floats) -> Floats:
        return survival_of(model.to_log_cumulative(log_hazards, times))

    total = (np.exp(log_hazards) * model.intervals.exposure(months)).sum(axis=1)
    own = model.recalibration.apply(np.log(np.maximum(total, 1e-300)))
    return judge_curves(months, event, survival, survival_of(own)).to_json()
