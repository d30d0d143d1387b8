"""One solved model and one simulated registry that the statistical checks share."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.cohort.calibrated import calibrated_model
from dashboard.cohort.decisions import Decision
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.simulator import simulate_decisions
from dashboard.knowledge.library import load_library

SEED = 4242
PATIENTS = 6000
SIGMAS = 3.5  # how far from its expectation a share may be, everywhere in these tests


def off_by(observed: float, expected: float, variance: float) -> float:
    """How many standard errors apart; a variance of a sum, not of one patient."""
    return abs(observed - expected) / float(np.sqrt(variance))


@pytest.fixture(scope="session")
def melanoma() -> OutcomeModel:
    """The shipped model of the smallest pack."""
    return calibrated_model(load_library().pack("melanoma"))


@pytest.fixture(scope="session")
def lung() -> OutcomeModel:
    """The shipped model of the pack with exclusive drivers."""
    return calibrated_model(load_library().pack("nsclc"))


@pytest.fixture(scope="session")
def decisions(melanoma: OutcomeModel) -> tuple[Decision, ...]:
    """The decisions of a registry of melanoma patients, first lines and later ones."""
    return tuple(simulate_decisions(melanoma, SEED, 0, PATIENTS))
