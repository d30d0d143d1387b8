"""Which unknown facts matter, how much, and whether enough is known for a forecast.

A fact matters first by how many regimens it decides, then by how many published effects speak of
it. `missing_facts` answers for one patient exactly, by judging every regimen; `weights` is the same
question asked of a pack without a patient, cheap enough for a whole cohort. What matters only in
the other setting (nodes and grade of early disease, asked of somebody with metastases) does not
matter: the setting is the patient's, stated or implied; while it is unknown everything counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dashboard.knowledge.eligibility import Part, judge, rules_of
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.implications import consequences
from dashboard.knowledge.pack_memory import PackMemory
from dashboard.knowledge.rules import Answer, parse
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Finding, Patient, Severity
from dashboard.records.remarks import remark
from dashboard.records.wording import counted

LEAST_KNOWN = 3  # core facts without which a forecast would say nothing about this patient
_ALWAYS_CORE = ("age_years", "ecog_ps", "line")
_MOST_CORE = 9
_NAMED_IN_NOTE = 5
_REMEMBERED_NOTES = 1024
_SETTINGS = frozenset({"early", "advanced"})
_BINDING = (Part.ELIGIBILITY, Part.LINE, Part.CONTRAINDICATION)


@dataclass(frozen=True, slots=True)
class MissingFact:
    """An unknown fact, the regimens it would decide alone, the published effects that use it."""

    feature: str
    label: str
    decides: tuple[str, ...]
    effects: int


@dataclass(frozen=True, slots=True)
class Weights:
    """How often a pack speaks of each of its features, and the core among them."""

    order: tuple[str, ...]  # features that matter, the weightiest first
    regimens: dict[str, int]
    effects: dict[str, int]
    core: tuple[str, ...]
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)  # by the facts missing


def missing_facts(patient: Patient, pack: DiseasePack) -> tuple[MissingFact, ...]:
    """The facts whose value would change an answer or a forecast, the weightiest first."""
    deciding = {fact.feature: fact.regimens for fact in judge(patient.facts, pack).deciding}
    known = _known(patient, pack)
    effects = weights(pack, setting_of(patient, pack)).effects
    found = [
        MissingFact(feature.id, feature.label, deciding.get(feature.id, ()), effects[feature.id])
        for feature in pack.features
        if feature.id not in known and (feature.id in deciding or effects.get(feature.id))
    ]
    return tuple(sorted(found, key=lambda fact: (-len(fact.decides), -fact.effects, fact.label)))


def note_missing(patient: Patient, pack: DiseasePack) -> Finding | None:
    """One note that names the weightiest unknown facts; nothing when all that matter are known."""
    known = _known(patient, pack)
    found = weights(pack, setting_of(patient, pack))
    missing = tuple([name for name in found.order if name not in known])
    if not missing:
        return None
    if missing not in found.notes:
        if len(found.notes) >= _REMEMBERED_NOTES:
            found.notes.clear()
        found.notes[missing] = _missing_in_words(missing, pack, found)
    return remark(
        patient,
        "facts-missing",
        found.notes[missing],
        expected="as many of them as are on file",
        fix="Enter those you have; what stays unknown is treated as unknown.",
        severity=Severity.NOTE,
    )


def core_known(patient: Patient, pack: DiseasePack) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The core facts that are known, and all of them."""
    core = weights(pack, setting_of(patient, pack)).core
    known = _known(patient, pack)
    return tuple(name for name in core if name in known), core


def setting_of(patient: Patient, pack: DiseasePack) -> str:
    """Whether the decision is about early or advanced disease; empty where that is open."""
    name = _setting_feature(pack)
    if not name:
        return ""
    stated = patient.values.get(name)
    if stated is None:
        implied = consequences(patient.facts, pack)
        stated = next((found.value for found in implied if found.feature == name), "")
    return str(stated)


_setting_features = PackMemory[str]()


def _setting_feature(pack: DiseasePack) -> str:
    """The feature whose levels are the settings of regimens, where the pack has both."""
    features = (f.id for f in pack.features if frozenset(f.levels) == _SETTINGS)
    return _setting_features.of(pack, lambda: next(features, ""))


_weights = PackMemory[Weights]()


def weights(pack: DiseasePack, setting: str = "") -> Weights:
    """How much each feature of a pack matters, in one setting or in all, for whomever it is."""
    return _weights.of(pack, lambda: _weigh(pack, setting), setting)


def _weigh(pack: DiseasePack, setting: str) -> Weights:
    regimens: Counter[str] = Counter()
    settings: dict[str, set[str]] = {}
    for regimen in pack.regimens:
        if setting in {"", regimen.setting}:
            rules = rules_of(pack)[regimen.id]
            asked = {name for part in _BINDING for name in rules[part].names}
            regimens.update(asked)
            for name in asked:
                settings.setdefault(name, set()).add(regimen.setting)
    several = len(set().union(*settings.values())) > 1
    acting = [effect for effect in pack.effects if _acts(effect, pack, setting)]
    effects = Counter(effect.feature for effect in acting if effect.feature)
    stated = [feature.id for feature in pack.features if not feature.derived_from]
    order = sorted(
        (name for name in stated if regimens[name] or effects[name]),
        # What only one setting asks for comes after the setting itself and what both ask for.
        key=lambda name: (
            several and len(settings.get(name, ())) == 1,
            -regimens[name],
            -effects[name],
            name,
        ),
    )
    always = [
        name
        for name in _ALWAYS_CORE
        if name in pack.vocabulary and (name != "line" or not setting or regimens[name])
    ]
    core = tuple(dict.fromkeys([*always, *order]))[:_MOST_CORE]
    return Weights(tuple(order), dict(regimens), _all_of(effects, pack), core)


def _acts(effect: Effect, pack: DiseasePack, setting: str) -> bool:
    """Whether a published effect can speak of a patient in this setting."""
    applying = {pack.regimens_by_id[name].setting for name in effect.applies_regimens}
    if not setting or (applying and setting not in applying):
        return not setting
    if not effect.applies_when:
        return True
    rule = parse(effect.applies_when, pack.vocabulary)
    return rule.judge({_setting_feature(pack): setting}).answer is not Answer.NO


def _all_of(effects: Counter[str], pack: DiseasePack) -> dict[str, int]:
    return {feature.id: effects[feature.id] for feature in pack.features}


def _known(patient: Patient, pack: DiseasePack) -> set[str]:
    """The facts that are stated, and those that follow from them."""
    known = set(patient.facts)
    if len(known) < len(pack.vocabulary):
        known |= {found.feature for found in consequences(patient.facts, pack)}
    return known


def _missing_in_words(missing: tuple[str, ...], pack: DiseasePack, found: Weights) -> str:
    named = "; ".join(_weight_in_words(name, pack, found) for name in missing[:_NAMED_IN_NOTE])
    more = len(missing) - _NAMED_IN_NOTE
    rest = f"; and {more} more" if more > 0 else ""
    facts = (
        "1 fact that matters is" if len(missing) == 1 else f"{len(missing)} facts that matter are"
    )
    return f"{facts} unknown: {named}{rest}."


def _weight_in_words(name: str, pack: DiseasePack, found: Weights) -> str:
    parts = []
    if regimens := found.regimens.get(name, 0):
        parts.append(counted(regimens, "regimen"))
    if effects := found.effects[name]:
        parts.append(counted(effects, "published effect"))
    return f"{pack.vocabulary[name].label} ({', '.join(parts)})"
