"""A data folder in which the forecasts of one disease are ready, trained once for the whole suite.

The cohort is small, so that training takes seconds; the way there is the product's own. Workers of
one run share the folder: whoever comes first trains, the others wait.
"""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from pathlib import Path

from dashboard.records.patient import Patient
from dashboard.services import forecasts, replays
from dashboard.services.context import Context
from dashboard.services.installation import open_context

DISEASE = "nsclc"
PATIENTS = 400


def environ_of(folder: Path) -> Mapping[str, str]:
    """The settings under which the folder's bundle is the one in use."""
    return {"CONCORD_DATA_DIR": str(folder), "CONCORD_COHORT_PATIENTS": str(PATIENTS)}


def open_trained(folder: Path) -> Context:
    """A context over the folder, its bundle trained if nobody has done it yet."""
    folder.mkdir(parents=True, exist_ok=True)
    context = open_context(environ_of(folder), audit=lambda _line: None)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        forecasts.prepare(context, DISEASE)
        replays.prepare(context, DISEASE)
    return context


def saved_as_table(patient: Patient, folder: Path) -> Path:
    """A CSV file of one patient, as a hospital's table has it."""
    values = {"patient_id": patient.id, **patient.values, "line": patient.line}
    texts = (str(value) for value in values.values())
    cells = (text.lower() if text in ("True", "False") else text for text in texts)
    path = folder / "one.csv"
    path.write_text(f"{','.join(values)}\n{','.join(cells)}\n", encoding="utf-8")
    return path
