"""From a cohort to a bundle: every head the cohort has outcomes for, fitted, judged, described.

`TARGETS` lists what can be trained; a target whose outcome is absent, or too rare to learn from, is
left out and the card says why. All heads share one encoding and one set of folds; the figures in
the card are out of fold. Progress is reported by a callback; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData, Timed
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.foundation.seeds import generator
from dashboard.learning import glass_box, landmark_training
from dashboard.learning.bundle import Bundle, Head, code_version
from dashboard.learning.chance import ChanceTrial
from dashboard.learning.competing import fit_competing
from dashboard.learning.evaluation import enough_to_judge, judge_chances, judge_curves
from dashboard.learning.hazard import HazardTrial
from dashboard.learning.matrix import LEAST_GROUP, Contract, contract_of
from dashboard.learning.ranking import judge_ranking
from dashboard.learning.response import ResponseHead, fit_response, objective_of
from dashboard.learning.ridge import sigmoid
from dashboard.learning.selection import Complexity
from dashboard.learning.support import SupportModel
from dashboard.learning.survival import fit_survival, survival_of
from dashboard.learning.taught import taught_by
from dashboard.learning.toxicity import fit_toxicity
from dashboard.learning.views import Study, prepare_study

Floats = npt.NDArray[np.float64]

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted head with its figures out of fold and what was chosen for it."""

    head: Head
    quality: Mapping[str, Any]
    choice: Mapping[str, Any]
    trial: HazardTrial | None = None  # of a time to an event: its forecasts out of fold


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be trained."""

    present: Callable[[CohortData], bool]
    fit: Callable[[Study, CohortData], Trained]


def train(
    data: CohortData, *, seed: int, progress: Progress | None = None, threads: int = 1
) -> Bundle:
    """Train and judge every head that the cohort supports.

    Args:
        data: the cohort.
        seed: of folds, masks and forests; the same seed gives the same bundle.
        progress: told what has just been done and which share of the work that was.
        threads: heads trained side by side; the result does not depend on it.

    Raises:
        NotEnoughEvidence: the cohort is too small, or supports no head at all.
    """
    tell = progress or (lambda _what, _share: None)
    contract = contract_of(data)
    if data.size < 10 * LEAST_GROUP or not contract.inputs:
        raise NotEnoughEvidence(
            f"{data.size} rows, {len(contract.inputs)} usable features: too few to learn from.",
            hint=f"Give at least {10 * LEAST_GROUP} rows and one feature that varies.",
        )
    study, used = prepare_study(data, contract, seed=seed)
    tell("features prepared", 0.1)
    wanted = {name: target for name, target in TARGETS.items() if target.present(used)}
    trained: dict[str, Trained] = {}
    left_out: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=threads) as pool:
        started = {
            n: pool.submit(wanted[n].fit, study, used) for n in _LONGEST_FIRST if n in wanted
        }
        running = {name: started[name] for name in wanted}
        for number, (name, future) in enumerate(running.items(), start=1):
            try:
                trained[name] = future.result()
            except NotEnoughEvidence as reason:
                left_out[name] = reason.message
            tell(name, 0.1 + 0.85 * number / len(running))
    if not trained:
        raise NotEnoughEvidence(
            f"Nothing can be learnt here: {'; '.join(left_out.values()) or 'no outcome'}",
            hint="Give a larger cohort or one with outcomes.",
        )
    bundle = _bundle(data, study, used, trained, seed)
    trials = {name: result.trial for name, result in trained.items() if result.trial}
    landmark, judged = landmark_training.learn(used, trials, study.weight)
    more = {"left_out": left_out, "ranking": _ranking(study, used, trained), "landmark": judged}
    tell("done", 1.0)
    return replace(bundle, card={**bundle.card, **more}, landmark=landmark)


def _ranking(study: Study, used: CohortData, trained: Mapping[str, Trained]) -> dict[str, Any]:
    """Whether choosing by the forecast of response gained anything out of fold."""
    head = trained["response"].head if "response" in trained else None
    if not isinstance(head, ResponseHead) or used.response is None:
        return {"judged": "No response was recorded to judge the choice of regimens by."}
    positions = _positions(used, study.contract)
    answers = objective_of(used.response)
    return judge_ranking(study, answers, positions, head.objective.complexity).to_json()


def _bundle(
    data: CohortData, study: Study, used: CohortData, trained: Mapping[str, Trained], seed: int
) -> Bundle:
    encoding = study.whole.encoding
    core = encoding.filled(study.values)
    regimen = _positions(used, study.contract)
    return Bundle(
        data.disease,
        data.pack_fingerprint,
        data.fingerprint,
        code_version(),
        seed,
        encoding,
        {name: result.head for name, result in trained.items()},
        SupportModel.fitted(encoding, core, regimen),
        _card(data, study, used, trained),
    )


def _positions(used: CohortData, contract: Contract) -> npt.NDArray[np.int64]:
    if used.regimen is None:
        return np.full(used.size, -1, dtype=np.int64)
    table = np.array([contract.position(name) for name in used.regimens], dtype=np.int64)
    return table[used.regimen]


def _card(
    data: CohortData, study: Study, used: CohortData, trained: Mapping[str, Trained]
) -> dict[str, Any]:
    counts = (
        np.bincount(used.regimen, minlength=len(used.regimens)) if used.regimen is not None else ()
    )
    return {
        "cohort": {
            "id": data.id,
            "label": data.label,
            "source": data.source,
            "synthetic": data.synthetic,
            "rows_read": data.rows_read,
            "rows_used": used.size,
            "patients_per_regimen": {
                name: int(count) if count >= LEAST_GROUP else f"<{LEAST_GROUP}"
                for name, count in zip(used.regimens, counts, strict=True)
            },
        },
        "inputs": [each.id for each in study.contract.inputs],
        "not_used": sorted({f.id for f in data.features} - set(study.contract.ids)),
        "folds": len(study.folds),
        "taught": taught_by(used),
        "glass_box": _glass_box(study, used, trained),
        "quality": {name: dict(result.quality) for name, result in trained.items()},
        "choice": {name: dict(result.choice) for name, result in trained.items()},
        "use": "For education and research; informs, never prescribes.",
    }


def _glass_box(
    study: Study, used: CohortData, trained: Mapping[str, Trained]
) -> dict[str, list[dict[str, Any]]]:
    """What plain models say of the same patients, for the card."""
    regimen = _positions(used, study.contract)
    told = {
        name: glass_box.hazard_ratios(study, used.timed[name], regimen)
        for name in ("os", "pfs")
        if name in trained
    }
    if "response" in trained:
        head = trained["response"].head
        assert isinstance(head, ResponseHead)  # noqa: S101 - what the target of this name trains
        told["response"] = glass_box.points_moved(study, head.objective)
    return told


# ---------------------------------------------------------------------------------------- targets


def _response(study: Study, data: CohortData) -> Trained:
    assert data.response is not None  # noqa: S101  (present)
    head, trial = fit_response(study, data.response)
    quality = _chance_quality(trial, "response")
    return Trained(head, quality, _chosen(trial, head.objective.complexity))


def _endpoint(name: str) -> Target:
    def fit(study: Study, data: CohortData) -> Trained:
        head, trial = fit_survival(study, data.timed[name])
        quality = _curve_quality(trial, data.timed[name])
        return Trained(head, quality, _chosen(trial, head.model.complexity), trial)

    return Target(lambda data: name in data.timed, fit)


def _progression(study: Study, data: CohortData) -> Trained:
    head, trials = fit_competing(study, data.timed["pfs"], data.timed["os"])
    models = {"progressed": head.progressed, "died_first": head.died_first}
    choice = {
        name: _chosen(trials[name], model.complexity) if trials else _complexity(model.complexity)
        for name, model in models.items()
    }
    return Trained(head, {}, choice)


def _toxicity(study: Study, data: CohortData) -> Trained:
    head, trials = fit_toxicity(study, data.toxicities)
    quality = {name: _chance_quality(trial, f"toxicity {name}") for name, trial in trials.items()}
    choice = {name: _chosen(t, head.groups[name].complexity) for name, t in trials.items()}
    absent = sorted(set(data.toxicities) - set(head.groups))
    return Trained(head, quality, {**choice, "too few events": absent})


_LONGEST_FIRST = ("toxicity", "os", "pfs", "response", "progression")
TARGETS: Mapping[str, Target] = {
    "response": Target(lambda data: data.response is not None, _response),
    "os": _endpoint("os"),
    "pfs": _endpoint("pfs"),
    "progression": Target(lambda data: {"os", "pfs"} <= data.timed.keys(), _progression),
    "toxicity": Target(lambda data: bool(data.toxicities), _toxicity),
}


def _chance_quality(trial: ChanceTrial, name: str) -> dict[str, Any]:
    known = ~np.isnan(trial.answers)
    answers, p = trial.answers[known], sigmoid(trial.log_odds[known])
    if not enough_to_judge(int(answers.sum()), len(answers)):
        return {"n": len(answers), "events": int(answers.sum()), "judged": "too few to judge"}
    return judge_chances(p, answers, generator(0, "bootstrap", name)).to_json()


def _curve_quality(trial: HazardTrial, timed: Timed) -> dict[str, Any]:
    rows = np.flatnonzero(timed.known)
    months, event = timed.months[rows], timed.event[rows]
    if not enough_to_judge(int(event.sum()), len(rows) + int(event.sum())):
        return {"n": len(rows), "events": int(event.sum()), "judged": "too few to judge"}

    def survival(times: Floats) -> Floats:
        return survival_of(trial.log_cumulative(times)[rows])

    at_end = survival_of(trial.log_cumulative_at(np.nan_to_num(timed.months)))[rows]
    return judge_curves(months, event, survival, at_end).to_json()


def _chosen(trial: ChanceTrial | HazardTrial, complexity: Complexity) -> dict[str, Any]:
    """What was chosen, out of what, and how the mean log score compared."""
    position = trial.candidates.index(complexity)
    return {
        **_complexity(complexity),
        "candidates": len(trial.candidates),
        "log_score": round(float(trial.losses[position]), 5),
        "best_log_score": round(float(trial.losses.min()), 5),
    }


def _complexity(complexity: Complexity) -> dict[str, Any]:
    return {
        "prior_spread": complexity.spread,
        "product_share": complexity.product,
        "trees": complexity.trees,
    }
