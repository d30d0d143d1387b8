"""The page that waits for the dashboard: who may see it, what it says, where it goes on to."""

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from launcher.waiting import Waiting, waiting_page
from tests.unit.launcher.machines import ToyMachine

Make = Callable[..., ToyMachine]
DASHBOARD = "http://127.0.0.1:8501/?token=secret"


def asked(waiting: Waiting, more: str = "", path: str = "") -> HTTPResponse:
    """The answer to one request, which follows nothing."""
    connection = HTTPConnection(urlsplit(waiting.url).netloc, timeout=5)
    connection.request("GET", path or waiting.path + more)
    return connection.getresponse()


def test_waiting_page_shows_what_is_being_done(machine: Make) -> None:
    """What the terminal says last stands on the page, as text and never as markup."""
    m = machine(said=["Making <.venv> with Python."])
    with waiting_page(m) as waiting:
        page = asked(waiting)
        text = page.read().decode()
        state = json.loads(asked(waiting, "/state").read())
    assert page.status == 200
    assert "Starting on this machine. The dashboard opens here by itself." in text
    assert "Making &lt;.venv&gt; with Python." in text
    assert state == {"said": "Making <.venv> with Python.", "address": ""}


def test_waiting_page_loads_nothing_from_elsewhere(machine: Make) -> None:
    """Its one script has a number used once; everything else is forbidden by its own header."""
    with waiting_page(machine()) as waiting:
        first, second = asked(waiting), asked(waiting)
        policy, text = first.headers["Content-Security-Policy"], first.read().decode()
    nonce = policy.partition("script-src 'nonce-")[2].partition("'")[0]
    assert policy.startswith("default-src 'none'")
    assert f'<script nonce="{nonce}">' in text
    assert nonce not in second.headers["Content-Security-Policy"]
    assert "http" not in text.replace("http-equiv", "")
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/state", "/favicon.ico", "/x" * 40, "/%C3%A9"])
def test_waiting_page_is_for_whoever_knows_its_address(machine: Make, path: str) -> None:
    """It hands on the start-up token: other programs of this machine get nothing."""
    with waiting_page(machine()) as waiting:
        waiting.address = DASHBOARD
        answer = asked(waiting, path=path)
        assert answer.status == 404
        assert answer.read() == b""
        assert "secret" not in str(answer.headers)
    assert len(waiting.path) > 30


def test_waiting_page_goes_on_to_the_dashboard(machine: Make) -> None:
    """Its script is told the address; a browser without scripts is sent there."""
    with waiting_page(machine()) as waiting:
        waiting.address = DASHBOARD
        assert json.loads(asked(waiting, "/state").read())["address"] == DASHBOARD
        sent = asked(waiting)
    assert (sent.status, sent.headers["Location"]) == (303, DASHBOARD)


def test_waiting_page_is_gone_with_the_launcher(machine: Make) -> None:
    """After the start has failed nothing answers, and the page says so by itself."""
    with waiting_page(machine()) as waiting:
        pass
    with pytest.raises(OSError, match="refused"):
        asked(waiting)
