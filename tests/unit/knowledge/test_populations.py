"""A feature's distribution against the vocabulary, and the order features are drawn in."""

import pytest

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.distributions import parse_draw
from dashboard.knowledge.draws import Bernoulli, Missing, Odds
from dashboard.knowledge.populations import circle_in, drawing_order, names_in, population
from dashboard.knowledge.schema import Adjustment, Case, Feature, Kind


def flag(name, *cases, adjustments=()):
    """A flag with a distribution."""
    return Feature(
        id=name,
        label=name,
        kind=Kind.FLAG,
        distribution=tuple(Case(when=when, draw=draw) for when, draw in cases),
        adjustments=tuple(Adjustment(when=when, change=change) for when, change in adjustments),
    )


def populations(*features):
    """The parsed distributions of features that know each other."""
    vocabulary = {feature.id: feature for feature in features}
    return [population(feature, vocabulary) for feature in features]


def test_population_parses_cases_and_adjustments():
    """Conditions and draws of a feature are read together."""
    first, second = populations(
        flag("first", ("", "bernoulli(0.3)")),
        flag(
            "second",
            ("first == true", "bernoulli(0.9)"),
            ("", "missing()"),
            adjustments=[("first == false", "odds(2, true)")],
        ),
    )
    assert [draw for _, draw in second.cases] == [Bernoulli(0.9), Missing()]
    assert second.adjustments[0][1] == Odds(2, ("true",))
    assert (first.needs, second.needs) == (frozenset(), frozenset({"first"}))


def test_population_refuses_an_unknown_name():
    """A condition on a feature that does not exist is refused."""
    with pytest.raises(RuleError, match="no feature called nobody"):
        populations(flag("one", ("nobody == true", "bernoulli(1)"), ("", "missing()")))


def test_drawing_order_follows_needs_and_otherwise_the_pack():
    """A feature comes after those it needs; the others stay as the pack has them."""
    ordered = drawing_order(
        populations(
            flag("last", ("middle == true", "bernoulli(1)"), ("", "missing()")),
            flag("middle", ("early == true", "bernoulli(1)"), ("", "missing()")),
            flag("early", ("", "bernoulli(0.5)")),
            flag("also_early", ("", "bernoulli(0.5)")),
        )
    )
    assert ordered == ("early", "also_early", "middle", "last")


def test_circle_in_names_the_features_that_wait_for_each_other():
    """Two features that need each other are named; a sound set gives nothing."""
    circle = circle_in(
        populations(
            flag("one", ("two == true", "bernoulli(1)"), ("", "missing()")),
            flag("two", ("one == true", "bernoulli(1)"), ("", "missing()")),
        )
    )
    assert set(circle) == {"one", "two"}
    assert circle[0] == circle[-1]
    assert circle_in(populations(flag("one", ("", "bernoulli(1)")))) == ()


def test_names_in_finds_sums_inside_mixtures():
    """The features a draw is worked out from are found at any depth."""
    draw = parse_draw("mix(0.5:expr(a / b), 0.5:mix(1:expr(c + 1)))")
    assert names_in(draw) == {"a", "b", "c"}
