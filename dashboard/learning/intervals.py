"""Time cut into intervals of constant hazard, and curves read from hazards.

The cuts are rounded quantiles of the event times (no event time can be read back from them); each
interval holds at least eleven events. Within an interval time runs on the cohort's own clock (the
pooled cumulative hazard), so that the shape of the baseline is not lost to the cuts. Converts
follow-up into exposure and events, and log hazards into cumulative hazards at any month. Beyond the
last well-observed month nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import Timed
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.ridge import HazardRows

Floats = npt.NDArray[np.float64]

MOST_INTERVALS = 10
_MOST_TICKS = 30
_EVENTS_EACH = 2 * LEAST_GROUP
_STILL_FOLLOWED = 0.05  # the horizon is where this share is still under observation


@dataclass(frozen=True, slots=True)
class Intervals:
    """Interior cuts in months, and the last month anything is said about."""

    cuts: tuple[float, ...]
    horizon: float
    clock: tuple[tuple[float, float], ...] = ()  # month and time on the cohort's own clock

    @classmethod
    def of(cls, timed: Timed) -> Intervals:
        """Intervals that a cohort's events support."""
        known = timed.known
        months, events = timed.months[known], timed.months[known & timed.event]
        count = int(np.clip(len(events) // _EVENTS_EACH, 1, MOST_INTERVALS))
        inner = np.quantile(events, np.arange(1, count) / count) if count > 1 else np.array([])
        cuts = tuple(dict.fromkeys(float(f"{cut:.2g}") for cut in inner if cut > 0))
        horizon = float(np.quantile(months, 1 - _STILL_FOLLOWED))
        last = cuts[-1] if cuts else 0.0
        end = max(round(horizon, 0), float(np.ceil(last)) + 1.0)
        return cls(cuts, end, _clock(timed, events, end))

    @property
    def count(self) -> int:
        """How many intervals there are."""
        return len(self.cuts) + 1

    @property
    def starts(self) -> Floats:
        """Where each interval begins."""
        return np.array([0.0, *self.cuts])

    @property
    def shape(self) -> Floats:
        """The time basis of effects that change: log time, centred, of length one."""
        ends = np.array([*self.cuts, max(self.horizon, (self.cuts or (0.0,))[-1] * 1.5)])
        middle = np.log1p((self.starts + ends) / 2)
        centred = middle - middle.mean()
        spread = float(centred.std())
        shape: Floats = centred / spread if spread > 0 else centred
        return shape

    def exposure(self, months: Floats) -> Floats:
        """Time on the cohort's clock spent in each interval until each month."""
        ends = np.array([*self.cuts, np.inf])
        inside = np.clip(months[:, None], self.starts, ends)
        spent: Floats = self.ticks(inside) - self.ticks(self.starts)
        return spent

    def ticks(self, months: Floats) -> Floats:
        """Months on the cohort's clock, which runs as fast as its events come.

        A hazard that is constant on this clock follows the pooled hazard within an interval, so
        that few intervals are enough where events come late in the first month or seldom at last.
        """
        if not self.clock:
            return months
        known, passed = np.array(self.clock).T
        pace = (passed[-1] - passed[-2]) / (known[-1] - known[-2])
        beyond = np.maximum(months - known[-1], 0.0)
        on_clock: Floats = np.interp(months, known, passed) + pace * beyond
        return on_clock

    def rows(self, timed: Timed) -> HazardRows:
        """Exposure and events of every row; a row without follow-up has neither."""
        months = np.where(timed.known, timed.months, 0.0)
        # A follow-up of zero months still says something: half a day was observed.
        months = np.where(timed.known, np.maximum(months, 1 / 60), 0.0)
        exposure = self.exposure(months)
        interval = np.searchsorted(np.array(self.cuts), months, side="left")
        events = np.zeros_like(exposure)
        happened = np.flatnonzero(timed.event & timed.known)
        events[happened, interval[happened]] = 1.0
        return HazardRows(exposure, events, self.shape)

    def cumulative(self, log_hazards: Floats, months: Floats) -> Floats:
        """Cumulative hazards: rows x months from rows x intervals."""
        total: Floats = np.exp(log_hazards) @ self.exposure(months).T
        return total


def _clock(timed: Timed, events: Floats, end: float) -> tuple[tuple[float, float], ...]:
    """The pooled cumulative hazard at rounded months, at least eleven events apart."""
    count = min(_MOST_TICKS, len(events) // LEAST_GROUP)
    inner = np.quantile(events, np.arange(1, count) / count) if count > 1 else np.array([])
    rounded_places = {float(f"{place:.2g}") for place in inner}
    places = sorted(place for place in rounded_places if 0.0 < place < end)
    months = np.sort(timed.months[timed.known])
    happened = np.sort(events)
    at_risk = len(months) - np.searchsorted(months, happened, side="left")
    hazard = np.concatenate([[0.0], np.cumsum(1.0 / at_risk)])
    passed = hazard[np.searchsorted(happened, [*places, end], side="right")]
    ticks = [(0.0, 0.0)]
    for month, exact in zip([*places, end], passed.tolist(), strict=True):
        time = float(f"{exact:.4g}")
        if time > ticks[-1][1]:  # a clock that stood still would give nobody any time at risk
            ticks.append((month, time))
    return tuple(ticks) if len(ticks) > 1 else ()
