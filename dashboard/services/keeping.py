"""What is kept, looked after: copies, their return, whether all of it is sound, erasing, the log.

Each of these is written down as well. Where the store itself is too damaged to be written, it can
still be verified and restored; the restored one then tells of it.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.foundation.errors import UserError
from dashboard.services.context import Context, Permission
from dashboard.vault import keys
from dashboard.vault.audit import Entry
from dashboard.vault.record import Record

if TYPE_CHECKING:
    from dashboard.vault.backup import Restored
    from dashboard.vault.verification import Verification

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def back_up(context: Context, target: Path) -> Verification:
    """Copy everything kept into a new file and check every record of the copy.

    Raises:
        UserError: the file is there already or cannot be written.
    """
    from dashboard.vault import backup

    context.require(Permission.STORE_KEEP)
    context.record("store.backed-up")
    return backup.back_up(context.store, target)


def copy_now(context: Context) -> tuple[Verification, Path]:
    """A backup under the time of day, in the data folder; what was found of it, and where it is.

    Raises:
        UserError: it cannot be written.
    """
    context.require(Permission.STORE_KEEP)
    name = f"concord-{context.clock():%Y%m%dT%H%M%S}.backup"
    target = context.settings.data_dir / "backups" / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return back_up(context, target), target


def restore(context: Context, source: Path) -> Restored:
    """Bring back a backup, after every record of it was checked; what is there now is kept beside.

    Raises:
        UserError: the backup is damaged, of a newer Concord or not there; nothing was changed.
    """
    from dashboard.vault import backup

    context.require(Permission.STORE_KEEP)
    return backup.restore(context.store, source, context.line("store.restored"))


def verify(context: Context) -> Verification:
    """Look whether everything kept is what was written: each version, each line, how they fit."""
    from dashboard.vault import verification

    context.require(Permission.STORE_VERIFY)
    found = verification.verify(context.store.opened(whole=False))
    if found.broken is None:  # a log whose end is lost is not written on before that was decided
        context.record("store.verified", damaged=len(found.damaged))
    return found


def accept_loss(context: Context, reason: str) -> None:
    """Go on with an audit log whose end is lost; that it is, and why, becomes its next line.

    Raises:
        UserError: there is no reason.
    """
    from dashboard.vault import backup

    context.require(Permission.STORE_KEEP)
    if not reason.strip():
        raise UserError("A loss is accepted with a reason only.", hint="Say what happened.")
    backup.accept_loss(context.store, context.line("store.loss-accepted", facts={"reason": reason}))


def erase(context: Context, subject: str, reason: str) -> Record:
    """Make everything kept of a patient unreadable for good, in every copy; the certificate.

    Raises:
        UserError: there is no reason, or it cannot be written down; nothing was erased.
    """
    context.require(Permission.STORE_KEEP)
    if not (subject.strip() and reason.strip()):
        raise UserError(
            "Nothing is erased without a patient and a reason.",
            hint="Name the pseudonym, and what the erasure was asked for with.",
        )
    actor = context.actor
    return context.store.erase(
        subject, by=actor.id, role=str(actor.role), reason=reason, session=context.session
    )


def migrate(context: Context, to: int) -> int:
    """Take the tables of the store to the version of another Concord; how many steps it took.

    Raises:
        UserError: there is no such version; nothing was changed.
    """
    from dashboard.vault import opening, schema

    context.require(Permission.STORE_KEEP)
    if not 1 <= to <= len(schema.STEPS):
        raise UserError(
            f"There is no version {to} of the store.",
            hint=f"Name one from 1 to {len(schema.STEPS)}; the older program says which it knows.",
        )
    context.record("store.migrated", to=to)  # before: an older version is not opened by this one
    store = context.store
    engine, at = store.opened().engine, context.clock()
    copy = partial(opening.copy_before, engine, store.place, at=at)
    taken = schema.migrate(engine, to, before=copy)
    store.close()
    return taken


def lines(context: Context) -> tuple[Entry, ...]:
    """The audit log, the oldest line first."""
    context.require(Permission.AUDIT_READ)
    context.record("audit.read")
    return context.store.entries()


def exported_lines(context: Context, form: str) -> bytes:
    """The audit log with its chain as a file: `csv`, or `jsonl` with one JSON object a line.

    Raises:
        UserError: it is neither form.
    """
    context.require(Permission.AUDIT_READ)
    if form not in ("csv", "jsonl"):
        raise UserError(
            f"The audit log is not written as {form or 'nothing'}.",
            hint="Name a file that ends in .csv or .jsonl.",
        )
    context.record("audit.exported", form=form)
    rows = [asdict(entry) for entry in context.store.entries()]
    if form == "jsonl":
        told = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return told.encode()
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(Entry.__dataclass_fields__))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue().encode()


def recovery_key(context: Context) -> str:
    """The key of the store in groups of letters, for paper."""
    context.require(Permission.STORE_KEEP)
    context.record("store.key-printed")
    return context.store.opened(whole=False).keys.recovery_words


def enter_recovery_key(context: Context, words: str) -> None:
    """Put the key of the store back from paper, where its file is lost.

    Raises:
        UserError: it was mistyped, is that of another installation, or there is a key already.
    """
    from dashboard.vault import opening

    context.require(Permission.STORE_KEEP)
    given = keys.keys_from_words(words)
    if context.store.has_key:
        raise UserError(
            "There is a key already, and it is not replaced.",
            hint=f"Move {context.store.place.keys / keys.NAME} away first if it is the wrong one.",
        )
    if not opening.fits(context.store.place, given):
        raise UserError(
            "This recovery key is not the one of what is kept here.",
            hint="Nothing was changed. Look for the paper of this installation.",
            code="other-key",
        )
    keys.write_keys(context.store.place.keys, given)
    context.store.close()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
