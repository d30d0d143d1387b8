"""Another team's case in an emergency: read for hours, for a reason, under the auditors' eyes.

Switched off until whoever runs the installation switches it on. It opens the papers of one patient
for reading alone; nothing can be changed and nothing is handed out by it, because the other
services do not know of it. Opening is written down with its reason, and every later look as well;
auditors see who opened what.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import BoardCase
from dashboard.meeting.decision import Decision
from dashboard.meeting.emergency import Access, Opened
from dashboard.meeting.snapshot import recalled
from dashboard.records.reading import Reading
from dashboard.services.casebook import held_of, may_see, paper_of
from dashboard.services.context import Context, Permission
from dashboard.services.release import SHORTEST_REASON
from dashboard.vault.record import Record

KIND = "emergency"
LASTS = timedelta(hours=4)
TOLD_FOR = timedelta(days=30)  # to auditors, on their page; the audit log tells it for good
_TOKEN_BYTES = 8


def open_papers(context: Context, pseudonym: str, reason: str) -> tuple[Opened, ...]:
    """The papers of a patient of another team, open for some hours from now.

    Args:
        context: who asks.
        pseudonym: of the patient, exactly.
        reason: why it cannot wait for the team.

    Raises:
        UserError: it is switched off, there is no reason, or no such case of another team.
    """
    context.require(Permission.EMERGENCY)
    name, said = pseudonym.strip(), " ".join(reason.split())
    if not context.settings.emergency_access:
        raise UserError(
            "Emergency access is switched off here.",
            hint="Ask the team of the case, or whoever runs this installation "
            "(CONCORD_EMERGENCY_ACCESS). Nothing was opened.",
            code="emergency-off",
        )
    if len(said) < SHORTEST_REASON:
        raise UserError(
            "Another team's case is opened for a reason only.",
            hint=f"Say in at least {SHORTEST_REASON} letters why it cannot wait.",
            code="no-reason",
        )
    found = _of_others(context, name)
    if not found:
        context.record("emergency.nothing-found", reason=said)
        raise UserError(
            "There is no case of another team under this pseudonym.",
            hint="Enter the pseudonym as it stands on the paper; your own cases are on the list. "
            "That you asked was written down.",
            code="no-case",
        )
    until = context.clock() + LASTS
    body = {
        "person": context.actor.id, "reason": said, "until": until.isoformat(),
        "cases": [case.id for case in found],
    }  # fmt: skip
    facts: dict[str, str | int] = {"cases": len(found), "reason": said, "until": until.isoformat()}
    with context.keeping("emergency.opened", name, **facts) as writing:
        id_ = secrets.token_hex(_TOKEN_BYTES)
        writing.save(KIND, id_, body, after=0, by=context.actor.id, subject=name)
    return tuple(_papers(context, case, until) for case in found)


def still_open(context: Context) -> tuple[Opened, ...]:
    """What whoever asks opened and may still read; each look is written down."""
    context.require(Permission.EMERGENCY)
    found, now = [], context.clock()
    for record in context.store.all(KIND) if context.settings.emergency_access else ():
        access = _access(record)
        if access.person != context.actor.id or not access.at <= now < access.until:
            continue
        for case in _of_others(context, access.pseudonym):
            if case.id in record.body["cases"]:
                context.record("emergency.read", access.pseudonym)
                found.append(_papers(context, case, access.until))
    return tuple(found)


def accesses(context: Context) -> tuple[Access, ...]:
    """Who opened another team's papers of late, the newest first; for auditors."""
    context.require(Permission.AUDIT_READ)
    since = context.clock() - TOLD_FOR
    found = [access for record in context.store.all(KIND)
             if (access := _access(record)).at >= since]  # fmt: skip
    context.record("emergency.listed", accesses=len(found))
    return tuple(sorted(found, key=lambda access: access.at, reverse=True))


def _of_others(context: Context, pseudonym: str) -> list[BoardCase]:
    held = (held_of(BoardCase, record).paper for record in context.store.all("case"))
    return [case for case in held
            if case.pseudonym == pseudonym and not may_see(context, case)]  # fmt: skip


def _papers(context: Context, case: BoardCase, until: datetime) -> Opened:
    reading = Reading(context.library, context.today, case.disease, {}, {}, context.actor.name)
    held = paper_of(context, Decision, case)
    decided = None if held is None else held.paper
    return Opened(case, recalled(case, reading).patient, decided, until)


def _access(record: Record) -> Access:
    body = record.body
    until = datetime.fromisoformat(body["until"])
    return Access(str(body["person"]), record.subject, str(body["reason"]), record.at, until)
