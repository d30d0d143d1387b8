"""Whether everything kept is what was written: every version, every line, and how they fit.

One pass over a whole database, the live one or a backup: each MAC is checked, each sealed body
opened where its key still is, each version held against the change that was noted of it and against
the audit line that tells of it, and the log followed from its first line to the last known one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.vault import connection, ledger, lines
from dashboard.vault.audit import START, Broken, Entry, Known, first_broken
from dashboard.vault.opening import Opened
from dashboard.vault.record import Damaged, Erased
from dashboard.vault.store import checked

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from dashboard.vault.tables import Change

_Version = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at everything found."""

    versions: int
    erased: int  # versions that nobody can read any more, because somebody asked for it
    lines: int
    damaged: tuple[_Version, ...]  # kind, id and version of what is not what was saved, or is gone
    broken: Broken | None  # where the audit log stops being what was written

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damaged and self.broken is None


def verify(
    opened: Opened, *, engine: Engine | None = None, known: Known | None = None
) -> Verification:
    """Look at everything.

    Args:
        opened: the store, with its keys.
        engine: another database of the same keys to look at instead: a backup.
        known: how far its log is known to go; the store's own otherwise.

    Raises:
        Damaged: the file is so damaged that it cannot be looked through.
    """
    known = known or opened.head.known()
    with connection.reading(engine or opened.engine) as raw:
        entries = tuple(lines.entries(raw))
        versions, erased, damaged = _versions(opened, raw, entries)
    broken = first_broken(entries, opened.audit_key, known or Known(0, START))
    return Verification(versions, erased, len(entries), tuple(sorted(damaged)), broken)


def _versions(
    opened: Opened, raw: Connection, entries: Iterable[Entry]
) -> tuple[int, int, set[_Version]]:
    changes, rows = ledger.everything(raw)
    noted = {(change.kind, change.id, change.version): change for change in changes}
    count, erased, damaged, seen = 0, 0, set[_Version](), set[_Version]()
    for row in rows:
        place = (str(row.kind), str(row.id), _number(row.version))
        count += 1
        seen.add(place)
        try:
            checked(opened, noted.get(place), row)
        except Erased:
            erased += 1
        except Damaged:
            damaged.add(place)
    damaged |= {place for place in noted if place not in seen}
    told = _told(entries)
    damaged |= {place for place, digest in told.items() if _differs(noted.get(place), digest)}
    damaged |= {place for place, change in noted.items() if change.sequence and place not in told}
    return count, erased, {(str(kind), str(id_), _number(n)) for kind, id_, n in damaged}


def _told(entries: Iterable[Entry]) -> dict[_Version, str]:
    """The digest of every version that the log tells of."""
    told = {}
    for entry in entries:
        try:
            for kind, id_, version, digest in json.loads(entry.changes):
                told[kind, id_, version] = digest
        except (ValueError, TypeError):
            continue  # the chain is broken here, which is told of the line
    return told


def _differs(change: Change | None, digest: str) -> bool:
    return change is None or change.digest != digest


def _number(cell: object) -> int:
    return cell if isinstance(cell, int) else -1
