"""What the board decided, as papers say it: the choice, why, on which conditions, who disagreed.

Only what is preliminary or final stands on paper, with its state; a final record with its hash and
what was added to it. A record that is not what was closed is said to be so, and nothing of it is
shown. The patient is told the choice alone, and that in `letter`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dashboard.meeting.choices import REASONS, Choice, Said
from dashboard.meeting.decision import Decision, Option, View
from dashboard.records.free_text import masked
from dashboard.reporting.document import Block, Callout, Heading, Table

TITLE, CAPTION = "What the board decided", "Decision record"
_NONE = "\N{EM DASH}"
_AT_LENGTH = frozenset({"Options considered", "Stands to the forecast"})
_LONGEST_IN_BRIEF = 240  # characters
_HASH = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
_TAMPERED = (
    "The decision that is kept for this patient is not what was closed: its content does not fit "
    "its hash. Nothing of it is shown here."
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision for paper, with whether it is what was closed."""

    record: Decision
    intact: bool = True

    @property
    def is_for_the_patient(self) -> bool:
        """Whether the patient may read it: final, and they agreed to the use of predictions."""
        final = self.intact and self.record.is_locked
        return final and self.record.prediction_consent is Said.YES

    def choice(self, labels: Mapping[str, str]) -> str:
        """What was chosen: `Regimen: Docetaxel`."""
        return _chosen(self.record.board, labels)

    def reasons(self) -> str:
        """Why, by code and in words."""
        view = self.record.board
        told = [REASONS.get(code, code) for code in view.reasons]
        return "; ".join([*told, *([view.words] if view.words else [])]) or _NONE

    def dissent(self) -> str:
        """Who disagreed, and why."""
        return "; ".join(f"{one.member}: {one.words}" for one in self.record.dissent) or "none"

    def carried(self) -> str:
        """Who carries it out, and until when."""
        until = f"until {self.record.due.isoformat()}" if self.record.due else ""
        return ", ".join(part for part in (self.record.responsible, until) if part) or _NONE

    def state(self) -> str:
        """How far it is; a final one with who closed it, when, and its hash."""
        record, lock = self.record, self.record.lock
        if lock is None:
            since = f" since {record.decided_on.isoformat()}" if record.decided_on else ""
            return f"{str(record.state).capitalize()}{since}: it may still change"
        return f"Final, closed by {lock.by} on {lock.at:%Y-%m-%d %H:%M} UTC, SHA-256 {lock.sha256}"

    def rows(self, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Everything the record says, part by part; what nobody said has a dash."""
        record = self.record
        weighed = "; ".join(_option(one, labels) for one in record.options)
        added = tuple(
            (f"Added {one.at:%Y-%m-%d}", f"{one.words} ({one.by}; SHA-256 {one.sha256})")
            for one in record.addenda
        )
        return (
            ("Options considered", weighed or _NONE),
            ("Decision of the board", self.choice(labels)),
            ("Reasons", self.reasons()),
            ("Stands to the forecast", str(record.board.stance or _NONE)),
            ("Dissent", self.dissent()),
            ("Conditions", record.conditions or "none"),
            ("Trial offered", str(record.trial_offered)),
            ("Responsible, due date", self.carried()),
            ("State", self.state()),
            *added,
        )


def for_release(record: Decision) -> Decision:
    """The record with identifiers in its texts masked; members of the board keep their names."""
    board = replace(record.board, words=_masked(record.board.words))
    return replace(
        record,
        board=board,
        options=tuple(replace(one, words=_masked(one.words)) for one in record.options),
        dissent=tuple(replace(one, words=_masked(one.words)) for one in record.dissent),
        conditions=_masked(record.conditions),
        addenda=tuple(replace(one, words=_masked(one.words)) for one in record.addenda),
    )


def _masked(words: str) -> str:
    return masked(words)[0]


def in_full(decided: Decided | None, labels: Mapping[str, str]) -> Iterator[Block]:
    """The whole decision under a heading; nothing without one."""
    if decided is not None:
        yield from _blocks(decided, decided.rows(labels))


def in_brief(decided: Decided | None, labels: Mapping[str, str]) -> Iterator[Block]:
    """The decision without what was weighed, and without what nobody said."""
    if decided is not None:
        rows = [row for row in decided.rows(labels) if row[0] not in _AT_LENGTH]
        said = tuple((title, _cut(words)) for title, words in rows if words not in (_NONE, "none"))
        yield from _blocks(decided, said)


def _cut(words: str) -> str:
    """What stands in the full report at length, cut with a word: a hash, a long text."""
    mark = "\N{HORIZONTAL ELLIPSIS}"
    words = _HASH.sub(rf"\1{mark}", words)
    if len(words) <= _LONGEST_IN_BRIEF:
        return words
    return f"{words[:_LONGEST_IN_BRIEF].rstrip()}{mark} (whole in the full report)"


def _blocks(decided: Decided, rows: tuple[tuple[str, str], ...]) -> Iterator[Block]:
    yield Heading(TITLE)
    if not decided.intact:
        yield Callout(_TAMPERED)
        return
    yield Table(f"{CAPTION}, {decided.record.state}", ("What", "Said"), rows, widths=(1.0, 4.0))


def _chosen(view: View, labels: Mapping[str, str]) -> str:
    if view.choice is None:
        return _NONE
    name = labels.get(view.regimen, view.regimen)
    if view.choice is Choice.REGIMEN:
        return name
    return f"{str(view.choice).capitalize()}{f': {name}' if name else ''}"


def _option(option: Option, labels: Mapping[str, str]) -> str:
    name = labels.get(option.name, option.name.capitalize())
    return f"{name} ({option.words})" if option.words else name
