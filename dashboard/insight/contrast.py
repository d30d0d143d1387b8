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
from scipy.special import ndtri

from dashboard.answers.explanation import PROBABILITY, PROGRESSION, REGIMEN, Contrast, Target
from dashboard.foundation.seeds import generator
from dashboard.insight.attribution import Z, chance_model, contributions, known_under, share
from dashboard.insight.curves import CURVES, SharedRows
from dashboard.insight.halves import lay_out
from dashboard.insight.stability import deviations
from dashboard.learning.bundle import Bundle
from dashboard.learning.chance import DISAGREEMENT_APART, ChanceModel
from dashboard.learning.forecasting import LEVEL, Question, ask
from dashboard.learning.hazard import UNTOLD, HazardModel
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
    known_under(bundle, pair, target.name)
    shared = share(bundle, lay_out(bundle.encoding, facts, pair), target)
    apart = [each.minus(0, 1) for each in shared.leverages]
    effects = shared.effects[0, 0] - shared.effects[1, 0]
    first, second = shared.output[:, 0].tolist()
    around = _interval(bundle, facts, pair, target, shared)
    return Contrast(
        target.name,
        *pair,
        target.months,
        target.scale,
        first,
        second,
        contributions(
            bundle,
            {**facts, REGIMEN: f"{pair[0]} rather than {pair[1]}"},
            effects + _imbalance(shared, effects),
            Z * deviations(apart)[0, 0],
        ),
        low=around.low,
        high=around.high,
    )


def _imbalance(shared: SharedRows, effects: Floats) -> Floats:
    """Where the two baselines differ, the difference is given to the effects in proportion."""
    gap = float(shared.baseline[0, 0] - shared.baseline[1, 0])
    size = np.abs(effects)
    imbalance: Floats = gap * size / max(float(size.sum()), 1e-300)
    return imbalance


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
    known_under(bundle, pair, target.name)
    shared = share(bundle, lay_out(bundle.encoding, facts, pair), target)
    return _interval(bundle, facts, pair, target, shared, level=level)


def _interval(
    bundle: Bundle,
    facts: Mapping[str, Value],
    pair: tuple[str, str],
    target: Target,
    shared: SharedRows,
    *,
    level: float = LEVEL,
) -> Difference:
    value = float(shared.output[0, 0] - shared.output[1, 0])
    question = ask(bundle.encoding, facts, pair)
    tail = (1 - level) / 2
    if target.scale == PROBABILITY and target.name != PROGRESSION:
        low, high = np.quantile(_simulated(bundle, question, target), (tail, 1 - tail)).tolist()
    else:
        half = float(ndtri(1 - tail)) * _deviation(question, shared)
        low, high = value - half, value + half
    return Difference(value, min(low, value), max(high, value), level)


def _deviation(question: Question, shared: SharedRows) -> float:
    """Of the difference, by how both outputs move with the models and the unknown inputs."""
    apart = [each.minus(0, 1) for each in shared.leverages]
    variance = sum(float(each.whole()[0, 0]) for each in apart)
    disagreement = DISAGREEMENT_APART * sum(float(each.apart.sum()) for each in apart)
    unknown = 0.0
    if question.drawn_linear is not None:
        drawn = question.drawn_linear.reshape(-1, 2, question.drawn_linear.shape[1])
        moved = np.sum([each.unknown(drawn) for each in shared.leverages], axis=0)
        unknown = float(np.std(moved[:, 0] - moved[:, 1]))
        variance += sum(each.uncertain_apart(drawn) for each in shared.leverages)
    return float(np.sqrt(variance + disagreement**2 + unknown**2))


def _simulated(bundle: Bundle, question: Question, target: Target) -> Floats:
    """Draws of the difference from the joint distribution of both scores."""
    centre, covariance = _scores(bundle, question, target)
    normals = generator(0, "difference").standard_normal((_DRAWS, len(("A", "B"))))
    values, vectors = np.linalg.eigh(covariance)
    drawn = centre + normals @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    shares = survival_of(drawn) if target.name in CURVES else sigmoid(drawn)
    differences: Floats = shares[:, 0] - shares[:, 1]
    return differences


def _scores(bundle: Bundle, question: Question, target: Target) -> tuple[Floats, Floats]:
    """Both scores and their covariance, with what the unknown inputs leave open."""
    if target.name in CURVES:
        curve = cast("SurvivalHead", bundle.heads[target.name]).model
        month = cast("float", target.months)
        centre = curve.log_cumulative(question.views, np.array([month]))[:, 0]
        covariance = curve.covariance(question.views, month) + UNTOLD
        return centre, covariance + _left_open(question, curve)
    chance = chance_model(bundle, target.name)
    centre, covariance = chance.log_odds(question.views), chance.covariance(question.views)
    return centre, covariance + _left_open(question, chance)


def _left_open(question: Question, model: ChanceModel | HazardModel) -> Floats:
    """The covariance of both scores that is there because inputs are unknown.

    By what the coefficients are, and by how unsure they are: an effect that is not known well
    matters more where it is not known either how strong its cause is.
    """
    if question.drawn_linear is None:
        return np.zeros((2, 2))
    own, unsure = model.patient_part
    drawn = question.drawn_linear[:, 1:].reshape(-1, 2, len(own))
    spread = np.cov((drawn @ own).T) + unsure.covariance_over(drawn)
    left: Floats = model.recalibration.slope**2 * spread
    return left
