"""Start the dashboard, say when it answers, and stop it cleanly."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import HIGHEST_PORT, Settings, read_settings, refuse_unsafe
from launcher.environment import RUNTIME_LOCK, prepare
from launcher.machine import Machine, Stop
from launcher.waiting import Waiting, waiting_page

PATIENCE = 180.0  # seconds until it answers; on a slow disk the first start compiles every module
STOPPING_PATIENCE = 10.0
BETWEEN_LOOKS = 0.1
PORTS_TRIED = 50
USAGE = "Usage: python3 run.py [--no-browser] [--port N]"


def serve(machine: Machine, arguments: Sequence[str]) -> int:
    """Run the dashboard until it is stopped; return its exit code, 0 when somebody stopped it."""
    machine, show = _read_arguments(machine, arguments)
    settings = _settings(machine)
    if not show or not can_show(machine):
        return _serve(machine, settings)
    with waiting_page(machine) as waiting:
        # Some browsers give control back only when they are closed.
        threading.Thread(target=webbrowser.open, args=(waiting.url,), daemon=True).start()
        return _serve(machine, settings, waiting)


def _serve(machine: Machine, settings: Settings, waiting: Waiting | None = None) -> int:
    """Prepare, start, hand the address to the page that waits for it, and stay until the end."""
    python = prepare(machine, RUNTIME_LOCK)
    _make_samples(machine, python)
    port = _port(machine, settings)
    address = f"http://{_bracketed(settings.host)}:{port}"
    token = settings.start_token or ("" if settings.has_login else secrets.token_urlsafe(24))
    machine.say("Starting the dashboard.")
    process = machine.start(
        [
            python, "-m", "streamlit", "run", "dashboard/app.py",
            "--server.address", settings.host, "--server.port", str(port),
        ],
        CONCORD_PORT=str(port),
        CONCORD_START_TOKEN=token,
    )  # fmt: skip
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        wait_until_it_answers(process, f"{address}/_stcore/health")
        opened = f"{address}/?token={token}" if token else address
        if waiting:
            waiting.address = opened
        machine.say(f"Concord is ready: {opened}   (Ctrl-C stops it)")
        return process.wait()
    except KeyboardInterrupt:
        machine.say("Stopping.")
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        stop(process)


def wait_until_it_answers(
    process: subprocess.Popen[bytes], url: str, patience: float = PATIENCE
) -> None:
    """Return when the dashboard answers.

    Raises:
        Stop: it ended, or did not answer in time.
    """
    # Without handlers for proxies: a hospital's proxy has no way back to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    last = time.monotonic() + patience
    while time.monotonic() < last:
        if process.poll() is not None:
            raise Stop(
                f"The dashboard ended before it answered (exit code {process.returncode}).", 1
            )
        try:
            with opener.open(url, timeout=2) as answer:
                if answer.status == 200:  # noqa: PLR2004 - OK
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(BETWEEN_LOOKS)
    raise Stop(f"The dashboard did not answer within {patience:.0f} s.", 1)


def stop(process: subprocess.Popen[bytes], patience: float = STOPPING_PATIENCE) -> None:
    """Ask it to end, and end it if it does not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port(host: str, wanted: int) -> int:
    """The port that was wanted, or the next free one."""
    last = min(wanted + PORTS_TRIED - 1, HIGHEST_PORT)
    for port in range(wanted, last + 1):
        if _is_free(host, port):
            return port
    raise Stop(f"No port from {wanted} to {last} is free on {host}.")


def can_show(machine: Machine) -> bool:
    """Whether there is a screen to open a browser on, and somebody in front of it."""
    has_screen = machine.system != "linux" or any(
        machine.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return has_screen and not machine.in_ci


def _read_arguments(machine: Machine, arguments: Sequence[str]) -> tuple[Machine, bool]:
    rest = list(arguments)
    show = "--no-browser" not in rest
    rest = [word for word in rest if word != "--no-browser"]
    if rest[:1] == ["--port"] and rest[1:]:
        machine = replace(machine, environ={**machine.environ, "CONCORD_PORT": rest[1]})
        rest = rest[2:]
    if rest:
        raise Stop(f"{rest[0]} is not understood here. {USAGE}")
    return machine, show


def _settings(machine: Machine) -> Settings:
    try:
        settings = read_settings(machine.environ)
        refuse_unsafe(settings, has_login=settings.has_login)
    except UserError as error:
        raise Stop(str(error), error.exit_code) from error
    return settings


def _make_samples(machine: Machine, python: str) -> None:
    script = machine.root / "scripts" / "make_sample_data.py"
    if not script.exists() or (machine.root / "sample_data").exists():
        return
    machine.say("Making the sample patients.")
    if machine.call([python, str(script)]) != 0:
        raise Stop("The sample patients could not be made; the script says why above.", 1)


def _port(machine: Machine, settings: Settings) -> int:
    port = free_port(settings.host, settings.port)
    if port != settings.port:
        machine.say(f"Port {settings.port} is taken; using {port}.")
    return port


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # where it would let two programs share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
