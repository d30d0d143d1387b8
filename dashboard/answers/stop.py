"""That forecasts were turned off: of what, by whom, when and why.

A small frozen value that services hand to pages and the command line; how it is kept stands in
`services.stopped`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

EVERYTHING = "everything"  # in the place of a disease's id


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop that holds."""

    disease: str  # EVERYTHING: of every disease
    by: str
    at: datetime
    reason: str = ""

    @property
    def words(self) -> str:
        """Who stopped it, when, and why."""
        why = f": {self.reason}" if self.reason else ", without a reason"
        return f"{self.by} stopped them on {self.at:%d %b %Y at %H:%M} UTC{why}"
