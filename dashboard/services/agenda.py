"""The agenda of a day, and what the meetings come to in numbers, of the cases one may see."""

from __future__ import annotations

from datetime import date

from dashboard.meeting import agenda
from dashboard.meeting.case import BoardCase
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import FollowUp
from dashboard.services.casebook import papers, seen_cases
from dashboard.services.context import Context, Permission


def on_day(context: Context, day: date) -> tuple[BoardCase, ...]:
    """The agenda of a day."""
    context.require(Permission.CASE_READ)
    found = agenda.on_day((held.paper for held in seen_cases(context)), day)
    context.record("agenda.read", day.isoformat(), cases=len(found))
    return found


def numbers(context: Context) -> agenda.Metrics:
    """What the meetings come to, over the cases that whoever asks may see."""
    context.require(Permission.CASE_READ)
    cases = {held.paper.id: held.paper for held in seen_cases(context)}
    decisions = [held.paper for held in papers(context, Decision, cases)]
    followed = [held.paper for held in papers(context, FollowUp, cases)]
    context.record("cases.counted", cases=len(cases))
    return agenda.metrics(list(cases.values()), decisions, followed)


def days(context: Context) -> tuple[date, ...]:
    """The days on which a board has something left to say, the nearest first."""
    context.require(Permission.CASE_READ)
    found = agenda.days((held.paper for held in seen_cases(context)), context.today)
    context.record("agenda.days", days=len(found))
    return found


def beside(context: Context, day: date, case_id: str, step: int) -> BoardCase | None:
    """The case before (-1) or after (1) another on the agenda of a day; None beyond its ends."""
    context.require(Permission.CASE_READ)
    context.record("agenda.turned", day.isoformat())
    return agenda.next_in(on_day(context, day), case_id, step)
