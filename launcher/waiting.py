"""What a browser shows until the dashboard answers: what is being done, and then the dashboard.

A small server of the standard library, on this machine only, behind an address that nobody can
guess, because it hands on the start-up token. It is gone with the launcher; it serves one page and
that page's question how far things are.
"""

from __future__ import annotations

import html
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from launcher.machine import Machine

HERE = "127.0.0.1"
PAGE = Path(__file__).with_name("waiting.html")
_PATIENCE = 5.0  # seconds for one request


@dataclass
class Waiting:
    """How far the start is: what was said last, and the dashboard's address once it answers."""

    machine: Machine
    path: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(24)}")
    address: str = ""
    url: str = ""

    def state(self) -> dict[str, str]:
        """What the page asks for again and again."""
        return {"said": self.machine.said[-1] if self.machine.said else "", "address": self.address}

    def page(self, nonce: str) -> str:
        """The page, with what was said last for whoever has no scripts."""
        text = PAGE.read_text(encoding="utf-8").replace("{nonce}", nonce)
        return text.replace("{said}", html.escape(self.state()["said"]))


@contextmanager
def waiting_page(machine: Machine) -> Iterator[Waiting]:
    """Serve the page until the launcher ends."""
    waiting = Waiting(machine)
    with ThreadingHTTPServer((HERE, 0), _answering(waiting)) as server:
        server.daemon_threads = True
        waiting.url = f"http://{HERE}:{server.server_address[1]}{waiting.path}"
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield waiting
        finally:
            server.shutdown()


def _answering(waiting: Waiting) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_GET(self) -> None:
            """The page, its question, or nothing."""
            if not secrets.compare_digest(self.path.encode(), waiting.path.encode()):
                self._answer_state()
            elif waiting.address:
                self.send_response(303)
                self._finish(b"", ("Location", waiting.address))
            else:
                nonce = secrets.token_urlsafe(12)
                policy = (
                    f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
                    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
                )
                self.send_response(200)
                self.send_header("Content-Security-Policy", policy)
                self._finish(
                    waiting.page(nonce).encode(), ("Content-Type", "text/html; charset=utf-8")
                )

        def _answer_state(self) -> None:
            asked = f"{waiting.path}/state".encode()
            known = secrets.compare_digest(self.path.encode(), asked)
            self.send_response(200 if known else 404)
            state = json.dumps(waiting.state()).encode() if known else b""
            self._finish(state, ("Content-Type", "application/json"))

        def _finish(self, body: bytes, header: tuple[str, str]) -> None:
            self.send_header(*header)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing: the terminal belongs to the launcher."""

    return Answer
