"""Models of a server: offered, judged by people beside the one in use, approved, taken back.

On a server a model that was trained, recalibrated or brought from elsewhere is a candidate until as
many different people as the settings say approve it. Pages and services use the approved one, byte
for byte, and go on with it while another waits. Each step is a version in the store with its audit
lines in one transaction. On one's own machine nothing of this is asked.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.answers import approval
from dashboard.answers.approval import Seat, Shown, Standing, Vote
from dashboard.cohort.folder import disease_of
from dashboard.foundation.errors import BundleMismatch, NotPermitted, UserError
from dashboard.services import approved, people
from dashboard.services.context import GRANTS, Context, Permission, Role
from dashboard.services.release import SHORTEST_REASON
from dashboard.services.shelf import Shelf

if TYPE_CHECKING:
    from dashboard.learning.bundle import Bundle

DROP = "offered"  # in the data folder: where somebody at the machine puts what is to be offered
LONGEST_REASON = 1000
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_.+-]{0,79}")  # as the ids of packs and cohorts


# -- what there is --------------------------------------------------------------------------------


def seat(context: Context, disease: str, *, own: str = "") -> Seat:
    """The models of one place, without their cards."""
    context.require(Permission.COHORT_READ)
    context.record("models.asked", disease, own=own or "simulated")
    return approved.held(context.store, disease, own)


def shown(context: Context, disease: str, bundle: str, *, own: str = "") -> tuple[Shown, ...]:
    """A model, then the one in use if it is another: what they learnt from, how good they are."""
    context.require(Permission.MODEL_APPROVE)
    context.record("models.shown", disease, own=own or "simulated", bundle=bundle)
    seat = approved.held(context.store, disease, own)
    used = [seat.in_use] if seat.in_use and seat.in_use.bundle != bundle else []
    return tuple(_shown(context, each) for each in (seat.of(bundle), *used))


def seats(context: Context) -> tuple[Seat, ...]:
    """Every place that has a model, for whoever offers them."""
    context.require(Permission.MODEL_OFFER)
    context.record("models.listed")
    held = context.store.all(approved.KIND)
    return tuple(approval.of_body(each.body, each.version) for each in held)


def dropped(context: Context) -> tuple[str, ...]:
    """The names of the bundles that lie ready to be offered."""
    context.require(Permission.MODEL_OFFER)
    context.record("models.dropped")
    return tuple(sorted(p.parent.name for p in _drop(context).glob("*/manifest.json")))


def cohorts(context: Context) -> tuple[tuple[str, str], ...]:
    """The hospital's own cohorts whose model one may be: folder and disease."""
    context.require(Permission.MODEL_OFFER)
    context.record("models.cohorts")
    return _own_cohorts(context)


# -- what people do -------------------------------------------------------------------------------


def offer_dropped(context: Context, name: str, *, own: str = "") -> Standing:
    """Offer one of the bundles that lie ready; raises as `offer` does."""
    context.require(Permission.MODEL_OFFER)
    if name not in dropped(context):
        raise UserError(f"No bundle {name} lies ready.", hint=f"Put its folder into {DROP}/.")
    return offer(context, _drop(context) / name, own=own)


def offer(context: Context, folder: Path, *, own: str = "") -> Standing:
    """Make a bundle from elsewhere a candidate: checked to the last byte, copied, written down.

    Args:
        context: who offers it.
        folder: the bundle.
        own: the hospital's own cohort whose model it is to be; empty for the simulated one.

    Raises:
        BundleMismatch: damaged, of another version of Concord or of the pack.
        UserError: this installation does not approve models, it was offered before, or the
            hospital has no such cohort of its disease.
    """
    context.require(Permission.MODEL_OFFER)
    _refuse_local(context)
    bundle = approved.sound(context, folder)
    _refuse_unnamed(bundle)
    _refuse_strange(context, bundle)
    _refuse_elsewhere(context, bundle.disease, own)
    name = f"own-{own}-{bundle.id}" if own else f"{bundle.disease}-{bundle.id}"
    place = Shelf(context.settings, context.library).bundles / name
    approved.refuse_known(approved.held(context.store, bundle.disease, own), bundle.id)
    _copy(context, folder, place)
    if approved.sound(context, place).id != bundle.id:
        raise BundleMismatch("The bundle changed while it was copied.", hint="Offer it again.")
    return approved.enter(context, bundle, place, own=own, origin=approval.OFFERED)


def approve(context: Context, disease: str, bundle: str, reason: str, *, own: str = "") -> Seat:
    """Approve a model, also a former one; it is in use once enough different people did.

    Raises:
        BundleMismatch: it is not what was offered.
        NotPermitted: whoever asks cannot be told from others (the command line of a server).
        UserError: no reason, in use already, the person's own model, or the same person again.
    """
    context.require(Permission.MODEL_APPROVE)
    vote, needed = _vote(context, reason), context.settings.model_approvals
    approved.opened(context, approved.held(context.store, disease, own).of(bundle))

    def decide(now: Seat) -> Seat:
        return approval.approved(now, bundle, vote, needed=needed, still_may=_may(context))

    return approved.change(context, (disease, own), decide, "model.approved", bundle, vote.reason)


def refuse(context: Context, disease: str, bundle: str, reason: str, *, own: str = "") -> Seat:
    """Refuse a candidate; every approval it had is void.

    Raises:
        UserError: no reason, or it does not wait; NotPermitted as `approve`.
    """
    context.require(Permission.MODEL_APPROVE)
    vote = _vote(context, reason)

    def decide(now: Seat) -> Seat:
        return approval.refused(now, bundle, vote)

    return approved.change(context, (disease, own), decide, "model.refused", bundle, vote.reason)


def withdraw(context: Context, disease: str, bundle: str, reason: str, *, own: str = "") -> Seat:
    """Take the model in use out of use, at once and by one person: nothing takes its place.

    Raises:
        UserError: no reason, or another is in use by now; NotPermitted as `approve`.
    """
    context.require(Permission.MODEL_APPROVE)
    vote = _vote(context, reason)

    def decide(now: Seat) -> Seat:
        return approval.withdrawn(now, bundle, vote)

    return approved.change(context, (disease, own), decide, "model.withdrawn", bundle, vote.reason)


# -- the parts of it -----------------------------------------------------------------------------


def _vote(context: Context, reason: str) -> Vote:
    _refuse_local(context)
    if context.actor.role is Role.OWNER:  # whoever has the machine: one person, or several
        raise NotPermitted(
            "A model is approved by people who are signed in.",
            hint="Open Methods in the browser; the command line cannot tell who you are.",
        )
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise UserError(
            "A model is judged with a reason only.",
            hint=f"Say in {SHORTEST_REASON} to {LONGEST_REASON} letters what you looked at.",
            code="no-reason",
        )
    return Vote(context.actor.id, context.clock(), said)


def _may(context: Context) -> Callable[[str], bool]:
    """Whether somebody who approved before still has a role that may."""

    def still(person: str) -> bool:
        actor = people.actor_of(context.store, context.settings, person)
        return actor is not None and Permission.MODEL_APPROVE in GRANTS[actor.role]

    return still


def _refuse_local(context: Context) -> None:
    if not context.settings.needs_approval:
        raise UserError(
            "On one's own machine no model is approved: its owner decides.",
            hint="Name a bundle with --bundle. Models are approved on a server (CONCORD_MODE).",
            code="no-approval-here",
        )


def _refuse_unnamed(bundle: Bundle) -> None:
    """What a manifest from elsewhere says becomes the name of a folder: no path, no other place."""
    if not _PLAIN.fullmatch(str(bundle.disease)):
        raise BundleMismatch(
            f"The bundle names a disease {bundle.disease!r:.60}, which is no plain identifier.",
            hint="Expected small letters, digits and - _ . +; train it again for a known disease.",
        )


def _refuse_elsewhere(context: Context, disease: str, own: str) -> None:
    """A model for a hospital's own cohort needs one of this name and of the model's disease."""
    if own and own not in (name for name, of in _own_cohorts(context) if of == disease):
        raise UserError(
            f"This installation has no cohort {own} of {disease}.",
            hint="Name the folder of one of its own cohorts of that disease, or none for the "
            "simulated one.",
            code="no-cohort",
        )


def _own_cohorts(context: Context) -> tuple[tuple[str, str], ...]:
    """The hospital's cohorts by folder and disease; nobody in them is read for it."""
    files = sorted(Shelf(context.settings, context.library).own_cohorts.glob("*/cohort.toml"))
    return tuple((file.parent.name, disease_of(file.parent)) for file in files)


def _refuse_strange(context: Context, bundle: Bundle) -> None:
    """A model for the pages reads what the pack knows, or they could not ask it."""
    if bundle.disease not in context.library.ids:
        return
    known = context.library.pack(bundle.disease).vocabulary
    strange = [each.id for each in bundle.contract.columns if each.id not in known]
    if strange:
        raise BundleMismatch(
            f"The model asks for what the pack of {bundle.disease} does not know: "
            f"{', '.join(strange)}.",
            hint="Train it on the features of the pack, or use it by --bundle elsewhere.",
        )


def _shown(context: Context, model: Standing) -> Shown:
    from dashboard.learning.description import describe_bundle

    try:
        return Shown(model, describe_bundle(approved.opened(context, model)))
    except BundleMismatch as fault:
        return Shown(model, fault=fault.message)


def _copy(context: Context, folder: Path, place: Path) -> None:
    """Copy a bundle so that it stands in its place whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        whole = draft / place.name
        shutil.copytree(folder, whole)
        if not _stands(context, whole, place):  # else somebody offered it at the same moment
            shutil.rmtree(place, ignore_errors=True)
            whole.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _stands(context: Context, bundle: Path, place: Path) -> bool:
    """Whether this bundle stands in its place already, whole."""
    try:
        approved.sound(context, place)
    except BundleMismatch:
        return False
    return approved.digest_of(place) == approved.digest_of(bundle)


def _drop(context: Context) -> Path:
    return context.settings.data_dir / DROP
