"""Why regimen A rather than B for this patient: their difference, with its interval, shared out.

The contrast is the difference of the two explanations, so it adds up to the difference of the two
forecasts exactly. Its interval takes into account that both forecasts are of the same patient by
the same model: most of what is uncertain about the patient cancels. It compares forecasts; it does
not make an observational cohort into a trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Contrast, Contribution
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.foundation.seeds import generator
from dashboard.insight.attribution import CURVES, PROBABILITY, Target, attribute, chance_model
from dashboard.learning.bundle import Bundle
from dashboard.learning.forecasting import LEVEL, Question, ask
from dashboard.learning.ridge import sigmoid
from dashboard.learning.survival import SurvivalHead, survival_of
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

_DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The forecast under A minus that under B, with an interval."""

    value: float
    low: float
    high: float
    level: float = LEVEL


def contrast(
    bundle: Bundle, facts: Mapping[str, Value], pair: tuple[str, str], target: Target
) -> Contrast:
    """Explain why the forecast under the first regimen of a pair differs from the second's.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of one of the regimens.
    """
    first, second = attribute(bundle, facts, pair, target)
    others = {each.feature: each.effect for each in second.contributions}
    mine = {each.feature: each.effect for each in first.contributions}
    names = list(dict.fromkeys([*mine, *others]))
    contributions = tuple(
        Contribution(name, facts.get(name), mine.get(name, 0.0) - others.get(name, 0.0))
        for name in names
    )
    return Contrast(
        target.name,
        *pair,
        target.months,
        target.scale,
        first.output,
        second.output,
        contributions,
    )


def difference(
    bundle: Bundle,
    facts: Mapping[str, Value],
    pair: tuple[str, str],
    target: Target,
    *,
    level: float = LEVEL,
) -> Difference:
    """The forecast under the first regimen of a pair minus the second's, with its interval.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of one of the regimens.
    """
    if target.scale != PROBABILITY:
        raise NotEnoughEvidence(
            "The interval of a difference is given for probabilities.", hint="Name a month instead."
        )
    first, second = attribute(bundle, facts, pair, target)
    value = first.output - second.output
    question = ask(bundle.encoding, facts, pair)
    centre, covariance = _scores(bundle, question, target)
    normals = generator(0, "difference").standard_normal((_DRAWS, len(("A", "B"))))
    values, vectors = np.linalg.eigh(covariance)
    drawn = centre + normals @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    shares = _chances(target, drawn)
    tail = (1 - level) / 2
    low, high = np.quantile(shares[:, 0] - shares[:, 1], (tail, 1 - tail))
    return Difference(value, min(float(low), value), max(float(high), value), level)


def _chances(target: Target, scores: Floats) -> Floats:
    return survival_of(scores) if target.name in CURVES else sigmoid(scores)


def _scores(bundle: Bundle, question: Question, target: Target) -> tuple[Floats, Floats]:
    """Both scores and their covariance, with what the unknown inputs leave open."""
    if target.name in CURVES:
        model = cast("SurvivalHead", bundle.heads[target.name]).model
        month = cast("float", target.months)
        centre = model.log_cumulative(question.views, np.array([month]))[:, 0]
        covariance = model.covariance(question.views, month)
        coefficients, first = model.coefficients, 1
        slope = model.recalibration.slope
    else:
        chance = chance_model(bundle, target.name)
        centre, covariance = chance.log_odds(question.views), chance.covariance(question.views)
        coefficients, first, slope = chance.coefficients, 0, chance.recalibration.slope
    if question.drawn_linear is not None:
        scores = slope * (question.drawn_linear[:, first:] @ coefficients)
        covariance = covariance + np.cov(scores.reshape(-1, len(centre)).T)
    return centre, covariance
