"""Which published trial arms a patient would have fitted, and which published effects apply.

An arm's population is a rule; its parts (the criteria joined by "and") are judged one by one,
together with the trial's setting and line where the rule leaves them out. A patient fits when all
hold, nearly fits when exactly one does not (which is named), and does not fit
when more fail; criteria that cannot be judged are listed. Effects are those whose level and setting
hold for the patient and whose regimen is the one in question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dashboard.knowledge.evidence import Arm, EarlyArm, Effect
from dashboard.knowledge.rules import Answer, Both, Facts, Node, Rule, Vocabulary, parse
from dashboard.knowledge.schema import DiseasePack


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
    matches = [match_arm(facts, arm, pack.vocabulary) for arm in arms]
    return tuple(sorted(matches, key=lambda match: _ORDER.index(match.fit)))


def match_arm(facts: Facts, arm: Arm | EarlyArm, vocabulary: Vocabulary) -> ArmMatch:
    """How the patient stands to one arm's population."""
    differs, unknown = [], []
    for criterion in _criteria(arm, vocabulary):
        answer = criterion.judge(facts).answer
        if answer is Answer.NO:
            differs.append(criterion.english(vocabulary))
        elif answer is Answer.UNKNOWN:
            unknown.append(criterion.english(vocabulary))
    return ArmMatch(arm, _fit(len(differs), len(unknown)), tuple(differs), tuple(unknown))


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


def _criteria(arm: Arm | EarlyArm, vocabulary: Vocabulary) -> Iterable[Rule]:
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


def _fit(differing: int, unknown: int) -> Fit:
    if differing > 1:
        return Fit.DOES_NOT_FIT
    if differing == 1:
        return Fit.NEARLY
    return Fit.AS_FAR_AS_KNOWN if unknown else Fit.FITS


def _holds(effect: Effect, facts: Facts, vocabulary: Vocabulary) -> bool:
    if not effect.level_when:
        return False
    level = parse(effect.level_when, vocabulary).judge(facts).answer
    setting = parse(effect.applies_when, vocabulary).judge(facts).answer
    return level is Answer.YES and setting is not Answer.NO
