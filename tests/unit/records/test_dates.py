"""Dates: read where they say one day, otherwise returned as what they could be."""

from datetime import date

import pytest

from dashboard.records.dates import order_of, read_date, years_between


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024/2/9", date(2024, 2, 9)),
        ("20240209", date(2024, 2, 9)),
        ("2024-02-29T10:30:00Z", date(2024, 2, 29)),
        ("29.2.2024", date(2024, 2, 29)),
        ("13/04/2024", date(2024, 4, 13)),
        ("04/13/2024", date(2024, 4, 13)),
        ("12/12/2024", date(2024, 12, 12)),
        ("2 Sep 2024", date(2024, 9, 2)),
        ("2nd September 2024", date(2024, 9, 2)),
        ("Sep 2, 2024", date(2024, 9, 2)),
        ("3. M\u00e4rz 2024", date(2024, 3, 3)),
        ("02-SEP-2024", date(2024, 9, 2)),
    ],
)
def test_dates_that_say_one_day(text: str, day: date) -> None:
    """Years first, words for months, and orders that prove themselves need no question."""
    assert read_date(text).day == day


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [("03/04/2024", "dmy", date(2024, 4, 3)), ("03/04/2024", "mdy", date(2024, 3, 4))],
)
def test_dates_follow_a_known_order(text: str, order: str, day: date) -> None:
    """What is known of the column decides."""
    assert read_date(text, order).day == day


@pytest.mark.parametrize(
    ("text", "doubt", "readings"),
    [
        ("03/04/2024", "order", (date(2024, 4, 3), date(2024, 3, 4))),
        ("13/04/66", "century", (date(1966, 4, 13), date(2066, 4, 13))),
        ("2 Sep 24", "century", (date(2024, 9, 2), date(1924, 9, 2))),
        ("45000", "day-number", (date(2023, 3, 15),)),
    ],
)
def test_dates_in_doubt_give_their_readings(
    text: str, doubt: str, readings: tuple[date, ...]
) -> None:
    """Nothing is chosen where two days are possible."""
    found = read_date(text)
    assert found.day is None
    assert (found.doubt, found.readings) == (doubt, readings)


@pytest.mark.parametrize(
    ("text", "partial"),
    [
        ("1966", "1966"),
        ("1966-05", "1966-05"),
        ("05/1966", "1966-05"),
        ("May 1966", "1966-05"),
    ],
)
def test_dates_in_part_stay_in_part(text: str, partial: str) -> None:
    """A year or a month alone is kept as it is."""
    found = read_date(text)
    assert (found.day, found.partial, found.problem) == (None, partial, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("31/02/2024", "2024-02 alone"),
        ("2024-13-01", "2024 alone"),
        ("00/00/0000", "does not exist"),
        ("1966-13", "month 13"),
        ("31 Feb 2024", "does not exist"),
        ("29 Feb 23", "does not exist"),
        ("2 Foo 2024", "is not a date"),
        ("soon", "is not a date"),
        ("13/1966", "is not a date"),
        ("99999", "is not a date"),
    ],
)
def test_dates_that_do_not_exist_say_so(text: str, words: str) -> None:
    """Impossible days are refused; what is known of them is offered."""
    found = read_date(text)
    assert found.day is None
    assert words in found.problem


def test_dates_prove_the_order_of_their_column() -> None:
    """One day above twelve settles a column, two that disagree condemn it."""
    assert order_of(["03/04/2024", "13/04/2024"]) == ("dmy", False)
    assert order_of(["03/04/2024"]) == ("", False)
    assert order_of(["13/04/2024", "04/13/2024"]) == ("", True)


def test_dates_count_completed_years() -> None:
    """A year counts from the birthday on."""
    assert years_between(date(1966, 6, 2), date(2026, 6, 1)) == 59
    assert years_between(date(1966, 6, 1), date(2026, 6, 1)) == 60
