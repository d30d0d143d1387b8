"""Solve the simulator's parameters again and write each pack's calibration.json.

Run it after a pack's figures or a simulation.toml changed: python scripts/calibrate.py [PACK ...]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.cohort.assumptions import BUILT_IN, load_assumptions  # noqa: E402  (the project's folder comes first)
from dashboard.cohort.calibrated import SEED, kept_parameters, solve_parameters  # noqa: E402
from dashboard.cohort.parameters import FILE_NAME  # noqa: E402
from dashboard.knowledge.library import load_library  # noqa: E402


def main() -> int:
    """Solve the packs that are named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="*", help="ids of packs; all when none is named")
    parser.add_argument(
        "--lines-only",
        action="store_true",
        help="keep the curves, solve the carry-over",
    )
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    library = load_library()
    for pack_id in asked.packs or library.ids:
        begun = time.process_time()
        pack = library.pack(pack_id)
        path = BUILT_IN / "packs" / pack.id / FILE_NAME
        held = kept_parameters(pack, path) if asked.lines_only else None
        assumptions = load_assumptions(pack.id)
        parameters = solve_parameters(pack, assumptions, asked.seed, curves=held)
        parameters.save(path)
        spent = time.process_time() - begun
        print(f"{pack.id}: {len(parameters.regimens)} regimens in {spent:.0f} s -> {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
