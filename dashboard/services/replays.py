"""What the model of a disease says of every trial's own patients: asked once, kept in the folder.

Asking takes some seconds of a process of its own; it is done after training, before anybody needs
it, or when somebody does. What was said lies beside what was simulated, under the bundle's name: a
bundle trained anew is asked anew.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.services import forecasts
from dashboard.services.approved import NotApproved
from dashboard.services.context import Context, Permission
from dashboard.services.errand import REPLAYS, Errand, Progress, run_errand
from dashboard.services.population import silent

if TYPE_CHECKING:
    from dashboard.insight.asked_trials import Asked

VERSION = 5  # raised when the trials are asked about, or told, in another way
SEED = 0  # the replays have a seed of their own


def is_ready(context: Context, disease: str, *, own: str = "") -> bool:
    """Whether the model was asked about the trials' patients."""
    context.require(Permission.PATIENT_READ)
    context.record("concordance.asked", disease)
    try:
        return _file(context, disease, own).is_file()
    except NotApproved:
        return False


def prepare(context: Context, disease: str, *, own: str = "", progress: Progress = silent) -> None:
    """Ask the model about the patients of every trial, once for a bundle.

    Args:
        context: who asks.
        disease: the pack's id.
        own: the folder of a hospital's own cohort; empty for the default one.
        progress: told how far the work is.

    Raises:
        NotPrepared: the model has to be trained first.
    """
    context.require(Permission.PATIENT_READ)
    context.record("concordance.prepared", disease)
    file = _file(context, disease, own)
    if file.is_file():
        return
    bundle = forecasts.opened(context, disease, own=own)
    folder = forecasts.folder_in_use(context, disease, own)
    errand = Errand(REPLAYS, disease, file, SEED, fingerprint=bundle.id, source=folder,
                    packs_dirs=context.settings.packs_dirs)  # fmt: skip
    run_errand(errand, progress)
    clear_others(file, f"own-{Path(own).name}" if own else disease)


def asked(context: Context, disease: str, *, own: str = "") -> Asked:
    """What the model says of each trial's own patients, beside what was published."""
    context.require(Permission.PATIENT_READ)
    context.record("concordance.replays", disease)
    file = _file(context, disease, own)
    return _read(file, file.stat().st_mtime_ns)


def _file(context: Context, disease: str, own: str) -> Path:
    name = forecasts.folder_in_use(context, disease, own).name
    return context.settings.data_dir / "simulated" / f"replays-{name}-{VERSION}.json"


def clear_others(newest: Path, name: str) -> None:
    """Remove what models said that a newer one has replaced."""
    of_this = re.compile(rf"replays-{re.escape(name)}-[0-9a-f-]+\.json")
    for path in newest.parent.glob(f"replays-{name}-*.json"):
        if path != newest and of_this.fullmatch(path.name):
            path.unlink(missing_ok=True)


@lru_cache(maxsize=8)
def _read(file: Path, stamp: int) -> Asked:
    del stamp
    from dashboard.insight.asked_trials import of_text

    return of_text(file.read_text(encoding="utf-8"))
