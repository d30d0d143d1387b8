"""What stands between the network and the pages: the start-up guard, the gate, the warm-up.

Streamlit sets no security headers and answers to any Host name. `Gate` adds the headers, refuses
foreign hosts and overlong addresses, and closes routes that nobody here needs. `lifespan` begins to
load what every visitor needs; on one's own machine the server answers meanwhile, because a browser
is busy for a second before it asks for a page. So that this holds, nothing is imported here that
imports the pages. What was loaded is frozen: Streamlit runs a full garbage collection after every
rerun, which costs 134 to 211 ms with the engines loaded and nothing once frozen; what is loaded
later is frozen when it shows. Who is let in at all is decided in `door`.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import importlib
import logging
import os
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit
from starlette.middleware import Middleware
from streamlit import config

from dashboard.foundation import log
from dashboard.foundation.errors import UserError
from dashboard.foundation.settings import (
    Mode,
    Settings,
    is_loopback,
    read_settings,
    refuse_unsafe,
)
from dashboard.shell.door import LocalDoor, ServerDoor, Trust, read_key, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_ADDRESS = 8_000  # bytes of path and query; our own stay below 100
CLOSED_ROUTES = ("/_stcore/metrics", "/_stcore/agent")
PRIVATE_ROUTES = ("/media/", "/_stcore/upload_file")
_ENGINES = (
    "dashboard.learning.forecasting", "dashboard.learning.description", "dashboard.learning.bundle",
    "dashboard.insight.attribution", "dashboard.insight.neighbours", "dashboard.insight.observed",
)  # fmt: skip
_FULL = 2  # the generation of a full collection
_LONG_SWEEP = 0.02  # seconds of processor time
_MOST_FREEZES = 16
_PATIENCE = 5.0  # seconds in which the first visitor sees a page, or comes later
first_page = threading.Event()  # somebody has seen a page

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def prepare() -> None:
    """Open the log; end the process where strangers could reach patients without a login."""
    try:
        settings = read_settings(os.environ)
        address = config.get_option("server.address") or "0.0.0.0"  # noqa: S104 - what it means
        refuse_unsafe(replace(settings, host=address), has_login=settings.has_login)
        if settings.mode is Mode.SERVER:
            read_key(settings)
        _open_folders(settings)
        logging.getLogger("uvicorn.access").setLevel(logging.WARNING)  # a line for every request
    except UserError as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(refusal.exit_code) from None


def _open_folders(settings: Settings) -> None:
    """Make the data folder, for its owner only, before anything else would make it; open the log.

    Raises:
        UserError: one of them cannot be written to.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.write_to(settings.log_file, settings.log_level)
    except OSError as fault:
        raise UserError(
            f"Concord does not start: it cannot write to {fault.filename} ({fault.strerror}).",
            hint="Name a folder of your own in CONCORD_DATA_DIR, or a file in CONCORD_LOG_FILE.",
            code="data-folder",
        ) from None


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Load before the first visitor comes, and spare every rerun the sweep over what was loaded."""
    sweeper = Sweeper()
    gc.callbacks.append(sweeper)
    if read_settings(os.environ).mode is Mode.SERVER:
        load()  # what cannot be loaded ends the start, and whoever watches the server is told
    else:
        threading.Thread(target=load, daemon=True, name="loading").start()
    end = threading.Event()
    threading.Thread(target=_daily, args=(end,), daemon=True, name="daily").start()
    yield
    end.set()
    gc.callbacks.remove(sweeper)
    gc.unfreeze()


def _daily(end: threading.Event) -> None:
    """What is done once a day, begun when nobody waits for a first page."""
    first_page.wait(_PATIENCE)
    if not end.is_set():
        with suppress(UserError):  # every page says what is wrong
            _of_shell("daily").every_day(_of_shell("wiring").context(), end)


def load() -> None:
    """Load what every visitor needs; what few need follows when the first has seen a page."""
    importlib.import_module("dashboard.shell.main")
    try:
        _of_shell("wiring").context()
    except UserError as mistake:
        sys.stderr.write(f"{mistake}\n")  # every page says so too, and asks again
    gc.collect()
    gc.freeze()
    threading.Thread(target=_load_the_rest, daemon=True, name="engines").start()


def _load_the_rest() -> None:
    first_page.wait(_PATIENCE)  # it would draw at half the speed
    importlib.import_module("dashboard.records.worker").default_worker().warm()
    load_engines()


def load_engines() -> None:
    """Import what the first forecast needs, while the first visitor still looks at the welcome."""
    for name in _ENGINES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def report_bug(bug: Exception) -> bool:
    """Write down a bug that no page caught and tell its number."""
    told: bool = _of_shell("page").report_bug(bug)
    return told


def _of_shell(name: str) -> Any:
    return importlib.import_module(f"dashboard.shell.{name}")


class Sweeper:
    """Freezes what survived a full collection that took long, so that the next one is short.

    Engines and models come as they are asked for, after the start. What survives such a sweep is
    theirs for good; frozen, it is not looked at again. Only a few times, because what is frozen
    together with it and later hangs in a cycle is not collected any more.
    """

    def __init__(self) -> None:
        self.left = _MOST_FREEZES
        self._begun = 0.0

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        """Heed the beginning and the end of a collection."""
        if info["generation"] < _FULL or not self.left:
            return
        if phase == "start":
            self._begun = time.thread_time()
        elif time.thread_time() - self._begun > _LONG_SWEEP:
            gc.freeze()
            self.left -= 1


def middleware() -> list[Middleware]:
    """The gate in front of everything Streamlit serves."""
    settings = read_settings(os.environ)
    outer = Middleware(Gate, local=settings.mode is Mode.LOCAL)
    if settings.mode is Mode.SERVER:
        trust = Trust(
            settings.proxies, read_key(settings), settings.identity_header, settings.sign_in
        )
        return [outer, Middleware(ServerDoor, trust=trust, visits=_of_shell("wiring").visits)]
    if settings.start_token:
        return [outer, Middleware(LocalDoor, token=settings.start_token)]
    return [outer]


def content_policy() -> str:
    """Scripts from this server only, plus the one that Streamlit writes into its page."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    hashes = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    ]
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in hashes)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "
        "object-src 'none'"
    )


class Gate:
    """Refuses what is not meant for us and sets the headers on everything else."""

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self.app = app
        self.local = local
        self.headers = {
            "content-security-policy": content_policy(),
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        status, reason = self._refusal(scope)
        if status:
            await refuse(scope, send, status, reason)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._sealed(scope["path"], message["headers"])
            await send(message)

        await self.app(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        if self.local and not _is_local(scope):
            return 403, "This installation answers to its own machine only."
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return 414, "The address is too long."
        if scope["path"].startswith(CLOSED_ROUTES):
            return 404, "Not found."
        return 0, ""

    def _sealed(self, path: str, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        extra = dict(self.headers)
        if path.startswith(PRIVATE_ROUTES):
            extra["cache-control"] = "no-store"
        kept = [(name, value) for name, value in given if name.decode().lower() not in extra]
        return kept + [(name.encode(), value.encode()) for name, value in extra.items()]


def _is_local(scope: Scope) -> bool:
    """Whether the request came to a loopback address under one of its own names."""
    arrived_at = (scope.get("server") or ("", 0))[0]
    named = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return is_loopback(arrived_at) and is_loopback(re.sub(r":\d+$", "", named))
