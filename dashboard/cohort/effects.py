"""Prognostic and predictive effects as terms on a patient's log hazard or log odds.

Each published effect becomes at most one term: an indicator (the patient is at this level) or a
slope (per unit, per doubling), for the regimens it speaks of. What is a treatment effect inside a
stratum becomes an interaction, centred in the trial's population, never a second regimen effect.
Alternatives that must not stack, effects seen only on treatment and levels that no rule can state
are left out with the reason. The sizes are solved in `calibration`, jointly, so that correlated
markers share what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assumptions import Assumptions, PopulationTerm
from dashboard.knowledge.evidence import Effect
from dashboard.knowledge.rule_tables import Table
from dashboard.knowledge.rules import Both, Rule, parse
from dashboard.knowledge.schema import DiseasePack, Regimen

Floats = npt.NDArray[np.float64]

SLOPE_LIMIT = 3.0  # a slope speaks of the bulk of the patients, not of the far tail
CALENDAR_YEAR = "calendar_year"  # a column of its own: when treatment starts
INDEPENDENT_REVIEW = "independent_review"  # 1 where a panel judged the responses of a trial
OF_THE_TRIAL = (CALENDAR_YEAR, INDEPENDENT_REVIEW)  # columns that no patient's record has
EVERY_REGIMEN = "every regimen"  # in the assumptions: an effect holds beyond where it was measured
_MIDDLE_YEAR = 2015.0
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the linear predictor of an endpoint."""

    id: str
    endpoint: str  # os, pfs, response or toxicity
    feature: str
    rule: Rule
    regimens: Floats  # 1 where the term applies
    slope_of: str = ""
    per: float = 1.0
    doubling: bool = False
    centre: float = 0.0
    adverse_group: str = ""
    interaction: bool = False

    def column(self, table: Table) -> Floats:
        """The term's value for every patient."""
        holds = table.judge(self.rule).yes.astype(float)
        if not self.slope_of:
            return holds - self.centre
        return holds * _slope(table.columns[self.slope_of], self)


def _slope(values: Floats, term: Term) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.log2(values) if term.doubling else values / term.per
    centred = np.where(np.isfinite(scaled), scaled - term.centre, 0.0)
    limit = SLOPE_LIMIT * 2.0 if term.doubling else SLOPE_LIMIT
    return np.clip(centred, -limit, limit)


@dataclass(frozen=True, slots=True)
class UsedEffect:
    """A published effect: the term it became, or why it became none."""

    effect: Effect
    level: Rule
    reference: Rule
    regimens: tuple[str, ...]
    term: str = ""
    reason: str = ""

    @property
    def log_value(self) -> float:
        """The published log hazard or odds ratio."""
        return float(np.log(self.effect.value))

    @property
    def error(self) -> float:
        """The standard error of the log, widened for what was not re-read or is approximate."""
        effect = self.effect
        if effect.low is None or effect.high is None or effect.low <= 0:
            return 0.40
        own = float(np.log(effect.high) - np.log(effect.low)) / (2 * _Z95)
        return max(own, 0.04) * (1.5 if effect.basis == "approximate" else 1.0)


@dataclass(frozen=True)
class EffectBook:
    """All effects of a pack and the terms made of them, with the pack's shared mechanisms."""

    regimens: tuple[str, ...]
    effects: tuple[UsedEffect, ...]
    terms: tuple[Term, ...]
    mechanisms: tuple[Term, ...]
    _silent: dict[str, Floats] = field(default_factory=dict)

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """Terms of effects, then of mechanisms."""
        return self.terms + self.mechanisms

    def excluded(self) -> tuple[tuple[str, str], ...]:
        """The effects that drive nothing, each with its reason."""
        return tuple((used.effect.id, used.reason) for used in self.effects if used.reason)

    def design(self, table: Table) -> Floats:
        """The columns of all terms for these patients."""
        columns = [term.column(table) for term in self.all_terms]
        return np.column_stack(columns) if columns else np.zeros((table.length, 0))

    def names(self) -> frozenset[str]:
        """Every feature a term reads."""
        read = [term.rule.names | ({term.slope_of} - {""}) for term in self.all_terms]
        return frozenset().union(*read)

    def weights(self, sizes: Floats, endpoint: str, spill: Spill) -> Floats:
        """The size of every term (rows) under every regimen (columns) for one endpoint.

        What moves survival and has no published effect on progression moves progression by a
        documented share; what moves progression moves response likewise.
        """
        own = self._own(sizes, endpoint)
        if endpoint == "pfs":
            return own + spill.progression * self._borrowed(sizes, "os", "pfs")
        if endpoint == "response":
            progression = self.weights(sizes, "pfs", spill)
            return own + spill.response * self._unspoken("response") * progression
        return own

    def _own(self, sizes: Floats, endpoint: str) -> Floats:
        rows = [
            sizes[place] * term.regimens * (term.endpoint == endpoint)
            for place, term in enumerate(self.all_terms)
        ]
        return np.array(rows).reshape(len(self.all_terms), len(self.regimens))

    def _borrowed(self, sizes: Floats, source: str, endpoint: str) -> Floats:
        return self._own(sizes, source) * self._unspoken(endpoint)

    def _unspoken(self, endpoint: str) -> Floats:
        """1 where no published effect of a term's feature on this endpoint exists for a regimen."""
        if endpoint not in self._silent:
            spoken: dict[str, Floats] = {}
            for term in self.terms:
                if term.endpoint == endpoint:
                    before = spoken.get(term.feature, np.zeros(len(self.regimens)))
                    spoken[term.feature] = np.maximum(before, term.regimens)
            nobody, everybody = np.zeros(len(self.regimens)), np.ones(len(self.regimens))
            rows = [
                1.0 - spoken.get(term.feature, nobody) if term.feature else 1.0 - everybody
                for term in self.all_terms
            ]
            self._silent[endpoint] = np.array(rows).reshape(len(rows), len(self.regimens))
        return self._silent[endpoint]


@dataclass(frozen=True, slots=True)
class Spill:
    """How much an effect on one endpoint moves another that no publication speaks of."""

    progression: float
    response: float


def conjoined(first: Rule, second: Rule) -> Rule:
    """A rule that holds where both do."""
    if not first.leaves or not second.leaves:
        return first if first.leaves else second
    return Rule(f"({first.text}) and ({second.text})", Both((first.root, second.root)))


def effect_book(pack: DiseasePack, assumptions: Assumptions) -> EffectBook:
    """Sort the pack's effects into terms and exclusions."""
    regimens = tuple(regimen.id for regimen in pack.regimens)
    read = [_read(effect, pack, assumptions) for effect in pack.effects]
    kept = _without_alternatives(read, pack)
    terms = tuple(_term(used, pack, regimens) for used in kept if not used.reason)
    mechanisms = tuple(
        mechanism
        for wanted in assumptions.terms
        for mechanism in _mechanisms(wanted, pack, regimens)
    )
    return EffectBook(regimens, tuple(kept), terms, mechanisms)


def _read(effect: Effect, pack: DiseasePack, assumptions: Assumptions) -> UsedEffect:
    vocabulary = pack.vocabulary
    also = parse(effect.applies_when, vocabulary)
    level = conjoined(parse(effect.level_when, vocabulary), also)
    reference = conjoined(parse(effect.reference_when, vocabulary), also)
    scope = _scope(effect, pack, assumptions)
    reason = _exclusion(effect, scope)
    return UsedEffect(effect, level, reference, scope, "" if reason else effect.id, reason)


def _scope(effect: Effect, pack: DiseasePack, assumptions: Assumptions) -> tuple[str, ...]:
    """The regimens an effect drives: those it speaks of, unless the assumptions say otherwise."""
    assumed = assumptions.effect_regimens.get(effect.id, ())
    if assumed == (EVERY_REGIMEN,):
        return tuple(regimen.id for regimen in pack.regimens if regimen.setting != "early")
    return assumed or tuple(
        regimen.id for regimen in pack.regimens if applies(effect, regimen, pack)
    )


def _exclusion(effect: Effect, scope: Sequence[str]) -> str:
    """Why an effect drives nothing; empty when it does."""
    unsaid = effect.contrast in ("level", "mean", "treatment") and not effect.level_when
    reasons = (
        (effect.time_dependent, "seen only on treatment, not known before it"),
        (not scope, "no regimen of the pack is meant"),
        (unsaid and not effect.feature, "the effect of a regimen as such: its trials speak for it"),
        (unsaid, effect.when_exempt or "no rule says whom the level means"),
        (
            effect.contrast == "per_unit" and not effect.per,
            effect.when_exempt or "no unit is given for the slope",
        ),
        (not effect.stackable, "an alternative to another row: never multiplied with it"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def applies(effect: Effect, regimen: Regimen, pack: DiseasePack) -> bool:
    """Whether an effect speaks of a regimen: by name, by class, or of all."""
    if regimen.setting == "early":
        return False
    if not effect.applies_regimens and not effect.applies_classes:
        return True
    if regimen.id in effect.applies_regimens:
        return True
    classes = pack.expand_classes(regimen)
    return any(set(wanted.split("+")) <= classes for wanted in effect.applies_classes)


def _without_alternatives(read: Iterable[UsedEffect], pack: DiseasePack) -> list[UsedEffect]:
    """Where two rows give one level of a feature for one regimen, the narrower scope drives it."""
    del pack
    ordered = sorted(read, key=lambda used: (len(used.regimens), used.error))
    taken: dict[tuple[object, ...], set[str]] = {}
    kept: dict[str, UsedEffect] = {}
    for used in ordered:
        if used.reason:
            kept[used.effect.id] = used
            continue
        key = _alternative_key(used.effect)
        free = tuple(r for r in used.regimens if r not in taken.setdefault(key, set()))
        taken[key] |= set(free)
        kept[used.effect.id] = used if free == used.regimens else _narrowed(used, free)
    return sorted(kept.values(), key=lambda used: used.effect.id)


def _alternative_key(effect: Effect) -> tuple[object, ...]:
    return (
        effect.feature,
        effect.level_when,
        effect.applies_when,
        effect.contrast == "treatment",
        effect.endpoint,
        effect.adverse_group,
    )


def _narrowed(used: UsedEffect, free: tuple[str, ...]) -> UsedEffect:
    if not free:
        reason = "a row for fewer regimens or with a narrower interval drives this level"
        return UsedEffect(used.effect, used.level, used.reference, used.regimens, "", reason)
    return UsedEffect(used.effect, used.level, used.reference, free, used.effect.id)


def _term(used: UsedEffect, pack: DiseasePack, regimens: Sequence[str]) -> Term:
    effect = used.effect
    mask = np.array([float(regimen in used.regimens) for regimen in regimens])
    slope = effect.contrast in ("per_unit", "per_doubling")
    return Term(
        id=effect.id,
        endpoint=effect.endpoint,
        feature=effect.feature,
        rule=parse(effect.applies_when, pack.vocabulary) if slope else used.level,
        regimens=mask,
        slope_of=effect.feature if slope else "",
        per=effect.per or 1.0,
        doubling=effect.contrast == "per_doubling",
        adverse_group=effect.adverse_group,
        interaction=effect.contrast == "treatment",
    )


def _mechanisms(
    wanted: PopulationTerm, pack: DiseasePack, regimens: Sequence[str]
) -> Iterable[Term]:
    everyone = not wanted.regimens and not wanted.classes
    mask = np.zeros(len(regimens))
    for place, regimen in enumerate(regimens):
        classes = pack.expand_classes(pack.regimen(regimen))
        by_class = any(set(name.split("+")) <= classes for name in wanted.classes)
        spared = bool(classes & set(wanted.not_classes))
        mask[place] = float((everyone or regimen in wanted.regimens or by_class) and not spared)
    for endpoint in wanted.endpoints:
        yield Term(
            id=f"{wanted.id}:{endpoint}",
            endpoint=endpoint,
            feature="",
            rule=parse(wanted.when, pack.vocabulary),
            regimens=mask,
            slope_of=_trait(wanted),
            per=10.0 if wanted.per_decade else 1.0,
            centre=_MIDDLE_YEAR / 10.0 if wanted.per_decade else 0.0,
        )


def _trait(wanted: PopulationTerm) -> str:
    if wanted.independent_review:
        return INDEPENDENT_REVIEW
    return CALENDAR_YEAR if wanted.per_decade else ""
