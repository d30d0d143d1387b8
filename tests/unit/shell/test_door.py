"""Who is let in: a start-up token on one's own machine, the named proxy on a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import read_settings
from dashboard.services import people
from dashboard.services.context import Actor, Permission, Role
from dashboard.services.installation import open_context
from dashboard.shell import server, wiring
from dashboard.shell.door import HEALTH, SIGN_IN, VISIT, LocalDoor, ServerDoor, Trust, read_key
from dashboard.shell.wiring import NoRole, SignedOut, Visiting, Visitor
from dashboard.vault.record import Unavailable
from dashboard.vault.visits import Visits, named
from tests.unit.shell.test_gate import inner_app

TOKEN = "a-token-of-this-start"
KEY = b"k" * 40
BOSS = "ada@example.org"


def ask(door, path="/", *, kind="http", query=b"", client="127.0.0.1", **headers):
    """Everything a door sends for one request; headers with underscores for dashes."""
    sent = []
    named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {
        "type": kind, "path": path, "query_string": query, "client": (client, 5), "headers": named,
    }  # fmt: skip

    async def send(message):
        sent.append(message)

    # In a thread of its own: a browser driven from this process keeps a loop running here.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(door(scope, None, send))).result()
    return sent


def cookie_of(sent):
    """The cookie that an answer sets, as the browser sends it back; empty where there is none."""
    found = [v.decode() for k, v in sent[0].get("headers", []) if k == b"set-cookie"]
    return found[0].split(";")[0] if found else ""


# -- one's own machine ---------------------------------------------------------------------------


LOCAL = LocalDoor(inner_app, token=TOKEN)


def test_local_door_exchanges_the_token_for_a_cookie():
    """The token leaves the address at once; the cookie is not the token and opens everything."""
    sent = ask(LOCAL, "/report", query=f"patient=SYN-1&token={TOKEN}".encode())
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 303
    assert headers[b"location"] == b"/report?patient=SYN-1"
    told = headers[b"set-cookie"].decode()
    assert TOKEN not in told
    assert "HttpOnly" in told
    assert "SameSite=Strict" in told
    assert ask(LOCAL, "/", cookie=cookie_of(sent))[0]["status"] == 200
    assert (
        ask(LOCAL, "/_stcore/stream", kind="websocket", cookie=cookie_of(sent))[0]["type"]
        == "websocket.accept"
    )


@pytest.mark.parametrize(
    ("query", "cookie"),
    [(b"", ""), (b"token=", ""), (b"token=wrong", ""), (b"", "concord_0=x"), (b"", "a\x01=;;=")],
)
def test_local_door_refuses_who_has_not_shown_the_token(query, cookie):
    """Neither pages nor files nor the connection behind a page, whatever else is sent."""
    for path in ("/", "/media/abc.pdf"):
        sent = ask(LOCAL, path, query=query, cookie=cookie)
        assert sent[0]["status"] == 403
        assert b"the address that was shown when it started" in sent[1]["body"]
    closed = ask(LOCAL, "/_stcore/stream", kind="websocket", query=query, cookie=cookie)
    assert closed[0]["type"] == "websocket.close"


def test_local_door_answers_whether_it_is_there():
    """run.py asks before anybody has a cookie; the token's address leads nowhere else."""
    assert ask(LOCAL, HEALTH)[0]["status"] == 200
    sent = ask(LOCAL, "//evil.example/x", query=f"token={TOKEN}".encode())
    assert dict(sent[0]["headers"])[b"location"] == b"/evil.example/x"


# -- a server ------------------------------------------------------------------------------------


class Clock:
    """A clock that is set forward by hand, as time and as ticks."""

    def __init__(self):
        self.at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self):
        """What time it is."""
        return self.at

    def ticks(self):
        """Seconds since the clock's first day."""
        return self.at.timestamp()

    def on(self, minutes):
        """Let time pass."""
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clock():
    """Noon."""
    return Clock()


@pytest.fixture
def context(tmp_path, clock):
    """A server's installation whose first administrator is named."""
    environ = {"CONCORD_DATA_DIR": str(tmp_path / "data"), "CONCORD_FIRST_ADMIN": BOSS}
    held = open_context(environ, clock=clock, actor=Actor(BOSS, BOSS, Role.ADMIN))
    yield held
    held.store.close()


@pytest.fixture
def visits(context, clock):
    """Its visits, measured by the same clock."""
    return Visits(context.store, clock=clock, ticks=clock.ticks)


@pytest.fixture
def door(visits):
    """Its door, behind a proxy on this machine."""
    trust = Trust(("127.0.0.1",), KEY, "x-forwarded-user", "/oauth2/sign_out")
    return ServerDoor(inner_app, trust=trust, visits=lambda: visits)


def proxied(door, path="/", person=BOSS, **more):
    """A request as the proxy passes it on."""
    return ask(door, path, x_concord_proxy=KEY.decode(), x_forwarded_user=person, **more)


def token_of(sent):
    """The token in the cookie of an answer."""
    return cookie_of(sent).removeprefix(f"{VISIT}=")


def test_server_door_begins_a_visit_with_a_page(door, visits):
    """A cookie comes with the first page; with it files and the connection are served."""
    sent = proxied(door, x_forwarded_proto="https")
    told = dict(sent[0]["headers"])[b"set-cookie"].decode()
    assert "HttpOnly" in told
    assert "Secure" in told
    cookie = cookie_of(sent)
    assert visits.seen(token_of(sent)).person == BOSS
    again = proxied(door, cookie=cookie)
    assert again[0]["status"] == 200
    assert cookie_of(again) == ""
    assert proxied(door, "/media/x.pdf", cookie=cookie)[0]["status"] == 200
    opened = proxied(door, "/_stcore/stream", kind="websocket", cookie=cookie)
    assert opened[0]["type"] == "websocket.accept"


@pytest.mark.parametrize("path", ["/", "/media/x.pdf", SIGN_IN, "/static/a.js"])
@pytest.mark.parametrize(
    "forged",
    [
        {"client": "10.0.0.9", "x_concord_proxy": KEY.decode(), "x_forwarded_user": BOSS},
        {"x_concord_proxy": "k" * 39, "x_forwarded_user": BOSS},
        {"x_forwarded_user": BOSS},
        {},
    ],
)
def test_server_door_refuses_a_forged_identity(door, path, forged):
    """From elsewhere, with another key or with none: nothing is answered, not even a file."""
    sent = ask(door, path, **forged)
    assert sent[0]["status"] == 403
    assert ask(door, "/_stcore/stream", kind="websocket", **forged)[0]["type"] == "websocket.close"


def test_server_door_believes_no_header_that_comes_twice(visits):
    """A second identity smuggled in beside the proxy's is nobody's."""
    door = ServerDoor(
        inner_app, trust=Trust(("127.0.0.1",), KEY, "x-forwarded-user"), visits=lambda: visits
    )
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"x-concord-proxy", KEY), (b"x-forwarded-user", b"a"), (b"X-Forwarded-User", b"b")]
    scope = {"type": "http", "path": "/", "query_string": b"", "client": ("127.0.0.1", 1),
             "headers": headers}  # fmt: skip
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(door(scope, None, send))).result()
    assert sent[0]["status"] == 401


def test_server_door_gives_files_to_visits_only(door):
    """Without a visit a file is 401, and so is the connection; nobody named is 401 as well."""
    assert proxied(door, "/media/x.pdf")[0]["status"] == 401
    assert proxied(door, "/_stcore/upload_file/1")[0]["status"] == 401
    closed = proxied(door, "/_stcore/stream", kind="websocket")
    assert closed[0]["type"] == "websocket.close"
    assert ask(door, x_concord_proxy=KEY.decode())[0]["status"] == 401


def test_server_door_does_not_renew_what_is_over(door, clock):
    """After a quarter of an hour the cookie opens no file; the page is served to say so."""
    cookie = cookie_of(proxied(door))
    clock.on(16)
    assert proxied(door, "/media/x.pdf", cookie=cookie)[0]["status"] == 401
    page = proxied(door, cookie=cookie)
    assert page[0]["status"] == 200
    assert cookie_of(page) == ""
    assert proxied(door, "/_stcore/stream", kind="websocket", cookie=cookie)[0]["type"] == (
        "websocket.accept"
    )


def test_server_door_signs_in_again_where_the_proxy_says(door, visits):
    """The old visit ends, its cookie goes, and the next page begins a new one."""
    cookie = cookie_of(proxied(door))
    sent = proxied(door, SIGN_IN, cookie=cookie)
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 303
    assert headers[b"location"] == b"/oauth2/sign_out"
    assert b"Max-Age=0" in headers[b"set-cookie"]
    assert visits.seen(cookie.removeprefix(f"{VISIT}=")) is None


def test_server_door_gives_each_person_a_visit_of_their_own(door, visits):
    """The cookie of somebody else opens nothing and is replaced."""
    cookie = cookie_of(proxied(door))
    other = proxied(door, person="bob@example.org", cookie=cookie)
    assert visits.seen(token_of(other)).person == "bob@example.org"
    sent = proxied(door, "/media/x.pdf", person="bob@example.org", cookie=cookie)
    assert sent[0]["status"] == 401


# -- behind the door -----------------------------------------------------------------------------


def test_visitor_is_who_the_visit_says_in_the_role_of_now(context, visits):
    """First administrator, then what was given; a visit ends with a change of role."""
    token = visits.open(BOSS)
    seen = wiring.of_visiting(context, visits, Visiting(BOSS, token))
    assert seen.context.session == named(token)
    assert seen.context.session not in token
    assert (seen.context.actor.id, seen.context.actor.role) == (BOSS, Role.ADMIN)
    people.give(context, "cli@example.org", Role.CLINICIAN, after=0)
    other = visits.open("cli@example.org")
    visiting = Visiting("cli@example.org", other)
    assert wiring.of_visiting(context, visits, visiting).context.actor.role is Role.CLINICIAN
    people.give(context, "cli@example.org", None, after=1)
    with pytest.raises(SignedOut):
        wiring.of_visiting(context, visits, visiting)


@pytest.mark.parametrize(("person", "known"), [(BOSS, False), ("eve@example.org", True)])
def test_visitor_without_a_visit_of_their_own_is_signed_out(context, visits, person, known):
    """No cookie, or the cookie of somebody else."""
    token = visits.open(BOSS) if known else ""
    with pytest.raises(SignedOut):
        wiring.of_visiting(context, visits, Visiting(person, token))


def test_visitor_without_a_role_sees_nothing(context, visits):
    """Signed in is not let in."""
    token = visits.open("eve@example.org")
    with pytest.raises(NoRole, match=r"eve@example\.org"):
        wiring.of_visiting(context, visits, Visiting("eve@example.org", token))


def test_visitor_is_over_after_fifteen_minutes_and_after_twelve_hours(context, visits, clock):
    """Without a sign of life, and in any case."""
    visiting = Visiting(BOSS, visits.open(BOSS))
    clock.on(14)
    assert wiring.of_visiting(context, visits, visiting).silent == timedelta(minutes=14)
    clock.on(16)
    with pytest.raises(SignedOut):
        wiring.of_visiting(context, visits, visiting)
    busy = Visiting(BOSS, visits.open(BOSS))
    for _ in range(72):
        clock.on(10)
        wiring.of_visiting(context, visits, busy)
    clock.on(1)
    with pytest.raises(SignedOut):
        wiring.of_visiting(context, visits, busy)


def test_administration_is_over_after_ten_minutes(context, visits, clock, monkeypatch):
    """The page of a patient allows a quarter of an hour, the pages of administration do not."""
    monkeypatch.setattr(wiring, "visits", lambda: visits)
    visiting = Visiting(BOSS, visits.open(BOSS))
    clock.on(11)
    seen = wiring.of_visiting(context, visits, visiting)
    wiring.refuse_idle(seen, Permission.KNOWLEDGE_READ)
    with pytest.raises(SignedOut):
        wiring.refuse_idle(seen, Permission.PEOPLE_MANAGE)
    with pytest.raises(SignedOut):
        wiring.of_visiting(context, visits, visiting)
    wiring.refuse_idle(Visitor(context), Permission.PEOPLE_MANAGE)


# -- the start -----------------------------------------------------------------------------------


SERVER = {"CONCORD_MODE": "server", "CONCORD_PROXY": "127.0.0.1", "CONCORD_FIRST_ADMIN": BOSS}


def ended(monkeypatch, capsys, environ):
    """The exit code of a start that is refused, and what it says."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(server.config, "get_option", {"server.address": "127.0.0.1"}.get)
    with pytest.raises(SystemExit) as refusal:
        server.prepare()
    return refusal.value.code, capsys.readouterr().err


@pytest.mark.parametrize("missing", ["", "CONCORD_PROXY", "CONCORD_FIRST_ADMIN"])
def test_server_does_not_start_without_a_login(tmp_path, monkeypatch, capsys, missing):
    """Without proxy, key or first administrator the process ends with 2 and the reason."""
    environ = {name: value for name, value in SERVER.items() if name != missing}
    code, said = ended(monkeypatch, capsys, {**environ, "CONCORD_DATA_DIR": str(tmp_path)})
    assert code == 2
    assert "server mode needs a login, and none is configured" in said
    assert "CONCORD_PROXY_KEY_FILE" in said


def test_server_does_not_start_with_a_short_or_missing_key(tmp_path, monkeypatch, capsys):
    """A key that can be guessed is none."""
    key = tmp_path / "proxy.key"
    key.write_text("short")
    environ = {**SERVER, "CONCORD_DATA_DIR": str(tmp_path), "CONCORD_PROXY_KEY_FILE": str(key)}
    code, said = ended(monkeypatch, capsys, environ)
    assert code == 2
    assert "shorter than 32 letters" in said
    with pytest.raises(UserError, match="the key of the proxy cannot be read"):
        read_key(read_settings({"CONCORD_PROXY_KEY_FILE": str(tmp_path / "none")}))


def test_doors_stand_behind_the_gate(tmp_path, monkeypatch):
    """Local without a token: the gate alone; with one, or on a server, a door as well."""
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path))
    assert [part.cls for part in server.middleware()] == [server.Gate]
    monkeypatch.setenv("CONCORD_START_TOKEN", "x" * 20)
    assert [part.cls for part in server.middleware()] == [server.Gate, LocalDoor]
    key = tmp_path / "proxy.key"
    key.write_bytes(KEY)
    for name, value in {**SERVER, "CONCORD_PROXY_KEY_FILE": str(key)}.items():
        monkeypatch.setenv(name, value)
    assert [part.cls for part in server.middleware()] == [server.Gate, ServerDoor]


def test_server_door_says_that_the_store_cannot_be_used(context):
    """No room, or no database: words and 503, for a new visit, an old one, and signing out."""

    class Unusable:
        """Visits of a store that cannot be used."""

        def _refuse(self, _token):
            raise Unavailable("There is no room left.", hint="Free some space.")

        seen = open = close = _refuse

    trust = Trust(("127.0.0.1",), KEY, "x-forwarded-user")
    door = ServerDoor(inner_app, trust=trust, visits=Unusable)
    for path, cookie in (("/", ""), ("/", f"{VISIT}=x"), (SIGN_IN, f"{VISIT}=x")):
        sent = proxied(door, path, cookie=cookie)
        assert sent[0]["status"] == 503
        assert sent[1]["body"] == b"There is no room left. Free some space."
    closed = proxied(door, "/_stcore/stream", kind="websocket", cookie=f"{VISIT}=x")
    assert closed[0]["type"] == "websocket.close"
