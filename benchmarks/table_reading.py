"""What it costs to read and check a table of ten thousand patients with forty facts each.

Run `python -m benchmarks.table_reading`. A cohort of lung cancer is written as CSV and read back;
printed is the processor time of reading (decode, split, interpret, assemble) and of the checks that
follow, beside the time of splitting the same bytes at their commas and doing nothing else, because
machines differ. The figure to reach for both together: 2 s.
"""

from __future__ import annotations

import sys
import time
from datetime import date

from benchmarks.checking import FACTS, MOST_SECONDS, PATIENTS, cohort, plausible
from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_intake
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table, write_csv

_TODAY = date(2026, 6, 1)


def main() -> int:
    """Print the times; 1 where they exceed the figure to reach."""
    library = load_library()
    pack = library.pack("nsclc")
    content = write_csv(cohort(pack, plausible), pack)
    begun = time.process_time()
    cells = sum(len(line.split(b",")) for line in content.splitlines())
    bare = time.process_time() - begun
    begun = time.process_time()
    intake = read_table(content, "cohort.csv", Reading(library, _TODAY, pack.id))
    read = time.process_time() - begun
    begun = time.process_time()
    findings = check_intake(intake, library, _TODAY)
    checked = time.process_time() - begun
    print(f"{len(intake.patients):,} of {PATIENTS:,} patients, {FACTS} facts, {cells:,} cells")
    print(f"read     {read:.2f} s  ({read / bare:.0f} times splitting at commas)")
    print(f"checked  {checked:.2f} s  ({len(findings):,} findings)")
    print(f"together {read + checked:.2f} s; to reach: {MOST_SECONDS:.0f} s")
    return int(read + checked > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
