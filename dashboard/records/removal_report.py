"""What was removed from an import, in the words that may be used of it.

The report is made while identifiers are removed, shown before the import is confirmed and kept
with it. It holds columns, kinds, counts and the shapes of what stood there, never a text of a
patient nor the key. The one claim it makes is "identifiers removed under these rules". An expert's
own determination can be recorded beside it; none is made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from dashboard.records.identifiers import SAFE_HARBOR, Identifier
from dashboard.records.patient import Where
from dashboard.records.pseudonyms import SiteKey

RULES_VERSION = "1"
CLAIM = "identifiers removed under these rules"
_EXAMPLES = 3
NOWHERE = Where()


class Action(StrEnum):
    """What is done with an identifier."""

    PSEUDONYM = "replaced by a pseudonym"
    REMOVED = "removed"
    AGE = "turned into an age"
    DAYS = "turned into days since diagnosis"
    THREE_DIGITS = "cut to three digits"
    WITHHELD = "withheld until reviewed"
    MARKED = "marked in the text"
    RELEASED = "read by a person and released"


ACTIONS: Mapping[Identifier, Action] = {
    **dict.fromkeys(Identifier, Action.PSEUDONYM),
    Identifier.PLACE: Action.REMOVED,
    Identifier.POSTCODE: Action.THREE_DIGITS,
    Identifier.DATE: Action.DAYS,
    Identifier.BIRTH_DATE: Action.AGE,
    Identifier.BIOMETRIC: Action.REMOVED,
    Identifier.PHOTO: Action.REMOVED,
    Identifier.FREE_TEXT: Action.WITHHELD,
}


@dataclass(frozen=True, slots=True)
class ExpertDetermination:
    """An expert's own determination, recorded here and not made here."""

    who: str
    method: str
    made_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Policy:
    """What the site decided; the default removes everything."""

    keep_study_ids: bool = False  # ids that do not look like a hospital's or a nation's
    spare_synthetic: bool = False  # for patients that ship with the product, never for uploads
    expert: ExpertDetermination | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What was done with one column or field."""

    column: str
    identifier: Identifier
    action: Action
    count: int
    examples: tuple[str, ...]  # the shape of what stood there: letters as a, digits as 9

    def as_json(self) -> dict[str, Any]:
        """The line as it is kept."""
        return {
            "column": self.column,
            "identifier": str(self.identifier),
            "category": SAFE_HARBOR.get(self.identifier),
            "action": str(self.action),
            "count": self.count,
            "examples": list(self.examples),
        }


@dataclass(frozen=True, slots=True)
class WithheldText:
    """A text that waits for somebody to read it; identifiers that were found are marked in it."""

    patient: str
    field: str
    text: str
    where: Where = NOWHERE  # of content without a place; nowhere for a patient's notes


@dataclass(frozen=True, slots=True)
class Report:
    """What was removed and how; shown before the import is confirmed, and kept with it."""

    lines: tuple[Line, ...] = ()
    withheld: tuple[WithheldText, ...] = ()  # for the person who reviews; never kept
    key_id: str = ""
    released_by: str = ""  # who read the texts that were released
    policy: Policy = field(default_factory=Policy)

    @property
    def claim(self) -> str:
        """The only thing that may be said of the data afterwards."""
        return CLAIM

    @property
    def texts_released(self) -> int:
        """How many texts somebody has read and released."""
        return sum(line.count for line in self.lines if line.action is Action.RELEASED)

    def as_json(self) -> dict[str, Any]:
        """What is kept with the import: no text of a patient, no key."""
        expert = self.policy.expert
        return {
            "claim": self.claim,
            "rules": RULES_VERSION,
            "key": self.key_id,
            "keep_study_ids": self.policy.keep_study_ids,
            "expert_determination": None
            if expert is None
            else {
                "who": expert.who,
                "method": expert.method,
                "made_on": expert.made_on.isoformat(),
                "expires_on": expert.expires_on.isoformat(),
            },
            "lines": [line.as_json() for line in self.lines],
            "texts_withheld": len(self.withheld),
            "texts_released": self.texts_released,
            "released_by": self.released_by,
        }


@dataclass(slots=True)
class Ledger:
    """What was done so far."""

    counts: dict[tuple[str, Identifier, Action], int] = field(default_factory=dict)
    examples: dict[tuple[str, Identifier, Action], list[str]] = field(default_factory=dict)
    withheld: list[WithheldText] = field(default_factory=list)

    def enter(self, column: str, kind: Identifier, action: Action, before: str) -> None:
        """Count one change and keep the shape of what stood there, a few times."""
        key = (column, kind, action)
        self.counts[key] = self.counts.get(key, 0) + 1
        shapes = self.examples.setdefault(key, [])
        if len(shapes) < _EXAMPLES:
            shapes.append(shape_of(before))

    def report(self, key: SiteKey, policy: Policy) -> Report:
        """The report of everything entered."""
        lines = tuple(
            Line(column, kind, action, count, tuple(self.examples[column, kind, action]))
            for (column, kind, action), count in self.counts.items()
        )
        return Report(lines, tuple(self.withheld), key.id, policy=policy)


_LONGEST_SHAPE = 40


def shape_of(text: str) -> str:
    """The form of a text without its content: every letter an a, every digit a 9."""
    signs = ("9" if c.isdigit() else "a" if c.isalpha() else c for c in text[:_LONGEST_SHAPE])
    return "".join(c if c.isprintable() else " " for c in signs)
