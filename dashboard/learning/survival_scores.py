"""How well survival curves foretold what happened.

Harrell's and Uno's concordance, the Brier score over time with inverse-probability-of-censoring
weights and its integral, time-dependent AUC, D-calibration, and calibration at a horizon. Times are
truncated where follow-up ends, so no figure looks beyond it. All in numpy, in O(n log n) where the
definition allows; checked against lifelines and scikit-survival.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


_CELLS = 2_000_000  # row x row cells held at once


@dataclass(frozen=True, slots=True)
class StepCurve:
    """A Kaplan-Meier curve."""

    times: Floats
    values: Floats

    def at(self, months: Floats) -> Floats:
        """The value at (and including the drop at) each time."""
        place = np.searchsorted(self.times, months, side="right")
        values: Floats = np.concatenate([[1.0], self.values])[place]
        return values

    def before(self, months: Floats) -> Floats:
        """The value just before each time."""
        place = np.searchsorted(self.times, months, side="left")
        values: Floats = np.concatenate([[1.0], self.values])[place]
        return values


def kaplan_meier(months: Floats, event: Flags) -> StepCurve:
    """The product-limit estimate of the share without the event."""
    times, inverse = np.unique(months, return_inverse=True)
    died: Floats = np.bincount(inverse, weights=event.astype(np.float64)).astype(np.float64)
    left: Floats = np.bincount(inverse).astype(np.float64)
    at_risk: Floats = len(months) - np.concatenate([[0.0], np.cumsum(left)[:-1]])
    return StepCurve(times, np.asarray(np.cumprod(1.0 - died / at_risk), dtype=np.float64))


def censoring(months: Floats, event: Flags) -> StepCurve:
    """The product-limit estimate of still being under observation (events go before censorings)."""
    times, inverse = np.unique(months, return_inverse=True)
    died = np.bincount(inverse, weights=event.astype(np.float64))
    lost = np.bincount(inverse, weights=(~event).astype(np.float64))
    at_risk = len(months) - np.concatenate([[0.0], np.cumsum(died + lost)[:-1]]) - died
    share = np.where(at_risk > 0, 1.0 - lost / np.maximum(at_risk, 1.0), 1.0)
    return StepCurve(times, np.asarray(np.cumprod(share), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Concordance:
    """A concordance index with its standard error, from each row's influence on it."""

    value: float
    error: float


def concordance_harrell(months: Floats, event: Flags, risk: Floats) -> Concordance:
    """Of the pairs whose order is known, the share in which the earlier event had more risk."""
    return _concordance(months, event, risk, np.ones(len(months)))


def concordance_uno(months: Floats, event: Flags, risk: Floats, limit: float) -> Concordance:
    """The same with each pair weighted for censoring, up to a time limit."""
    observing = censoring(months, event).before(months)
    early = event & (months < limit)
    return _concordance(months, event, risk, early / np.maximum(observing, 1e-9) ** 2)


def _concordance(months: Floats, event: Flags, risk: Floats, weight: Floats) -> Concordance:
    """Compare every row with an event to every row that lasted longer, a block at a time."""
    rows = np.flatnonzero(event & (weight > 0))
    agreed, pairs = np.zeros(len(months)), np.zeros(len(months))
    size = max(1, _CELLS // max(1, len(months)))
    for start in range(0, len(rows), size):
        block = rows[start : start + size]
        own = months[block][:, None]
        later = ((months > own) | ((months == own) & ~event)) * weight[block][:, None]
        ahead = risk[block][:, None]
        scored = later * ((risk < ahead) + 0.5 * (risk == ahead))
        agreed[block] += scored.sum(axis=1)
        pairs[block] += later.sum(axis=1)
        agreed += scored.sum(axis=0)
        pairs += later.sum(axis=0)
    if not pairs.sum():
        return Concordance(float("nan"), float("nan"))
    value = float(agreed.sum() / pairs.sum())
    influence = agreed - value * pairs
    return Concordance(value, float(np.sqrt((influence**2).sum()) / (pairs.sum() / 2)))


def brier_rows(months: Floats, event: Flags, survival: Floats, times: Floats) -> Floats:
    """Each row's squared error of S(t) at each time, weighted for censoring.

    Args:
        months: follow-up.
        event: whether it ended in the event.
        survival: rows x times, the predicted share without the event.
        times: within follow-up.
    """
    curve = censoring(months, event)
    own = np.maximum(curve.before(months), 1e-9)
    there = np.maximum(curve.at(times), 1e-9)
    died = (months[:, None] <= times) & event[:, None]
    alive = months[:, None] > times
    squared: Floats = died * survival**2 / own[:, None] + alive * (1.0 - survival) ** 2 / there
    return squared


def brier_curve(months: Floats, event: Flags, survival: Floats, times: Floats) -> Floats:
    """The Brier score of S(t) at each time."""
    score: Floats = brier_rows(months, event, survival, times).mean(axis=0)
    return score


def score_times(months: Floats, event: Flags, count: int = 100) -> Floats:
    """Times from the 5th to the 95th percentile of follow-up at which curves are scored."""
    known = months[event]
    low, high = np.quantile(months, (0.05, 0.95))
    low = max(low, float(known.min(initial=low)))
    return np.linspace(low, min(high, float(months.max()) * 0.999), count)


def integrated(curve: Floats, times: Floats) -> float:
    """The mean of a curve over time, by the trapezium rule."""
    return float(np.trapezoid(curve, times) / (times[-1] - times[0]))


def dynamic_auc(months: Floats, event: Flags, risk: Floats, times: Floats) -> Floats:
    """At each time: do those who had the event by then have more risk than those beyond it?"""
    weight = 1.0 / np.maximum(censoring(months, event).before(months), 1e-9)
    found = []
    for column, time in enumerate(times):
        score = risk[:, column] if risk.ndim > 1 else risk
        case, control = (months <= time) & event, months > time
        found.append(_weighted_auc(score[case], weight[case], score[control]))
    return np.array(found)


def _weighted_auc(cases: Floats, weight: Floats, controls: Floats) -> float:
    if not len(cases) or not len(controls):
        return float("nan")
    ordered = np.sort(controls)
    below = np.searchsorted(ordered, cases, side="left")
    upto = np.searchsorted(ordered, cases, side="right")
    return float(weight @ (below + upto) / (2 * len(controls) * weight.sum()))


def d_calibration(survival_at_end: Floats, event: Flags, bins: int = 10) -> tuple[float, Floats]:
    """Do the predicted survival shares at the event times spread evenly? p value and bin counts."""
    counts = np.zeros(bins)
    place = np.clip((survival_at_end * bins).astype(np.int64), 0, bins - 1)
    counts += np.bincount(place[event], minlength=bins)
    for share, bin_ in zip(survival_at_end[~event], place[~event], strict=True):
        share = max(share, 1e-12)  # noqa: PLW2901
        counts[bin_] += (share - bin_ / bins) / share
        counts[:bin_] += 1.0 / (bins * share)
    expected = len(survival_at_end) / bins
    statistic = float(((counts - expected) ** 2).sum() / expected)
    from scipy.stats import chi2

    return float(chi2.sf(statistic, bins - 1)), counts
