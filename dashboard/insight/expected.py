"""What published effects say of the direction of each contribution: agree, contradict, or nothing.

A row of the pack's effects speaks where its endpoint is the target's, it concerns the regimen, and
the patient is in its level or in its reference. Being in the reference of a harmful level is good
news. Strata of one treatment effect are compared with each other: the patient's is expected to help
where its ratio is better than that of the other strata. Rows are quoted with their source and
whether they were re-read there; a fact that no row speaks of is said to have no evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.answers.explanation import (
    PROGRESSION,
    TOXICITY,
    Contribution,
    EvidenceRow,
    Expected,
    Verdict,
)
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.rules import Answer, parse
from dashboard.knowledge.schema import DiseasePack, Feature
from dashboard.records.patient import Value

_SHORT = ("os", "pfs")  # endpoints that are written in capitals
_BAD = (PROGRESSION, TOXICITY)  # outputs that rise when things go badly


@dataclass(frozen=True, slots=True)
class Evidence:
    """The published effects beside the explanations of one target for one patient."""

    pack: DiseasePack
    facts: Mapping[str, Value]
    target: str  # response, os, pfs, progression or toxicity:<group>
    averages: Mapping[str, float]  # of the cohort, for effects given per unit

    def beside(
        self, contributions: Iterable[Contribution], regimen: str, versus: str = ""
    ) -> dict[str, Expected]:
        """What is expected of the contribution of every known fact.

        Args:
            contributions: what the model says.
            regimen: the one that is explained.
            versus: the other of a contrast; then only effects that concern one of them count.
        """
        speaking = self._speaking(regimen)
        against = self._speaking(versus) if versus else {}
        found: dict[str, Expected] = {}
        for each in contributions:
            if each.feature not in self.pack.vocabulary or each.value is None:
                continue
            rows = speaking.get(each.feature, [])
            if versus:
                rows = _only_one(rows, against.get(each.feature, []))
            found[each.feature] = Expected(each.feature, _verdict(each.effect, rows), tuple(rows))
        return found

    def _speaking(self, regimen: str) -> dict[str, list[EvidenceRow]]:
        """The rows that say something of this patient, by feature."""
        if regimen not in self.pack.regimens_by_id:
            return {}
        effects = self.pack.effects_of(regimen)
        rows = [e for e in effects if e.feature and _is_about(e, self.target)]
        rows = [e for e in rows if _holds(e.applies_when, self.facts, empty=True)]
        strata: defaultdict[tuple[str, str], list[Effect]] = defaultdict(list)
        found: defaultdict[str, list[EvidenceRow]] = defaultdict(list)
        for effect in rows:
            if effect.contrast == "treatment":
                strata[effect.feature, effect.comparator].append(effect)
                continue
            side = _side(effect, self.facts, self.averages) * _better(effect, self.target)
            if side:
                found[effect.feature].append(_row(self.pack, effect, side))
        for alike in strata.values():
            for effect, side in _stratified(alike, self.facts, self.target):
                found[effect.feature].append(_row(self.pack, effect, side))
        return dict(found)


def _verdict(effect: float, rows: Sequence[EvidenceRow]) -> Verdict:
    directions = {row.direction for row in rows}
    if not directions or effect == 0.0:
        return "no evidence"
    if len(directions) > 1:
        return "evidence disagrees"
    return "agrees" if directions == {int(np.sign(effect))} else "contradicts"


def _only_one(mine: Sequence[EvidenceRow], other: Sequence[EvidenceRow]) -> list[EvidenceRow]:
    """Rows that concern one regimen of a contrast; those of the other count the other way round."""
    shared = {row.id for row in mine} & {row.id for row in other}
    turned = [replace(row, direction=-row.direction) for row in other]
    return [row for row in (*mine, *turned) if row.id not in shared]


def _is_about(effect: Effect, target: str) -> bool:
    if target.startswith(TOXICITY):
        group = target.removeprefix(TOXICITY)
        return effect.endpoint == "toxicity" and effect.adverse_group in {"", group}
    return effect.endpoint == ("pfs" if target == PROGRESSION else target)


def _holds(rule: str, facts: Mapping[str, Value], *, empty: bool) -> bool:
    """Whether a rule certainly holds; `empty` is what no rule says."""
    if not rule:
        return empty
    return parse(rule).judge(facts).answer is Answer.YES


def _side(effect: Effect, facts: Mapping[str, Value], averages: Mapping[str, float]) -> int:
    """+1: the patient is where the ratio is, -1: where it is compared with, 0: elsewhere."""
    if effect.contrast in {"per_unit", "per_doubling"}:
        value, average = facts.get(effect.feature), averages.get(effect.feature)
        if value is None or average is None or isinstance(value, str):
            return 0
        return int(np.sign(float(value) - average))
    if _holds(effect.level_when, facts, empty=False):
        return 1
    return -1 if _holds(effect.reference_when, facts, empty=False) else 0


def _good(target: str) -> int:
    """+1 where the output rises when things go well."""
    return -1 if target.startswith(_BAD) else 1


def _better(effect: Effect, target: str) -> int:
    """+1 where the ratio means that the output rises."""
    rises = 1 if effect.value > 1 else -1
    if effect.measure == "OR":  # odds of what the output itself is the chance of
        return rises
    return -rises * _good(target)


def _stratified(
    alike: Sequence[Effect], facts: Mapping[str, Value], target: str
) -> list[tuple[Effect, int]]:
    """The patient's stratum of a treatment effect, against the mean of the other strata."""
    stated = [effect for effect in alike if effect.level_when]
    answers = [parse(effect.level_when).judge(facts).answer for effect in stated]
    own = [e for e, answer in zip(stated, answers, strict=True) if answer is Answer.YES]
    others = [
        float(np.log(e.value)) for e, answer in zip(stated, answers, strict=True)
        if answer is Answer.NO
    ]  # fmt: skip
    if not own or not others:
        return []
    middle = float(np.mean(others))
    higher = [(effect, int(np.sign(float(np.log(effect.value)) - middle))) for effect in own]
    return [
        (effect, side if effect.measure == "OR" else -side * _good(target))
        for effect, side in higher
        if side
    ]


def _row(pack: DiseasePack, effect: Effect, direction: int) -> EvidenceRow:
    held = pack.feature(effect.feature) if effect.feature in pack.vocabulary else None
    label = held.label if held else ""
    level, against = (
        _level(held, end) for end in (effect.level, effect.reference_level or effect.comparator)
    )
    compared = f" against {against}" if against else ""
    per = f" per {effect.per:g}" if effect.contrast == "per_unit" and effect.per else ""
    span = f" ({effect.low:g} to {effect.high:g})" if effect.low and effect.high else ""
    endpoint = effect.endpoint.upper() if effect.endpoint in _SHORT else effect.endpoint
    said = f"{label}: {level}{compared}{per}, {endpoint} {effect.measure}"
    return EvidenceRow(
        effect.id,
        f"{said} {effect.value:g}{span}",
        direction,
        effect.source.text,
        effect.source.reference,
        str(effect.source.verified),
    )


def _level(feature: Feature | None, level: str) -> str:
    """A level as people write it: its label, or yes and no."""
    told = {"true": "yes", "false": "no"}.get(level, level)
    return feature.level_label(told) if feature and told in feature.levels else told
