"""The table of figures the simulator must reach, with fresh seeds.

python benchmarks/calibration.py [PACK ...] [--seed N] [--misses] [--histories N]
Exits 1 when a figure is not reached. The shipped parameters were solved with another seed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.answers.population import (
    LANDMARK,
    MEDIAN,
    RATIO,
    RESPONSE,
    SEVERE,
    SUBGROUP,
    CalibrationReport,
    FigureCheck,
)
from dashboard.cohort.calibrated import calibrated_model, calibration_report
from dashboard.cohort.histories import impossible_histories
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.simulator import simulate, simulate_decisions
from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import DiseasePack

WANTED = {MEDIAN: 0.90, RESPONSE: 0.90, LANDMARK: 0.85, RATIO: 0.85, SUBGROUP: 0.80, SEVERE: 0.90}
FAR_OFF = np.log(1.30)
MOST_SECONDS = 5.0
FRESH_SEED = 77
CHUNK = 8192


def main() -> int:
    """Print the table and say whether every figure is reached."""
    asked = _asked()
    library = load_library()
    reached = True
    for pack_id in asked.packs or library.ids:
        pack = library.pack(pack_id)
        print(f"\n{pack.label}")
        reached &= _figures(pack, asked.seed, asked.misses)
        reached &= _registry(calibrated_model(pack), asked.seed, asked.histories)
        reached &= _speed(calibrated_model(pack), asked.seed)
    return 0 if reached else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="*")
    parser.add_argument("--seed", type=int, default=FRESH_SEED)
    parser.add_argument("--misses", action="store_true", help="list every figure missed")
    parser.add_argument("--histories", type=int, default=25_000, help="patients a pack to check")
    return parser.parse_args()


def _figures(pack: DiseasePack, seed: int, misses: bool) -> bool:
    report = calibration_report(pack, seed=seed)
    lines = [_line(report, kind, wanted) for kind, wanted in WANTED.items()]
    reached = all(lines)
    far = [f for f in report.of(MEDIAN) if _far_off(f)]
    unnamed = [f for f in far if not f.conflict]
    _say(
        "medians off by more than 30 % without a named conflict",
        len(unnamed) == 0,
        str(len(unnamed)),
    )
    print(f"  medians off by more than 30 %, named: {len(far) - len(unnamed)}")
    print(f"  regimens whose trials disagree beyond chance: {len(report.disagreements)}")
    print(f"  figures that cannot be simulated: {len(report.not_simulated)}")
    if misses:
        _tell_misses(report)
    return reached and not unnamed


def _line(report: CalibrationReport, kind: str, wanted: float) -> bool:
    held = report.of(kind)
    share = report.share_inside(kind)
    good = share is None or share >= wanted
    met = sum(f.inside for f in held)
    _say(kind, good, f"{met} of {len(held)} = {share or 0:.1%} (wanted {wanted:.0%})")
    return good


def _far_off(figure: FigureCheck) -> bool:
    return (
        bool(figure.published)
        and abs(np.log(figure.simulated / (figure.published or 1.0))) > FAR_OFF
    )


def _tell_misses(report: CalibrationReport) -> None:
    for figure in report.figures:
        if not figure.inside:
            when = f" at {figure.months:.0f}" if figure.months else ""
            print(
                f"    {figure.kind}: {figure.label} [{figure.regimen}] {figure.endpoint}{when}: "
                f"{figure.published} ({figure.low} to {figure.high}), "
                f"simulated {figure.simulated:.3g}"
                f"{'; ' + figure.conflict if figure.conflict else ''}"
            )
    for row, reason in report.not_simulated:
        print(f"    not simulated: {row}: {reason}")


def _registry(model: OutcomeModel, seed: int, patients: int) -> bool:
    found: dict[str, int] = {}
    lowest: list[np.ndarray] = []
    for first in range(0, patients, CHUNK):
        count = min(CHUNK, patients - first)
        for decision in simulate_decisions(model, seed, first, count, with_risks=False):
            for name, number in impossible_histories(model, decision).items():
                found[name] = found.get(name, 0) + number
            chances = np.where(decision.allowed, decision.chances, np.inf).min(axis=1)
            lowest.append(chances[np.isfinite(chances)])
    none = not any(found.values())
    _say(
        f"impossible histories in {patients} patients",
        none,
        str({k: v for k, v in found.items() if v} or 0),
    )
    smallest = np.concatenate(lowest)
    spread = ", ".join(f"{q:.3f}" for q in np.quantile(smallest, [0.0, 0.05, 0.25, 0.5, 0.75]))
    overlap = float(smallest.min()) >= model.assumptions.choice.floor - 1e-9
    _say("smallest propensity among eligible", overlap, f"quantiles 0, 5, 25, 50, 75 %: {spread}")
    return none and overlap


def _speed(model: OutcomeModel, seed: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        simulate(model, patients=6000, seed=seed, out=Path(folder))
        spent = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    _say(
        "6,000 patients with every potential outcome, written",
        spent <= MOST_SECONDS,
        f"{spent:.1f} s of one core",
    )
    print(f"  largest memory so far: {memory:.2f} GiB")
    return spent <= MOST_SECONDS


def _say(what: str, good: bool, told: str) -> None:
    print(f"  {'reached' if good else 'MISSED '}  {what}: {told}")


if __name__ == "__main__":
    sys.exit(main())
