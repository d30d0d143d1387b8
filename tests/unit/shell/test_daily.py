"""What is done by itself once a day: tried, told when it cannot be done, ended with the program."""

from __future__ import annotations

import threading

import pytest

from dashboard.services.installation import open_context
from dashboard.shell import daily
from dashboard.vault.record import Unavailable


class Ends(threading.Event):
    """Lets days pass at once, and ends after some of them."""

    def __init__(self, days):
        super().__init__()
        self.days = days

    def wait(self, timeout=None):
        """Whether it is over."""
        assert timeout == 24 * 60 * 60
        self.days -= 1
        return self.days == 0


def test_every_day_it_is_tried_as_itself_until_the_end(tmp_path, monkeypatch):
    """Three days, three times, under a name of its own; a day on which it cannot be is no end."""
    context = open_context({"CONCORD_DATA_DIR": str(tmp_path / "data")})
    asked = []

    def refuse(by):
        asked.append(by.actor.id)
        raise Unavailable("no room", code="store-full")

    monkeypatch.setattr(daily.retention, "tidy", refuse)
    monkeypatch.setattr(daily.consents, "follow", refuse)
    daily.every_day(context, Ends(3))
    assert asked == ["concord"] * 3  # nobody said anything that a cohort would have to be told
    said = {daily.consents.Purpose.RESEARCH: False}
    with pytest.raises(Unavailable):  # kept, and not told at once
        daily.consents.say(context, "H1", said, source="letter", after=0)
    asked.clear()
    daily.every_day(context, Ends(2))
    assert asked == ["concord"] * 4
    context.store.close()
