"""A machine that does nothing but remember what it was asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher.machine import Machine

VERSION = "3.11.2"


@dataclass(frozen=True)
class ToyMachine(Machine):
    """Knows which programs, libraries and answers it has; makes an environment as Python would."""

    calls: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    failing: tuple[str, ...] = ()  # a command with one of these words fails
    programs: dict[str, str] = field(default_factory=dict)
    libraries: frozenset[str] = frozenset({"libgomp.so.1", "libatomic.so.1"})
    linux: str = "debian"
    answers: dict[str, str] = field(default_factory=dict)  # word of a command -> what it prints
    on_call: Callable[[Sequence[str]], None] = lambda command: None

    def say(self, text: str) -> None:
        """Remember it."""
        self.said.append(text)

    def call(self, command: Sequence[str], **more: str) -> int:
        """Remember it, with the variables that were added; make the folder where Python would."""
        self.calls.append([*command, *(f"{name}={value}" for name, value in more.items())])
        self.on_call(command)
        if any(word in self.failing for word in command):
            return 1
        if "venv" in command:
            self.make_environment()
        return 0

    def ask(self, command: Sequence[str]) -> str | None:
        """The prepared answer; the environment's Python says its version while it is there."""
        for word, answer in self.answers.items():
            if word in command:
                return answer
        is_question = any("python_version" in word for word in command)
        return VERSION if is_question and Path(command[0]).exists() else None

    def start(self, command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
        """Remember it, and start a small server in place of the dashboard."""
        self.calls.append([*command, *(f"{name}={value}" for name, value in more.items())])
        port = command[command.index("--server.port") + 1]
        return subprocess.Popen([sys.executable, "-c", self.answers.get("server", SERVER), port])

    def which(self, name: str) -> str | None:
        """Where it was said to be."""
        return self.programs.get(name)

    def loads(self, library: str) -> bool:
        """Whether it was said to be there."""
        return library in self.libraries

    def distribution(self) -> str:
        """The Linux it was said to be."""
        return self.linux

    def make_environment(self) -> None:
        """What `python -m venv` leaves behind, as far as the launcher looks."""
        (self.root / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (self.root / ".venv" / "pyvenv.cfg").write_text("")
        (self.root / ".venv" / "bin" / "python").write_text("")

    def words(self) -> str:
        """Every command as one text."""
        return "\n".join(" ".join(call) for call in self.calls)

    def remove_environment(self) -> None:
        """As if it had never been."""
        shutil.rmtree(self.root / ".venv")


SERVER = """
import http.server, sys, threading
LIFE = 0.1  # seconds after the first answer
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/_stcore/health"
        self.send_response(200 if found else 404)
        self.end_headers()
        if found:
            threading.Timer(LIFE, server.shutdown).start()
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health)
server.serve_forever()
"""
