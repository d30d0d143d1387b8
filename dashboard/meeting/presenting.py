"""What all screens of a meeting show: which case, which view, the timer, the ticks.

One state that the presenter moves and every other screen follows. It holds ids and times only;
what a screen shows of a case it asks for itself, with its own permission.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from dashboard.meeting.checklist import Timer, paused, started, ticked


class Screen(StrEnum):
    """What of a case is on the screen."""

    CASE = "Case"
    BALLOTS = "Ballots"
    DECISION = "Decision"


@dataclass(frozen=True, slots=True)
class Spoken:
    """How long a case was spoken of, and what was ticked."""

    case: str
    seconds: float = 0.0
    ticks: tuple[str, ...] = ()
    present: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting as every screen sees it."""

    day: date
    presenter: str = ""
    presenter_name: str = ""
    case: str = ""
    screen: Screen = Screen.CASE
    timer: Timer = field(default_factory=Timer)
    ticks: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    spoken: tuple[Spoken, ...] = ()  # of the cases before


def turned_to(held: Meeting, case: str, now: datetime) -> Meeting:
    """The meeting at another case, whose timer runs on and whose ticks are kept."""
    if case == held.case:
        return held
    spoken = tuple(each for each in held.spoken if each.case not in (held.case, case))
    if held.case:
        spoken = (*spoken, Spoken(held.case, held.timer.seconds(now), held.ticks))
    known = next((each for each in held.spoken if each.case == case), Spoken(case))
    timer = started(replace(held.timer, before=known.seconds, started=None), now)
    return replace(
        held, case=case, screen=Screen.CASE, timer=timer, ticks=known.ticks, spoken=spoken
    )


def showing(held: Meeting, screen: Screen) -> Meeting:
    """The meeting with another view of the same case."""
    return replace(held, screen=screen)


def with_tick(held: Meeting, item: str, *, done: bool) -> Meeting:
    """The meeting with an item of the list set or taken away."""
    return replace(held, ticks=ticked(held.ticks, item, done=done))


def toggled(held: Meeting, now: datetime) -> Meeting:
    """The meeting with its timer started, or paused."""
    change = paused if held.timer.started else started
    return replace(held, timer=change(held.timer, now))


def spoken_of(held: Meeting, case: str, now: datetime) -> Spoken:
    """How long a case has been spoken of so far, what was ticked, and who is there."""
    known = next((each for each in held.spoken if each.case == case), Spoken(case))
    if case == held.case:
        known = Spoken(case, held.timer.seconds(now), held.ticks)
    return replace(known, present=held.present)
