"""Follow-up: what is due, what may be entered, what came of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.meeting.follow_up import (
    CarriedOut,
    EntryRefused,
    Status,
    all_due,
    due,
    months_after,
    with_entry,
)
from tests.unit.meeting.made import a_follow_up, an_entry


def test_follow_up_asks_month_by_month():
    """The first month without an entry is due, counted from the decision."""
    held = a_follow_up()
    asked = due(held, date(2026, 5, 10))
    assert (asked.month, asked.on, asked.days_late) == (3, date(2026, 4, 30), 10)
    later = due(with_entry(held, an_entry(3)), date(2026, 5, 10))
    assert (later.month, later.on, later.days_late) == (6, date(2026, 7, 31), -82)


@pytest.mark.parametrize("status", [Status.DIED, Status.LOST])
def test_follow_up_ends_with_death_or_loss(status):
    """Nobody is asked about again after that."""
    held = with_entry(a_follow_up(), an_entry(3, status=status))
    assert held.has_ended
    assert due(held, date(2030, 1, 1)) is None


def test_follow_up_ends_when_all_months_are_entered():
    """Three months, three entries, nothing due."""
    held = a_follow_up()
    for month in held.months:
        held = with_entry(held, an_entry(month))
    assert due(held, date(2030, 1, 1)) is None


def test_follow_up_lists_the_most_overdue_first():
    """Of several cases the longest waiting stands on top."""
    early = replace(a_follow_up(), case="early", decided_on=date(2025, 6, 1))
    ended = with_entry(a_follow_up(case="ended"), an_entry(3, status=Status.DIED))
    listed = all_due([a_follow_up(), early, ended], date(2026, 5, 1))
    assert [asked.case for asked in listed] == ["early", "k1"]


def test_follow_up_keeps_a_corrected_entry():
    """The later entry counts, the former stays readable."""
    held = with_entry(a_follow_up(), an_entry(3, response="SD"))
    held = with_entry(held, an_entry(3, response="PR"))
    assert held.at(3).response == "PR"
    assert len(held.entries) == 2


@pytest.mark.parametrize(
    ("responses", "responded"),
    [
        ({}, None),
        ({3: "NE"}, None),
        ({3: "NE", 6: "PR"}, True),
        ({3: "SD", 6: "CR"}, False),
        ({3: "CR"}, True),
        ({6: "PD"}, False),
    ],
)
def test_follow_up_knows_whether_the_patient_responded(responses, responded):
    """The first response that can be evaluated counts."""
    held = a_follow_up()
    for month, response in responses.items():
        held = with_entry(held, an_entry(month, response=response))
    assert held.responded is responded


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"words": " "}, "Nothing is entered; where nothing could be learnt, say so"),
        ({"month": 4}, "Month 4 is not one of 3, 6, 12"),
        ({"on": date(2026, 1, 30)}, "before the decision"),
        ({"carried_out": CarriedOut.NO}, "Say why it was not"),
        ({"carried_out": CarriedOut.YES, "why_not": ("wish",)}, "belong to no or partly"),
        (
            {"carried_out": CarriedOut.NO, "why_not": ("other",), "words": ""},
            "what the other reason is",
        ),
        ({"response": "great"}, "A response is one of CR"),
        ({"worst_grade": 6}, "between 0 and 5"),
        ({"worst_grade": 5}, "Grade 5 is a death"),
        ({"wellbeing": 101.0}, "Wellbeing lies between 0 and 100"),
    ],
)
def test_follow_up_refuses_what_contradicts_itself(change, words):
    """Every contradiction is told in words, and nothing is kept."""
    with pytest.raises(EntryRefused, match="cannot be kept") as refused:
        with_entry(a_follow_up(), an_entry(**{"month": 3, **change}))
    assert words in refused.value.hint


def test_follow_up_takes_why_it_was_not_carried_out():
    """A reason by code, and a death of grade 5."""
    entry = an_entry(
        3, carried_out=CarriedOut.NO, why_not=("death",), worst_grade=5, status=Status.DIED
    )
    assert with_entry(a_follow_up(), entry).latest == entry


@given(st.dates(date(1999, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_months_after_keeps_the_day_or_the_end_of_the_month(day, months):
    """The month is right, and the day is the same or the last of the month."""
    after = months_after(day, months)
    assert (after.year - day.year) * 12 + after.month - day.month == months
    assert after.day == day.day or (after.day < day.day and months_after(after, 0) == after)
    if after.day < day.day:
        assert date.fromordinal(after.toordinal() + 1).day == 1
