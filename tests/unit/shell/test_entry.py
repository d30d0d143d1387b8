"""The entry of the app, without a server: what it does to the path that modules are found on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENTRY = ROOT / "dashboard" / "app.py"
LOADS = """
import importlib.util, json, sys
from streamlit import config
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
entry, own = sys.argv[1:]
config.set_option("server.address", "127.0.0.1")
sys.path.insert(0, own)  # as Streamlit does when it starts
spec = importlib.util.spec_from_file_location("entry", entry)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
before = list(sys.path)
with modified_sys_path(entry):
    during = list(sys.path)
sys.path.remove(own)
without = list(sys.path)
with modified_sys_path(entry):
    print(json.dumps([before, during, without, list(sys.path)]))
"""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The path before and during a visit of a server, and of one whose folder is not on it."""
    folder = tmp_path_factory.mktemp("entry")
    environ = {name: value for name, value in os.environ.items() if "CONCORD" not in name}
    ended = subprocess.run(
        [sys.executable, "-c", LOADS, str(ENTRY), str(ENTRY.parent)],
        env={**environ, "CONCORD_DATA_DIR": str(folder), "PYTHONPATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_entry_puts_the_root_first_and_its_folder_last(paths: list[list[str]]) -> None:
    """No file of the app's own folder shadows a library, and none of a library one of ours."""
    before = paths[0]
    assert (before[0], before[-1]) == (str(ROOT), str(ENTRY.parent))
    assert len(before) == len(set(before))


def test_a_visit_changes_no_path(paths: list[list[str]]) -> None:
    """Nobody's import misses a folder because somebody came; without that folder it would."""
    before, during, without, twin = paths
    assert during == before
    assert twin != without


def test_a_visit_builds_no_path_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed for a visitor, the entry leaves the path to those who are importing just then."""

    class Watched(list[str]):
        def __setitem__(self, *_: object) -> None:
            raise AssertionError("The path was rebuilt.")

    head = ENTRY.read_text(encoding="utf-8").partition("os.environ")[0]
    monkeypatch.setattr(sys, "path", Watched(sys.path))
    names = {"__file__": str(ENTRY)}
    exec(compile(head, str(ENTRY), "exec"), {**names, "__name__": "__main__"})  # noqa: S102
    with pytest.raises(AssertionError, match="rebuilt"):
        exec(compile(head, str(ENTRY), "exec"), {**names, "__name__": "entry"})  # noqa: S102
