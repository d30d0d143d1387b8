"""Keeps a table from telling about single patients: small counts, and those that give them away.

For a hospital's own cohort. A count below the threshold, a setting, is shown as "<11"; more counts
of that margin are withheld until what is hidden cannot be worked out from the total. Curves of
small groups are left out, others end where few are at risk and move in whole months. Two selections
that differ by a few patients are the business of `too_close`. It cannot keep from telling what
several selections say together, nor what somebody knows already; synthetic cohorts need none of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dashboard.answers.population import (
    CohortSummary,
    FeatureSummary,
    FlowStep,
    GroupCurve,
    LevelShare,
)
from dashboard.cohort.columns import Flags
from dashboard.foundation.settings import LOWEST_SMALL_CELL, SMALL_CELL

THRESHOLD, LOWEST_THRESHOLD = SMALL_CELL, LOWEST_SMALL_CELL
WITHHELD = "withheld"


def protect(summary: CohortSummary, threshold: int = THRESHOLD) -> CohortSummary:
    """The same summary with small counts hidden, and those from which they could be worked out.

    Raises:
        ValueError: a threshold below five, or a summary of fewer patients than the threshold.
    """
    if threshold < LOWEST_THRESHOLD:
        raise ValueError(
            f"A threshold of {threshold} protects nobody; at least {LOWEST_THRESHOLD}."
        )
    rows = summary.rows or 0
    if rows < threshold:
        raise ValueError("A summary of so few patients is withheld as a whole.")
    regimens = _margin(summary.regimens, rows, threshold)
    shown = {share.level: share.patients for share in regimens if share.patients is not None}
    everybody = not summary.regimens
    return replace(
        summary,
        flow=_flow(summary.flow, threshold),
        features=tuple(_feature(feature, rows, threshold) for feature in summary.features),
        regimens=regimens,
        lines=_margin(summary.lines, rows, threshold),
        sites=_margin(summary.sites, rows, threshold),
        curves=tuple(
            _curve(curve, rows if everybody else shown[curve.label], threshold)
            for curve in summary.curves
            if (everybody or curve.label in shown) and (curve.patients or 0) >= threshold
        ),
    )


def too_close(rows: Flags, shown: Sequence[Flags], threshold: int = THRESHOLD) -> bool:
    """Whether a selection differs from one shown before by so few patients as to tell of them."""
    differences = [int((rows ^ before).sum()) for before in shown]
    return any(0 < difference < threshold for difference in differences)


def hidden_cells(counts: Sequence[int], threshold: int) -> list[str]:
    """What is shown instead of each count of a margin whose total is known; empty where it stays.

    Small counts are hidden, then the smallest of the others, until at least two are hidden and
    their sum is no small number either.
    """
    hidden = [f"<{threshold}" if 0 < count < threshold else "" for count in counts]
    if not any(hidden):
        return hidden
    rest = sorted(
        (place for place, count in enumerate(counts) if not hidden[place] and count > 0),
        key=lambda place: counts[place],
    )
    while rest and not _enough(counts, hidden, threshold):
        hidden[rest.pop(0)] = WITHHELD
    return hidden


def _enough(counts: Sequence[int], hidden: Sequence[str], threshold: int) -> bool:
    taken = [count for count, word in zip(counts, hidden, strict=True) if word]
    return len(taken) > 1 and sum(taken) >= threshold


def _margin(shares: Sequence[LevelShare], rows: int, threshold: int) -> tuple[LevelShare, ...]:
    """One variable's levels; those not counted in any make up the rest of the rows."""
    counts = [share.patients or 0 for share in shares]
    words = hidden_cells([*counts, rows - sum(counts)], threshold)
    unknown_hidden = bool(words[-1])
    return tuple(
        LevelShare(share.level, None, None, word)
        if word
        else replace(share, share=None if unknown_hidden else share.share)
        for share, word in zip(shares, words, strict=False)
    )


def _feature(feature: FeatureSummary, rows: int, threshold: int) -> FeatureSummary:
    known = feature.known or 0
    if feature.levels:
        levels = _margin(feature.levels, rows, threshold)
        word = hidden_cells([*(s.patients or 0 for s in feature.levels), rows - known], threshold)[
            -1
        ]
        held = replace(feature, levels=levels)
    else:
        words = hidden_cells([known, rows - known], threshold)
        word = words[0] or words[1]
        held = feature if known >= threshold else replace(feature, median=None, quartiles=None)
    return replace(held, known=None, missing_share=None, hidden=word) if word else held


def _flow(steps: Sequence[FlowStep], threshold: int) -> tuple[FlowStep, ...]:
    """Where any step loses few, only the last count stays: every other would give the loss away."""
    if not any(0 < (step.removed or 0) < threshold for step in steps):
        return tuple(steps)
    last = len(steps) - 1
    return tuple(
        FlowStep(
            step.label,
            step.left if place == last else None,
            0 if step.removed == 0 else None,
            f"<{threshold}" if 0 < (step.removed or 0) < threshold else WITHHELD,
        )
        for place, step in enumerate(steps)
    )


def _curve(curve: GroupCurve, group: int, threshold: int) -> GroupCurve:
    """Whole months, and no further than enough patients are at risk."""
    patients, events = curve.patients or 0, curve.events or 0
    told = not 0 < group - patients < threshold
    few = f"<{threshold}"
    left = [n if n is not None and n >= threshold else None for n in curve.at_risk]
    if not told:
        left = [None if place == 0 else n for place, n in enumerate(left)]
    seen = [month for month, n in zip(curve.risk_months, curve.at_risk, strict=True)
            if n is not None and n >= threshold]  # fmt: skip
    last = max(seen, default=0.0)
    months = tuple(float(month) for month in range(1, int(last) + 1))
    small_events = min(events, patients - events) < threshold
    return replace(
        curve,
        patients=patients if told else None,
        events=events if told and not small_events else None,
        months=months,
        survival=_at(curve, curve.survival, months),
        low=_at(curve, curve.low, months),
        high=_at(curve, curve.high, months),
        median=_up_to(curve.median, last),
        median_low=_up_to(curve.median_low, last),
        median_high=_up_to(curve.median_high, last),
        at_risk=tuple(left),
        hidden=few if told else WITHHELD,
    )


def _at(curve: GroupCurve, values: Sequence[float], months: Sequence[float]) -> tuple[float, ...]:
    places = [bisect_right(curve.months, month) - 1 for month in months]
    return tuple(1.0 if place < 0 else values[place] for place in places)


def _up_to(median: float | None, last: float) -> float | None:
    """A median in whole months, where the curve is shown so far."""
    return float(round(median)) if median is not None and median <= last else None


def rows_threshold(ids: Sequence[str], threshold: int = THRESHOLD) -> int:
    """The threshold in rows, so that as many patients are in them even where one has several."""
    most = max(Counter(ids).values(), default=1)
    return (threshold - 1) * most + 1
