"""The statements of the store: what is asked of the database, and nothing about what it means.

Whether a row is sound is for `sealing` to say; the statements of the audit log stand in `lines`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dashboard.vault.tables import CHANGES, LEDGER, RECORDS, REQUESTS, Change, Row

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_BATCH = 500  # rows at a time


def current(raw: Connection, kind: str, id: str) -> tuple[Change | None, Row | None]:  # noqa: A002
    """The newest version by each of the two tables."""
    found: list[Any] = []
    for table in (CHANGES, RECORDS):
        newest = sa.select(table).where(table.c.kind == kind, table.c.id == id)
        found.append(raw.execute(newest.order_by(table.c.version.desc()).limit(1)).first())
    change, row = found
    return change and Change(*change), row and Row(*row)


def versions(raw: Connection, kind: str, id: str) -> tuple[list[Change], list[Row]]:  # noqa: A002
    """Every version by each of the two tables, the oldest first."""
    found: list[list[Any]] = []
    for table in (CHANGES, RECORDS):
        held = sa.select(table).where(table.c.kind == kind, table.c.id == id)
        found.append(list(raw.execute(held.order_by(table.c.version))))
    return [Change(*each) for each in found[0]], [Row(*each) for each in found[1]]


def current_of(raw: Connection, kind: str) -> tuple[list[Change], list[Row]]:
    """The newest version of everything of a kind, by each of the two tables."""
    found: list[list[Any]] = []
    for table in (CHANGES, RECORDS):
        newest = (
            sa.select(table.c.id.label("id"), sa.func.max(table.c.version).label("version"))
            .where(table.c.kind == kind)
            .group_by(table.c.id)
            .subquery()
        )
        joined = sa.and_(table.c.id == newest.c.id, table.c.version == newest.c.version)
        held = sa.select(table).join(newest, joined).where(table.c.kind == kind)
        found.append(list(raw.execute(held.order_by(table.c.id))))
    return [Change(*each) for each in found[0]], [Row(*each) for each in found[1]]


def everything(raw: Connection) -> tuple[list[Change], Iterator[Row]]:
    """Every change, and every record as it comes."""
    changes = [Change(*each) for each in raw.execute(sa.select(CHANGES))]
    return changes, (Row(*each) for each in raw.execute(sa.select(RECORDS)))


def of_subject(raw: Connection, subject: str) -> int:
    """How many versions are kept of a patient."""
    counted = sa.select(sa.func.count()).select_from(RECORDS).where(RECORDS.c.subject == subject)
    return int(raw.execute(counted).scalar_one())


def add(raw: Connection, row: Row, *, digest: str, sequence: int) -> None:
    """Add a version, and that it was saved."""
    raw.execute(sa.insert(RECORDS), row._asdict())
    change = Change(row.kind, row.id, row.version, digest, sequence)
    raw.execute(sa.insert(CHANGES), change._asdict())


def remove_older(raw: Connection, kind: str, id: str, version: int) -> None:  # noqa: A002
    """Take away versions up to this one, of a kind that may lose them."""
    for table in (RECORDS, CHANGES):
        here = (table.c.kind == kind, table.c.id == id, table.c.version <= version)
        raw.execute(sa.delete(table).where(*here))


def copy_all(source: Connection, target: Connection) -> None:
    """Copy every row of every table of the ledger into empty ones."""
    for table in LEDGER.sorted_tables:
        rows = source.execute(sa.select(table)).mappings()
        for batch in rows.partitions(_BATCH):
            target.execute(sa.insert(table), [dict(each) for each in batch])


def request(raw: Connection, request_id: str) -> tuple[str, str, int] | None:
    """What was saved for a request."""
    found = raw.execute(sa.select(REQUESTS).where(REQUESTS.c.request == request_id)).first()
    return (found[1], found[2], found[3]) if found else None


def add_request(raw: Connection, request_id: str, row: Row) -> None:
    """Note what was saved for a request."""
    values = {"request": request_id, "kind": row.kind, "id": row.id, "version": row.version}
    raw.execute(sa.insert(REQUESTS), values)
