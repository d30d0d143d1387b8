"""What the gate lets through, what it refuses, and the headers on everything."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.shell.server import LONGEST_ADDRESS, Gate, content_policy


async def inner_app(scope, receive, send):
    """Stands for Streamlit: answers everything, with a header of its own."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        return
    headers = [(b"cache-control", b"public"), (b"X-Frame-Options", b"SAMEORIGIN")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"inner"})


def ask(path="/", *, kind="http", server="127.0.0.1", host="127.0.0.1:8501", query=b"", local=True):
    """Everything the gate sends for one request."""
    sent = []
    headers = [(b"host", host.encode())] if host is not None else []
    scope = {
        "type": kind,
        "path": path,
        "query_string": query,
        "server": (server, 8501),
        "headers": headers,
    }

    async def send(message):
        sent.append(message)

    # In a thread of its own: a browser driven from this process keeps a loop running here.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(Gate(inner_app, local=local)(scope, None, send))).result()
    return sent


def headers_of(sent):
    """The headers of an answer, by name; a name that comes twice is an error."""
    names = [name.decode().lower() for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    return {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "localhost", "[::1]:8501"])
def test_gate_lets_this_machine_in_by_its_own_names(host):
    """Each way to write this machine's address works."""
    assert ask(host=host)[0]["status"] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.4:8501", "", None]
)
def test_gate_refuses_a_foreign_host_name(host):
    """A page that rebinds its own name to this machine gets nothing."""
    sent = ask(host=host)
    assert sent[0]["status"] == 403
    assert b"own machine only" in sent[1]["body"]


def test_gate_refuses_what_arrived_at_another_address():
    """Even when the server was bound wider than configured, the network gets nothing."""
    assert ask(server="192.0.2.2", host="localhost")[0]["status"] == 403


def test_gate_closes_a_foreign_web_socket():
    """The channel that carries the pages is refused like the pages."""
    assert ask(kind="websocket", host="evil.example")[0]["type"] == "websocket.close"
    assert ask(kind="websocket")[0]["type"] == "websocket.accept"


def test_gate_of_a_server_leaves_names_to_its_proxy():
    """In server mode the public name is checked where it is known."""
    assert ask(host="concord.hospital.example", server="10.0.0.4", local=False)[0]["status"] == 200


def test_gate_refuses_an_overlong_address():
    """A query of 100 kB does not reach the application."""
    assert ask(query=b"a" * LONGEST_ADDRESS)[0]["status"] == 414
    assert ask(query=b"a" * 100)[0]["status"] == 200


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_gate_closes_routes_nobody_here_needs(path):
    """Metrics and the agent description answer to nobody."""
    assert ask(path)[0]["status"] == 404


def test_gate_sets_every_header_once():
    """The policy is on every answer and replaces what stood there."""
    headers = headers_of(ask("/"))
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "public"


@pytest.mark.parametrize("path", ["/media/abc.csv", "/_stcore/upload_file/x"])
def test_gate_forbids_keeping_what_may_hold_a_patient(path):
    """Downloads and uploads are not stored by a browser or a proxy."""
    assert headers_of(ask(path))["cache-control"] == "no-store"


def test_gate_passes_the_start_up_through():
    """The server's own start and stop are nobody's request."""
    assert ask(kind="lifespan", host=None)[0]["type"] == "lifespan.startup.complete"


def test_content_policy_allows_no_inline_script_but_the_one_streamlit_writes():
    """Scripts come from this server, or are named by their digest."""
    policy = dict(part.strip().split(" ", 1) for part in content_policy().split(";"))
    assert policy["default-src"] == "'self'"
    scripts = policy["script-src"].split()
    assert scripts[0] == "'self'"
    assert len(scripts) == 2
    assert scripts[1].startswith("'sha256-")
    assert "unsafe-eval" not in content_policy()
    assert policy["object-src"] == "'none'"
