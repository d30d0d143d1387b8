"""What this installation keeps: versions of things that are added, never changed, and never lost.

`Store` reads, `Writing` is one transaction that saves and writes down who did what. Every version
is checked when it is read: what does not verify is withheld and named, never shown. Nothing here
knows what a case or a decision is, who may see it, or how SQL is written.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dashboard.foundation import log
from dashboard.vault.audit import START, AuditLine, Entry, Known, entry_of, signed
from dashboard.vault.keys import NAME
from dashboard.vault.place import Place
from dashboard.vault.record import Conflict, Damaged, Erased, Record, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from dashboard.vault.opening import Opened
    from dashboard.vault.tables import Change, Row

# What takes long to import is imported when a store is first opened: SQLAlchemy and the ciphers.

ERASURE = "erasure"  # the kind of the certificates
KEPT_DRAFTS = 10  # versions of a draft; it is saved every few seconds while somebody types
MOST_WAITING = 10_000  # lines of looks that wait for room; then looking is refused as well
CLOCK = "clock"  # the actor of the line that tells that the clock went backwards
_BACKWARDS = timedelta(minutes=1)  # several machines write one log, and their clocks differ a bit
_NEVER = datetime.min.replace(tzinfo=UTC)

__all__ = ["Conflict", "Damaged", "Erased", "Record", "Store", "Writing"]


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Everything kept at one place; opened when it is first asked, safe to ask from any thread."""

    def __init__(self, place: Place, *, clock: Callable[[], datetime] = _now) -> None:
        self.place = place
        self._clock = clock
        self._opening = threading.Lock()
        self._writer = threading.Lock()
        self._here = threading.local()
        self._open: Opened | None = None
        self._waiting: deque[AuditLine] = deque()

    def opened(self, *, whole: bool = True) -> Opened:
        """The open store; for the modules of this room.

        Raises:
            Damaged: `whole` is asked for, and the end of the audit log is missing.
            UserError: it cannot be opened.
        """
        with self._opening:
            if self._open is None:
                from dashboard.vault.opening import open_at

                self._open = open_at(self.place, self._clock)
                weakref.finalize(self, self._open.engine.dispose)
            if whole and self._open.fault:
                raise Damaged(self._open.fault)
            return self._open

    def now(self) -> datetime:
        """The time by the clock of this store."""
        return self._clock()

    @property
    def has_key(self) -> bool:
        """Whether the key of the store lies in its place."""
        return (self.place.keys / NAME).exists()

    def digest(self, text: str) -> str:
        """A short name for a text that only the key of this store can make: for the audit log.

        Whoever reads the log can tell that twice the same was meant, and not find out what by
        trying.
        """
        key = self.opened().keys.of("digest")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]

    def close(self) -> None:
        """Let go of the files; the next question opens them again."""
        with self._opening:
            if self._open is not None:
                self._open.engine.dispose()
                self._open = None

    def read(self, kind: str, id: str) -> Record | None:  # noqa: A002
        """The newest version; None when there never was one.

        Raises:
            Damaged: it is not what was written.
            Erased: its patient was erased.
        """
        from dashboard.vault import connection, ledger

        opened = self.opened()
        with connection.reading(opened.engine) as raw:
            change, row = ledger.current(raw, kind, id)
        return None if change is None and row is None else checked(opened, change, row)

    def history(self, kind: str, id: str) -> tuple[Record, ...]:  # noqa: A002
        """Every version, the oldest first; raises as `read` does if any of them is not sound."""
        from dashboard.vault import connection, ledger

        opened = self.opened()
        with connection.reading(opened.engine) as raw:
            changes, rows = ledger.versions(raw, kind, id)
        return tuple(
            checked(opened, change, row) for change, row in _paired(changes, rows).values()
        )

    def all(self, kind: str) -> tuple[Record, ...]:
        """The newest version of everything of a kind that is sound and not erased, by id."""
        return tuple(each for each in self._each(kind).values() if isinstance(each, Record))

    def damaged(self, kind: str) -> tuple[str, ...]:
        """The ids of what `all` had to leave out because it is not what was written."""
        found = self._each(kind)
        return tuple(id_ for id_, each in found.items() if isinstance(each, Damaged))

    def _each(self, kind: str) -> dict[str, Record | Damaged | Erased]:
        from dashboard.vault import connection, ledger

        opened = self.opened()
        with connection.reading(opened.engine) as raw:
            changes, rows = ledger.current_of(raw, kind)
        paired = _paired(changes, rows, newest=True)
        by_id = sorted(((str(key[0]), pair) for key, pair in paired.items()), key=itemgetter(0))
        return {id_: _seen(opened, *pair) for id_, pair in by_id}

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: all that is saved and noted in it, or nothing of it.

        A second one inside it, in the same thread, is part of the first.

        Raises:
            UserError: it cannot be written; nothing was changed.
        """
        inside: Writing | None = getattr(self._here, "writing", None)
        if inside is not None:
            yield inside
            return
        from dashboard.vault import connection

        opened = self.opened()
        with self._writer:
            with connection.writing(opened.engine) as raw:
                current = Writing(opened, raw, self._clock)
                self._here.writing = current
                try:
                    yield current
                    late = tuple(self._waiting)
                    known = current.finish(late)
                finally:
                    self._here.writing = None
            for _ in late:
                self._waiting.popleft()
            if known is not None:
                _remember(opened, known)

    def note(self, line: AuditLine) -> None:
        """Write one audit line down, in a transaction of its own or the one it is in.

        Raises:
            UserError: it cannot be written, and is none that may wait.
        """
        with self.noting([line]), self.writing() as writing:
            writing.note(line)

    @contextmanager
    def noting(self, lines: Sequence[AuditLine]) -> Iterator[None]:
        """A block that writes nothing but these lines, in one transaction.

        Where the store cannot be written, lines that may wait are kept in memory and written with
        the next that can be; the log names their actions meanwhile.

        Raises:
            UserError: they cannot be written, and one of them may not wait.
        """
        try:
            with self.writing():
                yield
        except Unavailable:
            may_wait = all(line.may_wait for line in lines)
            if not may_wait or len(self._waiting) + len(lines) > MOST_WAITING:
                raise
            for line in lines:
                log.note("audit-waits", action=line.action)
                self._waiting.append(line)

    def entries(self) -> tuple[Entry, ...]:
        """The audit log as it stands, checked or not."""
        from dashboard.vault import connection, lines

        opened = self.opened(whole=False)
        with connection.reading(opened.engine) as raw:
            return tuple(lines.entries(raw))

    def erase(
        self, subject: str, *, by: str, role: str = "", reason: str = "", session: str = ""
    ) -> Record:
        """Destroy a patient's key, and with it every copy of what is kept; the certificate of it.

        Raises:
            UserError: it could not be written down; nothing was destroyed.
        """
        from dashboard.vault import ledger

        at = self._clock()
        with self.writing() as writing:
            facts: dict[str, str | int] = {"versions": ledger.of_subject(writing.raw, subject)}
            facts |= {"reason": reason} if reason else {}
            missed = writing.opened.ring.copies_out_of_reach()
            line = AuditLine(at, by, "store.erased", subject, facts, role=role, session=session)
            writing.note(line)
            body = {"patient": subject, **facts, "copies_out_of_reach": list(missed)}
            certificate = writing.save(ERASURE, secrets.token_hex(8), body, after=0, by=by)
            # Last, for it cannot be taken back: if the transaction fails after it, asking again
            # writes the certificate. A certificate without an erasure cannot come about.
            writing.finish_with(lambda: writing.opened.ring.destroy(subject, at))
            writing.finish_with(writing.opened.ring.renew_copies)
        return certificate


class Writing:
    """One transaction on the store."""

    def __init__(self, opened: Opened, raw: Connection, clock: Callable[[], datetime]) -> None:
        from dashboard.vault import lines

        self.raw, self.opened = raw, opened
        self._clock = clock
        last = lines.last(raw)
        self._at = Known(last.sequence, last.hash) if last else Known(0, START)
        self._before = last
        self._lines: list[AuditLine] = []
        self._changes: list[tuple[str, str, int, str]] = []
        self._requests: list[str] = []
        self._first: Row | None = None
        self._last: list[Callable[[], object]] = []

    def read(self, kind: str, id: str) -> Record | None:  # noqa: A002
        """The newest version as this transaction sees it; raises as `Store.read` does."""
        from dashboard.vault import ledger

        change, row = ledger.current(self.raw, kind, id)
        return None if change is None and row is None else checked(self.opened, change, row)

    def save(
        self,
        kind: str,
        id: str,  # noqa: A002
        body: Mapping[str, Any],
        *,
        after: int,
        by: str,
        subject: str = "",
    ) -> Record:
        """Add a version.

        Args:
            kind: what it is.
            id: which one.
            body: what JSON can hold.
            after: the version that was seen while editing; 0 for something new.
            by: who saves it.
            subject: the pseudonym of the patient whose key seals it.

        Raises:
            Conflict: somebody saved another version first; it carries theirs.
            Damaged: the version to follow is not what was written.
        """
        from dashboard.vault import ledger, schema

        current = self._version(kind, id)
        if current != after:
            held = self.read(kind, id)
            raise Conflict(held) if held else Damaged(f"Version {after} of this is not there.")
        record = Record(kind, id, after + 1, body, self._clock(), by, subject)
        row = self._sealed(record)
        digest, chained = row.mac.hex(), kind not in schema.EXPENDABLE
        ledger.add(self.raw, row, digest=digest, sequence=self._at.sequence + 1 if chained else 0)
        if chained:
            self._changes.append((kind, id, record.version, digest))
        else:
            ledger.remove_older(self.raw, kind, id, record.version - KEPT_DRAFTS)
        self._first = self._first or row
        return record

    def note(self, line: AuditLine) -> None:
        """Add a line to the audit log; the first one of a transaction names what was saved."""
        self._lines.append(line)

    def done_before(self, request: str) -> Record | None:
        """What was saved when this request came before; a new one is remembered with this save."""
        from dashboard.vault import ledger

        known = ledger.request(self.raw, request)
        if known is None:
            self._requests.append(request)
            return None
        kind, id_, version = known
        changes, rows = ledger.versions(self.raw, kind, id_)
        return checked(self.opened, *_paired(changes, rows).get((id_, version), (None, None)))

    def finish_with(self, act: Callable[[], object]) -> None:
        """Do something that cannot be taken back once all else has been written down."""
        self._last.append(act)

    def finish(self, late: Sequence[AuditLine] = ()) -> Known | None:
        """Write down what was done; how far the log goes now, or None when nothing was.

        Args:
            late: lines that waited for room, written after this transaction's own.
        """
        from dashboard.vault import ledger, lines

        if self._changes and not self._lines:
            kinds = sorted({change[0] for change in self._changes})
            by = self._first.author if self._first else ""
            facts: dict[str, str | int] = {"kinds": " ".join(kinds)}
            self._lines.append(AuditLine(self._clock(), by, "store.saved", facts=facts))
        for request in self._requests if self._first else []:
            ledger.add_request(self.raw, request, self._first)  # type: ignore[arg-type]
        changes = tuple(self._changes)
        waited = [replace(line, facts={**line.facts, "late": "yes"}) for line in late]
        told = [*self._lines, *self._of_clock(), *waited]
        for line in told:
            entry = entry_of(line, self._at.sequence + 1, self._at.hash, changes)
            lines.add(self.raw, signed(entry, self.opened.audit_key))
            self._at, changes = Known(entry.sequence, entry.hash), ()
        for act in self._last:
            act()
        return self._at if told else None

    def _of_clock(self) -> list[AuditLine]:
        """A line of its own where the clock is behind that of the line before."""
        if not self._lines or self._before is None:
            return []
        now, before = self._lines[0].at, self._before
        with suppress(ValueError, TypeError):  # a damaged line; the chain tells of it
            behind = datetime.fromisoformat(before.at) - now
            if behind > _BACKWARDS:
                facts: dict[str, str | int] = {
                    "seconds": int(behind.total_seconds()), "line": before.sequence,
                }  # fmt: skip
                return [AuditLine(now, CLOCK, "clock.went-back", facts=facts)]
        return []

    def _version(self, kind: str, id_: str) -> int:
        from dashboard.vault import ledger

        change, row = ledger.current(self.raw, kind, id_)
        versions = {each.version if each else 0 for each in (change, row)}
        if len(versions) != 1:
            raise Damaged("Versions of this are missing.")
        return versions.pop()

    def _sealed(self, record: Record) -> Row:
        from dashboard.vault import sealing
        from dashboard.vault.tables import Row

        body, key_id = sealing.body_of(record.body), ""
        if record.subject:
            key_id, key = self.opened.ring.key_for(record.subject)
            body = sealing.seal(key, body, sealing.place_of(record))
        row = Row(
            record.kind,
            record.id,
            record.version,
            record.subject,
            key_id,
            record.at.isoformat(),
            record.by,
            body,
            b"",
        )
        return row._replace(mac=sealing.mac_of(row, self.opened.records_key))


_Pair = tuple["Change | None", "Row | None"]


def _paired(
    changes: list[Change], rows: list[Row], *, newest: bool = False
) -> dict[tuple[str, int], _Pair]:
    """What the two tables say of each version, or with `newest` of each thing's newest."""
    said: dict[tuple[str, int], _Pair] = {}
    for change in changes:
        said[change.id, 0 if newest else change.version] = (change, None)
    for row in rows:
        key = (row.id, 0 if newest else row.version)
        said[key] = (said.get(key, (None, None))[0], row)
    return said


def checked(opened: Opened, change: Change | None, row: Row | None) -> Record:
    """The record, if both tables agree on it and it is what was written; for this room.

    Raises:
        Damaged: it is not.
        Erased: its patient was erased.
    """
    from dashboard.vault import sealing

    if change is None or row is None or change.version != row.version:
        raise Damaged("A version of this is missing from the store.")
    if not sealing.sound(row, opened.records_key) or change.digest != row.mac.hex():
        raise Damaged(f"Version {change.version} of this is not what was saved.")
    if not row.sealed_with:
        return sealing.record_of(row, row.body)
    key = opened.ring.key(row.sealed_with, row.subject)
    shell = Record(row.kind, row.id, row.version, {}, _NEVER, row.author, row.subject)
    return sealing.record_of(row, sealing.unseal(key, row.body, sealing.place_of(shell)))


def _seen(opened: Opened, change: Change | None, row: Row | None) -> Record | Damaged | Erased:
    try:
        return checked(opened, change, row)
    except (Damaged, Erased) as fault:
        return fault


def _remember(opened: Opened, known: Known) -> None:
    """Keep how far the log goes outside the database; a lag is allowed, being ahead is not."""
    try:
        opened.head.advance(known)
    except OSError:
        log.note("audit-head", code="not-written")
