"""A case of the board: the patient as they were, what is asked, who prepares, how far it is.

A case holds a snapshot of the patient (see `snapshot`), so that what was discussed can be read
again exactly. It goes from backlog to ready, discussed and follow-up; each step has its conditions,
told in words all at once, and leaves a trace. Deciding and predicting are other modules' matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dashboard.foundation.errors import UserError

MOST_REGIMENS = 6
LONGEST_TEXT = 4000  # characters of one remark; longer texts belong into the record of care


class Stage(StrEnum):
    """How far a case is."""

    BACKLOG = "backlog"
    READY = "ready"
    DISCUSSED = "discussed"
    FOLLOW_UP = "follow-up"


class Urgency(StrEnum):
    """How soon the board has to speak of it."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


class Decided(StrEnum):
    """How far the decision of a case is."""

    NOT = "not decided"
    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    FINAL = "final"


class StepRefused(UserError):
    """A step of a case whose conditions are not met."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody let a case pass with facts missing, and said why."""

    reason: str
    by: str
    at: datetime
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One step that was taken."""

    came_from: Stage
    went_to: Stage
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something dated that the record does not hold: a biopsy, a scan, the patient's own word."""

    kind: str
    on: date
    label: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class BoardCase:
    """One case of the board."""

    id: str
    pseudonym: str
    disease: str
    snapshot: str  # the patient as a case file
    fingerprint: str  # of the patient in the snapshot
    synthetic: bool = False
    stage: Stage = Stage.BACKLOG
    urgency: Urgency = Urgency.ROUTINE
    prepared_by: str = ""
    meets_on: date | None = None
    team: tuple[str, ...] = ()  # ids of those who may see it
    questions: tuple[str, ...] = ()
    wishes: str = ""
    goals: str = ""
    performance: str = ""
    comorbidity: str = ""
    regimens: tuple[str, ...] = ()  # those the board will weigh
    months: int = 12
    teaching: bool = False
    events: tuple[Event, ...] = ()
    known: int = 0  # core facts known, when the case was last saved
    core: int = 0
    waiver: Waiver | None = None
    moves: tuple[Move, ...] = ()
    opened_by: str = ""
    opened_at: datetime | None = None

    @property
    def completeness(self) -> float:
        """The share of the core facts that is known; of no core, all of it."""
        return self.known / self.core if self.core else 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a step is judged by, besides the case itself."""

    open_facts: tuple[str, ...] = ()  # labels of the missing facts that hold the case up
    decided: Decided = Decided.NOT


STEPS: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.BACKLOG: (Stage.READY,),
    Stage.READY: (Stage.DISCUSSED, Stage.BACKLOG),
    Stage.DISCUSSED: (Stage.FOLLOW_UP, Stage.READY),
    Stage.FOLLOW_UP: (Stage.READY,),
}
_BACK = {(Stage.READY, Stage.BACKLOG), (Stage.DISCUSSED, Stage.READY),
         (Stage.FOLLOW_UP, Stage.READY)}  # fmt: skip


def wanting(case: BoardCase, to: Stage, standing: Standing) -> tuple[str, ...]:
    """What a case still needs for a step, in words; nothing when it may be taken."""
    if to not in STEPS[case.stage]:
        return (f"A case does not go from {case.stage} to {to}.",)
    if (case.stage, to) in _BACK:
        return (
            ("It is final; open a new case for a new question.",)
            if _is_closed(case, to, standing)
            else ()
        )
    if to is Stage.READY:
        return _for_ready(case, standing)
    if to is Stage.DISCUSSED and standing.decided in (Decided.NOT, Decided.DRAFT):
        return ("A preliminary or final decision is needed.",)
    if to is Stage.FOLLOW_UP and standing.decided is not Decided.FINAL:
        return ("The decision has to be final.",)
    return ()


def moved(
    case: BoardCase, to: Stage, standing: Standing, *, by: str, at: datetime, reason: str = ""
) -> BoardCase:
    """The case after a step.

    Raises:
        StepRefused: its conditions are not met; all of them are told.
    """
    missing = list(wanting(case, to, standing))
    if (case.stage, to) in _BACK and not reason.strip():
        missing.append("A step back needs a reason.")
    if missing:
        raise StepRefused(
            f"The case cannot become {to} yet.", hint=" ".join(missing), code="step-refused"
        )
    step = Move(case.stage, to, by, at, reason.strip())
    return replace(case, stage=to, moves=(*case.moves, step))


def waived(case: BoardCase, missing: tuple[str, ...], *, by: str, at: datetime, reason: str
           ) -> BoardCase:  # fmt: skip
    """The case with the missing facts let pass.

    Raises:
        StepRefused: without a reason.
    """
    if not reason.strip():
        raise StepRefused(
            "Missing facts are let pass with a reason only.",
            hint="Say why the board can speak of the case without them.",
            code="waiver-reason",
        )
    return replace(case, waiver=Waiver(reason.strip(), by, at, missing))


def _is_closed(case: BoardCase, to: Stage, standing: Standing) -> bool:
    final = standing.decided is Decided.FINAL
    return case.stage is Stage.DISCUSSED and to is Stage.READY and final


def _for_ready(case: BoardCase, standing: Standing) -> tuple[str, ...]:
    found = []
    if not any(question.strip() for question in case.questions):
        found.append("A question for the board is needed.")
    if not case.prepared_by.strip():
        found.append("Somebody has to prepare it.")
    let_pass = set(case.waiver.missing) if case.waiver else set()
    still = [fact for fact in standing.open_facts if fact not in let_pass]
    if still:
        found.append(f"Missing: {', '.join(still)}. Enter them, or let them pass with a reason.")
    return tuple(found)
