"""How good a model's predictions are, with intervals: the figures that a card prints.

For chances: ranking (AUC), accuracy (Brier, log loss), calibration (slope, intercept, expected
calibration error), and net benefit at thresholds. For curves: what `survival_scores` defines, with
standard errors, and calibration at horizons. Bootstraps resample rows from a passed generator. What
a figure means, and whether it is good enough, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.answers.model_card import Tenth
from dashboard.learning import reliability
from dashboard.learning import survival_scores as scores
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.ridge import Prior, fit_logistic, logit

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

REPLICATES = 200
HORIZONS = (6.0, 12.0, 24.0, 36.0)
_BINS = 10
_TENTHS_AT = 12.0
_NINETY_FIVE = 1.959964
_LEAST_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ChanceQuality:
    """How good predicted chances are."""

    n: int
    events: int
    auc: Measure
    brier: Measure
    log_loss: float
    slope: float
    intercept: float  # calibration in the large, in log-odds: 0 when expected equals observed
    ece: Measure
    tenths: tuple[Tenth, ...]

    def to_json(self) -> dict[str, Any]:
        """As the card and the command line print it."""
        return _flat(self)


@dataclass(frozen=True, slots=True)
class HorizonCalibration:
    """Expected and observed share without the event at a month."""

    months: float
    expected: float
    observed: float


@dataclass(frozen=True, slots=True)
class CurveQuality:
    """How good predicted survival curves are."""

    n: int
    events: int
    c_harrell: Measure
    c_uno: Measure
    ibs: Measure
    td_auc: float
    d_calibration: float  # p value; small means the curves are too wide or too narrow
    until: float  # months; nothing looks beyond
    calibration: tuple[HorizonCalibration, ...]
    tenths: tuple[Tenth, ...]
    tenths_at: float  # the month at which they are compared

    def to_json(self) -> dict[str, Any]:
        """As the card and the command line print it."""
        return _flat(self)


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """Net benefit of treating those above a threshold, beside treating all and none (0)."""

    threshold: float
    model: float
    treat_all: float


def _flat(quality: ChanceQuality | CurveQuality) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in asdict(quality).items():
        if isinstance(value, dict):
            flat[name] = value["value"]
            flat[f"{name}_low"], flat[f"{name}_high"] = value["low"], value["high"]
        else:
            flat[name] = value
    return flat


def auc(p: Floats, answers: Floats) -> float:
    """The chance that somebody with the outcome was given more than somebody without it."""
    case = answers > 0
    cases, controls = int(case.sum()), int((~case).sum())
    if not cases or not controls:
        return float("nan")
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[inverse][case].sum())
    return (total - cases * (cases + 1) / 2) / (cases * controls)


def brier(p: Floats, answers: Floats) -> float:
    """The mean squared difference of chance and outcome."""
    return float(((p - answers) ** 2).mean())


def log_loss(p: Floats, answers: Floats) -> float:
    """The mean surprise at the outcome."""
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-(answers * np.log(inside) + (1 - answers) * np.log1p(-inside)).mean())


def calibration_line(p: Floats, answers: Floats) -> tuple[float, float]:
    """The slope, and the intercept at slope one, of the outcome on the predicted log-odds."""
    eta = logit(p)
    free = Prior.centred(np.zeros(2))
    line = fit_logistic(np.column_stack([np.ones(len(p)), eta]), answers, free)
    level = fit_logistic(np.ones((len(p), 1)), answers, Prior.centred(np.zeros(1)), offset=eta)
    return float(line.coefficients[1]), float(level.coefficients[0])


def calibration_error(p: Floats, answers: Floats) -> float:
    """The mean gap of expected and observed shares over bins of equal size."""
    gap = (p - answers)[np.argsort(p, kind="stable")]
    bins = min(_BINS, len(p))
    ends = np.cumsum(len(p) // bins + (np.arange(bins) < len(p) % bins))
    return float(np.abs(np.diff(np.cumsum(gap)[ends - 1], prepend=0.0)).sum() / len(p))


def judge_chances(p: Floats, answers: Floats, chance: np.random.Generator) -> ChanceQuality:
    """All figures of predicted chances."""
    order = np.argsort(p, kind="stable")
    p, answers = p[order], answers[order]  # in order already, every resampling is sorted at once
    slope, intercept = calibration_line(p, answers)
    resampled = [np.sort(chance.integers(0, len(p), len(p))) for _ in range(REPLICATES)]

    def measured(score: Callable[[Floats, Floats], float]) -> Measure:
        found = [score(p[rows], answers[rows]) for rows in resampled]
        low, high = np.nanquantile(found, (0.025, 0.975))
        value = score(p, answers)
        return Measure(value, float(min(low, value)), float(max(high, value)))

    return ChanceQuality(
        len(p),
        int(answers.sum()),
        measured(auc),
        measured(brier),
        log_loss(p, answers),
        slope,
        intercept,
        measured(calibration_error),
        reliability.of_chances(p, answers),
    )


def decision_curve(p: Floats, answers: Floats, thresholds: Sequence[float]) -> list[DecisionPoint]:
    """Net benefit by threshold."""
    share = float(answers.mean())
    points: list[DecisionPoint] = []
    for threshold in thresholds:
        odds = threshold / (1 - threshold)
        above = p >= threshold
        true, false = (above & (answers > 0)).mean(), (above & (answers <= 0)).mean()
        everybody = share - (1 - share) * odds
        points.append(DecisionPoint(threshold, float(true - false * odds), float(everybody)))
    return points


def judge_curves(
    months: Floats,
    event: Flags,
    survival: Callable[[Floats], Floats],
    at_end: Floats,
    *,
    horizons: Sequence[float] = HORIZONS,
) -> CurveQuality:
    """All figures of predicted curves.

    Args:
        months: follow-up of each row.
        event: whether it ended in the event.
        survival: gives rows x months for any rising months.
        at_end: each row's predicted share without the event at its own end of follow-up.
        horizons: months at which expected and observed are compared, where followed so far.
    """
    times = scores.score_times(months, event)
    curves = survival(times)
    risk = 1.0 - np.trapezoid(curves, times, axis=1) / (times[-1] - times[0])
    uno = scores.concordance_uno(months, event, risk, float(times[-1]))
    by_row = scores.brier_rows(months, event, curves, times)
    per_row = np.trapezoid(by_row, times, axis=1) / (times[-1] - times[0])
    error = float(per_row.std() / np.sqrt(len(months)))
    calibrated = tuple(_calibration(months, event, survival, horizons))
    at = _TENTHS_AT if _TENTHS_AT in {each.months for each in calibrated} else horizons[0]
    return CurveQuality(
        len(months),
        int(event.sum()),
        _measure(scores.concordance_harrell(months, event, risk)),
        _measure(uno),
        _measure(scores.Concordance(float(per_row.mean()), error)),
        float(np.nanmean(scores.dynamic_auc(months, event, 1.0 - curves, times))),
        scores.d_calibration(at_end, event)[0],
        float(times[-1]),
        calibrated,
        reliability.of_curves(months, event, survival(np.array([at]))[:, 0], at)
        if calibrated
        else (),
        at,
    )


def _measure(found: scores.Concordance) -> Measure:
    half = _NINETY_FIVE * found.error
    return Measure(found.value, found.value - half, found.value + half)


def _calibration(
    months: Floats, event: Flags, survival: Callable[[Floats], Floats], horizons: Sequence[float]
) -> list[HorizonCalibration]:
    observed = scores.kaplan_meier(months, event)
    found: list[HorizonCalibration] = []
    for horizon in horizons:
        if int((months >= horizon).sum()) >= 2 * LEAST_GROUP:
            there = np.array([float(horizon)])
            expected = float(survival(there).mean())
            found.append(HorizonCalibration(horizon, expected, float(observed.at(there)[0])))
    return found


def enough_to_judge(events: int, rows: int) -> bool:
    """Whether there are enough events and non-events for figures to mean anything."""
    return min(events, rows - events) >= _LEAST_EVENTS
