"""How long the papers about a patient take: everything asked, and put into a file.

`python -m benchmarks.papers SAMPLE` takes a sample patient whose model is ready in the data folder,
asks once to warm up, and prints the processor seconds of the median of five.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.reporting.document import Form
from dashboard.reporting.kinds import Kind
from dashboard.services import intake, reports
from dashboard.services.installation import open_context
from dashboard.services.reports import Wish

TIMES = 5
PAPERS = (
    (Kind.FULL, Form.PDF), (Kind.FULL, Form.HTML), (Kind.SLIDES, Form.PPTX),
    (Kind.SUMMARY, Form.PDF), (Kind.LETTER, Form.PDF), (Kind.FHIR, Form.JSON),
)  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """The processor time of the median of several times."""
    taken = []
    for _ in range(TIMES):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return statistics.median(taken)


def main(sample: str) -> None:
    """Print a line for each paper."""
    context = open_context(os.environ, audit=lambda _line: None)
    patient = next(one.patient for one in intake.samples(context) if one.id == sample)
    for kind, form in PAPERS:
        wish = Wish(kind=kind)
        reports.prepare(context, patient, wish)
        reports.file_of(context, patient, wish, form)
        taken = seconds(lambda k=wish, f=form: reports.file_of(context, patient, k, f))  # type: ignore[misc]
        print(f"{kind} as {form}: {taken:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1])
