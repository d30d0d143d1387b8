"""The order in which a board takes its cases, and what its meetings come to in numbers.

Within a column the urgent come first, then those whose day is nearest, then the more complete.
Numbers count cases and never compare people. A share is told with both its numbers, because a
board has few cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.meeting.case import BoardCase, Decided, Stage, Urgency
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import CarriedOut, FollowUp

_PLACE = {urgency: place for place, urgency in enumerate(Urgency)}


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """What the meetings come to."""

    cases: int
    by_stage: Mapping[Stage, int]
    days_of_preparation: float | None  # from opening to ready, the middle case
    waived: Share  # let pass with facts missing, of those that became ready
    trial_offered: Share  # of final decisions that say
    consensus: Share  # of final decisions
    differs: Share  # from the tool, of final decisions that saw it
    carried_out: Share  # of those known
    attendance: float | None  # members present, the mean over final decisions that say
    minutes: float | None  # of discussion, the middle case of those timed


def in_order(cases: Iterable[BoardCase]) -> tuple[BoardCase, ...]:
    """The cases as a board would take them."""
    return tuple(sorted(cases, key=_weight))


def columns(cases: Iterable[BoardCase]) -> dict[Stage, tuple[BoardCase, ...]]:
    """The cases by how far they are, each column in order."""
    ordered = in_order(cases)
    return {stage: tuple(c for c in ordered if c.stage is stage) for stage in Stage}


def on_day(cases: Iterable[BoardCase], day: date) -> tuple[BoardCase, ...]:
    """The agenda of a day: what is ready, or has been discussed or decided on it."""
    return tuple(c for c in in_order(cases) if c.meets_on == day and c.stage is not Stage.BACKLOG)


def days(cases: Iterable[BoardCase], today: date) -> tuple[date, ...]:
    """The days on which a board has something left to say, the nearest first.

    Today stays while anything is on its agenda: a meeting goes on when its last case was decided.
    """
    left = (Stage.READY, Stage.DISCUSSED)
    found = {
        case.meets_on
        for case in cases
        if case.meets_on is not None
        and (case.stage in left or (case.meets_on == today and case.stage is not Stage.BACKLOG))
    }
    return tuple(sorted(found, key=lambda day: (abs((day - today).days), day)))


def next_in(agenda: Sequence[BoardCase], case_id: str, step: int) -> BoardCase | None:
    """The case before (-1) or after (1) this one; None beyond the ends, the first for no case."""
    ids = [case.id for case in agenda]
    if case_id not in ids:
        return agenda[0] if agenda else None
    place = ids.index(case_id) + step
    return agenda[place] if 0 <= place < len(ids) else None


def metrics(
    cases: Sequence[BoardCase], decisions: Sequence[Decision], follow_ups: Sequence[FollowUp]
) -> Metrics:
    """The numbers over these cases."""
    final = [record for record in decisions if record.state is Decided.FINAL]
    asked = [record for record in final if record.trial_offered is not Said.NOT_ASKED]
    seen = [record for record in final if record.tool is not None and record.board.stance]
    present = [record.present for record in final if record.present]
    last = [entry for each in follow_ups if (entry := each.latest) is not None]
    known = [e for e in last if e.carried_out in (CarriedOut.YES, CarriedOut.PARTLY, CarriedOut.NO)]
    prepared = [days for case in cases if (days := _preparation(case)) is not None]
    ready = [case for case in cases if _became_ready(case)]
    return Metrics(
        cases=len(cases),
        by_stage={stage: sum(case.stage is stage for case in cases) for stage in Stage},
        days_of_preparation=_middle(prepared),
        waived=Share(sum(case.waiver is not None for case in ready), len(ready)),
        trial_offered=Share(sum(r.trial_offered is Said.YES for r in asked), len(asked)),
        consensus=Share(sum(_agreed(record) for record in final), len(final)),
        differs=Share(sum(_differs(record) for record in seen), len(seen)),
        carried_out=Share(sum(e.carried_out is CarriedOut.YES for e in known), len(known)),
        attendance=sum(map(len, present)) / len(present) if present else None,
        minutes=_middle([r.seconds / 60 for r in final if r.seconds]),
    )


def _weight(case: BoardCase) -> tuple[int, date, float, str]:
    return (_PLACE[case.urgency], case.meets_on or date.max, -case.completeness, case.pseudonym)


def _became_ready(case: BoardCase) -> bool:
    return any(move.went_to is Stage.READY for move in case.moves)


def _preparation(case: BoardCase) -> float | None:
    if case.opened_at is None:
        return None
    for move in case.moves:
        if move.went_to is Stage.READY:
            return max((move.at - case.opened_at).total_seconds(), 0.0) / 86400
    return None


def _agreed(record: Decision) -> bool:
    return record.board.choice is not Choice.NO_CONSENSUS and not record.dissent


def _differs(record: Decision) -> bool:
    return record.board.stance is Stance.DIFFERS


def _middle(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
