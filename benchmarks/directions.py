"""Do forecasts keep to the stated directions, and does PFS stay below OS, for random patients?

`python -m benchmarks.directions BUNDLE [--patients 10000]`. Patients are drawn over the whole range
of every input, known altogether, most of them unlike anybody; each has one input with a stated
direction moved from its low end over the middle to its high end, under every regimen. Counted are
the forecasts that go the wrong way by more than 1e-9, and curves of PFS above OS.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import pairwise
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
import numpy.typing as npt

from dashboard.foundation.seeds import generator
from dashboard.knowledge.schema import Kind
from dashboard.learning.bundle import Bundle, load_bundle
from dashboard.learning.matrix import Input
from dashboard.learning.scoring import Scores, score

Floats = npt.NDArray[np.float64]
MONTHS = (3.0, 6.0, 12.0, 18.0)
LEAST = 1e-9


def main() -> int:
    """Print what was asked and how often it failed; the exit code says whether it never did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--patients", type=int, default=10_000)
    asked = parser.parse_args()
    bundle = load_bundle(asked.bundle)
    stated = [i for i in bundle.contract.inputs if i.monotone_response or i.monotone_hazard]
    people = _people(bundle, asked.patients)
    compared = wrong = above = 0
    for rows, each in zip(np.array_split(np.arange(len(people)), len(stated)), stated, strict=True):
        found = [_asked(bundle, people[rows], each, share) for share in (0.0, 0.5, 1.0)]
        for before, after in pairwise(found):
            more, bad = _against(before, after, each)
            compared, wrong = compared + more, wrong + bad
        for scores in found:
            gap = scores.curves["pfs"] - scores.curves["os"]
            above += int((gap[np.isfinite(gap)] > LEAST).sum())
    regimens = len(bundle.contract.regimens)
    print(
        f"{len(people):,} patients, {regimens} regimens, {len(stated)} inputs with a direction: "
        f"{compared:,} comparisons, {wrong} the wrong way; PFS above OS {above} times"
    )
    return int(bool(wrong or above))


def _people(bundle: Bundle, count: int) -> Floats:
    chance = generator(7, "random patients")
    columns = [_drawn(each, chance.random(count)) for each in bundle.contract.inputs]
    return np.column_stack(columns)


def _drawn(each: Input, share: Floats) -> Floats:
    """Values of an input, evenly over all it may be."""
    if each.levels:
        return np.floor(share * len(each.levels))
    if each.kind is Kind.FLAG:
        return np.round(share)
    low, high = each.clip or (0.0, 1.0)
    return low + share * (high - low)


def _asked(bundle: Bundle, people: Floats, each: Input, share: float) -> Scores:
    """The patients with one input at a place between its ends."""
    values = people.copy()
    end = np.nextafter(1.0, 0.0) if share == 1.0 and each.levels else share
    values[:, bundle.contract.ids.index(each.id)] = _drawn(each, np.full(len(people), end))
    return score(bundle, values, bundle.contract.regimens, MONTHS)


def _against(before: Scores, after: Scores, each: Input) -> tuple[int, int]:
    """How many forecasts were compared as an input rises, and how many went the wrong way."""
    steps = [-each.monotone_hazard * (after.curves[n] - before.curves[n]) for n in after.curves]
    if after.response is not None and before.response is not None:
        steps.append(each.monotone_response * (after.response - before.response))
    told = [step[np.isfinite(step)] for step in steps]
    return sum(len(step) for step in told), sum(int((step < -LEAST).sum()) for step in told)


if __name__ == "__main__":
    sys.exit(main())
