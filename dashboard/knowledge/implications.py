"""What follows from known facts, and which known facts cannot both be.

A pack states implications ("where the tumour is triple-negative, the hormone receptors are
negative"). They are logic, not statistics: nothing is guessed from how common something is. Used
forwards they fill in facts nobody wrote down; where a stated fact disagrees they name the pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.rules import Answer, Facts, Rule, Value, as_number, parse
from dashboard.knowledge.schema import DiseasePack, Implication


@dataclass(frozen=True, slots=True)
class Consequence:
    """A fact that follows, with the facts it follows from."""

    feature: str
    value: Value
    because: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A stated fact that cannot stand beside others that are stated."""

    feature: str
    stated: Value
    expected: Value
    because: tuple[str, ...]
    note: str = ""


def consequences(facts: Facts, pack: DiseasePack) -> tuple[Consequence, ...]:
    """The facts that follow from these and are not among them, one step leading to the next."""
    known = dict(facts)
    found: list[Consequence] = []
    settled = False
    while not settled:
        fresh = _step(known, pack)
        settled = not fresh
        found += fresh
        known |= {one.feature: one.value for one in fresh}
    return tuple(found)


def contradictions(facts: Facts, pack: DiseasePack) -> tuple[Contradiction, ...]:
    """The stated facts that disagree with what follows from other stated facts."""
    found: list[Contradiction] = []
    for entry, rule in implication_rules(pack):
        for name, value in entry.then.items():
            stated = facts.get(name)
            # Most facts are unknown or agree: what would follow from others is never judged.
            if stated is None or stated is value or _same(stated, value):
                continue
            if rule.judge(facts).answer is not Answer.YES:
                break
            basis = _basis(rule, facts)
            found.append(Contradiction(name, stated, value, basis, entry.note))
    return tuple(found)


def _step(known: Mapping[str, Value], pack: DiseasePack) -> list[Consequence]:
    fresh: dict[str, Consequence] = {}
    for entry, rule in implication_rules(pack):
        # Most of what could follow is known: then the condition need not be judged.
        if entry.then.keys() <= known.keys() or rule.judge(known).answer is not Answer.YES:
            continue
        for name, value in entry.then.items():
            if name not in known and name not in fresh:
                because = _basis(rule, known)
                fresh[name] = Consequence(name, _typed(value), because, entry.note)
    return list(fresh.values())


def _basis(rule: Rule, facts: Facts) -> tuple[str, ...]:
    return tuple(sorted(name for name in rule.names if name in facts))


def _typed(value: Value) -> Value:
    return value if isinstance(value, bool | str) else float(value)


def _same(stated: Value, expected: Value) -> bool:
    if isinstance(stated, bool) or isinstance(expected, bool):
        return stated is expected
    if isinstance(stated, str) and isinstance(expected, str):
        return stated == expected
    return _number(stated) == _number(expected)


def _number(value: Value) -> float | None:
    return as_number(value) if isinstance(value, str) else float(value)


_compiled = PackMemory[list[tuple[Implication, Rule]]]()


def implication_rules(pack: DiseasePack) -> list[tuple[Implication, Rule]]:
    """The implications of a pack, each with its rule, parsed once for each version."""
    return _compiled.of(
        pack, lambda: [(entry, parse(entry.when, pack.vocabulary)) for entry in pack.implications]
    )
