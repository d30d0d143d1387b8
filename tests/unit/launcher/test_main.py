"""The one door: which words lead where, and what an old Python is told."""

import runpy
import subprocess
import sys
from collections.abc import Callable

import pytest

from dashboard.foundation.settings import ROOT
from launcher import main, serving
from launcher.machine import Machine
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]


def test_main_passes_the_command_line_on(machine: Make) -> None:
    """A verb goes to the product's own command line, with its words and its exit code."""
    m = machine()
    assert main.main(["packs", "--json"], m) == 0
    assert m.calls[-1][1:] == ["-m", "dashboard", "packs", "--json"]
    m = machine(failing=("judge",))
    assert main.main(["judge", "file.csv"], m) == 1


@pytest.mark.parametrize("verb", ["setup", "check"])
def test_main_knows_the_developers_verbs(machine: Make, verb: str) -> None:
    """Preparing and checking need no more words."""
    m = machine()
    assert main.main([verb], m) == 0
    assert "requirements-dev.lock" in m.words()


def test_main_check_with_a_file_is_the_products_verb(machine: Make) -> None:
    """`check FILE` checks a patient file; `check` alone checks the code."""
    m = machine()
    main.main(["check", "patients.csv"], m)
    assert m.calls[-1][1:] == ["-m", "dashboard", "check", "patients.csv"]


def test_main_tests_with_arguments(machine: Make) -> None:
    """What follows `test` is pytest's."""
    m = machine()
    main.main(["test", "-x"], m)
    assert m.calls[-1][1:4] == ["-m", "pytest", "-x"]


def test_main_says_why_it_stops(machine: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A reason to stop is one message and an exit code, never a traceback."""
    assert main.main(["--nonsense"], machine()) == 2
    assert "--nonsense is not understood here" in capsys.readouterr().err


def test_main_can_be_interrupted(
    machine: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the middle of an install says that running again goes on."""

    def interrupt(*_words: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(serving, "serve", interrupt)
    assert main.main([], machine()) == 130
    assert "Running it again goes on" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_main_helps(machine: Make, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help names the two commands and installs nothing."""
    m = machine()
    assert main.main([word], m) == 0
    assert "python3 run.py test" in capsys.readouterr().out
    assert m.calls == []


def test_run_py_helps_from_any_folder() -> None:
    """The script itself runs, wherever it is called from."""
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", "--help"], cwd="/", capture_output=True, check=True
    )
    assert b"start the dashboard" in done.stdout


@pytest.mark.parametrize("newer", [True, False])
def test_run_py_tells_an_old_python_what_to_do(
    newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old Python is told what is needed, and the newer one on this machine if there is one."""
    monkeypatch.setattr("shutil.which", lambda name: "/bin/x" if newer else None)
    words = runpy.run_path(str(ROOT / "run.py"))["too_old"](3, 9)
    assert "needs Python 3.11 or newer, and this is Python 3.9" in words
    assert ("run.py" in words) is newer


def test_machine_runs_commands_and_asks(capsys: pytest.CaptureFixture[str]) -> None:
    """The real machine calls, asks, starts and finds."""
    m = Machine()
    assert (
        m.call([sys.executable, "-c", "import os; raise SystemExit(int(os.environ['N']))"], N="7")
        == 7
    )
    assert m.ask([sys.executable, "-c", "print(' here ')"]) == "here"
    assert m.ask([sys.executable, "-c", "raise SystemExit(1)"]) is None
    assert m.ask(["/no/such/program"]) is None
    assert m.start([sys.executable, "-c", "print('unseen')"]).wait() == 0
    assert m.which("no-such-program") is None
    m.say("hello")
    printed = capsys.readouterr()
    assert printed.err.rstrip().endswith("s] hello")


def test_machine_knows_its_libraries_and_its_linux() -> None:
    """Libraries and distributions are asked for on Linux only."""
    assert not Machine(system="linux").loads("libnosuchlibrary.so.9")
    assert Machine(system="darwin").loads("libnosuchlibrary.so.9")
    assert Machine(system="darwin").distribution() == ""
    if sys.platform == "linux":
        assert Machine().distribution() == Machine().distribution().lower()


def test_machine_of_an_unnamed_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux without a file that names it has no name."""

    def missing() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr("platform.freedesktop_os_release", missing)
    assert Machine(system="linux").distribution() == ""
