"""The decision on a case: begun with what the tool showed, saved, closed, and added to.

The tool's layer is taken from the very forecast and verdicts the pages show, with the texts they
are shown by, the model's and the pack's fingerprints; nothing is computed for the record. While
ballots are open nothing of the tool enters it. Closing a record moves its case on and opens its
follow-up, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from components.charts import readings
from components.charts.readings import reading
from dashboard.answers.forecast import Chance, Forecast
from dashboard.foundation.errors import UserError
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.rules import Answer
from dashboard.meeting import decision
from dashboard.meeting.ballot import Phase, Round
from dashboard.meeting.case import BoardCase, Decided, Move, Stage
from dashboard.meeting.decision import Decision, Option
from dashboard.meeting.follow_up import USUAL_MONTHS, FollowUp
from dashboard.meeting.presenting import Spoken
from dashboard.meeting.tool_layer import Figure, ToolLayer, ToolRow
from dashboard.services.casebook import (
    EditClash,
    Held,
    case_of,
    chosen,
    done_before,
    held_of,
    paper_of,
    put,
    put_together,
)
from dashboard.services.context import Context, Permission
from dashboard.vault.store import Writing

_VERDICTS: Mapping[Answer, str] = {
    Answer.YES: "open", Answer.UNKNOWN: "undecided", Answer.NO: "not suitable",
}  # fmt: skip
EDITABLE = (
    "clinician", "board", "options", "dissent", "conditions", "responsible", "due",
    "trial_offered", "prediction_consent", "present", "checklist", "seconds",
)  # fmt: skip


def of(context: Context, case_id: str) -> Held[Decision]:
    """The decision on a case; an empty draft when there is none yet.

    Raises:
        UserError: there is no such case for whoever asks.
    """
    context.require(Permission.CASE_READ)
    case = case_of(context, case_id).paper
    held = paper_of(context, Decision, case)
    context.record("decision.read", case.pseudonym, version=held.version if held else 0)
    return held or Held(_empty(case))


def is_intact(context: Context, record: Decision) -> bool:
    """Whether a closed record is what was closed."""
    context.require(Permission.CASE_READ)
    context.record("decision.verified", record.pseudonym)
    return decision.is_intact(record)


def shown(
    context: Context, case: BoardCase, forecast: Forecast, judgement: Judgement, *, source: str,
    synthetic: bool,
) -> ToolLayer | None:  # fmt: skip
    """What the tool shows of a case, to be kept with its decision; None while ballots are open."""
    context.require(Permission.CASE_READ)
    held = paper_of(context, Round, case)
    if (held.paper if held else Round(case.id)).covers_forecast:
        return None
    pack = context.library.pack(case.disease)
    context.record("decision.tool_taken", case.pseudonym, regimens=len(case.regimens))
    rows = tuple(
        ToolRow(
            name,
            pack.regimen(name).label,
            _VERDICTS[judgement.of(name).answer],
            {
                quantity: _figure(chance)
                for quantity, chance in readings.at_month(
                    readings.of_regimen(forecast, name), case.months
                ).items()
            },
            readings.of_regimen(forecast, name).cautions,
        )
        for name in case.regimens
        if name in pack.regimens_by_id
    )
    return ToolLayer(
        forecast.bundle, pack.fingerprint, forecast.patient_fingerprint, case.months, source,
        synthetic=synthetic, taken_at=context.clock(), rows=rows,
    )  # fmt: skip


def save(
    context: Context, seen: Held[Decision], changes: Mapping[str, Any], tool: ToolLayer | None,
    *, request: str = "",
) -> Held[Decision]:  # fmt: skip
    """A record with some fields changed, put together with what others changed meanwhile.

    Args:
        context: who asks.
        seen: the record as it was when the changes were begun.
        changes: by field; see `EDITABLE`.
        tool: what the tool showed, the first time it is known; a record keeps the first.
        request: names this save, so that repeating it saves once.

    Raises:
        DecisionRefused: the record is closed.
        EditClash: somebody changed the same field differently.
    """
    context.require(Permission.DECISION_WRITE)
    case = case_of(context, seen.paper.case).paper
    decision.refuse_locked(_current(context, case, seen).paper)
    mine = _changed(context, seen.paper, changes, tool)
    with context.keeping("decision.saved", case.pseudonym, fields=len(changes)) as writing:
        before = done_before(writing, request, Decision)
        return before or put_together(context, writing, mine, seen=seen, case=case)


def settle(context: Context, clash: EditClash, keep_mine: tuple[str, ...]) -> Held[Decision]:
    """A record after a clash: mine in these fields, theirs in the others.

    Raises:
        DecisionRefused: it was closed meanwhile.
        EditClash: somebody changed it again.
    """
    context.require(Permission.DECISION_WRITE)
    seen, mine = chosen(clash, Decision, keep_mine)
    decision.refuse_locked(seen.paper)
    case = case_of(context, mine.case).paper
    with context.keeping("decision.settled", case.pseudonym, kept=len(keep_mine)) as writing:
        return put_together(context, writing, mine, seen=seen, case=case)


def advance(
    context: Context, seen: Held[Decision], to: Decided, *, spoken: Spoken | None = None,
    request: str = "",
) -> Held[Decision]:  # fmt: skip
    """A saved record made preliminary or final; final locks it and begins the follow-up.

    Args:
        context: who asks.
        seen: the record as it was seen, which is what is closed.
        to: preliminary or final.
        spoken: how long the case was spoken of, and what was ticked, where a meeting says.
        request: names this wish, so that repeating it does it once.

    Raises:
        DecisionRefused: something is wanting, or it is closed already.
        EditClash: somebody changed it after it was seen.
    """
    context.require(Permission.DECISION_WRITE)
    held = case_of(context, seen.paper.case)
    case = held.paper
    if seen.version == 0:
        raise decision.DecisionRefused(
            "Nothing has been saved yet.", hint="Save the record first.", code="not-saved"
        )
    by, at = context.actor.name, context.clock()
    record = seen.paper
    if spoken is not None and not record.is_locked:
        record = replace(
            record, seconds=int(spoken.seconds), checklist=spoken.ticks,
            present=record.present or spoken.present,
        )  # fmt: skip
    record = decision.become(record, to, by=by, at=at)
    with context.keeping(f"decision.{to}", case.pseudonym, hash=record.head) as writing:
        before = done_before(writing, request, Decision)
        if before is not None:
            return before
        _refuse_newer(writing, case, seen)
        saved = put(context, writing, record, after=seen.version, case=case)
        _move_on(context, writing, held, record)
    return saved


def add(context: Context, seen: Held[Decision], words: str) -> Held[Decision]:
    """A closed record with an addendum.

    Raises:
        DecisionRefused: it is not closed, or nothing is added.
        EditClash: somebody added to it first.
    """
    context.require(Permission.DECISION_WRITE)
    case = case_of(context, seen.paper.case).paper
    by, at = context.actor.name, context.clock()
    record = decision.amended(seen.paper, words, by=by, at=at)
    with context.keeping("decision.amended", case.pseudonym, hash=record.head) as writing:
        _refuse_newer(writing, case, seen)
        return put(context, writing, record, after=seen.version, case=case)


def _empty(case: BoardCase) -> Decision:
    options = tuple(Option(regimen) for regimen in case.regimens)
    return Decision(case.id, case.pseudonym, case.disease, options=options)


def _changed(
    context: Context, record: Decision, changes: Mapping[str, Any], tool: ToolLayer | None
) -> Decision:
    strange = [name for name in changes if name not in EDITABLE]
    if strange:
        raise ValueError(f"A decision has no field {', '.join(strange)} to change.")
    held = context.store.read("ballot", record.case)
    ended = Phase.OPEN if held is None else held_of(Round, held).paper.phase
    if tool is not None and ended is Phase.OPEN:
        raise UserError(
            "Ballots are still open, so nothing of the tool belongs to the decision yet.",
            hint="Reveal the ballots, or do without them for a reason.",
            code="ballots-open",
        )
    return replace(record, **changes, tool=record.tool or tool, ballots=str(ended))


def _current(context: Context, case: BoardCase, seen: Held[Decision]) -> Held[Decision]:
    return paper_of(context, Decision, case) or seen


def _refuse_newer(writing: Writing, case: BoardCase, seen: Held[Decision]) -> None:
    """Closing is for what was seen: whatever somebody changed since has to be looked at first."""
    from dashboard.meeting.merging import merge
    from dashboard.meeting.written import to_body

    current = writing.read("decision", case.id)
    if current is not None and current.version != seen.version:
        raise EditClash(current, merge({}, to_body(seen.paper), current.body))


def _move_on(context: Context, writing: Writing, held: Held[BoardCase], record: Decision) -> None:
    """The case follows its decision: discussed when there is one, followed up when it is final."""
    case, by, at = held.paper, context.actor.name, context.clock()
    steps = [Stage.DISCUSSED] if case.stage in (Stage.READY, Stage.BACKLOG) else []
    if record.state is Decided.FINAL and case.stage is not Stage.FOLLOW_UP:
        steps.append(Stage.FOLLOW_UP)
    for to in steps:
        move = Move(case.stage, to, by, at, f"The decision became {record.state}")
        case = replace(case, stage=to, moves=(*case.moves, move))
    if steps:
        put(context, writing, case, after=held.version, case=case)
    if record.state is Decided.FINAL:
        followed = FollowUp(case.id, case.pseudonym, record.decided_on or at.date(), USUAL_MONTHS)
        if writing.read("follow_up", case.id) is None:
            put(context, writing, followed, after=0, case=case)


def _figure(chance: Chance | None) -> Figure | None:
    found = reading(chance)
    if chance is None or found is None:
        return None
    return Figure(chance.p, chance.low, chance.high, chance.level, found.text)
