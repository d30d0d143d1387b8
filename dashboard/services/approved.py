"""Which model of a server is approved: what the services ask before they use one.

Nothing here asks a permission: these are the shared parts of services that asked already. What
people do (offer, approve, refuse, withdraw) stands in `approvals`; each change of a place is kept
here, with its audit lines in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.answers import approval
from dashboard.answers.approval import Seat, Standing
from dashboard.foundation.errors import BundleMismatch, UserError
from dashboard.services import spares
from dashboard.services.bundle_gate import refuse_bomb
from dashboard.services.context import Context
from dashboard.services.shelf import Shelf

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle
    from dashboard.vault.store import Store, Writing

KIND = "model"


class NotApproved(UserError):
    """There is a model, and not enough people have approved it."""


class KnownModel(UserError):
    """The model is a candidate of this place already, or more."""


def in_use(context: Context, disease: str, own: str) -> Standing | None:
    """The approved model of a place; None when there is none."""
    return held(context.store, disease, own).in_use


def entered(context: Context, bundle: Bundle, place: Path, own: str) -> None:
    """Make a bundle that was trained here a candidate, unless it is known."""
    with suppress(KnownModel):
        refuse_known(held(context.store, bundle.disease, own), bundle.id)
        enter(context, bundle, place, own=own, origin=approval.TRAINED)


def refuse_known(seat: Seat, bundle: str) -> None:
    """Refuse a model that the place has: its author and what was said of it stay.

    Raises:
        KnownModel: the place has it.
    """
    if any(each.bundle == bundle for each in seat.models):
        raise KnownModel(f"Model {bundle} was offered before.", hint="It is listed already.")


def opened(context: Context, model: Standing) -> Bundle:
    """A model from its folder, when it is still what was offered; else from its second copy.

    Raises:
        BundleMismatch: neither is, or it does not fit this version of Concord or of the pack.
    """
    place = place_of(context, model)
    spare = Shelf(context.settings, context.library).spare(place)
    try:
        found = _as_offered(context, model, place)
    except BundleMismatch:
        with suppress(BundleMismatch):
            found = _as_offered(context, model, spare)
            context.record("model.brought-back", found.disease, bundle=model.bundle)
            spares.bring_back(place, spare)
            return found
        raise
    spares.keep(place, spare)
    return found


def _as_offered(context: Context, model: Standing, place: Path) -> Bundle:
    if digest_of(place) != model.digest:
        raise BundleMismatch(
            f"Model {model.bundle} is not what was offered and approved: its files were changed "
            "or are gone.",
            hint="It is not used. Bring its folder back from a copy, or approve another model on "
            "Methods.",
        )
    found = sound(context, place)
    if found.id != model.bundle:  # exchanged between the two looks
        raise BundleMismatch(f"Model {model.bundle} was exchanged.", hint="It is not used.")
    return found


def place_of(context: Context, model: Standing) -> Path:
    """The folder of a model."""
    return Shelf(context.settings, context.library).bundles / Path(model.folder).name


def refuse_unapproved(context: Context, bundle: Bundle, folder: Path) -> None:
    """Refuse a bundle by its folder on a server, unless it is the approved one of its disease.

    Raises:
        NotApproved: it is not.
    """
    if not context.settings.needs_approval:
        return
    used = [
        each.in_use for record in context.store.all(KIND)
        for each in (approval.of_body(record.body, record.version),) if each.in_use
    ]  # fmt: skip
    if not any(each.bundle == bundle.id and each.digest == digest_of(folder) for each in used):
        raise NotApproved(
            f"Model {bundle.id} is not approved on this server.",
            hint="Offer it (`python -m dashboard models --offer FOLDER`) and have it approved on "
            "Methods. It can be judged with `evaluate` meanwhile.",
            code="not-approved",
        )


def digest_of(folder: Path) -> str:
    """The SHA-256 of a bundle's manifest; empty when there is none."""
    try:
        return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    except OSError:
        return ""


def held(store: Store | Writing, disease: str, own: str) -> Seat:
    """The models of a place as they are kept."""
    record = store.read(KIND, _id(disease, own))
    if record is None:
        return Seat(disease, Path(own).name)
    return approval.of_body(record.body, record.version)


def _id(disease: str, own: str) -> str:
    return f"{disease} {Path(own).name}".strip()


def change(
    context: Context, where: tuple[str, str], decide: Callable[[Seat], Seat], *told: str
) -> Seat:
    """Decide on what is kept now, and keep it with its audit lines in the same transaction."""
    (disease, own), (action, bundle, reason) = where, told
    with context.store.writing() as writing:
        before = held(writing, disease, own)
        after = decide(before)
        facts = {"own": own or "simulated", "bundle": bundle, "reason": reason}
        digests = {each.bundle: each.digest for each in after.models}
        context.record(action, disease, digest=digests.get(bundle, ""), **facts)
        if after.in_use and after.in_use != before.in_use:
            by = ", ".join(vote.by for vote in after.in_use.approvals)
            former = before.in_use.bundle if before.in_use else "none"
            context.record("model.in-use", disease, bundle=bundle, by=by, former=former)
        saved = writing.save(KIND, _id(disease, own), approval.to_body(after),
                             after=before.version, by=context.actor.id)  # fmt: skip
    return approval.of_body(saved.body, saved.version)


def enter(context: Context, bundle: Bundle, place: Path, *, own: str, origin: str) -> Standing:
    """Make a bundle in its folder a candidate; raises KnownModel, also of the same moment."""
    author = context.actor.id if origin == approval.OFFERED else ""
    model = Standing(
        bundle.id, digest_of(place), place.name, origin, author, context.clock()
    )  # fmt: skip
    where = (bundle.disease, Path(own).name)

    def decide(now: Seat) -> Seat:
        refuse_known(now, model.bundle)
        return now.with_one(model)

    change(context, where, decide, "model.offered", bundle.id, origin)
    Shelf(context.settings, context.library).claim()
    return model


def sound(context: Context, folder: Path) -> Bundle:
    """A bundle by its folder, checked to the last byte, of this code and this pack.

    Raises:
        BundleMismatch: it is not.
    """
    from dashboard.learning.bundle import load_bundle

    refuse_bomb(folder)
    found = load_bundle(folder)
    if found.disease not in context.library.ids:
        return found
    fingerprint = context.library.pack(found.disease).fingerprint
    if found.pack_fingerprint != fingerprint:
        return load_bundle(folder, pack_fingerprint=fingerprint)  # which says so
    return found
