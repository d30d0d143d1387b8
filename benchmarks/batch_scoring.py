"""How long a long file of patients takes to score, and whether the cost per patient grows.

`python -m benchmarks.batch_scoring BUNDLE [DISEASE] [--sizes 10000 100000]`. The rows of one
simulated cohort are written again and again under new names, scored by `batch` under every regimen
that the rules do not close (response, and each curve at up to five months), and counted: computing
time of one thread, seconds, forecasts, and the largest memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from dashboard.cohort.calibrated import simulate_cohort
from dashboard.knowledge.library import load_library
from dashboard.learning.bundle import load_bundle
from dashboard.services.batch import score_file
from dashboard.services.installation import open_context

PATIENTS = 6000


def main() -> int:
    """Print a line for every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("disease", nargs="?", default="nsclc")
    parser.add_argument("--sizes", type=int, nargs="+", default=(10_000, 100_000))
    asked = parser.parse_args()
    bundle = load_bundle(asked.bundle)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        context = open_context({"CONCORD_DATA_DIR": str(root / "home")}, audit=lambda _line: None)
        pack = load_library().pack(asked.disease)
        simulate_cohort(pack, patients=PATIENTS, seed=2, out=root / "cohort")
        header, *rows = (root / "cohort" / "patients.csv").read_text(encoding="utf-8").splitlines()
        for size in asked.sizes:
            _write(root / "many.csv", header, rows, size)
            began, started = time.perf_counter(), time.process_time()
            done = score_file(context, bundle, root / "many.csv", root / "scored.csv")
            taken, seconds = time.process_time() - started, time.perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{done.patients:,} patients, {done.rows:,} forecasts: {taken:.1f} CPU s "
                f"({seconds:.1f} s), {1e6 * taken / done.patients:.0f} us a patient, "
                f"{peak:.0f} MB at most, months {', '.join(f'{m:g}' for m in done.horizons)}",
                flush=True,
            )
    return 0


def _write(path: Path, header: str, rows: list[str], size: int) -> None:
    """So many rows, each under a name of its own."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{header}\n")
        for number in range(size):
            _, _, rest = rows[number % len(rows)].partition(",")
            file.write(f"Q{number},{rest}\n")


if __name__ == "__main__":
    sys.exit(main())
