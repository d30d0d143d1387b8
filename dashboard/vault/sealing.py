"""How one version is made unreadable to others and unchangeable by anybody.

The whole body is encrypted (AES-256-GCM) under the patient's own key, with table, kind, id, version
and patient as associated data, so that a body cannot be moved to another place. A MAC covers every
column as it stands in the database; it is checked before anything is opened or shown.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dashboard.vault.record import Damaged, Record, written

if TYPE_CHECKING:
    from dashboard.vault.tables import Row

_NONCE = 12  # bytes


def seal(key: bytes, text: bytes, place: bytes) -> bytes:
    """The text encrypted for one place."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """The text again.

    Raises:
        Damaged: it was changed, or belongs to another place or key.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place)
    except (InvalidTag, ValueError):
        raise Damaged("What is kept here cannot be opened: it was changed.") from None


def place_of(record: Record) -> bytes:
    """Where a body belongs."""
    return written(
        ["records", record.kind, record.id, record.version, "body", record.subject]
    ).encode()


def body_of(body: Mapping[str, Any]) -> bytes:
    """A body as bytes."""
    return written(dict(body)).encode()


def record_of(row: Row, text: bytes) -> Record:
    """The record in a row whose MAC holds, with its opened body."""
    body = json.loads(text)
    at = datetime.fromisoformat(row.at)
    return Record(row.kind, row.id, row.version, body, at, row.author, row.subject)


def mac_of(row: Row, key: bytes) -> bytes:
    """The MAC over every column of a row."""
    told = [*row[:-2], hashlib.sha256(row.body).hexdigest()]
    return hmac.new(key, written(told).encode(), hashlib.sha256).digest()


def sound(row: Row, key: bytes) -> bool:
    """Whether a row is what was written; a damaged one may hold anything, of any type."""
    cells: tuple[Any, ...] = row
    kinds = (str, str, int, str, str, str, str, bytes, bytes)
    if not all(isinstance(cell, kind) for cell, kind in zip(cells, kinds, strict=True)):
        return False
    return hmac.compare_digest(mac_of(row, key), row.mac)
