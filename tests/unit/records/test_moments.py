"""When something was: instants, days, months and years, and which of them is certainly earlier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from dashboard.records.moments import Moment, newest, read_moment


@dataclass(frozen=True)
class Sample:
    """Something that was taken at a moment."""

    moment: Moment | None


@pytest.mark.parametrize(
    ("text", "first", "last", "sound"),
    [
        ("2024-05-31", date(2024, 5, 31), date(2024, 5, 31), True),
        (" 2024-05-31 ", date(2024, 5, 31), date(2024, 5, 31), True),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), True),
        ("2023", date(2023, 1, 1), date(2023, 12, 31), True),
        ("2024-05-31T08:30:00+02:00", date(2024, 5, 31), date(2024, 5, 31), True),
        ("2024-05-31T08:30:00.123456789Z", date(2024, 5, 31), date(2024, 5, 31), True),
        ("2024-05-31T25:00:00Z", date(2024, 5, 31), date(2024, 5, 31), False),
        ("2024-05-31 morning", date(2024, 5, 31), date(2024, 5, 31), False),
        ("2024-05T10:00", date(2024, 5, 1), date(2024, 5, 31), False),
    ],
)
def test_a_moment_is_as_exact_as_its_text(text, first, last, sound):
    """A month and a year are spans; a time that cannot be read leaves the day."""
    moment = read_moment(text)
    assert (moment.first, moment.last, moment.sound) == (first, last, sound)
    assert moment.exact is (first == last)


@pytest.mark.parametrize(
    "text", ["", "soon", "2024-13-01", "2024-02-30", "0000-01-01", "31.05.2024", 20240531, None, []]
)
def test_what_is_no_day_is_no_moment(text):
    """Neither words nor days that do not exist."""
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-05-30", "2024-05-31"),
        ("2024-05-31T08:00:00Z", "2024-05-31T09:00:00Z"),
        ("2024-06-01T00:30:00+02:00", "2024-05-31T23:00:00Z"),
        ("2024-05-31T08:00", "2024-05-31T08:01"),
        ("2024-05-30T23:00:00Z", "2024-05-31"),
        ("2024-04", "2024-05-01"),
        ("2023", "2024-01"),
    ],
)
def test_what_is_certainly_earlier(one, other):
    """By the clock of the world where both have a zone, else by whole days."""
    assert read_moment(one).before(read_moment(other))
    assert not read_moment(other).before(read_moment(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-05-31", "2024-05-31T09:00:00Z"),
        ("2024-05-31T08:00", "2024-05-31T09:00:00Z"),
        ("2024-05", "2024-05-20"),
        ("2024", "2024-05-20T08:00:00Z"),
        ("2024-05-31T10:00:00+02:00", "2024-05-31T08:00:00Z"),
    ],
)
def test_what_the_record_does_not_order(one, other):
    """A day inside a month, a local time beside one with a zone: neither is earlier."""
    assert not read_moment(one).before(read_moment(other))
    assert not read_moment(other).before(read_moment(one))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2024-05-30", "2024-05-31", "2024-05-31"], ["2024-05-31", "2024-05-31"]),
        (["2024-06-01T00:30:00+02:00", "2024-05-31T23:00:00Z"], ["2024-05-31T23:00:00Z"]),
        (["2024-05", "2024-05-20", "2024-04-30"], ["2024-05", "2024-05-20"]),
        (
            ["2024-05-31T08:00", "2024-05-31", "2024-05-31T09:00"],
            ["2024-05-31", "2024-05-31T09:00"],
        ),
        (["soon"], []),
        ([], []),
    ],
)
def test_the_newest_are_all_that_nothing_is_certainly_after(texts, expected):
    """What may be the newest is kept; what has no moment is not among it."""
    found = newest([Sample(read_moment(text)) for text in texts])
    assert [one.moment for one in found] == [read_moment(text) for text in expected]


def test_moments_that_go_round_in_a_circle_are_all_kept():
    """Zones can put a clock against the days: then nothing is settled."""
    circle = ["2024-05-03T00:01:00+14:00", "2024-05-01T23:59:00-12:00", "2024-05-02"]
    assert len(newest([Sample(read_moment(text)) for text in circle])) == 3


def test_the_order_for_lists_knows_zones():
    """Sorted for people: by the clock of the world, days first."""
    texts = ["2024-05-31T23:00:00-03:00", "2024-06-01", "2024-05-31", "0001-01-01T00:00:00+02:00"]
    by_time = sorted(texts, key=lambda text: read_moment(text).order)
    assert by_time == [texts[3], texts[2], texts[1], texts[0]]
