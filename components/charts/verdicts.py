"""Why a regimen is open, undecided or closed, in words with the patient's own values.

The same sentences for the screen and for paper. Nothing is judged here: a verdict comes from the
pack's rules, and this names the conditions that decided it.
"""

from __future__ import annotations

from collections.abc import Sequence

from components.charts.values import value_text
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Part, RegimenVerdict
from dashboard.knowledge.rules import Answer, Both, ClauseVerdict, Comparison, Either, Facts, Rule
from dashboard.knowledge.schema import DiseasePack, Kind

MOST_REASONS = 3
_NEEDED = (Part.ELIGIBILITY, Part.LINE)
_BINDING = (*_NEEDED, Part.CONTRAINDICATION)


def reasons(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> list[str]:
    """What decided against a regimen, or is missing to decide, with the patient's own values."""
    rules = eligibility.rules_of(pack)[verdict.regimen]
    if verdict.answer is Answer.UNKNOWN:
        return [f"Not known: {_listed(_unknown_labels(verdict, pack))}"]
    unmet = [
        f"Needs {said(rule, pack, facts)}"
        for part in _NEEDED
        for rule in _pieces(rules[part], Both)
        if rule.judge(facts).answer is Answer.NO
    ]
    return holding(rules[Part.CONTRAINDICATION], pack, facts) + unmet


def holding(rule: Rule, pack: DiseasePack, facts: Facts) -> list[str]:
    """The alternatives of a rule that hold: which caution, which contraindication."""
    pieces = [piece for piece in _pieces(rule, Either) if piece.leaves]
    return [said(piece, pack, facts) for piece in pieces if piece.judge(facts).answer is Answer.YES]


def _pieces(rule: Rule, kind: type[Both | Either]) -> list[Rule]:
    """A conjunction's or alternative's parts as rules of their own; any other rule whole."""
    if isinstance(rule.root, kind) and rule.root.parts:
        return [Rule(rule.text, part) for part in rule.root.parts]
    return [rule]


def said(rule: Rule, pack: DiseasePack, facts: Facts) -> str:
    """A condition in English; a single comparison with what the patient has."""
    english = rule.english(pack.vocabulary).replace(" %", "%")
    leaf = rule.root
    if not isinstance(leaf, Comparison) or leaf.name not in facts:
        return english
    feature = pack.vocabulary.get(leaf.name)
    if feature is None or feature.kind is Kind.FLAG:
        return english
    return f"{english} (patient: {value_text(feature, facts[leaf.name])})"


def _listed(labels: Sequence[str]) -> str:
    """The first few by name, the rest by number; all of them stand in the conditions."""
    more = len(labels) - MOST_REASONS
    named = ", ".join(labels[:MOST_REASONS])
    return f"{named} and {more} more" if more > 0 else named


def _unknown_labels(verdict: RegimenVerdict, pack: DiseasePack) -> list[str]:
    names = dict.fromkeys(
        clause.name
        for part, clause in verdict.clauses
        if part in _BINDING and clause.verdict is ClauseVerdict.UNKNOWN
    )
    return [label_of(name, pack) for name in names]


def label_of(name: str, pack: DiseasePack) -> str:
    """A feature's label; the name itself where the pack has none."""
    feature = pack.vocabulary.get(name)
    return feature.label if feature else name
