"""When something was, as exactly as a record says it: an instant, a day, a month or a year.

Two moments are ordered only where the record settles it: instants with a zone by the clock of the
world, local times by their own clock, everything else by whole days. A month or a year is a span,
so a day inside it is neither before nor after. Reads ISO 8601 as FHIR, Phenopackets and case files
write it; dates as people write them are read in `dates`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol, TypeVar

_ISO_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?=$|[T ])", re.ASCII)
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """A day as it was written, the last day it may be, and the time where one was written."""

    first: date
    last: date
    clock: datetime | None = None  # with its zone where one was stated
    sound: bool = True  # False where the time beside the day cannot be read

    @classmethod
    def of(cls, day: date) -> Moment:
        """A whole day."""
        return cls(day, day)

    @property
    def kind(self) -> str:
        """By what it can be ordered: the clock of the world, a clock of its own, or its day."""
        if self.clock is None:
            return "day"
        return "zoned" if _zoned(self.clock) else "local"

    @property
    def exact(self) -> bool:
        """Whether at least the day is known."""
        return self.first == self.last

    def before(self, other: Moment) -> bool:
        """Whether this was certainly earlier than the other."""
        if self.clock is not None and other.clock is not None and self.kind == other.kind:
            return self.clock < other.clock
        return self.last < other.first

    @property
    def order(self) -> tuple[date, str]:
        """A key to sort by, for lists that people read; it settles nothing."""
        clock = self.clock or datetime.combine(self.first, time.min)
        if self.kind == "zoned" and date.min < self.first < date.max:
            clock = clock.astimezone(UTC)
        return clock.date(), clock.time().isoformat()


class Dated(Protocol):
    """Anything that happened at a moment, or at nobody knows when."""

    @property
    def moment(self) -> Moment | None:
        """When."""


Item = TypeVar("Item", bound=Dated)


def read_moment(text: object) -> Moment | None:
    """The moment a text in ISO 8601 says; None where it says no day that exists."""
    plain = text.strip() if isinstance(text, str) else ""
    parts = _ISO_DAY.match(plain)
    if parts is None:
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day is None:
        return Moment(first, _end_of(first, whole_year=month is None), sound=len(plain) < 8)  # noqa: PLR2004
    if len(plain) == parts.end():
        return Moment.of(first)
    try:
        return Moment(first, first, datetime.fromisoformat(plain))
    except ValueError:
        return Moment(first, first, sound=False)


def newest(items: Sequence[Item]) -> list[Item]:
    """The items that may be the newest: all but those that are certainly before another."""
    dated = [(item, item.moment) for item in items if item.moment is not None]
    days: dict[str, date] = {}
    clocks: dict[str, datetime] = {}
    for _, moment in dated:
        days[moment.kind] = max(days.get(moment.kind, date.min), moment.first)
        if moment.clock is not None:
            clocks[moment.kind] = max(clocks.get(moment.kind, moment.clock), moment.clock)
    return [item for item, one in dated if not _is_passed(one, days, clocks)] or [
        item for item, _ in dated
    ]


def _is_passed(one: Moment, days: dict[str, date], clocks: dict[str, datetime]) -> bool:
    """Whether something is certainly later, given the latest day and time of each kind."""
    if one.clock is not None and one.clock < clocks[one.kind]:
        return True
    others = (day for kind, day in days.items() if kind != one.kind or one.clock is None)
    return any(one.last < day for day in others)


def _end_of(first: date, *, whole_year: bool) -> date:
    month = _DECEMBER if whole_year else first.month
    return date(first.year, month, calendar.monthrange(first.year, month)[1])


def _zoned(clock: datetime) -> bool:
    return clock.tzinfo is not None
