"""The servers that some tests start: had where Debian's packages can be had, and never required.

The store is tested on a real PostgreSQL and the site of the manual in a real nginx. Tests of a
server that is not there are skipped and say so; nothing of a running server is touched.
"""

from __future__ import annotations

from launcher.environment import apt_install
from launcher.machine import Machine

PACKAGES = {"nginx": "nginx-light", "pg_ctlcluster": "postgresql"}  # program -> Debian's package


def provide(machine: Machine) -> None:
    """Install what is missing, as root on Debian; elsewhere say what is skipped without it."""
    missing = [package for program, package in PACKAGES.items() if machine.which(program) is None]
    if not missing:
        return
    names = " and ".join(missing)
    if machine.distribution() == "debian" and machine.is_root:
        machine.say(f"Installing {names} with apt-get, for the tests that start them.")
        if apt_install(machine, missing):
            return
    machine.say(f"Without {names} the tests that start them are skipped.")
