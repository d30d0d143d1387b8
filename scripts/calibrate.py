"""Solve the simulator's parameters again and write each pack's calibration.json and its report.

Run it after a pack's figures or a simulation.toml changed: python scripts/calibrate.py [PACK ...]
With --report-only the parameters stay and the trials are replayed, after a change of the replay.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.answers.population import KINDS  # noqa: E402
from dashboard.cohort import calibrated, reports  # noqa: E402
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
    parser.add_argument(
        "--report-only",
        action="store_true",
        help="keep the parameters, replay the trials",
    )
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    library = load_library()
    for pack_id in asked.packs or library.ids:
        begun = time.process_time()
        pack = library.pack(pack_id)
        path = BUILT_IN / "packs" / pack.id / FILE_NAME
        assumptions = load_assumptions(pack.id)
        if not asked.report_only:
            held = kept_parameters(pack, path) if asked.lines_only else None
            solve_parameters(pack, assumptions, asked.seed, curves=held).save(path)
        report = calibrated.calibration_report(pack, seed=calibrated.REPORT_SEED)
        kept = calibrated.shipped_report(pack.id)
        reports.save_report(report, kept, calibrated.report_key(pack, assumptions))
        met = ", ".join(f"{kind} {report.share_inside(kind) or 0:.1%}" for kind in KINDS)
        spent = time.process_time() - begun
        print(f"{pack.id}: {met} in {spent:.0f} s -> {path.name}, {kept.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
