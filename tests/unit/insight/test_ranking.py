"""Ranking under personal weights: chances of being first, dominance, and when there is none."""

import pytest

from dashboard.answers.forecast import Chance
from dashboard.answers.ranking import Option, Weights
from dashboard.insight.ranking import rank


def an_option(regimen, benefit=0.5, harm=0.5, burden=4.0, spread=0.1, **changes):
    """An option whose intervals reach this far to both sides."""

    def around(p):
        return Chance(p, max(p - spread, 0.0), min(p + spread, 1.0))

    made = {"benefit": around(benefit), "harm": around(harm), "burden": burden, **changes}
    return Option(regimen, **made)


def firsts(ranking):
    """The chance of being first of each."""
    return {standing.regimen: standing.first for standing in ranking.standings}


def test_ranking_equal_options_have_equal_chances():
    """Nothing tells them apart, so each is first about as often as the other."""
    found = firsts(rank([an_option("a"), an_option("b")], Weights()))
    assert found["a"] == pytest.approx(0.5, abs=0.03)
    assert sum(found.values()) == pytest.approx(1.0)


def test_ranking_wide_intervals_leave_it_open():
    """The same difference is nearly sure with narrow intervals and hardly told with wide ones."""
    weights = Weights(benefit=10, harm=0, burden=0)
    sure = firsts(rank([an_option("a", 0.6, spread=0.02), an_option("b", spread=0.02)], weights))
    unsure = firsts(rank([an_option("a", 0.6, spread=0.3), an_option("b", spread=0.3)], weights))
    assert sure["a"] > 0.99
    assert 0.55 < unsure["a"] < 0.8


def test_ranking_follows_the_weights():
    """Who fears harm most has another first than who wants benefit most."""
    strong = an_option("strong", benefit=0.8, harm=0.8, spread=0.05)
    mild = an_option("mild", benefit=0.5, harm=0.1, spread=0.05)
    wanting = rank([strong, mild], Weights(benefit=10, harm=1, burden=0))
    fearing = rank([strong, mild], Weights(benefit=1, harm=10, burden=0))
    assert wanting.standings[0].regimen == "strong"
    assert fearing.standings[0].regimen == "mild"
    assert wanting.standings[0].place < wanting.standings[1].place


def test_ranking_burden_counts_in_visits():
    """Of two alike the one with fewer visits comes first when visits count."""
    options = [an_option("often", burden=12.0, spread=0.01), an_option("seldom", burden=0.0,
                                                                     spread=0.01)]  # fmt: skip
    found = rank(options, Weights(benefit=1, harm=1, burden=10))
    assert found.of("seldom").first > 0.99
    assert rank(options, Weights(1, 1, 0)).of("seldom").first == pytest.approx(0.5, abs=0.05)


def test_ranking_marks_what_another_dominates():
    """As good in everything that counts and better in something: named, with how surely."""
    worse = an_option("worse", benefit=0.4, harm=0.6, burden=8.0, spread=0.05)
    found = rank([an_option("better", spread=0.05), worse], Weights())
    assert found.of("worse").dominated_by == "better"
    assert 0.5 < found.of("worse").dominated_share <= 1.0
    assert found.of("better").dominated_by == ""


def test_ranking_dominance_asks_only_what_counts():
    """A drawback that has no weight saves nobody from being dominated."""
    options = [an_option("a", benefit=0.6, burden=12.0), an_option("b", benefit=0.5, burden=0.0)]
    assert rank(options, Weights(5, 5, 5)).of("b").dominated_by == ""
    assert rank(options, Weights(5, 5, 0)).of("b").dominated_by == "a"


def test_ranking_leaves_out_what_lacks_a_figure_that_counts():
    """Nothing is filled in; the reason names what is missing, and weight zero asks for nothing."""
    options = [an_option("a"), an_option("b"), an_option("c", burden=None)]
    found = rank(options, Weights())
    assert found.left_out == {"c": "No figure for visits."}
    assert found.of("c") is None
    assert rank(options, Weights(5, 5, 0)).left_out == {}
    no_benefit = [*options[:2], an_option("d", benefit=0.5)]
    bare = Option("e", None, None, 1.0)
    assert rank([*no_benefit, bare], Weights()).left_out["e"] == (
        "No figure for the benefit chosen and severe toxicity."
    )
    assert rank([*no_benefit, bare], Weights(0, 0, 5)).of("e") is not None


def test_ranking_is_closed_when_nobody_can_be_compared():
    """Fewer than two that may be ranked give no ranking, and the reason is said."""
    closed = an_option("b", closed="Too few patients alike.")
    found = rank([an_option("a"), closed], Weights())
    assert found.standings == ()
    assert found.closed == "Of 2 regimens only one can be ranked for this patient."
    assert found.left_out == {"b": "Too few patients alike."}
    alone = "The one regimen asked about cannot be ranked for this patient."
    assert rank([closed], Weights()).closed == alone
    assert rank([an_option("a")], Weights()).closed == "A ranking needs two regimens."


def test_ranking_without_any_weight_says_so():
    """If nothing counts, nothing is first."""
    found = rank([an_option("a"), an_option("b")], Weights(0, 0, 0))
    assert found.closed == "Every weight is zero: nothing would count."


def test_ranking_is_the_same_each_time():
    """The draws depend on the seed alone, and not on who else is compared."""
    options = [an_option("a", 0.55), an_option("b"), an_option("c", 0.45)]
    assert rank(options, Weights()) == rank(options, Weights())
    assert firsts(rank(options, Weights())) != firsts(rank(options, Weights(), seed=1))


def test_ranking_intervals_of_certainty_draw_no_infinity():
    """Chances of 0 and 1 stay finite."""
    options = [
        Option("a", Chance(1.0, 1.0, 1.0), Chance(0.0, 0.0, 0.0), 0.0),
        Option("b", Chance(0.0, 0.0, 0.0), Chance(1.0, 1.0, 1.0), 4.0),
    ]
    found = rank(options, Weights())
    assert found.of("a").first == 1.0


def test_ranking_refuses_weights_out_of_bounds():
    """Weights lie between 0 and 10."""
    with pytest.raises(ValueError, match="between 0 and 10"):
        Weights(benefit=11)
    with pytest.raises(ValueError, match="between 0 and 10"):
        Weights(harm=-1)
