"""Which statements about consistency a patient falls under, found without trying them all.

A cohort has ten thousand patients and a pack dozens of statements, nearly none of which holds for
any one patient. Each statement is therefore filed under the facts without which it cannot hold
("line is 1", "pack-years are known"), and only those whose fact the patient has are judged. The
statements themselves are data: `knowledge.consistency`, and the implications of the pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.knowledge.consistency import (
    Count,
    Fitted,
    FittedConflict,
    FittedExclusive,
    GivenFact,
    Ratio,
)
from dashboard.knowledge.implications import Contradiction, contradictions
from dashboard.knowledge.rules import (
    Answer,
    Both,
    Comparison,
    Either,
    Facts,
    Node,
    Not,
    Value,
    parse,
)
from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.patient import Choice, Finding, Patient, Severity
from dashboard.records.remarks import remark, shown

ANY = None  # a trigger that any value of the fact pulls
Trigger = tuple[str, Value | None]
Check = Callable[[Patient, Facts], Iterator[Finding]]


@dataclass(slots=True)
class Register:
    """The checks of one pack, filed under the facts without which they cannot say anything."""

    fitted: Fitted
    # By name: checks that any value calls up, and those that one value does.
    called_by: dict[str, tuple[set[int], dict[Value, set[int]]]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)

    def file(self, check: Check, triggers: list[Trigger]) -> None:
        """Take a check in under its triggers."""
        number = len(self.checks)
        self.checks.append(check)
        for name, value in triggers:
            by_any, by_value = self.called_by.setdefault(name, (set(), {}))
            if value is ANY:
                by_any.add(number)
            else:
                by_value.setdefault(value, set()).add(number)

    def findings(self, patient: Patient, facts: Facts) -> Iterator[Finding]:
        """What the checks say that this patient's facts call up, in the order of the file."""
        called: set[int] = set()
        called_by = self.called_by
        for name, value in facts.items():
            entry = called_by.get(name)
            if entry is not None:
                by_any, by_value = entry
                called |= by_any
                if value in by_value:
                    called |= by_value[value]
        for number in sorted(called):
            yield from self.checks[number](patient, facts)


def register(fitted: Fitted) -> Register:
    """Everything that is said about consistency within one pack, ready to be asked."""
    made = Register(fitted)
    for conflict in fitted.conflicts:
        made.file(_conflict_check(fitted, conflict), triggers(conflict.rule.root, fitted))
    for group in fitted.exclusive:
        called = [t for _, rule in group.cases for t in triggers(rule.root, fitted)]
        made.file(_exclusive_check(fitted, group), called)
    for ratio in fitted.ratios:
        made.file(_ratio_check(fitted, ratio), [(ratio.result, ANY)])
    for count in fitted.counts:
        made.file(_count_check(fitted, count), [(count.total, ANY)])
    made.file(_implication_check(fitted), _implied(fitted))
    return made


def triggers(node: Node, fitted: Fitted) -> list[Trigger]:
    """Facts of which at least one must be there for the rule to hold."""
    match node:
        case Comparison():
            return _comparison_triggers(node, fitted)
        case Not(part):
            return [(name, ANY) for name in _names(part)]
        case Either(parts):
            return [trigger for part in parts for trigger in triggers(part, fitted)]
        case Both(parts):
            choices = [triggers(part, fitted) for part in parts]
            return min(choices, key=_cost, default=[])


def _comparison_triggers(leaf: Comparison, fitted: Fitted) -> list[Trigger]:
    """An equality is called up by its value; ordinal levels are numbers in rules, so by name."""
    exact = leaf.operator in ("==", "in")
    feature = fitted.vocabulary.get(leaf.name)
    texts_or_flags = all(isinstance(constant, bool | str) for constant in leaf.constants)
    if exact and feature is not None and (texts_or_flags or feature.kind is Kind.NUMBER):
        return [(leaf.name, constant) for constant in leaf.constants]
    return [(leaf.name, ANY)]


def _cost(called: list[Trigger]) -> tuple[int, int]:
    """Prefer triggers on values to triggers on names, and few to many."""
    return sum(value is ANY for _, value in called), len(called)


def _names(node: Node) -> Iterator[str]:
    match node:
        case Comparison(name=name):
            yield name
        case Not(part):
            yield from _names(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from _names(part)


def given_facts(patient: Patient, fitted: Fitted) -> dict[str, Value]:
    """What the recorded courses of treatment imply."""
    if not patient.courses:
        return {}
    texts = " | ".join(f"{course.label} {course.regimen}".lower() for course in patient.courses)
    classes = _classes_given(patient, fitted)
    return {fact.id: True for fact in fitted.given if _is_given(fact, texts, classes)}


def _is_given(fact: GivenFact, texts: str, classes: frozenset[str]) -> bool:
    return not classes.isdisjoint(fact.classes) or any(word in texts for word in fact.words)


def _classes_given(patient: Patient, fitted: Fitted) -> frozenset[str]:
    regimens = fitted.pack.regimens_by_id
    known = [regimens[c.regimen] for c in patient.courses if c.regimen in regimens]
    return frozenset(name for regimen in known for name in regimen.classes)


# -- one check for each kind of statement --------------------------------------------------------


def _conflict_check(fitted: Fitted, conflict: FittedConflict) -> Check:
    statement, rule = conflict.statement, conflict.rule

    def check(patient: Patient, facts: Facts) -> Iterator[Finding]:
        if any(name in facts for name in statement.unless_known):
            return
        if rule.judge(facts).answer is Answer.YES:
            yield remark(
                patient,
                statement.code,
                statement.message,
                field=_spoken_fields(conflict.fields, facts),
                value=_stated(conflict.fields, facts, fitted),
                expected="facts that go together",
                fix=statement.fix,
                severity=Severity(statement.severity),
                choices=_unknown_choices(conflict.fields, patient, fitted),
            )

    return check


def _exclusive_check(fitted: Fitted, group: FittedExclusive) -> Check:
    del fitted
    statement = group.statement

    def check(patient: Patient, facts: Facts) -> Iterator[Finding]:
        true = [label for label, rule in group.cases if rule.judge(facts).answer is Answer.YES]
        if len(true) > 1:
            yield remark(
                patient,
                statement.code,
                f"{' and '.join(true)}: {statement.message}",
                value=", ".join(true),
                expected="one of them",
                fix=statement.fix,
                severity=Severity(statement.severity),
            )

    return check


def _ratio_check(fitted: Fitted, ratio: Ratio) -> Check:
    del fitted

    def check(patient: Patient, facts: Facts) -> Iterator[Finding]:
        stated, over, under = (_number(facts, n) for n in (ratio.result, ratio.over, ratio.under))
        if stated is None or over is None or not under:
            return
        computed = over / under
        if abs(stated - computed) > ratio.tolerance * abs(computed):
            rounded = float(f"{computed:.3g}")
            yield remark(
                patient,
                ratio.code,
                f"{ratio.message} {stated:g} is stated; {over:g} / {under:g} = {rounded:g}.",
                field=ratio.result,
                value=f"{stated:g}",
                expected=f"about {rounded:g}",
                fix=ratio.fix,
                severity=Severity(ratio.severity),
                choices=(
                    Choice(f"Use {rounded:g}, from the counts", values={ratio.result: rounded}),
                    Choice(f"Keep {stated:g}", values={ratio.result: stated}),
                ),
            )

    return check


def _count_check(fitted: Fitted, count: Count) -> Check:
    def check(patient: Patient, facts: Facts) -> Iterator[Finding]:
        total = _number(facts, count.total)
        named = [name for name in count.parts if facts.get(name) is True]
        if total is not None and total < len(named):
            labels = [fitted.vocabulary[name].label for name in named]
            yield remark(
                patient,
                count.code,
                f"{count.message} {total:g} counted; named: {', '.join(labels).lower()}.",
                field=count.total,
                value=f"{total:g}",
                expected=f"{len(named)} or more",
                fix=count.fix,
                severity=Severity(count.severity),
                choices=(
                    Choice(f"Count {len(named)}", values={count.total: float(len(named))}),
                    *_unknown_choices(tuple(named), patient, fitted),
                ),
            )

    return check


def _implication_check(fitted: Fitted) -> Check:
    def check(patient: Patient, facts: Facts) -> Iterator[Finding]:
        seen: set[frozenset[str]] = set()
        for found in contradictions(facts, fitted.pack):
            pair = frozenset((found.feature, *found.because))
            if pair not in seen:  # an implication and its converse say the same thing
                seen.add(pair)
                yield _contradiction(patient, found, facts, fitted)

    return check


def _implied(fitted: Fitted) -> list[Trigger]:
    """Facts without which no implication can be contradicted: of the condition, or the denial."""
    called: list[Trigger] = []
    for entry in fitted.pack.implications:
        condition = triggers(parse(entry.when, fitted.pack.vocabulary).root, fitted)
        for name, value in entry.then.items():
            denial: Value | None = not value if isinstance(value, bool) else ANY
            denied: list[Trigger] = [(name, denial)]
            called += denied if _cost(denied) < _cost(condition) else condition
    return list(dict.fromkeys(called))


def _contradiction(patient: Patient, found: Contradiction, facts: Facts, fitted: Fitted) -> Finding:
    feature = fitted.vocabulary[found.feature]
    fields = (*found.because, found.feature)
    expected = found.expected if isinstance(found.expected, bool | str) else float(found.expected)
    keep = Choice(f"{feature.label}: {shown(expected, feature)}", values={found.feature: expected})
    return remark(
        patient,
        "contradiction",
        f"{_stated(found.because, facts, fitted)} and {feature.label}: "
        f"{shown(found.stated, feature)} cannot both be.",
        field=_spoken_fields(fields, facts),
        value=_stated(fields, facts, fitted),
        expected=f"{feature.label}: {shown(expected, feature)}",
        fix=f"Correct one of them. {found.note}".strip(),
        severity=Severity.QUESTION,
        choices=(keep, *_unknown_choices(found.because, patient, fitted)),
    )


# -- wording -------------------------------------------------------------------------------------


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return value if isinstance(value, float) else None


def _spoken_fields(names: tuple[str, ...], facts: Facts) -> str:
    return ", ".join(name for name in names if name in facts)


def _stated(names: tuple[str, ...], facts: Facts, fitted: Fitted) -> str:
    return "; ".join(
        f"{fitted.vocabulary[name].label}: {shown(facts[name], fitted.vocabulary[name])}"
        for name in names
        if name in facts
    )


def _unknown_choices(
    names: tuple[str, ...], patient: Patient, fitted: Fitted
) -> tuple[Choice, ...]:
    """For each value in question: leave it unknown."""
    return tuple(
        Choice(f"{_label(fitted.vocabulary, name)}: leave unknown", values={name: None})
        for name in names
        if name in patient.values
    )


def _label(vocabulary: Mapping[str, Feature], name: str) -> str:
    return vocabulary[name].label
