"""One small world and the bundle trained on it, shared by the tests of this folder."""

from __future__ import annotations

import pytest

from dashboard.learning.bundle import Bundle
from dashboard.learning.training import train
from tests.statistics.worlds import World, a_world


@pytest.fixture(scope="session")
def world() -> World:
    """Seven hundred patients with a known truth."""
    return a_world(700, 11)


@pytest.fixture(scope="session")
def bundle(world: World) -> Bundle:
    """Everything trained on that world."""
    return train(world.data, seed=3)
