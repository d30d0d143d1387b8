"""A folder with lock files, and a machine to run in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.environment import DEVELOPER_LOCK, INSTALLER_LOCK, RUNTIME_LOCK
from tests.unit.launcher.machines import VERSION, ToyMachine


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., ToyMachine]:
    """Make a machine whose folder is fresh; what differs from the usual is given by name."""
    for name in (RUNTIME_LOCK, DEVELOPER_LOCK, INSTALLER_LOCK):
        (tmp_path / name).write_text(f"# {name}\n")

    def make(**different: object) -> ToyMachine:
        usual = {
            "root": tmp_path,
            "environ": {"PATH": "/bin"},
            "system": "linux",
            "python": "/usr/bin/python3",
            "python_version": VERSION,
            "is_root": True,
            "has_ensurepip": True,
            "programs": {"apt-get": "/usr/bin/apt-get"},
        }
        return ToyMachine(**{**usual, **different})

    return make
