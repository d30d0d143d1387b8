"""A cohort as it may be used: without those who objected, wherever it is read.

Objections stand in `opted-out.txt` beside the table, one id a line; the file is written from what
patients said, or by hand. Every service reads cohorts through here, so that whoever objected is in
no count, among no similar patients and in no training, from the next reading on.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from dashboard.cohort.columns import CohortData
from dashboard.cohort.folder import read_cohort, select
from dashboard.knowledge.library import Library

OPTED_OUT = "opted-out.txt"


def opted_out(folder: Path) -> frozenset[str]:
    """The ids of those who objected."""
    file = folder / OPTED_OUT
    if not file.is_file():
        return frozenset()
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip())


def read_allowed(folder: Path, library: Library | None = None) -> CohortData:
    """The cohort of a folder without those who objected; raises as `read_cohort` does.

    With anybody left out it is another cohort, so nothing learnt before counts as learnt from it.
    """
    data, gone = read_cohort(folder, library), opted_out(folder)
    pairs = zip(data.ids, data.persons, strict=True)
    keep = np.array([not {name, person} & gone for name, person in pairs], dtype=bool)
    if keep.all():
        return data
    told = "\n".join([data.fingerprint, *sorted(gone)])
    fingerprint = hashlib.sha256(told.encode()).hexdigest()[:16]
    return replace(select(data, keep), fingerprint=fingerprint)
