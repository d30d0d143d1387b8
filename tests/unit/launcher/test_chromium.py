"""A browser for the tests: found, fetched, or plainly not there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from launcher import chromium
from launcher.machine import Stop
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]


def test_find_takes_the_one_that_is_named(machine: Make, tmp_path: Path) -> None:
    """CHROMIUM comes before everything else."""
    named = tmp_path / "my-chromium"
    named.write_text("")
    m = machine(environ={"CHROMIUM": str(named)}, programs={"chromium": "/usr/bin/chromium"})
    assert chromium.find(m) == str(named)


def test_find_refuses_a_name_that_leads_nowhere(machine: Make) -> None:
    """A wrong CHROMIUM is not passed over in silence."""
    with pytest.raises(Stop, match="CHROMIUM names /no/chromium, and there is no such file"):
        chromium.find(machine(environ={"CHROMIUM": "/no/chromium"}))


@pytest.mark.parametrize("name", chromium.NAMES)
def test_find_looks_on_the_path(machine: Make, name: str) -> None:
    """Debian, Ubuntu, Google and others give the program different names."""
    assert chromium.find(machine(programs={name: f"/usr/bin/{name}"})) == f"/usr/bin/{name}"


def test_find_takes_playwrights_own(machine: Make, tmp_path: Path) -> None:
    """One that Playwright fetched before is used, if it is still there."""
    own = tmp_path / "chrome"
    m = machine(answers={chromium.PLAYWRIGHTS_OWN: str(own)})
    assert chromium.find(m) is None
    own.write_text("")
    assert chromium.find(m) == str(own)


def test_find_knows_where_a_mac_keeps_it(
    machine: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applications of a Mac are not on the path."""
    place = tmp_path / "Google Chrome"
    place.write_text("")
    monkeypatch.setattr(chromium, "MAC_PROGRAMS", (str(place),))
    assert chromium.find(machine(system="darwin")) == str(place)
    assert chromium.find(machine(system="linux")) is None


def test_provide_uses_what_is_there(machine: Make) -> None:
    """Nothing is fetched when there is one."""
    m = machine(programs={"chromium": "/usr/bin/chromium"})
    assert chromium.provide(m) == "/usr/bin/chromium"
    assert m.calls == []


def test_provide_installs_debians_as_root(machine: Make) -> None:
    """As root on Debian it is installed with apt-get, and then found."""

    def install(command: object) -> None:
        if "chromium" in command:
            m.programs["chromium"] = "/usr/bin/chromium"

    m = machine(on_call=install)
    assert chromium.provide(m) == "/usr/bin/chromium"
    assert "playwright" not in m.words()


def test_provide_lets_playwright_fetch_it_elsewhere(machine: Make) -> None:
    """Ubuntu's package needs snaps, so there Playwright brings its own, with what it depends on."""
    m = machine(linux="ubuntu")
    assert chromium.provide(m) is None
    assert m.calls[-1][1:] == ["-m", "playwright", "install", "--with-deps", "chromium"]
    m = machine(system="darwin", linux="", is_root=False)
    chromium.provide(m)
    assert m.calls[-1][1:] == ["-m", "playwright", "install", "chromium"]


def test_provide_tells_debians_user_what_root_would_do(machine: Make) -> None:
    """Not being root, the command is told and Playwright tried."""
    m = machine(is_root=False)
    chromium.provide(m)
    assert any("apt-get install chromium" in said for said in m.said)
    assert m.calls[-1][-1] == "chromium"


@pytest.mark.parametrize(("ci", "outcome"), [("", "are skipped"), ("true", "fail")])
def test_provide_says_plainly_when_there_is_none(machine: Make, ci: str, outcome: str) -> None:
    """Without a browser its tests are skipped in sight of everybody; in CI they fail."""
    m = machine(environ={"CI": ci}, failing=("install",))
    assert chromium.provide(m) is None
    assert f"the browser tests {outcome}" in m.said[-1]
