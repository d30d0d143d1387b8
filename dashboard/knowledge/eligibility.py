"""Which regimens of a pack are open to a patient, and what would settle the rest.

A regimen is open when its eligibility rule and its line hold and no contraindication does;
cautions and preferences are judged beside it and change nothing. All of it is three-valued. The
facts that would settle open questions are listed with the number of regimens each would settle
alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dashboard.knowledge.implications import Consequence, consequences
from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.rules import (
    Answer,
    Clause,
    ClauseVerdict,
    Facts,
    Rule,
    Value,
    Verdict,
    Vocabulary,
    candidate_values,
    conjunction,
    parse,
)
from dashboard.knowledge.schema import DiseasePack, Regimen

_OPEN_ENDED_FROM = 4  # a regimen for lines 2, 3, 4, … is for any line from the second on


class Part(StrEnum):
    """Which rule of a regimen a clause belongs to."""

    ELIGIBILITY = "eligibility"
    LINE = "line"
    CONTRAINDICATION = "contraindication"
    CAUTION = "caution"
    PREFERENCE = "preference"


_BINDING = (Part.ELIGIBILITY, Part.LINE, Part.CONTRAINDICATION)


@dataclass(frozen=True, slots=True)
class RegimenVerdict:
    """The answer for one regimen, with the verdict of each of its rules."""

    regimen: str
    answer: Answer
    parts: dict[Part, Verdict]

    @property
    def clauses(self) -> tuple[tuple[Part, Clause], ...]:
        """Every comparison that was judged, with the rule it belongs to."""
        return tuple((part, clause) for part, v in self.parts.items() for clause in v.clauses)

    def applies(self, part: Part) -> bool:
        """True when a caution, preference or contraindication certainly holds."""
        verdict = self.parts.get(part)
        return verdict is not None and bool(verdict.clauses) and verdict.answer is Answer.YES


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """An unknown fact and the regimens whose open question it could settle alone."""

    feature: str
    regimens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules of a pack say of one patient."""

    regimens: tuple[RegimenVerdict, ...]
    deciding: tuple[DecidingFact, ...]
    inferred: tuple[Consequence, ...] = ()

    def of(self, regimen: str) -> RegimenVerdict:
        """The verdict of one regimen."""
        return next(verdict for verdict in self.regimens if verdict.regimen == regimen)

    def known(self, facts: Facts) -> Facts:
        """What was judged by: these facts, and those that follow from them."""
        return _joined(facts, self.inferred)


def judge(facts: Facts, pack: DiseasePack) -> Judgement:
    """Judge every regimen of the pack, in the pack's order.

    Facts that follow from those known count as known; the judgement lists them.
    """
    compiled = rules_of(pack)
    inferred = consequences(facts, pack)
    known = _joined(facts, inferred)
    verdicts = tuple(_judge_regimen(regimen, rules, known) for regimen, rules in compiled.items())
    return Judgement(verdicts, _deciding(compiled, verdicts, known), inferred)


def _joined(facts: Facts, inferred: Iterable[Consequence]) -> Facts:
    return {**facts, **{one.feature: one.value for one in inferred}}


Rules = dict[Part, Rule]
_compiled = PackMemory[dict[str, Rules]]()


def rules_of(pack: DiseasePack) -> dict[str, Rules]:
    """The parsed rules of every regimen, parsed once for each version of a pack."""
    return _compiled.of(pack, lambda: _parsed(pack))


def _parsed(pack: DiseasePack) -> dict[str, Rules]:
    vocabulary = pack.vocabulary
    return {regimen.id: _rules(regimen, vocabulary) for regimen in pack.regimens}


def line_rule(lines: tuple[int, ...]) -> str:
    """The lines a regimen is given in, as a rule."""
    if not lines:
        return ""
    first, last = min(lines), max(lines)
    if last >= _OPEN_ENDED_FROM and len(lines) == last - first + 1:
        return f"line >= {first}" if first > 1 else ""
    if len(lines) == 1:
        return f"line == {first}"
    return f"line in {{{', '.join(map(str, sorted(lines)))}}}"


def _rules(regimen: Regimen, vocabulary: Vocabulary) -> Rules:
    texts = {
        Part.ELIGIBILITY: regimen.eligible_when,
        Part.LINE: line_rule(regimen.lines),
        Part.CONTRAINDICATION: regimen.never_when,
        Part.CAUTION: regimen.caution_when,
        Part.PREFERENCE: regimen.preferred_when,
    }
    return {part: parse(text, vocabulary) for part, text in texts.items()}


def _judge_regimen(regimen: str, rules: Rules, facts: Facts) -> RegimenVerdict:
    parts = {part: rule.judge(facts) for part, rule in rules.items()}
    return RegimenVerdict(regimen, _answer(rules, parts), parts)


_TRUTHS = {Answer.YES: True, Answer.NO: False, Answer.UNKNOWN: None}


def _answer(rules: Rules, parts: dict[Part, Verdict]) -> Answer:
    truths = [_TRUTHS[parts[part].answer] for part in _BINDING[:2]]
    if rules[Part.CONTRAINDICATION].leaves:
        banned = _TRUTHS[parts[Part.CONTRAINDICATION].answer]
        truths.append(None if banned is None else not banned)
    joined = conjunction(truths)
    return Answer.UNKNOWN if joined is None else Answer.YES if joined else Answer.NO


def _deciding(
    compiled: dict[str, Rules], verdicts: Iterable[RegimenVerdict], facts: Facts
) -> tuple[DecidingFact, ...]:
    settles: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.answer is Answer.UNKNOWN:
            rules = {part: compiled[verdict.regimen][part] for part in _BINDING}
            for name in _unknown_names(verdict):
                if _settles(name, rules, facts):
                    settles.setdefault(name, []).append(verdict.regimen)
    found = [DecidingFact(name, tuple(regimens)) for name, regimens in settles.items()]
    return tuple(sorted(found, key=lambda fact: (-len(fact.regimens), fact.feature)))


def _unknown_names(verdict: RegimenVerdict) -> set[str]:
    return {
        clause.name
        for part, clause in verdict.clauses
        if part in _BINDING and clause.verdict is ClauseVerdict.UNKNOWN
    }


def _settles(name: str, rules: Rules, facts: Facts) -> bool:
    leaves = (leaf for rule in rules.values() for leaf in rule.leaves if leaf.name == name)
    return any(_definite(rules, {**facts, name: value}) for value in candidate_values(leaves))


def _definite(rules: Rules, facts: dict[str, Value]) -> bool:
    parts = {part: rule.judge(facts) for part, rule in rules.items()}
    return _answer(rules, parts) is not Answer.UNKNOWN
