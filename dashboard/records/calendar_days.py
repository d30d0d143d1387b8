"""Days counted from the diagnosis, in the place of dates that would identify a patient.

A de-identified patient still needs dates that can be compared: what came first, how long it took.
Every date of a patient is moved by the same number of days, so that the diagnosis falls on a day no
living patient was treated on; intervals stay exactly as they were. Screens show such days by their
number, and `is_counted` tells them from real dates.
"""

from __future__ import annotations

from datetime import date, timedelta

DAY_ZERO = date(1900, 1, 1)
_LATEST_COUNTED = date(1955, 1, 1)  # no record in use here is from before
_EARLIEST_COUNTED = date(1850, 1, 1)
LONGEST_BEFORE = timedelta(days=6574)  # eighteen years; days further back would tell a birthday


def shifted(day: date, zero: date) -> date:
    """The day moved so that `zero` falls on day zero; kept inside the span that is told apart."""
    moved = DAY_ZERO.toordinal() + (day - zero).days
    low, high = _EARLIEST_COUNTED.toordinal(), _LATEST_COUNTED.toordinal() - 1
    return date.fromordinal(min(max(moved, low), high))


def is_counted(day: date) -> bool:
    """Whether a date is a day counted from the diagnosis."""
    return _EARLIEST_COUNTED <= day < _LATEST_COUNTED


def day_number(day: date, zero: date = DAY_ZERO) -> str:
    """A day as it is shown: its number since the diagnosis; long before it, only that."""
    if zero - day > LONGEST_BEFORE:
        return "[date]"
    return f"day {(day - zero).days}"
