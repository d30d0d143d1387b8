"""What happened to the patient of a case and when, with what was entered since the decision."""

from __future__ import annotations

from components.charts.values import value_text
from dashboard.meeting import timeline
from dashboard.meeting.case import BoardCase
from dashboard.meeting.follow_up import FollowUp
from dashboard.meeting.timeline import Happening
from dashboard.records.patient import Patient
from dashboard.services.casebook import case_of, paper_of
from dashboard.services.context import Context, Permission


def of(context: Context, case: BoardCase, who: Patient) -> tuple[tuple[Happening, ...], int]:
    """Everything dated in order of time, and how many entries have no day.

    Raises:
        UserError: there is no such case for whoever asks.
    """
    context.require(Permission.CASE_READ)
    case_of(context, case.id)
    followed = paper_of(context, FollowUp, case)
    pack = context.library.pack(case.disease)
    after = followed.paper if followed else None
    found = timeline.happenings(who, pack, case.events, after, spell=value_text)
    context.record("case.timeline", case.pseudonym, entries=len(found))
    return found, timeline.undated(who)
