"""How a store is opened: database, keys, tables, and whether the log goes as far as it is known to.

Opening makes what is not there yet, takes the steps that are missing (with a backup first), and
compares the end of the log with what is kept outside the database. A log that ends too early means
that saves are missing although everything left is sound; nothing is then shown as if it were whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.foundation.errors import UserError
from dashboard.vault import connection, lines, schema
from dashboard.vault.audit import START, Head, Known, sound
from dashboard.vault.keys import Keys, open_keys
from dashboard.vault.place import Place
from dashboard.vault.ring import Ring

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

KEPT_COPIES = "backups"


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that is open."""

    engine: Engine
    keys: Keys
    records_key: bytes
    audit_key: bytes
    ring: Ring
    head: Head
    fault: str = ""  # why the log is not what it was; empty: it is


def open_at(place: Place, clock: Callable[[], datetime]) -> Opened:
    """Open the store at a place.

    Raises:
        UserError: it cannot be used, is of a newer Concord, or its key is missing.
    """
    _make_private(place.file.parent)
    engine = connection.engine_at(place.database, place.file)
    with ExitStack() as if_it_fails:
        if_it_fails.callback(engine.dispose)
        opened = _opened(engine, place, clock)
        if_it_fails.pop_all()
    return opened


def fits(place: Place, keys: Keys) -> bool:
    """Whether this key wrote the log that lies here; also when no log can be read to tell by."""
    if not (place.database or place.file.exists()):
        return True
    engine = connection.engine_at(place.database, place.file)
    try:
        with connection.reading(engine) as raw:
            told = list(lines.entries(raw))
    except UserError:  # damaged, empty or out of reach: to be repaired with this very key
        return True
    finally:
        engine.dispose()
    key = keys.of("audit")
    return not told or any(sound(each, key) for each in told)  # some may be damaged


def _opened(engine: Engine, place: Place, clock: Callable[[], datetime]) -> Opened:
    version = 0
    if place.database or place.file.exists():
        version = schema.version_of(engine)
    keys = open_keys(place.keys, make=version == 0)
    if version != len(schema.STEPS):
        schema.migrate(engine, before=lambda at: copy_before(engine, place, at, clock()))
    audit_key = keys.of("audit")
    head = Head(place.keys / "audit.head", audit_key)
    return Opened(
        engine=engine,
        keys=keys,
        records_key=keys.of("records"),
        audit_key=audit_key,
        ring=Ring(place.keys, keys.of("wrap")),
        head=head,
        fault=_fault(engine, head, audit_key),
    )


def _make_private(folder: Path) -> None:
    with suppress(OSError):  # it may be read-only, and there already
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _fault(engine: Engine, head: Head, key: bytes) -> str:
    """What is wrong with the end of the log."""
    known = head.known()  # before the database is looked at: others may be writing
    with connection.reading(engine) as raw:
        last = lines.last(raw)
        if known is None and last is not None:
            known = head.known()
        at_known = lines.entry(raw, known.sequence) if known and known.sequence else None
    if known is None:
        if last is None and not head.exists:
            head.start_again(Known(0, START))
            return ""
        return "The file that says how far the audit log goes is missing or damaged."
    end = last.sequence if last else 0
    if end < known.sequence:
        return (
            f"The audit log ends at line {end}, and went on to line {known.sequence}: "
            "the newest saves are missing."
        )
    if known.sequence and (at_known is None or at_known.hash != known.hash):
        return f"Line {known.sequence} of the audit log is not the one that was written."
    if last is not None and not sound(last, key):
        return f"Line {end} of the audit log is not the one that was written."
    return ""


def copy_before(engine: Engine, place: Place, version: int, at: datetime) -> Path | None:
    """A copy of the database file as it was before its tables change; None on a server."""
    if not connection.is_file(engine):
        return None
    folder = place.file.parent / KEPT_COPIES
    target = folder / f"before-version-{version}-{at:%Y%m%dT%H%M%S}.sqlite"
    connection.copy_file(place.file, target)
    return target
