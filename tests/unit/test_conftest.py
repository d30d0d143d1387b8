"""What every test relies on: properties by day and by night, one worker for the browser."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.sources import ROOT

INI = f"[pytest]\npythonpath = {ROOT}\nmarkers = browser\n"
PROBE = """
from hypothesis import given, strategies as st
from tests.depth import examples
tried = []

@examples(7, deep=31)
@given(st.integers())
def test_probe(number):
    tried.append(number)

def test_number():
    print("tried", len(tried))
"""


@pytest.mark.parametrize(("profile", "tried"), [("usual", "tried 7"), ("deep", "tried 31")])
def test_depth_follows_the_profile(tmp_path: Path, profile: str, tried: str) -> None:
    """The profile on the command line decides how many examples are tried."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_probe.py").write_text(PROBE)
    (tmp_path / "pytest.ini").write_text(INI)
    command = [sys.executable, "-m", "pytest", "-q", "-s", f"--hypothesis-profile={profile}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert tried in done.stdout, done.stdout


WORKER = """
import os, pathlib, time
import pytest

@pytest.mark.parametrize("number", range(8))
def test_worker(number, pytestconfig):
    time.sleep(0.05)
    with (pytestconfig.rootpath / "workers").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + chr(10))
"""


def test_conftest_keeps_browser_tests_on_one_worker(tmp_path: Path) -> None:
    """However many workers there are, one of them drives the browser."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "browser").mkdir()
    (tmp_path / "browser" / "test_worker.py").write_text(WORKER)
    (tmp_path / "pytest.ini").write_text(INI)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    workers = (tmp_path / "workers").read_text().split()
    assert len(workers) == 8
    assert len(set(workers)) == 1
