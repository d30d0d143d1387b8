"""A meeting on several screens: all show what the presenter shows."""

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.presenting import Screen
from dashboard.services import cases, meetings
from tests.unit.services.meeting_desk import Clock, contexts, opened, real


@pytest.fixture
def people(tmp_path):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", Clock())
    yield found
    found["owner"].store.close()


def test_meeting_is_followed_by_other_screens(people):
    """A screen asks for what is newer than it shows; nothing newer, no answer."""
    anna, vic = people["anna"], people["vic"]
    day = anna.today
    case = cases.save(anna, opened(anna), {"team": ("anna", "vic")}).paper
    assert meetings.newer(vic, day, 0) is None
    turned = meetings.turn_to(anna, day, case.id)
    seen = meetings.newer(vic, day, 0)
    assert seen == turned
    assert (seen.meeting.case, seen.meeting.presenter_name) == (case.id, "Dr Anna")
    assert meetings.newer(vic, day, seen.version) is None
    meetings.show(anna, day, Screen.DECISION)
    assert meetings.newer(vic, day, seen.version).meeting.screen is Screen.DECISION


def test_meeting_asked_without_news_leaves_no_line(people):
    """Asking every other second does not fill the audit log."""
    anna = people["anna"]
    turned = meetings.turn_to(anna, anna.today, opened(anna).paper.id)
    before = len(anna.store.entries())
    for _ in range(5):
        meetings.newer(anna, anna.today, turned.version)
    assert len(anna.store.entries()) == before


def test_meeting_turns_to_ones_own_cases_only(people):
    """A presenter cannot put on every screen what they may not see."""
    case = opened(people["anna"], real(people["anna"])).paper
    with pytest.raises(UserError, match="no case of this address"):
        meetings.turn_to(people["ben"], people["ben"].today, case.id)
    with pytest.raises(NotPermitted):
        meetings.turn_to(people["vic"], people["vic"].today, case.id)


def test_meeting_keeps_time_ticks_and_those_present(people):
    """The timer runs by the clock of the machine; a second presenter undoes nothing."""
    anna, owner = people["anna"], people["owner"]
    day = anna.today
    case = opened(anna).paper
    meetings.turn_to(anna, day, case.id)
    meetings.tick(owner, day, "wishes", done=True)
    meetings.attend(anna, day, ["Dr Anna", " Dr Ben ", "", "Dr Anna"])
    anna.clock.pass_days(1 / 1440)
    spoken = meetings.spoken(anna, day, case.id)
    assert (round(spoken.seconds), spoken.ticks) == (60, ("wishes",))
    assert meetings.of(anna, day).meeting.present == ("Dr Anna", "Dr Ben")
    meetings.start_or_pause(anna, day)
    anna.clock.pass_days(1)
    assert round(meetings.spoken(anna, day, case.id).seconds) == 60
    assert meetings.now(anna) == anna.clock.time


def test_meeting_without_a_change_is_not_saved_again(people):
    """Turning to the case that is shown makes no new version."""
    anna = people["anna"]
    case = opened(anna).paper
    first = meetings.turn_to(anna, anna.today, case.id)
    assert meetings.turn_to(anna, anna.today, case.id).version == first.version
