"""The statements of the store: what is asked of the database, and nothing about what it means.

Rows come out as they stand there: a damaged file may hold a number where a text belongs, so that
nothing here converts or trusts a value. Whether a row is sound is for `sealing` and `audit` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from dashboard.vault.audit import Entry

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class _Bytes(UserDefinedType[bytes]):
    """Bytes as the driver gives them; SQLAlchemy's own type trips over damaged cells."""

    cache_ok = True


class Row(NamedTuple):
    """A record as it stands in the table."""

    kind: str
    id: str
    version: int
    subject: str
    sealed_with: str  # the id of the patient's key; empty: the body is open
    at: str
    author: str
    body: bytes
    mac: bytes


class Change(NamedTuple):
    """That a version was saved: kept apart from it, so that neither can be lost unnoticed."""

    kind: str
    id: str
    version: int
    digest: str
    sequence: int


_metadata = sa.MetaData()


def _table(name: str, shape: Sequence[str], **kinds: Any) -> sa.Table:
    columns = [sa.Column(field, kinds.get(field, sa.Text())) for field in shape]
    return sa.Table(name, _metadata, *columns)


_INT = sa.BigInteger()
_RECORDS = _table("records", Row._fields, version=_INT, body=_Bytes(), mac=_Bytes())
_CHANGES = _table("changes", Change._fields, version=_INT, sequence=_INT)
_AUDIT = _table("audit", tuple(Entry.__dataclass_fields__), sequence=_INT)
_REQUESTS = _table("requests", ("request", "kind", "id", "version"), version=_INT)


def current(raw: Connection, kind: str, id: str) -> tuple[Change | None, Row | None]:  # noqa: A002
    """The newest version by each of the two tables."""
    found: list[Any] = []
    for table in (_CHANGES, _RECORDS):
        newest = sa.select(table).where(table.c.kind == kind, table.c.id == id)
        found.append(raw.execute(newest.order_by(table.c.version.desc()).limit(1)).first())
    change, row = found
    return change and Change(*change), row and Row(*row)


def versions(raw: Connection, kind: str, id: str) -> tuple[list[Change], list[Row]]:  # noqa: A002
    """Every version by each of the two tables, the oldest first."""
    found: list[list[Any]] = []
    for table in (_CHANGES, _RECORDS):
        held = sa.select(table).where(table.c.kind == kind, table.c.id == id)
        found.append(list(raw.execute(held.order_by(table.c.version))))
    return [Change(*each) for each in found[0]], [Row(*each) for each in found[1]]


def current_of(raw: Connection, kind: str) -> tuple[list[Change], list[Row]]:
    """The newest version of everything of a kind, by each of the two tables."""
    found: list[list[Any]] = []
    for table in (_CHANGES, _RECORDS):
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
    changes = [Change(*each) for each in raw.execute(sa.select(_CHANGES))]
    return changes, (Row(*each) for each in raw.execute(sa.select(_RECORDS)))


def of_subject(raw: Connection, subject: str) -> int:
    """How many versions are kept of a patient."""
    counted = sa.select(sa.func.count()).select_from(_RECORDS).where(_RECORDS.c.subject == subject)
    return int(raw.execute(counted).scalar_one())


def add(raw: Connection, row: Row, *, digest: str, sequence: int) -> None:
    """Add a version, and that it was saved."""
    raw.execute(sa.insert(_RECORDS), row._asdict())
    change = Change(row.kind, row.id, row.version, digest, sequence)
    raw.execute(sa.insert(_CHANGES), change._asdict())


def remove_superseded(raw: Connection, kind: str, before: str) -> int:
    """Take away versions of an expendable kind that are older and not the newest."""
    newer = _RECORDS.alias()
    superseded = sa.exists().where(
        newer.c.kind == kind, newer.c.id == _RECORDS.c.id, newer.c.version > _RECORDS.c.version
    )
    old = sa.select(_RECORDS.c.id, _RECORDS.c.version).where(
        _RECORDS.c.kind == kind, _RECORDS.c.at < before, superseded
    )
    gone = raw.execute(old).all()
    for table in (_RECORDS, _CHANGES):
        for each in gone:
            here = (table.c.kind == kind, table.c.id == each[0], table.c.version == each[1])
            raw.execute(sa.delete(table).where(*here))
    return len(gone)


def entries(raw: Connection, *, after: int = 0) -> Iterator[Entry]:
    """The lines of the log in the order they are kept."""
    held = sa.select(_AUDIT).where(_AUDIT.c.sequence > after).order_by(_AUDIT.c.sequence)
    return (Entry(*each) for each in raw.execute(held))


def entry(raw: Connection, sequence: int) -> Entry | None:
    """One line of the log."""
    found = raw.execute(sa.select(_AUDIT).where(_AUDIT.c.sequence == sequence)).first()
    return Entry(*found) if found else None


def last_entry(raw: Connection) -> Entry | None:
    """The last line of the log."""
    found = raw.execute(sa.select(_AUDIT).order_by(_AUDIT.c.sequence.desc()).limit(1)).first()
    return Entry(*found) if found else None


def add_entry(raw: Connection, line: Entry) -> None:
    """Add a line to the log."""
    names = Entry.__dataclass_fields__
    raw.execute(sa.insert(_AUDIT), {name: getattr(line, name) for name in names})


def request(raw: Connection, request_id: str) -> tuple[str, str, int] | None:
    """What was saved for a request."""
    found = raw.execute(sa.select(_REQUESTS).where(_REQUESTS.c.request == request_id)).first()
    return (found[1], found[2], found[3]) if found else None


def add_request(raw: Connection, request_id: str, row: Row) -> None:
    """Note what was saved for a request."""
    values = {"request": request_id, "kind": row.kind, "id": row.id, "version": row.version}
    raw.execute(sa.insert(_REQUESTS), values)
