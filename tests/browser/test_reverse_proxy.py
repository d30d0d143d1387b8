"""The site of the manual, in a real nginx, before the real app: headers, refusals, visits."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from launcher.serving import free_port, stop, wait_until_it_answers

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "docs" / "how-to" / "nginx" / "concord.conf"
HOST = "127.0.0.1"
KEY = "k" * 43
BOSS = "ada@hospital.example"
FOLDER: list[Path] = []  # where the site of this run writes
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx is installed here")


class Identity(BaseHTTPRequestHandler):
    """Stands for oauth2-proxy: whoever has its cookie is signed in."""

    def do_GET(self):
        """Answer auth_request."""
        signed_in = "signed=in" in self.headers.get("Cookie", "")
        self.send_response(202 if signed_in else 401)
        if signed_in:
            self.send_header("X-Auth-Request-Email", BOSS)
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The ports of nginx and of the app behind it."""
    folder = tmp_path_factory.mktemp("site")
    FOLDER[:] = [folder]
    (folder / "proxy.key").write_text(KEY)
    app, front = free_port(HOST, 8700), free_port(HOST, 8800)
    identity = ThreadingHTTPServer((HOST, 0), Identity)
    threading.Thread(target=identity.serve_forever, daemon=True).start()
    environ = {
        **os.environ, "CONCORD_DATA_DIR": str(folder / "data"), "CONCORD_MODE": "server",
        "CONCORD_PROXY": HOST, "CONCORD_PROXY_KEY_FILE": str(folder / "proxy.key"),
        "CONCORD_FIRST_ADMIN": BOSS, "CONCORD_SIGN_IN": "/oauth2/sign_out",
    }  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py",
               "--server.address", HOST, "--server.port", str(app)]  # fmt: skip
    auth = f"http://{HOST}:{identity.server_port}"
    with (folder / "output.txt").open("wb") as output:
        concord = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
        proxy = subprocess.Popen(
            [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c",
             str(configured(folder, app, front, auth)), "-g", "daemon off;"],
            stdout=output, stderr=output,
        )  # fmt: skip
        try:
            wait_until_it_answers(concord, f"http://{HOST}:{app}/_stcore/health")
            wait_for(front)
            yield front, app
        finally:
            stop(proxy)
            stop(concord)
            identity.shutdown()
            identity.server_close()


def configured(folder, app, front, auth):
    """The site of the manual with its names filled in, and the few lines nginx wants around it."""
    text = SITE.read_text(encoding="utf-8")
    names = {
        "LISTEN": f"{HOST}:{front}", "NAME": HOST, "AUTH": auth, "SIGN_IN_SERVICE": auth,
        "CONCORD": f"{HOST}:{app}", "KEY": KEY, "ACCESS_LOG": str(folder / "access.log"),
    }  # fmt: skip
    for name, value in names.items():
        text = re.sub(rf"(?<![A-Z_$-]){name}(?![A-Za-z_-])", value, text)
    places = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {folder / 'nginx.pid'};\nevents {{}}\nhttp {{\n{places}{text}}}\n"
    path = folder / "nginx.conf"
    path.write_text(whole, encoding="utf-8")
    return path


def wait_for(port):
    """Wait until somebody listens."""
    for _ in range(100):
        try:
            ask(port, "/")
        except OSError:
            time.sleep(0.1)
        else:
            return


def ask(port, path, **headers):
    """One request: status and headers."""
    line = http.client.HTTPConnection(HOST, port, timeout=20)
    line.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def test_proxy_serves_nothing_without_a_sign_in(site):
    """Pages, files, uploads and the connection are 401, also with headers that claim somebody."""
    front, _ = site
    for path in ("/", "/report", "/media/abc.pdf", "/_stcore/upload_file/x", "/_stcore/stream"):
        assert ask(front, path)[0] == 401, path
        claimed = ask(front, path, X_Forwarded_User=BOSS, X_Concord_Proxy=KEY)
        assert claimed[0] == 401, path


def test_proxy_serves_pages_with_every_header(site):
    """What is signed in gets the page, a visit, and headers that keep it to itself."""
    front, _ = site
    status, headers = ask(front, "/", Cookie="signed=in")
    assert status == 200
    assert "concord_visit=" in headers["set-cookie"]
    assert "HttpOnly" in headers["set-cookie"]
    policy = headers["content-security-policy"]
    for part in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert part in policy
    assert "unsafe-eval" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_proxy_guards_files_with_the_visit(site):
    """Signed in without a visit is 401; with it a file that is not there is 404, never kept."""
    front, _ = site
    assert ask(front, "/media/abc.pdf", Cookie="signed=in")[0] == 401
    _, headers = ask(front, "/", Cookie="signed=in")
    visit = headers["set-cookie"].split(";")[0]
    status, headers = ask(front, "/media/abc.pdf", Cookie=f"signed=in; {visit}")
    assert status == 404
    assert headers["cache-control"] == "no-store"


def test_app_refuses_a_forged_identity_that_goes_around_the_proxy(site):
    """The right header and a wrong key, or none: 403, on every kind of path."""
    _, app = site
    for path in ("/", "/media/abc.pdf", "/_stcore/stream"):
        assert ask(app, path, X_Forwarded_User=BOSS)[0] == 403, path
        assert ask(app, path, X_Forwarded_User=BOSS, X_Concord_Proxy="x" * 43)[0] == 403, path
    assert ask(app, "/_stcore/health")[0] == 200


def test_proxy_closes_what_nobody_needs(site):
    """Metrics and the agent's description are not there, whoever asks."""
    front, _ = site
    for path in ("/_stcore/metrics", "/_stcore/agent"):
        assert ask(front, path, Cookie="signed=in")[0] == 404


def test_proxy_answers_to_its_own_name_only(site):
    """A page elsewhere whose name was pointed here gets nothing, signed in or not."""
    front, _ = site
    for cookie in ("", "signed=in"):
        assert ask(front, "/", Host="evil.example", Cookie=cookie)[0] == 421


def test_proxy_passes_no_identity_that_a_visitor_sends(site):
    """Each header that could be believed is set or emptied on the way, whatever it is called."""
    text = SITE.read_text(encoding="utf-8")
    inner = text[text.index("location / {") :]
    for name in (
        "X-Forwarded-User", "X-Concord-Proxy", "X-Forwarded-For", "X-Forwarded-Groups",
        "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Auth-Request-User",
        "X-Auth-Request-Email", "X-Remote-User", "Remote-User",
    ):  # fmt: skip
        assert f"proxy_set_header {name} " in inner, name


def test_upload_that_breaks_off_leaves_nothing(site):
    """Cut at six places, through the proxy and past it: no file, no row, and pages go on."""
    front, app = site
    visit = ask(front, "/", Cookie="signed=in")[1]["set-cookie"].split(";")[0]
    body = b"--b\r\nContent-Disposition: form-data; name=f; filename=x.csv\r\n\r\n"
    body += b"PLANTED-4711," * 200_000
    lines = [
        "PUT /_stcore/upload_file/a/b HTTP/1.1", f"Host: {HOST}", f"Cookie: signed=in; {visit}",
        "Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(body) + 99}",
    ]  # fmt: skip
    trusted = [f"X-Concord-Proxy: {KEY}", f"X-Forwarded-User: {BOSS}"]
    for port, more in ((front, []), (app, trusted)):
        head = "\r\n".join([*lines, *more]).encode() + b"\r\n\r\n"
        for share in (0, 1, 2):
            with socket.create_connection((HOST, port), timeout=20) as line:
                line.sendall(head + body[: len(body) * share // 2])
    assert ask(front, "/", Cookie=f"signed=in; {visit}")[0] == 200
    files = [path for path in FOLDER[0].rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"PLANTED" in path.read_bytes()]


def test_visit_opens_the_administration_in_a_browser(site, chromium):
    """The first administrator sees what administrators see, and no page of a patient."""
    front, _ = site
    whole = chromium.new_context()
    whole.add_cookies([{"name": "signed", "value": "in", "url": f"http://{HOST}:{front}"}])
    page = whole.new_page()
    try:
        page.goto(f"http://{HOST}:{front}/")
        page.get_by_role("heading", name="Evidence and scores").wait_for(timeout=30_000)
        assert page.get_by_text("Board", exact=True).count() == 0
    finally:
        whole.close()
