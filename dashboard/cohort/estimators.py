"""Survival estimates of many cohorts, fast: the estimators the simulator is measured with.

Kaplan-Meier, the two-group Cox hazard ratio (Breslow's handling of ties), cumulative incidence with
a competing event (Aalen-Johansen) and the exact binomial interval, all in numpy. They are proven
against lifelines and R's survival in the tests; nothing here fits a model with covariates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_NEWTON_STEPS = 40
_CONVERGED = 1e-10
_LARGEST_STEP = 2.0


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """The product-limit estimate at each distinct event time, with what it rests on."""

    months: Floats
    survival: Floats
    at_risk: Floats
    events: Floats
    low: Floats
    high: Floats

    def at(self, months: float | Floats) -> Floats:
        """The share still free of an event at these times."""
        return _step(self.months, self.survival, months)

    @property
    def median(self) -> float:
        """The first time at which at most half are free of an event; infinite when never."""
        return _first_below(self.months, self.survival)

    @property
    def median_interval(self) -> tuple[float, float]:
        """Where the pointwise band crosses one half (Brookmeyer and Crowley)."""
        return _first_below(self.months, self.low), _first_below(self.months, self.high)


def kaplan_meier(months: Floats, event: Flags, level: float = 0.95) -> KaplanMeier:
    """Kaplan-Meier with Greenwood's variance and a log-log band."""
    times, deaths, at_risk = _risk_table(months, event)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1.0 - deaths / at_risk).astype(np.float64)
        variance = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
        spread = _quantile(level) * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    dead = survival <= 0.0
    low, high = np.where(dead, 0.0, low), np.where(dead, 0.0, high)
    return KaplanMeier(times, survival, at_risk, deaths, low, high)


def at_risk(months: Floats, at: Floats) -> npt.NDArray[np.int64]:
    """How many are still followed and free of an event just before each time."""
    ordered = np.sort(months)
    return (ordered.size - np.searchsorted(ordered, at, side="left")).astype(np.int64)


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """A two-group Cox hazard ratio with its Wald interval."""

    value: float
    low: float
    high: float
    standard_error: float  # of the log


def cox_two_groups(months: Floats, event: Flags, group: Flags, level: float = 0.95) -> HazardRatio:
    """The hazard ratio of `group` against the rest, by Newton on the partial likelihood."""
    order = np.argsort(months, kind="stable")
    times, happened, treated = months[order], event[order], group[order]
    at_risk_all = times.size - np.searchsorted(times, times[happened], side="left")
    treated_times = times[treated]
    at_risk_treated = treated_times.size - np.searchsorted(treated_times, times[happened], "left")
    beta, information = _newton(
        at_risk_treated.astype(float),
        (at_risk_all - at_risk_treated).astype(float),
        float(np.count_nonzero(treated & happened)),
    )
    error = 1.0 / np.sqrt(information) if information > 0 else np.inf
    width = _quantile(level) * error
    low, high = np.exp(beta - width), np.exp(min(beta + width, 50.0))
    return HazardRatio(float(np.exp(beta)), float(low), float(high), float(error))


def _newton(treated: Floats, others: Floats, events_treated: float) -> tuple[float, float]:
    beta, information = 0.0, 0.0
    for _ in range(_NEWTON_STEPS):
        weight = treated * np.exp(beta)
        share = weight / (weight + others)
        information = float(np.sum(share * (1.0 - share)))
        if information <= 0.0:
            return beta, 0.0
        step = (events_treated - float(np.sum(share))) / information
        beta += float(np.clip(step, -_LARGEST_STEP, _LARGEST_STEP))
        if abs(step) < _CONVERGED:
            break
    return beta, information


def binomial_interval(events: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if events <= 0 else float(special.betaincinv(events, n - events + 1, tail))
    high = 1.0 if events >= n else float(special.betaincinv(events + 1, n - events, 1.0 - tail))
    return low, high


@dataclass(frozen=True, slots=True)
class CumulativeIncidence:
    """The share that had the event of interest first, by time, with others competing."""

    months: Floats
    incidence: Floats

    def at(self, months: float | Floats) -> Floats:
        """The incidence at these times."""
        place = np.searchsorted(self.months, np.asarray(months, dtype=float), side="right")
        return np.concatenate([[0.0], self.incidence])[place]


def cumulative_incidence(
    months: Floats, cause: npt.NDArray[np.int_], of_interest: int = 1
) -> CumulativeIncidence:
    """Aalen-Johansen; cause 0 is censored."""
    times, deaths, at_risk_now = _risk_table(months, cause > 0)
    wanted = _counts(times, months[cause == of_interest])
    before = np.concatenate([[1.0], np.cumprod(1.0 - deaths / at_risk_now)[:-1]])
    return CumulativeIncidence(times, np.cumsum(before * wanted / at_risk_now))


def _risk_table(months: Floats, event: Flags) -> tuple[Floats, Floats, Floats]:
    times = np.unique(months[event])
    ordered = np.sort(months)
    at_risk_now = (ordered.size - np.searchsorted(ordered, times, side="left")).astype(float)
    return times, _counts(times, months[event]), at_risk_now


def _counts(times: Floats, observed: Floats) -> Floats:
    ordered = np.sort(observed)
    right = np.searchsorted(ordered, times, side="right")
    return (right - np.searchsorted(ordered, times, side="left")).astype(float)


def _step(times: Floats, survival: Floats, months: float | Floats) -> Floats:
    place = np.searchsorted(times, np.asarray(months, dtype=float), side="right")
    return np.concatenate([[1.0], survival])[place]


def _first_below(times: Floats, curve: Floats) -> float:
    below = np.flatnonzero(curve <= 0.5 + 1e-12)
    return float(times[below[0]]) if below.size else float("inf")


def _quantile(level: float) -> float:
    quantile: Any = special.ndtri(0.5 + level / 2.0)
    return float(quantile)
