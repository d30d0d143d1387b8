"""Cross-checks of a pack's features: kinds, levels, units, ranges, distributions, implications."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.foundation.errors import RuleError
from dashboard.knowledge.checking import Bench, Findings
from dashboard.knowledge.distributions import faults, parse_change, parse_draw
from dashboard.knowledge.draws import (
    Bernoulli,
    Bins,
    Categories,
    Distribution,
    Missing,
    Mixture,
    Odds,
    Point,
    Shift,
)
from dashboard.knowledge.findings import PackFinding, Place
from dashboard.knowledge.populations import circle_in, names_in, population
from dashboard.knowledge.rules import near
from dashboard.knowledge.schema import Feature, Implication, Kind

_LEVELLED = (Kind.CATEGORY, Kind.ORDINAL)


def check_features(bench: Bench) -> Findings:
    """Everything that is wrong with the features and with what follows from them."""
    yield from _alias_findings(bench)
    sound = True
    for feature in bench.pack.features:
        yield from _form(bench, feature)
        found = list(_distribution(bench, feature))
        sound = sound and not found
        yield from found
    if sound:
        yield from _circles(bench)
    for number, entry in enumerate(bench.pack.implications):
        place = bench.place("implications", str(number))
        yield from _implication(bench, entry, place)


# -- one feature -----------------------------------------------------------------------------------


def _form(bench: Bench, feature: Feature) -> Findings:
    place = bench.place("features", feature.id)
    yield from _level_findings(bench, feature, place)
    yield from _range_findings(bench, feature, place)
    yield from _unit_findings(bench, feature)
    for name in feature.derived_from:
        where = bench.place("features", feature.id, "derived_from")
        yield from bench.known(name, bench.vocabulary, where, "feature")
    if not 0 <= feature.missing_rate <= 1:
        where = bench.place("features", feature.id, "missing_rate")
        message = f"{feature.id} has a missing_rate of {feature.missing_rate:g}."
        yield PackFinding(where, message, "It is a share: write 0 to 1.")
    if feature.distribution:
        yield from bench.sourced(feature, place)


def _level_findings(bench: Bench, feature: Feature, place: Place) -> Findings:
    levelled = feature.kind in _LEVELLED
    if levelled and not feature.levels:
        message = f"{feature.id} is of kind {feature.kind} and has no levels."
        yield PackFinding(place, message, 'Add levels = ["…", "…"].')
    if not levelled and feature.levels:
        message = f"{feature.id} is of kind {feature.kind} and has levels."
        yield PackFinding(place, message, "Leave them out, or make it a category or an ordinal.")
    for level in sorted({level for level in feature.levels if feature.levels.count(level) > 1}):
        message = f"{feature.id} has the level {level} twice."
        yield PackFinding(place, message, "Keep one of them.")
    for level in feature.level_labels:
        where = bench.place("features", feature.id, "level_labels")
        yield from bench.known(level, feature.levels, where, f"level of {feature.id} called")


def _range_findings(bench: Bench, feature: Feature, place: Place) -> Findings:
    for name in ("plausible", "hard"):
        ends = getattr(feature, name)
        if ends is not None and ends.low > ends.high:
            message = f"{feature.id}: the {name} range runs from {ends.low:g} to {ends.high:g}."
            yield PackFinding(
                bench.place("features", feature.id, name), message, "Exchange its ends."
            )
    if feature.kind is Kind.NUMBER and feature.hard is None:
        message = f"{feature.id} is a number without a hard range."
        yield PackFinding(
            place, message, "Say what no patient can have: hard = { low = …, high = … }."
        )
    if feature.plausible and feature.hard and not _within(feature):
        message = (
            f"{feature.id}: the plausible range {feature.plausible.low:g} to "
            f"{feature.plausible.high:g} is not inside the hard range {feature.hard.low:g} to "
            f"{feature.hard.high:g}."
        )
        where = bench.place("features", feature.id, "plausible")
        yield PackFinding(where, message, "A plausible value must be an allowed one.")


def _within(feature: Feature) -> bool:
    plausible, hard = feature.plausible, feature.hard
    return (
        plausible is not None
        and hard is not None
        and (hard.holds(plausible.low) and hard.holds(plausible.high))
    )


def _unit_findings(bench: Bench, feature: Feature) -> Findings:
    if not feature.quantity:
        return
    where = bench.place("features", feature.id, "quantity")
    yield from bench.known(feature.quantity, tuple(bench.quantities), where, "quantity called")
    units = bench.quantities.get(feature.quantity, frozenset({feature.unit}))
    if feature.unit not in units:
        where = bench.place("features", feature.id, "unit")
        message = (
            f"{feature.id}: {feature.quantity} is not measured in {feature.unit or 'no unit'}."
        )
        yield PackFinding(where, message, f"Its units are {', '.join(sorted(units))}.")


# -- distributions ---------------------------------------------------------------------------------


def _distribution(bench: Bench, feature: Feature) -> Findings:
    where = bench.place("features", feature.id, "distribution")
    for number, case in enumerate(feature.distribution, start=1):
        key = f"{feature.id}, case {number}"
        yield from bench.rule(case.when, where, key)
        try:
            draw = parse_draw(case.draw)
        except RuleError as error:
            yield PackFinding(where, f"{key}: {error.message}", error.hint)
            continue
        for fault in faults(draw):
            yield PackFinding(where, f"{key}: {fault}.", f"Mend {case.draw}.")
        for name in sorted(names_in(draw)):
            yield from bench.known(name, bench.vocabulary, where, "feature")
        yield from _misfits(feature, draw, where, key)
    if feature.distribution and feature.distribution[-1].when:
        message = f"The last case of {feature.id} has a condition, so some patients get nothing."
        yield PackFinding(where, message, "Add a last case without one; missing() is allowed.")
    yield from _adjustments(bench, feature)


def _misfits(feature: Feature, draw: Distribution, where: Place, key: str) -> Findings:
    match draw:
        case Mixture(parts):
            for _, inner in parts:
                yield from _misfits(feature, inner, where, key)
        case Categories(shares) if feature.kind in _LEVELLED:
            for level, _ in shares:
                yield from _level_known(feature, level, where, key)
        case Point(str(level)) if feature.kind in _LEVELLED:
            yield from _level_known(feature, level, where, key)
        case Point(float(number)) if feature.kind is Kind.ORDINAL:
            yield from _level_known(feature, f"{number:g}", where, key)
        case _ if not _fits(feature, draw):
            message = f"{key}: this cannot be drawn for a {feature.kind}."
            yield PackFinding(where, message, _FITTING[feature.kind])
    yield from _outside(feature, draw, where, key)


_FITTING = {
    Kind.NUMBER: "Use normal, lognormal, beta, uniform, poisson, catrange, mix, point or expr.",
    Kind.FLAG: "Use bernoulli, or point with true or false.",
    Kind.CATEGORY: "Use cat, or point with a level.",
    Kind.ORDINAL: "Use cat, or point with a level.",
}


def _fits(feature: Feature, draw: Distribution) -> bool:
    match draw:
        case Missing():
            return True
        case Point(bool()) | Bernoulli():
            return feature.kind is Kind.FLAG
        case Point(str()) | Categories():
            return feature.kind in _LEVELLED
    return feature.kind is Kind.NUMBER


def _level_known(feature: Feature, level: str, where: Place, key: str) -> Findings:
    if feature.levels and level not in feature.levels:
        cure = near(level, feature.levels) or f"Its levels are {', '.join(feature.levels)}."
        yield PackFinding(where, f"{key}: {feature.id} has no level {level}.", cure)


def _outside(feature: Feature, draw: Distribution, where: Place, key: str) -> Findings:
    if feature.kind is not Kind.NUMBER or feature.hard is None:
        return
    for number in _fixed_numbers(draw):
        if feature.hard.low <= feature.hard.high and not feature.hard.holds(number):
            message = f"{key}: {number:g} is outside the hard range."
            ends = f"{feature.hard.low:g} to {feature.hard.high:g}"
            yield PackFinding(where, message, f"{feature.id} may be {ends}.")


def _fixed_numbers(draw: Distribution) -> Iterator[float]:
    match draw:
        case Point(float(number)):
            yield number
        case Bins(shares):
            yield from (end for low, high, _ in shares for end in (low, high))


def _adjustments(bench: Bench, feature: Feature) -> Findings:
    where = bench.place("features", feature.id, "adjustments")
    for number, adjustment in enumerate(feature.adjustments, start=1):
        key = f"{feature.id}, adjustment {number}"
        yield from bench.rule(adjustment.when, where, key)
        try:
            change = parse_change(adjustment.change)
        except RuleError as error:
            yield PackFinding(where, f"{key}: {error.message}", error.hint)
            continue
        yield from _change_findings(feature, change, where, key)


def _change_findings(feature: Feature, change: Odds | Shift, where: Place, key: str) -> Findings:
    match change:
        case Odds(factor, levels):
            if factor <= 0:
                yield PackFinding(
                    where,
                    f"{key}: odds cannot be multiplied by {factor:g}.",
                    "Use a number above 0.",
                )
            for level in levels:
                yield from _level_known(feature, level, where, key)
        case Shift(_, p):
            if not 0 <= p <= 1:
                yield PackFinding(where, f"{key}: {p:g} is not a share.", "Write 0 to 1.")
            binned = [case.draw.startswith("catrange") for case in feature.distribution]
            if feature.kind is Kind.NUMBER and not all(binned):
                message = f"{key}: only a catrange() has bins to shift between."
                yield PackFinding(where, message, "Write the distribution in bins.")


def _circles(bench: Bench) -> Findings:
    circle = circle_in(population(f, bench.vocabulary) for f in bench.pack.features)
    if circle:
        message = f"These features wait for each other: {' needs '.join(circle)}."
        where = bench.place("features", circle[0], "distribution")
        yield PackFinding(where, message, "Take one of them out of the other's conditions.")


# -- between features ------------------------------------------------------------------------------


def _alias_findings(bench: Bench) -> Findings:
    owner: dict[str, str] = {}
    for feature in bench.pack.features:
        for alias in {alias.casefold() for alias in (feature.id, *feature.aliases)}:
            other = owner.setdefault(alias, feature.id)
            if other != feature.id:
                where = bench.place("features", feature.id, "aliases")
                message = f"{alias} names both {other} and {feature.id}."
                yield PackFinding(where, message, "Leave it with one of them.")


def _implication(bench: Bench, entry: Implication, place: Place) -> Findings:
    yield from bench.rule(entry.when, place, "when")
    for name, value in entry.then.items():
        yield from bench.known(name, bench.vocabulary, place, "feature")
        feature = bench.vocabulary.get(name)
        if feature is not None and not _holdable(feature, value):
            message = f"{name} cannot be {value!r}."
            yield PackFinding(place, message, _holdable_hint(feature))


def _holdable(feature: Feature, value: bool | float | str) -> bool:
    match feature.kind:
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return not isinstance(value, bool | str)
    return value in feature.levels


def _holdable_hint(feature: Feature) -> str:
    if feature.kind in _LEVELLED:
        return f"Its levels are {', '.join(feature.levels)}."
    return "Write true or false." if feature.kind is Kind.FLAG else "Write a number."
