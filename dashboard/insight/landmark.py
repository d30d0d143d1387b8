"""A forecast moved by what the first scan showed.

Takes a forecast made before treatment and the effects learnt at landmarks, and gives survival from
the landmark on: by time alone (the curve divided by its value there) and knowing the response (its
hazard times the effect). The band holds what was not known of the forecast and what is not known of
the effect, added as squares on the log cumulative hazard. Nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from dashboard.answers.curves import GapCurve, given_survived
from dashboard.answers.forecast import Floats, Incidence, RegimenForecast, SurvivalCurve
from dashboard.answers.landmark import (
    HazardRatio,
    LandmarkError,
    LandmarkScope,
    LandmarkUpdate,
    Updated,
)
from dashboard.cohort.columns import RECIST
from dashboard.foundation.errors import NotEnoughEvidence, UserError
from dashboard.learning.bundle import Bundle
from dashboard.learning.description import errors_of
from dashboard.learning.landmark import UNTIMED_FROM, Effects, LandmarkModel
from dashboard.learning.survival import consistent

PROGRESSED = "PD"
ENDPOINTS = ("pfs", "os")
_NO_MODEL = "The model has no update at a landmark."
_LEAST = 1e-12
_FIRST_YEAR = np.array([1.5, 4.5, 9.0])
_YEAR_SHARES = np.array([0.25, 0.25, 0.5])


def scope(bundle: Bundle) -> LandmarkScope:
    """From which to which month, and about which responses, the bundle may be asked."""
    model = bundle.landmark
    if model is None:
        why = str(bundle.card.get("landmark", {}).get("absent", ""))
        return LandmarkScope(None, why_not=f"{_NO_MODEL} {why}".strip())
    every = [month for effects in model.effects.values() for month in effects.landmarks]
    spoken = {answer for effects in model.effects.values() for answer in effects.answers}
    if not model.graded and "PR" in spoken:
        spoken.add("CR")
    answers = tuple(answer for answer in reversed(RECIST) if answer in spoken)
    return LandmarkScope((min(every), max(every)), answers, model.timed)


def update(
    bundle: Bundle, forecast: RegimenForecast, *, month: float, answer: str = ""
) -> LandmarkUpdate:
    """Survival from a landmark on, knowing the response or by time alone.

    Args:
        bundle: that made the forecast.
        forecast: of the regimen, before treatment.
        month: how long ago treatment began.
        answer: CR, PR, SD or PD; empty where the response is not known.

    Raises:
        NotEnoughEvidence: the bundle has no such model, or nothing is forecast after the month.
        UserError: a month or a response that it cannot be asked about.
    """
    model = _asked(bundle, month, answer)
    found: dict[str, Updated] = {}
    cautions: list[str] = list(forecast.cautions)
    for name in ENDPOINTS:
        first: SurvivalCurve | None = getattr(forecast, name)
        if first is None or (name == "pfs" and answer == PROGRESSED):
            continue
        if month >= first.months[-1] or first.at(month).low <= 0:
            cautions.append(f"Followed {first.months[-1]:.0f} months only: {name.upper()}.")
            continue
        before = given_survived(first, month)
        found[name] = _updated(before, model.effects.get(name), _known(model, answer), month)
        if answer and found[name].ratio is None:
            cautions.append(f"Too few patients had {answer} by then: {name.upper()} by time alone.")
    if not found:
        raise NotEnoughEvidence(
            f"Nothing is forecast beyond {month:g} months under this regimen.",
            hint="Choose an earlier month or another regimen.",
        )
    found = _in_order(found)
    errors = _nearest(bundle, found, month)
    return LandmarkUpdate(
        forecast.regimen,
        month,
        answer,
        found.get("pfs"),
        found.get("os"),
        _first_events(forecast, found.get("pfs"), month),
        errors,
        (*cautions, *_limits(model, answer), *_no_better(errors, answer)),
    )


def _asked(bundle: Bundle, month: float, answer: str) -> LandmarkModel:
    known = scope(bundle)
    if bundle.landmark is None or known.months is None:
        raise NotEnoughEvidence(
            known.why_not, hint="Train on a cohort that records response and its time."
        )
    first, last = known.months
    if not first <= month <= last:
        raise UserError(
            f"An update at {month:g} months cannot be told.",
            hint=f"Choose a month from {first:g} to {last:g}.",
        )
    if answer and answer not in RECIST:
        raise UserError(
            f"There is no response {answer!r}.", hint=f"Choose one of {', '.join(known.answers)}."
        )
    return bundle.landmark


def _known(model: LandmarkModel, answer: str) -> str:
    """The response as the cohort records it: without grades CR and PR are one."""
    return "PR" if answer == "CR" and not model.graded else answer


def _limits(model: LandmarkModel, answer: str) -> list[str]:
    if not answer or model.timed:
        return []
    said = (
        "The cohort does not tell when a response was reached; it is taken as known from month "
        f"{UNTIMED_FROM:g} on, which makes responses look better than they are."
    )
    return [said]


def _nearest(
    bundle: Bundle, found: Mapping[str, Updated], month: float
) -> tuple[LandmarkError, ...]:
    """How good both were out of fold, after the landmark nearest to the month."""
    told = [each for each in errors_of(bundle.card) if each.endpoint in found]
    near = {name: [each for each in told if each.endpoint == name] for name in found}
    return tuple(min(n, key=lambda each: abs(each.month - month)) for n in near.values() if n)


def _no_better(errors: Sequence[LandmarkError], answer: str) -> list[str]:
    return [
        f"After {each.month:g} months knowing the response did not make forecasts of "
        f"{each.endpoint.upper()} better out of fold (error {each.updated:.3f} against "
        f"{each.time_alone:.3f} by time alone)."
        for each in errors
        if answer and not each.is_gained
    ]


# -- one curve -------------------------------------------------------------------------------------


def _updated(before: SurvivalCurve, effects: Effects | None, answer: str, month: float) -> Updated:
    if effects is None or answer not in effects.answers:
        nothing = np.zeros_like(before.months)
        still = GapCurve(before.months, nothing, nothing, nothing, before.level)
        return Updated(before, before, still)
    z = float(ndtri((1 + before.level) / 2))
    steps = np.diff(_cumulative(before.probability))
    log_ratio, columns = effects.log_ratio(
        answer, month, (before.months[1:] + before.months[:-1]) / 2
    )
    moved = np.maximum(steps, 0.0) * np.exp(log_ratio)
    total = np.cumsum(moved)
    # By the delta method: the columns of every step, by its share of the cumulative hazard.
    leaning = np.cumsum(columns * moved[:, None], axis=0) / np.maximum(total, _LEAST)[:, None]
    variance = np.einsum("ij,jk,ik->i", leaning, effects.covariance, leaning)
    deviation = z * np.sqrt(np.maximum(variance, 0.0))
    now = _banded(before, total, deviation)
    low, high = (np.append(1.0, np.exp(-total * np.exp(s * deviation))) for s in (1, -1))
    value = now.probability - before.probability
    change = GapCurve(
        before.months,
        value,
        np.minimum(low - before.probability, value),
        np.maximum(high - before.probability, value),
        before.level,
    )
    return Updated(now, before, change, _ratio(effects, answer, month, before.level))


def _cumulative(survival: Floats) -> Floats:
    found: Floats = -np.log(np.maximum(survival, _LEAST))
    return found


def _banded(before: SurvivalCurve, total: Floats, deviation: Floats) -> SurvivalCurve:
    """The moved curve; its band as far as the forecast's and the effect's take it together."""
    middle, worse, better = (
        np.maximum(_cumulative(values[1:]), _LEAST)
        for values in (before.probability, before.low, before.high)
    )
    up = np.hypot(np.maximum(np.log(worse / middle), 0.0), deviation)
    down = np.hypot(np.maximum(np.log(middle / better), 0.0), deviation)
    p, low, high = (
        np.minimum.accumulate(np.append(1.0, np.exp(-total * np.exp(move))))
        for move in (np.zeros_like(total), up, -down)
    )
    return SurvivalCurve(before.months, p, np.minimum(low, p), np.maximum(high, p), before.level)


def _ratio(effects: Effects, answer: str, month: float, level: float) -> HazardRatio:
    """The mean log hazard ratio over the first year from now."""
    log_ratio, columns = effects.log_ratio(answer, month, _FIRST_YEAR)
    middle, mean = float(_YEAR_SHARES @ log_ratio), _YEAR_SHARES @ columns
    half = float(ndtri((1 + level) / 2)) * float(np.sqrt(mean @ effects.covariance @ mean))
    value, low, high = (float(np.exp(middle + side * half)) for side in (0, -1, 1))
    return HazardRatio(value, low, high, level)


# -- what holds between the curves -----------------------------------------------------------------


def _in_order(found: Mapping[str, Updated]) -> dict[str, Updated]:
    """Updated progression-free survival never above updated survival; the two meet halfway."""
    pfs, overall = found.get("pfs"), found.get("os")
    if pfs is None or overall is None or pfs.ratio is None or overall.ratio is None:
        return dict(found)
    shared = min(len(pfs.now.months), len(overall.now.months))
    pairs = [
        consistent(getattr(pfs.now, name)[:shared], getattr(overall.now, name)[:shared])
        for name in ("probability", "low", "high")
    ]
    return {
        "pfs": _moved(pfs, [pair[0] for pair in pairs]),
        "os": _moved(overall, [pair[1] for pair in pairs]),
    }


def _moved(one: Updated, values: Sequence[Floats]) -> Updated:
    """The same with another curve; beyond where both reach it only falls on."""
    p, low, high = (
        np.append(head, np.minimum(tail[len(head) :], head[-1]))
        for head, tail in zip(values, (one.now.probability, one.now.low, one.now.high), strict=True)
    )
    now = SurvivalCurve(one.now.months, p, np.minimum(low, p), np.maximum(high, p), one.now.level)
    shift = p - one.now.probability
    change = GapCurve(
        one.change.months,
        one.change.value + shift,
        one.change.low + shift,
        one.change.high + shift,
        one.change.level,
    )
    return Updated(now, one.before, change, one.ratio)


def _first_events(forecast: RegimenForecast, pfs: Updated | None, month: float) -> Incidence | None:
    """Which event comes first from now on: the shares of the first forecast at every step."""
    first = forecast.progression
    if first is None or pfs is None:
        return None
    months = pfs.now.months
    parts = {
        cause: np.maximum(np.diff(np.interp(month + months, first.months, values)), 0.0)
        for cause, values in first.by_cause.items()
    }
    every = np.sum(list(parts.values()), axis=0)
    even = 1.0 / len(parts)
    falls = -np.diff(pfs.now.probability)
    by_cause = {
        cause: np.append(
            0.0,
            np.cumsum(falls * np.where(every > 0, steps / np.maximum(every, _LEAST), even)),
        )
        for cause, steps in parts.items()
    }
    return Incidence(months, by_cause, pfs.now.probability)
