"""What was done, by whom and when: lines that can be added to, and never changed unnoticed.

Each line carries a SHA-256 over itself and the line before, so that whoever has an export can check
the chain, and a MAC with a key that no database holds, so that nobody else can make a new one. How
far the log goes is also kept in a file outside the database (`Head`): what is cut off at the end
would leave a sound chain. Lines name actions, pseudonyms and versions, never a patient's values.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from dashboard.vault.record import written

START = "0" * 64  # what the first line names as the hash before it
_SLOT = 512  # bytes, one sector: written whole or not at all
_FIELDS = ("sequence", "at", "actor", "role", "session", "action", "subject", "facts", "changes")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """What is written down of one action: never a patient's values."""

    at: datetime
    actor: str
    action: str
    subject: str = ""  # a patient's pseudonym, a pack, a format
    facts: Mapping[str, str | int] = field(default_factory=dict)
    role: str = ""
    session: str = ""
    may_wait: bool = False  # a mere look: it may be written down when there is room again


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit line as it stands in the log."""

    sequence: int
    at: str
    actor: str
    role: str
    session: str
    action: str
    subject: str
    facts: str  # JSON
    changes: str  # JSON: [kind, id, version, digest] of every record saved with it
    previous: str
    hash: str
    mac: str


class Break(StrEnum):
    """How a log was tampered with, as far as it can be told from what is left."""

    CHANGED = "changed"
    DELETED = "deleted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line at which a log stops being the one that was written."""

    sequence: int
    kind: Break
    told: str


@dataclass(frozen=True, slots=True)
class Known:
    """How far the log is known to go."""

    sequence: int
    hash: str


def entry_of(
    line: AuditLine, sequence: int, previous: str, changes: Iterable[tuple[str, str, int, str]]
) -> Entry:
    """The line as the next one of the log, still without its MAC."""
    entry = Entry(
        sequence=sequence,
        at=line.at.isoformat(),
        actor=line.actor,
        role=line.role,
        session=line.session,
        action=line.action,
        subject=line.subject,
        facts=written(dict(line.facts)),
        changes=written([list(change) for change in changes]),
        previous=previous,
        hash="",
        mac="",
    )
    return _with(entry, digest_of(entry))


def _with(entry: Entry, digest: str, mac: str = "") -> Entry:
    values = {name: getattr(entry, name) for name in (*_FIELDS, "previous")}
    return Entry(**values, hash=digest, mac=mac)


def signed(entry: Entry, key: bytes) -> Entry:
    """The same with its MAC."""
    return _with(entry, entry.hash, _mac(entry.hash, key))


def digest_of(entry: Entry) -> str:
    """The hash this line should have: SHA-256 over the hash before it and all it says, as JSON."""
    told = [entry.previous, *(getattr(entry, name) for name in _FIELDS)]
    return hashlib.sha256(written(told).encode()).hexdigest()


def _mac(digest: str, key: bytes) -> str:
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()


def sound(entry: Entry, key: bytes) -> bool:
    """Whether the line says what it said when it was written; a damaged one may hold anything."""
    try:
        digest = digest_of(entry)
    except (TypeError, ValueError):
        return False
    return entry.hash == digest and hmac.compare_digest(str(entry.mac), _mac(digest, key))


def first_broken(entries: Iterable[Entry], key: bytes, known: Known) -> Broken | None:
    """Where the log, in the order it is kept, first stops being what was written; None: nowhere."""
    expected, previous, at_head = 1, START, START
    for entry in entries:
        broken = _broken(entry, expected, previous, key)
        if broken is not None:
            return broken
        expected, previous = entry.sequence + 1, entry.hash
        if entry.sequence == known.sequence:
            at_head = entry.hash
    if expected - 1 < known.sequence:
        told = f"the log ends at line {expected - 1}, and went on to line {known.sequence}"
        return Broken(expected, Break.TRUNCATED, told)
    if at_head != known.hash:
        told = "its hash is not the one kept outside the database"
        return Broken(known.sequence, Break.CHANGED, told)
    return None


def _broken(entry: Entry, expected: int, previous: str, key: bytes) -> Broken | None:
    if not sound(entry, key):
        return Broken(expected, Break.CHANGED, "it does not say what was written")
    if entry.sequence == expected and entry.previous == previous:
        return None
    if entry.sequence > expected:
        told = f"line {entry.sequence} stands in its place"
        return Broken(expected, Break.DELETED, told)
    told = f"line {entry.sequence} stands where line {expected} belongs"
    return Broken(expected, Break.REORDERED, told)


class Head:
    """How far the log goes, in a file outside the database: two places written in turn."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def known(self) -> Known | None:
        """The furthest line that is known; None when the file is missing or says nothing sound."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        slots = [self._read(content[start : start + _SLOT]) for start in (0, _SLOT)]
        return max((slot for slot in slots if slot), key=lambda each: each.sequence, default=None)

    def advance(self, known: Known) -> None:
        """Keep a line as the last one; an earlier one than is kept changes nothing."""
        before = self.known()
        if before is None or known.sequence > before.sequence:
            self._write(known)

    def start_again(self, known: Known) -> None:
        """Forget what was known: after a restore, which the log itself tells of."""
        self._path.unlink(missing_ok=True)
        self._write(known)

    def _write(self, known: Known) -> None:
        told = written([known.sequence, known.hash])
        slot = written([told, _mac(told, self._key)]).encode().ljust(_SLOT)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lseek(handle, (known.sequence % 2) * _SLOT, os.SEEK_SET)
            os.write(handle, slot)
        finally:
            os.close(handle)

    def _read(self, slot: bytes) -> Known | None:
        try:
            told, mac = json.loads(slot.replace(b"\0", b" "))
            if not hmac.compare_digest(mac, _mac(told, self._key)):
                return None
            sequence, digest = json.loads(told)
        except (ValueError, TypeError, AttributeError):
            return None
        return Known(sequence, digest)
