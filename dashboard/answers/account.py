"""Who did what with a patient's record on which day, as it is told to the patient.

A small frozen value; how it is gathered from the audit log stands in `services.account`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What one person did with a record in one way on one day."""

    day: str
    person: str
    role: str
    what: str
    times: int
    reason: str = ""
