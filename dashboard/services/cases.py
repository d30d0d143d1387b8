"""The board's cases: opened, listed, prepared, let pass, moved, handed out and brought back.

A case is sealed under its patient's key and seen by its team alone; another's case looks as if it
were not there. Its id is a random token, so that an address names nobody. What is typed is kept as
a draft by `drafts` and becomes part of the case when it is saved here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.answers.forecast import Forecast
from dashboard.foundation.errors import UserError
from dashboard.meeting import agenda, gate
from dashboard.meeting.case import (
    MOST_REGIMENS,
    BoardCase,
    Decided,
    Stage,
    Standing,
    moved,
    waived,
    wanting,
)
from dashboard.meeting.decision import Decision
from dashboard.meeting.gate import Gate
from dashboard.meeting.snapshot import Recalled, recalled, snapshot_of, with_patient
from dashboard.records.patient import Patient
from dashboard.records.reading import Reading
from dashboard.services.casebook import (
    EditClash,
    Held,
    absent,
    case_of,
    chosen,
    done_before,
    held_of,
    may_see,
    paper_of,
    put,
    put_together,
    seen_cases,
)
from dashboard.services.consents import Purpose, word_on
from dashboard.services.context import Context, Permission, Role

_TOKEN_BYTES = 12
EDITABLE = (
    "urgency", "prepared_by", "meets_on", "team", "questions", "wishes", "goals", "performance",
    "comorbidity", "regimens", "months", "teaching", "events",
)  # fmt: skip


def listed(context: Context) -> tuple[BoardCase, ...]:
    """Every case that whoever asks may see, in the order of the agenda."""
    found = [held.paper for held in seen_cases(context)]
    context.record("cases.listed", cases=len(found))
    return agenda.in_order(found)


def damaged(context: Context) -> int:
    """How many cases cannot be shown because they are not what was saved."""
    context.require(Permission.CASE_READ)
    found = len(context.store.damaged("case"))
    context.record("cases.checked", damaged=found)
    return found


def open_case(
    context: Context, patient: Patient, regimens: Sequence[str] = (), *, request: str = ""
) -> Held[BoardCase]:
    """A new case in the backlog, of the patient as they are now.

    Args:
        context: who asks; they are the first of its team, and prepare it.
        patient: of the case.
        regimens: those the board will weigh first.
        request: names this wish, so that asking twice opens one case.

    Raises:
        UserError: whoever asks may open teaching cases only, and this is none.
    """
    context.require(Permission.CASE_WRITE)
    found = gate.gate_of(patient, context.library.pack(patient.disease))
    case = BoardCase(
        id=secrets.token_urlsafe(_TOKEN_BYTES),
        pseudonym=patient.id,
        disease=patient.disease,
        snapshot=snapshot_of(patient),
        fingerprint=patient.fingerprint,
        synthetic=patient.synthetic,
        prepared_by=context.actor.name,
        meets_on=context.today,
        team=(context.actor.id,),
        regimens=tuple(regimens[:MOST_REGIMENS]),
        teaching=context.actor.role is Role.EDUCATOR,
        known=found.known,
        core=found.core,
        opened_by=context.actor.name,
        opened_at=context.clock(),
    )
    _refuse_untaught(context, case, patient)
    with context.keeping("case.opened", patient.id) as writing:
        before = done_before(writing, request, BoardCase)
        return before or put(context, writing, case, after=0, case=case)


def read(context: Context, case_id: str) -> Held[BoardCase]:
    """One case.

    Raises:
        UserError: there is none of this address for whoever asks.
    """
    context.require(Permission.CASE_READ)
    held = case_of(context, case_id)
    context.record("case.read", held.paper.pseudonym, version=held.version)
    return held


def find(context: Context, case_id: str) -> Held[BoardCase] | None:
    """One case, or None where there is none of this address for whoever asks."""
    context.require(Permission.CASE_READ)
    record = context.store.read("case", case_id)
    held = None if record is None else held_of(BoardCase, record)
    if held is None or not may_see(context, held.paper):
        return None
    context.record("case.read", held.paper.pseudonym, version=held.version)
    return held


def patient(context: Context, case: BoardCase) -> Patient:
    """The patient of a case, as they were when the snapshot was taken.

    Raises:
        UserError: the snapshot does not hold them.
    """
    context.require(Permission.CASE_READ)
    context.record("case.patient", case.pseudonym)
    return _recalled(context, case).patient


def no_longer_known(context: Context, case: BoardCase) -> tuple[str, ...]:
    """What of a case the pack of its disease has dropped since, in words; the case keeps it.

    Raises:
        UserError: the snapshot does not hold the patient it was taken of.
    """
    context.require(Permission.CASE_READ)
    found = _recalled(context, case).lost
    context.record("case.compared", case.pseudonym, lost=len(found))
    return found


def missing(
    context: Context, case: BoardCase, who: Patient, forecast: Forecast | None = None
) -> Gate:
    """What is missing of a case's patient, by what each fact would change."""
    context.require(Permission.CASE_READ)
    pack = context.library.pack(case.disease)
    found = gate.gate_of(who, pack, case.regimens, forecast.missing if forecast else ())
    context.record("case.gate", case.pseudonym, missing=len(found.missing))
    return found


def save(
    context: Context, seen: Held[BoardCase], changes: Mapping[str, Any], *, request: str = ""
) -> Held[BoardCase]:
    """A case with some of its fields changed, put together with what others changed meanwhile.

    Args:
        context: who asks.
        seen: the case as it was when the changes were begun.
        changes: by field; see `EDITABLE`.
        request: names this save, so that repeating it saves once.

    Raises:
        EditClash: somebody changed the same field differently.
        UserError: a field cannot hold what was typed.
    """
    context.require(Permission.CASE_WRITE)
    strange = [name for name in changes if name not in EDITABLE]
    if strange:
        raise ValueError(f"A case has no field {', '.join(strange)} to change.")
    mine = replace(seen.paper, **changes)
    _refuse_unfit(mine)
    _refuse_writing(context, seen.paper)
    if mine.teaching and not seen.paper.teaching:
        _refuse_untaught(context, mine, _recalled(context, mine).patient)
    with context.keeping("case.saved", mine.pseudonym, fields=len(changes)) as writing:
        before = done_before(writing, request, BoardCase)
        return before or put_together(context, writing, mine, seen=seen, case=mine)


def settle(context: Context, clash: EditClash, keep_mine: tuple[str, ...]) -> Held[BoardCase]:
    """A case after a clash: mine in these fields, theirs in the others.

    Raises:
        EditClash: somebody changed it again meanwhile.
    """
    context.require(Permission.CASE_WRITE)
    seen, mine = chosen(clash, BoardCase, keep_mine)
    _refuse_writing(context, seen.paper)
    if mine.teaching and not case_of(context, mine.id).paper.teaching:
        _refuse_untaught(context, mine, _recalled(context, mine).patient)
    with context.keeping("case.settled", mine.pseudonym, kept=len(keep_mine)) as writing:
        return put_together(context, writing, mine, seen=seen, case=mine)


def renew(context: Context, seen: Held[BoardCase], who: Patient) -> Held[BoardCase]:
    """A case with its patient as they are now.

    Raises:
        UserError: another patient.
    """
    context.require(Permission.CASE_WRITE)
    _refuse_writing(context, seen.paper)
    found = gate.gate_of(who, context.library.pack(who.disease))
    case = with_patient(seen.paper, who, found.known, found.core)
    with context.keeping("case.renewed", case.pseudonym) as writing:
        return put_together(context, writing, case, seen=seen, case=case)


def let_pass(
    context: Context, seen: Held[BoardCase], facts: Sequence[str], reason: str
) -> Held[BoardCase]:
    """A case whose missing facts are let pass.

    Raises:
        StepRefused: without a reason.
    """
    context.require(Permission.CASE_WRITE)
    _refuse_writing(context, seen.paper)
    by, at = context.actor.name, context.clock()
    case = waived(seen.paper, tuple(facts), by=by, at=at, reason=reason)
    with context.keeping("case.waived", case.pseudonym, facts=len(facts)) as writing:
        return put_together(context, writing, case, seen=seen, case=case)


def wants(context: Context, case: BoardCase, to: Stage, found: Gate) -> tuple[str, ...]:
    """What a case still needs for a step, in words."""
    context.require(Permission.CASE_READ)
    context.record("case.judged", case.pseudonym, to=str(to))
    return wanting(case, to, _standing(context, case, found))


def step(
    context: Context, seen: Held[BoardCase], to: Stage, found: Gate, *, reason: str = ""
) -> Held[BoardCase]:
    """A case after a step.

    Raises:
        StepRefused: its conditions are not met; all are told.
        EditClash: somebody else moved it first.
    """
    context.require(Permission.CASE_WRITE)
    _refuse_writing(context, seen.paper)
    by, at = context.actor.name, context.clock()
    standing = _standing(context, seen.paper, found)
    case = moved(seen.paper, to, standing, by=by, at=at, reason=reason)
    with context.keeping("case.moved", case.pseudonym, to=str(to)) as writing:
        return put_together(context, writing, case, seen=seen, case=case)


def earlier(context: Context, case_id: str) -> tuple[Held[BoardCase], ...]:
    """Every version of a case, the oldest first."""
    context.require(Permission.CASE_READ)
    case = case_of(context, case_id).paper
    found = tuple(held_of(BoardCase, record) for record in context.store.history("case", case.id))
    context.record("case.history", case.pseudonym, versions=len(found))
    return found


def _standing(context: Context, case: BoardCase, found: Gate) -> Standing:
    held = paper_of(context, Decision, case)
    return Standing(found.open_facts, held.paper.state if held else Decided.NOT)


def _recalled(context: Context, case: BoardCase) -> Recalled:
    return recalled(case, _reading(context, case.disease))


def _reading(context: Context, disease: str) -> Reading:
    return Reading(context.library, context.today, disease, {}, {}, context.actor.name)


def _refuse_writing(context: Context, case: BoardCase) -> None:
    """Others' cases are absent; who may see teaching cases only may write those only."""
    if not may_see(context, case):
        raise absent()


def _refuse_unfit(case: BoardCase) -> None:
    if len(case.regimens) > MOST_REGIMENS:
        raise UserError(
            f"A board weighs at most {MOST_REGIMENS} regimens at once.",
            hint="Take some away.",
            code="too-many-regimens",
        )
    if not case.team:
        raise UserError(
            "A case needs at least one member in its team.",
            hint="Without one nobody could open it again.",
            code="no-team",
        )


def _refuse_untaught(context: Context, case: BoardCase, who: Patient) -> None:
    """A real patient's case is for teaching only with their consent; the kept word goes first."""
    if not case.teaching or who.synthetic:
        return
    said = word_on(context.store, who.id, Purpose.TEACHING)
    if not (who.consent.allows("teaching") if said is None else said):
        raise UserError(
            "This patient has not agreed to teaching.",
            hint="A case of theirs cannot be marked for teaching. Use an invented patient, or "
            "record the consent first.",
            code="no-teaching-consent",
        )
