"""The picture of a timeline: everything drawn stays inside it, and words say the same."""

import itertools
import re
from datetime import date, timedelta

from components.charts.journey import STRIP_WIDTH, WIDTH, journey, words_of
from dashboard.meeting.timeline import Happening, Row, Timeline, lay_out

START = date(2024, 1, 1)


def day(number):
    """So many days after the start."""
    return START + timedelta(days=number)


def values(count, title="LDH"):
    """A row of numbers, a day apart."""
    return [
        Happening(Row.LABORATORY, title, f"{n % 9}.5", day(n), value=n % 9 + 0.5)
        for n in range(count)
    ]


def test_journey_of_nothing_is_no_picture():
    """Where nothing is dated there is nothing to draw."""
    assert journey(Timeline()) is None


def test_journey_of_one_event_says_it():
    """One biopsy: one point with its words."""
    drawn = journey(lay_out([Happening(Row.BIOPSY, "Biopsy", "liver", START)]))
    assert drawn.svg.count("<circle") == 1
    assert ">liver</text>" in drawn.svg
    assert drawn.alt == "Timeline of 1 dated entries. Biopsy: liver."


def test_journey_of_two_hundred_events_stays_inside_its_frame():
    """No point and no bar leaves the picture, and no row grows."""
    rows = [each for row in range(8) for each in values(25, f"Value {row}")]
    for strip, width in ((False, WIDTH), (True, STRIP_WIDTH)):
        drawn = journey(lay_out(rows), strip=strip)
        places = [float(x) for x in re.findall(r' c?x="([-0-9.]+)"', drawn.svg)]
        assert min(places) >= 0
        assert max(places) <= width == drawn.width
        assert drawn.height < 320
        assert drawn.svg.count("<circle") == 8 * 24


def test_journey_words_of_a_row_do_not_lie_on_each_other():
    """Of many values only the telling ones have words, and those have room."""
    drawn = journey(lay_out(values(24)))
    told = [
        (float(x), len(words))
        for x, words in re.findall(r'<text x="([0-9.]+)"[^>]*>(\d\.5)</text>', drawn.svg)
    ]
    assert 2 <= len(told) <= 4
    spans = sorted((x, x + 6.9 * letters) for x, letters in told)
    assert all(to <= after for (_, to), (after, _) in itertools.pairwise(spans))


def test_journey_names_a_cut_and_what_was_left_out():
    """The picture's words tell how long the empty stretch was, and how much is not drawn."""
    known = [*values(40), Happening(Row.LABORATORY, "LDH", "9", day(2000), value=9.0)]
    words = words_of(lay_out(known))
    assert "A stretch of 5 years in which nothing is on record is cut short" in words
    assert "and 17 more" in words
    many = [each for row in range(12) for each in values(2, f"Value {row:02d}")]
    assert "Not drawn: Value 09, Value 10, Value 11" in words_of(lay_out(many))


def test_journey_shows_what_goes_on_and_how_it_was_answered():
    """An arrow for a treatment without an end, a box for a response, text escaped."""
    known = [
        Happening(Row.TREATMENT, "Treatment", "<b>A</b>", day(0), day(90)),
        Happening(Row.TREATMENT, "Treatment", "B", day(100), None, going_on=True),
        Happening(Row.RESPONSE, "Best response", "PR", day(90)),
        Happening(Row.RESPONSE, "Best response", "something else", day(100)),
    ]
    svg = journey(lay_out(known)).svg
    assert "<b>" not in svg
    assert svg.count("<path") == 1
    assert ">PR</text>" in svg
    assert ">somethin</text>" in svg
