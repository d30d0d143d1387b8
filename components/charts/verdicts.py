"""Why a regimen is open, undecided or closed, in words with the patient's own values.

The same sentences for the screen and for paper. Nothing is judged here: a verdict comes from the
pack's rules, and this names the conditions that decided it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.charts.values import value_text
from dashboard.knowledge import eligibility
from dashboard.knowledge.eligibility import Part, RegimenVerdict
from dashboard.knowledge.rules import Answer, Both, Comparison, Either, Facts, Rule
from dashboard.knowledge.schema import DiseasePack, Kind

MOST_REASONS = 3
_NEEDED = (Part.ELIGIBILITY, Part.LINE)
_BINDING = (*_NEEDED, Part.CONTRAINDICATION)


def reasons(verdict: RegimenVerdict, pack: DiseasePack, facts: Facts) -> list[str]:
    """What decided against a regimen, or is missing to decide, with the patient's own values.

    Args:
        verdict: what was found of the regimen.
        pack: the patient's tumour group.
        facts: all that was judged by, `Judgement.known`: what follows from facts decides as well.
    """
    rules = eligibility.rules_of(pack)[verdict.regimen]
    if verdict.answer is Answer.UNKNOWN:
        return [f"Not known: {listed(_missing_labels(rules, pack, facts))}"]
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


def listed(labels: Sequence[str]) -> str:
    """The first few by name, the rest by number; all of them stand in the conditions."""
    more = len(labels) - MOST_REASONS
    named = ", ".join(labels[:MOST_REASONS])
    return f"{named} and {more} more" if more > 0 else named


def _missing_labels(rules: Mapping[Part, Rule], pack: DiseasePack, facts: Facts) -> list[str]:
    """The unknown facts of those conditions that are open; what is settled asks for no more."""
    names = dict.fromkeys(
        leaf.name
        for part in _BINDING
        for piece in _pieces(rules[part], Either if part is Part.CONTRAINDICATION else Both)
        if piece.judge(facts).answer is Answer.UNKNOWN
        for leaf in piece.leaves
        if leaf.name not in facts
    )
    return [label_of(name, pack) for name in names]


def label_of(name: str, pack: DiseasePack) -> str:
    """A feature's label; the name itself where the pack has none."""
    feature = pack.vocabulary.get(name)
    return feature.label if feature else name
