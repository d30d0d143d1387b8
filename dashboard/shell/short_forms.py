"""The short forms of a case: why facts are let pass, why a step back, an event, an addendum.

What is typed into one is kept as a draft while it is typed, as the longer forms are in `editing`,
and forgotten only after what it was typed for has been done.
"""

from __future__ import annotations

import streamlit as st

from components.widgets import board_case as shown
from components.widgets import decision as records
from dashboard.meeting.case import STEPS, BoardCase
from dashboard.meeting.decision import Decision
from dashboard.meeting.gate import Gate
from dashboard.services import cases, decisions, drafts
from dashboard.services.casebook import Held
from dashboard.services.context import Context
from dashboard.shell import session

_PASS, _STEP, _EVENT, _ADDENDUM = "let-pass", "step", "event", "addendum"
_WORDS = "words"


def let_pass(context: Context, held: Held[BoardCase], gate: Gate) -> None:
    """Let the missing facts of a case pass, for a reason."""
    case = held.paper
    start = _typed(context, case, _PASS)
    reason, pressed = shown.let_pass(gate, case, start, key=f"case.{case.id}.gate")
    if not pressed:
        _keep(context, case, _PASS, reason)
        return
    cases.let_pass(context, held, gate.open_facts, reason)
    _done(context, case, _PASS)


def take_step(context: Context, held: Held[BoardCase], gate: Gate) -> None:
    """Take a case on, or back for a reason."""
    case = held.paper
    wanting = cases.wants(context, case, STEPS[case.stage][0], gate)
    start = _typed(context, case, _STEP)
    to, reason = shown.choose_step(case, wanting, start, key=f"case.{case.id}.step")
    if to is None:
        _keep(context, case, _STEP, reason)
        return
    cases.step(context, held, to, gate, reason=reason)
    _done(context, case, _STEP)


def add_event(context: Context, held: Held[BoardCase]) -> None:
    """Add something dated that the record does not hold."""
    case = held.paper
    start, key = _typed(context, case, _EVENT), f"case.{case.id}.event{len(case.events)}"
    words, event = shown.add_event(start, key=key)
    if event is None:
        _keep(context, case, _EVENT, words)
        return
    cases.save(context, held, {"events": (*case.events, event)})
    _done(context, case, _EVENT)


def add_to_decision(context: Context, case: BoardCase, held: Held[Decision]) -> None:
    """Add to a decision that is locked."""
    start = _typed(context, case, _ADDENDUM)
    key = f"decision.{case.id}.addendum{len(held.paper.addenda)}"
    words, pressed = records.addendum(start, key=key)
    if not pressed:
        _keep(context, case, _ADDENDUM, words)
        return
    decisions.add(context, held, words)
    session.say("Added to the decision.")
    _done(context, case, _ADDENDUM)


def _typed(context: Context, case: BoardCase, form: str) -> str:
    found = drafts.find(context, case, form)
    return str(found.fields.get(_WORDS, "")) if found else ""


def _keep(context: Context, case: BoardCase, form: str, words: str) -> None:
    if words.strip():
        drafts.keep(context, case, form, {_WORDS: words}, base=0)
    else:
        drafts.discard(context, case, form)


def _done(context: Context, case: BoardCase, form: str) -> None:
    drafts.discard(context, case, form)
    st.rerun()
