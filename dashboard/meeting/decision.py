"""The decision record: what was weighed, what was decided and why, and who disagreed.

Three layers stand beside each other: what the tool showed at the time, what the treating clinician
thought, what the board decided. A record goes from draft to preliminary to final. Final is locked:
its SHA-256 over the canonical JSON, the tool's figures included, is kept with it, and it is only
corrected by addenda, each hashed together with what came before. Whether a choice is wise is not
this module's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import Decided
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.tool_layer import ToolLayer
from dashboard.meeting.written import digest, to_body


class DecisionRefused(UserError):
    """A record that cannot become what it should."""


@dataclass(frozen=True, slots=True)
class View:
    """One layer: what somebody chose, how it stands to the tool, and why."""

    choice: Choice | None = None
    regimen: str = ""
    stance: Stance | None = None
    reasons: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An option that was weighed, and what spoke for or against it."""

    name: str  # a regimen, or one of `Choice`
    words: str = ""


@dataclass(frozen=True, slots=True)
class Dissent:
    """A member who disagreed, and why."""

    member: str
    words: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Who closed the record when, and the hash of what was closed."""

    by: str
    at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Addendum:
    """A correction or an addition to a closed record; nothing of the record is changed."""

    by: str
    at: datetime
    words: str
    sha256: str  # over these words and the hash before


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on one case."""

    case: str
    pseudonym: str
    disease: str
    state: Decided = Decided.DRAFT
    tool: ToolLayer | None = None
    clinician: View = View()
    board: View = View()
    options: tuple[Option, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    conditions: str = ""
    responsible: str = ""
    due: date | None = None
    trial_offered: Said = Said.NOT_ASKED
    prediction_consent: Said = Said.NOT_ASKED
    present: tuple[str, ...] = ()
    ballots: str = ""  # how the round of ballots ended
    checklist: tuple[str, ...] = ()  # items that were ticked
    seconds: int = 0  # how long the discussion took
    decided_on: date | None = None
    lock: Lock | None = None
    addenda: tuple[Addendum, ...] = ()

    @property
    def is_locked(self) -> bool:
        """Whether nothing may be changed any more."""
        return self.lock is not None

    @property
    def head(self) -> str:
        """The hash that stands for the record with all its addenda; empty while it is open."""
        if self.addenda:
            return self.addenda[-1].sha256
        return self.lock.sha256 if self.lock else ""


def wanting(record: Decision, to: Decided) -> tuple[str, ...]:
    """What a record still needs, in words; nothing when it may become this."""
    checks = _NEEDED if to is not Decided.FINAL else (*_NEEDED, *_NEEDED_AT_LAST)
    return tuple(words for words, is_wanting in checks if is_wanting(record))


_NEEDED: tuple[tuple[str, Callable[[Decision], bool]], ...] = (
    ("What the board decided.", lambda r: r.board.choice is None),
    ("Which regimen.", lambda r: r.board.choice is Choice.REGIMEN and not r.board.regimen),
)
_NEEDED_AT_LAST: tuple[tuple[str, Callable[[Decision], bool]], ...] = (
    ("A reason.", lambda r: not (r.board.reasons or r.board.words.strip())),
    (
        "What the other reason is.",
        lambda r: "other" in r.board.reasons and not r.board.words.strip(),
    ),
    (
        "How the decision stands to what the tool showed.",
        lambda r: r.tool is not None and r.board.stance is None,
    ),
    (
        "Why it differs from the tool, as a code.",
        lambda r: r.board.stance is Stance.DIFFERS and not r.board.reasons,
    ),
    ("Who carries it out.", lambda r: not r.responsible.strip()),
    ("Until when.", lambda r: r.due is None),
    ("Whether a trial was offered.", lambda r: r.trial_offered is Said.NOT_ASKED),
    (
        "Whether the patient agrees to the use of predictions.",
        lambda r: r.tool is not None and r.prediction_consent is Said.NOT_ASKED,
    ),
)


def become(record: Decision, to: Decided, *, by: str, at: datetime) -> Decision:
    """The record as a draft, preliminary, or final and locked.

    Raises:
        DecisionRefused: it is locked already, or something is wanting; all of it is told.
    """
    refuse_locked(record)
    missing = () if to is Decided.DRAFT else wanting(record, to)
    if missing:
        raise DecisionRefused(
            f"The decision cannot become {to} yet.",
            hint=f"Still wanting: {' '.join(missing)}",
            code="decision-wanting",
        )
    decided_on = record.decided_on or (None if to is Decided.DRAFT else at.date())
    changed = replace(record, state=to, decided_on=decided_on)
    if to is not Decided.FINAL:
        return changed
    return replace(changed, lock=Lock(by, at, _hash(changed, by, at)))


def amended(record: Decision, words: str, *, by: str, at: datetime) -> Decision:
    """A closed record with an addendum.

    Raises:
        DecisionRefused: it is not closed, or nothing is added.
    """
    if record.lock is None:
        raise DecisionRefused(
            "Only a final decision is corrected by an addendum.",
            hint="Change the record itself.",
            code="not-final",
        )
    if not words.strip():
        raise DecisionRefused("The addendum is empty.", hint="Say what is added.", code="empty")
    added = Addendum(by, at, words.strip(), _chained(record.head, words.strip(), by, at))
    return replace(record, addenda=(*record.addenda, added))


def is_intact(record: Decision) -> bool:
    """Whether a closed record and its addenda are what was closed; an open one has no say."""
    if record.lock is None:
        return not record.addenda
    if _hash(record, record.lock.by, record.lock.at) != record.lock.sha256:
        return False
    before = record.lock.sha256
    for added in record.addenda:
        if _chained(before, added.words, added.by, added.at) != added.sha256:
            return False
        before = added.sha256
    return True


def refuse_locked(record: Decision) -> None:
    """Refuse to change a closed record.

    Raises:
        DecisionRefused: it is closed.
    """
    if record.is_locked:
        raise DecisionRefused(
            "The decision is final and locked.",
            hint="Correct it by an addendum; what was decided stays readable.",
            code="locked",
        )


def content(record: Decision) -> dict[str, Any]:
    """What of a record is closed: everything but the lock and what was added later."""
    body: dict[str, Any] = to_body(replace(record, lock=None, addenda=()))
    return body


def _hash(record: Decision, by: str, at: datetime) -> str:
    return digest({"record": content(record), "by": by, "at": at.isoformat()})


def _chained(before: str, words: str, by: str, at: datetime) -> str:
    return digest({"before": before, "words": words, "by": by, "at": at.isoformat()})
