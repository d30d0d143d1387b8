"""What the record does not hold: values go missing for reasons that are themselves in the record.

Each feature is missing at its table's rate overall; who lacks it depends on age, performance
status, the year and the hospital (missing at random given what is known), and features of one
group tend to be missing together. The true values stay in the simulator: outcomes never depend on
whether a value was written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assignment import Circumstances, circumstances_of
from dashboard.cohort.assumptions import MissingWeights
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.trial_cases import Group
from dashboard.knowledge.schema import Feature

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_KINDS = {"molecular": "molecular", "laboratory": "laboratory", "imaging": "imaging"}
_MIDDLE_YEAR = 2020.0
_REFERENCE_SEED, _REFERENCE = 0, 4096
_SLOPE = 1.0 / 1.7  # from log odds to the probit scale on which groups hang together


@dataclass(frozen=True)
class Missingness:
    """How values go missing in one pack: where the bar lies for each feature."""

    model: OutcomeModel
    bars: Mapping[str, float]

    def draw(self, group: Group, where: Circumstances, occasion: str = "") -> dict[str, Flags]:
        """For every feature, which patients' records lack it."""
        shared: dict[str, Floats] = {}
        lacking: dict[str, Flags] = {}
        for feature in self.model.pack.features:
            if feature.id not in self.bars:
                continue
            kind, weights = _kind(self.model, feature)
            if kind not in shared:
                shared[kind] = group.draw.normal("missing", kind, occasion)
            leaning = _leaning(self.model, group, where, kind)
            spread = np.sqrt(1.0 - weights.together**2)
            own = spread * group.draw.normal("missing", feature.id, occasion)
            lacking[feature.id] = (
                weights.together * shared[kind] + own + _SLOPE * leaning > self.bars[feature.id]
            )
        return _following(self.model, lacking)


def missingness_of(model: OutcomeModel) -> Missingness:
    """Solve each feature's bar so that the table's rate comes out in a fixed reference population.

    The reference is the same for every cohort, so a patient's record does not depend on who else
    was drawn.
    """
    draw = model.population.draw(_REFERENCE_SEED, np.arange(_REFERENCE))
    group = model.group(draw, _MIDDLE_YEAR)
    where = circumstances_of(model, draw)
    bars = {}
    for feature in model.pack.features:
        rate = _own_rate(model, feature)
        if rate <= 0.0 or feature.id == "line":
            continue
        leaning = _leaning(model, group, where, _kind(model, feature)[0])
        bars[feature.id] = _bar(min(rate, 0.995), _SLOPE * leaning)
    return Missingness(model, bars)


def _own_rate(model: OutcomeModel, feature: Feature) -> float:
    """Of a feature worked out from others, the share missing although those are known."""
    kept = 1.0
    for source in feature.derived_from:
        kept *= 1.0 - model.pack.feature(source).missing_rate
    return 1.0 - min((1.0 - feature.missing_rate) / kept, 1.0) if kept > 0 else 0.0


def _kind(model: OutcomeModel, feature: Feature) -> tuple[str, MissingWeights]:
    kind = _KINDS.get(str(feature.group), "other")
    return kind, model.assumptions.missingness.get(kind, MissingWeights())


def _leaning(model: OutcomeModel, group: Group, where: Circumstances, kind: str) -> Floats:
    weights = model.assumptions.missingness.get(kind, MissingWeights())
    older = np.clip((group.age_years - 65.0) / 10.0, -3.0, 3.0)
    leaning = weights.older_by_decade * older
    leaning = leaning + weights.per_calendar_year * (where.year - _MIDDLE_YEAR)
    if "ecog_ps" in model.population.recipes:
        leaning = leaning + weights.ecog_2_or_worse * (group.draw.column("ecog_ps") >= 2)  # noqa: PLR2004
    if kind == "molecular":
        testing = np.log([site.testing for site in model.assumptions.registry.sites])
        leaning = leaning + testing[where.site]
    return leaning


def _bar(rate: float, leaning: Floats) -> float:
    low, high = -8.0, 8.0
    for _ in range(50):
        middle = (low + high) / 2.0
        if float(special.ndtr(leaning - middle).mean()) > rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _following(model: OutcomeModel, lacking: Mapping[str, Flags]) -> dict[str, Flags]:
    """What is worked out from other features is missing where one of those is."""
    complete = dict(lacking)
    for feature in model.pack.features:
        for source in feature.derived_from:
            if source in lacking:
                before = complete.get(feature.id, np.zeros_like(lacking[source]))
                complete[feature.id] = before | lacking[source]
    return complete
