"""Ballots through their service: blind for everybody, whoever asks, until they are revealed."""

import threading

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.ballot import BallotRefused, Phase
from dashboard.services import ballots, cases
from tests.unit.services.meeting_desk import Clock, contexts, opened


@pytest.fixture
def people(tmp_path):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", Clock())
    yield found
    found["owner"].store.close()


@pytest.fixture
def case_id(people):
    """A case of Anna and Ben."""
    held = opened(people["anna"])
    return cases.save(people["anna"], held, {"team": ("anna", "ben", "vic")}).paper.id


def give(context, case_id, choice="docetaxel", chance=0.3, name=""):
    """A ballot."""
    return ballots.give(
        context, case_id, name, choice, confidence=0.8, chances={"docetaxel": chance}
    )


def test_ballots_are_blind_until_revealed(people, case_id):
    """Ben sees that Anna voted, and not what; afterwards both see all."""
    anna, ben = people["anna"], people["ben"]
    give(anna, case_id)
    seen = ballots.of(ben, case_id)
    assert [(b.name, b.choice, b.chances) for b in seen.ballots] == [("Dr Anna", "", {})]
    assert ballots.of(anna, case_id).of("anna").choice == "docetaxel"
    assert give(ben, case_id, "alectinib").of("anna").choice == ""
    shown = ballots.reveal(anna, case_id)
    assert shown.phase is Phase.REVEALED
    assert {b.choice for b in ballots.of(ben, case_id).ballots} == {"docetaxel", "alectinib"}
    with pytest.raises(BallotRefused, match="Ballots are closed"):
        give(ben, case_id)


def test_ballots_of_one_machine_are_told_apart_by_name(people, case_id):
    """The owner passes the keyboard round; without saying who, nothing can be seen."""
    owner = people["owner"]
    give(owner, case_id, name="Dr Kim")
    give(owner, case_id, "alectinib", name=" dr kim ")
    found = give(owner, case_id, "alectinib", name="Dr Oz")
    assert len(found.ballots) == 2
    assert found.of("dr kim").choice == ""
    assert {b.choice for b in ballots.of(owner, case_id).ballots} == {""}
    with pytest.raises(BallotRefused, match="needs a name"):
        give(owner, case_id, name="  ")


def test_ballots_given_at_the_same_time_are_all_kept(people, case_id):
    """Twelve members press at once; none is lost and none sees an error."""
    owner, failed = people["owner"], []

    def vote(number):
        try:
            give(owner, case_id, name=f"member {number}")
        except UserError as fault:
            failed.append(fault)

    threads = [threading.Thread(target=vote, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(ballots.of(owner, case_id).ballots) == 12


def test_ballots_can_be_done_without_for_a_reason(people, case_id):
    """It is written down that the chair did without."""
    anna = people["anna"]
    assert ballots.do_without(anna, case_id, "only one member").phase is Phase.OFF
    assert "ballots.done_without" in [e.action for e in anna.store.entries()]
    with pytest.raises(BallotRefused, match="Ballots are closed"):
        give(anna, case_id)


def test_ballots_are_for_those_who_decide(people, case_id):
    """A viewer of the team reads and gives none; a stranger finds no case."""
    with pytest.raises(NotPermitted):
        give(people["vic"], case_id)
    with pytest.raises(UserError, match="no case of this address"):
        ballots.of(people["eva"], case_id)
    with pytest.raises(BallotRefused, match="Nobody has given"):
        ballots.reveal(people["anna"], case_id)
