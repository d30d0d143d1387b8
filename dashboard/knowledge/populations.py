"""A feature's whole distribution: which draw holds for whom, in which order features are drawn.

`population` parses what a feature says of itself against a pack's vocabulary; `drawing_order` puts
the features so that each comes after those its conditions and sums speak of. Faults are told by the
cross-checks of the library; here a distribution is taken to be sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from dashboard.knowledge.distributions import parse_change, parse_draw
from dashboard.knowledge.draws import Distribution, Expression, Mixture, Odds, Shift
from dashboard.knowledge.rules import Rule, parse
from dashboard.knowledge.schema import Feature


@dataclass(frozen=True, slots=True)
class Population:
    """A parsed distribution: the first case whose rule holds is drawn from, then changed."""

    feature: str
    cases: tuple[tuple[Rule, Distribution], ...]
    adjustments: tuple[tuple[Rule, Odds | Shift], ...] = ()

    @property
    def needs(self) -> frozenset[str]:
        """The features that must be drawn before this one."""
        rules = [rule for rule, _ in (*self.cases, *self.adjustments)]
        named = (names_in(draw) for _, draw in self.cases)
        return frozenset().union(*(rule.names for rule in rules), *named)


def population(feature: Feature, vocabulary: Mapping[str, Feature]) -> Population:
    """The parsed distribution of a feature.

    Raises:
        RuleError: a condition or a draw that cannot be read.
    """
    return Population(
        feature.id,
        tuple((parse(c.when, vocabulary), parse_draw(c.draw)) for c in feature.distribution),
        tuple((parse(a.when, vocabulary), parse_change(a.change)) for a in feature.adjustments),
    )


def names_in(draw: Distribution) -> frozenset[str]:
    """The features a draw is worked out from."""
    match draw:
        case Expression():
            return draw.names
        case Mixture(parts):
            return frozenset().union(*(names_in(part) for _, part in parts))
    return frozenset()


def circle_in(populations: Iterable[Population]) -> tuple[str, ...]:
    """Features that wait for each other, each needing the next; empty when there are none."""
    try:
        TopologicalSorter({one.feature: one.needs for one in populations}).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def drawing_order(populations: Iterable[Population]) -> tuple[str, ...]:
    """The features in an order in which each can be drawn; equal ranks keep the pack's order."""
    needs = {one.feature: one.needs for one in populations}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    rank = {name: place for place, name in enumerate(needs)}
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: rank.get(name, len(rank)))
        ordered += ready
        sorter.done(*ready)
    return tuple(name for name in ordered if name in needs)
