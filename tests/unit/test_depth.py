"""Properties are tried often by day and very often by night."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.sources import ROOT

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
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\nmarkers = browser\n")
    command = [sys.executable, "-m", "pytest", "-q", "-s", f"--hypothesis-profile={profile}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert tried in done.stdout, done.stdout
