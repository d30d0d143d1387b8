"""The switch that turns forecasts off: of one disease or of all, at once, by one named person.

Whoever doubts a model must not have to argue first: stopping asks for no reason and no second
person, and holds for everybody from the next question on. Going on asks for a reason, because it is
the step that can harm. Both are versions in the store, each with its audit line in one transaction.
Which model is in use, and who approved it, stays as it was (`approvals`).
"""

from __future__ import annotations

from dashboard.answers.stop import EVERYTHING, Stop
from dashboard.cohort.folder import disease_of
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import stopped
from dashboard.services.context import Context, Permission, Role
from dashboard.services.release import SHORTEST_REASON
from dashboard.services.shelf import Shelf
from dashboard.services.stopped import KIND
from dashboard.vault.record import Unavailable

LONGEST_REASON = 1000


def stops(context: Context) -> tuple[Stop, ...]:
    """What is stopped now: who did it, when and why."""
    context.require(Permission.KNOWLEDGE_READ)
    return stopped.all_of(context.store)


def stop(context: Context, disease: str = EVERYTHING, *, reason: str = "") -> Stop:
    """Have nothing forecast of a disease, or of any, for anybody, from now on.

    Args:
        context: who asks.
        disease: the pack's id, or that of a hospital's own cohort; everything without it.
        reason: what was seen; may stay empty.

    Where it cannot be written down it holds all the same, in this program: stopping is the one
    step that must not wait for room on a disk.

    Raises:
        UserError: nothing is known by this name; forecasts go on.
        Unavailable: it holds, and is not written down.
    """
    context.require(Permission.FORECAST_STOP)
    _refuse_unknown(context, disease)
    said = " ".join(reason.split())[:LONGEST_REASON]
    try:
        found = _kept(context, disease, stopped=True, reason=said)
    except Unavailable as fault:
        stopped.hold(context.store, Stop(disease, context.actor.id, context.clock(), said))
        raise Unavailable(
            f"Forecasts are turned off here, but it is not written down: {fault.message}",
            hint="It holds in this program alone, until it is started again. Make room, and turn "
            "them off once more.",
            code=fault.code,
        ) from fault
    stopped.let_go(context.store, disease)
    return found


def go_on(context: Context, disease: str, reason: str) -> None:
    """Have forecasts made again of a disease, or of everything where everything was stopped.

    Raises:
        NotPermitted: whoever asks cannot be told from others (the command line of a server).
        UserError: there is no reason, or nothing was turned off.
    """
    context.require(Permission.MODEL_APPROVE)
    if context.settings.needs_approval and context.actor.role is Role.OWNER:
        raise NotPermitted(
            "Forecasts of a server are turned on again by somebody who is signed in.",
            hint="Open Methods in the browser; the command line cannot tell who you are.",
        )
    if disease not in {each.disease for each in stopped.all_of(context.store)}:
        raise UserError(f"Forecasts of {disease} are not turned off.", hint="Nothing was changed.")
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise UserError(
            "Forecasts go on with a reason only.",
            hint=f"Say in {SHORTEST_REASON} to {LONGEST_REASON} letters what was looked at.",
            code="no-reason",
        )
    _kept(context, disease, stopped=False, reason=said)
    stopped.let_go(context.store, disease)


def _refuse_unknown(context: Context, disease: str) -> None:
    """A misspelt disease must not be taken for one that is turned off."""
    shelf = Shelf(context.settings, context.library)
    own = {disease_of(file.parent) for file in shelf.own_cohorts.glob("*/cohort.toml")}
    known = sorted({*context.library.ids, *own})
    if disease not in (EVERYTHING, *known):
        raise UserError(
            f"Nothing was turned off: there is no disease {disease} here.",
            hint=f"Name one of {', '.join(known)}, or none for all of them.",
            code="no-disease",
        )


def _kept(context: Context, disease: str, *, stopped: bool, reason: str) -> Stop:
    """Keep the word of whoever asks over whatever was said before."""
    action = "forecasts.stopped" if stopped else "forecasts.went-on"
    facts = {"reason": reason} if reason else {}
    with context.keeping(action, disease, **facts) as writing:
        held = writing.read(KIND, disease)
        body = {"stopped": stopped, "reason": reason}
        after = held.version if held else 0
        saved = writing.save(KIND, disease, body, after=after, by=context.actor.id)
    return Stop(disease, saved.by, saved.at, reason)
