"""How sound, how fast and how large a simulated registry is, pack by pack.

python benchmarks/registry.py [PACK ...] [--seed N] [--patients N]
Each pack has a process of its own, so that its memory is its own. Exits 1 when a figure is missed:
no impossible history, no propensity below 0.01, 6,000 patients in 5 s of one core, 100,000 in
proportion and below 2 GiB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.cohort.calibrated import calibrated_model
from dashboard.cohort.decisions import Decision
from dashboard.cohort.histories import impossible_histories
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.registry import CohortWriter
from dashboard.cohort.simulator import TRUTH_FILE, simulate, simulate_decisions
from dashboard.cohort.truth import TruthWriter
from dashboard.knowledge.library import load_library

SMALL, MOST_SECONDS, MOST_GIB = 6000, 5.0, 2.0
MOST_RATIO = 1.25  # of the time a patient, many over few
LOWEST = 0.01
CHUNK = 8192
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def main() -> int:
    """Measure the packs that are named, or all of them."""
    asked = _asked()
    if len(asked.packs) == 1:
        return 0 if _measure(asked.packs[0], asked.seed, asked.patients) else 1
    codes = [_child(pack, asked) for pack in asked.packs or load_library().ids]
    return max(codes)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="*")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--patients", type=int, default=100_000)
    return parser.parse_args()


def _child(pack: str, asked: argparse.Namespace) -> int:
    arguments = [pack, "--seed", str(asked.seed), "--patients", str(asked.patients)]
    one_core = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=False, env={**os.environ, **one_core}).returncode


def _measure(pack_id: str, seed: int, patients: int) -> bool:
    model = calibrated_model(load_library().pack(pack_id))
    print(f"\n{model.pack.label}", flush=True)
    _timed(model, seed, 200)  # what is read once is no part of the speed
    few = min(_timed(model, seed, SMALL) for _ in range(3))
    good = _say(
        f"{SMALL:,} patients with every potential outcome, written",
        few <= MOST_SECONDS,
        f"{few:.1f} s of one core",
    )
    sound = _Sound(model)
    many = _watched(model, seed, patients, sound)
    ratio = many / few * SMALL / patients
    good &= _say(
        f"{patients:,} patients grow linearly",
        ratio <= MOST_RATIO,
        f"{many:.0f} s of one core, {ratio:.2f} times the time a patient",
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    good &= _say("largest memory", memory < MOST_GIB, f"{memory:.2f} GiB")
    return sound.tell(patients) and good


def _timed(model: OutcomeModel, seed: int, patients: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        simulate(model, patients=patients, seed=seed, out=Path(folder))
        return time.process_time() - begun


def _watched(model: OutcomeModel, seed: int, patients: int, sound: _Sound) -> float:
    """Simulate and write as `simulate` does, looking at every decision while the clock stands."""
    cohort, spent = CohortWriter(model, seed, ""), 0.0
    with tempfile.TemporaryDirectory() as folder:
        with TruthWriter(model, Path(folder) / TRUTH_FILE) as truth:
            for first in range(0, patients, CHUNK):
                stream = simulate_decisions(model, seed, first, min(CHUNK, patients - first))
                while True:
                    begun = time.process_time()
                    decision = next(stream, None)
                    if decision is None:
                        break
                    cohort.add(decision)
                    truth.add(decision)
                    spent += time.process_time() - begun
                    sound.look(decision)
        begun = time.process_time()
        cohort.write(Path(folder))
        return spent + time.process_time() - begun


@dataclass
class _Sound:
    """What cannot be, and the chances of what was open, over many decisions."""

    model: OutcomeModel
    found: Counter[str] = field(default_factory=Counter)
    smallest: list[np.ndarray] = field(default_factory=list)
    some: list[np.ndarray] = field(default_factory=list)

    def look(self, decision: Decision) -> None:
        self.found.update(impossible_histories(self.model, decision))
        chances = np.where(decision.allowed, decision.chances, np.nan)
        self.smallest.append(np.nanmin(chances[decision.allowed.any(axis=1)], axis=1))
        self.some.append(chances[decision.allowed][::8])

    def tell(self, patients: int) -> bool:
        lowest = np.concatenate(self.smallest)
        broken = {name: number for name, number in self.found.items() if number}
        good = _say(
            f"impossible histories in {patients:,} patients ({lowest.size:,} decisions)",
            not broken,
            str(broken or 0),
        )
        bounded = float(lowest.min()) >= LOWEST - 1e-9
        good &= _say("smallest propensity", bounded, f"{lowest.min():.4f}")
        print(f"    quantiles {_percent(QUANTILES)}")
        print(f"    of each decision's smallest: {_shares(lowest)}")
        print(f"    of every eighth open regimen's: {_shares(np.concatenate(self.some))}")
        return good


def _percent(quantiles: tuple[float, ...]) -> str:
    return ", ".join(f"{q:.0%}" for q in quantiles)


def _shares(values: np.ndarray) -> str:
    return ", ".join(f"{q:.3f}" for q in np.quantile(values, QUANTILES))


def _say(what: str, good: bool, told: str) -> bool:
    print(f"  {'reached' if good else 'MISSED '}  {what}: {told}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
