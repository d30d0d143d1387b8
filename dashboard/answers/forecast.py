"""What is forecast for a patient: chances, curves and incidences, each with its interval.

Small frozen values that charts, reports and the command line read; no engine is needed to hold
them. Curves are kept at the months they were computed for and read in between by straight lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability with an interval of the stated level."""

    p: float
    low: float
    high: float
    level: float = 0.9

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.p <= self.high <= 1.0:
            raise ValueError(f"no chance has p {self.p} within {self.low} to {self.high}")


@dataclass(frozen=True, slots=True)
class Span:
    """A number of months with an interval; None where it lies beyond what was observed."""

    months: float | None
    low: float | None
    high: float | None
    level: float = 0.9


@dataclass(frozen=True, eq=False, slots=True)
class SurvivalCurve:
    """The share without the event at each month, with a band; it starts at month 0 with 1."""

    months: Floats
    probability: Floats
    low: Floats
    high: Floats
    level: float = 0.9

    def at(self, month: float) -> Chance:
        """The share without the event at a month.

        Raises:
            ValueError: beyond the last month of the curve.
        """
        self._within(month)
        p, low, high = (
            float(np.interp(month, self.months, values))
            for values in (self.probability, self.low, self.high)
        )
        return Chance(p, min(low, p), max(high, p), self.level)

    @property
    def median(self) -> Span:
        """When half have had the event; None where the curve ends before that."""
        p, low, high = (
            _first_below(self.months, values, 0.5)
            for values in (self.probability, self.low, self.high)
        )
        return Span(p, low, high, self.level)

    def restricted_mean(self, until: float | None = None) -> Span:
        """The mean months without the event within the first `until` months (all, by default)."""
        month = float(self.months[-1]) if until is None else until
        self._within(month)
        p, low, high = (
            _area(self.months, values, month) for values in (self.probability, self.low, self.high)
        )
        return Span(p, low, high, self.level)

    def _within(self, month: float) -> None:
        if not 0.0 <= month <= self.months[-1]:
            raise ValueError(f"the curve ends at {self.months[-1]:g} months, not {month:g}")


@dataclass(frozen=True, eq=False, slots=True)
class Incidence:
    """How many have had each event first by each month; with the event-free they are everybody."""

    months: Floats
    by_cause: Mapping[str, Floats]
    event_free: Floats

    def at(self, month: float) -> dict[str, float]:
        """The share of each cause, and `event_free`, at a month."""
        if not 0.0 <= month <= self.months[-1]:
            raise ValueError(f"the curve ends at {self.months[-1]:g} months, not {month:g}")
        shares = {**self.by_cause, "event_free": self.event_free}
        return {name: float(np.interp(month, self.months, v)) for name, v in shares.items()}


@dataclass(frozen=True, slots=True)
class Support:
    """Whether patients like this one, under this regimen, were in the cohort."""

    distance: float  # share of the cohort that lay nearer to its neighbours than this patient
    similar: float  # how many patients like this one received the regimen, effectively
    propensity: float  # how often a patient like this one received it
    inside: bool  # false: the patient is unlike the cohort
    untypical: tuple[str, ...] = ()  # inputs outside nearly all of the cohort


@dataclass(frozen=True, slots=True)
class RegimenForecast:
    """Everything forecast under one regimen; None where the cohort had no such outcome."""

    regimen: str
    response: Chance | None = None
    recist: Mapping[str, float] = field(default_factory=dict)
    pfs: SurvivalCurve | None = None
    os: SurvivalCurve | None = None
    progression: Incidence | None = None
    toxicities: Mapping[str, Chance] = field(default_factory=dict)
    support: Support | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Widening:
    """How much an unknown input widens the forecast, and what it would narrow most."""

    feature: str
    narrowing: float  # mean reduction of the intervals' width if it were known, as a share


@dataclass(frozen=True, slots=True)
class Ranking:
    """Whether a difference between regimens may be shown as a choice for one person.

    It may where choosing by the forecast gained something, out of fold, over giving everybody what
    does best on average. Otherwise the order on average is shown, and differences with intervals.
    """

    personal: bool
    reason: str
    gain: float | None = None  # responses gained, as a share of patients
    error: float | None = None  # standard error of the gain


@dataclass(frozen=True, slots=True)
class Forecast:
    """One patient under every candidate regimen."""

    patient_fingerprint: str
    disease: str
    bundle: str
    regimens: tuple[RegimenForecast, ...]
    cautions: tuple[str, ...] = ()
    missing: tuple[Widening, ...] = ()  # unknown inputs, the most telling first
    ranking: Ranking | None = None

    @property
    def knows_treatments(self) -> bool:
        """Whether regimens are told apart; one prognosis has no regimen's name."""
        return [each.regimen for each in self.regimens] != [""]

    def of(self, regimen: str) -> RegimenForecast:
        """The forecast under one regimen; KeyError where there is none."""
        for forecast in self.regimens:
            if forecast.regimen == regimen:
                return forecast
        raise KeyError(regimen)


def _first_below(months: Floats, values: Floats, level: float) -> float | None:
    below = np.flatnonzero(values <= level)
    if not len(below):
        return None
    after = int(below[0])
    if after == 0:
        return float(months[0])
    drop = values[after - 1] - values[after]
    share = (values[after - 1] - level) / drop if drop > 0 else 0.0
    return float(months[after - 1] + share * (months[after] - months[after - 1]))


def _area(months: Floats, values: Floats, until: float) -> float:
    inside = months < until
    places = np.append(months[inside], until)
    heights = np.append(values[inside], np.interp(until, months, values))
    return float(np.trapezoid(heights, places))
