"""Stores in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.vault.place import Place
from dashboard.vault.store import Store


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where a store may be made."""
    return Place(tmp_path / "concord.sqlite", tmp_path / "keys")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """A store with nothing in it."""
    opened = Store(place)
    yield opened
    opened.close()
