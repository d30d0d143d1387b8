"""A Chromium for the browser tests: found, fetched where that is possible, or plainly not there."""

from __future__ import annotations

from pathlib import Path

from launcher.environment import BROWSER_LIBRARIES, apt_install, venv_python
from launcher.machine import Machine, Stop

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_PROGRAMS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
DEBIAN_PACKAGES = ("chromium", "fonts-liberation", *BROWSER_LIBRARIES.values())
PLAYWRIGHTS_OWN = (
    "from playwright.sync_api import sync_playwright as p\n"
    "with p() as playwright: print(playwright.chromium.executable_path)"
)


def provide(machine: Machine) -> str | None:
    """The path of a Chromium, fetched if need be; None, with the reason said, if there is none."""
    browser = find(machine)
    if browser is None:
        _fetch(machine)
        browser = find(machine)
    if browser is None:
        machine.say(
            "No Chromium was found and none could be fetched: the browser tests "
            + ("fail." if machine.in_ci else "are skipped.")
            + " Install Chromium or Chrome, or set CHROMIUM to its path."
        )
    return browser


def find(machine: Machine) -> str | None:
    """The one that CHROMIUM names, one on the path, one of the system's, or Playwright's own.

    Raises:
        Stop: CHROMIUM names a file that is not there.
    """
    named = machine.environ.get("CHROMIUM", "")
    if named:
        if not Path(named).is_file():
            raise Stop(f"CHROMIUM names {named}, and there is no such file.")
        return named
    on_path = [place for name in NAMES if (place := machine.which(name))]
    if on_path:
        return on_path[0]
    candidates = MAC_PROGRAMS if machine.system == "darwin" else ()
    own = machine.ask([venv_python(machine), "-c", PLAYWRIGHTS_OWN])
    return next((place for place in (*candidates, own) if place and Path(place).is_file()), None)


def _fetch(machine: Machine) -> None:
    # Ubuntu's package of this name is a door to a snap, which does not work in a container.
    if machine.distribution() == "debian" and machine.is_root:
        machine.say("Installing Chromium with apt-get, for the browser tests.")
        apt_install(machine, list(DEBIAN_PACKAGES))
        return
    if machine.distribution() == "debian":
        machine.say(f"As root this would be enough: apt-get install {' '.join(DEBIAN_PACKAGES)}")
    machine.say("Fetching Chromium with Playwright, for the browser tests.")
    command = [venv_python(machine), "-m", "playwright", "install", "chromium"]
    if machine.system == "linux" and machine.is_root and machine.which("apt-get"):
        command.insert(4, "--with-deps")
    machine.call(command)
