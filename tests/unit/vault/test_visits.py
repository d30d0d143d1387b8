"""Visits: they end when nobody is there, after a day's work, and when somebody ends them."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.vault.store import Store
from dashboard.vault.visits import Visits
from tests.unit.vault.stores import NOT_ON_WINDOWS, forked

resource = None if sys.platform == "win32" else importlib.import_module("resource")


class Time:
    """A clock and its ticks, turned by hand, together or apart."""

    def __init__(self):
        self.now, self.passed = datetime(2026, 6, 1, 8, tzinfo=UTC), 1000.0

    def go(self, **spans):
        """Let time pass for both."""
        self.now += timedelta(**spans)
        self.passed += timedelta(**spans).total_seconds()


@pytest.fixture
def time():
    """A time of the test's own."""
    return Time()


def visits_of(store, time):
    """The visits as one program keeps them."""
    return Visits(store, clock=lambda: time.now, ticks=lambda: time.passed)


@pytest.fixture
def visits(store, time):
    """Visits that nobody has made yet."""
    return visits_of(store, time)


def test_a_visit_lasts_while_somebody_is_there(visits, time):
    """A sign of life every few minutes keeps it, for twelve hours."""
    token = visits.open("ann")
    for _ in range(51):
        time.go(minutes=14)
        assert visits.seen(token).person == "ann"
    time.go(minutes=14)
    assert visits.seen(token) is None


def test_a_visit_ends_when_nobody_is_there(visits, time):
    """A quarter of an hour, and not one second more."""
    token = visits.open("ann")
    time.go(minutes=15)
    assert visits.seen(token)
    time.go(minutes=15, seconds=1)
    assert visits.seen(token) is None
    assert visits.seen(token) is None


def test_signs_of_life_are_written_down_now_and_then(visits, time):
    """A click writes nothing; half a minute later one does."""
    token = visits.open("ann")
    opened = time.now
    time.go(seconds=10)
    visits.seen(token)
    assert visits.seen(token).seen == opened
    time.go(seconds=20)
    visits.seen(token)
    assert visits.seen(token).seen == time.now


def test_visits_are_ended_for_somebody_wherever_they_are(visits, store, time):
    """All of one person, and nobody else's."""
    ann, bob = [visits.open("ann"), visits.open("ann")], visits.open("bob")
    elsewhere = visits_of(store, time)
    assert elsewhere.revoke("ann") == 2
    assert elsewhere.revoke("ann") == 0
    assert [visits.seen(token) for token in ann] == [None, None]
    assert visits.seen(bob)
    visits.close(bob)
    assert visits.seen(bob) is None


def test_a_token_nobody_was_given_is_nobodys(visits, store):
    """And the database holds none that could be used."""
    token = visits.open("ann")
    assert visits.seen("guess") is None
    store.close()
    for path in store.place.file.parent.glob("concord.sqlite*"):
        assert token.encode() not in path.read_bytes()


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_is_set_ends_no_visit_and_lengthens_none(visits, time, jump):
    """What counts is time that passed."""
    token = visits.open("ann")
    time.now += jump
    assert visits.seen(token)
    time.go(minutes=16)
    assert visits.seen(token) is None


def test_a_visit_survives_a_restart_of_the_program(visits, store, time):
    """The clock of the day bridges it, and the ticks count from there."""
    token = visits.open("ann")
    time.go(minutes=10)
    again = visits_of(store, time)
    assert again.seen(token)
    time.go(minutes=16)
    assert again.seen(token) is None


def test_a_restart_with_the_clock_set_back_ends_visits(visits, store, time):
    """Nobody can tell any more how long it lasted."""
    token = visits.open("ann")
    time.now -= timedelta(seconds=1)
    assert visits_of(store, time).seen(token) is None


def test_a_look_at_a_visit_is_no_sign_of_life(visits, time):
    """A screen that follows by itself does not keep anybody signed in, and sees when they went."""
    token = visits.open("ann")
    for _ in range(3):
        time.go(minutes=5)
        assert visits.goes_on(token)
    time.go(seconds=1)
    assert not visits.goes_on(token)
    assert visits.seen(token) is None
    again = visits.open("ann")
    visits.revoke("ann")
    assert not visits.goes_on(again)
    assert not visits.goes_on("nobody's")


@NOT_ON_WINDOWS
def test_a_visit_goes_on_where_nothing_can_be_written(place, time):
    """A sign of life that finds no room ends nobody's visit; one that is over is over."""

    def without_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = Store(place)
        visits = visits_of(store, time)
        token, other = visits.open("ann"), visits.open("ben")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        told = []
        for _ in range(3):
            time.go(minutes=10)
            seen = visits.seen(token)
            told.append(seen is not None and seen.person)
        yield [*told, visits.seen(other)]

    child, told = forked(without_room)
    answer = told()
    os.waitpid(child, 0)
    assert answer == ["ann", "ann", "ann", None]
