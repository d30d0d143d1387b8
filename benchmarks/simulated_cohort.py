"""How near forecasts come to the hidden truth of a default cohort, beside the usual learners.

`python -m benchmarks.simulated_cohort [DISEASE] [--patients 6000] [--asked 150] [--bundle DIR]
[--seed 1] [--alone] [--bound]` (seed: of all patients, those learnt from and the fresh ones; alone:
without the learners to compare with; bound: with trees that are shown the true risks of the
patients learnt from under every regimen, which no learner of outcomes can beat by much: what is
left is what the recorded inputs do not tell).
A bundle is trained on one simulated cohort and asked about fresh patients of another, of whom the
truth is known under every regimen: the error of predicted differences between regimens, the regret
of choosing by the forecast (by its point, and by the chance of being first, which is what the
product ranks by), and how often intervals hold the truth, with all that is recorded and with three
tenths of it blanked. S-, T-, X- and DR-learners of LightGBM learn from the same patients
in the same run. First lines are told apart: in later ones the simulator has survivors live out
what an earlier line left them, which no input tells. `truth.csv` is read here and nowhere else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
import numpy.typing as npt

from benchmarks.effect_learners import LEARNERS, Arms, Floats, Learner
from dashboard.answers.explanation import Target
from dashboard.answers.forecast import RegimenForecast
from dashboard.answers.ranking import Option, Weights
from dashboard.cohort.calibrated import simulate_cohort
from dashboard.cohort.columns import RECIST, CohortData
from dashboard.cohort.folder import read_cohort
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.foundation.seeds import generator
from dashboard.insight.contrast import difference
from dashboard.insight.ranking import rank
from dashboard.knowledge.library import Library, load_library
from dashboard.learning.bundle import Bundle, load_bundle, save_bundle
from dashboard.learning.forecasting import FEW, forecast
from dashboard.learning.response import ResponseHead
from dashboard.learning.survival import SurvivalHead, survival_of
from dashboard.learning.training import train
from dashboard.learning.views import views_of
from dashboard.records.patient import Value

SUPPORTED = 0.03  # true propensity from which a regimen is a real choice
MONTH = 12.0
BLANKED = 0.3
EVEN = 0.5
FRESH_PATIENTS, FRESH_SEED = 1500, 902
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """Of fresh patients: what is true under every regimen; NaN where it is not open to them."""

    data: CohortData
    regimens: tuple[str, ...]
    response: Floats
    alive: Floats  # share alive at a year
    propensity: Floats

    @property
    def open(self) -> Flags:
        """Which regimens are real choices of each patient."""
        return np.nan_to_num(self.propensity) >= SUPPORTED


def main() -> int:
    """Print the figures."""
    asked = _asked()
    library = load_library()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        data = _cohort(library, asked.disease, asked.patients, asked.seed, root / "train")
        fresh_seed = FRESH_SEED + asked.seed - 1
        fresh = _truth(library, asked.disease, fresh_seed, root / "fresh")
        shown = _read_truth(data, root / "train") if asked.bound else None
        bundle = _bundle(data, asked.bundle)
    print(f"{asked.disease}: {data.size} rows learnt from, {fresh.data.size} fresh ones")
    effects(bundle, data, fresh, learners={} if asked.alone else LEARNERS, shown=shown)
    coverage(bundle, fresh, asked.asked)
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("disease", nargs="?", default="nsclc")
    parser.add_argument("--patients", type=int, default=6000)
    parser.add_argument("--asked", type=int, default=150, help="patients asked for intervals")
    parser.add_argument("--seed", type=int, default=1, help="of the patients; another, others")
    parser.add_argument("--alone", action="store_true", help="without other learners")
    parser.add_argument("--bound", action="store_true", help="with trees that are shown the truth")
    parser.add_argument("--bundle", type=Path, help="keep the bundle here, or take it from here")
    return parser.parse_args()


def _cohort(library: Library, disease: str, patients: int, seed: int, folder: Path) -> CohortData:
    simulate_cohort(library.pack(disease), patients=patients, seed=seed, out=folder)
    return read_cohort(folder, library)


def _bundle(data: CohortData, folder: Path | None) -> Bundle:
    if folder and folder.is_dir():
        return load_bundle(folder)
    started = time.process_time()
    bundle = train(data, seed=1)
    print(f"trained in {time.process_time() - started:.0f} CPU s")
    return save_bundle(bundle, folder) if folder else bundle


def _truth(library: Library, disease: str, seed: int, folder: Path) -> Truth:
    return _read_truth(_cohort(library, disease, FRESH_PATIENTS, seed, folder), folder)


def _read_truth(data: CohortData, folder: Path) -> Truth:
    from pyarrow import csv

    wanted = ["id", "regimen", "propensity", "p_response", "p_os_12"]
    table = csv.read_csv(
        folder / "truth.csv", convert_options=csv.ConvertOptions(include_columns=wanted)
    ).to_pydict()
    regimens = tuple(sorted(set(table["regimen"])))
    row_of = {name: row for row, name in enumerate(data.ids)}
    column_of = {name: column for column, name in enumerate(regimens)}
    filled = [np.full((data.size, len(regimens)), np.nan) for _ in range(3)]
    for place, (row, regimen) in enumerate(zip(table["id"], table["regimen"], strict=True)):
        if row in row_of:
            for target, column in zip(filled, ("p_response", "p_os_12", "propensity"), strict=True):
                target[row_of[row], column_of[regimen]] = table[column][place]
    return Truth(data, regimens, *filled)


# -- differences and choices ----------------------------------------------------------------------


def effects(
    bundle: Bundle,
    data: CohortData,
    fresh: Truth,
    *,
    learners: Mapping[str, Learner],
    shown: Truth | None = None,
) -> None:
    """Error of predicted differences, and regret, of the forecasts and of the usual learners."""
    spoken = np.array([_speaks_of(bundle, name) for name in fresh.regimens])
    real = fresh.open & spoken
    kept = np.flatnonzero(real.sum(axis=1) > 1)
    values = bundle.contract.of_cohort(fresh.data)[kept]
    real = real[kept]
    lines = np.ones(len(kept)) if fresh.data.line is None else fresh.data.line[kept]
    chosen = Arms.of(data, bundle.contract.of_cohort(data), fresh.regimens)
    outcomes = {
        "response": (_response(data), fresh.response[kept], "response"),
        "alive at 12 months": (_alive(data), fresh.alive[kept], "alive"),
    }
    for target, (answers, truth, name) in outcomes.items():
        print(f"\n{target}: {len(kept)} rows, {real.sum()} real choices")
        found = {"forecast": _predicted(bundle, values, fresh.regimens, real, target)}
        for label, learner in learners.items():
            found[label] = learner(chosen, answers, values)
        if shown is not None:
            found["shown the truth"] = _shown(bundle, shown, getattr(shown, name), fresh, values)
        found["best fixed order"] = np.repeat(_fixed(truth, real)[None], len(kept), axis=0)
        for label, predicted in found.items():
            fixed = label.startswith("best")
            error = float("nan") if fixed else _difference_error(predicted, truth, real)
            regret = _regret(predicted, truth, real)
            early = lines == 1
            part = (predicted[early], truth[early], real[early])
            first = float("nan") if fixed else _difference_error(*part)
            print(
                f"  {label:<18} error of differences {error:.4f}   regret {regret:.4f}   "
                f"first lines {first:.4f}   {_regret(*part):.4f}"
            )


def _shown(bundle: Bundle, shown: Truth, truth: Floats, fresh: Truth, values: Floats) -> Floats:
    """What trees say that were shown the true risks of others under all their real choices."""
    import lightgbm

    encoding, contract = bundle.encoding, bundle.contract
    known = np.array([_speaks_of(bundle, name) for name in shown.regimens])
    row, column = np.nonzero(shown.open & known)
    names = [shown.regimens[place] for place in column]
    described = {name: contract.describe([name])[0] for name in set(names)}
    inputs = encoding.tree_inputs(contract.of_cohort(shown.data))
    rows = np.hstack([inputs[row], np.array([described[name] for name in names])])
    alike = 1.0 / np.bincount(row)[row]
    settings = {"num_leaves": 63, "learning_rate": 0.05, "num_threads": 1, "verbose": -1}
    data = lightgbm.Dataset(rows, truth[row, column], weight=alike)
    booster = lightgbm.train(settings, data, 600)
    asked = encoding.tree_inputs(values)
    found = np.full((len(values), len(fresh.regimens)), np.nan)
    for place, name in enumerate(fresh.regimens):
        if name in described:
            under = np.repeat(described[name][None], len(asked), axis=0)
            found[:, place] = booster.predict(np.hstack([asked, under]))
    return found


def _speaks_of(bundle: Bundle, regimen: str) -> bool:
    try:
        bundle.contract.describe([regimen])
    except NotEnoughEvidence:
        return False
    return bundle.contract.position(regimen) >= 0


def _response(data: CohortData) -> Floats:
    if data.response is None:
        raise SystemExit("The cohort has no response.")
    codes = data.response.codes
    return np.where(np.isnan(codes), np.nan, codes >= RECIST.index("PR")).astype(np.float64)


def _alive(data: CohortData) -> Floats:
    """Alive at a year; unknown for those censored before."""
    timed = data.timed["os"]
    dead = timed.event & (timed.months <= MONTH)
    known = timed.known & (dead | (timed.months >= MONTH))
    return np.where(known, 1.0 - dead, np.nan)


def _predicted(
    bundle: Bundle, values: Floats, regimens: tuple[str, ...], real: Flags, target: str
) -> Floats:
    found = np.full(real.shape, np.nan)
    for column, name in enumerate(regimens):
        rows = np.flatnonzero(real[:, column])
        if not len(rows):
            continue
        descriptors = np.repeat(bundle.contract.describe([name]), len(rows), axis=0)
        views = views_of(bundle.encoding, values[rows], descriptors)
        if target == "response":
            head = bundle.heads["response"]
            assert isinstance(head, ResponseHead)  # noqa: S101  (the name's head)
            found[rows, column] = head.predict(views)
        else:
            curve = bundle.heads["os"]
            assert isinstance(curve, SurvivalHead)  # noqa: S101  (the name's head)
            log_total = curve.model.log_cumulative(views, np.array([MONTH]))
            found[rows, column] = survival_of(log_total)[:, 0]
    return found


def _difference_error(predicted: Floats, truth: Floats, real: Flags) -> float:
    """Root mean square error over all pairs of a patient's real choices; patients count alike."""
    wrong = np.where(real, predicted - truth, np.nan)
    # The mean squared difference over pairs is twice the variance within a patient.
    count = real.sum(axis=1)
    spread = np.nanvar(wrong, axis=1) * 2 * count / (count - 1)
    return float(np.sqrt(spread.mean()))


def _regret(predicted: Floats, truth: Floats, real: Flags) -> float:
    picked = np.argmax(np.where(real, predicted, -np.inf), axis=1)
    best = np.nanmax(np.where(real, truth, np.nan), axis=1)
    return float((best - truth[np.arange(len(truth)), picked]).mean())


def _fixed(truth: Floats, real: Flags) -> Floats:
    """The worth of each regimen in the one order that is best on average, known from the truth."""
    taken = np.where(real, truth, 0.0).sum(axis=0) / np.maximum(real.sum(axis=0), 1)
    worth = np.empty(len(taken))
    worth[np.argsort(taken, kind="stable")] = np.arange(len(taken))
    return worth


def choices(bundle: Bundle, fresh: Truth, rows: npt.NDArray[np.int64], real: Flags) -> None:
    """Regret of the rules by which one may choose, of the patients who are asked for intervals."""
    print(f"\nregret of rules, {len(rows)} rows; ranking of this cohort: {bundle.card['ranking']}")
    for name, truth in (("response", fresh.response), ("os", fresh.alive)):
        fixed = _fixed(truth, real)
        found: dict[str, list[float]] = {}
        for row in rows:
            columns = np.flatnonzero(real[row])
            names = [fresh.regimens[column] for column in columns]
            answers = forecast(bundle, _facts(bundle, fresh.data, int(row)), names).regimens
            for rule, place in _picks(answers, fixed[columns], name).items():
                lost = np.nanmax(truth[row, columns]) - truth[row, columns[place]]
                found.setdefault(rule, []).append(lost)
        for rule, lost in found.items():
            print(f"  {name:<10} {rule:<48} {np.mean(lost):.4f}")


def _picks(answers: Sequence[RegimenForecast], fixed: Floats, name: str) -> dict[str, int]:
    """The place of the regimen that each rule picks."""
    chances = [each.response if name == "response" else each.os and each.os.at(MONTH)
               for each in answers]  # fmt: skip
    options = [
        Option(str(place), chance, None, None) for place, chance in enumerate(chances) if chance
    ]
    standings = rank(options, Weights(1.0, 0.0, 0.0)).standings
    usual = int(np.argmax(fixed))
    sure = max(standings, key=lambda each: each.first)
    support = answers[int(sure.regimen)].support
    few = support is None or support.similar < FEW
    return {
        "highest forecast": int(np.argmax([c.p if c else -1.0 for c in chances])),
        "likeliest to be first": int(sure.regimen),
        "the same where 50 % sure, else the fixed order": (
            int(sure.regimen) if sure.first >= EVEN else usual
        ),
        "the same where 50 similar patients got it, else fixed": usual
        if few
        else int(sure.regimen),
        "fixed order": usual,
    }


# -- intervals -------------------------------------------------------------------------------------


def coverage(bundle: Bundle, fresh: Truth, asked: int) -> None:
    """How often 90 % intervals hold the truth, and how wide they are."""
    chance = generator(3, "asked")
    spoken = np.array([_speaks_of(bundle, name) for name in fresh.regimens])
    real = fresh.open & spoken
    rows = chance.permutation(np.flatnonzero(real.sum(axis=1) > 1))[:asked]
    choices(bundle, fresh, rows, real)
    print(f"\n90 % intervals, {len(rows)} rows asked: share that hold the truth (mean width)")
    for label, blanked in (("as recorded", 0.0), (f"{BLANKED:.0%} blanked", BLANKED)):
        held: dict[str, list[tuple[bool, float]]] = {}
        for row in rows:
            facts = _facts(bundle, fresh.data, int(row), blanked, chance)
            try:
                _ask(bundle, fresh, int(row), facts, np.flatnonzero(real[row]), held)
            except NotEnoughEvidence:
                continue
        for name, found in held.items():
            inside, widths = zip(*found, strict=True)
            share = f"{np.mean(inside):.3f} ({np.mean(widths):.3f})"
            print(f"  {label:<14} {name:<34} {share}   n {len(found)}")


def _facts(
    bundle: Bundle,
    data: CohortData,
    row: int,
    blanked: float = 0.0,
    chance: np.random.Generator | None = None,
) -> dict[str, Value]:
    values = bundle.contract.of_cohort(data)[row]
    facts: dict[str, Value] = {}
    for each, value in zip(bundle.contract.inputs, values.tolist(), strict=True):
        left = chance is None or chance.random() >= blanked
        if value == value and left:  # noqa: PLR0124  (not NaN)
            facts[each.id] = each.levels[int(value)] if each.levels else value
    return facts


def _ask(
    bundle: Bundle,
    fresh: Truth,
    row: int,
    facts: dict[str, Value],
    columns: npt.NDArray[np.int64],
    held: dict[str, list[tuple[bool, float]]],
) -> None:
    names = [fresh.regimens[column] for column in columns]
    answers = forecast(bundle, facts, names).regimens
    for column, each in zip(columns, answers, strict=True):
        if each.response:
            chance = each.response
            inside = chance.low <= fresh.response[row, column] <= chance.high
            held.setdefault("response", []).append((inside, chance.high - chance.low))
        if each.os:
            alive = each.os.at(MONTH)
            inside = alive.low <= fresh.alive[row, column] <= alive.high
            held.setdefault("alive at 12 months", []).append((inside, alive.high - alive.low))
    pair, (first, second) = (names[0], names[1]), columns[:2]
    for target, truth in (
        (Target("response"), fresh.response),
        (Target("os", MONTH), fresh.alive),
    ):
        found = difference(bundle, facts, pair, target)
        inside = found.low <= truth[row, first] - truth[row, second] <= found.high
        name = f"difference in {target.name}"
        held.setdefault(name, []).append((inside, found.high - found.low))


if __name__ == "__main__":
    sys.exit(main())
