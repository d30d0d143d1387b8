"""A meeting that several screens follow: which case, which view, the timer, who is there.

The state of a day is one record without any patient's data. Every change is made on whatever is
there, so that two presenters never undo each other; a screen that follows asks whether there is
anything newer than what it shows, and what it shows of a case it asks for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dashboard.meeting import presenting
from dashboard.meeting.presenting import Meeting, Screen, Spoken
from dashboard.meeting.written import from_body, to_body
from dashboard.services.casebook import case_of
from dashboard.services.context import Context, Permission
from dashboard.vault.record import Conflict, Record

_TRIES = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """The state of a meeting with the version it is."""

    meeting: Meeting
    version: int = 0


def of(context: Context, day: date) -> Shown:
    """The meeting of a day."""
    context.require(Permission.CASE_READ)
    context.record("meeting.read", day.isoformat())
    return _shown(context.store.read("meeting", day.isoformat()), day)


def newer(context: Context, day: date, seen: int) -> Shown | None:
    """The meeting of a day if it changed since this version; asked every other second.

    Only an answer is written down: that nothing changed tells nobody anything.
    """
    context.require(Permission.CASE_READ)
    record = context.store.read("meeting", day.isoformat())
    if record is None or record.version <= seen:
        return None
    context.record("meeting.followed", day.isoformat(), version=record.version)
    return _shown(record, day)


def turn_to(context: Context, day: date, case_id: str) -> Shown:
    """Show another case on every screen; its timer runs.

    Raises:
        UserError: there is no such case for whoever asks.
    """
    context.require(Permission.CASE_WRITE)
    case_of(context, case_id)
    now = context.clock()
    return _change(
        context, day, "meeting.turned", lambda held: presenting.turned_to(held, case_id, now)
    )


def show(context: Context, day: date, screen: Screen) -> Shown:
    """Show another view of the same case on every screen."""
    context.require(Permission.CASE_WRITE)
    return _change(context, day, "meeting.shown", lambda held: presenting.showing(held, screen))


def tick(context: Context, day: date, item: str, *, done: bool) -> Shown:
    """Tick an item of the list, or take the tick away."""
    context.require(Permission.CASE_WRITE)
    return _change(
        context, day, "meeting.ticked", lambda held: presenting.with_tick(held, item, done=done)
    )


def start_or_pause(context: Context, day: date) -> Shown:
    """Start the timer, or pause it."""
    context.require(Permission.CASE_WRITE)
    now = context.clock()
    return _change(context, day, "meeting.timer", lambda held: presenting.toggled(held, now))


def attend(context: Context, day: date, present: Sequence[str]) -> Shown:
    """Who is there."""
    context.require(Permission.CASE_WRITE)
    names = tuple(dict.fromkeys(name.strip() for name in present if name.strip()))
    return _change(context, day, "meeting.attended", lambda held: replace(held, present=names))


def spoken(context: Context, day: date, case_id: str) -> Spoken:
    """How long a case has been spoken of on a day, and what was ticked."""
    context.require(Permission.CASE_READ)
    held = of(context, day).meeting
    return presenting.spoken_of(held, case_id, context.clock())


def now(context: Context) -> datetime:
    """The time by which timers run."""
    return context.clock()


def _change(
    context: Context, day: date, action: str, change: Callable[[Meeting], Meeting]
) -> Shown:
    id_ = day.isoformat()
    for attempt in range(_TRIES):
        held = _shown(context.store.read("meeting", id_), day)
        changed = replace(
            change(held.meeting), presenter=context.actor.id, presenter_name=context.actor.name
        )
        if changed == held.meeting:
            return held
        try:
            with context.keeping(action, id_) as writing:
                body = to_body(changed)
                saved = writing.save(
                    "meeting", id_, body, after=held.version, by=context.actor.name
                )
            return _shown(saved, day)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _shown(record: Record | None, day: date) -> Shown:
    if record is None:
        return Shown(Meeting(day))
    return Shown(from_body(Meeting, record.body), record.version)
