"""Describing a cohort: who is in it, what is missing, and how each regimen's patients fared.

Works on any cohort, a hospital's own or a simulated one, and gives frozen answers for pages,
reports and tests. Curves are Kaplan-Meier with the number at risk and say nothing of cause:
treatment was chosen, not drawn by lot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dashboard.answers.population import (
    CohortSummary,
    FeatureSummary,
    FlowStep,
    GroupCurve,
    LevelShare,
)
from dashboard.cohort.columns import CohortData, CohortFeature
from dashboard.cohort.estimators import at_risk, kaplan_meier
from dashboard.knowledge.schema import Kind

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RISK_MONTHS = (0.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0)
FEWEST_FOR_A_CURVE = 10
_CURVE_POINTS = 200


def describe_cohort(data: CohortData, endpoint: str = "os") -> CohortSummary:
    """Table 1, flow, and a curve for each regimen that enough patients were given."""
    return CohortSummary(
        cohort=data.id,
        label=data.label,
        disease=data.disease,
        synthetic=data.synthetic,
        source=data.source,
        rows=data.size,
        flow=_flow(data),
        features=tuple(
            _feature(feature, data.values[:, place]) for place, feature in enumerate(data.features)
        ),
        regimens=_shares(_regimen_names(data)),
        lines=_shares([] if data.line is None else [f"{line:g}" for line in data.line.tolist()]),
        sites=_shares(data.site or ()),
        curves=regimen_curves(data, endpoint),
    )


def regimen_curves(data: CohortData, endpoint: str = "os") -> tuple[GroupCurve, ...]:
    """Kaplan-Meier by regimen for one endpoint, largest group first; empty without such times."""
    timed = data.timed.get(endpoint)
    if timed is None or data.regimen is None:
        return ()
    curves = []
    for place, name in enumerate(data.regimens):
        rows = (data.regimen == place) & timed.known
        if rows.sum() >= FEWEST_FOR_A_CURVE:
            curves.append(group_curve(name, timed.months[rows], timed.event[rows]))
    return tuple(sorted(curves, key=lambda curve: -curve.patients))


def group_curve(group: str, months: Floats, event: Flags, label: str = "") -> GroupCurve:
    """One group's curve, thinned to what a screen can show, with the number at risk."""
    curve = kaplan_meier(months, event)
    keep = np.unique(np.linspace(0, curve.months.size - 1, _CURVE_POINTS).astype(int))
    keep = keep if curve.months.size else np.zeros(0, dtype=int)
    low, high = curve.median_interval
    shown = np.array([m for m in RISK_MONTHS if m <= max(float(months.max()), 1.0)])
    return GroupCurve(
        group=group,
        label=label or group,
        patients=months.size,
        events=int(event.sum()),
        months=(0.0, *curve.months[keep].tolist()),
        survival=(1.0, *curve.survival[keep].tolist()),
        low=(1.0, *curve.low[keep].tolist()),
        high=(1.0, *curve.high[keep].tolist()),
        median=_finite(curve.median),
        median_low=_finite(low),
        median_high=_finite(high),
        risk_months=tuple(shown.tolist()),
        at_risk=tuple(at_risk(months, shown).tolist()),
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _flow(data: CohortData) -> tuple[FlowStep, ...]:
    patients = len({name.rsplit(".", 1)[0] for name in data.ids})
    read = data.rows_read or data.size
    return (
        FlowStep("rows read", read),
        FlowStep("rows that can be used", data.size, read - data.size),
        FlowStep("patients in them", patients),
    )


def _feature(feature: CohortFeature, column: Floats) -> FeatureSummary:
    known = column[~np.isnan(column)]
    summary = FeatureSummary(
        feature=feature.id,
        label=feature.label,
        unit=feature.unit,
        known=known.size,
        missing_share=1.0 - known.size / max(column.size, 1),
    )
    if feature.kind is not Kind.NUMBER:
        return replace(summary, levels=_levels(feature, known))
    if not known.size:
        return summary
    low, median, high = np.quantile(known, [0.25, 0.5, 0.75]).tolist()
    return replace(summary, median=median, quartiles=(low, high))


def _levels(feature: CohortFeature, known: Floats) -> tuple[LevelShare, ...]:
    names = feature.levels or ("no", "yes")
    counts = [int(np.sum(known == place)) for place in range(len(names))]
    return tuple(
        LevelShare(name, count, count / max(known.size, 1))
        for name, count in zip(names, counts, strict=True)
    )


def _regimen_names(data: CohortData) -> list[str]:
    if data.regimen is None:
        return []
    return [data.regimens[place] for place in data.regimen.tolist()]


def _shares(names: Sequence[str]) -> tuple[LevelShare, ...]:
    found, counts = np.unique(np.array(names, dtype=str), return_counts=True)
    rows = sorted(zip(found.tolist(), counts.tolist(), strict=True), key=lambda row: -row[1])
    return tuple(LevelShare(name, count, count / len(names)) for name, count in rows)
