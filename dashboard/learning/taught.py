"""Of which regimens a cohort said anything about an outcome; of the others nothing is forecast.

A regimen under which no outcome was ever recorded (the severe side effects of supportive care, that
no trial counts) would be answered by the average of all others, and that is no forecast of it. It
is spoken of where at least eleven of its own patients have the outcome recorded, or a regimen that
shares a drug class with it has so many. What is kept are the regimens with their own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import CohortData
from dashboard.learning.matrix import LEAST_GROUP, Contract

Taught = Mapping[str, tuple[str, ...]]  # outcome -> regimens with patients of their own

TOXICITY = "toxicity:"


def taught_by(data: CohortData) -> dict[str, tuple[str, ...]]:
    """For each outcome of a cohort, the regimens of which enough patients have it recorded."""
    known: dict[str, npt.NDArray[np.bool_]] = {
        name: timed.known for name, timed in data.timed.items()
    }
    if data.response is not None:
        known["response"] = ~np.isnan(data.response.codes)
    known |= {TOXICITY + name: ~np.isnan(answers) for name, answers in data.toxicities.items()}
    if data.regimen is None:
        return {}
    given, count = data.regimen, len(data.regimens)
    return {
        outcome: tuple(
            name
            for name, patients in zip(
                data.regimens, np.bincount(given[rows], minlength=count), strict=True
            )
            if patients >= LEAST_GROUP
        )
        for outcome, rows in known.items()
    }


def speaks_of(contract: Contract, taught: Taught, outcome: str, regimen: str) -> bool:
    """Whether anything was learnt of an outcome under a regimen or one of its kind."""
    if outcome not in taught or not contract.descriptor_names or regimen in taught[outcome]:
        return True
    mine = set(contract.classes.get(regimen, ()))
    return any(mine & set(contract.classes.get(name, ())) for name in taught[outcome])
