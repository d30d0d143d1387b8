"""Which of several versions of a guideline is the newest, by their dates and their numbers?

A date is given as a day, a month or a year: two are compared as far as both are given. Where that
leaves them equal, the numbers in the versions decide, as numbers: 10 comes after 9. Where neither
decides, none is chosen. Knows nothing of what the versions say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"\d+")


def newest_of(versions: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The newest of versions, each a date and a version; several where it cannot be told."""
    for each in versions:
        if all(_is_later(each, other) for other in versions if other != each):
            return (each,)
    # Dates of unlike precision can go round in a circle; then every version is still open.
    unbeaten = [each for each in versions if not any(_is_later(o, each) for o in versions)]
    return tuple(unbeaten or versions)


def _is_later(one: tuple[str, str], other: tuple[str, str]) -> bool:
    days = [_numbers(date) for date, _ in (one, other)]
    known = min(map(len, days))
    first, second = (day[:known] for day in days)
    if first != second:
        return first > second
    numbers = [_numbers(version) for _, version in (one, other)]
    return all(numbers) and _trimmed(numbers[0]) > _trimmed(numbers[1])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBER.findall(text)))


def _trimmed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Version 3.0 is version 3."""
    while numbers and not numbers[-1]:
        numbers = numbers[:-1]
    return numbers
