"""The published figures of a pack, each with the simulated patients it is held against.

An arm comes with its trial's patients; the arms of a comparison share them, as randomisation means.
An effect comes with the patients of its level and of its reference, or, for a treatment effect
inside a stratum, with the randomised trials of that comparison restricted to the stratum. What
cannot be simulated is kept, with the reason, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assumptions import Assumptions, Reading
from dashboard.cohort.effects import (
    CALENDAR_YEAR,
    INDEPENDENT_REVIEW,
    OF_THE_TRIAL,
    EffectBook,
    UsedEffect,
    conjoined,
    effect_book,
)
from dashboard.cohort.population import Draw, Population, population_of
from dashboard.cohort.progress import Told, silent
from dashboard.cohort.trial_populations import (
    draw_matching,
    draw_trial,
    trial_population,
    year_of,
)
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.knowledge.eligibility import line_rule
from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.rule_tables import Table
from dashboard.knowledge.rules import Both, Either, Not, Rule, parse
from dashboard.knowledge.schema import DiseasePack, Regimen

Floats = npt.NDArray[np.float64]

_FEWEST_IN_LEVEL = 0.02  # of a trial's patients, for the trial to speak of the level


@dataclass(frozen=True)
class Group:
    """Patients about to be given something: their terms, age and line."""

    draw: Draw
    design: Floats
    age_years: Floats
    later_line: Floats  # 1 from the second line on

    @property
    def size(self) -> int:
        """How many patients."""
        return self.age_years.size


@dataclass(frozen=True)
class Judged:
    """Who of an arm's patients had a response judged, and how many they were in the trial."""

    rows: npt.NDArray[np.bool_]
    group: Group
    patients: int | None


@dataclass(frozen=True)
class ArmCase:
    """An arm with its patients; a comparator without a row of its own has no figures."""

    key: str
    regimen: str
    group: Group
    arm: Arm | None = None
    judged: Judged | None = None  # none: everybody's response was

    @property
    def responders_of(self) -> Group:
        """The patients whom the response rate is of."""
        return self.judged.group if self.judged else self.group

    @property
    def patients_judged(self) -> int | None:
        """How many patients the published response rate is of."""
        held = self.judged.patients if self.judged else None
        return held or (self.arm.n if self.arm else None)


@dataclass(frozen=True)
class Comparison:
    """A randomised comparison: two cases on the same patients."""

    arm: Arm
    treated: str
    control: str


@dataclass(frozen=True)
class LevelCase:
    """An effect of a level: who is in it, who is in the reference, under which regimen."""

    used: UsedEffect
    regimen: str
    inside: Group
    reference: Group
    span: float = 1.0  # units between the groups, for a slope


@dataclass(frozen=True)
class StratumPart:
    """One randomised trial restricted to a level: the patients of the level, and of the trial."""

    weight: float
    treated: str
    control: str
    inside: Group
    everyone: Group
    horizon: float  # months of follow-up


@dataclass(frozen=True)
class StratumCase:
    """A treatment effect inside a level: the trials' patients of the level, and of the trial."""

    used: UsedEffect
    parts: tuple[StratumPart, ...]


@dataclass(frozen=True)
class Cases:
    """Everything a pack's parameters are held against."""

    pack: DiseasePack
    assumptions: Assumptions
    population: Population
    book: EffectBook
    arms: Mapping[str, ArmCase]
    comparisons: tuple[Comparison, ...]
    levels: tuple[LevelCase, ...]
    strata: tuple[StratumCase, ...]
    missing: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def cases_of(
    pack: DiseasePack, assumptions: Assumptions, seed: int, patients: int, *, told: Told = silent
) -> Cases:
    """Draw the patients behind every published figure of the pack."""
    return _Maker(pack, assumptions, seed, patients).make(told)


def group_of(
    draw: Draw, book: EffectBook, year: Floats | float, *, independent: bool = False
) -> Group:
    """Patients with everything their outcomes depend on.

    Args:
        draw: the patients.
        book: the terms that read them.
        year: when treatment starts.
        independent: whether a panel judges their responses, not those who treat them.
    """
    needed = {*book.names(), "age_years", "line"} - set(OF_THE_TRIAL)
    table = draw.table(needed)
    traits = {CALENDAR_YEAR: year, INDEPENDENT_REVIEW: float(independent)}
    columns = {
        **table.columns,
        **{name: np.broadcast_to(v, table.length).astype(float) for name, v in traits.items()},
    }
    age = columns.get("age_years", np.full(table.length, 65.0))
    line = columns.get("line", np.zeros(table.length))
    design = book.design(Table(table.features, columns, table.length))
    return Group(draw, design, age, (line >= 1).astype(float))


class _Maker:
    def __init__(
        self, pack: DiseasePack, assumptions: Assumptions, seed: int, patients: int
    ) -> None:
        self.pack, self.assumptions = pack, assumptions
        self.seed, self.patients = seed, patients
        self.population = population_of(pack, assumptions)
        self.probe = self.population.draw(seed + 1, np.arange(_PROBED))
        self.book = effect_book(pack, assumptions)
        self.arms: dict[str, ArmCase] = {}
        self.comparisons: list[Comparison] = []
        self.missing: list[tuple[str, str]] = []
        self.groups: dict[str, Group] = {}

    def make(self, told: Told) -> Cases:
        parts = len(self.pack.arms) + len(self.book.effects)
        for place, arm in enumerate(self.pack.arms):
            told(place / parts)
            self._add_arm(arm)
        for arm in self.pack.arms:
            self._add_comparison(arm)
        self._add_unspoken()
        levels: list[LevelCase] = []
        strata: list[StratumCase] = []
        for place, used in enumerate(self.book.effects, len(self.pack.arms)):
            told(place / parts)
            if used.reason and not (used.effect.level_when or used.effect.per):
                continue
            if used.effect.endpoint == "toxicity" or not used.regimens:
                continue
            try:
                if used.effect.contrast == "treatment":
                    strata += self._stratum(used)
                else:
                    levels.append(self._level(used))
            except NotEnoughEvidence as error:
                self.missing.append((used.effect.id, str(error)))
        return Cases(
            self.pack,
            self.assumptions,
            self.population,
            self.book,
            self.arms,
            tuple(self.comparisons),
            tuple(levels),
            tuple(strata),
            tuple(self.missing),
        )

    def _add_arm(self, arm: Arm) -> None:
        wanted = trial_population(arm, self.population, self.assumptions)
        key = f"{wanted.key}/{arm.year}"
        told = (one for one in self.assumptions.readings if one.speaks_of(arm.trial, arm.id))
        reading = next(told, None)
        try:
            if key not in self.groups:
                draw = draw_trial(wanted, self.population, self.seed, self.patients)
                year = year_of(arm, self.assumptions)
                independent = bool(reading and reading.independent)
                self.groups[key] = group_of(draw, self.book, year, independent=independent)
        except NotEnoughEvidence as error:
            self.missing.append((arm.id, str(error)))
            return
        group = self.groups[key]
        judged = self._judged(group, reading, arm.id) if reading else None
        self.arms[arm.id] = ArmCase(arm.id, arm.regimen_id, group, arm, judged)

    def _judged(self, group: Group, reading: Reading, arm: str) -> Judged:
        rows = group.draw.judge(parse(reading.when, self.pack.vocabulary)).yes
        return Judged(rows, _part(group, rows), reading.patients.get(arm))

    def _add_unspoken(self) -> None:
        """Regimens without any arm: those eligible stand for their patients, without figures."""
        spoken = {case.regimen for case in self.arms.values()}
        for regimen in self.pack.regimens:
            if regimen.id in spoken or regimen.setting == "early":
                continue
            try:
                group = self._matching(self._eligible(regimen, ""))
            except NotEnoughEvidence as error:
                self.missing.append((regimen.id, str(error)))
                continue
            key = f"{regimen.id}/eligible"
            self.arms[key] = ArmCase(key, regimen.id, group)

    def _add_comparison(self, arm: Arm) -> None:
        if arm.id not in self.arms or not arm.control_regimen_id:
            return
        control = self._control_row(arm)
        if control is None:
            control = f"{arm.id}/control"
            treated = self.arms[arm.id]
            self.arms[control] = ArmCase(control, arm.control_regimen_id, treated.group)
        self.comparisons.append(Comparison(arm, arm.id, control))

    def _control_row(self, arm: Arm) -> str | None:
        """The control's own row when it was drawn from the same patients."""
        for other in self.pack.arms:
            same = other.trial == arm.trial and other.regimen_id == arm.control_regimen_id
            held = self.arms.get(other.id)
            if same and held is not None and held.group is self.arms[arm.id].group:
                return other.id
        return None

    def _level(self, used: UsedEffect) -> LevelCase:
        regimen = self._lead(used)
        eligible = self._eligible(regimen, used.effect.feature)
        effect = used.effect
        if effect.contrast in ("per_unit", "per_doubling"):
            return self._slope(used, regimen, eligible)
        reference = used.reference if effect.reference_when else _negated(used.level)
        if not effect.reference_when and effect.applies_when:
            reference = conjoined(reference, parse(effect.applies_when, self.pack.vocabulary))
        inside = self._matching(conjoined(eligible, used.level))
        outside = self._matching(conjoined(eligible, reference))
        return LevelCase(used, regimen.id, inside, outside)

    def _slope(self, used: UsedEffect, regimen: Regimen, eligible: Rule) -> LevelCase:
        """The upper against the lower half of the patients, per unit between them."""
        effect = used.effect
        rule = conjoined(eligible, parse(effect.applies_when, self.pack.vocabulary))
        both = self._matching(rule, times=2)
        values = both.draw.column(effect.feature)
        scaled = (
            np.log2(values) if effect.contrast == "per_doubling" else values / (effect.per or 1)
        )
        known = np.isfinite(scaled)
        upper = known & (scaled > np.median(scaled[known]))
        lower = known & ~upper
        span = float(scaled[upper].mean() - scaled[lower].mean())
        return LevelCase(used, regimen.id, _part(both, upper), _part(both, lower), span)

    def _lead(self, used: UsedEffect) -> Regimen:
        """The regimen with most trial patients speaks for the scope."""
        weight: dict[str, int] = dict.fromkeys(used.regimens, 0)
        for arm in self.pack.arms:
            if arm.regimen_id in weight:
                weight[arm.regimen_id] += arm.n or 0
        fits = [name for name in used.regimens if self._meets(name, used)]
        if not fits:
            raise NotEnoughEvidence("No regimen in scope may be given to patients of this level.")
        return self.pack.regimen(max(fits, key=lambda name: weight[name]))

    def _meets(self, regimen: str, used: UsedEffect) -> bool:
        rule = conjoined(
            self._eligible(self.pack.regimen(regimen), used.effect.feature), used.level
        )
        if used.effect.contrast in ("per_unit", "per_doubling"):
            also = parse(used.effect.applies_when, self.pack.vocabulary)
            rule = conjoined(self._eligible(self.pack.regimen(regimen), used.effect.feature), also)
        return int(self.probe.judge(rule).yes.sum()) >= _FEWEST_TO_LEAD

    def _eligible(self, regimen: Regimen, feature: str) -> Rule:
        """Who may get a regimen, but for what its label says of the feature in question."""
        vocabulary = self.pack.vocabulary
        rule = _without(parse(regimen.eligible_when, vocabulary), feature)
        rule = conjoined(rule, parse(line_rule(regimen.lines), vocabulary))
        never = _without(parse(regimen.never_when, vocabulary), feature, Either)
        return conjoined(rule, _negated(never)) if never.leaves else rule

    def _matching(self, rule: Rule, times: int = 1) -> Group:
        key = rule.text
        if key not in self.groups:
            seed = self.seed + 7
            count = self.patients * times
            draw = draw_matching(self.population, rule, None, seed=seed, patients=count)
            self.groups[key] = group_of(draw, self.book, 2018.0)
        return self.groups[key]

    def _stratum(self, used: UsedEffect) -> Iterable[StratumCase]:
        parts = [
            part for comparison in self._trials_of(used) if (part := self._part(used, comparison))
        ]
        if not parts:
            parts = [self._without_trial(used)]
        yield StratumCase(used, tuple(parts))

    def _trials_of(self, used: UsedEffect) -> list[Comparison]:
        wanted = self.assumptions.comparators.get(used.effect.comparator, ())
        trials = self.assumptions.effect_trials.get(used.effect.id, ())
        return [
            comparison
            for comparison in self.comparisons
            if comparison.arm.regimen_id in used.regimens
            and comparison.arm.control_regimen_id in wanted
            and (not trials or comparison.arm.trial.startswith(trials))
        ]

    def _part(self, used: UsedEffect, comparison: Comparison) -> StratumPart | None:
        everyone = self.arms[comparison.treated].group
        inside = everyone.draw.judge(used.level).yes
        if inside.mean() < _FEWEST_IN_LEVEL or inside.sum() < _FEWEST_ROWS:
            return None
        weight = float(comparison.arm.n or 100) * float(inside.mean())
        treated, control = comparison.arm.regimen_id, comparison.arm.control_regimen_id
        horizon = followed_to(comparison.arm)
        return StratumPart(weight, treated, control, _part(everyone, inside), everyone, horizon)

    def _without_trial(self, used: UsedEffect) -> StratumPart:
        """No randomised comparison of the pack covers the level: those eligible for the regimen."""
        controls = self.assumptions.comparators.get(used.effect.comparator, ())
        if not controls:
            raise NotEnoughEvidence(
                f"The comparator {used.effect.comparator} is no regimen of the pack."
            )
        names = [name for name in used.regimens if name not in controls]
        if not names:
            raise NotEnoughEvidence("The comparator is the regimen itself.")
        fits = [name for name in names if self._meets(name, used)] or names
        regimen = self._lead_among(fits)
        eligible = self._eligible(regimen, used.effect.feature)
        also = parse(used.effect.applies_when, self.pack.vocabulary)
        inside = self._matching(conjoined(eligible, used.level))
        everyone = self._matching(conjoined(eligible, also))
        return StratumPart(1.0, regimen.id, controls[0], inside, everyone, EFFECT_HORIZON)

    def _lead_among(self, names: Iterable[str]) -> Regimen:
        weight = dict.fromkeys(names, 0)
        for arm in self.pack.arms:
            if arm.regimen_id in weight:
                weight[arm.regimen_id] += arm.n or 0
        return self.pack.regimen(max(weight, key=lambda name: weight[name]))


def followed_to(arm: Arm) -> float:
    """The month at which a trial's comparison ends: somewhat beyond its median follow-up."""
    return float(np.clip(1.25 * (arm.followup_months or 30.0), 8.0, 110.0))


EFFECT_HORIZON = 48.0  # months over which an effect is measured, where no trial sets them
_PROBED = 30_000  # patients asked whether a regimen may be given to a level at all
_FEWEST_TO_LEAD = 20
_FEWEST_ROWS = 12


def _part(group: Group, rows: npt.NDArray[np.bool_]) -> Group:
    return Group(
        group.draw.keep(rows), group.design[rows], group.age_years[rows], group.later_line[rows]
    )


def _without(rule: Rule, feature: str, kind: type[Both] | type[Either] = Both) -> Rule:
    """The rule without those of its parts that speak of a feature."""
    parts = rule.root.parts if isinstance(rule.root, kind) else (rule.root,)
    kept = tuple(part for part in parts if feature not in Rule(rule.text, part).names)
    return Rule(f"{rule.text} but for {feature}", kept[0] if len(kept) == 1 else kind(kept))


def _negated(rule: Rule) -> Rule:
    return Rule(f"not ({rule.text})", Not(rule.root))
