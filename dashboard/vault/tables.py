"""The tables of the store as statements name them; how they are made stands in `schema`.

Rows come out as they stand there: a damaged file may hold a number where a text belongs, so that
nothing here converts or trusts a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from dashboard.vault.audit import Entry


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


LEDGER = sa.MetaData()


def _table(name: str, shape: Sequence[str], **kinds: Any) -> sa.Table:
    columns = [sa.Column(field, kinds.get(field, sa.Text())) for field in shape]
    return sa.Table(name, LEDGER, *columns)


_INT = sa.BigInteger()
RECORDS = _table("records", Row._fields, version=_INT, body=_Bytes(), mac=_Bytes())
CHANGES = _table("changes", Change._fields, version=_INT, sequence=_INT)
AUDIT = _table("audit", tuple(Entry.__dataclass_fields__), sequence=_INT)
VISITS = sa.Table(
    "visits",
    sa.MetaData(),  # not of the ledger: it changes, and no backup has it
    *(sa.Column(name, sa.Text()) for name in ("token", "person", "opened", "seen", "revoked")),
)
REQUESTS = _table("requests", ("request", "kind", "id", "version"), version=_INT)
