"""The folder .venv: made, filled with exactly what a lock names, repaired when it is not whole.

A stamp inside it, written last, says for which lock, Python and folder it was filled; without a
stamp that fits, the folder is made again or brought up to date. Packages come through uv, itself
installed by pip from a lock with hashes. What only the system can bring is installed on Debian by
root, and otherwise named in a command to copy. Nothing outside the folder is changed but that.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping

from launcher.machine import Machine, Stop

RUNTIME_LOCK = "requirements.lock"
DEVELOPER_LOCK = "requirements-dev.lock"
INSTALLER_LOCK = "requirements-uv.lock"
STAMP = "concord-stamp.json"
ENGINE_LIBRARIES = {"libgomp.so.1": "libgomp1"}  # LightGBM's threads; library and Debian's package
BROWSER_LIBRARIES = {"libatomic.so.1": "libatomic1"}  # the driver that Playwright brings


def prepare(machine: Machine, lock: str) -> str:
    """The environment's Python, after making or mending whatever was missing."""
    stamp = read_stamp(machine)
    target = _target(stamp, lock)
    if _fits(machine, stamp) and stamp.get("digest") == digest(machine, target):
        return venv_python(machine)
    install_system_packages(machine, _missing_packages(machine, target), "Concord")
    if not _fits(machine, stamp):
        _make(machine)
    _fill(machine, target)
    _write_stamp(machine, target)
    machine.say("All packages are in place.")
    return venv_python(machine)


def venv_python(machine: Machine) -> str:
    """The environment's own Python."""
    return program(machine, "python")


def program(machine: Machine, name: str) -> str:
    """A program of the environment."""
    if machine.system == "win32":
        return str(machine.root / ".venv" / "Scripts" / f"{name}.exe")
    return str(machine.root / ".venv" / "bin" / name)


def digest(machine: Machine, lock: str) -> str:
    """Names the content of a lock, and of the installer's."""
    found = hashlib.sha256()
    for name in (lock, INSTALLER_LOCK):
        found.update((machine.root / name).read_bytes())
    return found.hexdigest()


def read_stamp(machine: Machine) -> Mapping[str, str]:
    """What the stamp says; nothing when there is none that can be read."""
    try:
        stamp = json.loads((machine.root / ".venv" / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def install_system_packages(machine: Machine, packages: list[str], purpose: str) -> None:
    """Install Debian packages as root, or stop with the command for somebody who may.

    Raises:
        Stop: when packages are missing and cannot be installed from here.
    """
    if not packages:
        return
    command = (
        f"apt-get update && apt-get install --yes --no-install-recommends {' '.join(packages)}"
    )
    if machine.which("apt-get") is None:
        raise Stop(
            f"{purpose} needs what Debian calls {', '.join(packages)}. "
            "Install it with this system's package manager, then run this again."
        )
    if not machine.is_root:
        raise Stop(
            f"{purpose} needs {', '.join(packages)}. Run this, then run it again:\n\n"
            f"  sudo sh -c '{command}'\n"
        )
    machine.say(f"Installing {', '.join(packages)} with apt-get.")
    if not apt_install(machine, packages):
        raise Stop(f"apt-get could not install {', '.join(packages)}; it says why above.")


def apt_install(machine: Machine, packages: list[str]) -> bool:
    """Install with apt-get; its lists are brought up to date only when it does not work without."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", *packages]
    if machine.which("apt-get") is None:
        return False
    if machine.ask(["apt-get", "install", "--simulate", "-qq", *packages]) is None:
        machine.call(["apt-get", "update", "-qq"], **quiet)
    return machine.call(install, **quiet) == 0


def _target(stamp: Mapping[str, str], lock: str) -> str:
    """A developer's environment has everything the dashboard needs, and stays a developer's."""
    return DEVELOPER_LOCK if stamp.get("lock") == DEVELOPER_LOCK else lock


def _fits(machine: Machine, stamp: Mapping[str, str]) -> bool:
    """Whether the environment was finished once, in this folder, and its Python still runs."""
    if not stamp or stamp.get("folder") != str(machine.root):
        return False
    command = [venv_python(machine), "-c", "import platform; print(platform.python_version())"]
    return machine.ask(command) == stamp.get("python")


def _missing_packages(machine: Machine, lock: str) -> list[str]:
    libraries = ENGINE_LIBRARIES
    if lock == DEVELOPER_LOCK:
        libraries = ENGINE_LIBRARIES | BROWSER_LIBRARIES
    missing = [package for library, package in libraries.items() if not machine.loads(library)]
    if not machine.has_ensurepip:
        missing.append(f"python{'.'.join(machine.python_version.split('.')[:2])}-venv")
    return missing


def _make(machine: Machine) -> None:
    folder = machine.root / ".venv"
    if folder.is_symlink():
        raise Stop(f"{folder} is a link. Concord makes this folder itself: remove the link.")
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
            raise Stop(f"{folder} is not a Python environment. Move it away, then run this again.")
        machine.say("The environment in .venv is not whole; making it anew.")
        shutil.rmtree(folder)
    machine.say(f"Making .venv with Python {machine.python_version}.")
    if machine.call([machine.python, "-m", "venv", str(folder)]) != 0:
        raise Stop("Python could not make the environment; it says why above.")


def _fill(machine: Machine, lock: str) -> None:
    python = venv_python(machine)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    machine.say("Installing the installer (uv).")
    if machine.call([*pip, "--require-hashes", "-r", INSTALLER_LOCK]) != 0:
        raise Stop("pip could not install uv; it says why above. Is there a way to the network?")
    machine.say(f"Installing the packages of {lock}; the first time this can take a minute.")
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    uv = [python, "-m", "uv", "pip", "sync", *quiet, "--python", python, "--require-hashes", lock]
    if machine.call(uv) == 0:
        return
    # A hospital's mirror may be known to pip and not to uv.
    machine.say("uv could not; trying pip, which is slower.")
    if machine.call([*pip, "--require-hashes", "-r", lock]) != 0:
        raise Stop("The packages could not be installed; pip says why above.")


def _write_stamp(machine: Machine, lock: str) -> None:
    version = machine.ask(
        [venv_python(machine), "-c", "import platform; print(platform.python_version())"]
    )
    if version is None:
        raise Stop("The environment was filled, but its Python does not run. Remove .venv.", 1)
    stamp = {
        "lock": lock,
        "digest": digest(machine, lock),
        "python": version,
        "folder": str(machine.root),
    }
    (machine.root / ".venv" / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
