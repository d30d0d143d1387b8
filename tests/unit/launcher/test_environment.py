"""The environment: made once, kept while it fits, brought up to date or made again else."""

import json
from collections.abc import Callable

import pytest

from launcher.environment import (
    DEVELOPER_LOCK,
    RUNTIME_LOCK,
    STAMP,
    digest,
    prepare,
    program,
    read_stamp,
    venv_python,
)
from launcher.machine import Stop
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]


def test_prepare_makes_fills_and_stamps_in_this_order(machine: Make) -> None:
    """A fresh folder gets an environment, the installer, the lock's packages, and the stamp."""
    m = machine()
    assert prepare(m, RUNTIME_LOCK) == venv_python(m)
    made, installer, packages = m.calls
    assert made == ["/usr/bin/python3", "-m", "venv", str(m.root / ".venv")]
    assert installer[-3:] == ["--require-hashes", "-r", "requirements-uv.lock"]
    assert "uv" in packages
    assert packages[-2:] == ["--require-hashes", "requirements.lock"]
    assert read_stamp(m) == {
        "lock": RUNTIME_LOCK,
        "digest": digest(m, RUNTIME_LOCK),
        "python": "3.11.2",
        "folder": str(m.root),
    }


def test_prepare_does_nothing_the_second_time(machine: Make) -> None:
    """A whole environment is used as it is."""
    m = machine()
    prepare(m, RUNTIME_LOCK)
    m.calls.clear()
    assert prepare(m, RUNTIME_LOCK) == venv_python(m)
    assert m.calls == []


def test_prepare_brings_a_changed_lock_up_to_date(machine: Make) -> None:
    """A new lock fills the environment again without making it anew."""
    m = machine()
    prepare(m, RUNTIME_LOCK)
    m.calls.clear()
    (m.root / RUNTIME_LOCK).write_text("# changed\n")
    prepare(m, RUNTIME_LOCK)
    assert "venv" not in m.words().split()
    assert "uv pip sync" in m.words()
    assert read_stamp(m)["digest"] == digest(m, RUNTIME_LOCK)


def test_prepare_starts_the_dashboard_from_a_developers_environment(machine: Make) -> None:
    """Testing first and starting then does not take the test tools away, and installs nothing."""
    m = machine()
    prepare(m, DEVELOPER_LOCK)
    m.calls.clear()
    prepare(m, RUNTIME_LOCK)
    assert m.calls == []
    (m.root / DEVELOPER_LOCK).write_text("# changed\n")
    prepare(m, RUNTIME_LOCK)
    assert m.calls[-1][-1] == DEVELOPER_LOCK


def test_prepare_turns_a_users_environment_into_a_developers(machine: Make) -> None:
    """Starting first and testing then adds what the tests need."""
    m = machine()
    prepare(m, RUNTIME_LOCK)
    m.calls.clear()
    prepare(m, DEVELOPER_LOCK)
    assert m.calls[-1][-1] == DEVELOPER_LOCK
    assert read_stamp(m)["lock"] == DEVELOPER_LOCK


@pytest.mark.parametrize(
    "stamp",
    ["", "{", "[]", "null", '{"lock": "requirements.lock"}'],
    ids=lambda text: text or "none",
)
def test_prepare_makes_an_unfinished_environment_anew(machine: Make, stamp: str) -> None:
    """An install that was interrupted has no good stamp, and is repaired by running again."""
    m = machine()
    m.make_environment()
    (m.root / ".venv" / "half-installed").write_text("")
    if stamp:
        (m.root / ".venv" / STAMP).write_text(stamp)
    prepare(m, RUNTIME_LOCK)
    assert not (m.root / ".venv" / "half-installed").exists()
    assert read_stamp(m)["lock"] == RUNTIME_LOCK
    assert "The environment in .venv is not whole; making it anew." in m.said


def test_prepare_leaves_no_stamp_when_it_fails(machine: Make) -> None:
    """The stamp is written last, so a failure on the way is seen the next time."""
    m = machine(failing=("-r", "sync"))
    with pytest.raises(Stop, match="pip could not install uv"):
        prepare(m, RUNTIME_LOCK)
    assert read_stamp(m) == {}


def test_prepare_makes_it_anew_when_its_python_is_gone(machine: Make) -> None:
    """The system's Python was upgraded or removed under the environment."""
    m = machine()
    prepare(m, RUNTIME_LOCK)
    (m.root / ".venv" / "bin" / "python").unlink()
    m.calls.clear()
    prepare(m, RUNTIME_LOCK)
    assert m.calls[0][2] == "venv"


def test_prepare_makes_it_anew_when_the_folder_was_moved(machine: Make) -> None:
    """Programs of an environment hold the path they were installed at."""
    m = machine()
    prepare(m, RUNTIME_LOCK)
    path = m.root / ".venv" / STAMP
    path.write_text(json.dumps({**read_stamp(m), "folder": "/elsewhere"}))
    m.calls.clear()
    prepare(m, RUNTIME_LOCK)
    assert m.calls[0][2] == "venv"


def test_prepare_does_not_remove_what_it_did_not_make(machine: Make) -> None:
    """A folder .venv that is no environment, or a link to one elsewhere, is left alone."""
    m = machine()
    (m.root / ".venv").mkdir()
    (m.root / ".venv" / "thesis.txt").write_text("the only copy")
    with pytest.raises(Stop, match="is not a Python environment"):
        prepare(m, RUNTIME_LOCK)
    assert (m.root / ".venv" / "thesis.txt").exists()
    m.remove_environment()
    (m.root / "other").mkdir()
    (m.root / ".venv").symlink_to(m.root / "other")
    with pytest.raises(Stop, match="is a link"):
        prepare(m, RUNTIME_LOCK)
    assert m.calls == []


def test_prepare_falls_back_on_pip(machine: Make) -> None:
    """Where uv finds no way to the packages, pip's own settings may know one."""
    m = machine(failing=("sync",))
    prepare(m, RUNTIME_LOCK)
    assert m.calls[-1][-3:] == ["--require-hashes", "-r", RUNTIME_LOCK]
    assert read_stamp(m)["lock"] == RUNTIME_LOCK


def test_prepare_says_when_packages_cannot_be_had(machine: Make) -> None:
    """Neither uv nor pip could: the message says so."""

    def break_the_network(command: object) -> None:
        if "sync" in command:
            object.__setattr__(m, "failing", ("sync", "--require-hashes"))

    m = machine(on_call=break_the_network)
    with pytest.raises(Stop, match="packages could not be installed"):
        prepare(m, RUNTIME_LOCK)


def test_prepare_says_when_python_cannot_make_an_environment(machine: Make) -> None:
    """A failure of `python -m venv` ends with a sentence."""
    with pytest.raises(Stop, match="Python could not make the environment"):
        prepare(machine(failing=("venv",)), RUNTIME_LOCK)


def test_prepare_installs_what_debian_lacks_as_root(machine: Make) -> None:
    """As root on Debian the missing libraries and ensurepip are installed before anything else."""
    m = machine(has_ensurepip=False, libraries=frozenset(), answers={"--simulate": ""})
    prepare(m, DEVELOPER_LOCK)
    assert m.calls[0] == [
        "apt-get", "install", "--yes", "-qq", "--no-install-recommends",
        "libgomp1", "libatomic1", "python3.11-venv", "DEBIAN_FRONTEND=noninteractive",
    ]  # fmt: skip


def test_prepare_updates_apts_lists_only_when_it_must(machine: Make) -> None:
    """A fresh container has no lists yet; elsewhere the half minute is saved."""
    m = machine(libraries=frozenset())
    prepare(m, RUNTIME_LOCK)
    assert [call[1] for call in m.calls[:2]] == ["update", "install"]


def test_prepare_needs_no_browser_library_to_start_the_dashboard(machine: Make) -> None:
    """The driver's library is for the tests only."""
    m = machine(libraries=frozenset({"libgomp.so.1"}))
    prepare(m, RUNTIME_LOCK)
    assert "libatomic1" not in m.words()


def test_prepare_prints_the_command_when_not_root(machine: Make) -> None:
    """Without the right to install, the exact command is printed and nothing is begun."""
    m = machine(is_root=False, has_ensurepip=False)
    with pytest.raises(Stop, match=r"apt-get install --yes .* python3\.11-venv") as caught:
        prepare(m, RUNTIME_LOCK)
    assert caught.value.code == 2
    assert m.calls == []


def test_prepare_names_the_package_where_there_is_no_apt(machine: Make) -> None:
    """On another Linux the name that Debian uses is the hint."""
    m = machine(libraries=frozenset(), programs={})
    with pytest.raises(Stop, match="what Debian calls libgomp1"):
        prepare(m, RUNTIME_LOCK)


def test_prepare_says_when_apt_fails(machine: Make) -> None:
    """Apt's own words stand above ours."""
    m = machine(libraries=frozenset(), failing=("install",))
    with pytest.raises(Stop, match="apt-get could not install libgomp1"):
        prepare(m, RUNTIME_LOCK)


def test_prepare_says_when_the_finished_environment_does_not_run(machine: Make) -> None:
    """An environment whose Python does not answer is not stamped."""

    def lose_python(command: object) -> None:
        if "sync" in command:
            (m.root / ".venv" / "bin" / "python").unlink()

    m = machine(on_call=lose_python)
    with pytest.raises(Stop, match="its Python does not run"):
        prepare(m, RUNTIME_LOCK)
    assert read_stamp(m) == {}


def test_program_knows_windows(machine: Make) -> None:
    """Windows keeps an environment's programs elsewhere."""
    place = program(machine(system="win32"), "python")
    assert place.endswith("python.exe")
    assert "Scripts" in place
