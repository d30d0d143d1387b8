"""How good the heads are on 964 real patients: repeated 5-fold validation beside the promises.

`python -m benchmarks.real_cohort [--repeats 5]`. Every choice (prior, trees, recalibration) is made
inside the folds. Peers in the same folds: a lasso logistic regression on the six published inputs
and lifelines' penalised Cox regression. Needs the public cohort; says so where it is absent.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np

from benchmarks.real_data import ABSENT, real_cohort, real_table
from dashboard.cohort.columns import CohortData, Floats
from dashboard.learning import evaluation, survival_scores
from dashboard.learning.chance import fit_chance
from dashboard.learning.hazard import fit_time
from dashboard.learning.matrix import contract_of
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import survival_of
from dashboard.learning.views import Study, prepare_study

PUBLISHED_INPUTS = ("tmb", "nlr", "albumin", "age", "pretreated", "tumour_type")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    if real_table() is None:
        print(ABSENT, file=sys.stderr)
        return 2
    data = real_cohort()
    contract = contract_of(data)
    studies = [prepare_study(data, contract, seed=seed) for seed in range(repeats)]
    print(f"{data.size} patients, {repeats} x 5 folds; figure (standard deviation over repeats)")
    response([(study, used) for study, used in studies])
    for endpoint, wanted in (("os", (0.706, 0.170)), ("pfs", (0.652, 0.150))):
        survival([(study, used) for study, used in studies], endpoint, wanted)
    return 0


def response(studies: list[tuple[Study, CohortData]]) -> None:
    """Response: ranking within folds, calibration of the pooled predictions."""
    ours, peers, started = [], [], time.process_time()
    for study, used in studies:
        answers = answers_of(used)
        _, trial = fit_chance(study, answers)
        p = sigmoid(trial.log_odds)
        by_fold = [evaluation.auc(p[study.fold == f], answers[study.fold == f]) for f in range(5)]
        slope, intercept = evaluation.calibration_line(p, answers)
        ece = evaluation.calibration_error(p, answers)
        ours.append((float(np.mean(by_fold)), evaluation.brier(p, answers), slope, intercept, ece))
        peers.append(lasso(study, used))
    seconds = (time.process_time() - started) / len(studies)
    line("response AUC", [row[0] for row in ours], "0.725 or more")
    line("         Brier", [row[1] for row in ours], "0.180 or less")
    line("         slope", [row[2] for row in ours], "0.9 to 1.1")
    line("         intercept", [row[3] for row in ours], "within 0.05")
    line("         ECE", [row[4] for row in ours], "0.05 or less")
    line("   peer: lasso on six inputs, AUC", [row[0] for row in peers], "")
    line("   peer: lasso on six inputs, Brier", [row[1] for row in peers], "")
    print(f"         {seconds:.1f} CPU s a repeat\n")


def answers_of(used: CohortData) -> Floats:
    """Whether each patient responded."""
    if used.response is None:
        raise SystemExit("This cohort has no response to measure.")
    return used.response.codes


def lasso(study: Study, used: CohortData) -> tuple[float, float]:
    """The published model's form, refitted in the same folds."""
    from sklearn.linear_model import LogisticRegression

    columns = [study.contract.ids.index(name) for name in PUBLISHED_INPUTS[:-1]]
    types = study.values[:, study.contract.ids.index(PUBLISHED_INPUTS[-1])].astype(int)
    inputs = study.values[:, columns].copy()
    inputs[:, 0], inputs[:, 1] = np.minimum(inputs[:, 0], 50), np.minimum(inputs[:, 1], 25)
    answers, p = answers_of(used), np.zeros(used.size)
    for fold in study.folds:
        part = inputs[fold.training]
        scaled = (inputs - part.mean(axis=0)) / part.std(axis=0)
        design = np.hstack([scaled, np.eye(types.max() + 1)[types]])
        model = LogisticRegression(l1_ratio=1.0, solver="saga", C=0.1, max_iter=2_000)
        model.fit(design[fold.training], answers[fold.training])
        p[fold.held_out] = model.predict_proba(design[fold.held_out])[:, 1]
    by_fold = [evaluation.auc(p[study.fold == f], answers[study.fold == f]) for f in range(5)]
    return float(np.mean(by_fold)), evaluation.brier(p, answers)


def survival(
    studies: list[tuple[Study, CohortData]], endpoint: str, wanted: tuple[float, float]
) -> None:
    """One endpoint: figures within folds."""
    ours, peers, started, peer_seconds = [], [], time.process_time(), 0.0
    for study, used in studies:
        timed = used.timed[endpoint]
        _, trial = fit_time(study, timed)
        at_end = survival_of(trial.log_cumulative_at(timed.months))
        p_value = survival_scores.d_calibration(at_end, timed.event)[0]
        began = time.process_time()
        cox = [cox_curves(study, used, endpoint, f) for f in range(5)]
        peer_seconds += time.process_time() - began
        own, other = [], []
        for f in range(5):
            rows = study.fold == f
            months, event = timed.months[rows], timed.event[rows]
            times = survival_scores.score_times(months, event)
            own.append(scored(months, event, survival_of(trial.log_cumulative(times)[rows]), times))
            other.append(scored(months, event, cox[f](times), times))
        ours.append((*np.mean(own, axis=0), p_value))
        peers.append(np.mean(other, axis=0))
    seconds = (time.process_time() - started - peer_seconds) / len(studies)
    line(f"{endpoint} Uno C", [row[0] for row in ours], f"{wanted[0]} or more")
    line("   IBS", [row[1] for row in ours], f"{wanted[1]} or less")
    line("   AUC over time", [row[2] for row in ours], "")
    line("   D-calibration p", [row[3] for row in ours], "above 0.05")
    line("   peer: penalised Cox, Uno C", [row[0] for row in peers], "")
    line("   peer: penalised Cox, IBS", [row[1] for row in peers], "")
    print(f"   {seconds:.1f} CPU s a repeat\n")


def scored(
    months: np.ndarray, event: np.ndarray, curves: np.ndarray, times: np.ndarray
) -> tuple[float, float, float]:
    """Uno C, IBS and mean AUC over time."""
    uno = survival_scores.concordance_uno(months, event, -curves.mean(axis=1), float(times[-1]))
    brier = survival_scores.brier_curve(months, event, curves, times)
    over_time = np.nanmean(survival_scores.dynamic_auc(months, event, 1 - curves, times))
    return uno.value, survival_scores.integrated(brier, times), float(over_time)


def cox_curves(
    study: Study, used: CohortData, endpoint: str, number: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Lifelines' penalised Cox regression on the standardised inputs of one fold."""
    import pandas as pd
    from lifelines import CoxPHFitter

    fold, timed = study.folds[number], used.timed[endpoint]
    encoding = fold.prepared.encoding
    core = encoding.filled(study.values)
    frame = pd.DataFrame(np.hstack([core, study.descriptors[:, :1]]))
    frame.columns = [f"x{i}" for i in range(frame.shape[1])]
    train = frame.iloc[fold.training].assign(
        months=timed.months[fold.training], event=timed.event[fold.training]
    )
    model = CoxPHFitter(penalizer=0.1).fit(train, "months", "event")
    rows = frame.iloc[fold.held_out]
    return lambda times: model.predict_survival_function(rows, times).to_numpy().T


def line(name: str, values: list[float], promise: str) -> None:
    """One figure."""
    spread = f"({np.std(values):.4f})"
    print(f"{name:40s}{np.mean(values):8.4f} {spread:10s} {promise}")


if __name__ == "__main__":
    raise SystemExit(main())
