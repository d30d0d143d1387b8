"""A model held against itself while somebody watches: in seconds, with what was found.

Its survival is computed a second time by hand; its forecasts are held to what no forecast may
break; a forecast is asked twice and in another company; explanations have to add up; and the
estimator behind every observed curve has to give the figures of a trial that every textbook has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Target
from dashboard.answers.forecast import Chance, Forecast, RegimenForecast, SurvivalCurve
from dashboard.answers.self_check import Check
from dashboard.cohort.estimators import kaplan_meier
from dashboard.insight.attribution import attribute
from dashboard.insight.by_hand import survival_by_hand, together
from dashboard.learning.bundle import Bundle
from dashboard.learning.forecasting import ask, forecast
from dashboard.learning.survival import SurvivalHead
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]
Facts = Mapping[str, Value]

_SAME = 1e-9
_MOST_PATIENTS, _MOST_REGIMENS = 2, 14
_STEP = 0.5  # months between two points of a forecast curve
_BOTH = ("pfs", "os")
_CAUSES = ("progressed", "died_first")

# Weeks in remission under 6-mercaptopurine in acute leukaemia; + is still in remission. Freireich
# and others, Blood 1963;21:699; the survival figures stand in most textbooks of survival analysis.
_WEEKS = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
_REMISSION = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def checks_of(
    bundle: Bundle, patients: Sequence[Facts], regimens: Sequence[str]
) -> Iterator[Check]:
    """Every check, one after the other.

    Args:
        bundle: the model.
        patients: whom to forecast.
        regimens: which to forecast; what the model does not know is left out. Of both no more
            are taken than can be checked while somebody waits.
    """
    known = [name for name in regimens if bundle.contract.speaks_of(name)][:_MOST_REGIMENS]
    patients = patients[:_MOST_PATIENTS]
    forecasts = [forecast(bundle, facts, known) for facts in patients]
    yield by_hand(bundle, patients, forecasts, known)
    yield invariants(forecasts)
    yield again(bundle, patients, forecasts, known)
    yield adds_up(bundle, patients, known)
    yield textbook()


def by_hand(
    bundle: Bundle, patients: Sequence[Facts], forecasts: Sequence[Forecast], known: Sequence[str]
) -> Check:
    """Survival from the kept numbers, in plain steps, against the curves that are shown."""
    heads = {n: h for n in _BOTH if isinstance(h := bundle.heads.get(n), SurvivalHead)}
    apart, count = 0.0, 0
    for facts, found in zip(patients, forecasts, strict=True):
        views = ask(bundle.encoding, facts, known).views
        computed = {
            name: survival_by_hand(head.model, views, np.arange(0.0, head.horizon + 0.25, _STEP))
            for name, head in heads.items()
        }
        if len(computed) == len(_BOTH):
            computed = dict(zip(_BOTH, together(*(computed[n] for n in _BOTH)), strict=True))
        for name, values in computed.items():
            for row, regimen in enumerate(known):
                curve: SurvivalCurve | None = getattr(found.of(regimen), name)
                if curve is not None:
                    apart = max(apart, float(np.abs(curve.probability - values[row]).max()))
                    count += len(curve.months)
    return Check(
        "Survival computed a second time",
        "From the model's kept numbers, tree by tree and interval by interval, without the code "
        "that forecasts.",
        apart <= _SAME and count > 0,
        f"{count:,} points of curves; the largest difference is {apart:.1e}.",
    )


def invariants(forecasts: Sequence[Forecast]) -> Check:
    """What no forecast may break: order, falling curves, parts of one, middles inside."""
    broken = [said for found in forecasts for each in found.regimens for said in _broken(each)]
    count = sum(len(found.regimens) for found in forecasts)
    told = "; ".join(dict.fromkeys(broken))
    return Check(
        "What no forecast may break",
        "Curves fall; nobody is free of progression who is not alive; shares are parts of one; "
        "every middle lies inside its interval.",
        not broken and count > 0,
        f"{count} forecasts; " + (f"broken: {told}." if broken else "none breaks any."),
    )


def again(
    bundle: Bundle, patients: Sequence[Facts], forecasts: Sequence[Forecast], known: Sequence[str]
) -> Check:
    """A forecast asked again, alone and in the other order, is the same."""
    apart = 0.0
    for facts, found in zip(patients, forecasts, strict=True):
        turned = forecast(bundle, dict(list(facts.items())[::-1]), known[::-1])
        alone = forecast(bundle, facts, known[:1])
        for other in (turned, alone):
            for each in other.regimens:
                gap = np.abs(_figures(each) - _figures(found.of(each.regimen)))
                apart = max(apart, float(gap.max()))
    return Check(
        "The same question, the same answer",
        "Asked again with facts and regimens in another order, and a regimen alone.",
        apart <= _SAME and bool(known),
        f"{len(patients)} patients under {len(known)} regimens; the largest difference is "
        f"{apart:.1e}.",
    )


def adds_up(bundle: Bundle, patients: Sequence[Facts], known: Sequence[str]) -> Check:
    """What the facts add, from the average patient on, is the forecast."""
    targets = [Target("response")] if "response" in bundle.heads else []
    targets += [Target(name, 12.0) for name in _BOTH if name in bundle.heads]
    worst, count = 0.0, 0
    for facts in patients:
        for target in targets:
            for found in attribute(bundle, facts, known[:2], target):
                worst, count = max(worst, abs(found.additivity_error)), count + 1
    return Check(
        "Explanations add up",
        "The average patient and what every fact adds come to the forecast.",
        worst <= 1e-6 and count > 0,  # noqa: PLR2004 - a ten-thousandth of a point
        f"{count} explanations; the largest gap is {worst:.1e}.",
    )


def textbook() -> Check:
    """The estimator of observed survival gives the figures that every textbook has."""
    weeks = np.array([float(each.rstrip("+")) for each in _WEEKS.split()])
    curve = kaplan_meier(weeks, np.array([not each.endswith("+") for each in _WEEKS.split()]))
    found = dict(zip(curve.months.tolist(), curve.survival.tolist(), strict=True))
    wrong = {
        week: found.get(float(week))
        for week, published in _REMISSION.items()
        if abs(found.get(float(week), -1.0) - published) > 0.0006  # noqa: PLR2004 - three digits
    }
    return Check(
        "A trial that every textbook has",
        "Remission under 6-mercaptopurine (Freireich and others, 1963) by Kaplan and Meier.",
        not wrong,
        f"{len(_REMISSION) - len(wrong)} of {len(_REMISSION)} published figures are met.",
    )


def _broken(each: RegimenForecast) -> Iterator[str]:
    yield from _broken_curves(each)
    yield from _broken_shares(each)


def _broken_curves(each: RegimenForecast) -> Iterator[str]:
    for name in _BOTH:
        curve: SurvivalCurve | None = getattr(each, name)
        if curve is None:
            continue
        if any(later > earlier + _SAME for earlier, later in pairwise(curve.probability)):
            yield f"{name} rises under {each.regimen}"
        if (curve.low > curve.probability).any() or (curve.probability > curve.high).any():
            yield f"{name} leaves its band under {each.regimen}"
    if each.pfs is not None and each.os is not None:
        shared = min(len(each.pfs.months), len(each.os.months))
        if (each.pfs.probability[:shared] > each.os.probability[:shared] + _SAME).any():
            yield f"PFS exceeds OS under {each.regimen}"


def _broken_shares(each: RegimenForecast) -> Iterator[str]:
    chances: list[Chance | None] = [each.response, *each.toxicities.values()]
    if any(c is not None and not 0 <= c.low <= c.p <= c.high <= 1 for c in chances):
        yield f"a chance leaves its interval under {each.regimen}"
    if each.recist and abs(sum(each.recist.values()) - 1.0) > _SAME:
        yield f"answers are no whole under {each.regimen}"
    if each.progression is not None:
        whole = sum(each.progression.by_cause[cause] for cause in _CAUSES)
        if (np.abs(whole + each.progression.event_free - 1.0) > _SAME).any():
            yield f"first events are no whole under {each.regimen}"


def _figures(each: RegimenForecast) -> Floats:
    """Every number of a forecast, in one order."""
    chances = [each.response, *(each.toxicities[name] for name in sorted(each.toxicities))]
    single = [end for c in chances if c is not None for end in (c.low, c.p, c.high)]
    curves = [c for curve in (each.os, each.pfs) if curve is not None
              for c in (curve.low, curve.probability, curve.high)]  # fmt: skip
    return np.concatenate([single, *curves])
