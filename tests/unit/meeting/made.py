"""Cases, decisions and follow-ups for tests: small, complete, on fixed days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from dashboard.meeting.case import BoardCase
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import Decision, View
from dashboard.meeting.follow_up import Entry, FollowUp
from dashboard.meeting.snapshot import snapshot_of
from dashboard.meeting.tool_layer import Figure, ToolLayer, ToolRow
from tests.builders import a_patient

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def a_case(**changes: Any) -> BoardCase:
    """A case that was just opened."""
    patient = a_patient()
    case = BoardCase(
        "k1", patient.id, patient.disease, snapshot_of(patient), patient.fingerprint,
        opened_by="owner", opened_at=NOW, team=("owner",),
    )  # fmt: skip
    return replace(case, **changes)


def a_ready_case(**changes: Any) -> BoardCase:
    """A case that wants nothing."""
    return a_case(**{"questions": ("Which line?",), "prepared_by": "Dr Noor", **changes})


def a_decision(**changes: Any) -> Decision:
    """A record that wants nothing to become final."""
    figure = Figure(0.62, 0.54, 0.70, 0.9, "62% (54 to 70%)")
    tool = ToolLayer(
        "b1", "pack1", "patient1", 12, "simulated", synthetic=True, taken_at=NOW,
        rows=(ToolRow("a", "Regimen A", "open", {"response": figure, "os": None}),),
    )  # fmt: skip
    board = View(Choice.REGIMEN, "a", Stance.AGREES, ("trial-evidence",))
    start = Decision(
        "k1", "P1", "tiny", tool=tool, board=board, responsible="Dr Noor", due=date(2026, 6, 8),
        trial_offered=Said.NO, prediction_consent=Said.YES,
    )  # fmt: skip
    return replace(start, **changes)


def a_follow_up(**changes: Any) -> FollowUp:
    """A follow-up without entries."""
    return replace(FollowUp("k1", "P1", date(2026, 1, 31)), **changes)


def an_entry(month: int = 3, **changes: Any) -> Entry:
    """An entry of which nothing is known but that the patient came."""
    start = Entry(month, date(2026, 5, 1), "owner", NOW, words="came to the clinic")
    return replace(start, **changes)
