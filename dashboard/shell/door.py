"""Who is let in, before anything is served: the start-up token, or the proxy that signs people in.

On one's own machine a browser shows the token of this start once, and has a cookie from then on. On
a server only the named proxy is answered, and only with the key it shares; the name it gives is
believed, any other is forged. A visit begins with the first page, is known by a cookie that holds
nothing, and is over when the store says so: then nothing but signing in again is served.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dashboard.vault.visits import Visits

HEALTH = "/_stcore/health"
SIGN_IN = "/sign-in"
VISIT = "concord_visit"
PROXY_KEY = "x-concord-proxy"
TOKEN = "token"  # noqa: S105 - the name of a parameter
SHORTEST_KEY = 32
_PLAIN = ("/static/", HEALTH)  # the same files for everybody
_GUARDED = ("/media/", "/_stcore/upload_file")


def read_key(settings: Settings) -> bytes:
    """The key that the proxy shares.

    Raises:
        UserError: there is no such file, or its content is no key.
    """
    path = settings.proxy_key_file
    try:
        key = path.read_bytes().strip() if path else b""
    except OSError as fault:
        raise UserError(
            f"Concord does not start: the key of the proxy cannot be read ({fault.strerror}).",
            hint="Name a readable file in CONCORD_PROXY_KEY_FILE.",
            code="proxy-key",
        ) from None
    if len(key) < SHORTEST_KEY:
        raise UserError(
            f"Concord does not start: the key of the proxy is shorter than {SHORTEST_KEY} letters.",
            hint="Write a long random one into CONCORD_PROXY_KEY_FILE, and into the proxy.",
            code="proxy-key",
        )
    return key


class LocalDoor:
    """Lets in browsers that have shown the token of this start."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self.app = app
        self._token = token.encode()
        self._cookie = f"concord_{hashlib.sha256(self._token).hexdigest()[:8]}"
        self._value = hmac.new(self._token, b"session", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] == "lifespan" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        rest = [*parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)]
        shown = dict(rest).get(TOKEN, "")
        if scope["type"] == "http" and hmac.compare_digest(shown.encode(), self._token):
            query = urlencode([(name, value) for name, value in rest if name != TOKEN])
            place = f"{scope['path']}?{query}" if query else scope["path"]
            await _redirect(send, place, _cookie(self._cookie, self._value, "Strict"))
        elif hmac.compare_digest(_cookies(scope).get(self._cookie, ""), self._value):
            await self.app(scope, receive, send)
        else:
            told = "Open Concord with the address that was shown when it started."
            await refuse(scope, send, 403, told)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a server believes, and where signing in begins."""

    proxies: tuple[str, ...]
    key: bytes
    header: str
    sign_in: str = ""


class ServerDoor:
    """Lets in whom the proxy names, for as long as the visit lasts."""

    def __init__(self, app: ASGIApp, *, trust: Trust, visits: Callable[[], Visits]) -> None:
        self.app = app
        self._trust = trust
        self._visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] == "lifespan" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        if not self._is_proxy(scope, headers):
            await refuse(scope, send, 403, "Only the proxy of this server is answered.")
            return
        person = headers.get(self._trust.header, "").strip()
        if not person:
            await refuse(scope, send, 401, "Sign in first.")
        elif scope["path"] == SIGN_IN:
            await self._sign_in(scope, send)
        elif scope["path"].startswith(_PLAIN):
            await self.app(scope, receive, send)
        else:
            await self._visit(person, scope, receive, send)

    async def _visit(self, person: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a visit; begin one with a page where there is none yet."""
        token = _cookies(scope).get(VISIT, "")
        try:
            visit = self._visits().seen(token) if token else None
            foreign = visit is not None and visit.person != person
            is_guarded = scope["type"] == "websocket" or scope["path"].startswith(_GUARDED)
            begins = not is_guarded and (not token or foreign)
            begun = self._visits().open(person) if begins else ""
        except UserError as fault:  # no room, or no database: said in words, not as a bug
            await refuse(scope, send, 503, f"{fault.message} {fault.hint}")
            return
        if begun:
            fresh = _cookie(VISIT, begun, "Lax", secure=_is_secure(scope))
            await self.app(scope, receive, _with_cookie(send, fresh))
        elif visit is not None and not foreign:
            await self.app(scope, receive, send)
        elif token and not foreign and (not is_guarded or scope["type"] == "websocket"):
            await self.app(scope, receive, send)  # the visit is over; the page says so
        else:
            await refuse(scope, send, 401, "Sign in first.")

    async def _sign_in(self, scope: Scope, send: Send) -> None:
        """End what is left of a visit, and go where signing in begins."""
        token = _cookies(scope).get(VISIT, "")
        if token:
            try:
                self._visits().close(token)
            except UserError as fault:  # whoever signs out must know that they did not
                await refuse(scope, send, 503, f"{fault.message} {fault.hint}")
                return
        gone = f"{VISIT}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        await _redirect(send, self._trust.sign_in or "/", gone)

    def _is_proxy(self, scope: Scope, headers: dict[str, str]) -> bool:
        came_from = (scope.get("client") or ("", 0))[0]
        shown = headers.get(PROXY_KEY, "").encode()
        return came_from in self._trust.proxies and hmac.compare_digest(shown, self._trust.key)


async def refuse(scope: Scope, send: Send, status: int, reason: str) -> None:
    """Answer a request with a sentence instead of what it asked for."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})


async def _redirect(send: Send, place: str, cookie: str) -> None:
    where = "/" + place.lstrip("/\\") if not place.startswith("https://") else place
    headers = [
        (b"location", where.encode()), (b"set-cookie", cookie.encode()),
        (b"cache-control", b"no-store"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _with_cookie(send: Send, cookie: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode())]
        await send(message)

    return sending


def _cookie(name: str, value: str, same_site: str, *, secure: bool = False) -> str:
    ending = "; Secure" if secure else ""
    return f"{name}={value}; Path=/; HttpOnly; SameSite={same_site}{ending}"


def _is_secure(scope: Scope) -> bool:
    return _headers(scope).get("x-forwarded-proto", "") == "https"


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by name; of one that comes twice nothing is believed."""
    found: dict[str, str] = {}
    twice = set()
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        if key in found and key != "cookie":
            twice.add(key)
        joined = f"{found[key]}; " if key == "cookie" and key in found else ""
        found[key] = joined + value.decode("latin-1")
    return {name: value for name, value in found.items() if name not in twice}


def _cookies(scope: Scope) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(_headers(scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}
