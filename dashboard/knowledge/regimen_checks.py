"""Cross-checks of a pack's regimens: rules, classes, components, and an arm behind each."""

from __future__ import annotations

from dashboard.knowledge.checking import Bench, Findings
from dashboard.knowledge.findings import PackFinding
from dashboard.knowledge.schema import LAST_LINE, Regimen

_RULES = ("eligible_when", "never_when", "caution_when", "preferred_when")


def check_regimens(bench: Bench) -> Findings:
    """Everything that is wrong with the regimens and their classes."""
    behind = {arm.regimen_id for arm in bench.pack.arms}
    behind |= {arm.regimen_id for arm in bench.pack.early_arms}
    for regimen in bench.pack.regimens:
        place = bench.place("regimens", regimen.id)
        for key in _RULES:
            where = bench.place("regimens", regimen.id, key)
            yield from bench.rule(getattr(regimen, key), where, key)
        yield from _parts(bench, regimen)
        yield from bench.sourced(regimen, place)
        if regimen.id not in behind and not regimen.arm_exempt:
            message = f"{regimen.id} has no trial arm."
            cure = "Add one to arms.csv, or say in arm_exempt why there is none."
            yield PackFinding(place, message, cure)
        if regimen.id in behind and regimen.arm_exempt:
            where = bench.place("regimens", regimen.id, "arm_exempt")
            yield PackFinding(
                where, f"{regimen.id} has a trial arm after all.", "Leave arm_exempt out."
            )
    yield from _families(bench)


def _parts(bench: Bench, regimen: Regimen) -> Findings:
    known = tuple(bench.pack.drug_classes)
    for name in regimen.classes:
        where = bench.place("regimens", regimen.id, "classes")
        yield from bench.known(name, known, where, "drug class")
    names = tuple(drug.name for drug in regimen.drugs)
    where = bench.place("regimens", regimen.id, "drugs")
    if not regimen.drugs:
        yield PackFinding(where, f"{regimen.id} has no components.", "Name at least one.")
    for drug in regimen.drugs:
        if drug.instead_of:
            yield from bench.known(drug.instead_of, names, where, "component")
    for line in regimen.lines:
        if not 1 <= line <= LAST_LINE:
            where = bench.place("regimens", regimen.id, "lines")
            message = f"{regimen.id}: there is no line {line}."
            yield PackFinding(where, message, f"Lines are 1 to {LAST_LINE}.")


def _families(bench: Bench) -> Findings:
    for family, members in bench.pack.class_families.items():
        for member in members:
            where = bench.place("class_families", family)
            yield from bench.known(member, tuple(bench.pack.drug_classes), where, "drug class")
