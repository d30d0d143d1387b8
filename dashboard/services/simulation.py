"""A cohort drawn from the published trials, written into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.cohort.calibrated import simulate_cohort
from dashboard.foundation.errors import UserError
from dashboard.services.context import Context, Permission

MOST_PATIENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was written: a synthetic cohort, and the hidden truth beside it."""

    disease: str
    folder: Path
    patients: int
    rows: int
    seed: int


def simulate(context: Context, disease: str, *, patients: int, seed: int, out: Path) -> Drawn:
    """Draw patients of a disease into a cohort folder, with what was hidden from them beside it.

    Raises:
        UserError: the number of patients makes no cohort, or the folder holds something already.
    """
    context.require(Permission.KNOWLEDGE_READ)
    pack = context.library.pack(disease)
    if not 1 <= patients <= MOST_PATIENTS:
        raise UserError(
            f"{patients} patients make no cohort.", hint=f"Ask for 1 to {MOST_PATIENTS:,}."
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} holds something already.", hint="Name a new or an empty folder.")
    folders = context.settings.packs_dirs
    drawn = simulate_cohort(pack, patients=patients, seed=seed, out=out, folders=folders)
    context.record("cohort.simulated", disease, patients=patients)
    return Drawn(disease, out, drawn.flow.patients, drawn.flow.rows, seed)
