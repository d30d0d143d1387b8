"""Hand-made forecasts of known shape, for the tests of what shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dashboard.answers.forecast import (
    Chance,
    Forecast,
    Incidence,
    RegimenForecast,
    Support,
    SurvivalCurve,
)

MONTHS = np.arange(0.0, 48.5, 0.5)


def a_survival(median: float = 14.0, end: float = 48.0, spread: float = 0.3) -> SurvivalCurve:
    """An exponential curve whose band is what a hazard this much higher or lower gives."""
    months = MONTHS[: int(2 * end) + 1]
    hazard = np.log(2) / median
    middle, low, high = (
        np.exp(-hazard * factor * months) for factor in (1.0, 1 + spread, 1 - spread)
    )
    return SurvivalCurve(months, middle, low, high)


def an_incidence(pfs: SurvivalCurve, progressed: float = 0.8) -> Incidence:
    """A fixed share of all first events are progressions."""
    lost = 1.0 - pfs.probability
    causes = {"progressed": progressed * lost, "died_first": (1 - progressed) * lost}
    return Incidence(pfs.months, causes, pfs.probability)


def a_regimen(
    regimen: str = "drug-a", median: float = 14.0, response: float = 0.4, **changes: Any
) -> RegimenForecast:
    """Everything is forecast, and two hundred patients alike received it."""
    pfs = a_survival(0.5 * median)
    made = RegimenForecast(
        regimen,
        response=Chance(response, max(response - 0.08, 0.0), min(response + 0.08, 1.0)),
        recist={"CR": 0.1 * response, "PR": 0.9 * response,
                "SD": 0.6 * (1 - response), "PD": 0.4 * (1 - response)},
        pfs=pfs,
        os=a_survival(median),
        progression=an_incidence(pfs),
        toxicities={"any": Chance(0.5, 0.42, 0.58), "haematological": Chance(0.2, 0.15, 0.26)},
        support=Support(distance=0.4, similar=200.0, propensity=0.2, inside=True),
    )  # fmt: skip
    return replace(made, **changes)


def a_forecast(*regimens: RegimenForecast, **changes: Any) -> Forecast:
    """A forecast under these regimens, two if none are given."""
    held = regimens or (a_regimen("drug-a"), a_regimen("drug-b", median=20.0, response=0.55))
    return replace(Forecast("f" * 16, "nsclc", "b" * 16, tuple(held)), **changes)
