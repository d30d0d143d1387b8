"""The checks and tests: all run, and one that fails is not lost."""

import json
from collections.abc import Callable

import pytest

from launcher import checking
from launcher.environment import read_stamp
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]
FLOORS = {
    "total": 90,
    "dashboard/records/*.py": 95,
    "dashboard/records/units.py": 100,
    "dashboard/records/worker_process.py": 40,
}


def _measured(total: float, **files: float) -> dict[str, object]:
    names = {"units": "dashboard/records/units.py", "app": "dashboard/app.py"}
    names |= {"child": "dashboard/records/worker_process.py", "wire": "dashboard/records/wire.py"}
    found = {names[name]: {"summary": {"percent_covered": p}} for name, p in files.items()}
    return {"files": found, "totals": {"percent_covered": total}}


def _ready(m: ToyMachine, total: float = 99.0) -> ToyMachine:
    """Give the machine's folder the settings, and the report that a run of coverage would leave."""
    (m.root / "pyproject.toml").write_text('[tool.concord.coverage]\n"total" = 90\n')
    (m.root / ".coverage.json").write_text(json.dumps(_measured(total)))
    m.programs["chromium"] = "/usr/bin/chromium"
    return m


def test_setup_prepares_for_development(machine: Make) -> None:
    """Setting up installs the developer's lock, and runs nothing."""
    m = machine()
    assert checking.setup(m) == 0
    assert read_stamp(m)["lock"] == "requirements-dev.lock"
    assert "-m pytest" not in m.words()


def test_check_runs_every_check(machine: Make) -> None:
    """Lint, format, spelling, floors and types, each with its own program."""
    m = machine()
    assert checking.check(m) == 0
    for words in ("ruff check .", "ruff format --check .", "codespell_lib", "lint-imports", "mypy"):
        assert words in m.words()
    assert m.said[-1] == "Everything holds."


@pytest.mark.parametrize("word", ["check", "format", "codespell_lib", "--no-logo", "mypy"])
def test_check_goes_on_after_a_failure_and_fails(machine: Make, word: str) -> None:
    """One run tells all that is wrong."""
    m = machine(failing=(word,))
    assert checking.check(m) == 1
    assert m.calls[-1][-1] == "mypy"
    assert m.said[-1].startswith("Failed: ")


def test_test_runs_the_checks_and_all_tests_with_coverage(machine: Make) -> None:
    """The one command is everything CI runs, and hands the tests their browser."""
    m = _ready(machine())
    assert checking.test(m, []) == 0
    pytest_call = next(call for call in m.calls if "pytest" in call)
    assert "--cov" in pytest_call
    assert pytest_call[-1] == "CHROMIUM=/usr/bin/chromium"
    assert "mypy" in m.words()


def test_test_fails_when_a_check_fails_and_still_runs_the_tests(machine: Make) -> None:
    """A wrong type does not hide a failing test, nor a passing one a wrong type."""
    m = _ready(machine(failing=("mypy",)))
    assert checking.test(m, []) == 1
    assert "pytest" in m.words()
    assert m.said[-1] == "Failed: types."


def test_test_fails_when_tests_fail(machine: Make) -> None:
    """The exit code is the promise that CI reads."""
    m = _ready(machine(failing=("pytest",)))
    assert checking.test(m, []) == 1
    assert m.said[-1] == "Failed: tests."


def test_test_fails_below_the_floor_of_coverage(machine: Make) -> None:
    """Passing tests that cover too little are not enough."""
    m = _ready(machine(), total=89.9)
    assert checking.test(m, []) == 1
    assert m.said[-1] == "Failed: coverage."


def test_test_fails_when_coverage_cannot_be_read(machine: Make) -> None:
    """No measurement is not a good measurement."""
    assert checking.test(_ready(machine(failing=("coverage",))), []) == 1


def test_test_with_arguments_runs_pytest_alone(machine: Make) -> None:
    """A developer's narrower run goes straight to pytest, with its exit code."""
    m = _ready(machine(failing=("tests/unit",)))
    assert checking.test(m, ["-k", "units", "tests/unit"]) == 1
    assert "mypy" not in m.words()
    assert "-k units tests/unit" in m.words()


def test_test_without_a_browser_hands_none_over(machine: Make) -> None:
    """Without a browser the tests are told nothing, and decide for themselves."""
    m = _ready(machine(linux="ubuntu", failing=("playwright",)))
    m.programs.clear()
    checking.test(m, [])
    assert "CHROMIUM" not in m.words()


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (_measured(95, units=100, app=10), 0),
        (_measured(95, units=99), 1),
        (_measured(89, units=100), 1),
        (_measured(10, units=10), 2),
        (_measured(95, child=40, wire=95), 0),
        (_measured(95, child=39, wire=94), 2),
    ],
)
def test_shortfalls_hold_each_file_to_its_most_exact_floor(
    measured: dict[str, object], expected: int
) -> None:
    """Of several patterns the longest counts, stricter or not; a file without any has no floor."""
    assert len(checking.shortfalls(measured, FLOORS)) == expected
