"""What is forecast for a patient, from a bundle that is trained once and kept.

The bundle of a disease is learnt from its default (simulated) cohort, or from a hospital's own
cohort, in a process of its own, and lies in the data folder under a name made of what it came from:
cohort, pack and code. It appears there whole or not at all. A damaged or foreign bundle is never
used; the one that was already open stays in use. On a server the approved one is in use, and one
that was trained since is a candidate (`approvals`). Which regimens are open to the patient is the
rules' answer (`consultation.judge`); whoever shows a forecast joins the two.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from dashboard.answers.forecast import Forecast
from dashboard.answers.model_card import ModelCard
from dashboard.foundation.errors import BundleMismatch, UserError
from dashboard.knowledge.library import Library
from dashboard.records.patient import Patient
from dashboard.services import approved, population, spares, stopped
from dashboard.services.context import Context, Permission
from dashboard.services.errand import BUNDLE, Errand, Progress, run_errand
from dashboard.services.population import silent
from dashboard.services.shelf import Shelf

if TYPE_CHECKING:
    from dashboard.answers.approval import Seat, Standing
    from dashboard.learning.bundle import Bundle

SEED = 1
_DRAWING = 0.1  # of the whole preparation, the share that drawing the cohort takes
_REMEMBERED = 256


class NotPrepared(UserError):
    """There is no bundle yet: it has to be trained first."""


@dataclass(slots=True)
class Memory:
    """The bundles in use, and the forecasts they gave last."""

    bundles: dict[Path, Bundle] = field(default_factory=dict)
    forecasts: OrderedDict[tuple[str, ...], Forecast] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


_memory = Memory()


def is_ready(context: Context, disease: str, *, own: str = "") -> bool:
    """Whether a sound bundle of this cohort is at hand, and forecasts are not turned off."""
    context.require(Permission.COHORT_READ)
    context.record("bundle.asked", disease, own=own or "simulated")
    if stopped.of(context.store, disease) is not None:
        return False
    if context.settings.needs_approval:
        model = approved.in_use(context, disease, own)
        return model is not None and _is_approved(context, model)
    return _is_mended(context, _place(context, disease, own))


def waiting(context: Context, disease: str, *, own: str = "") -> Seat | None:
    """The models of a disease of which none is approved; None where one is, or has to be trained.

    On one's own machine there is never one that waits.
    """
    context.require(Permission.COHORT_READ)
    context.record("bundle.waiting", disease, own=own or "simulated")
    if not context.settings.needs_approval or is_ready(context, disease, own=own):
        return None
    seat = approved.held(context.store, disease, own)
    place = _place(context, disease, own)
    trained = approved.digest_of(place)
    return seat if any(each.digest == trained for each in seat.models) else None


def prepare(context: Context, disease: str, *, own: str = "", progress: Progress = silent) -> None:
    """Train the bundle of a cohort unless it is there; the default cohort is drawn if need be.

    Args:
        context: who asks.
        disease: the pack's id, or that of the hospital's own cohort.
        own: the folder of a hospital's own cohort; empty for the default one.
        progress: told how far the work is.

    Raises:
        ForecastsStopped: somebody turned them off.
        UserError: the cohort cannot be read, or there is too little to learn from.
    """
    context.require(Permission.COHORT_READ)
    stopped.refuse(context.store, disease)
    if context.settings.needs_approval and is_ready(context, disease, own=own):
        return
    renew(context, disease, own=own, progress=progress)


def is_newest(context: Context, disease: str, *, own: str = "") -> bool:
    """Whether the bundle of the cohort, pack and program as they are now was trained."""
    context.require(Permission.COHORT_READ)
    context.record("bundle.asked", disease, own=own or "simulated")
    return _is_sound(_place(context, disease, own))


def renew(context: Context, disease: str, *, own: str = "", progress: Progress = silent) -> None:
    """The same by the cohort as it is now; on a server it becomes a candidate beside the others.

    Raises:
        UserError: as `prepare`.
    """
    context.require(Permission.COHORT_READ)
    context.record("bundle.prepared", disease, own=own or "simulated")
    population.cohort(
        context, disease, own=own, progress=lambda share, words: progress(_DRAWING * share, words)
    )
    folder, shelf = _place(context, disease, own), _shelf(context)
    if folder.exists() and not _is_sound(folder):
        shelf.discard(folder)
    errand = Errand(
        BUNDLE,
        disease,
        folder,
        SEED,
        source=shelf.cohort_folder(disease, own),
        packs_dirs=context.settings.packs_dirs,
    )
    run_errand(errand, lambda share, words: progress(_DRAWING + (1 - _DRAWING) * share, words))
    if context.settings.needs_approval:  # whatever people judged stays
        approved.entered(context, approved.sound(context, folder), folder, own)
    elif not (shelf.is_claimed or approved.held(context.store, disease, own).models):
        shelf.clear_bundles(folder, disease, own)


def forecast(
    context: Context, patient: Patient, regimens: Sequence[str] = (), *, own: str = ""
) -> Forecast:
    """One patient under every regimen asked for, remembered while the bundle stays the same.

    Args:
        context: who asks.
        patient: the patient at this decision.
        regimens: ids; all regimens of the pack that the bundle can speak of when none are named.
        own: the folder of a hospital's own cohort; empty for the default one.

    Raises:
        NotPrepared: the bundle has to be trained first.
        BundleMismatch: the bundle is damaged or foreign, and no sound one was in use.
        InputRefused: a value no model may be asked about.
        NotEnoughEvidence: too little is known of the patient.
    """
    context.require(Permission.PATIENT_READ)
    return forecast_by(context, _bundle(context, patient.disease, own), patient, regimens)


def forecast_by(
    context: Context, bundle: Bundle, patient: Patient, regimens: Sequence[str] = ()
) -> Forecast:
    """The same by a bundle at hand, such as one a file was read with.

    Raises:
        ForecastsStopped: somebody turned them off.
        InputRefused: a value no model may be asked about.
        NotEnoughEvidence: too little is known of the patient.
    """
    context.require(Permission.PATIENT_READ)
    stopped.refuse(context.store, bundle.disease)
    wanted = tuple(regimens) or candidates(context.library, bundle)
    asked_of = context.store.digest(patient.fingerprint)
    context.record("patient.forecast", patient.id, regimens=len(wanted), bundle=bundle.id,
                   asked=asked_of)  # fmt: skip
    key = (patient.fingerprint, bundle.id, *wanted)
    with _memory.lock:
        known = _memory.forecasts.get(key)
    if known is None:
        from dashboard.learning import forecasting

        known = forecasting.forecast(bundle, patient.facts, wanted, fingerprint=patient.fingerprint)
        with _memory.lock:
            _memory.forecasts[key] = known
            while len(_memory.forecasts) > _REMEMBERED:
                _memory.forecasts.popitem(last=False)
    return known


def card(context: Context, disease: str, *, own: str = "") -> ModelCard:
    """What the bundle learnt from, what was chosen, how good it is and where it ends.

    Raises:
        NotPrepared: the bundle has to be trained first.
    """
    context.require(Permission.COHORT_READ)
    context.record("bundle.described", disease, own=own or "simulated")
    from dashboard.learning.description import describe_bundle

    return describe_bundle(_bundle(context, disease, own))


def opened(context: Context, disease: str, *, own: str = "") -> Bundle:
    """The bundle itself, for the other services that explain what it says.

    Raises:
        NotPrepared: the bundle has to be trained first.
    """
    context.require(Permission.PATIENT_READ)
    context.record("bundle.opened", disease, own=own or "simulated")
    return _bundle(context, disease, own)


# -- where it lies, and what is in use ------------------------------------------------------------


def _shelf(context: Context) -> Shelf:
    return Shelf(context.settings, context.library)


def _place(context: Context, disease: str, own: str) -> Path:
    from dashboard.learning.bundle import code_version

    return _shelf(context).bundle_folder(disease, own, code_version())


def folder_in_use(context: Context, disease: str, own: str) -> Path:
    """Where the bundle in use lies; for services that asked already.

    Raises:
        NotApproved: on a server, none is.
    """
    if not context.settings.needs_approval:
        return _place(context, disease, own)
    return approved.place_of(context, _approved(context, disease, own))


def _approved(context: Context, disease: str, own: str) -> Standing:
    model = approved.in_use(context, disease, own)
    if model is None:
        raise approved.NotApproved(
            f"No model of {disease} is approved on this server.",
            hint="People approve one on Methods; until then nothing is forecast.",
            code="not-approved",
        )
    return model


def _bundle(context: Context, disease: str, own: str) -> Bundle:
    """The bundle in use; read again when it was trained anew, or another was approved."""
    stopped.refuse(context.store, disease)
    if context.settings.needs_approval:
        return _of_server(context, _approved(context, disease, own))
    folder = _place(context, disease, own)
    with _memory.lock:
        known = _memory.bundles.get(folder)
    if known is not None:
        return known
    if not folder.is_dir():
        raise NotPrepared(
            f"The forecasts of {disease} have not been learnt yet.",
            hint="Prepare them first; this happens once and takes a minute or two.",
            code="not-prepared",
        )
    _is_mended(context, folder)
    from dashboard.learning.bundle import load_bundle

    pack = context.library.pack(disease) if disease in context.library.ids else None
    found = load_bundle(folder, pack_fingerprint=pack.fingerprint if pack else None)
    spares.keep(folder, _shelf(context).spare(folder))
    with _memory.lock:
        _memory.bundles[folder] = found
    return found


def _of_server(context: Context, model: Standing) -> Bundle:
    """The approved bundle, which stays open whatever becomes of its files."""
    place = approved.place_of(context, model)
    with _memory.lock:
        known = _memory.bundles.get(place)
    if known is not None and known.id == model.bundle:
        return known
    found = approved.opened(context, model)
    with _memory.lock:
        _memory.bundles[place] = found
    return found


def _is_approved(context: Context, model: Standing) -> bool:
    """Whether the approved bundle can be used: it is open, or lies there as it was approved."""
    try:
        _of_server(context, model)
    except BundleMismatch:
        return False
    return True


def _is_mended(context: Context, folder: Path) -> bool:
    """Whether a whole bundle lies there, a damaged one replaced by its second copy."""
    spare = _shelf(context).spare(folder)
    if folder.is_dir() and not _is_sound(folder) and _is_sound(spare):
        context.record("model.brought-back", bundle=folder.name)
        spares.bring_back(folder, spare)
    return _is_sound(folder)


def _is_sound(folder: Path) -> bool:
    """Whether a whole bundle lies there; what has been checked is asked again when it changes."""
    if not folder.is_dir():
        return False
    stamp = tuple(
        sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in folder.iterdir())
    )
    return _checked(folder, stamp)


@lru_cache(maxsize=32)
def _checked(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> bool:
    del stamp
    from dashboard.learning.bundle import load_bundle

    try:
        load_bundle(folder)
    except BundleMismatch:
        return False
    return True


def candidates(library: Library, bundle: Bundle) -> tuple[str, ...]:
    """Every regimen of the pack that the bundle can speak of; without a pack, every one it saw."""
    has_pack = bundle.disease in library.ids
    pack = library.pack(bundle.disease).regimens if has_pack else ()
    return bundle.contract.candidates([each.id for each in pack] or bundle.contract.regimens)
