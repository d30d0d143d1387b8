"""The patients' keys: one for each, wrapped by the installation's, in a file of their own.

They are kept apart from the database and from every backup of it. Destroying a key here is what
makes a patient's data unreadable in all of them at once; a note that it was destroyed remains, so
that "erased" and "lost" can be told apart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from dashboard.vault import sealing
from dashboard.vault.record import Damaged, Erased, Unavailable, written

NAME = "patients.keys"
_BYTES = 32
_TABLE = """CREATE TABLE IF NOT EXISTS keys (
    id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, wrapped BLOB NOT NULL,
    destroyed TEXT NOT NULL, mac BLOB NOT NULL) STRICT"""
_INDEX = "CREATE INDEX IF NOT EXISTS keys_of_subject ON keys (subject)"
_COPIES = "CREATE TABLE IF NOT EXISTS copies (path TEXT NOT NULL PRIMARY KEY) STRICT"
_SHAPE = "SELECT type, name, sql FROM sqlite_master"
# No write-ahead log: a copy of a destroyed key must not stay in it.
_PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF")


class Ring:
    """The keys of all patients; safe to ask from several threads and processes."""

    def __init__(self, folder: Path, wrapping: bytes) -> None:
        self._path = folder / NAME
        self._wrapping = wrapping
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def key(self, key_id: str, subject: str) -> bytes:
        """The key of this id.

        Raises:
            Erased: it was destroyed.
            Damaged: it is not there, or was changed.
        """
        with self._asking() as ring:
            found = ring.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
        if found is None or not self._sound(found) or found[1] != subject:
            raise Damaged(
                "The key of this patient is not among the patients' keys, or was changed.",
                hint=f"Bring back {self._path} from its copy; without it this cannot be read.",
            )
        if found[3]:
            raise Erased
        return self._unwrapped(found)

    def key_for(self, subject: str) -> tuple[str, bytes]:
        """The key that a patient's data is sealed with from now on, made when there is none."""
        with self._asking() as ring:  # nearly always there: no lock is taken for looking
            known = self._in_use(ring, subject)
        if known is not None:
            return known
        with self._asking(change=True) as ring:
            known = self._in_use(ring, subject)  # somebody may have made it in between
            if known is not None:
                return known
            key_id, key = secrets.token_hex(8), secrets.token_bytes(_BYTES)
            wrapped = sealing.seal(self._wrapping, key, _place(key_id, subject))
            row = (key_id, subject, wrapped, "")
            ring.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?)", (*row, self._mac(row)))
        return key_id, key

    def _in_use(self, ring: sqlite3.Connection, subject: str) -> tuple[str, bytes] | None:
        held = ring.execute(
            "SELECT * FROM keys WHERE subject = ? AND destroyed = ''", (subject,)
        ).fetchone()
        if held is None or not self._sound(held):
            return None
        return held[0], self._unwrapped(held)

    def destroy(self, subject: str, at: datetime) -> int:
        """Destroy every key of a patient; how many there were. It cannot be undone."""
        with self._asking(change=True) as ring:
            held = ring.execute(
                "SELECT id FROM keys WHERE subject = ? AND destroyed = ''", (subject,)
            ).fetchall()
            for (key_id,) in held:
                row = (key_id, subject, os.urandom(_BYTES), at.isoformat())
                ring.execute(
                    "UPDATE keys SET wrapped = ?, destroyed = ?, mac = ? WHERE id = ?",
                    (row[2], row[3], self._mac(row), key_id),
                )
        if held:
            with self._asking() as ring:
                ring.execute("VACUUM")
        return len(held)

    def copy_to(self, path: Path, *, remember: bool = False) -> None:
        """Write all keys, wrapped as they are, to another file; erasing reaches remembered ones."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600))
        copy = sqlite3.connect(draft)
        try:
            with self._asking() as ring:
                ring.backup(copy)
        finally:
            copy.close()
        draft.replace(path)
        if remember:
            with self._asking(change=True) as ring:
                ring.execute("INSERT OR IGNORE INTO copies VALUES (?)", (str(path.absolute()),))

    def forget_copy(self, path: Path) -> None:
        """Remember a copy no longer: it is taken away."""
        with self._asking(change=True) as ring:
            ring.execute("DELETE FROM copies WHERE path = ?", (str(path.absolute()),))

    def copies_out_of_reach(self) -> tuple[str, ...]:
        """The names of remembered copies that cannot be written now: on a disk taken away."""
        return tuple(path.name for path in self._copies() if not os.access(path, os.W_OK))

    def renew_copies(self) -> None:
        """Write every remembered copy within reach again, over what it held."""
        for path in self._copies():
            if not os.access(path, os.W_OK):
                continue
            with path.open("r+b") as file:  # a file that is only replaced leaves its blocks behind
                file.write(os.urandom(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            self.copy_to(path)

    def _copies(self) -> list[Path]:
        with self._asking() as ring:
            return [Path(path) for (path,) in ring.execute("SELECT path FROM copies ORDER BY path")]

    def take_from(self, path: Path) -> None:
        """Take over the keys of a copy that are not known here; what was destroyed stays so.

        Raises:
            Damaged: it is no copy of the patients' keys of this installation.
        """
        with self._asking() as ring:
            ours = set(ring.execute(_SHAPE))
        copy = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            if not set(copy.execute(_SHAPE)) <= ours:  # a view in its place may never end
                raise _no_copy(path)
            rows = copy.execute("SELECT * FROM keys").fetchall()
        except sqlite3.Error as fault:
            raise _no_copy(path) from fault
        finally:
            copy.close()
        if not all(self._sound(row) for row in rows):
            raise _no_copy(path)
        with self._asking(change=True) as ring:
            ring.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?)", rows)

    @contextmanager
    def _asking(self, *, change: bool = False) -> Iterator[sqlite3.Connection]:
        with self._lock, ExitStack() as at_the_end:
            try:
                opened = self._opened or self._open()
                if opened is not self._opened:
                    at_the_end.callback(opened.close)
                if not change:
                    yield opened
                    return
                opened.execute("BEGIN IMMEDIATE")
                try:
                    yield opened
                    opened.execute("COMMIT")
                finally:
                    if opened.in_transaction:
                        opened.execute("ROLLBACK")
            except (sqlite3.Error, OSError) as fault:
                raise Unavailable(
                    "The patients' keys cannot be used now.",
                    hint=f"Nothing was changed. Make {self._path} and its folder readable and "
                    "writable for you, see that the disk has room, and try again.",
                    code="patients-keys",
                ) from fault

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError:
            if not self._path.is_file():
                raise
            return self._open_to_read()
        opened = sqlite3.connect(
            self._path, timeout=5, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            opened.execute(f"PRAGMA {pragma}")
        opened.execute(_TABLE)
        opened.execute(_INDEX)
        opened.execute(_COPIES)
        weakref.finalize(self, opened.close)
        self._opened = opened
        return opened

    def _open_to_read(self) -> sqlite3.Connection:
        """The keys where nothing can be written; asked anew each time, for it may change."""
        place = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)

    def _unwrapped(self, row: tuple[str, str, bytes, str, bytes]) -> bytes:
        return sealing.unseal(self._wrapping, row[2], _place(row[0], row[1]))

    def _mac(self, row: tuple[str, str, bytes, str]) -> bytes:
        told = written([row[0], row[1], row[2].hex(), row[3]]).encode()
        return hmac.new(self._wrapping, b"ring\0" + told, hashlib.sha256).digest()

    def _sound(self, row: tuple[str, str, bytes, str, bytes]) -> bool:
        kinds = zip(row, (str, str, bytes, str, bytes), strict=True)
        if not all(isinstance(value, kind) for value, kind in kinds):
            return False
        return hmac.compare_digest(self._mac(row[:4]), row[4])


def _no_copy(path: Path) -> Damaged:
    return Damaged(
        f"{path.name} is no sound copy of the patients' keys of this installation.",
        hint="Nothing was changed. Put back the file that `backup` wrote beside the backup.",
    )


def _place(key_id: str, subject: str) -> bytes:
    return written(["keys", key_id, "wrapped", subject]).encode()
