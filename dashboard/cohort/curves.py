"""The mathematics of the simulated curves: the event-free share at a time, and when events fall.

A curve is S(t | x) = exp(-theta * exp(eta) * F(t)) with F the Weibull distribution function: the
promotion-time family. With theta large it is an ordinary Weibull curve with proportional hazards;
with theta small the curve ends in a plateau exp(-theta); k above 1 falls late, below 1 early. It
is inverted in closed form. Progression and death share a hidden state of the patient (one
Gaussian factor for each patient and regimen), and progression-free survival is the earlier of the
two, so that no patient can progress after death.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
NODES: Floats = np.asarray(_NODES)
WEIGHTS: Floats = np.asarray(_WEIGHTS / _WEIGHTS.sum())
_SMALLEST = 1e-300
_OLDEST_DIFFERENCE = 45.0  # years above or below 65 that the background hazard knows


@dataclass(frozen=True, slots=True)
class Curve:
    """The baseline of one regimen and endpoint."""

    log_scale: float  # of the Weibull time in months
    log_k: float
    log_theta: float

    @property
    def plateau(self) -> float:
        """The share that never has the event, at eta = 0."""
        return float(np.exp(-np.exp(self.log_theta)))

    def hazard(self, months: Floats) -> Floats:
        """The cumulative hazard at eta = 0."""
        with np.errstate(divide="ignore"):
            power = np.exp(np.exp(self.log_k) * (np.log(months) - self.log_scale))
        hazard: Floats = -np.exp(self.log_theta) * np.expm1(-power)
        return hazard

    def when(self, hazard: Floats) -> Floats:
        """The time at which the cumulative hazard reaches this; infinite beyond the plateau."""
        share = hazard * np.exp(-self.log_theta)
        with np.errstate(divide="ignore", invalid="ignore"):
            power = -np.log1p(-np.minimum(share, 1.0))
            months = np.exp(self.log_scale + np.exp(-self.log_k) * np.log(power))
        return np.where(share < 1.0, months, np.inf)


@dataclass(frozen=True, slots=True)
class Loads:
    """How strongly each outcome leans on the patient's hidden state."""

    progression: float
    death: float
    response: float


@dataclass(frozen=True, slots=True)
class Background:
    """Death from other causes: a hazard that doubles every so many years of age."""

    per_year_at_65: float
    doubling_years: float

    def hazard(self, age_years: Floats, months: Floats) -> Floats:
        """The cumulative hazard for each patient (rows) by each time (columns)."""
        return self.borne(age_years[:, None], np.asarray(months)[None, :])

    def borne(self, age_years: Floats, months: Floats) -> Floats:
        """The cumulative hazard of each patient by a time of their own."""
        growth = np.log(2.0) / self.doubling_years
        older = np.clip(age_years - 65.0, -_OLDEST_DIFFERENCE, _OLDEST_DIFFERENCE)
        rate = self.per_year_at_65 * np.exp(growth * older)
        hazard: Floats = rate / growth * np.expm1(growth * months / 12.0)
        return hazard

    def when(self, age_years: Floats, hazard: Floats) -> Floats:
        """The month at which each patient's cumulative hazard reaches this."""
        growth = np.log(2.0) / self.doubling_years
        older = np.clip(age_years - 65.0, -_OLDEST_DIFFERENCE, _OLDEST_DIFFERENCE)
        rate = self.per_year_at_65 * np.exp(growth * older)
        month: Floats = 12.0 / growth * np.log1p(hazard * growth / rate)
        return month


def disease_survival(curve: Curve, eta: Floats, months: Floats) -> Floats:
    """S(t | x) for each patient (rows) by each time (columns)."""
    hazard = curve.hazard(np.asarray(months, dtype=float))
    survival: Floats = np.exp(-np.outer(np.exp(eta), hazard))
    return survival


def given_state(survival: Floats, load: float) -> Floats:
    """The same survival for each value of the hidden state at the quadrature nodes (last axis)."""
    place = special.ndtri(np.clip(survival, _SMALLEST, 1.0 - 1e-16))[..., None]
    spread = np.sqrt(1.0 - load**2)
    conditional: Floats = special.ndtr((load * NODES + place) / spread)
    return conditional


def event_free(progression: Floats, death: Floats, loads: Loads) -> Floats:
    """P(neither progressed nor died of the disease), over the shared hidden state."""
    both = given_state(progression, loads.progression) * given_state(death, loads.death)
    return both @ WEIGHTS


def responding(chance: Floats, progression: Floats, death: Floats, loads: Loads) -> Floats:
    """P(the depth of response is reached and no event has come before the first assessment)."""
    product = given_state(chance, loads.response)
    product = product * given_state(progression, loads.progression)
    return (product * given_state(death, loads.death)) @ WEIGHTS


def hazard_drawn(state: Floats, own: Floats, load: float) -> Floats:
    """The cumulative hazard at which the event falls; a better state bears more of it."""
    latent = load * state + np.sqrt(1.0 - load**2) * own
    drawn: Floats = -special.log_ndtr(-latent)
    return drawn


def population_hazard_ratio(treated: Floats, control: Floats) -> float:
    """The Cox log hazard ratio that two survival curves imply when followed along this grid.

    The value that the partial likelihood of two equal, very large groups converges to; the grid's
    last month is where follow-up ends.
    """
    falls_treated = -np.diff(treated, prepend=1.0)
    falls_control = -np.diff(control, prepend=1.0)
    before_treated = np.concatenate([[1.0], treated[:-1]])
    before_control = np.concatenate([[1.0], control[:-1]])
    beta = 0.0
    for _ in range(30):
        weight = before_treated * np.exp(beta)
        share = weight / np.maximum(weight + before_control, _SMALLEST)
        falls = falls_treated + falls_control
        information = float(np.sum(falls * share * (1.0 - share)))
        step = float(np.sum(falls_treated - falls * share)) / max(information, 1e-12)
        beta += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:  # noqa: PLR2004
            break
    return beta
