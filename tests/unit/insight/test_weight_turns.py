"""How far a weight has to move until another regimen leads."""

import pytest

from dashboard.answers.forecast import Chance
from dashboard.answers.ranking import Option, Weights
from dashboard.insight.ranking import MOST_VISITS, rank
from dashboard.insight.weight_turns import turns


def an_option(name, benefit, harm, visits=6.0):
    """A regimen with narrow intervals."""

    def around(p):
        return None if p is None else Chance(p, p - 0.01, p + 0.01)

    return Option(name, around(benefit), around(harm), visits)


STRONG, MILD = an_option("strong", 0.7, 0.6), an_option("mild", 0.5, 0.2)


def asked(options, *weights):
    """The turns under these weights."""
    return turns(options, Weights(*weights), most_visits=MOST_VISITS)


def test_turn_of_harm_is_where_both_are_worth_the_same():
    """0.2 of benefit against 0.4 of harm: even when harm has a third of the two."""
    by_weight = {turn.weight: turn for turn in asked([STRONG, MILD], 9, 1, 0)}
    harm, benefit = by_weight["harm"], by_weight["benefit"]
    assert harm.share == pytest.approx(1 / 3)
    assert (harm.now, harm.before, harm.after) == (pytest.approx(0.1), "strong", "mild")
    assert benefit.share == pytest.approx(2 / 3)


def test_turn_is_where_the_ranking_turns():
    """Just before it one regimen is first, just beyond it the other."""
    (turn,) = [t for t in asked([STRONG, MILD], 8, 1, 1) if t.weight == "harm"]
    for nudge, first in ((-0.02, "strong"), (0.02, "mild")):
        harm = turn.share + nudge
        others = (1 - harm) / 9
        found = rank([STRONG, MILD], Weights(80 * others, 10 * harm, 10 * others))
        assert found.standings[0].regimen == first


def test_turns_may_lie_on_both_sides():
    """A middle way leads only while no weight takes most."""
    middle = an_option("middle", 0.62, 0.36)
    found = [t for t in asked([STRONG, MILD, middle], 7, 3, 0) if t.weight == "harm"]
    assert [t.after for t in found] == ["strong", "mild"]
    assert found[0].share < found[0].now < found[1].share


@pytest.mark.parametrize(
    ("options", "weights"),
    [
        ([STRONG], (5, 5, 5)),
        ([STRONG, MILD], (0, 0, 0)),
        ([an_option("better", 0.9, 0.1), MILD], (5, 5, 0)),
        ([STRONG, an_option("unknown", 0.5, None)], (5, 0, 0)),
        ([STRONG, MILD], (0, 5, 0)),
    ],
    ids=["one", "no weight", "better in all", "not known", "only one weight"],
)
def test_no_turn_where_none_can_be(options, weights):
    """Nothing is told where nothing changes the lead, or too little is known."""
    assert [t for t in asked(options, *weights) if t.weight == "harm"] == []


def test_ranking_brings_its_turns():
    """The board tells them with the chances."""
    assert rank([STRONG, MILD], Weights(9, 1, 0)).turns == asked([STRONG, MILD], 9, 1, 0)
