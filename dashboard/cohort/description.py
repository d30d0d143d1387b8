"""Who is in a cohort and how they fared: selection step by step, first table, Kaplan-Meier.

Counts and estimates for the rows of a selection, as plain answers. Unknown values are counted,
never filled. Differences between groups are described, not explained: treatment was chosen for
reasons, and nothing here adjusts for them. Protecting small counts is `small_cells`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.answers.population import (
    CohortSummary,
    FeatureSummary,
    FlowStep,
    GroupCurve,
    LevelShare,
)
from dashboard.cohort.columns import CohortData, CohortFeature, Flags, Floats
from dashboard.cohort.estimators import at_risk, kaplan_meier
from dashboard.cohort.folder import select
from dashboard.cohort.selection import (
    EVERYBODY,
    Selection,
    conditions,
    levels_of,
    regimen_labels,
    rows_of,
)
from dashboard.knowledge.schema import DiseasePack

ENDPOINTS: Mapping[str, str] = {
    "os": "Overall survival",
    "pfs": "Progression-free survival",
}
FEWEST_FOR_A_CURVE = 10
RISK_STEP_MONTHS = 6
LONGEST_RISK_MONTHS = 120


def describe_cohort(
    data: CohortData,
    selection: Selection = EVERYBODY,
    *,
    endpoint: str = "os",
    pack: DiseasePack | None = None,
) -> CohortSummary:
    """Describe the rows of a selection.

    Args:
        data: the cohort.
        selection: which rows.
        endpoint: what the curves are of, "os" or "pfs"; none when the cohort has no such times.
        pack: names regimens and levels, where there is one.
    """
    labels = regimen_labels(data, pack)
    chosen = select(data, rows_of(data, selection))
    return CohortSummary(
        cohort=data.id,
        label=data.label,
        disease=data.disease,
        synthetic=data.synthetic,
        source=data.source,
        rows=chosen.size,
        flow=tuple(_flow(data, selection, labels, endpoint)),
        features=tuple(
            _feature(feature, chosen.values[:, place], pack)
            for place, feature in enumerate(chosen.features)
        ),
        regimens=_regimens(chosen, labels),
        lines=_lines(chosen),
        sites=_texts(chosen.site),
        curves=tuple(_curves(chosen, endpoint, labels)),
    )


def group_curve(group: str, months: Floats, event: Flags, label: str = "") -> GroupCurve:
    """Kaplan-Meier of one group with the number at risk every six months."""
    estimate = kaplan_meier(months, event)
    low, high = estimate.median_interval
    last = min(float(months.max()), LONGEST_RISK_MONTHS)
    marks = np.arange(0.0, last + 1e-9, RISK_STEP_MONTHS)
    return GroupCurve(
        group=group,
        label=label or group,
        patients=int(months.size),
        events=int(event.sum()),
        months=(0.0, *estimate.months.tolist()),
        survival=(1.0, *estimate.survival.tolist()),
        low=(1.0, *np.nan_to_num(estimate.low, nan=1.0).tolist()),
        high=(1.0, *np.nan_to_num(estimate.high, nan=1.0).tolist()),
        median=_finite(estimate.median),
        median_low=_finite(low),
        median_high=_finite(high),
        risk_months=tuple(marks.tolist()),
        at_risk=tuple(at_risk(months, marks).tolist()),
    )


def _flow(
    data: CohortData, selection: Selection, labels: Mapping[str, str], endpoint: str
) -> list[FlowStep]:
    steps = [FlowStep("Rows read, one for each treatment of a patient", data.rows_read)]
    rows = np.ones(data.size, dtype=bool)
    people = len({name.rsplit(".", 1)[0] for name in data.ids})
    _step(steps, f"Usable, with at least one outcome ({people:,} patients)", rows)
    for words, met in conditions(data, selection, labels):
        rows = rows & met
        _step(steps, words, rows)
    if endpoint in data.timed:
        known = data.timed[endpoint].known
        _step(steps, f"{ENDPOINTS[endpoint]} known", rows & known)
    return steps


def _step(steps: list[FlowStep], words: str, rows: Flags) -> None:
    left = int(np.count_nonzero(rows))
    steps.append(FlowStep(words, left, (steps[-1].left or 0) - left))


def _feature(feature: CohortFeature, values: Floats, pack: DiseasePack | None) -> FeatureSummary:
    known = values[~np.isnan(values)]
    missing = 1.0 - known.size / values.size if values.size else 0.0
    names = levels_of(feature)
    held = FeatureSummary(feature.id, feature.label, feature.unit, int(known.size), missing)
    if names:
        return _with_levels(held, feature, known, _level_labels(feature, names, pack))
    if not known.size:
        return held
    low, middle, high = (float(q) for q in np.quantile(known, (0.25, 0.5, 0.75)))
    return FeatureSummary(
        feature.id, feature.label, feature.unit, int(known.size), missing, middle, (low, high)
    )


def _with_levels(
    held: FeatureSummary, feature: CohortFeature, known: Floats, names: Sequence[str]
) -> FeatureSummary:
    counts = np.bincount(known.astype(np.int64), minlength=len(names)).tolist()
    return FeatureSummary(
        feature.id,
        feature.label,
        feature.unit,
        held.known,
        held.missing_share,
        levels=tuple(_share(name, n, known.size) for name, n in zip(names, counts, strict=True)),
    )


def _level_labels(
    feature: CohortFeature, names: Sequence[str], pack: DiseasePack | None
) -> list[str]:
    if pack is not None and feature.id in pack.vocabulary and feature.levels:
        return [pack.feature(feature.id).level_label(name) for name in names]
    return [name.replace("_", " ") for name in names]


def _regimens(data: CohortData, labels: Mapping[str, str]) -> tuple[LevelShare, ...]:
    """Every regimen given to anybody, the most frequent first."""
    if data.regimen is None:
        return ()
    counts = np.bincount(data.regimen[data.regimen >= 0], minlength=len(data.regimens))
    order = np.argsort(-counts, kind="stable")
    return tuple(
        _share(labels[data.regimens[place]], int(counts[place]), int(counts.sum()))
        for place in order.tolist()
        if counts[place]
    )


def _lines(data: CohortData) -> tuple[LevelShare, ...]:
    if data.line is None:
        return ()
    known = data.line[~np.isnan(data.line)]
    lines, counts = np.unique(known, return_counts=True)
    return tuple(
        _share(f"line {line:g}", count, known.size)
        for line, count in zip(lines.tolist(), counts.tolist(), strict=True)
    )


def _texts(texts: tuple[str, ...] | None) -> tuple[LevelShare, ...]:
    if not texts:
        return ()
    names, counts = np.unique(np.array(texts, dtype=object), return_counts=True)
    return tuple(
        _share(str(name), count, len(texts))
        for name, count in zip(names.tolist(), counts.tolist(), strict=True)
    )


def _curves(data: CohortData, endpoint: str, labels: Mapping[str, str]) -> list[GroupCurve]:
    """A curve for each regimen given, the most frequent first; one for all without regimens."""
    timed = data.timed.get(endpoint)
    if timed is None:
        return []
    if data.regimen is None:
        rows = timed.known
        groups = [("all", "All patients", rows)] if rows.any() else []
    else:
        order = np.argsort(-np.bincount(data.regimen, minlength=len(data.regimens)), kind="stable")
        groups = [
            (data.regimens[place], labels[data.regimens[place]], rows)
            for place in order.tolist()
            if (rows := (data.regimen == place) & timed.known).sum() >= FEWEST_FOR_A_CURVE
        ]
    return [
        group_curve(name, timed.months[rows], timed.event[rows], label)
        for name, label, rows in groups
    ]


def _share(level: str, patients: int, of: int) -> LevelShare:
    return LevelShare(level, int(patients), patients / of if of else 0.0)


def _finite(months: float) -> float | None:
    return months if np.isfinite(months) else None
