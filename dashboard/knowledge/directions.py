"""Which way a fact moves the outlook, where what is published leaves no doubt.

Reads the pack's prognostic rows ("at this level against that one", "per unit") and says of a flag,
an ordinal or a number whether the hazard or the chance of response rises or falls with it, all the
way. Where rows disagree, where none excludes that there is no effect, or where they are silent of
an end of the scale (an obese patient against a normal one says nothing of an underweight one), no
direction is stated. Effects of treatments within strata are not read: what they compare is arms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.rules import Answer, Value, parse
from dashboard.knowledge.schema import DiseasePack, Feature, Kind

HAZARD, RESPONSE = "hazard", "response"
_OUTCOMES = {"os": HAZARD, "pfs": HAZARD, "response": RESPONSE}
_SLOPES = ("per_unit", "per_doubling")
_COMPARISONS = ("level", "mean")
_UNSPOKEN = 0.1  # of a scale, at either end: "none" where one to fifteen are spoken of


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way an outcome goes as a fact rises: +1, -1, or 0 where nothing is sure."""

    response: int = 0
    hazard: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """What one published row says: which way, how surely, and between which ends."""

    sign: int
    sure: bool
    lowest: bool  # speaks of the low end of the scale
    highest: bool


def directions_of(pack: DiseasePack) -> dict[str, Direction]:
    """The directions that a pack's published effects leave no doubt of, by feature."""
    rows: defaultdict[tuple[str, str], list[_Row]] = defaultdict(list)
    targets = _targets(pack)
    for effect in pack.effects:
        feature = pack.vocabulary.get(effect.feature)
        outcome = _OUTCOMES.get(effect.endpoint)
        if feature is None or outcome is None or effect.time_dependent or feature.id in targets:
            continue
        found = _read(effect, feature)
        if found is not None:
            rows[feature.id, outcome].append(found)
    signs = {key: _agreed(said) for key, said in rows.items()}
    names = sorted({name for (name, _), sign in signs.items() if sign})
    return {n: Direction(signs.get((n, RESPONSE), 0), signs.get((n, HAZARD), 0)) for n in names}


def _targets(pack: DiseasePack) -> frozenset[str]:
    """Molecular facts that open a treatment: what is bad under the others is good under it."""
    named = {
        name
        for regimen in pack.regimens
        if regimen.eligible_when
        for name in parse(regimen.eligible_when).names
    }
    flags = {f.id for f in pack.vocabulary.values() if f.kind is Kind.FLAG}
    molecular = {f.id for f in pack.vocabulary.values() if f.group == "molecular"}
    return frozenset(named & flags & molecular)


def _agreed(rows: Sequence[_Row]) -> int:
    """The sign on which all rows agree, one at least surely and together over the whole scale."""
    signs = {row.sign for row in rows}
    whole = any(row.lowest for row in rows) and any(row.highest for row in rows)
    return signs.pop() if len(signs) == 1 and whole and any(row.sure for row in rows) else 0


def _read(effect: Effect, feature: Feature) -> _Row | None:
    """What a row says, or None where it compares no two places on a scale."""
    if feature.kind is Kind.CATEGORY or effect.value == 1.0:
        return None
    rises = 1 if effect.value > 1.0 else -1
    low, high = effect.low, effect.high
    sure = low is not None and high is not None and (low > 1.0 or high < 1.0)
    if effect.contrast in _SLOPES:
        return _Row(rises, sure, lowest=True, highest=True)
    if effect.contrast not in _COMPARISONS or not (effect.level_when and effect.reference_when):
        return None
    scale = _scale(feature, effect)
    level = _held(effect.level_when, feature, scale)
    other = _held(effect.reference_when, feature, scale)
    if not level or not other or not (level[0] > other[-1] or level[-1] < other[0]):
        return None
    least, most = min(level[0], other[0]), max(level[-1], other[-1])
    return _Row(
        rises if level[0] > other[-1] else -rises,
        sure,
        lowest=_reaches(scale, feature, least, 0),
        highest=_reaches(scale, feature, most, len(scale) - 1),
    )


def _reaches(scale: Sequence[Value], feature: Feature, place: int, end: int) -> bool:
    """Whether next to nothing of the scale lies between a place and an end of it."""
    if feature.kind is not Kind.NUMBER:
        return place == end
    whole = float(scale[-1]) - float(scale[0])
    return abs(float(scale[place]) - float(scale[end])) <= _UNSPOKEN * whole


def _held(rule: str, feature: Feature, scale: Sequence[Value]) -> list[int]:
    """The places on the scale at which the rule may hold, whatever else is true of the patient."""
    parsed = parse(rule)
    return [
        place
        for place, value in enumerate(scale)
        if parsed.judge({feature.id: value}).answer is not Answer.NO
    ]


def _scale(feature: Feature, effect: Effect) -> list[Value]:
    """Rising values: both ends of what is possible, and both sides of what the rules name."""
    if feature.kind is Kind.FLAG:
        return [False, True]
    if feature.levels:
        return list(feature.levels)
    within = feature.hard or feature.plausible
    named = list(_named(feature, effect))
    low = within.low if within else min(named)
    high = within.high if within else max(named)
    step = 1e-6 * max(1.0, abs(high - low))
    beside = {c + side * step for c in named for side in (-1, 0, 1)}
    return [low, *sorted(value for value in beside if low < value < high), high]


def _named(feature: Feature, effect: Effect) -> Iterable[float]:
    for text in (effect.level_when, effect.reference_when):
        for leaf in parse(text).leaves:
            if leaf.name == feature.id:
                yield from (float(constant) for constant in leaf.constants)
