"""The survival head beside other survival models, on the same real patients in the same folds.

`python -m benchmarks.survival_peers [--repeats 1] [--only NAME]`. The cohorts are those that come
with scikit-survival (GBSG2, Veterans, WHAS500, TRANSBIG, a sample of FLChain). Peers: lifelines'
penalised Cox and Weibull regression, scikit-survival's random survival forest (200 trees) and
gradient boosting. `--speed` times one fit of each instead, on 2,000 and 20,000 simulated patients
with lung cancer, and compares their curves; `--rounded 0.5` gives everybody times rounded up to
half a month, because a forest keeps a curve of every time in every leaf. scikit-survival is GPL and
no part of the project: install it in an environment of its own and run this there. `--forecast
BUNDLE` asks a bundle of lung cancer for a whole forecast of one patient under all its regimens, and
two forests (of as many patients as the first of `--sizes`, leaves of `--leaf` rows or more: 3 is
scikit-survival's own) for survival and PFS of the same rows. `--peer` times one peer alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
import pandas as pd

from dashboard.cohort.columns import CohortData, CohortFeature, Floats, Timed
from dashboard.knowledge.schema import Kind
from dashboard.learning import survival_scores
from dashboard.learning.bundle import load_bundle
from dashboard.learning.forecasting import forecast
from dashboard.learning.hazard import HazardTrial, fit_time, fit_usual
from dashboard.learning.matrix import contract_of
from dashboard.learning.survival import survival_of
from dashboard.learning.views import Study, prepare_study
from dashboard.records.patient import Value

Curves = Callable[[Floats], Floats]  # times -> patients x times
MONTH = 365.25 / 12
SAMPLE = 2000
LEAST_SPREAD = 1e-8
KNOWN_AFTERWARDS = {"chapter"}  # FLChain: the cause of death
COHORTS = {
    "GBSG2": ("load_gbsg2", MONTH),
    "Veterans": ("load_veterans_lung_cancer", MONTH),
    "WHAS500": ("load_whas500", MONTH),
    "TRANSBIG": ("load_breast_cancer", MONTH),
    "FLChain": ("load_flchain", MONTH),
}


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", choices=tuple(COHORTS))
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=(2000, 20000))
    parser.add_argument("--rounded", type=float, default=0.0, help="months that times are kept to")
    parser.add_argument("--peer", choices=("forest", "boosting"), help="the only peer of --speed")
    parser.add_argument("--leaf", type=int, default=15, help="rows in a forest's smallest leaf")
    parser.add_argument("--forecast", type=Path, help="a bundle to time beside two forests")
    asked = parser.parse_args()
    if importlib.util.find_spec("sksurv") is None:
        print("scikit-survival is not installed here; see the head of this file", file=sys.stderr)
        return 2
    if asked.forecast:
        beside_forests(asked.forecast, asked.sizes[0], asked.rounded, asked.leaf)
        return 0
    if asked.speed:
        for size in asked.sizes:
            speed(size, asked.rounded, asked.peer)
        return 0
    for cohort in (asked.only,) if asked.only else COHORTS:
        quality(cohort, asked.repeats)
    return 0


# -- how well --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Split:
    """The two sides of a fold as every peer takes them: complete standardised columns."""

    train: Floats
    test: Floats
    months: Floats
    event: np.ndarray


def quality(cohort: str, repeats: int) -> None:
    """Uno C and IBS of every model in the same folds, and how far ours is from each peer."""
    data = bundled(cohort)
    found: dict[str, list[tuple[float, float]]] = {}
    seconds: dict[str, float] = {}
    for repeat in range(repeats):
        study, used = prepare_study(data, contract_of(data), seed=repeat)
        timed = used.timed["os"]
        started = time.process_time()
        _, trial = fit_time(study, timed)
        seconds["ours"] = seconds.get("ours", 0.0) + time.process_time() - started
        for number in range(len(study.folds)):
            rows = study.fold == number
            scored = _scorer(timed.months[rows], timed.event[rows])
            found.setdefault("ours", []).append(scored(_ours(trial, rows)))
            split = _split(study, timed, number)
            for name, peer in PEERS.items():
                started = time.process_time()
                found.setdefault(name, []).append(scored(peer(split)))
                seconds[name] = seconds.get(name, 0.0) + time.process_time() - started
    _tell(cohort, data, found, seconds)


def _ours(trial: HazardTrial, rows: np.ndarray) -> Curves:
    return lambda times: survival_of(trial.log_cumulative(times)[rows])


def _tell(
    cohort: str,
    data: CohortData,
    found: dict[str, list[tuple[float, float]]],
    seconds: dict[str, float],
) -> None:
    timed = data.timed["os"]
    print(f"\n{cohort}: {data.size} patients, {int(timed.event.sum())} events")
    ours = np.array(found["ours"])
    for name, rows in found.items():
        each = np.array(rows)
        line = f"  {name:<18} Uno C {each[:, 0].mean():.4f}  IBS {each[:, 1].mean():.4f}"
        if name != "ours":
            gap = ours - each
            error = gap.std(axis=0, ddof=1) / np.sqrt(len(gap))
            line += (
                f"   ours minus it: C {gap[:, 0].mean():+.4f} (SE {error[0]:.4f})"
                f"  IBS {gap[:, 1].mean():+.4f} (SE {error[1]:.4f})"
            )
        print(f"{line}   {seconds[name]:.1f} CPU s", flush=True)


def _scorer(months: Floats, event: np.ndarray) -> Callable[[Curves], tuple[float, float]]:
    times = survival_scores.score_times(months, event)

    def scored(curves: Curves) -> tuple[float, float]:
        shares = curves(times)
        risk = -shares.mean(axis=1)
        uno = survival_scores.concordance_uno(months, event, risk, float(times[-1]))
        brier = survival_scores.brier_curve(months, event, shares, times)
        return uno.value, survival_scores.integrated(brier, times)

    return scored


def bundled(cohort: str) -> CohortData:
    """One of the cohorts that come with scikit-survival, as a folder would give it."""
    datasets = _theirs("datasets")
    loader, unit = COHORTS[cohort]
    table, outcome = getattr(datasets, loader)()
    table = table.drop(columns=list(KNOWN_AFTERWARDS & set(table.columns)))
    event, end = (np.asarray(outcome[name]) for name in outcome.dtype.names)
    if len(table) > SAMPLE:
        rows = np.random.default_rng(0).choice(len(table), SAMPLE, replace=False)
        table, event, end = table.iloc[rows], event[rows], end[rows]
    features, columns = zip(*_columns(table), strict=True)
    months = np.maximum(np.asarray(end, dtype=np.float64) / unit, 1 / 60)
    return CohortData(
        cohort.lower(), cohort, cohort.lower(), features, np.column_stack(columns),
        tuple(f"p{i}" for i in range(len(table))),
        timed={"os": Timed(months, np.asarray(event, dtype=bool))},
    )  # fmt: skip


def _columns(table: pd.DataFrame) -> Iterator[tuple[CohortFeature, Floats]]:
    for place, name in enumerate(table.columns):
        column, known = table[name], f"x{place}"
        if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == object:
            levels = sorted({str(level) for level in column.dropna()})
            codes = [levels.index(str(v)) if pd.notna(v) else np.nan for v in column]
            kind = Kind.CATEGORY
            yield (
                CohortFeature(known, str(name), kind, levels=tuple(levels)),
                np.array(codes, float),
            )
        else:
            yield CohortFeature(known, str(name), Kind.NUMBER), column.to_numpy(np.float64)


def _split(study: Study, timed: Timed, number: int) -> Split:
    fold = study.folds[number]
    core = fold.prepared.encoding.filled(study.values)
    descriptors = study.descriptors
    rows = np.hstack([core, descriptors]) if descriptors.shape[1] else core
    return Split(
        rows[fold.training],
        rows[fold.held_out],
        timed.months[fold.training],
        timed.event[fold.training],
    )


# -- peers -----------------------------------------------------------------------------------------


def _frame(split: Split) -> pd.DataFrame:
    frame = pd.DataFrame(split.train, columns=[f"x{i}" for i in range(split.train.shape[1])])
    frame = frame.loc[:, frame.std() > LEAST_SPREAD]
    return frame.assign(months=split.months, event=split.event)


def _rows(split: Split, frame: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame(split.test, columns=[f"x{i}" for i in range(split.test.shape[1])])
    return rows[[name for name in frame.columns if name.startswith("x")]]


def cox(split: Split) -> Curves:
    """Cox regression of lifelines with a ridge penalty."""
    from lifelines import CoxPHFitter

    frame = _frame(split)
    model = CoxPHFitter(penalizer=0.1).fit(frame, "months", "event")
    return lambda times: model.predict_survival_function(_rows(split, frame), times).to_numpy().T


def weibull(split: Split) -> Curves:
    """Accelerated failure time regression of lifelines."""
    from lifelines import WeibullAFTFitter

    frame = _frame(split)
    model = WeibullAFTFitter(penalizer=0.1).fit(frame, "months", "event")
    return lambda times: model.predict_survival_function(_rows(split, frame), times).to_numpy().T


def _theirs(module: str) -> Any:
    """A module of scikit-survival, which the project does not depend on."""
    return importlib.import_module(f"sksurv.{module}")


def _answers(split: Split) -> np.ndarray:
    answers: np.ndarray = _theirs("util").Surv.from_arrays(split.event, split.months)
    return answers


def _steps(model: Any, rows: Floats) -> Curves:
    """The curves of a scikit-survival model, which are steps at the training times."""
    curves = model.predict_survival_function(rows, return_array=True)
    known = np.concatenate([[0.0], np.asarray(model.unique_times_)])
    values = np.hstack([np.ones((len(curves), 1)), curves])
    return lambda times: values[:, np.searchsorted(known, times, side="right") - 1]


def forest(split: Split) -> Curves:
    """Random survival forest of scikit-survival."""
    return _steps(_forest().fit(split.train, _answers(split)), split.test)


def _forest(leaf: int = 15) -> Any:
    return _theirs("ensemble").RandomSurvivalForest(
        n_estimators=200,
        min_samples_split=2 * leaf,
        min_samples_leaf=leaf,
        n_jobs=1,
        random_state=0,
    )


def boosting(split: Split) -> Curves:
    """Gradient boosting of scikit-survival with its defaults."""
    return _steps(_boosting().fit(split.train, _answers(split)), split.test)


def _boosting() -> Any:
    return _theirs("ensemble").GradientBoostingSurvivalAnalysis(random_state=0)


PEERS: dict[str, Callable[[Split], Curves]] = {
    "penalised Cox": cox,
    "Weibull AFT": weibull,
    "RSF, 200 trees": forest,
    "gradient boosting": boosting,
}


# -- how quickly -----------------------------------------------------------------------------------


def speed(size: int, rounded: float = 0.0, only: str | None = None) -> None:
    """One fit of the survival head, of the forest and of boosting on the same patients."""
    data, fresh = _rounded(_simulated(size, 1), rounded), _simulated(1500, 902)
    study, used = prepare_study(data, contract_of(data), seed=1)
    timed, core = used.timed["os"], study.whole.encoding.filled(study.values)
    split = Split(np.hstack([core, study.descriptors]), np.empty((0, 0)), timed.months, timed.event)
    values = study.contract.of_cohort(fresh)
    known = [study.contract.position(name) for name in fresh.regimens]
    assert fresh.regimen is not None  # noqa: S101 - simulated cohorts have treatments
    rows = np.flatnonzero(np.array(known)[fresh.regimen] >= 0)
    descriptors = study.contract.describe([fresh.regimens[fresh.regimen[row]] for row in rows])
    ends = fresh.timed["os"]
    scored = _scorer(ends.months[rows], ends.event[rows])
    encoding = study.whole.encoding
    from dashboard.learning.views import views_of

    views = views_of(encoding, values[rows], descriptors)
    test = np.hstack([encoding.filled(values[rows]), descriptors])
    print(f"\n{used.size} rows of simulated lung cancer; one fit of overall survival")
    started = time.process_time()
    model = fit_usual(study, timed)
    ours = time.process_time() - started
    uno, ibs = scored(lambda times: survival_of(model.log_cumulative(views, times)))
    print(f"  ours                {ours:8.1f} CPU s   Uno C {uno:.4f}  IBS {ibs:.4f}", flush=True)
    peers = {"boosting": ("gradient boosting", _boosting), "forest": ("RSF, 200 trees", _forest)}
    for name, made in [peers[only]] if only else peers.values():
        started = time.process_time()
        peer = made().fit(split.train, _answers(split))
        taken = time.process_time() - started
        uno, ibs = scored(_steps(peer, test))
        line = f"  {name:<18}{taken:10.1f} CPU s   Uno C {uno:.4f}  IBS {ibs:.4f}"
        print(f"{line}   {taken / ours:.1f} times ours", flush=True)


def beside_forests(folder: Path, size: int, rounded: float, leaf: int) -> None:
    """One forecast of one patient, and the curves of two forests for the same rows, warm."""
    bundle, data = load_bundle(folder), _simulated(size, 1)
    study, used = prepare_study(data, contract_of(data), seed=1)
    core = study.whole.encoding.filled(study.values)
    train = np.hstack([core, study.descriptors])
    regimens = [name for name in bundle.contract.regimens if study.contract.position(name) >= 0]
    row = np.repeat(core[:1], len(regimens), axis=0)
    rows = np.hstack([row, study.contract.describe(regimens)])
    forests = []
    for endpoint in ("os", "pfs"):
        timed = _rounded(used, rounded, endpoint).timed[endpoint]
        split = Split(train, rows, timed.months, timed.event)
        forests.append(_forest(leaf).fit(train, _answers(split)))
    given = bundle.contract.of_cohort(used)[0].tolist()
    facts: dict[str, Value] = {
        each.id: each.levels[int(value)] if each.levels else value
        for each, value in zip(bundle.contract.inputs, given, strict=True)
        if not np.isnan(value)
    }
    ours = _typical(lambda: forecast(bundle, facts, regimens))
    theirs = _typical(
        lambda: [each.predict_survival_function(rows, return_array=True) for each in forests]
    )
    print(
        f"{len(regimens)} regimens, {len(facts)} inputs known: whole forecast {ours * 1e3:.1f} ms, "
        f"two forests of {used.size} rows {theirs * 1e3:.1f} ms, {theirs / ours:.1f} times ours"
    )


def _typical(asked: Callable[[], object]) -> float:
    """The median processor time of fifteen answers, after two to get warm."""
    taken = []
    for _ in range(17):
        started = time.process_time()
        asked()
        taken.append(time.process_time() - started)
    return float(np.median(taken[2:]))


def _rounded(data: CohortData, months: float, endpoint: str = "os") -> CohortData:
    """The cohort with one endpoint's times rounded up to so many months; as they are without."""
    timed = data.timed[endpoint]
    kept = np.ceil(timed.months / months) * months if months else timed.months
    return replace(data, timed={endpoint: replace(timed, months=kept)})


def _simulated(patients: int, seed: int) -> CohortData:
    from dashboard.cohort.calibrated import simulate_cohort
    from dashboard.cohort.folder import read_cohort
    from dashboard.knowledge.library import load_library

    library = load_library()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cohort"
        simulate_cohort(library.pack("nsclc"), patients=patients, seed=seed, out=out)
        return read_cohort(out, library)


if __name__ == "__main__":
    raise SystemExit(main())
