"""A bundle fitted to the level and the spread of another place's outcomes: a new version of it.

Answers "how should these forecasts be moved so that they agree with what happens here?" Each head
gets a shift and a slope, pulled towards changing nothing, on top of those it has; who is ranked
before whom, and every explanation's order, stay. Figures before and after are of patients who took
no part in the pair they are judged by. Fewer than a hundred patients say too little and change
nothing. What is learnt of the patients themselves is two numbers a head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData, Timed
from dashboard.cohort.folder import select
from dashboard.foundation.errors import BundleMismatch, NotEnoughEvidence
from dashboard.foundation.seeds import generator
from dashboard.learning.bundle import Bundle, Head
from dashboard.learning.chance import ChanceModel, crossfit
from dashboard.learning.evaluation import enough_to_judge, judge_chances, judge_curves
from dashboard.learning.hazard import HazardModel
from dashboard.learning.recalibration import (
    Recalibration,
    recalibrate_chances,
    recalibrate_hazards,
)
from dashboard.learning.response import ResponseHead, objective_of
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import SurvivalHead, survival_of
from dashboard.learning.toxicity import ToxicityHead
from dashboard.learning.views import Views, assign_folds, usable_rows, views_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_PATIENTS = 100
_FOLDS = 5
_SHORTEST = 1 / 60  # months; a follow-up of zero still says something


@dataclass(frozen=True, slots=True)
class Moved:
    """What one head was moved by, and its figures before and after."""

    shift: float
    slope: float
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Local:
    """A bundle as it suits another place; a head whose outcome is too rare there stays."""

    bundle: Bundle
    patients: int
    rows: int
    left_out: int  # rows under regimens the bundle cannot speak of
    moved: Mapping[str, Moved]


@dataclass(frozen=True, slots=True)
class _Place:
    """The patients of the other place as a bundle sees them."""

    data: CohortData
    views: Views
    weight: Floats
    fold: Integers
    seed: int


def recalibrate(bundle: Bundle, data: CohortData, *, seed: int) -> Local:
    """Move a bundle's forecasts to where a cohort's outcomes lie.

    Args:
        bundle: what is moved; it stays as it is.
        data: patients of the other place with outcomes; not those the bundle was trained on.
        seed: of the folds and the bootstrap intervals.

    Raises:
        BundleMismatch: another disease, or too few of the inputs.
        NotEnoughEvidence: fewer than a hundred patients, or no outcome often enough.
    """
    if data.disease != bundle.disease:
        raise BundleMismatch(
            f"The bundle is of {bundle.disease} and the cohort of {data.disease}.",
            hint="Recalibrate it on patients of its own disease.",
        )
    values, descriptors, rows = usable_rows(data, bundle.contract)
    used = select(data, rows)
    patients = len(set(used.persons))
    if patients < LEAST_PATIENTS:
        raise NotEnoughEvidence(
            f"{patients} patients are too few to recalibrate by.",
            hint=f"With fewer than {LEAST_PATIENTS}, evaluate the bundle and leave it as it is.",
        )
    place = _Place(
        used,
        views_of(bundle.encoding, values, descriptors),
        np.ones(len(rows)) if used.weight is None else used.weight / used.weight.mean(),
        _folds(used, seed),
        seed,
    )
    heads, moved = _heads(bundle, place)
    if not moved:
        raise NotEnoughEvidence(
            "No outcome that the bundle forecasts happened often enough here.",
            hint="Give a cohort with responses, deaths or progressions.",
        )
    found = Local(bundle, patients, len(rows), data.size - len(rows), moved)
    return replace(found, bundle=replace(bundle, heads=heads, card=_card(found, data), id=""))


def _folds(used: CohortData, seed: int) -> Integers:
    persons = np.array(used.persons, dtype=object)
    return assign_folds(persons, np.zeros(used.size, dtype=np.int64), _FOLDS, seed=seed)


def _card(found: Local, data: CohortData) -> dict[str, Any]:
    """The card of the former version with what was changed, and by whose outcomes."""
    return {
        **found.bundle.card,
        "recalibrated": {
            "from": found.bundle.id,
            "cohort": data.id,
            "label": data.label,
            "synthetic": data.synthetic,
            "fingerprint": data.fingerprint,
            "patients": found.patients,
            "rows": found.rows,
            "heads": {
                name: {
                    "shift": round(each.shift, 4),
                    "slope": round(each.slope, 4),
                    "before": dict(each.before),
                    "after": dict(each.after),
                }
                for name, each in found.moved.items()
            },
        },
    }


def _heads(bundle: Bundle, place: _Place) -> tuple[dict[str, Head], dict[str, Moved]]:
    heads, moved = dict(bundle.heads), {}
    response = cast("ResponseHead | None", heads.get("response"))
    if response and place.data.response is not None:
        answers = objective_of(place.data.response)
        model, found = _chance(response.objective, place, answers, "response")
        if found:
            heads["response"], moved["response"] = replace(response, objective=model), found
    for name in ("os", "pfs"):
        head = cast("SurvivalHead | None", heads.get(name))
        if head and name in place.data.timed:
            curve, found = _curve(head.model, place, place.data.timed[name])
            if found:
                heads[name], moved[name] = SurvivalHead(curve), found
    toxicity = cast("ToxicityHead | None", heads.get("toxicity"))
    if toxicity:
        groups = dict(toxicity.groups)
        for group in sorted(groups.keys() & place.data.toxicities.keys()):
            answers = place.data.toxicities[group]
            groups[group], found = _chance(groups[group], place, answers, group)
            if found:
                moved[f"toxicity:{group}"] = found
        heads["toxicity"] = ToxicityHead(groups)
    return heads, moved


def _chance(
    model: ChanceModel, place: _Place, answers: Floats, name: str
) -> tuple[ChanceModel, Moved | None]:
    rows = np.flatnonzero(~np.isnan(answers))
    target, weight, fold = answers[rows], place.weight[rows], place.fold[rows]
    if not enough_to_judge(int(target.sum()), len(target)):
        return model, None
    scores = model.log_odds(place.views)[rows]
    pair = recalibrate_chances(scores, target, weight)
    out_of_fold = crossfit(scores, target, weight, fold)

    def judged(log_odds: Floats) -> dict[str, Any]:
        chance = generator(place.seed, "bootstrap", name)
        return judge_chances(sigmoid(log_odds), target, chance).to_json()

    found = Moved(pair.shift, pair.slope, judged(scores), judged(out_of_fold))
    return replace(model, recalibration=_after(model.recalibration, pair)), found


def _after(first: Recalibration, second: Recalibration) -> Recalibration:
    """Both in one, the first applied first."""
    return Recalibration(second.shift + second.slope * first.shift, second.slope * first.slope)


def _curve(model: HazardModel, place: _Place, timed: Timed) -> tuple[HazardModel, Moved | None]:
    rows = np.flatnonzero(timed.known)
    months, event = np.maximum(timed.months[rows], _SHORTEST), timed.event[rows]
    if not enough_to_judge(int(event.sum()), len(rows) + int(event.sum())):
        return model, None
    log_hazards, weight, fold = (
        model.log_hazards(place.views)[rows], place.weight[rows], place.fold[rows]
    )  # fmt: skip
    own = model.recalibration
    total = (np.exp(log_hazards) * model.intervals.exposure(months)).sum(axis=1)
    reached = own.apply(np.log(np.maximum(total, 1e-300)))
    interval = np.searchsorted(np.array(model.intervals.cuts), months, side="left")
    # The hazard of a recalibrated cumulative hazard, at each row's end of follow-up.
    at_end = log_hazards[np.arange(len(rows)), interval] + np.log(own.slope) + reached
    at_end -= np.log(np.maximum(total, 1e-300))

    def learnt(among: npt.NDArray[np.bool_]) -> Recalibration:
        return recalibrate_hazards(
            reached[among], at_end[among], event[among].astype(np.float64), weight[among]
        )

    everybody = np.ones(len(rows), dtype=bool)
    pairs = [learnt(fold != f) for f in range(_FOLDS)]
    shift, slope = (np.array([getattr(p, n) for p in pairs])[fold] for n in ("shift", "slope"))

    def judged(shift: Floats, slope: Floats) -> dict[str, Any]:
        def survival(times: Floats) -> Floats:
            cumulative = model.to_log_cumulative(log_hazards, times)
            return survival_of(shift[:, None] + slope[:, None] * cumulative)

        return judge_curves(months, event, survival, survival_of(shift + slope * reached)).to_json()

    nothing = (np.zeros(len(rows)), np.ones(len(rows)))
    pair = learnt(everybody)
    found = Moved(pair.shift, pair.slope, judged(*nothing), judged(shift, slope))
    return replace(model, recalibration=_after(own, pair)), found
