"""Cross-checks of a pack's published figures: names, rules, intervals, percentages, sources."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from dashboard.knowledge.checking import Bench, Findings, interval, percentages
from dashboard.knowledge.evidence import (
    LANDMARKS_MONTHS,
    Arm,
    EarlyArm,
    Effect,
    Estimate,
    Site,
    Toxicity,
)
from dashboard.knowledge.findings import PackFinding, Place

_ARM_SHARES = ("orr_pct", "cr_pct", "grade3plus_pct", "discontinuation_pct")
_SITE_SHARES = ("baseline_prevalence_pct", "cum_incidence_12mo_pct", "cum_incidence_24mo_pct")


def check_evidence(bench: Bench) -> Findings:
    """Everything that is wrong with the long tables."""
    pack = bench.pack
    for arm in pack.arms:
        yield from _arm(bench, arm)
    for early in pack.early_arms:
        yield from _early_arm(bench, early)
    yield from _toxicities(bench)
    for effect in pack.effects:
        yield from _effect(bench, effect)
    for row in pack.sequences:
        place = bench.place("sequences", row.id)
        for name in (row.after_regimen_id, row.next_regimen_id):
            yield from bench.known(name, pack.regimens_by_id, place, "regimen")
        yield from bench.rule(row.when, place, "when")
        yield from percentages(row, ("orr_pct",), place)
        yield from bench.sourced(row, place)
    for site in pack.sites:
        yield from _site(bench, site)


# -- arms ------------------------------------------------------------------------------------------


def _arm(bench: Bench, arm: Arm) -> Findings:
    place = bench.place("arms", arm.id)
    yield from _arm_names(bench, arm, place)
    shares = tuple(f"{mark.endpoint}_{mark.months}mo_pct" for mark in arm.landmarks)
    yield from percentages(arm, (*_ARM_SHARES, *shares), place)
    if arm.orr_pct is not None and arm.cr_pct is not None and arm.cr_pct > arm.orr_pct:
        message = f"cr_pct {arm.cr_pct:g} is above orr_pct {arm.orr_pct:g}."
        yield PackFinding(place, message, "Complete responses are among the responses.")
    for name, estimate in (
        ("pfs_median_months", arm.pfs_median),
        ("os_median_months", arm.os_median),
        ("pfs_hr", arm.pfs_hazard_ratio),
        ("os_hr", arm.os_hazard_ratio),
    ):
        yield from interval(name, _ends(estimate), place)
    yield from _curves(arm, place)
    yield from _verified_fields(arm, place)


def _arm_names(bench: Bench, arm: Arm | EarlyArm, place: Place) -> Findings:
    yield from bench.known(arm.regimen_id, bench.pack.regimens_by_id, place, "regimen")
    yield from bench.rule(arm.population_when, place, "population_when")
    yield from bench.sourced(arm, place)
    if arm.control_regimen_id:
        control = arm.control_regimen_id
        yield from bench.known(control, bench.pack.regimens_by_id, place, "regimen")
    elif _compared(arm) and not getattr(arm, "control_exempt", ""):
        message = "There is a hazard ratio but no control_regimen_id."
        cure = "Name the control, or say in control_exempt why it is no regimen of this pack."
        yield PackFinding(place, message, cure)


def _compared(arm: Arm | EarlyArm) -> bool:
    own = arm.pfs_hr if isinstance(arm, Arm) else arm.endpoint_hr
    return own is not None or arm.os_hr is not None


def _early_arm(bench: Bench, arm: EarlyArm) -> Findings:
    place = bench.place("early_arms", arm.id)
    yield from _arm_names(bench, arm, place)
    yield from percentages(arm, ("endpoint_pct", "os_pct", "pcr_pct"), place)
    hazard = (arm.endpoint_hr, arm.endpoint_hr_low, arm.endpoint_hr_high)
    yield from interval("endpoint_hr", hazard, place)
    yield from interval("os_hr", (arm.os_hr, arm.os_hr_low, arm.os_hr_high), place)
    if (arm.endpoint_pct is None) != (arm.landmark_years is None):
        message = "endpoint_pct and landmark_years belong together; one is missing."
        yield PackFinding(place, message, "Give both or neither.")


def _curves(arm: Arm, place: Place) -> Findings:
    """Survival never rises, and nobody is progression-free and dead."""
    shares = {(mark.endpoint, mark.months): mark.percent for mark in arm.landmarks}
    for endpoint in ("pfs", "os"):
        known = [(m, shares[endpoint, m]) for m in LANDMARKS_MONTHS if (endpoint, m) in shares]
        for (early, before), (late, after) in pairwise(known):
            if after > before:
                message = (
                    f"{endpoint} rises from {before:g}% at {early} to {after:g}% at {late} months."
                )
                yield PackFinding(place, message, "Survival can only fall.")
    for months in LANDMARKS_MONTHS:
        free, alive = shares.get(("pfs", months)), shares.get(("os", months))
        if free is not None and alive is not None and free > alive:
            message = f"At {months} months {free:g}% are free of progression, {alive:g}% alive."
            yield PackFinding(place, message, "Those free of progression are alive.")


def _verified_fields(arm: Arm, place: Place) -> Findings:
    fields = tuple(Arm.model_fields)
    for name in arm.source.verified_fields:
        if name not in fields:
            message = f"verified_fields names {name}, which is no column."
            yield PackFinding(place, message, "Use the names of the header.")


def _ends(estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    return estimate.value, estimate.low, estimate.high


# -- the other tables ------------------------------------------------------------------------------


def _toxicities(bench: Bench) -> Findings:
    groups = {group.id: group for group in bench.pack.adverse_groups}
    seen: dict[tuple[str, str], str] = {}
    for row in bench.pack.toxicities:
        place = bench.place("toxicities", row.id)
        yield from bench.known(row.regimen_id, bench.pack.regimens_by_id, place, "regimen")
        yield from bench.known(row.adverse_group, groups, place, "adverse group")
        yield from _toxicity_figures(row, place)
        yield from bench.sourced(row, place)
        first = seen.setdefault((row.regimen_id, row.adverse_group), row.id)
        if first != row.id:
            message = f"{row.regimen_id} and {row.adverse_group} stand twice (first as {first})."
            yield PackFinding(place, message, "Keep one row for each pair.")


def _toxicity_figures(row: Toxicity, place: Place) -> Findings:
    yield from percentages(row, ("any_grade_pct", "grade3plus_pct"), place)
    if row.any_grade_pct is None or row.grade3plus_pct is None:
        return
    if row.grade3plus_pct > row.any_grade_pct:
        message = (
            f"grade3plus_pct {row.grade3plus_pct:g} is above any_grade_pct {row.any_grade_pct:g}."
        )
        yield PackFinding(place, message, "Severe events are among the events.")


def _effect(bench: Bench, effect: Effect) -> Findings:
    place = bench.place("effects", effect.id)
    if effect.feature:
        yield from bench.known(effect.feature, bench.vocabulary, place, "feature")
    for key in ("level_when", "reference_when", "applies_when"):
        yield from bench.rule(getattr(effect, key), place, key)
    yield from _effect_rules(effect, place)
    yield from _effect_scope(bench, effect, place)
    yield from interval("value", (effect.value, effect.low, effect.high), place)
    if effect.value <= 0:
        message = f"{effect.measure} {effect.value:g} cannot be."
        yield PackFinding(place, message, "It is above 0.")
    yield from bench.sourced(effect, place)


def _effect_rules(effect: Effect, place: Place) -> Findings:
    levelled = effect.feature and effect.contrast in ("level", "mean", "treatment")
    if levelled and not (effect.level_when or effect.when_exempt):
        message = f"No rule says who has the level {effect.level}."
        yield PackFinding(place, message, "Fill level_when, or say in when_exempt why none can.")
    if effect.contrast == "level" and effect.level_when and not effect.reference_when:
        message = "A contrast of levels has no reference_when."
        yield PackFinding(place, message, "Say as a rule whom the level is compared with.")
    if effect.contrast == "per_unit" and effect.per is None and not effect.when_exempt:
        yield PackFinding(place, "An effect per unit does not say per how many.", "Fill per.")


def _effect_scope(bench: Bench, effect: Effect, place: Place) -> Findings:
    classes = (*bench.pack.drug_classes, *bench.pack.class_families)
    for name in effect.applies_regimens:
        yield from bench.known(name, bench.pack.regimens_by_id, place, "regimen")
    for name in (part for entry in effect.applies_classes for part in entry.split("+")):
        yield from bench.known(name, classes, place, "drug class")
    if effect.endpoint == "toxicity":
        groups = tuple(group.id for group in bench.pack.adverse_groups)
        yield from bench.known(effect.adverse_group, groups, place, "adverse group")


def _site(bench: Bench, site: Site) -> Findings:
    place = bench.place("sites", site.id)
    yield from bench.rule(site.when, place, "when")
    if site.on_regimen_id:
        yield from bench.known(site.on_regimen_id, bench.pack.regimens_by_id, place, "regimen")
    yield from percentages(site, _SITE_SHARES, place)
    yield from bench.sourced(site, place)
    yield from _rising((site.cum_incidence_12mo_pct, site.cum_incidence_24mo_pct), place)


def _rising(shares: Iterable[float | None], place: Place) -> Findings:
    first, second = shares
    if first is not None and second is not None and first > second:
        message = f"The cumulative incidence falls from {first:g} to {second:g}%."
        yield PackFinding(place, message, "It can only rise.")
