"""Commit before reveal: nobody sees another's ballot before, nobody changes theirs after."""

from dataclasses import replace

import pytest

from dashboard.meeting.ballot import (
    Ballot,
    BallotRefused,
    Phase,
    Round,
    board_chance,
    cast,
    choices,
    do_without,
    reveal,
)
from tests.unit.meeting.made import NOW

ANNA = Ballot("anna", "Anna", "a", 0.7, {"a": 0.6, "b": 0.2}, "fit enough")
BEN = Ballot("ben", "Ben", "b", 0.4, {"b": 0.5})


def two():
    """A round with two ballots."""
    return cast(cast(Round("k1"), ANNA, NOW), BEN, NOW)


def test_round_shows_each_member_their_own_ballot_only():
    """Others are there, and say nothing."""
    seen = two().seen_by("anna")
    assert seen.of("anna").chances == ANNA.chances
    blind = seen.of("ben")
    assert (blind.name, blind.choice, blind.confidence, blind.chances, blind.words, blind.at) == (
        "Ben", "", 0.0, {}, "", None,
    )  # fmt: skip
    assert two().seen_by("nobody").of("anna").choice == ""


def test_round_shows_everything_once_revealed():
    """After the reveal all ballots stand side by side, and who revealed them."""
    shown = reveal(two(), by="chair", at=NOW)
    assert shown.seen_by("ben") == shown
    assert (shown.phase, shown.changed_by) == (Phase.REVEALED, "chair")
    assert not shown.covers_forecast
    assert two().covers_forecast


def test_round_takes_a_new_ballot_in_place_of_the_former():
    """Before the reveal a member may think again."""
    again = cast(two(), replace(ANNA, choice="b"), NOW)
    assert len(again.ballots) == 2
    assert again.of("anna").choice == "b"
    assert again.of("anna").at == NOW


@pytest.mark.parametrize("closed", [Phase.REVEALED, Phase.OFF])
def test_round_takes_no_ballot_after_the_forecast_was_shown(closed):
    """An estimate made with the forecast in sight is not one's own."""
    with pytest.raises(BallotRefused, match="Ballots are closed"):
        cast(replace(two(), phase=closed), ANNA, NOW)


@pytest.mark.parametrize(
    ("ballot", "words"),
    [
        (replace(ANNA, choice=""), "needs a choice"),
        (replace(ANNA, confidence=1.2), "between 0 and 100%"),
        (replace(ANNA, chances={"a": -0.1}), "between 0 and 100%"),
    ],
)
def test_round_refuses_what_is_no_ballot(ballot, words):
    """A ballot has a choice, and its figures are chances."""
    with pytest.raises(BallotRefused, match=words):
        cast(Round("k1"), ballot, NOW)


def test_round_is_not_revealed_without_ballots():
    """An empty reveal would be a way around."""
    with pytest.raises(BallotRefused, match="Nobody has given a ballot"):
        reveal(Round("k1"), by="chair", at=NOW)


def test_round_revealed_twice_stays_as_it_was():
    """The first reveal counts."""
    first = reveal(two(), by="chair", at=NOW)
    assert reveal(first, by="other", at=NOW) is first


def test_round_is_done_without_for_a_reason():
    """The chair may do without ballots while there are none, and says why."""
    off = do_without(Round("k1"), by="chair", at=NOW, reason=" one person only ")
    assert (off.phase, off.reason, off.covers_forecast) == (Phase.OFF, "one person only", False)
    with pytest.raises(BallotRefused, match="needs a reason"):
        do_without(Round("k1"), by="chair", at=NOW, reason=" ")
    with pytest.raises(BallotRefused, match="given already"):
        do_without(two(), by="chair", at=NOW, reason="hurry")


def test_board_chance_is_the_mean_of_those_who_gave_one():
    """Who said nothing of a regimen does not count for it."""
    assert board_chance(two(), "a") == 0.6
    assert board_chance(two(), "b") == pytest.approx(0.35)
    assert board_chance(two(), "c") is None


def test_choices_are_counted():
    """The most chosen first."""
    third = cast(two(), Ballot("cem", "Cem", "b", 0.5), NOW)
    assert choices(third) == {"b": 2, "a": 1}
