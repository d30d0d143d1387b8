"""Why a forecast is what it is: every input's part in it, adding up exactly.

For every target, regimen and horizon: from what an average patient of the cohort would be told to
what this one is told, in probability points or months of restricted mean. Chances are shared out by
log-odds, survival along hazards (`paths`); where PFS and OS were made consistent, so are their
explanations. A fact that is unknown contributes by what its absence and its probable value mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import REGIMEN, TIME, Attribution, Contribution
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.paths import SharedCurve, share_out
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import ChanceModel
from dashboard.learning.forecasting import STEP, Question, ask
from dashboard.learning.hazard import HazardModel
from dashboard.learning.response import ResponseHead
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import SurvivalHead
from dashboard.learning.toxicity import ToxicityHead
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

PROBABILITY, MONTHS = "probability", "months"
TOXICITY = "toxicity:"
_Z = 1.6448536269514722  # of the level at which forecasts are given
CURVES = ("pfs", "os")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be explained: a chance, survival at a month, or mean months up to a month."""

    name: str  # response, os, pfs or toxicity:<group>
    months: float | None = None
    scale: str = PROBABILITY


@dataclass(frozen=True, slots=True)
class _Shared:
    """Baseline, outputs and effects of all regimens; deviations where they are known."""

    baseline: float
    output: Floats  # regimens
    effects: Floats  # regimens x parts
    deviations: Floats | None = None


def attribute(
    bundle: Bundle, facts: Mapping[str, Value], regimens: Sequence[str], target: Target
) -> tuple[Attribution, ...]:
    """Explain one target of one patient under each regimen.

    Raises:
        NotEnoughEvidence: the bundle has no such target, or does not look so far ahead.
    """
    question = ask(bundle.encoding, facts, regimens)
    shared = _shared(bundle, question, target)
    names = (*bundle.contract.ids, REGIMEN, TIME)
    return tuple(
        Attribution(
            target.name,
            regimen,
            target.months,
            target.scale,
            shared.baseline,
            float(shared.output[i]),
            _contributions(names, facts, regimen, shared, i),
        )
        for i, regimen in enumerate(regimens)
    )


def _contributions(
    names: Sequence[str], facts: Mapping[str, Value], regimen: str, shared: _Shared, row: int
) -> tuple[Contribution, ...]:
    found: list[Contribution] = []
    for part, effect in enumerate(shared.effects[row]):
        name = names[part]
        if name in {REGIMEN, TIME} and effect == 0.0:
            continue
        low = high = None
        if shared.deviations is not None:
            half = _Z * float(shared.deviations[row, part])
            low, high = float(effect) - half, float(effect) + half
        value = regimen if name == REGIMEN else facts.get(name)
        found.append(Contribution(name, value, float(effect), low, high))
    return tuple(found)


def _shared(bundle: Bundle, question: Question, target: Target) -> _Shared:
    if target.name in CURVES:
        return _curve(bundle, question, target)
    return _chance(chance_model(bundle, target.name), question)


def chance_model(bundle: Bundle, name: str) -> ChanceModel:
    """The blend behind a yes-or-no target.

    Raises:
        NotEnoughEvidence: the bundle was not trained for it.
    """
    head = bundle.heads.get("response" if name == "response" else "toxicity")
    if isinstance(head, ResponseHead) and name == "response":
        return head.objective
    group = name.removeprefix(TOXICITY)
    if isinstance(head, ToxicityHead) and group in head.groups:
        return head.groups[group]
    raise NotEnoughEvidence(
        f"This bundle was not trained for {name}.",
        hint=f"It has {', '.join(bundle.heads)}.",
    )


def _chance(model: ChanceModel, question: Question) -> _Shared:
    owners = question.encoding.linear_owner, question.encoding.tree_owner
    baseline, added = model.contributions(question.views, *owners)
    ends = baseline + added.sum(axis=1)
    start, output = float(sigmoid(np.array([baseline]))[0]), sigmoid(ends)
    ratio = _ratio(output - start, ends - baseline, start * (1 - start))[:, None]
    deviations = np.abs(ratio) * model.effect_deviations(question.views, *owners)
    return _Shared(start, output, added * ratio, deviations)


def _ratio(difference: Floats, distance: Floats, limit: float) -> Floats:
    """Points a unit of score, along the whole way; the slope where there is no way to go."""
    tiny = np.abs(distance) < 1e-9  # noqa: PLR2004
    return np.where(tiny, limit, difference / np.where(tiny, 1.0, distance))


# ------------------------------------------------------------------------------------------ curves


def _curve(bundle: Bundle, question: Question, target: Target) -> _Shared:
    heads = {n: cast("SurvivalHead", bundle.heads[n]) for n in CURVES if n in bundle.heads}
    if target.name not in heads:
        raise NotEnoughEvidence(
            f"This bundle was not trained for {target.name}.",
            hint=f"It has {', '.join(bundle.heads)}.",
        )
    months = np.arange(0.0, heads[target.name].horizon + STEP / 2, STEP)
    if target.months is None or not 0 < target.months <= months[-1]:
        raise NotEnoughEvidence(
            f"The cohort was followed for {months[-1]:g} months.",
            hint=f"Ask for a month from 0 to {months[-1]:g}.",
        )
    weights = _weights(months, target)
    needed = np.flatnonzero(weights)
    weights = weights[needed]
    both = needed < _count_shared(heads)
    curve = _shared_curve(heads[target.name], question, months[needed])
    if len(heads) == len(CURVES):
        other = _shared_curve(heads[_other(target.name)], question, months[needed])
        curve = _consistent(curve, other, both, sign=1 if target.name == "pfs" else -1)
    return _Shared(
        float(weights @ curve.baseline),
        curve.output @ weights,
        np.einsum("rtj,t->rj", curve.effects, weights),
    )


def _count_shared(heads: Mapping[str, SurvivalHead]) -> int:
    """How many months of the grid both curves have."""
    return len(np.arange(0.0, min(head.horizon for head in heads.values()) + STEP / 2, STEP))


def _shared_curve(head: SurvivalHead, question: Question, months: Floats) -> SharedCurve:
    model: HazardModel = head.model
    owners = question.encoding.linear_owner, question.encoding.tree_owner
    baseline, parts = model.contributions(question.views, *owners)
    return share_out(baseline, parts, model.intervals.exposure(months), model.recalibration)


def _other(name: str) -> str:
    return "os" if name == "pfs" else "pfs"


def _consistent(
    own: SharedCurve, other: SharedCurve, both: npt.NDArray[np.bool_], *, sign: int
) -> SharedCurve:
    """The curve as it is forecast: halfway to the other wherever PFS would exceed OS.

    A baseline is one for all regimens, so where only some regimens are changed the difference of
    the baselines goes to the effects' parts in proportion, and sums stay exact.
    """
    crossed = (sign * (own.output - other.output) > 0) & both
    output = np.where(crossed, (own.output + other.output) / 2, own.output)
    effects = np.where(crossed[:, :, None], (own.effects + other.effects) / 2, own.effects)
    gap = output - own.baseline - effects.sum(axis=2)
    size = np.abs(effects)
    share = size / np.maximum(size.sum(axis=2, keepdims=True), 1e-300)
    return SharedCurve(own.baseline, output, effects + gap[:, :, None] * share)


def _weights(months: Floats, target: Target) -> Floats:
    """How the answer is read off the curve's months: at a point, or as an area."""
    asked = cast("float", target.months)
    if target.scale == PROBABILITY:
        return np.array([np.interp(asked, months, unit) for unit in np.eye(len(months))])
    inside = months < asked
    places = np.append(months[inside], asked)
    steps = np.diff(places)
    area = np.zeros(len(places))
    area[:-1] += steps / 2
    area[1:] += steps / 2
    weights = np.zeros(len(months))
    weights[: len(area) - 1] = area[:-1]
    last = np.array([np.interp(asked, months, unit) for unit in np.eye(len(months))])
    read: Floats = weights + area[-1] * last
    return read
