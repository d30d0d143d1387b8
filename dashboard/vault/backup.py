"""Copies of everything kept, made while others go on writing, and brought back when needed.

A backup is one SQLite file of the same tables, whichever database the store is in, with a seal that
says how far its log goes; the patients' keys lie in a file of their own beside it, so that erasing
a patient reaches backups too. Nothing counts as a backup or is restored before every record of it
was read and checked; what stood in the store before a restore is kept beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.foundation.errors import UserError
from dashboard.vault import connection, ledger, lines, schema
from dashboard.vault.audit import START, AuditLine, Head, Known
from dashboard.vault.opening import Opened, open_at
from dashboard.vault.record import Damaged, Unavailable
from dashboard.vault.verification import Verification, verify

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from dashboard.vault.store import Store

KEYS_ENDING = ".keys"
SEAL_ENDING = ".seal"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    found: Verification
    replaced: Path  # where what stood there before was put


def back_up(store: Store, target: Path) -> Verification:
    """Copy everything into a new file and check every record of the copy.

    Raises:
        UserError: the file is there already, or cannot be written; there is then no backup.
    """
    if target.exists():
        raise UserError(
            f"{target} is there already, and a backup never replaces a file.",
            hint="Name a new file.",
            code="exists",
        )
    if not (target.parent.is_dir() and os.access(target.parent, os.W_OK)):
        raise _unwritable(target, "there is no folder here that you may write to")
    opened = store.opened()
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _at_hand(opened.engine, draft, store.place.file) as copy:
            with connection.reading(copy) as raw:
                last = lines.last(raw)
            known = Known(last.sequence, last.hash) if last else Known(0, START)
            found = verify(opened, engine=copy, known=known)
        _seal_of(target, opened).start_again(known)
        opened.ring.copy_to(_beside(target, KEYS_ENDING), remember=True)
        draft.replace(target)
    except OSError as fault:
        raise _unwritable(target, fault.strerror or str(fault)) from fault
    finally:
        draft.unlink(missing_ok=True)
    return found


def restore(store: Store, source: Path, line: AuditLine) -> Restored:
    """Bring back a backup, after every record of it was checked.

    Raises:
        Damaged: something in the backup is not what was written; nothing was changed.
        UserError: it cannot be read, or the store cannot be written.
    """
    opened = _opened_for_repair(store, line.at)
    if source.is_file():
        schema.refuse_strange(source)
    keys = _beside(source, KEYS_ENDING)
    if keys.exists():  # on a new machine nothing can be checked without them
        opened.ring.take_from(keys)
    found = check(opened, source)
    replaced = _put_aside(store, line.at)
    before = opened.head.known() or Known(0, START)
    _pour(source, opened, store)
    store.close()
    with connection.engine_of_copy(source) as copy, connection.reading(copy) as raw:
        last = lines.last(raw)
    opened.head.start_again(Known(last.sequence, last.hash) if last else Known(0, START))
    facts: dict[str, str | int] = {"lines_before": before.sequence, "hash_before": before.hash}
    store.note(replace(line, facts={**line.facts, **facts}))
    return Restored(found, replaced)


def check(opened: Opened, source: Path) -> Verification:
    """Read and check every record of a backup.

    Raises:
        Damaged: something is not what was written.
        UserError: there is no such file, or it is of a newer Concord.
    """
    if not source.is_file():
        raise UserError(
            f"There is no file {source}.", hint="Name a file that `backup` wrote.", code="no-file"
        )
    known = _seal_of(source, opened).known()
    if known is None:
        raise Damaged(
            f"The seal of this backup ({_beside(source, SEAL_ENDING).name}) is missing, damaged or "
            "of another installation.",
            hint="Nothing was changed. Use another backup, or put back the seal that `backup` "
            "wrote beside it.",
        )
    schema.refuse_strange(source)
    with connection.engine_of_copy(source) as copy:
        found = verify(opened, engine=copy, known=known)
    if not found.whole:
        told = f"{len(found.damaged)} versions in it are not what was saved"
        told += f"; its audit log is broken at line {found.broken.sequence}" if found.broken else ""
        raise Damaged(
            f"This backup is damaged: {told}.",
            hint="Nothing was changed. Use another backup.",
        )
    return found


def accept_loss(store: Store, line: AuditLine) -> None:
    """Go on with a log whose end is lost: what is missing is written down as its next line."""
    opened = store.opened(whole=False)
    before = opened.head.known() or Known(0, START)
    with connection.reading(opened.engine) as raw:
        last = lines.last(raw)
    opened.head.start_again(Known(last.sequence, last.hash) if last else Known(0, START))
    store.close()
    facts: dict[str, str | int] = {**line.facts, "reason_found": opened.fault or "none"}
    facts |= {"lines_before": before.sequence, "hash_before": before.hash}
    store.note(replace(line, facts=facts))


def _opened_for_repair(store: Store, at: datetime) -> Opened:
    """The store, or where its database cannot be opened at all, a new one in its place."""
    try:
        return store.opened(whole=False)
    except Damaged:
        file = store.place.file
        for path in (file, file.with_name(f"{file.name}-wal")):
            if path.exists():
                path.replace(_named(path, at))
        file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
        return open_at(store.place, lambda: at)


def _put_aside(store: Store, at: datetime) -> Path:
    """A copy of what stands in the store now."""
    opened = store.opened(whole=False)
    if not connection.is_file(opened.engine):
        target = store.place.keys.parent / f"replaced-{at:%Y%m%dT%H%M%S}.sqlite"
        _copy_rows(opened.engine, target)
        return target
    target = _named(store.place.file, at)
    if target.exists():  # the file that could not be opened
        return target
    connection.copy_file(store.place.file, target)
    return target


def _named(path: Path, at: datetime) -> Path:
    return path.with_name(f"{path.name}.replaced-{at:%Y%m%dT%H%M%S}")


@contextmanager
def _at_hand(engine: Engine, draft: Path, file: Path) -> Iterator[Engine]:
    """A copy of a database as a file, open to be looked through."""
    if connection.is_file(engine):
        connection.copy_file(file, draft)
    else:
        _copy_rows(engine, draft)
    with connection.engine_of_copy(draft) as copy:
        yield copy


def _copy_rows(engine: Engine, target: Path) -> None:
    """The rows of a database that is no file, as a file."""
    target.unlink(missing_ok=True)
    copy = connection.engine_at("", target)
    try:
        schema.migrate(copy)
        with connection.reading(engine) as read, connection.writing(copy) as write:
            ledger.copy_all(read, write)
    finally:
        copy.dispose()


def _pour(source: Path, opened: Opened, store: Store) -> None:
    """Replace what is in the store by what is in a checked backup, in one transaction."""
    if connection.is_file(opened.engine):
        connection.copy_into(source, store.place.file)
        schema.guard_again(opened.engine)
        return
    with (
        connection.engine_of_copy(source) as copy,
        connection.reading(copy) as read,
        connection.writing(opened.engine) as write,
    ):
        schema.start_again(write)
        ledger.copy_all(read, write)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _seal_of(path: Path, opened: Opened) -> Head:
    return Head(_beside(path, SEAL_ENDING), opened.keys.of("backup"))


def _unwritable(target: Path, why: str) -> Unavailable:
    return Unavailable(
        f"The backup cannot be written: {why}.",
        hint=f"There is no backup, and nothing was changed. Make room in {target.parent}, or name "
        "another folder that you may write to.",
        code="backup",
    )
