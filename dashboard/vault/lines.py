"""The statements of the audit log: its lines as they stand, in the order they are kept.

Whether the log is whole is for `audit` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dashboard.vault.audit import Entry
from dashboard.vault.tables import AUDIT

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def entries(raw: Connection, *, after: int = 0) -> Iterator[Entry]:
    """The lines of the log in the order they are kept."""
    held = sa.select(AUDIT).where(AUDIT.c.sequence > after).order_by(AUDIT.c.sequence)
    return (Entry(*each) for each in raw.execute(held))


def entry(raw: Connection, sequence: int) -> Entry | None:
    """One line of the log."""
    found = raw.execute(sa.select(AUDIT).where(AUDIT.c.sequence == sequence)).first()
    return Entry(*found) if found else None


def last(raw: Connection) -> Entry | None:
    """The last line of the log."""
    found = raw.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)).first()
    return Entry(*found) if found else None


def add(raw: Connection, line: Entry) -> None:
    """Add a line to the log."""
    names = Entry.__dataclass_fields__
    raw.execute(sa.insert(AUDIT), {name: getattr(line, name) for name in names})
