"""Which regimen a patient is given: as clinics choose, and never with certainty.

Among the regimens that the pack's rules open to a patient, choice follows guideline preference and
caution, what is known to work, age, performance status and comorbidity against intensity, the
hospital's own habits, what was available that year, and published sequences after the last
treatment. This confounds treatment with prognosis, as in any registry. Every eligible regimen keeps
a propensity of at least a floor, so that comparisons stay possible; the true propensities go to the
hidden truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assumptions import NO_DRUGS
from dashboard.cohort.curves import Curve
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.population import Draw
from dashboard.cohort.trial_cases import Group
from dashboard.foundation.seeds import generator
from dashboard.knowledge.eligibility import Part, rules_of
from dashboard.knowledge.schema import DiseasePack

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_AVAILABLE_YEARS_BEFORE = 1  # a drug is used somewhat before its trial's last report
_MIDDLE_AGE = 65.0
_FIVE_YEARS: Floats = np.linspace(0.5, 60.0, 120)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and when a decision is taken, and what was given last (-1: nothing)."""

    site: Integers
    year: Floats
    last: Integers


def circumstances_of(model: OutcomeModel, draw: Draw) -> Circumstances:
    """Each patient's hospital and the moment the first decision of the record is taken."""
    registry = model.assumptions.registry
    shares = np.cumsum([site.share for site in registry.sites])
    site = np.searchsorted(shares / shares[-1], draw.uniform("registry", "site"), side="right")
    span = registry.last_year + 1.0 - registry.first_year
    year = registry.first_year + span * draw.uniform("registry", "start")
    return Circumstances(
        np.minimum(site, len(registry.sites) - 1).astype(np.int64),
        year,
        np.full(draw.patients.size, -1, dtype=np.int64),
    )


def open_regimens(model: OutcomeModel, group: Group) -> Flags:
    """Patients by regimens: what the pack's rules certainly allow, in advanced disease."""
    pack = model.pack
    compiled = rules_of(pack)
    names = {name for rules in compiled.values() for rule in rules.values() for name in rule.names}
    table = group.draw.table(sorted(names))
    allowed = np.zeros((group.size, len(pack.regimens)), bool)
    for place, regimen in enumerate(pack.regimens):
        if regimen.setting == "early":
            continue
        rules = compiled[regimen.id]
        open_to = table.judge(rules[Part.ELIGIBILITY]).yes & table.judge(rules[Part.LINE]).yes
        if rules[Part.CONTRAINDICATION].leaves:
            open_to &= table.judge(rules[Part.CONTRAINDICATION]).no
        allowed[:, place] = open_to
    return allowed


def propensities(model: OutcomeModel, group: Group, allowed: Flags, where: Circumstances) -> Floats:
    """The chance of every regimen for each patient; 0 where it is not allowed, rows sum to 1."""
    weights = _weights(model, group, allowed, where)
    weights = np.where(allowed, weights, -np.inf)
    highest = weights.max(axis=1, keepdims=True)
    chances = np.exp(weights - np.where(np.isfinite(highest), highest, 0.0))
    total = chances.sum(axis=1, keepdims=True)
    chances = np.divide(chances, total, out=np.zeros_like(chances), where=total > 0)
    return _bounded(chances, allowed, model.assumptions.choice.floor)


def _bounded(chances: Floats, allowed: Flags, floor: float) -> Floats:
    """Mixed with an even choice, just enough that nothing allowed is below the floor."""
    count = allowed.sum(axis=1, keepdims=True)
    even = np.divide(allowed, count, out=np.zeros_like(chances), where=count > 0)
    lowest = np.where(allowed, chances, np.inf).min(axis=1, keepdims=True)
    gap = np.maximum(even.max(axis=1, keepdims=True) - lowest, 1e-12)
    mix = np.clip((floor - lowest) / gap, 0.0, 1.0)
    mix = np.where(np.isfinite(lowest), mix, 0.0)
    bounded: Floats = (1.0 - mix) * chances + mix * even
    return bounded


def choose(chances: Floats, numbers: Floats) -> Integers:
    """The regimen each patient is given; -1 where nothing is allowed."""
    reached = np.cumsum(chances, axis=1) >= numbers[:, None] * chances.sum(axis=1)[:, None]
    chosen = np.argmax(reached & (chances > 0), axis=1)
    return np.where(chances.sum(axis=1) > 0, chosen, -1).astype(np.int64)


def _weights(model: OutcomeModel, group: Group, allowed: Flags, where: Circumstances) -> Floats:
    pack, choice = model.pack, model.assumptions.choice
    compiled = rules_of(pack)
    intensity = np.array([max(len(r.drugs) - 1, 0) for r in pack.regimens], dtype=float)
    weights = np.zeros(allowed.shape)
    for place, regimen in enumerate(pack.regimens):
        rules = compiled[regimen.id]
        for part, size in ((Part.PREFERENCE, choice.preferred), (Part.CAUTION, choice.caution)):
            if rules[part].leaves:
                weights[:, place] += size * group.draw.judge(rules[part]).yes
        weights[:, place] += choice.comparator * regimen.comparator_only
        if NO_DRUGS & set(regimen.classes):
            weights[:, place] += _for_no_drugs(model, group)
        weights[:, place] += choice.before_approval * (
            where.year < _available_from(pack, regimen.id)
        )
    weights += np.outer(_against_intensity(model, group), intensity)
    weights += choice.evidence * _standing(model, allowed)
    weights += _habits(model)[where.site]
    return weights + _sequences(model, group, where.last)


def _available_from(pack: DiseasePack, regimen: str) -> float:
    years = [arm.year for arm in pack.arms_of(regimen) if arm.year]
    return min(years) - _AVAILABLE_YEARS_BEFORE if years else 0.0


def _against_intensity(model: OutcomeModel, group: Group) -> Floats:
    """How much each drug beyond the first counts against a regimen, by patient."""
    choice = model.assumptions.choice
    older = np.maximum(group.age_years - _MIDDLE_AGE, 0.0) / 10.0
    against = choice.older_intense * older
    known = model.population.recipes
    if "ecog_ps" in known:
        against = against + choice.frail_intense * (group.draw.column("ecog_ps") >= 2)  # noqa: PLR2004
    if "charlson_index" in known:
        serious = np.minimum(group.draw.column("charlson_index"), 3.0)
        against = against + choice.comorbid_intense * serious
    return against


def _for_no_drugs(model: OutcomeModel, group: Group) -> Floats:
    """How much speaks for care without anticancer drugs: frailty and what has already failed."""
    choice = model.assumptions.choice
    known = model.population.recipes
    frail = group.draw.column("ecog_ps") if "ecog_ps" in known else np.zeros(group.size)
    before = group.draw.column("line") if "line" in known else np.zeros(group.size)
    steps = choice.no_drugs_per_ecog * np.maximum(frail - 1.0, 0.0)
    weight: Floats = choice.no_drugs + steps + choice.no_drugs_per_line * before
    return weight


def _standing(model: OutcomeModel, allowed: Flags) -> Floats:
    """What is known to prolong survival, standardised among the regimens open to each patient."""
    held = [model.parameters.regimens[name] for name in model.book.regimens]
    known = np.array([_log_months(h.os) + _log_months(h.pfs) for h in held])
    counts = np.maximum(allowed.sum(axis=1, keepdims=True), 1)
    mean = (allowed * known).sum(axis=1, keepdims=True) / counts
    spread = np.sqrt((allowed * (known - mean) ** 2).sum(axis=1, keepdims=True) / counts)
    standing: Floats = np.clip((known - mean) / np.maximum(spread, 0.15), -2.0, 2.0)
    return standing


def _log_months(curve: Curve) -> float:
    """The log of the mean time free of the event within five years, at the regimen's centre."""
    return float(np.log(np.exp(-curve.hazard(_FIVE_YEARS)).mean() * _FIVE_YEARS[-1]))


def _habits(model: OutcomeModel) -> Floats:
    """Each hospital's leaning to each regimen: its own, and the same in every cohort."""
    rows = [
        site.habit
        * generator(0, "habit", model.pack.id, site.id).normal(size=len(model.pack.regimens))
        for site in model.assumptions.registry.sites
    ]
    return np.array(rows)


def _sequences(model: OutcomeModel, group: Group, last: Integers) -> Floats:
    """What published sequences name after the treatment that failed."""
    from dashboard.knowledge.rules import parse

    added = np.zeros((group.size, len(model.pack.regimens)))
    if np.all(last < 0):
        return added
    places: Sequence[str] = model.book.regimens
    for row in model.pack.sequences:
        if row.after_regimen_id not in places or row.next_regimen_id not in places:
            continue
        after = last == places.index(row.after_regimen_id)
        if after.any():
            holds = group.draw.judge(parse(row.when, model.pack.vocabulary)).yes
            column = places.index(row.next_regimen_id)
            added[after & holds, column] = model.assumptions.lines.sequence
    return added
