"""What somebody is typing, kept until it is saved: it survives a reload, a crash and an expiry.

A draft belongs to one person, one form and one case, and is sealed under the patient's key like the
case itself. It remembers the version of the paper it was begun on, so that a later save can tell
what others changed meanwhile. Superseded drafts leave no trace in the audit log; that somebody
began one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import BoardCase
from dashboard.meeting.written import from_body
from dashboard.services.casebook import KINDS, Held, Paper, as_body, case_of, held_of
from dashboard.services.context import Context, Permission
from dashboard.vault.record import Record

_Typed = TypeVar("_Typed")
_LARGEST = 200_000  # characters of all fields together


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into a form and is not saved yet."""

    fields: Mapping[str, Any]
    base: int  # the version of the paper that the typing began on
    at: datetime


def keep(
    context: Context, case: BoardCase, form: str, fields: Mapping[str, Any], *, base: int,
    before: Mapping[str, Any] | None = None,
) -> Draft:  # fmt: skip
    """Keep what has been typed; the same again costs nothing.

    Two windows of one person write one draft: what only one of them changed is put together, and
    of a field that both changed the later typing stands.

    Args:
        context: who asks.
        case: the case.
        form: which form of it.
        fields: everything that differs from the paper in this window.
        base: the version of the paper that the typing began on.
        before: what differed when this window last kept it; None when it has kept nothing yet.
    """
    context.require(Permission.CASE_WRITE)
    case_of(context, case.id)
    known = context.store.read("draft", _id(context, case, form))
    body = _joined(known, as_body(dict(fields)), before, base)
    if len(str(body)) > _LARGEST:
        raise UserError(
            f"This form holds at most {_LARGEST:,} characters in all.",
            hint="Shorten it; the record of care is the place for the rest. The draft kept before "
            "stays as it was.",
            code="text-too-long",
        )
    id_ = _id(context, case, form)
    if known is not None and known.body == body:
        return _draft(known)
    if known is None:
        context.record("draft.begun", case.pseudonym, form=form)
    return _draft(_saved(context, id_, body, case.pseudonym))


def find(context: Context, case: BoardCase, form: str) -> Draft | None:
    """What whoever asks typed into a form and did not save; None when there is nothing."""
    context.require(Permission.CASE_WRITE)
    case_of(context, case.id)
    known = context.store.read("draft", _id(context, case, form))
    if known is None or not known.body.get("fields"):
        return None
    return _draft(known)


def onto(paper: _Typed, found: Draft | None) -> _Typed:
    """A paper, or an entry of one, under what was typed; what no longer fits is left aside.

    Raises:
        Unreadable: the draft was kept by another version of Concord.
    """
    if found is None:
        return paper
    body = as_body(paper)
    typed = {name: value for name, value in found.fields.items() if name in body}
    return from_body(type(paper), {**body, **typed})


def begun_on(
    context: Context, held: Held[Paper], case: BoardCase, found: Draft | None
) -> Held[Paper]:
    """The paper as it was when the typing began, so that a save sees what others changed since."""
    context.require(Permission.CASE_READ)
    if found is None or found.base in (held.version, 0):
        return held
    kind = type(held.paper)
    for record in context.store.history(KINDS[kind], case.id):
        if record.version == found.base:
            return held_of(kind, record)
    return held


def discard(
    context: Context, case: BoardCase, form: str, *, before: Mapping[str, Any] | None = None,
    onto: int = 0,
) -> None:  # fmt: skip
    """Forget what was typed: it was saved, or is not wanted.

    Args:
        context: who asks.
        case: the case.
        form: which form of it.
        before: what this window last kept: only that goes, another window's typing stays.
        onto: the version that was saved just now, when nobody else changed anything meanwhile.
    """
    context.require(Permission.CASE_WRITE)
    case_of(context, case.id)
    id_ = _id(context, case, form)
    known = context.store.read("draft", id_)
    if known is None or not known.body.get("fields"):
        return
    left = _joined(known, {}, before, 0) if before is not None else {"fields": {}, "base": 0}
    if left["fields"] == known.body["fields"]:
        return
    left["base"] = onto if onto and left["fields"] else left["base"]
    _saved(context, id_, left, case.pseudonym)
    context.record("draft.discarded", case.pseudonym, form=form)


def _joined(
    known: Record | None, mine: dict[str, Any], before: Mapping[str, Any] | None, base: int
) -> dict[str, Any]:
    """What one window typed, with what another window of the same person typed meanwhile."""
    held = known.body.get("fields", {}) if known is not None and before is not None else {}
    last = as_body(dict(before or {}))
    unchanged = {name for name in last if name in mine and mine[name] == last[name]}
    theirs = {
        name: value for name, value in held.items()
        if last.get(name) != value and (name not in mine or name in unchanged)
    }  # fmt: skip
    begun = [base] if mine else []
    begun += [int(known.body["base"])] if known is not None and theirs else []
    return {"fields": {**mine, **theirs}, "base": min(begun, default=0)}


def _saved(context: Context, id_: str, body: Mapping[str, Any], subject: str) -> Record:
    with context.store.writing() as writing:
        known = writing.read("draft", id_)
        after = 0 if known is None else known.version
        return writing.save("draft", id_, body, after=after, by=context.actor.name, subject=subject)


def _id(context: Context, case: BoardCase, form: str) -> str:
    return f"{case.id}.{form}.{context.actor.id}"


def _draft(record: Record) -> Draft:
    return Draft(record.body["fields"], int(record.body["base"]), record.at)
