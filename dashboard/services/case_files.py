"""A case of the board taken out as a sealed file, and brought back.

The file's form and seal are the meeting's matter (`meeting.case_file`); here stand who may do it,
with which key, and what becomes of a case that is still here.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from dashboard.meeting import case_file
from dashboard.meeting.ballot import Round
from dashboard.meeting.case import BoardCase, Move
from dashboard.meeting.case_file import Seal
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import FollowUp
from dashboard.meeting.snapshot import recalled
from dashboard.records.pseudonyms import site_key
from dashboard.records.reading import Reading
from dashboard.services.casebook import Held, absent, case_of, may_see, paper_of, put
from dashboard.services.context import Context, Permission
from dashboard.services.release import reason_to_identify

_TOKEN_BYTES = 12


def hand_out(context: Context, case_id: str, *, reason: str = "") -> bytes:
    """A case with its papers as a signed file.

    Its texts go as they were typed and its patient as they are on record, for a seal holds nothing
    else; a case of a real patient is therefore handed out for a reason only.

    Raises:
        UserError: there is none of this address for whoever asks, or no reason.
    """
    context.require(Permission.PATIENT_EXPORT)
    case = case_of(context, case_id).paper
    facts = {} if case.synthetic else {"reason": reason_to_identify(context, reason)}
    decision, ballots = paper_of(context, Decision, case), paper_of(context, Round, case)
    found: dict[str, Decision | Round | FollowUp] = {}
    if decision:
        found["decision"] = decision.paper
    if ballots:
        found["ballots"] = ballots.paper
    if followed := paper_of(context, FollowUp, case):
        found["follow_up"] = followed.paper
    context.record("case.handed_out", case.pseudonym, papers=len(found), **facts)
    return case_file.write(case, found, _key(context))


def bring_back(context: Context, content: bytes) -> tuple[Held[BoardCase], Seal]:
    """A case from a file that was handed out, as a case of its own; and what its seal says.

    A case that is still here keeps its id and is not touched: the file becomes a further case.

    Raises:
        UserError: the file is none, or was changed since it was written.
    """
    context.require(Permission.CASE_WRITE)
    brought = case_file.read(content, _key(context))
    by, at = context.actor, context.clock()
    there = context.store.read("case", brought.case.id)
    came = Move(brought.case.stage, brought.case.stage, by.name, at, "Brought back from a file")
    case = replace(
        brought.case, id=secrets.token_urlsafe(_TOKEN_BYTES) if there else brought.case.id,
        team=(by.id,), moves=(*brought.case.moves, came),
    )  # fmt: skip
    if not may_see(context, case):
        raise absent()
    reading = Reading(context.library, context.today, case.disease, {}, {}, by.name)
    recalled(case, reading)  # raises where the snapshot does not fit
    with context.keeping("case.brought_back", case.pseudonym) as writing:
        held = put(context, writing, case, after=0, case=case)
        for paper in brought.papers:
            own = paper if isinstance(paper, Decision) else replace(paper, case=case.id)
            put(context, writing, own, after=0, case=case)  # a decision stays as it was hashed
    return held, brought.seal


def _key(context: Context) -> bytes:
    return site_key(context.settings.site_key_file).secret
