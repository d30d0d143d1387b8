"""What emergency access to another team's case is: the papers that are open, and that they are.

Who may open them, for how long and what is written down of it is the service's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.meeting.case import BoardCase
from dashboard.meeting.decision import Decision
from dashboard.records.patient import Patient


@dataclass(frozen=True, slots=True)
class Opened:
    """One patient's papers, open for reading until some time."""

    case: BoardCase
    patient: Patient
    decision: Decision | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """That somebody opened another team's papers."""

    person: str
    pseudonym: str
    reason: str
    at: datetime
    until: datetime
