"""Which day a text says, in every way that people and machines write dates.

Years come first (2024-02-29), or the month is a word, or the order is known from the rest of the
column: 03/04/2024 alone can be two days and is never guessed at. Two-digit years, spreadsheet day
numbers and partial dates come back as what they are. Days that do not exist are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.records.numerals import plain_text

_MONTH_WORDS = {
    "jan": 1, "januar": 1, "janv": 1, "jän": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3,
    "mrz": 3, "mars": 3, "märz": 3, "apr": 4, "avr": 4, "may": 5, "mai": 5, "jun": 6, "juin": 6,
    "jul": 7, "juil": 7, "aug": 8, "août": 8, "aou": 8, "sep": 9, "sept": 9, "oct": 10, "okt": 10,
    "nov": 11, "dec": 12, "dez": 12, "déc": 12,
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_NUMERIC = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
    r"(?:[T ,]+\d{1,2}:\d{2}.*)?"
)
_DAY_WORD = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?[-/ .]*([^\W\d_]+)\.?[-/ ,.]*(\d{4}|\d{2})")
_WORD_DAY = re.compile(r"([^\W\d_]+)\.?[-/ ]*(\d{1,2})(?:st|nd|rd|th)?[-/ ,.]+(\d{4}|\d{2})")
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?")
_MONTH_YEAR = re.compile(r"(?P<month>[^\W\d_]+|\d{1,2})[-/ .](?P<year>\d{4})")
_DAY_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")
_FIRST_DAY = date(1899, 12, 30)  # spreadsheets count days from here (1900 system)
_LOWEST_DAY, _HIGHEST_DAY = 3_654, 73_050  # 1910 to 2099
_MONTHS = 12
_SENSIBLE_YEARS = range(1900, 2101)
_FULL_YEAR = 4  # digits
_CENTURY_TURN = 30  # 29 may be 2029 or 1929: always asked, never decided


@dataclass(frozen=True, slots=True)
class DateReading:
    """A day, or why there is none: days it could be, or what is wrong."""

    day: date | None = None
    readings: tuple[date, ...] = ()
    doubt: str = ""  # order | century | day-number
    partial: str = ""  # a year or a month that was stated alone
    problem: str = ""  # as the middle of a sentence
    order: str = ""  # dmy | mdy where this text alone proves it


def read_date(text: str, order: str = "") -> DateReading:
    """The day that a text says.

    Args:
        text: what stood in the cell.
        order: `dmy` or `mdy` where that is known for numeric dates.
    """
    plain = plain_text(text)
    if found := _ISO.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(plain):
        return _numeric(found, order)
    if found := _DAY_WORD.fullmatch(plain):
        return _worded(found[3], found[2], found[1])
    if found := _WORD_DAY.fullmatch(plain):
        return _worded(found[3], found[1], found[2])
    return _other(plain)


def order_of(texts: Iterable[str]) -> tuple[str, bool]:
    """The order that a column's numeric dates prove, and whether they contradict each other."""
    proven = {reading.order for text in texts if (reading := read_date(text)).order}
    if len(proven) == 1:
        return proven.pop(), False
    return "", len(proven) > 1


def years_between(earlier: date, later: date) -> int:
    """Completed years from one day to another."""
    return later.year - earlier.year - ((later.month, later.day) < (earlier.month, earlier.day))


def _other(plain: str) -> DateReading:
    if found := _PARTIAL.fullmatch(plain):
        if found[2] and not 1 <= int(found[2]) <= _MONTHS:
            return DateReading(problem=f"names month {found[2]}, which does not exist")
        return DateReading(partial=plain)
    if found := _MONTH_YEAR.fullmatch(plain):
        month = _month(found["month"])
        if month:
            return DateReading(partial=f"{found['year']}-{month:02d}")
    if _DAY_NUMBER.fullmatch(plain) and _LOWEST_DAY <= float(plain) <= _HIGHEST_DAY:
        day = _FIRST_DAY + timedelta(days=int(float(plain)))
        return DateReading(readings=(day,), doubt="day-number")
    return DateReading(problem="is not a date")


def _month(word: str) -> int:
    if word.isdigit():
        return int(word) if 1 <= int(word) <= _MONTHS else 0
    name = word.casefold()
    return _MONTH_WORDS.get(name) or _MONTH_WORDS.get(name[:4]) or _MONTH_WORDS.get(name[:3], 0)


def _day(year: int, month: int, day: int) -> DateReading:
    try:
        return DateReading(date(year, month, day))
    except ValueError:
        known = str(year) if year in _SENSIBLE_YEARS else ""
        if known and 1 <= month <= _MONTHS:
            known = f"{year}-{month:02d}"
        hint = f"; {known} alone would be accepted" if known else ""
        return DateReading(problem=f"is a day that does not exist{hint}", partial=known)


def _numeric(found: re.Match[str], order: str) -> DateReading:
    first, second = int(found["first"]), int(found["second"])
    if found["mark"] == ".":
        order = "dmy"  # points are written between day, month and year only in that order
    proof = "dmy" if first > _MONTHS >= second else "mdy" if second > _MONTHS >= first else ""
    years = _years(found["year"])
    days = []
    for year in years:
        for kind in (order,) if order else (proof,) if proof else ("dmy", "mdy"):
            day, month = (first, second) if kind == "dmy" else (second, first)
            reading = _day(year, month, day)
            if reading.day is None:
                return DateReading(problem=reading.problem, partial=reading.partial, order=proof)
            days.append(reading.day)
    unique = tuple(dict.fromkeys(days))
    if len(unique) == 1:
        return DateReading(unique[0], order=proof)
    return DateReading(readings=unique, doubt="century" if len(years) > 1 else "order", order=proof)


def _worded(year: str, word: str, day: str) -> DateReading:
    month = 0 if word.isdigit() else _month(word)
    if not month:
        return DateReading(problem="is not a date")
    readings = [_day(candidate, month, int(day)) for candidate in _years(year)]
    days = tuple(reading.day for reading in readings if reading.day is not None)
    if len(days) < len(readings):
        return readings[0] if readings[0].problem else readings[-1]
    return DateReading(days[0]) if len(days) == 1 else DateReading(readings=days, doubt="century")


def _years(text: str) -> tuple[int, ...]:
    """The years a text means: two digits can be of this century or the last."""
    if len(text) == _FULL_YEAR:
        return (int(text),)
    short = int(text)
    return (2000 + short, 1900 + short) if short < _CENTURY_TURN else (1900 + short, 2000 + short)
