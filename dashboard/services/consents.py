"""What a patient allowed or objected to, and what follows: who objected is looked for nowhere.

Kept for each patient and purpose, with where it is written and the day it was said; withdrawing
needs no reason, and can be taken back. The latest word counts. Objection to research or training
takes a patient out of cohorts, similar patients and later training at once; objection to teaching
out of teaching cases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from dashboard.cohort.folder import read_cohort
from dashboard.foundation.errors import UserError
from dashboard.foundation.private_files import write_private
from dashboard.services.allowed_rows import OPTED_OUT, opted_out
from dashboard.services.context import Context, Permission
from dashboard.services.shelf import Shelf
from dashboard.vault.store import Store

CONSENT = "consent"


class Purpose(StrEnum):
    """What data may be used for besides the patient's own care."""

    RESEARCH = "research"
    TRAINING = "training"
    TEACHING = "teaching"


@dataclass(frozen=True, slots=True)
class Said:
    """The latest word of a patient."""

    patient: str
    decisions: Mapping[Purpose, bool]
    source: str
    version: int
    at: datetime
    by: str


def say(
    context: Context, patient: str, decisions: Mapping[Purpose, bool], *, source: str, after: int
) -> Said:
    """Keep what a patient said.

    Args:
        context: who asks.
        patient: the id that the hospital's cohorts and this program know the patient by.
        decisions: what is allowed (true) and objected to (false); a purpose not named stays open.
        source: where it is written: a form, a date.
        after: the version that was seen, 0 for the first word.

    Raises:
        UserError: nobody is named, or no source.
        Conflict: somebody kept another word in between.
    """
    context.require(Permission.CONSENT_WRITE)
    name, written = patient.strip(), " ".join(source.split())
    if not name or not written:
        raise UserError(
            "A word without a patient or a source is not kept.",
            hint="Name the patient's id, and where it is written, such as a form with its date.",
        )
    told = {str(purpose): allowed for purpose, allowed in decisions.items()}
    body = {"patient": name, "decisions": told, "source": written}
    with context.keeping("consent.said", name, **{p: _word(v) for p, v in told.items()}) as writing:
        saved = writing.save(CONSENT, _place(name), body, after=after, by=context.actor.id)
    follow(context)
    return Said(name, dict(decisions), written, saved.version, saved.at, saved.by)


def say_anew(context: Context, patient: str, decisions: Mapping[str, bool], source: str) -> Said:
    """The same over what was said before, with purposes by their names.

    Raises:
        UserError: as `say`, or a purpose was named that is none.
    """
    context.require(Permission.CONSENT_WRITE)
    before = said(context, patient) if patient.strip() else None
    told = {Purpose(name): allowed for name, allowed in decisions.items()}
    held = {**(before.decisions if before else {}), **told}
    return say(context, patient, held, source=source, after=before.version if before else 0)


def follow(context: Context) -> dict[str, int]:
    """Have every cohort of this hospital leave out who objects; how many each leaves out.

    Raises:
        UserError: a cohort's list cannot be written; who objected stands in the store.
    """
    context.require(Permission.CONSENT_WRITE)
    gone = objectors(context.store, Purpose.RESEARCH, Purpose.TRAINING)
    back = objectors_taken_back(context.store)
    told: dict[str, int] = {}
    faults: list[UserError] = []
    for path in sorted(Shelf(context.settings, context.library).own_cohorts.glob("*/cohort.toml")):
        folder = path.parent
        try:  # a cohort that cannot be read or told keeps no other from being told
            known = set(read_cohort(folder, context.library).ids)
            left = sorted((opted_out(folder) - back) | (gone & known))
            if left != sorted(opted_out(folder)):
                _list(folder, left)
            told[folder.name] = len(left)
        except UserError as fault:
            faults.append(fault)
    context.record("consent.followed", cohorts=len(told))
    if faults:
        raise faults[0]
    return told


def _list(folder: Path, left: Sequence[str]) -> None:
    try:
        write_private(folder / OPTED_OUT, "".join(f"{name}\n" for name in left))
    except OSError as fault:
        raise UserError(
            f"The word is kept, but cohort {folder.name} could not be told who objects "
            f"({fault.strerror or 'its folder cannot be written'}).",
            hint="Make room or the folder writable, and press again. Until then, and at most until "
            "Concord tells it by itself (at each start and once a day), this cohort still "
            "holds the patient.",
            code="cohort-not-told",
        ) from fault


def said(context: Context, patient: str) -> Said | None:
    """The latest word of a patient; None where nothing was said."""
    context.require(Permission.CONSENT_WRITE)
    context.record("consent.read", patient.strip())
    held = context.store.read(CONSENT, _place(patient.strip()))
    if held is None:
        return None
    body = held.body
    decisions = {Purpose(name): bool(v) for name, v in body["decisions"].items()}
    return Said(body["patient"], decisions, body["source"], held.version, held.at, held.by)


def objectors(store: Store, *purposes: Purpose) -> frozenset[str]:
    """The ids of those who object to any of these purposes; asked by services, not by people."""
    found = set()
    for held in store.all(CONSENT):
        told = held.body["decisions"]
        if any(told.get(str(purpose)) is False for purpose in purposes):
            found.add(str(held.body["patient"]))
    return frozenset(found)


def word_on(store: Store, patient: str, purpose: Purpose) -> bool | None:
    """What a patient said last on a purpose; None where nothing was said; asked by services."""
    held = store.read(CONSENT, _place(patient.strip()))
    return None if held is None else held.body["decisions"].get(str(purpose))


def objectors_taken_back(store: Store) -> frozenset[str]:
    """The ids of those who said something, and object to neither research nor training."""
    everybody = {str(held.body["patient"]) for held in store.all(CONSENT)}
    return frozenset(everybody - objectors(store, Purpose.RESEARCH, Purpose.TRAINING))


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "objected"


def _place(patient: str) -> str:
    """The name of the record, which does not show the id to whoever lists the database."""
    return hashlib.sha256(patient.encode()).hexdigest()[:24]
