"""What happened to similar patients, by the regimen they received, and how far to believe it.

Everything is weighted by likeness: Kaplan-Meier with Greenwood's variance for weights, response and
toxicity with an interval on the effective number. A difference between regimens carries its E-value
(how strong an unmeasured cause of both choice and outcome would have to be to explain it away) and
the overlap of treatments; it compares patients who were treated differently for reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri

from dashboard.answers.forecast import Chance
from dashboard.answers.similar import ObservedContrast, ObservedCurve, SimilarGroup
from dashboard.cohort.columns import RECIST, CohortData, Timed
from dashboard.insight.neighbours import Neighbours, effective_number
from dashboard.learning.support import OVERLAP

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEVEL = 0.9
_HALF_YEAR = 6.0  # months
_LANDMARK = 12.0
_FEW = 10.0  # effective patients below which a contrast is not drawn


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a cohort recorded of rows, and how alike they are."""

    data: CohortData
    rows: Integers
    weight: Floats

    def received(self, regimen: str) -> Outcomes:
        """Those who received a regimen."""
        if self.data.regimen is None:
            return self
        own = self.data.regimen[self.rows] == self.data.regimens.index(regimen)
        return Outcomes(self.data, self.rows[own], self.weight[own])

    @property
    def responded(self) -> Floats | None:
        """1, 0 or NaN a row; None where the cohort has no response."""
        graded = self.data.response
        if graded is None:
            return None
        first = RECIST.index("PR") if graded.levels == RECIST else 1
        codes = graded.codes[self.rows]
        return np.where(np.isnan(codes), np.nan, codes >= first)


def groups_of(
    data: CohortData, found: Neighbours, labels: Mapping[str, str], *, least: int = 0
) -> tuple[SimilarGroup, ...]:
    """What each regimen's patients among the similar ones experienced, the most given first.

    Args:
        data: the cohort.
        found: its similar patients.
        labels: the regimens' names.
        least: for a hospital's own cohort, how few patients nothing is told about: then curves
            move in whole months, and shares of few are left out.
    """
    everybody = Outcomes(data, found.rows, found.likeness)
    names = data.regimens if data.regimen is not None else ("",)
    groups = [
        _group(everybody.received(name), name, labels.get(name, name), least) for name in names
    ]
    kept = [group for group in groups if group.patients]
    return tuple(sorted(kept, key=lambda group: (-(group.effective or 0.0), group.regimen)))


def _group(own: Outcomes, regimen: str, label: str, least: int) -> SimilarGroup:
    data, rows = own.data, own.rows
    curves = {
        name: curve
        for name, timed in data.timed.items()
        if (curve := weighted_curve(_taken(timed, rows), own.weight, least)) is not None
    }
    toxic = {
        name: chance
        for name, column in data.toxicities.items()
        if (chance := weighted_chance(column[rows], own.weight, least)) is not None
    }
    response = own.responded
    return SimilarGroup(
        regimen,
        label,
        len(rows),
        effective_number(own.weight),
        None if response is None else weighted_chance(response, own.weight, least),
        curves,
        toxic,
    )


def _taken(timed: Timed, rows: Integers) -> Timed:
    return Timed(timed.months[rows], timed.event[rows])


def weighted_chance(answers: Floats, weight: Floats, least: int = 0) -> Chance | None:
    """A weighted share with an interval on the effective number (Jeffreys); None of nobody."""
    known = ~np.isnan(answers) & (weight > 0)
    happened = int((answers[known] > 0).sum())
    if not known.any() or min(happened, int(known.sum()) - happened) < least:
        return None
    share = float(np.average(answers[known], weights=weight[known]))
    number = effective_number(weight[known])
    tail = (1 - LEVEL) / 2
    yes, no = number * share + 0.5, number * (1 - share) + 0.5
    low, high = (float(betaincinv(yes, no, q)) for q in (tail, 1 - tail))
    return Chance(share, min(low, share), max(high, share), LEVEL)


def weighted_curve(timed: Timed, weight: Floats, least: int = 0) -> ObservedCurve | None:
    """Kaplan-Meier with weights: Greenwood on the effective number at risk, log-log band."""
    known = timed.known & (weight > 0)
    if int(known.sum()) < max(1, least):
        return None
    months, event, own = timed.months[known], timed.event[known], weight[known]
    if least:
        months = np.ceil(months)
    times = np.unique(months[event])
    times = times[(months[:, None] >= times).sum(axis=0) >= max(1, least)]
    at_risk = (months[:, None] >= times) * own[:, None]
    risk, squares = at_risk.sum(axis=0), (at_risk**2).sum(axis=0)
    died = ((months[:, None] == times) & event[:, None]) * own[:, None]
    hazard = died.sum(axis=0) / risk
    survival = np.cumprod(1 - hazard)
    number = risk**2 / squares
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(hazard / ((1 - hazard) * number))
        spread = float(ndtri((1 + LEVEL) / 2)) * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = survival ** np.exp(spread), survival ** np.exp(-spread)
    over = survival <= 0
    low, high = np.where(over, 0.0, low), np.where(over, 0.0, high)
    return ObservedCurve(
        (0.0, *times.tolist()),
        (1.0, *survival.tolist()),
        (1.0, *low.tolist()),
        (1.0, *high.tolist()),
        _median(times, survival),
        _median(times, low),
        _median(times, high),
        int(event.sum()) if min(event.sum(), (~event).sum()) >= least else None,
        LEVEL,
        *_left(months, least),
    )


def _left(months: Floats, least: int) -> tuple[tuple[float, ...], tuple[int | None, ...]]:
    """How many are still followed every half year; fewer than may be told are not."""
    marks = np.arange(0.0, float(months.max()) + 1e-9, _HALF_YEAR)
    left = [int((months >= mark).sum()) for mark in marks]
    return tuple(marks.tolist()), tuple(n if n >= least else None for n in left)


def _median(times: Floats, survival: Floats) -> float | None:
    below = np.flatnonzero(survival <= 0.5 + 1e-12)
    return float(times[below[0]]) if len(below) else None


# --------------------------------------------------------------------------------------- contrasts


def contrasts_of(
    groups: Sequence[SimilarGroup], overlap: Mapping[str, float]
) -> tuple[ObservedContrast, ...]:
    """Every other regimen against the one most often given, outcome by outcome."""
    enough = [group for group in groups if (group.effective or 0.0) >= _FEW]
    if len(enough) < 2:  # noqa: PLR2004
        return ()
    first, *others = enough
    pairs = [(group, first) for group in others]
    made = [_contrasted(pair, name, overlap) for pair in pairs for name in ("response", "os")]
    return tuple(each for each in made if each is not None)


def _contrasted(
    pair: tuple[SimilarGroup, SimilarGroup], name: str, overlap: Mapping[str, float]
) -> ObservedContrast | None:
    shares = [_share(group, name) for group in pair]
    one, two = shares
    if one is None or two is None:
        return None
    difference = one.p - two.p
    # each interval's half towards the other share (the square-and-add method of Newcombe)
    low = difference - float(np.hypot(one.p - one.low, two.high - two.p))
    high = difference + float(np.hypot(one.high - one.p, two.p - two.low))
    together = min(overlap.get(group.regimen, 0.0) for group in pair)
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high)) * float(np.sign(difference))
    return ObservedContrast(
        pair[0].regimen,
        pair[1].regimen,
        "response" if name == "response" else f"alive at {_LANDMARK:g} months",
        difference,
        low,
        high,
        e_value(two.p + difference, two.p),
        e_value(two.p + nearest, two.p),
        together,
        _note(together, certain=not low <= 0 <= high),
    )


def _share(group: SimilarGroup, name: str) -> Chance | None:
    if name == "response":
        return group.response
    curve = group.curves.get(name)
    if curve is None or curve.months[-1] < _LANDMARK / 2:
        return None
    place = int(np.searchsorted(curve.months, _LANDMARK, side="right")) - 1
    return Chance(curve.survival[place], curve.low[place], curve.high[place], curve.level)


def e_value(share: float, other: float) -> float:
    """The smallest risk ratio of an unmeasured cause with both that explains a risk ratio away.

    VanderWeele and Ding 2017: RR + sqrt(RR (RR - 1)), for the ratio of the larger to the smaller.
    """
    small, large = sorted((min(max(share, 0.0), 1.0), min(max(other, 0.0), 1.0)))
    if small <= 0.0:
        return float("inf") if large > 0.0 else 1.0
    ratio = large / small
    return ratio + float(np.sqrt(ratio * (ratio - 1.0)))


def _note(overlap: float, *, certain: bool) -> str:
    if overlap < OVERLAP:
        return "Patients like this one hardly ever received one of the two: not comparable here."
    if not certain:
        return "The difference may be chance; patients were also treated differently for reasons."
    return "An association: patients were treated differently for reasons, some of them unmeasured."
