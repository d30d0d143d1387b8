"""Why a forecast is what it is: every input's part in it, adding up exactly.

For every target, regimen and horizon: from what an average patient of the cohort would be told to
what this one is told, in probability points or months of restricted mean. Chances are shared out by
log-odds, what happens in time along hazards (`curves`), as it is forecast. Every part comes with an
interval (`stability`). A fact that is unknown contributes by what its absence and its probable
value mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import (
    MONTHS,
    REGIMEN,
    TIME,
    TIMED,
    TOXICITY,
    Attribution,
    Contribution,
    Target,
)
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.insight.curves import SharedRows, asked_of, share_curve
from dashboard.insight.halves import chance_halves, lay_out
from dashboard.insight.stability import chance_leverage, deviations
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import ChanceModel
from dashboard.learning.response import ResponseHead
from dashboard.learning.ridge import sigmoid
from dashboard.learning.toxicity import ToxicityHead
from dashboard.learning.views import Views
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

Z = 1.6448536269514722  # of the level at which forecasts are given


def attribute(
    bundle: Bundle, facts: Mapping[str, Value], regimens: Sequence[str], target: Target
) -> tuple[Attribution, ...]:
    """Explain one target of one patient under each regimen.

    Raises:
        NotEnoughEvidence: the bundle has no such target, does not look so far ahead, or the cohort
            never recorded it under such a regimen.
    """
    known_under(bundle, regimens, target.name)
    shared = share(bundle, lay_out(bundle.encoding, facts, regimens), target)
    spread = Z * deviations(shared.leverages)
    return tuple(
        _attribution(bundle, facts, regimen, target, Row(shared, i, 0, spread))
        for i, regimen in enumerate(regimens)
    )


def attribute_over(
    bundle: Bundle, facts: Mapping[str, Value], regimen: str, *, name: str, months: Sequence[float]
) -> tuple[Attribution, ...]:
    """Explain a curve of one patient at several months.

    Raises:
        NotEnoughEvidence: the target is no curve, or a month lies beyond what was observed.
    """
    if name not in TIMED:
        raise NotEnoughEvidence(
            f"{name} does not change with time.", hint=f"Curves are {', '.join(TIMED)}."
        )
    known_under(bundle, [regimen], name)
    views = lay_out(bundle.encoding, facts, [regimen])
    asked = asked_of(bundle, name, np.array(months, dtype=np.float64), scale_months=False)
    shared = share_curve(bundle, views, name, asked)
    spread = Z * deviations(shared.leverages)
    return tuple(
        _attribution(bundle, facts, regimen, Target(name, float(month)), Row(shared, 0, i, spread))
        for i, month in enumerate(months)
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One regimen and one number of what was shared out."""

    shared: SharedRows
    row: int
    number: int
    spread: Floats


def _attribution(
    bundle: Bundle, facts: Mapping[str, Value], regimen: str, target: Target, found: Row
) -> Attribution:
    place = found.row, found.number
    return Attribution(
        target.name,
        regimen,
        target.months,
        target.scale,
        float(found.shared.baseline[place]),
        float(found.shared.output[place]),
        contributions(
            bundle, {**facts, REGIMEN: regimen}, found.shared.effects[place], found.spread[place]
        ),
    )


def contributions(
    bundle: Bundle, facts: Mapping[str, Value], effects: Floats, spread: Floats
) -> tuple[Contribution, ...]:
    """Effects by name; a part that is none of the patient's inputs is left out where it is 0."""
    names = (*bundle.contract.ids, REGIMEN, TIME)
    return tuple(
        Contribution(name, facts.get(name), effect, effect - half, effect + half)
        for name, effect, half in zip(names, effects.tolist(), spread.tolist(), strict=False)
        if effect != 0.0 or name not in {REGIMEN, TIME}
    )


def share(bundle: Bundle, views: Views, target: Target) -> SharedRows:
    """Share out one target for rows of both halves.

    Raises:
        NotEnoughEvidence: the bundle has no such target, or does not look so far ahead.
    """
    if not target.timed:
        return _chance(bundle, views, chance_model(bundle, target.name))
    months = np.array([] if target.months is None else [target.months], dtype=np.float64)
    asked = asked_of(bundle, target.name, months, scale_months=target.scale == MONTHS)
    return share_curve(bundle, views, target.name, asked)


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


def _chance(bundle: Bundle, views: Views, model: ChanceModel) -> SharedRows:
    halves = chance_halves(model, views, bundle.encoding)
    added = model.recalibration.slope * halves.parts
    begin = model.recalibration.apply(halves.baseline)
    ends = begin + added.sum(axis=1)
    start, output = float(sigmoid(begin)[0]), sigmoid(ends)
    points = _ratio(output - start, ends - begin, start * (1 - start))
    leverage = chance_leverage(
        model, halves, views, bundle.encoding, points=points * model.recalibration.slope
    )
    return SharedRows(
        np.full((len(output), 1), start),
        output[:, None],
        (added * points[:, None])[:, None, :],
        (leverage,),
    )


def _ratio(difference: Floats, distance: Floats, limit: float) -> Floats:
    """Points a unit of score, along the whole way; the slope where there is no way to go."""
    tiny = np.abs(distance) < 1e-9  # noqa: PLR2004
    return np.where(tiny, limit, difference / np.where(tiny, 1.0, distance))


def known_under(bundle: Bundle, regimens: Sequence[str], name: str) -> None:
    """Raise NotEnoughEvidence where the cohort never recorded a target under such a regimen."""
    silent = [each for each in regimens if not bundle.speaks_of(name, each)]
    if silent:
        raise NotEnoughEvidence(
            f"Not known under {', '.join(silent)}: {name.replace(':', ' ')}.",
            hint="The cohort holds no patient of whom it was recorded; choose another regimen.",
        )


def known_target(bundle: Bundle, target: Target) -> None:
    """Raise NotEnoughEvidence unless the bundle can speak of a target."""
    if target.timed:
        months = np.array([] if target.months is None else [target.months])
        asked_of(bundle, target.name, months, scale_months=target.scale == MONTHS)
    else:
        chance_model(bundle, target.name)
