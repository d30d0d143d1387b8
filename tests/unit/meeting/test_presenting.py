"""What all screens follow: the case, the view, the timer and the ticks of each case."""

from datetime import timedelta

from dashboard.meeting.presenting import (
    Meeting,
    Screen,
    showing,
    spoken_of,
    toggled,
    turned_to,
    with_tick,
)
from tests.unit.meeting.made import NOW, TODAY


def minutes(count):
    """So many minutes later."""
    return NOW + timedelta(minutes=count)


def test_meeting_starts_the_timer_with_a_case():
    """Turning to a case begins its time and shows its summary."""
    held = turned_to(showing(Meeting(TODAY), Screen.DECISION), "k1", NOW)
    assert (held.case, held.screen) == ("k1", Screen.CASE)
    assert held.timer.seconds(minutes(2)) == 120


def test_meeting_keeps_time_and_ticks_of_every_case():
    """Going back to a case goes on where it stood."""
    held = with_tick(turned_to(Meeting(TODAY), "k1", NOW), "wishes", done=True)
    held = turned_to(held, "k2", minutes(3))
    assert held.ticks == ()
    assert spoken_of(held, "k1", minutes(9)).seconds == 180
    assert spoken_of(held, "k1", minutes(9)).ticks == ("wishes",)
    back = turned_to(held, "k1", minutes(5))
    assert back.ticks == ("wishes",)
    assert spoken_of(back, "k1", minutes(6)).seconds == 240
    assert spoken_of(back, "k2", minutes(6)).seconds == 120
    assert len(back.spoken) == 1


def test_meeting_turned_to_the_same_case_changes_nothing():
    """A second press on the same case loses no time."""
    held = turned_to(Meeting(TODAY), "k1", NOW)
    assert turned_to(held, "k1", minutes(2)) is held


def test_meeting_timer_is_paused_and_started_by_one_button():
    """The same button does both."""
    held = turned_to(Meeting(TODAY), "k1", NOW)
    stands = toggled(held, minutes(1))
    assert spoken_of(stands, "k1", minutes(8)).seconds == 60
    assert spoken_of(toggled(stands, minutes(8)), "k1", minutes(9)).seconds == 120


def test_meeting_knows_nothing_of_a_case_not_spoken_of():
    """No time and no ticks."""
    assert spoken_of(Meeting(TODAY), "k9", NOW).seconds == 0
