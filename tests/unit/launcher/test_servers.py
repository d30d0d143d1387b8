"""The servers of the tests: there, installed as root on Debian, or plainly done without."""

from collections.abc import Callable

import pytest

from launcher import servers
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]
THERE = {name: f"/usr/sbin/{name}" for name in servers.PACKAGES}


def test_servers_that_are_there_are_left_alone(machine: Make) -> None:
    """Nothing is installed, nothing is said."""
    m = machine(programs=THERE)
    servers.provide(m)
    assert (m.calls, m.said) == ([], [])


@pytest.mark.parametrize(("program", "package"), servers.PACKAGES.items())
def test_root_on_debian_installs_what_is_missing_and_no_more(
    machine: Make, program: str, package: str
) -> None:
    """Only the package of the program that was not found is asked for."""
    programs = {"apt-get": "/usr/bin/apt-get", **THERE}
    del programs[program]
    m = machine(programs=programs)
    servers.provide(m)
    install = next(call for call in m.calls if "install" in call)
    assert [word for word in install if word in servers.PACKAGES.values()] == [package]
    assert m.said == [f"Installing {package} with apt-get, for the tests that start them."]


@pytest.mark.parametrize("more", [{"linux": "fedora"}, {"is_root": False}])
def test_elsewhere_the_skipped_tests_are_named(machine: Make, more: dict[str, object]) -> None:
    """Who is not root, or not on Debian, is told and loses only those tests."""
    m = machine(programs={}, **more)
    servers.provide(m)
    assert m.calls == []
    assert m.said == ["Without nginx-light and postgresql the tests that start them are skipped."]


def test_a_failed_installation_is_said(machine: Make) -> None:
    """Without a network the tests still run, less those of the servers."""
    m = machine(failing=("install",))
    servers.provide(m)
    assert m.said[-1].startswith("Without nginx-light and postgresql")
