"""Starting and stopping: ports, arguments, the wait for an answer, the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from launcher import serving
from launcher.machine import Stop
from tests.unit.launcher.machines import SERVER, ToyMachine

Make = Callable[..., ToyMachine]
STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
)


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _toy(make: Make, port: int, **different: object) -> ToyMachine:
    return make(environ={"CI": "true", "CONCORD_PORT": str(port)}, **different)


def test_serve_starts_streamlit_on_this_machine_only(machine: Make, port: int) -> None:
    """The dashboard is started on the loopback address, and its end is the command's end."""
    m = _toy(machine, port)
    assert serving.serve(m, ["--no-browser"]) == 0
    *command, token = m.calls[-1][1:]
    assert command == [
        "-m", "streamlit", "run", "dashboard/app.py",
        "--server.address", "127.0.0.1", "--server.port", str(port), f"CONCORD_PORT={port}",
    ]  # fmt: skip
    name, _, secret = token.partition("=")
    assert name == "CONCORD_START_TOKEN"
    assert len(secret) >= 32
    assert m.said[-1].startswith(f"Concord is ready: http://127.0.0.1:{port}/?token={secret} ")


def test_serve_takes_another_port_and_says_so(machine: Make, port: int) -> None:
    """A taken port is no reason to fail."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        m = _toy(machine, port)
        assert serving.serve(m, []) == 0
    assert any(said.startswith(f"Port {port} is taken; using ") for said in m.said)


def test_serve_stops_when_asked_to(machine: Make, port: int) -> None:
    """Being asked to end, as by a service manager, ends the dashboard too, without error."""
    before = signal.getsignal(signal.SIGTERM)
    patient = SERVER.replace("LIFE = 0.1", "LIFE = 60")
    m = _toy(machine, port, answers={"server": patient})
    killer = threading.Timer(1.0, os.kill, [os.getpid(), signal.SIGTERM])
    killer.start()
    assert serving.serve(m, []) == 0
    assert m.said[-1] == "Stopping."
    assert serving.free_port("127.0.0.1", port) == port
    assert signal.getsignal(signal.SIGTERM) is before


def test_serve_takes_the_port_of_its_argument(machine: Make, port: int) -> None:
    """--port comes before the setting."""
    m = machine(environ={"CI": "true", "CONCORD_PORT": "9999"})
    serving.serve(m, ["--port", str(port)])
    assert str(port) in m.calls[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--browser"], "--browser is not understood here"),
        (["--port"], "--port is not understood here"),
        (["--port", "http"], 'CONCORD_PORT is "http"'),
        (["--port", "8501", "extra"], "extra is not understood here"),
    ],
)
def test_serve_refuses_what_it_does_not_understand(
    machine: Make, arguments: list[str], message: str
) -> None:
    """A wrong argument ends before anything is installed."""
    m = machine()
    with pytest.raises(Stop, match=message):
        serving.serve(m, arguments)
    assert m.calls == []


@pytest.mark.parametrize("unsafe", [{"CONCORD_HOST": "0.0.0.0"}, {"CONCORD_MODE": "server"}])
def test_serve_refuses_to_let_strangers_in(machine: Make, unsafe: dict[str, str]) -> None:
    """Before a port is opened, the start-up guard has its say."""
    m = machine(environ=unsafe)
    with pytest.raises(Stop, match="Concord does not start") as caught:
        serving.serve(m, [])
    assert caught.value.code == 2
    assert m.calls == []


def test_serve_makes_sample_patients_where_there_are_none(machine: Make, port: int) -> None:
    """Sample patients are shipped; a folder without them makes them again."""
    m = _toy(machine, port)
    script = m.root / "scripts" / "make_sample_data.py"
    script.parent.mkdir()
    script.write_text("")
    serving.serve(m, [])
    assert str(script) in m.words()
    m.calls.clear()
    (m.root / "sample_data").mkdir()
    serving.serve(m, [])
    assert str(script) not in m.words()


def test_serve_stops_when_the_sample_patients_cannot_be_made(machine: Make, port: int) -> None:
    """Half a start is none."""
    script_name = "make_sample_data.py"
    m = _toy(machine, port)
    (m.root / "scripts").mkdir()
    (m.root / "scripts" / script_name).write_text("")
    m = _toy(machine, port, failing=(str(m.root / "scripts" / script_name),))
    with pytest.raises(Stop, match="sample patients could not be made"):
        serving.serve(m, [])


def test_serve_opens_a_browser_where_there_is_a_screen(
    machine: Make, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, on a page that goes on to the dashboard; and only when nobody said otherwise."""
    seen: list[str] = []

    def browse(url: str) -> None:
        seen.append(url)
        while not (state := _state(url))["address"]:
            seen.append(state["said"])
            time.sleep(0.01)
        seen.append(state["address"])

    monkeypatch.setattr("webbrowser.open", browse)
    patient = SERVER.replace("LIFE = 0.1", "LIFE = 1")
    environ = {"DISPLAY": ":0", "CONCORD_PORT": str(port)}
    m = machine(environ=environ, answers={"server": patient})
    serving.serve(m, [])
    assert "Starting the dashboard." in seen
    assert seen[-1].startswith(f"http://127.0.0.1:{port}/?token=")
    seen.clear()
    serving.serve(machine(environ=environ), ["--no-browser"])
    assert seen == []


def _state(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", f"{parts.path}/state")
    found: dict[str, str] = json.loads(connection.getresponse().read())
    return found


def test_serve_does_not_wait_for_a_browser(
    machine: Make, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some browsers give control back when they are closed; the dashboard starts meanwhile."""
    closed = threading.Event()
    monkeypatch.setattr("webbrowser.open", lambda url: closed.wait(30))
    m = machine(environ={"DISPLAY": ":0", "CONCORD_PORT": str(port)})
    assert serving.serve(m, []) == 0
    assert not closed.is_set()
    closed.set()


@pytest.mark.parametrize(
    ("system", "environ", "expected"),
    [
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
        ("linux", {"DISPLAY": ":0", "CI": "false"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_can_show_needs_a_screen_and_a_person(
    machine: Make, system: str, environ: dict[str, str], expected: bool
) -> None:
    """No browser is opened in CI or on a machine without a screen."""
    assert serving.can_show(machine(system=system, environ=environ)) is expected


def test_wait_reports_a_dashboard_that_ended(port: int) -> None:
    """A dashboard that dies at once is not waited for."""
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(Stop, match=r"ended before it answered \(exit code 3\)"):
        serving.wait_until_it_answers(process, f"http://127.0.0.1:{port}/")


def test_wait_gives_up(port: int) -> None:
    """A dashboard that never answers is not waited for without end."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with pytest.raises(Stop, match="did not answer within 0 s"):
            serving.wait_until_it_answers(process, f"http://127.0.0.1:{port}/", patience=0.3)
    finally:
        serving.stop(process)


def test_wait_does_not_take_an_error_for_an_answer(port: int) -> None:
    """Somebody else's server at that port, which knows no such page, is not the dashboard."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)])
    try:
        with pytest.raises(Stop, match="did not answer"):
            serving.wait_until_it_answers(process, f"http://127.0.0.1:{port}/x", patience=1.0)
    finally:
        serving.stop(process)


def test_stop_ends_a_process_that_does_not_listen() -> None:
    """What does not end when asked is ended."""
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    with process:
        process.stdout.readline()
        serving.stop(process, patience=0.2)
        assert process.returncode == -signal.SIGKILL


def test_free_port_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is not this machine's has no free port."""
    monkeypatch.setattr(serving, "PORTS_TRIED", 2)
    with pytest.raises(Stop, match=r"No port from 9000 to 9001 is free on 203\.0\.113\.7"):
        serving.free_port("203.0.113.7", 9000)


def test_free_port_knows_the_newer_addresses(port: int) -> None:
    """An address of IPv6 is probed as one."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    assert serving.free_port("::1", port) >= port


def test_free_port_does_not_look_beyond_the_last_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search ends at 65535 with a message, though there are more tries left."""
    monkeypatch.setattr(serving, "_is_free", lambda _host, _port: False)
    with pytest.raises(Stop, match=r"No port from 65530 to 65535 is free on 127\.0\.0\.1"):
        serving.free_port("127.0.0.1", 65530)
