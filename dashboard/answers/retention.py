"""What has been kept as long as it is meant to be: counts, names of files, and cases to look at.

Small frozen values; what is looked for, and what is taken away, stands in `services.retention`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unused:
    """A patient's papers that nobody has looked at for long; a person decides about them."""

    pseudonym: str
    last: str  # the day of the last line of the audit log under the pseudonym


@dataclass(frozen=True, slots=True)
class Due:
    """What is kept longer than it is meant to be."""

    drafts: int = 0  # that nobody typed into for long
    visits: int = 0  # that are over for long
    copies: tuple[str, ...] = ()  # automatic copies in the data folder; the newest always stays
    halves: tuple[str, ...] = ()  # files that were never finished
    unused: tuple[Unused, ...] = ()

    @property
    def goes(self) -> int:
        """How many things are taken away; unused papers are none of them."""
        return self.drafts + self.visits + len(self.copies) + len(self.halves)
