"""The timeline: one event reads as well as two hundred, and what is left out is counted."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.meeting.case import Event
from dashboard.meeting.timeline import (
    BIOPSY,
    MOST_LANES,
    MOST_MARKS,
    MOST_ROWS,
    REPORTED,
    Happening,
    Row,
    happenings,
    lay_out,
    undated,
)
from dashboard.records.calendar_days import DAY_ZERO
from dashboard.records.patient import Measurement, TreatmentCourse
from tests.builders import a_patient, tiny_pack
from tests.unit.meeting.made import a_follow_up, an_entry

START = date(2024, 1, 1)


def day(number):
    """So many days after the start."""
    return START + timedelta(days=number)


def lab(number, value=1.0, title="LDH"):
    """A laboratory value on a day."""
    return Happening(Row.LABORATORY, title, f"{value:g}", day(number), value=value)


def course(first, last, words="A"):
    """A treatment from one day to another; None for still going on."""
    stopped = None if last is None else day(last)
    return Happening(Row.TREATMENT, "Treatment", words, day(first), stopped, last is None)


def places(found):
    """Every place of a timeline."""
    return [x for track in found.tracks for mark in track.marks for x in (mark.x, mark.to)]


def test_timeline_of_nothing_is_empty():
    """No dates, no picture."""
    assert lay_out([]).tracks == ()


def test_timeline_of_one_event_stands_in_the_middle():
    """One event is no line at the edge."""
    found = lay_out([lab(0)])
    assert places(found) == [0.5, 0.5]
    assert found.cuts == ()
    assert found.ticks


def test_timeline_cuts_a_long_gap_and_says_how_long():
    """Ten quiet years between two busy months become a sliver."""
    busy = [lab(n, title="LDH") for n in range(0, 60, 5)]
    found = lay_out([*busy, lab(3700), lab(3720)])
    (cut,) = found.cuts
    assert cut.days == 3700 - 55
    assert cut.to - cut.x == pytest.approx(0.05)
    assert not cut.joins_calendars
    marks = found.tracks[0].marks
    assert marks[11].x == pytest.approx(cut.x)
    assert marks[12].x == pytest.approx(cut.to)


def test_timeline_without_a_long_gap_is_to_scale():
    """Evenly spread events stand evenly spread."""
    found = lay_out([lab(100 * n) for n in range(5)])
    assert found.cuts == ()
    assert [mark.x for mark in found.tracks[0].marks] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_timeline_never_compares_days_of_two_calendars():
    """Days counted from the diagnosis and real dates stand on two sides of a cut."""
    counted = replace(lab(0), started=DAY_ZERO + timedelta(days=30))
    found = lay_out([counted, lab(0), lab(20)])
    (cut,) = found.cuts
    assert cut.joins_calendars
    assert found.ticks[0].words.startswith(("day", "month"))


def test_timeline_thins_a_crowded_row_and_counts_what_it_left_out():
    """Two hundred values keep the first, last, lowest and highest."""
    values = [lab(n, value=5.0 + (n % 7) / 10) for n in range(200)]
    values[77] = lab(77, value=0.1)
    values[131] = lab(131, value=99.0)
    track = lay_out(values).tracks[0]
    assert len(track.marks) == MOST_MARKS
    assert track.left_out == 200 - MOST_MARKS
    kept = {mark.happening for mark in track.marks}
    assert {values[0], values[199], values[77], values[131]} <= kept


def test_timeline_puts_overlapping_treatments_into_lanes():
    """Bars in one row do not lie on each other; what has no row is counted."""
    found = lay_out([course(0, 100), course(50, 150, "B"), course(100, 200, "C")])
    lanes = [t for t in found.tracks if t.row is Row.TREATMENT]
    assert [[m.happening.words for m in lane.marks] for lane in lanes] == [["A", "C"], ["B"]]
    crowd = lay_out([course(n, None, str(n)) for n in range(7)])
    assert len(crowd.tracks) == MOST_LANES
    assert crowd.tracks[-1].left_out == 7 - MOST_LANES


def test_timeline_shows_the_fullest_rows_and_names_the_others():
    """Rows that do not fit are named, not dropped."""
    known = [lab(n, title=f"Value {row:02d}") for row in range(14) for n in range(14 - row)]
    found = lay_out(known)
    assert len(found.tracks) == MOST_ROWS
    assert found.rows_left_out == tuple(f"Value {row:02d}" for row in range(MOST_ROWS, 14))
    assert found.happened == len(known)


def test_timeline_has_its_rows_in_the_order_a_clinician_reads():
    """Treatment, response, biopsy, what the patient reported, laboratory."""
    events = [Event(REPORTED, day(3), "EQ-5D", 70.0), Event(BIOPSY, day(1), "liver")]
    patient = replace(
        a_patient(),
        courses=(TreatmentCourse("A", "", 1, day(0), day(50), "PR"),),
        measurements=(Measurement("albumin_g_dl", 3.5, day(2)),),
    )
    found = lay_out(happenings(patient, tiny_pack(), events))
    assert [track.row for track in found.tracks] == [
        Row.TREATMENT, Row.RESPONSE, Row.BIOPSY, Row.REPORTED, Row.LABORATORY,
    ]  # fmt: skip
    words = [mark.happening.words for track in found.tracks for mark in track.marks]
    assert words == ["A (line 1)", "PR", "liver", "EQ-5D 70", "3.5 g/dL"]


def test_timeline_goes_on_after_the_decision():
    """Follow-up stands on the same axis: response and wellbeing."""
    entry = an_entry(3, response="SD", wellbeing=55.0)
    known = happenings(a_patient(), tiny_pack(), (), a_follow_up(entries=(entry,)))
    assert {(each.row, each.words) for each in known} == {
        (Row.EVENT, "board's decision"), (Row.RESPONSE, "SD"), (Row.REPORTED, "55"),
    }  # fmt: skip


def test_timeline_counts_what_has_no_day():
    """What is not dated is not placed, and said to be there."""
    patient = replace(
        a_patient(),
        courses=(TreatmentCourse("A"), TreatmentCourse("B", started=day(0))),
        measurements=(Measurement("albumin_g_dl", 3.5),),
    )
    assert undated(patient) == 2
    assert [h.words for h in happenings(patient, tiny_pack())] == ["B"]


@given(
    st.lists(
        st.tuples(st.integers(0, 20000), st.integers(0, 900), st.booleans(), st.integers(0, 12)),
        min_size=1,
        max_size=200,
    )
)
def test_timeline_keeps_order_bounds_and_counts(drawn):
    """Whatever is known: places within 0 and 1 in order of time, and nothing lost uncounted."""
    known = [
        course(first, first + length, "T") if is_course else lab(first, length, f"V{row}")
        for first, length, is_course, row in drawn
    ]
    found = lay_out(known)
    assert all(-1e-9 <= x <= 1 + 1e-9 for x in places(found))
    by_day = sorted(
        (mark.happening.started, mark.x) for track in found.tracks for mark in track.marks
    )
    assert [x for _, x in by_day] == pytest.approx(sorted(x for _, x in by_day), abs=1e-9)
    told = sum(len(track.marks) + track.left_out for track in found.tracks)
    hidden = sum(h.title in found.rows_left_out for h in known if h.row is not Row.TREATMENT)
    assert told + hidden == found.happened == len(known)
    assert all(cut.days >= 200 for cut in found.cuts)
    assert all(len(track.marks) <= MOST_MARKS for track in found.tracks)
