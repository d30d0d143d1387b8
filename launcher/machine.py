"""What the launcher asks of the machine it runs on.

Everything that touches the outside (processes, the path, system libraries, the terminal) goes
through one `Machine`, so that the tests can put one of their own in its place. It decides nothing.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASKING_PATIENCE = 60.0  # seconds


class Stop(Exception):
    """End with this message and this exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Machine:
    """The machine, its environment variables, and the folder Concord lies in."""

    root: Path = ROOT
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    system: str = sys.platform
    python: str = sys.executable
    python_version: str = platform.python_version()
    is_root: bool = hasattr(os, "geteuid") and os.geteuid() == 0
    has_ensurepip: bool = importlib.util.find_spec("ensurepip") is not None
    started: float = field(default_factory=time.monotonic)
    said: list[str] = field(default_factory=list)

    @property
    def in_ci(self) -> bool:
        """Whether nobody is watching."""
        return self.environ.get("CI", "").lower() not in ("", "0", "false")

    def say(self, text: str) -> None:
        """Tell the person at the terminal, with the seconds since the start."""
        self.said.append(text)
        elapsed = time.monotonic() - self.started
        print(f"[{elapsed:6.1f} s] {text}", file=sys.stderr, flush=True)

    def call(self, command: Sequence[str], **more: str) -> int:
        """Run a command to its end with its output in sight, and return its exit code."""
        environ = {**self.environ, **more}
        return subprocess.run(command, cwd=self.root, env=environ, check=False).returncode

    def ask(self, command: Sequence[str]) -> str | None:
        """What a command prints, or None when it fails, hangs or is not there."""
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=self.environ,
                capture_output=True,
                text=True,
                check=True,
                timeout=ASKING_PATIENCE,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    def start(self, command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
        """Start a program and go on; what it prints to standard output is not shown."""
        environ = {**self.environ, **more}
        return subprocess.Popen(
            command, cwd=self.root, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def which(self, name: str) -> str | None:
        """Where a program is."""
        return shutil.which(name, path=self.environ.get("PATH"))

    def loads(self, library: str) -> bool:
        """Whether a shared library is installed; only Linux can be asked."""
        if self.system != "linux":
            return True
        try:
            ctypes.CDLL(library)
        except OSError:
            return False
        return True

    def distribution(self) -> str:
        """Which Linux this is, in its own short word: debian, ubuntu, fedora; empty elsewhere."""
        if self.system != "linux":
            return ""
        try:
            return platform.freedesktop_os_release().get("ID", "")
        except OSError:
            return ""
