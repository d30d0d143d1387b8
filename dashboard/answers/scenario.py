"""A what-if that somebody named and kept, to be laid beside others.

It holds what was typed, not what came of it: the forecast is asked again of the model at hand, so
that two scenarios of different days are of one model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST = 6  # scenarios of one patient: as many as one picture can tell apart
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, and for each changed fact what stands in its field: text and unit."""

    name: str
    typed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
