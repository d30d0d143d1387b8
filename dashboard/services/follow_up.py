"""What became of the board's decisions: what is due, what was entered, how good estimates were.

Follow-up begins when a decision is final. The board's and the model's estimates are scored on the
same cases: those with revealed ballots that spoke of the regimen given, the model's figure kept in
the decision, and a response that is known.
"""

from __future__ import annotations

from dashboard.foundation.errors import UserError
from dashboard.foundation.seeds import generator
from dashboard.meeting import brier, follow_up
from dashboard.meeting.ballot import Phase, Round, board_chance
from dashboard.meeting.brier import Comparison, Judged
from dashboard.meeting.case import BoardCase
from dashboard.meeting.choices import Choice
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import Due, Entry, FollowUp
from dashboard.services.casebook import Held, case_of, paper_of, papers, put_together, seen_cases
from dashboard.services.context import Context, Permission

_SEED = 1
_RESPONSE = "response"


def due(context: Context) -> tuple[Due, ...]:
    """What is to be asked, the most overdue first; what is not due yet at the end."""
    context.require(Permission.CASE_READ)
    cases = _cases(context)
    found = follow_up.all_due(
        [held.paper for held in papers(context, FollowUp, cases)], context.today
    )
    context.record("follow_up.listed", due=len(found))
    return found


def begun(context: Context) -> tuple[FollowUp, ...]:
    """Every follow-up that has begun, whether or not anything is to be asked; by pseudonym."""
    context.require(Permission.CASE_READ)
    found = [held.paper for held in papers(context, FollowUp, _cases(context))]
    context.record("follow_up.begun_listed", cases=len(found))
    return tuple(sorted(found, key=lambda held: held.pseudonym))


def of(context: Context, case_id: str) -> Held[FollowUp]:
    """The follow-up of a case.

    Raises:
        UserError: there is no such case for whoever asks, or its decision is not final.
    """
    context.require(Permission.CASE_READ)
    case = case_of(context, case_id).paper
    held = paper_of(context, FollowUp, case)
    context.record("follow_up.read", case.pseudonym)
    if held is None:
        raise UserError(
            "There is nothing to follow up yet.",
            hint="Follow-up begins when the decision of the case is final.",
            code="no-follow-up",
        )
    return held


def blank(context: Context, held: FollowUp, record: Decision) -> Entry:
    """The entry that a form begins with: the month that is asked, today, nothing known."""
    context.require(Permission.CASE_READ)
    context.record("follow_up.begun", held.pseudonym)
    asked = follow_up.due(held, context.today)
    return Entry(
        asked.month if asked else max(held.months), context.today, context.actor.name,
        context.clock(), given=record.board.regimen,
    )  # fmt: skip


def enter(context: Context, seen: Held[FollowUp], entry: Entry) -> Held[FollowUp]:
    """The follow-up with an entry added.

    Raises:
        EntryRefused: the entry contradicts itself.
        EditClash: somebody entered something first.
    """
    context.require(Permission.DECISION_WRITE)
    case = case_of(context, seen.paper.case).paper
    changed = follow_up.with_entry(seen.paper, entry)
    with context.keeping("follow_up.entered", case.pseudonym, month=entry.month) as writing:
        return put_together(context, writing, changed, seen=seen, case=case)


def scores(context: Context) -> Comparison:
    """The board's Brier score and the model's, on the decided cases with a known response."""
    context.require(Permission.CASE_READ)
    cases = _cases(context)
    decisions = {held.paper.case: held.paper for held in papers(context, Decision, cases)}
    rounds = {held.paper.case: held.paper for held in papers(context, Round, cases)}
    found = [
        judged
        for held in papers(context, FollowUp, cases)
        if (judged := _judged(held.paper, decisions, rounds)) is not None
    ]
    context.record("follow_up.scored", cases=len(found))
    return brier.compare(found, generator(_SEED, "brier", len(found)))


def _cases(context: Context) -> dict[str, BoardCase]:
    return {held.paper.id: held.paper for held in seen_cases(context)}


def _judged(
    followed: FollowUp, decisions: dict[str, Decision], rounds: dict[str, Round]
) -> Judged | None:
    """A case on which both can be scored; None where one of them said nothing."""
    record, held = decisions.get(followed.case), rounds.get(followed.case)
    responded = followed.responded
    if record is None or held is None or record.tool is None or responded is None:
        return None
    given = next((e.given for e in reversed(followed.entries) if e.given), "")
    regimen = given or (record.board.regimen if record.board.choice is Choice.REGIMEN else "")
    row = record.tool.of(regimen)
    figure = row.figures.get(_RESPONSE) if row else None
    own = board_chance(held, regimen) if held.phase is Phase.REVEALED else None
    if figure is None or own is None:
        return None
    return Judged(followed.case, own, figure.p, responded)
