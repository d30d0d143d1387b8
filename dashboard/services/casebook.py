"""The board's papers as they lie in the store: found, checked for who asks, saved, merged.

Shared by the services of the meeting. Whoever is not of a case's team is told the same as for a
case that never was. A save names the version that was seen: what only one of two people changed is
put together, what both changed differently is handed back as a clash, field by field. Nothing here
knows what a field means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from dashboard.foundation.errors import Conflict, UserError
from dashboard.meeting.ballot import Round
from dashboard.meeting.case import LONGEST_TEXT, BoardCase
from dashboard.meeting.decision import Decision
from dashboard.meeting.follow_up import FollowUp
from dashboard.meeting.merging import Clash, Merge, merge
from dashboard.meeting.written import from_body, to_body
from dashboard.services.consents import Purpose, word_on
from dashboard.services.context import Context, Permission, Role
from dashboard.vault.record import Conflict as StoreConflict
from dashboard.vault.record import Record
from dashboard.vault.store import Writing

Paper = TypeVar("Paper", bound=BoardCase | Decision | Round | FollowUp)
KINDS: Mapping[type, str] = {
    BoardCase: "case", Decision: "decision", Round: "ballot", FollowUp: "follow_up",
}  # fmt: skip
_LONG_BY_NATURE = frozenset({"snapshot", "tool"})  # not typed by anybody
_TRIES = 20  # of a change that can be made on whatever is there


@dataclass(frozen=True, slots=True)
class Held(Generic[Paper]):
    """A paper with the version it is."""

    paper: Paper
    version: int = 0  # 0: not saved yet
    by: str = ""
    at: datetime | None = None
    joined: tuple[str, ...] = ()  # fields that somebody else changed meanwhile, now in it


class EditClash(Conflict):
    """Somebody changed the same fields first: who, when, and what each of you wrote."""

    def __init__(self, current: Record, put_together: Merge) -> None:
        names = ", ".join(clash.field.replace("_", " ") for clash in put_together.clashes)
        super().__init__(
            f"{current.by} changed this at {current.at:%H:%M} UTC on {current.at:%d %b %Y}, after "
            f"you had opened it: {names}.",
            hint="Nothing was overwritten. Choose for each field whether to keep yours or to take "
            "theirs.",
            code="edit-clash",
        )
        self.version = current.version
        self.by = current.by
        self.at = current.at
        self.put_together = put_together

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The fields to choose."""
        return self.put_together.clashes


def may_see(context: Context, case: BoardCase) -> bool:
    """Whether a case exists for whoever asks."""
    role, actor = context.actor.role, context.actor.id
    if role is Role.OWNER:  # the one person of a local installation
        return True
    if role is Role.EDUCATOR:
        return case.teaching and not _objects_to_teaching(context, case)
    return actor in case.team or (case.teaching and case.synthetic)


def _objects_to_teaching(context: Context, case: BoardCase) -> bool:
    """Whether a real patient took back what their case was opened to teaching by."""
    said = None if case.synthetic else word_on(context.store, case.pseudonym, Purpose.TEACHING)
    return said is False


def case_of(context: Context, case_id: str) -> Held[BoardCase]:
    """A case of the team of whoever asks.

    Raises:
        UserError: there is none of this id, or none for them; the two read alike.
    """
    context.require(Permission.CASE_READ)
    record = context.store.read("case", case_id)
    held = None if record is None else held_of(BoardCase, record)
    if held is None or not may_see(context, held.paper):
        raise absent()
    return held


def absent() -> UserError:
    """What is said of a case that is not there, for whatever reason."""
    return UserError(
        "There is no case of this address for you.",
        hint="It may be another team's, or the address may be incomplete. The list of cases shows "
        "those you can open.",
        code="no-case",
    )


def paper_of(context: Context, kind: type[Paper], case: BoardCase) -> Held[Paper] | None:
    """Another paper of a case that was found before; None when there is none yet."""
    record = context.store.read(KINDS[kind], case.id)
    return None if record is None else held_of(kind, record)


def papers(
    context: Context, kind: type[Paper], cases: Mapping[str, BoardCase]
) -> tuple[Held[Paper], ...]:
    """Every paper of a kind that belongs to one of these cases."""
    found = (record for record in context.store.all(KINDS[kind]) if record.id in cases)
    return tuple(held_of(kind, record) for record in found)


def seen_cases(context: Context) -> tuple[Held[BoardCase], ...]:
    """Every case that exists for whoever asks."""
    context.require(Permission.CASE_READ)
    found = (held_of(BoardCase, record) for record in context.store.all("case"))
    return tuple(held for held in found if may_see(context, held.paper))


def held_of(kind: type[Paper], record: Record) -> Held[Paper]:
    """A record as the paper it holds."""
    return Held(from_body(kind, record.body), record.version, record.by, record.at)


def put(
    context: Context, writing: Writing, paper: Paper, *, after: int, case: BoardCase
) -> Held[Paper]:
    """Save a paper of a case within a transaction.

    Raises:
        Conflict: another version was saved first.
    """
    id_, kind, body = case.id, type(paper), to_body(paper)
    _refuse_too_long(body)
    record = writing.save(
        KINDS[kind], id_, body, after=after, by=context.actor.name, subject=case.pseudonym
    )
    return held_of(kind, record)


def _refuse_too_long(body: Any, name: str = "") -> None:
    """Refuse a paper with a text that no field of a form holds; a browser need not keep to it.

    Raises:
        UserError: a text is too long.
    """
    if isinstance(body, Mapping):
        for key, item in body.items():
            if key not in _LONG_BY_NATURE:
                _refuse_too_long(item, key)
    elif isinstance(body, list):
        for item in body:
            _refuse_too_long(item, name)
    elif isinstance(body, str) and len(body) > LONGEST_TEXT:
        raise UserError(
            f"What stands in {name.replace('_', ' ')} is longer than {LONGEST_TEXT:,} characters.",
            hint="Shorten it; the record of care is the place for the rest. Nothing was changed.",
            code="text-too-long",
        )


def put_together(
    context: Context, writing: Writing, mine: Paper, *, seen: Held[Paper], case: BoardCase
) -> Held[Paper]:
    """Save a paper, with what somebody else changed meanwhile in other fields.

    Raises:
        EditClash: both changed the same field differently.
    """
    kind = type(mine)
    current = writing.read(KINDS[kind], case.id)
    if current is None or current.version == seen.version:
        return put(context, writing, mine, after=seen.version, case=case)
    both = merge(to_body(seen.paper), to_body(mine), current.body)
    if both.clashes:
        raise EditClash(current, both)
    joined = from_body(kind, dict(both.body))
    saved = put(context, writing, joined, after=current.version, case=case)
    return Held(saved.paper, saved.version, saved.by, saved.at, both.theirs_kept)


def chosen(
    clash: EditClash, kind: type[Paper], keep_mine: tuple[str, ...]
) -> tuple[Held[Paper], Paper]:
    """After a clash: their version, and the paper with mine in the fields that were kept."""
    body = clash.put_together.chosen(keep_mine)
    theirs = clash.put_together.chosen(())
    seen: Held[Paper] = Held(from_body(kind, theirs), clash.version, clash.by, clash.at)
    return seen, from_body(kind, body)


def change_whatever_is_there(
    attempt: Callable[[], Held[Paper]],
) -> Held[Paper]:
    """Make a change that fits any version; again when somebody was first.

    Raises:
        Conflict: others were first every time.
    """
    for _ in range(_TRIES - 1):
        try:
            return attempt()
        except StoreConflict:
            continue
    return attempt()


def done_before(writing: Writing, request: str, kind: type[Paper]) -> Held[Paper] | None:
    """What this request saved when it came before; None for a new one."""
    record = writing.done_before(request) if request else None
    return None if record is None else held_of(kind, record)


def as_body(paper: Any) -> dict[str, Any]:
    """A paper as JSON, for a file or a draft."""
    body: dict[str, Any] = to_body(paper)
    return body
