"""How long 200,000 judgements of published rules take.

`python -m benchmarks.judging` takes the eligibility rules of every pack, invents facts for patients
of each (some known, some not), judges rule by rule until 200,000 judgements are made and prints the
computing time, beside that of a loop that only reads one fact for each judgement in the same run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from dashboard.knowledge.library import load_library
from dashboard.knowledge.rules import Facts, Rule, Value, parse
from dashboard.knowledge.schema import DiseasePack, Feature, Kind

JUDGEMENTS = 200_000
PATIENTS = 50
SHARE_KNOWN, SHARE_YES = 0.7, 0.5


def main() -> None:
    """Print the figure and its ratio to a bare loop."""
    pairs = list(_pairs(random.Random(1)))  # noqa: S311 - invented facts, no secret
    rounds = JUDGEMENTS // len(pairs) + 1
    judging = _seconds(lambda rule, facts: rule.judge(facts), pairs, rounds)
    reading = _seconds(lambda rule, facts: facts.get(rule.text), pairs, rounds)
    scale = JUDGEMENTS / (len(pairs) * rounds)
    print(f"{JUDGEMENTS} judgements of {len({rule.text for rule, _ in pairs})} published rules")
    print(f"{judging * scale:.2f} s of computing, {judging / reading:.1f} times a bare loop")


def _seconds(
    ask: Callable[[Rule, Facts], object], pairs: list[tuple[Rule, Facts]], rounds: int
) -> float:
    started = time.process_time()
    for _ in range(rounds):
        for rule, facts in pairs:
            ask(rule, facts)
    return time.process_time() - started


def _pairs(chance: random.Random) -> Iterator[tuple[Rule, Facts]]:
    for pack in load_library().packs:
        texts = {regimen.eligible_when for regimen in pack.regimens} - {""}
        rules = [parse(text, pack.vocabulary) for text in sorted(texts)]
        patients = [_facts(pack, chance) for _ in range(PATIENTS)]
        yield from ((rule, facts) for rule in rules for facts in patients)


def _facts(pack: DiseasePack, chance: random.Random) -> Facts:
    known = (feature for feature in pack.features if chance.random() < SHARE_KNOWN)
    return {feature.id: _value(feature, chance) for feature in known}


def _value(feature: Feature, chance: random.Random) -> Value:
    if feature.kind is Kind.FLAG:
        return chance.random() < SHARE_YES
    if feature.levels:
        return chance.choice(feature.levels)
    span = feature.plausible or feature.hard
    return chance.uniform(span.low, span.high) if span else chance.random()


if __name__ == "__main__":
    main()
