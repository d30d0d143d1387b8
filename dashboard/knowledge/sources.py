"""The smallest parts of what is known: an id, a range, and where a figure comes from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.+-]*$", max_length=80)]
FeatureId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Model(BaseModel):
    """Frozen, and refuses fields it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )


class Verified(StrEnum):
    """Whether a figure was re-read at its source."""

    YES = "yes"
    PARTIAL = "partial"
    MEMORY = "memory"


class Source(Model):
    """Where a figure comes from and whether it was re-read there."""

    text: str = ""
    reference: str = ""  # DOI, PMID, NCT or address
    verified: Verified = Verified.MEMORY
    verified_fields: tuple[str, ...] = ()  # the fields re-read, where only some were
    seen_at: str = ""  # where they were re-read
    note: str = ""


class Range(Model):
    """A closed interval; both ends are allowed values."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies inside or on either end."""
        return self.low <= value <= self.high
