"""Everything CI runs: the checks, then every test, then the floors of coverage.

Browser tests run with the others; all of them on one worker, so that at most one browser is open.
The floors of coverage stand in pyproject.toml under [tool.concord.coverage].
"""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from launcher import chromium, servers
from launcher.environment import DEVELOPER_LOCK, prepare, program
from launcher.machine import Machine

MOST_WORKERS = 4


def setup(machine: Machine) -> int:
    """Prepare .venv for development, and no more."""
    prepare(machine, DEVELOPER_LOCK)
    return 0


def check(machine: Machine) -> int:
    """Run every check; 0 when all hold."""
    failed = _failed_checks(machine, prepare(machine, DEVELOPER_LOCK))
    return _conclude(machine, failed)


def test(machine: Machine, arguments: Sequence[str]) -> int:
    """Run all that CI runs; with arguments only pytest, with them."""
    python = prepare(machine, DEVELOPER_LOCK)
    browser = chromium.provide(machine)
    servers.provide(machine)
    environ = {"CHROMIUM": browser} if browser else {}
    if arguments:
        return machine.call([python, "-m", "pytest", *arguments], **environ)
    failed = _failed_checks(machine, python)
    machine.say("Tests.")
    workers = ["-n", "auto", "--maxprocesses", str(MOST_WORKERS)]
    pytest = [python, "-m", "pytest", "-q", *workers, "--cov", "--cov-report="]
    if machine.call(pytest, **environ) != 0:
        failed.append("tests")
    elif not _coverage_holds(machine, python):
        failed.append("coverage")
    return _conclude(machine, failed)


def checks(machine: Machine, python: str) -> Mapping[str, Sequence[str]]:
    """Name and command of every check, in the order of their speed."""
    return {
        "lint": [python, "-m", "ruff", "check", "."],
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "spelling": [python, "-m", "codespell_lib"],
        "floors": [program(machine, "lint-imports"), "--no-logo"],
        "types": [python, "-m", "mypy"],
    }


def shortfalls(measured: Mapping[str, Any], floors: Mapping[str, float]) -> list[str]:
    """The files, and the whole, that lie below their floor of covered lines and branches."""
    found = []
    for name, file in sorted(measured["files"].items()):
        pattern = max((p for p in floors if fnmatch.fnmatch(name, p)), key=len, default="")
        floor = floors.get(pattern, 0.0)  # of the pattern that says most of the name
        percent = file["summary"]["percent_covered"]
        if percent < floor:
            found.append(f"{name}: {percent:.1f} % covered, at least {floor:g} % wanted")
    percent = measured["totals"]["percent_covered"]
    if percent < floors["total"]:
        found.append(f"the whole: {percent:.1f} % covered, at least {floors['total']:g} % wanted")
    return found


def _failed_checks(machine: Machine, python: str) -> list[str]:
    failed = []
    for name, command in checks(machine, python).items():
        machine.say(f"Check: {name}.")
        if machine.call(command) != 0:
            failed.append(name)
    return failed


def _coverage_holds(machine: Machine, python: str) -> bool:
    report = machine.root / ".coverage.json"
    command = [python, "-m", "coverage", "json", "--quiet", "-o", str(report)]
    if machine.call(command) != 0:
        return False
    settings = tomllib.loads((machine.root / "pyproject.toml").read_text(encoding="utf-8"))
    measured = json.loads(report.read_text(encoding="utf-8"))
    low = shortfalls(measured, settings["tool"]["concord"]["coverage"])
    for line in low:
        machine.say(line)
    machine.say(f"Coverage of lines and branches: {measured['totals']['percent_covered']:.1f} %.")
    return not low


def _conclude(machine: Machine, failed: Sequence[str]) -> int:
    if failed:
        machine.say(f"Failed: {', '.join(failed)}.")
        return 1
    machine.say("Everything holds.")
    return 0
