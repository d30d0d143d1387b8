"""Cases for the pages of the meeting: made through the services, at any point of their way."""

from __future__ import annotations

from dataclasses import replace

from dashboard.meeting.case import Decided, Stage
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import View
from dashboard.services import ballots, cases, decisions, intake
from dashboard.services.casebook import Held
from dashboard.services.context import Context
from dashboard.shell import wiring

SAMPLE = "SYN-NSCLC-02"
REGIMENS = ("docetaxel", "osimertinib")
QUESTION = "Which first line?"


def owner() -> Context:
    """The context of the pages."""
    return wiring.context()


def in_backlog(name: str = SAMPLE, pseudonym: str = "") -> Held:
    """A case that was just opened."""
    who = next(s.patient for s in intake.samples(owner()) if s.id == name)
    return cases.open_case(owner(), replace(who, id=pseudonym or who.id), REGIMENS)


def ready(pseudonym: str = "") -> Held:
    """A case on today's agenda, its missing facts let pass."""
    held = cases.save(owner(), in_backlog(pseudonym=pseudonym), {"questions": (QUESTION,)})
    gate = cases.missing(owner(), held.paper, cases.patient(owner(), held.paper))
    held = cases.let_pass(owner(), held, gate.open_facts, "tissue used up")
    return cases.step(owner(), held, Stage.READY, gate)


def without_ballots(held: Held) -> Held:
    """The same, its forecast open."""
    ballots.do_without(owner(), held.paper.id, "one person")
    return held


def decided(to: Decided = Decided.FINAL) -> Held:
    """A case with a decision."""
    held = without_ballots(ready())
    board = View(Choice.REGIMEN, "docetaxel", Stance.NOT_USED, ("wish",), "asked for it")
    changes = {
        "board": board, "responsible": "Dr Noor", "due": owner().today, "trial_offered": Said.NO,
        "prediction_consent": Said.YES,
    }  # fmt: skip
    record = decisions.save(owner(), decisions.of(owner(), held.paper.id), changes, None)
    decisions.advance(owner(), record, to)
    return held
