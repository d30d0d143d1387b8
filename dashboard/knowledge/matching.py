"""Which published trial arms a patient would have fitted, and which published effects apply.

An arm's population is a rule; its parts (the criteria joined by "and") are judged one by one,
together with the trial's setting and line where the rule leaves them out. A patient fits when all
hold, nearly fits when exactly one does not (which is named) and the patient is just outside it,
and does not fit when more fail or when the one that fails says who the trial was about: a
biomarker, the kind of tumour, earlier treatment, or what the trial divides its own patients by.
Criteria that cannot be judged are listed. Effects are those whose level and setting hold for the
patient and whose regimen is the one in question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations

from dashboard.knowledge.evidence import Arm, EarlyArm, Effect
from dashboard.knowledge.rules import (
    Answer,
    Both,
    Comparison,
    Facts,
    Node,
    Rule,
    Vocabulary,
    candidate_values,
    parse,
)
from dashboard.knowledge.schema import DiseasePack, Feature, Kind

LEVELS_OUTSIDE = 1  # of an ordinal scale: ECOG 2 in a trial of ECOG 0 to 1
SHARE_OUTSIDE = 0.1  # of the bound of a number: 80 years in a trial up to 75
_LINE = "line"


class Fit(StrEnum):
    """How a patient stands to a trial's population."""

    FITS = "fits"
    AS_FAR_AS_KNOWN = "fits as far as known"
    NEARLY = "nearly fits"
    DOES_NOT_FIT = "does not fit"


_ORDER = (Fit.FITS, Fit.AS_FAR_AS_KNOWN, Fit.NEARLY, Fit.DOES_NOT_FIT)


@dataclass(frozen=True, slots=True)
class ArmMatch:
    """One arm with the criteria that differ and those that cannot be judged, in English."""

    arm: Arm | EarlyArm
    fit: Fit
    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Bearing(StrEnum):
    """What a published effect says for the regimen in this patient."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    NEITHER = "its interval includes no difference"


@dataclass(frozen=True, slots=True)
class EffectMatch:
    """One published effect that applies, with its bearing."""

    effect: Effect
    bearing: Bearing


def match_arms(facts: Facts, pack: DiseasePack, regimen: str) -> tuple[ArmMatch, ...]:
    """The arms behind a regimen, those that fit best first, otherwise in the pack's order."""
    arms: tuple[Arm | EarlyArm, ...] = (*pack.arms_of(regimen), *pack.early_arms_of(regimen))
    matches = [match_arm(facts, arm, pack) for arm in arms]
    return tuple(sorted(matches, key=lambda match: _ORDER.index(match.fit)))


def match_arm(facts: Facts, arm: Arm | EarlyArm, pack: DiseasePack) -> ArmMatch:
    """How the patient stands to one arm's population."""
    vocabulary = pack.vocabulary
    failing: list[Rule] = []
    unknown: list[str] = []
    for criterion in criteria_of(arm, vocabulary):
        answer = criterion.judge(facts).answer
        if answer is Answer.NO:
            failing.append(criterion)
        elif answer is Answer.UNKNOWN:
            unknown.append(criterion.english(vocabulary))
    fit = Fit.AS_FAR_AS_KNOWN if unknown else Fit.FITS
    if failing:
        near = len(failing) == 1 and _just_outside(failing[0], facts, vocabulary)
        divided = near and _divides(failing[0], arm, facts, pack)
        fit = Fit.NEARLY if near and not divided else Fit.DOES_NOT_FIT
    differs = tuple(criterion.english(vocabulary) for criterion in failing)
    return ArmMatch(arm, fit, differs, tuple(unknown))


def wider(
    arms: Sequence[Arm], pack: DiseasePack, fits: Mapping[str, Fit] | None = None
) -> frozenset[str]:
    """The ids of those arms of which another one is a part: same trial, narrower population.

    Both hold the same patients, so that counting both would count these twice.

    Args:
        arms: of one regimen.
        pack: whose arms they are.
        fits: by id, how a patient stands to each: a part counts only where the patient fits it as
            well as the whole.
    """
    criteria = {arm.id: criteria_of(arm, pack.vocabulary) for arm in arms}
    rank = {name: _ORDER.index(fit) for name, fit in (fits or {}).items()}
    return frozenset(
        arm.id
        for arm, part in permutations(arms, 2)
        if _trial_of(arm) == _trial_of(part)
        and rank.get(part.id, 0) <= rank.get(arm.id, 0)
        and _within(criteria[part.id], criteria[arm.id])
        and not _within(criteria[arm.id], criteria[part.id])
    )


def match_effects(facts: Facts, pack: DiseasePack, regimen: str) -> tuple[EffectMatch, ...]:
    """The published effects that bear on this regimen in this patient."""
    classes = pack.expand_classes(pack.regimen(regimen))
    found = (
        effect
        for effect in pack.effects
        if effect.concerns(regimen, classes) and _holds(effect, facts, pack.vocabulary)
    )
    return tuple(EffectMatch(effect, bearing(effect)) for effect in found)


def bearing(effect: Effect) -> Bearing:
    """Below one a hazard ratio supports; an odds ratio of response above one does."""
    if effect.low is not None and effect.high is not None and effect.low <= 1 <= effect.high:
        return Bearing.NEITHER
    good = effect.value > 1 if _more_is_better(effect) else effect.value < 1
    return Bearing.SUPPORTS if good else Bearing.CONTRADICTS


def _more_is_better(effect: Effect) -> bool:
    return effect.endpoint == "response"


def criteria_of(arm: Arm | EarlyArm, vocabulary: Vocabulary) -> list[Rule]:
    """The parts of the population's rule, then setting and line where it does not speak of them."""
    rule = parse(arm.population_when, vocabulary)
    parts: tuple[Node, ...] = rule.root.parts if isinstance(rule.root, Both) else (rule.root,)
    criteria = [Rule(rule.text, part) for part in parts]
    silent = [text for name, text in _implied(arm) if name in vocabulary and name not in rule.names]
    return [*criteria, *(parse(text, vocabulary) for text in silent)]


def _implied(arm: Arm | EarlyArm) -> Iterable[tuple[str, str]]:
    """What every trial of a table asked for, as the feature and the rule."""
    if isinstance(arm, EarlyArm):
        return [("disease_setting", "disease_setting == early")]
    setting = ("disease_setting", "disease_setting == advanced")
    line = {"1L": "line == 1", "2L+": "line >= 2"}.get(arm.line)
    return [setting, ("line", line)] if line else [setting]


def _just_outside(criterion: Rule, facts: Facts, vocabulary: Vocabulary) -> bool:
    """Whether the patient fails by little a criterion that does not say who the trial was about."""
    return all(
        leaf.name in facts and _near(leaf, facts, vocabulary[leaf.name])
        for leaf in criterion.leaves
    )


def _near(leaf: Comparison, facts: Facts, feature: Feature) -> bool:
    value = facts[leaf.name]
    if feature.group == "molecular":
        return False
    if feature.kind is Kind.CATEGORY:
        return feature.group not in ("disease", "treatment")
    if feature.kind is Kind.FLAG:
        return feature.group != "treatment"
    ours, bounds = leaf.ranked(value), [leaf.ranked(bound) for bound in leaf.constants]
    known = [bound for bound in bounds if bound is not None]
    if ours is None or not known:
        return False
    gap = min(abs(ours - bound) for bound in known)
    if feature.kind is Kind.NUMBER:
        return gap <= SHARE_OUTSIDE * max(abs(bound) for bound in known)
    # Beyond the first line patients were chosen by what had failed: it is never next to the second.
    untreated = leaf.name == _LINE and min(ours, *known) < 2  # noqa: PLR2004
    beyond = gap + (1 if leaf.operator in ("<", ">") else 0)
    return beyond <= LEVELS_OUTSIDE and not untreated


def _beside(arm: Arm | EarlyArm, pack: DiseasePack) -> list[Arm | EarlyArm]:
    """The other arms of the same trial."""
    arms: Sequence[Arm | EarlyArm] = pack.arms if isinstance(arm, Arm) else pack.early_arms
    return [each for each in arms if _trial_of(each) == _trial_of(arm) and each.id != arm.id]


def _trial_of(arm: Arm | EarlyArm) -> str:
    return arm.nct_id or arm.trial


def _divides(failing: Rule, arm: Arm | EarlyArm, facts: Facts, pack: DiseasePack) -> bool:
    """Whether the trial divides its patients by this criterion and has the patient's part too.

    Either another arm asks for something else of the same fact, which the patient meets; or the
    patient fits a larger one that leaves the criterion out, of which this one is a part.
    """
    for other in _beside(arm, pack):
        criteria = criteria_of(other, pack.vocabulary)
        alike = [each for each in criteria if each.names & failing.names]
        asked = alike or criteria
        met = all(each.judge(facts).answer is Answer.YES for each in asked)
        if met and (alike or (other.n or 0) > (arm.n or 0)):
            return True
    return False


def _within(criteria: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Whether whoever meets these criteria meets the others too."""
    return all(any(_implies(criterion, other) for criterion in criteria) for other in others)


def _implies(criterion: Rule, other: Rule) -> bool:
    """Whether one criterion holding means that the other holds."""
    if criterion.root == other.root:
        return True
    if criterion.names != other.names or len(other.names) != 1:
        return False
    (name,) = other.names
    tried: list[Facts] = [
        {name: value} for value in candidate_values(iter((*criterion.leaves, *other.leaves)))
    ]
    held = [facts for facts in tried if criterion.judge(facts).answer is Answer.YES]
    return all(other.judge(facts).answer is Answer.YES for facts in held)


def _holds(effect: Effect, facts: Facts, vocabulary: Vocabulary) -> bool:
    if not effect.level_when:
        return False
    level = parse(effect.level_when, vocabulary).judge(facts).answer
    setting = parse(effect.applies_when, vocabulary).judge(facts).answer
    return level is Answer.YES and setting is not Answer.NO
