"""Who is signed in on a server: visits that end by themselves, and can be ended from elsewhere.

A visit ends after a quarter of an hour without a sign of life, after twelve hours in any case, and
when it is revoked. How long it lasted is measured with a clock that only goes forward; the clock of
the day serves where the program was started again in between, and when it went backwards the visit
is over. The database holds a hash of the token, so that who reads it cannot become anybody.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dashboard.vault.record import Unavailable

if TYPE_CHECKING:
    from dashboard.vault.store import Store

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
_WRITTEN_EVERY = timedelta(seconds=30)  # a sign of life; a disk need not hear of each
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Visit:
    """One sign-in of one person."""

    person: str
    opened: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a visit may last, in all and without a sign of life."""

    idle: timedelta = IDLE
    longest: timedelta = LONGEST


class Visits:
    """The visits of an installation; safe to ask from several threads and processes."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ticks = ticks
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, float]] = {}  # when opened and last seen, in ticks
        self._tried: dict[str, float] = {}  # when a sign of life could not be written, in ticks

    def open(self, person: str) -> str:
        """Begin a visit; the token that stands for it from now on."""
        from dashboard.vault import connection, visit_rows

        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._clock()
        with connection.writing(self._store.opened().engine) as raw:
            visit_rows.add(raw, _hash(token), person, now.isoformat())
        with self._lock:
            self._known[_hash(token)] = (self._ticks(), self._ticks())
        return token

    def seen(self, token: str) -> Visit | None:
        """The visit of this token, which is alive by being asked for; None when it is over."""
        from dashboard.vault import connection, visit_rows

        name, engine = _hash(token), self._store.opened().engine
        with connection.reading(engine) as raw:
            held = visit_rows.found(raw, name)
        if held is None or held[3]:
            return None
        now = self._clock()
        visit = Visit(held[0], datetime.fromisoformat(held[1]), datetime.fromisoformat(held[2]))
        if self._over(name, visit, now):
            with suppress(Unavailable):  # it is over all the same: nobody needs to write it down
                self.close(token)
            return None
        if abs(now - visit.seen) >= _WRITTEN_EVERY and self._may_try(name):
            self._touch(name, now)
        return visit

    def _may_try(self, name: str) -> bool:
        """Whether a sign of life that could not be written was not tried just now."""
        with self._lock:
            ago = self._ticks() - self._tried.get(name, -math.inf)
        return ago >= _WRITTEN_EVERY.total_seconds()

    def _touch(self, name: str, now: datetime) -> None:
        """Write a sign of life down; where there is no room this program remembers it alone."""
        from dashboard.vault import connection, visit_rows

        try:
            with connection.writing(self._store.opened().engine) as raw:
                visit_rows.touch(raw, name, now.isoformat())
        except Unavailable:
            with self._lock:
                self._tried[name] = self._ticks()

    def goes_on(self, token: str) -> bool:
        """Whether the visit of this token is not over yet; asking is no sign of life."""
        from dashboard.vault import connection, visit_rows

        name = _hash(token)
        with connection.reading(self._store.opened().engine) as raw:
            held = visit_rows.found(raw, name)
        if held is None or held[3]:
            return False
        visit = Visit(held[0], datetime.fromisoformat(held[1]), datetime.fromisoformat(held[2]))
        return not self._over(name, visit, self._clock(), heard=False)

    def close(self, token: str) -> None:
        """End a visit."""
        from dashboard.vault import connection, visit_rows

        with connection.writing(self._store.opened().engine) as raw:
            visit_rows.revoke(raw, self._clock().isoformat(), token=_hash(token))
        with self._lock:
            self._known.pop(_hash(token), None)
            self._tried.pop(_hash(token), None)

    def revoke(self, person: str) -> int:
        """End all visits of somebody, wherever they are; how many there were."""
        from dashboard.vault import connection, visit_rows

        with connection.writing(self._store.opened().engine) as raw:
            return visit_rows.revoke(raw, self._clock().isoformat(), person=person)

    def _over(self, name: str, visit: Visit, now: datetime, *, heard: bool = True) -> bool:
        ticks = self._ticks()
        with self._lock:
            if name in self._known:
                lasted, silent = (ticks - then for then in self._known[name])
            else:  # begun before this program was
                lasted, silent = ((now - at).total_seconds() for at in (visit.opened, visit.seen))
                if silent < 0 or lasted < 0:
                    return True
            self._known[name] = (ticks - lasted, ticks if heard else ticks - silent)
        limits = self._limits
        return silent > limits.idle.total_seconds() or lasted > limits.longest.total_seconds()


def named(token: str) -> str:
    """How the audit log calls the visit of a token; nobody becomes anybody with it."""
    return _hash(token)[:12]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
