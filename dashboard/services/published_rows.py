"""A pack's published rows as answers: the figures of an arm with whose interval each has.

Shares of an arm get the exact binomial interval of its number of patients where none was published,
and say so; medians and ratios keep the published interval or have none. A figure counts as re-read
when its row was, or when its own field is named among those that were.
"""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.answers import evidence as answers
from dashboard.answers.evidence import (
    FROM_PATIENTS,
    FROM_START,
    MONTHS,
    NO_INTERVAL,
    OS,
    PFS,
    PUBLISHED,
    RATIO,
    RESPONSE,
    SHARE,
    TOXICITY,
    Citation,
    Figure,
)
from dashboard.cohort.estimators import binomial_interval
from dashboard.knowledge.evidence import LANDMARKS_MONTHS, Arm, EarlyArm, Effect, Toxicity
from dashboard.knowledge.matching import ArmMatch, EffectMatch
from dashboard.knowledge.schema import DiseasePack, Source, Verified
from dashboard.knowledge.tiers import SOURCE, Tier

_NAMES = {PFS: "PFS", OS: "OS", "idfs": "IDFS", "efs": "EFS", "dfs": "DFS"}
_BASIS = {"treatment_related": "related to treatment", "all_cause": "of any cause"}


def citation(source: Source) -> Citation:
    """Where a row comes from."""
    return Citation(source.text, source.reference, str(source.verified), source.note)


def arm_figures(arm: Arm | EarlyArm) -> tuple[Figure, ...]:
    """Every figure of an arm that was published."""
    return tuple(_early(arm) if isinstance(arm, EarlyArm) else _advanced(arm))


def arm_row(match: ArmMatch, pack: DiseasePack) -> answers.ArmRow:
    """One arm with how the patient stands to it."""
    arm = match.arm
    control = pack.regimens_by_id.get(arm.control_regimen_id)
    return answers.ArmRow(
        arm.id,
        arm.trial,
        arm.arm_label,
        arm.year,
        arm.phase,
        arm.line if isinstance(arm, Arm) else "early disease",
        arm.population,
        arm.n,
        control.label if control else arm.control_regimen_id,
        arm.followup_months if isinstance(arm, Arm) else None,
        str(match.fit),
        match.differs,
        match.unknown,
        arm_figures(arm),
        citation(arm.source),
    )


def tier_row(tier: Tier | None) -> answers.TierRow | None:
    """A tier with the source of its rules."""
    if tier is None:
        return None
    return answers.TierRow(tier.name, tier.change, tier.rule, tier.trial, citation(SOURCE))


def effect_row(match: EffectMatch, pack: DiseasePack) -> answers.EffectRow:
    """One effect with its bearing."""
    effect = match.effect
    feature = pack.vocabulary.get(effect.feature)
    return answers.EffectRow(
        effect.id,
        feature.label if feature else effect.feature or "the regimen itself",
        effect.level,
        effect.comparator if effect.contrast == "treatment" else effect.reference_level,
        effect.endpoint,
        effect.measure,
        effect.value,
        effect.low,
        effect.high,
        effect.role,
        str(match.bearing),
        effect.applies_to,
        citation(effect.source),
    )


def toxicity_row(row: Toxicity, pack: DiseasePack) -> answers.ToxicityRow:
    """How often one family of events was seen."""
    labels = {group.id: group.label for group in pack.adverse_groups}
    return answers.ToxicityRow(
        labels.get(row.adverse_group, row.adverse_group),
        row.any_grade_pct,
        row.grade3plus_pct,
        _BASIS.get(row.basis, ""),
        citation(row.source),
    )


def effect_figure(effect: Effect) -> Figure:
    """The ratio of an effect as a figure."""
    told = effect.low is not None and effect.high is not None
    return Figure(
        effect.endpoint, _MEASURES[effect.measure], effect.value, effect.low, effect.high, RATIO,
        PUBLISHED if told else NO_INTERVAL, re_read=effect.source.verified is Verified.YES,
    )  # fmt: skip


_MEASURES = {"HR": "hazard ratio", "OR": "odds ratio"}


def _advanced(arm: Arm) -> Iterable[Figure]:
    yield from _share(arm, "orr_pct", RESPONSE, "objective response")
    yield from _share(arm, "cr_pct", RESPONSE, "complete response")
    for endpoint in (PFS, OS):
        yield from _median(arm, endpoint)
        for months in LANDMARKS_MONTHS:
            label = f"{months}-month {_NAMES[endpoint]}"
            yield from _share(arm, f"{endpoint}_{months}mo_pct", endpoint, label, months=months)
        yield from _ratio(arm, endpoint, endpoint)
    basis = _BASIS.get(arm.grade3plus_basis, "")
    yield from _share(arm, "grade3plus_pct", TOXICITY, "grade 3 or more", note=basis)
    yield from _share(arm, "discontinuation_pct", TOXICITY, "stopped for side effects")


def _early(arm: EarlyArm) -> Iterable[Figure]:
    years = arm.landmark_years
    if years is not None:
        label = f"{years:g}-year {_NAMES[arm.endpoint]}"
        yield from _share(arm, "endpoint_pct", arm.endpoint, label, months=12 * years)
    yield from _ratio(arm, arm.endpoint, "endpoint")
    if arm.os_landmark_years is not None:
        months = 12 * arm.os_landmark_years
        label = f"{arm.os_landmark_years:g}-year OS"
        yield from _share(arm, "os_pct", OS, label, months=months)
    yield from _ratio(arm, OS, "os")
    yield from _share(arm, "pcr_pct", "pcr", "pathological complete response")


def _share(
    arm: Arm | EarlyArm,
    column: str,
    endpoint: str,
    label: str,
    *,
    months: float | None = None,
    note: str = "",
) -> Iterable[Figure]:
    value = getattr(arm, column)
    if value is None:
        return
    low = high = None
    whose = NO_INTERVAL
    if arm.n:
        low, high = (100 * end for end in binomial_interval(round(value / 100 * arm.n), arm.n))
        whose = FROM_PATIENTS if months is None else FROM_START
    read = _re_read(arm.source, column)
    yield Figure(endpoint, label, value, low, high, SHARE, whose, 95.0, months, read, note)


def _median(arm: Arm, endpoint: str) -> Iterable[Figure]:
    column = f"{endpoint}_median_months"
    value, low, high = (getattr(arm, f"{endpoint}_median_{p}") for p in ("months", "low", "high"))
    if value is None and low is None:
        return
    whose = PUBLISHED if low is not None or high is not None else NO_INTERVAL
    label = f"median {_NAMES[endpoint]}"
    read = _re_read(arm.source, column)
    yield Figure(endpoint, label, value, low, high, MONTHS, whose, re_read=read)


def _ratio(arm: Arm | EarlyArm, endpoint: str, prefix: str) -> Iterable[Figure]:
    value, low, high = (getattr(arm, f"{prefix}_hr{p}") for p in ("", "_low", "_high"))
    if value is None:
        return
    yield Figure(
        endpoint, f"{_NAMES[endpoint]} hazard ratio", value, low, high, RATIO,
        PUBLISHED if low is not None else NO_INTERVAL, getattr(arm, f"{prefix}_hr_level"),
        re_read=_re_read(arm.source, f"{prefix}_hr"),
    )  # fmt: skip


def _re_read(source: Source, column: str) -> bool:
    return source.verified is Verified.YES or column in source.verified_fields
