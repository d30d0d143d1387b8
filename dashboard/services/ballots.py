"""Ballots of a board: given blind, revealed by the chair, or done without for a reason.

Every member gives their own; on a local installation, where one person is signed in, members are
told apart by the name they give. Before the reveal nobody is handed another's ballot, whatever page
asks. How a round ended is written down and becomes part of the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dashboard.meeting import ballot
from dashboard.meeting.ballot import Ballot, Round
from dashboard.meeting.case import BoardCase
from dashboard.services.casebook import Held, case_of, change_whatever_is_there, paper_of, put
from dashboard.services.context import Context, Permission, Role


def of(context: Context, case_id: str, member: str = "") -> Round:
    """The round of a case as a member may see it.

    Raises:
        UserError: there is no such case for whoever asks.
    """
    context.require(Permission.CASE_READ)
    case = case_of(context, case_id).paper
    held = paper_of(context, Round, case)
    context.record("ballots.read", case.pseudonym)
    found = held.paper if held else Round(case.id)
    return found.seen_by(member_id(context, member))


def member_id(context: Context, name: str) -> str:
    """Who gives a ballot: whoever is signed in; at a local installation the name that is given."""
    return name.strip().casefold() if context.actor.role is Role.OWNER else context.actor.id


def give(
    context: Context, case_id: str, name: str, choice: str, *, confidence: float,
    chances: Mapping[str, float],
) -> Round:  # fmt: skip
    """A member's own ballot; their former one is replaced while the round is open.

    Raises:
        BallotRefused: after the reveal, without a name, or with figures that are no chances.
    """
    context.require(Permission.DECISION_WRITE)
    member = member_id(context, name)
    if not member:
        raise ballot.BallotRefused(
            "A ballot needs a name.", hint="Say whose it is.", code="no-name"
        )
    shown = name.strip() if context.actor.role is Role.OWNER else context.actor.name
    own = Ballot(member, shown, choice, confidence, dict(chances))
    at = context.clock()
    held = _change(context, case_id, "ballot.given", lambda there: ballot.cast(there, own, at))
    return held.paper.seen_by(member)


def reveal(context: Context, case_id: str) -> Round:
    """The round with every ballot open; none can be given afterwards.

    Raises:
        BallotRefused: nobody has given one.
    """
    context.require(Permission.DECISION_WRITE)
    by, at = context.actor.name, context.clock()
    change = _change(
        context, case_id, "ballots.revealed", lambda there: ballot.reveal(there, by=by, at=at)
    )
    return change.paper


def do_without(context: Context, case_id: str, reason: str) -> Round:
    """The round switched off, so that the forecast is shown without ballots.

    Raises:
        BallotRefused: without a reason, or when ballots were given.
    """
    context.require(Permission.DECISION_WRITE)
    by, at = context.actor.name, context.clock()

    def off(there: Round) -> Round:
        return ballot.do_without(there, by=by, at=at, reason=reason)

    return _change(context, case_id, "ballots.done_without", off).paper


def _change(
    context: Context, case_id: str, action: str, change: Callable[[Round], Round]
) -> Held[Round]:
    """Members vote at the same time: a change is made on whatever is there."""
    case: BoardCase = case_of(context, case_id).paper

    def attempt() -> Held[Round]:
        held = paper_of(context, Round, case) or Held(Round(case.id))
        changed = change(held.paper)
        with context.keeping(action, case.pseudonym, ballots=len(changed.ballots)) as writing:
            return put(context, writing, replace(changed, case=case.id), after=held.version,
                       case=case)  # fmt: skip

    return change_whatever_is_there(attempt)
