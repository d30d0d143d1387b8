"""What the tool showed when a board decided: figures with their texts, and what they came from.

Kept with the decision and hashed with it, so that it can be told years later what was on the screen
and which model put it there. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """A chance as it was shown: figures, and the very text."""

    p: float
    low: float
    high: float
    level: float
    text: str


@dataclass(frozen=True, slots=True)
class ToolRow:
    """What the tool showed of one regimen."""

    regimen: str
    label: str
    verdict: str
    figures: Mapping[str, Figure | None] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolLayer:
    """What the tool showed, by which model, of which patient, when."""

    bundle: str
    pack: str  # fingerprint of the disease pack
    patient: str  # fingerprint of the patient
    months: int
    source: str
    synthetic: bool  # the model learnt from a simulated cohort
    taken_at: datetime
    rows: tuple[ToolRow, ...] = ()
    program: str = ""

    def of(self, regimen: str) -> ToolRow | None:
        """What was shown of a regimen."""
        return next((row for row in self.rows if row.regimen == regimen), None)
