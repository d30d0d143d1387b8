"""How far treatments overlap in a simulated cohort: the true chances of each regimen.

Reads propensities from the hidden truth beside the cohort, to describe and to teach: nothing that
trains or predicts may use this. For every regimen its chances are counted where it was open, apart
for those who got it and those who got another.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dashboard.answers.population import Overlap

TRUTH_FILE = "truth.csv"
BINS = 20


def read_overlap(folder: Path, labels: Mapping[str, str]) -> tuple[Overlap, ...]:
    """The overlap of every regimen of a simulated cohort, the most given first.

    Args:
        folder: the cohort's folder, with the truth that the simulator wrote beside it.
        labels: the regimens' names by id.
    """
    from pyarrow import csv

    options = csv.ConvertOptions(include_columns=["regimen", "received", "propensity"])
    table = csv.read_csv(folder / TRUTH_FILE, convert_options=options)
    regimen = table["regimen"].to_numpy(zero_copy_only=False).astype(str)
    received = table["received"].to_numpy() == 1
    chance = table["propensity"].to_numpy().astype(float)
    found = [
        _overlap(name, labels.get(name, name), chance[rows], received[rows])
        for name in np.unique(regimen).tolist()
        for rows in [regimen == name]
    ]
    return tuple(sorted(found, key=lambda overlap: -sum(overlap.treated)))


def _overlap(
    regimen: str,
    label: str,
    chance: npt.NDArray[np.float64],
    received: npt.NDArray[np.bool_],
) -> Overlap:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    treated, others = (np.histogram(chance[rows], edges)[0] for rows in (received, ~received))
    return Overlap(
        regimen=regimen,
        label=label,
        smallest=float(chance.min()),
        largest=float(chance.max()),
        edges=tuple(np.round(edges, 4).tolist()),
        treated=tuple(treated.tolist()),
        others=tuple(others.tolist()),
    )
