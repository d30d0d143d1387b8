"""How an output goes with one feature over a cohort, with the patient's place marked.

Accumulated local effects for numbers and ordinals: only patients near a value say what a step from
it does, so that combinations nobody has are not averaged over. Partial averages for categories and
flags. The band is the model's own uncertainty of the difference from the average; it needs the
cohort's rows and keeps none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import EffectCurve, Target
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.attribution import Z
from dashboard.insight.outputs import Outputs
from dashboard.insight.places import Places
from dashboard.knowledge.schema import Kind
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import DISAGREEMENT
from dashboard.learning.hazard import HazardModel
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.views import Views
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_STEPS = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """One feature of one target under one regimen, over the rows in which it is known."""

    outputs: Outputs
    regimen: str
    column: int
    rows: Floats

    def at(self, values: Floats, rows: Integers) -> Floats:
        """Rows with the feature set."""
        changed = self.rows[rows].copy()
        changed[:, self.column] = values
        return changed


def effect_curve(
    bundle: Bundle,
    values: Floats,
    regimen: str,
    target: Target,
    *,
    feature: str,
    facts: Mapping[str, Value] | None = None,
) -> EffectCurve:
    """How the output under a regimen goes with one feature.

    Args:
        bundle: a trained bundle.
        values: a cohort's rows as the contract lays them out.
        regimen: the regimen everybody is asked about.
        target: what is forecast.
        feature: one of the model's inputs.
        facts: a patient's values, for the mark.

    Raises:
        KeyError: the feature is none of the model's inputs.
        NotEnoughEvidence: the bundle cannot speak of it, or too few rows know the feature.
    """
    if feature not in bundle.contract.ids:
        raise KeyError(feature)
    column = bundle.contract.ids.index(feature)
    # clipped, so that no place is one patient's extreme value
    known = bundle.contract.clipped(values[~np.isnan(values[:, column])])
    if len(known) < 2 * LEAST_GROUP:
        raise NotEnoughEvidence(
            f"Too few patients of the cohort have a known {feature}.",
            hint="Choose another feature.",
        )
    asked = _Asked(Outputs(bundle, target), regimen, column, known)
    each = bundle.contract.inputs[column]
    gradual = each.kind in {Kind.NUMBER, Kind.ORDINAL}
    places, curve, spread, counts = (_accumulated if gradual else _partial)(asked)
    every = Places(bundle.encoding)
    mine = (facts or {}).get(feature)
    low, high = curve - Z * spread, curve + Z * spread
    return EffectCurve(
        target.name,
        regimen,
        target.months,
        target.scale,
        feature,
        "accumulated" if gradual else "partial",
        tuple(every.told(column, float(place)) for place in places),
        tuple(curve.tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        tuple(counts.tolist()),
        mine,
        _mark(bundle, asked, (places, curve), mine),
        float(asked.outputs.of(known, [regimen]).mean()),
    )


def _mark(
    bundle: Bundle, asked: _Asked, drawn: tuple[Floats, Floats], mine: Value | None
) -> float | None:
    """Where the patient's value lies on the curve."""
    if mine is None:
        return None
    places, curve = drawn
    each = bundle.contract.inputs[asked.column]
    place = float(each.levels.index(str(mine))) if mine in each.levels else None
    if place is None and not isinstance(mine, str):
        place = float(mine)
    if place is None:
        return None
    return float(np.interp(place, places, curve))


def _accumulated(asked: _Asked) -> tuple[Floats, Floats, Floats, Integers]:
    """Steps from place to place, each by the patients between them, added up and centred."""
    own = asked.rows[:, asked.column]
    steps = min(_STEPS, len(own) // LEAST_GROUP)
    places = np.unique(np.quantile(own, np.linspace(0, 1, steps + 1), method="inverted_cdf"))
    inside = np.clip(np.searchsorted(places, own, side="left"), 1, len(places) - 1)
    rows = np.arange(len(own))
    low = asked.outputs.views(asked.at(places[inside - 1], rows), [asked.regimen])
    high = asked.outputs.views(asked.at(places[inside], rows), [asked.regimen])
    change = asked.outputs.read(high) - asked.outputs.read(low)
    counts = np.bincount(inside, minlength=len(places))[1:]
    step = np.bincount(inside, change, len(places))[1:] / np.maximum(counts, 1)
    share = np.concatenate([counts[:1] / 2, (counts[:-1] + counts[1:]) / 2, counts[-1:] / 2])
    share = share / share.sum()
    curve = np.concatenate([[0.0], np.cumsum(step)])
    # every place's value as a sum of steps, less the average
    sums = np.tril(np.ones((len(places), len(step))), -1)
    mixing = (sums - share @ sums)[:, inside - 1] / np.maximum(counts, 1)[inside - 1]
    spread = _spread(asked.outputs, (low, high), mixing)
    return places, curve - share @ curve, spread, np.append(counts, 0)


def _partial(asked: _Asked) -> tuple[Floats, Floats, Floats, Integers]:
    """The average output if everybody had each level, less the average over the levels as given."""
    own = asked.rows[:, asked.column]
    levels, counts = np.unique(own, return_counts=True)
    levels, counts = levels[counts >= LEAST_GROUP], counts[counts >= LEAST_GROUP]
    if len(levels) < 2:  # noqa: PLR2004
        raise NotEnoughEvidence("One level alone has enough patients.", hint="Choose another.")
    rows = np.arange(len(own))
    views = [
        asked.outputs.views(asked.at(np.full(len(own), level), rows), [asked.regimen])
        for level in levels
    ]
    means = np.array([asked.outputs.read(each).mean() for each in views])
    share = counts / counts.sum()
    spread = np.zeros(len(levels))
    common = int(np.argmax(counts))
    for place, each in enumerate(views):
        if place != common:
            mixing = np.full((1, len(own)), 1.0 / len(own))
            spread[place] = _spread(asked.outputs, (views[common], each), mixing)[0]
    return levels, means - share @ means, spread, counts


def _spread(outputs: Outputs, ends: tuple[Views, Views], mixing: Floats) -> Floats:
    """The deviation of mixtures of rows' changes from one end to the other (mixtures x rows)."""
    low, high = ends
    variance = np.zeros(len(mixing))
    apart = np.zeros(len(mixing))
    for model, slopes in outputs.steep(low):
        steep = slopes.sum(axis=1)
        change = (high.linear - low.linear) * steep[:, None]
        if isinstance(model, HazardModel):
            change = change[:, 1:]
            linear, trees = (
                ((b - a) * slopes).sum(axis=1)
                for a, b in zip(model.halves(low), model.halves(high), strict=True)
            )
            rows = np.zeros((len(mixing), len(model.posterior.scale)))
            start = model.intervals.count
            rows[:, start : start + change.shape[1]] = mixing @ change
        else:
            linear, trees = (
                (b - a) * steep for a, b in zip(model.halves(low), model.halves(high), strict=True)
            )
            rows = mixing @ change
        variance += model.posterior.deviation(rows) ** 2
        apart += DISAGREEMENT * (mixing @ (linear - trees))
    spread: Floats = np.sqrt(variance + apart**2)
    return spread
