"""The statements about visits: the one table of the store whose rows change.

It is no part of what is kept: no backup has it, and no audit line tells of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dashboard.vault.tables import VISITS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def add(raw: Connection, token: str, person: str, at: str) -> None:
    """Note that somebody signed in."""
    values = {"token": token, "person": person, "opened": at, "seen": at, "revoked": ""}
    raw.execute(sa.insert(VISITS), values)


def found(raw: Connection, token: str) -> tuple[str, str, str, str] | None:
    """Whose visit it is, when it was opened, last seen and revoked."""
    shown = (VISITS.c.person, VISITS.c.opened, VISITS.c.seen, VISITS.c.revoked)
    row = raw.execute(sa.select(*shown).where(VISITS.c.token == token)).first()
    return (row[0], row[1], row[2], row[3]) if row else None


def touch(raw: Connection, token: str, at: str) -> None:
    """Note a sign of life."""
    raw.execute(sa.update(VISITS).where(VISITS.c.token == token).values(seen=at))


def revoke(raw: Connection, at: str, **which: str) -> int:
    """End the visits of this token or person; how many there were."""
    here = [VISITS.c[name] == value for name, value in which.items()]
    ended = sa.update(VISITS).where(VISITS.c.revoked == "", *here).values(revoked=at)
    return int(raw.execute(ended).rowcount)
