"""Emergency access: off by default, for a reason, for reading, for some hours, seen by auditors."""

from dataclasses import replace

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import case_files, cases, decisions, drafts, emergency
from dashboard.services.context import Actor, Role
from tests.unit.services.meeting_desk import Clock, contexts, opened, real

WHY = "Seizure at night, team not in reach"
AUDITOR = Actor("audrey", "Audrey", Role.AUDITOR)


@pytest.fixture
def clock():
    """A time that stands until it is moved."""
    return Clock()


@pytest.fixture
def people(tmp_path, clock):
    """A context for each person over one store, on an installation that allows it."""
    found = contexts(tmp_path / "data", clock)
    settings = replace(found["owner"].settings, emergency_access=True)
    yield {name: replace(each, settings=settings) for name, each in found.items()}
    found["owner"].store.close()


@pytest.fixture
def case(people):
    """A case of Anna's team, of somebody real."""
    return opened(people["anna"], real(people["anna"])).paper


def test_emergency_opens_the_papers_for_reading_and_is_written_down(people, case):
    """Ben sees case and patient at once and later; the log has his reason, the auditor his name."""
    ben = people["ben"]
    (papers,) = emergency.open_papers(ben, " P-REAL ", WHY)
    assert papers.case == case
    assert papers.patient == real(ben)
    assert papers.decision is None
    assert emergency.still_open(ben) == (papers,)
    actions = [
        (e.action, e.actor, e.subject) for e in ben.store.entries() if "emergency" in e.action
    ]
    assert actions == [
        ("emergency.opened", "ben", "P-REAL"), ("emergency.read", "ben", "P-REAL"),
    ]  # fmt: skip
    (told,) = emergency.accesses(replace(ben, actor=AUDITOR))
    assert (told.person, told.pseudonym, told.reason) == ("ben", "P-REAL", WHY)


def test_emergency_changes_nothing_and_hands_nothing_out(people, case):
    """Every other service still says that there is no such case for Ben."""
    ben, held = people["ben"], cases.read(people["anna"], case.id)
    emergency.open_papers(ben, "P-REAL", WHY)
    for ask in (
        lambda: cases.read(ben, case.id),
        lambda: cases.save(ben, held, {"wishes": "x"}),
        lambda: decisions.of(ben, case.id),
        lambda: drafts.keep(ben, case, "case", {"wishes": "x"}, base=1),
        lambda: case_files.hand_out(ben, case.id, reason=WHY),
    ):
        with pytest.raises(UserError, match="no case of this address"):
            ask()
    assert cases.find(ben, case.id) is None
    assert emergency.still_open(people["anna"]) == ()


def test_emergency_ends_by_itself(people, case, clock):
    """After four hours nothing is open, and a clock that went backward opens nothing either."""
    emergency.open_papers(people["ben"], "P-REAL", WHY)
    clock.pass_days(3.99 / 24)
    assert len(emergency.still_open(people["ben"])) == 1
    clock.pass_days(0.02 / 24)
    assert emergency.still_open(people["ben"]) == ()
    clock.pass_days(-1)
    assert emergency.still_open(people["ben"]) == ()
    clock.pass_days(40)
    assert emergency.accesses(people["owner"]) == ()


def test_emergency_is_refused_without_setting_reason_or_case(people, case):
    """Each refusal says what to do; asking for what is not there is written down."""
    ben = people["ben"]
    off = replace(ben, settings=replace(ben.settings, emergency_access=False))
    with pytest.raises(UserError, match="switched off here"):
        emergency.open_papers(off, "P-REAL", WHY)
    assert emergency.still_open(off) == ()
    with pytest.raises(UserError, match="for a reason only"):
        emergency.open_papers(ben, "P-REAL", "  now ")
    for name in ("P-NOBODY", ""):
        with pytest.raises(UserError, match="no case of another team"):
            emergency.open_papers(ben, name, WHY)
    with pytest.raises(UserError, match="no case of another team"):
        emergency.open_papers(people["anna"], "P-REAL", WHY)
    with pytest.raises(NotPermitted):
        emergency.open_papers(people["vic"], "P-REAL", WHY)
    assert "emergency.nothing-found" in {entry.action for entry in ben.store.entries()}
