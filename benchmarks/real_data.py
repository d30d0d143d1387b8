"""Finds the public cohort of real patients, where somebody has put it, and reads it.

The project does not contain it. `CONCORD_DEVELOPMENT_DATA` names the folder with
`icb_msk_train.csv`; else a folder of data beside the project is looked at. What its
columns mean stands in `icb_cohort.toml`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from dashboard.cohort.columns import CohortData
from dashboard.cohort.folder import read_cohort

VARIABLE = "CONCORD_DEVELOPMENT_DATA"
TABLE = "icb_msk_train.csv"
ABSENT = f"{TABLE} is not here; set {VARIABLE} to the folder that holds it"
_HERE = Path(__file__).resolve().parent


def real_table() -> Path | None:
    """The table, or None where it is absent."""
    beside = _HERE.parent.parent / "shared" / "data"
    table = Path(os.environ.get(VARIABLE) or beside) / TABLE
    return table if table.is_file() else None


def real_cohort() -> CohortData:
    """The 964 patients, read through a cohort folder as a hospital's own would be.

    Raises:
        FileNotFoundError: the table is absent.
    """
    table = real_table()
    if table is None:
        raise FileNotFoundError(ABSENT)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(table, Path(folder) / "patients.csv")
        shutil.copy(_HERE / "icb_cohort.toml", Path(folder) / "cohort.toml")
        return read_cohort(Path(folder))
