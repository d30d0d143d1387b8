"""The list to tick and the timer that every screen reads alike."""

from datetime import timedelta

from dashboard.meeting.checklist import ITEMS, Timer, paused, started, ticked
from tests.unit.meeting.made import NOW


def after(seconds):
    """So many seconds later."""
    return NOW + timedelta(seconds=seconds)


def test_timer_counts_while_it_runs():
    """It shows the same on every screen, and stands while it is paused."""
    timer = started(Timer(), NOW)
    assert timer.seconds(after(65)) == 65
    assert timer.words(after(65)) == "1:05 of 6 min"
    held = paused(timer, after(65))
    assert held.seconds(after(900)) == 65
    assert started(held, after(900)).seconds(after(910)) == 75


def test_timer_started_twice_runs_on():
    """A second press does not lose what ran."""
    timer = started(Timer(), NOW)
    assert started(timer, after(30)) is timer


def test_timer_survives_a_clock_that_jumps_back():
    """No negative time is shown, and a forgotten timer ends somewhere."""
    timer = started(Timer(before=10.0), NOW)
    assert timer.seconds(after(-3600)) == 10
    assert timer.seconds(after(90_000)) == 4 * 3600


def test_timer_tells_when_the_planned_time_is_over():
    """Six minutes are not over at six minutes, but after."""
    timer = started(Timer(), NOW)
    assert not timer.is_over(after(360))
    assert timer.is_over(after(361))


def test_checklist_keeps_the_order_of_its_items():
    """Ticks are a set in the list's order; an unknown one is no tick."""
    ticks = ticked((), ITEMS[3].id, done=True)
    ticks = ticked(ticks, ITEMS[0].id, done=True)
    assert ticks == (ITEMS[0].id, ITEMS[3].id)
    assert ticked(ticks, ITEMS[0].id, done=False) == (ITEMS[3].id,)
    assert ticked(ticks, "nonsense", done=True) == ticks


def test_checklist_items_are_distinct_sentences():
    """Every item has an id of its own and is a sentence."""
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    assert all(item.words.endswith(".") and item.part for item in ITEMS)
