"""What the server says to whom: headers, hosts, addresses, and when it does not start at all."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dashboard.shell.registry import PAGES
from tests.browser.conftest import ROOT

VIEWS = ("Regimens", "Record", "Change values", "Download")


def ask(app, path, *, host=None):
    """One request to the running app: status and headers."""
    there = urlsplit(app.address)
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.parametrize(
    "path", ["/", "/patient", "/_stcore/health", "/favicon.png", "/media/x.csv"]
)
def test_server_sends_its_headers_everywhere(app, path):
    """Policy, frame and type headers stand on pages, health, files and errors alike."""
    _, headers = ask(app, path)
    assert "script-src 'self' 'sha256-" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_server_refuses_a_foreign_host(app):
    """A page that rebinds its name to this machine is refused."""
    assert ask(app, "/", host="evil.example")[0] == 403
    assert ask(app, "/", host="localhost")[0] == 200


def test_server_closes_what_nobody_needs(app):
    """Metrics and the agent interface do not answer, an overlong address is refused."""
    assert ask(app, "/_stcore/metrics")[0] == 404
    assert ask(app, "/_stcore/agent/openapi.json")[0] == 404
    assert ask(app, f"/?{'a' * 20_000}")[0] == 414


@pytest.mark.parametrize(
    ("address", "mode", "reason"),
    [
        ("0.0.0.0", "local", "0.0.0.0 can be reached from other machines"),
        ("127.0.0.1", "server", "server mode needs a login"),
    ],
)
def test_server_does_not_start_where_strangers_could_come_in(tmp_path, address, mode, reason):
    """Exit code 2 and the reason, before a port is opened."""
    command = [sys.executable, "-m", "streamlit", "run", "dashboard/app.py"]
    environ = {**os.environ, "CONCORD_DATA_DIR": str(tmp_path), "CONCORD_MODE": mode}
    command += ["--server.address", address, "--server.port", "8791"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr


def serious(page):
    """Violations that axe calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], each["nodes"][0]["html"][:120])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("path", ["/", "/intake", "/patient", "/patient?patient=nobody"])
def test_axe_finds_nothing_serious(page, path):
    """No serious barrier on the pages as they open."""
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(800)
    assert serious(page) == []


def test_axe_finds_nothing_serious_in_any_view_of_a_patient(page):
    """Tables, form, chips and pictures of a patient are free of serious barriers."""
    page.goto("/patient?patient=SYN-NSCLC-04")
    page.get_by_role("heading", name="Regimens by the published rules").wait_for()
    for view in VIEWS:
        choice = page.get_by_role("radio", name=view)
        choice.or_(page.get_by_role("button", name=view, exact=True)).first.click()
        page.wait_for_timeout(1200)
        assert serious(page) == [], view


def drawn(page, *, rest=1500):
    """Wait until nothing is computed or drawn any more, and what was there has faded."""
    page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=60_000)
    page.wait_for_timeout(rest)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=30_000)


def cut_off(page):
    """What lies outside the page sideways, and is not in a box that scrolls by itself."""
    main = page.get_by_test_id("stMain")
    outside: list[str] = main.evaluate(
        """e => [...e.querySelectorAll('h1, h2, h3, p, button, input, .cc-chip, .cc-banner')]
        .filter(x => x.offsetParent && !x.closest('.cc-scroll, [data-testid=stSidebar]'))
        .filter(x => x.getBoundingClientRect().right > innerWidth + 1)
        .map(x => x.outerHTML.slice(0, 80))"""
    )
    return outside or main.evaluate("e => e.scrollWidth - e.clientWidth > 1")


@pytest.mark.parametrize("spec", PAGES[2:], ids=lambda spec: spec.slug)
def test_page_about_a_patient_bars_nobody(forecasts_page, spec):
    """No serious barrier on light and on dark ground, nothing cut off at twice the size."""
    forecasts_page.goto(f"{spec.address}?patient=SYN-NSCLC-02")
    forecasts_page.get_by_role("heading", level=1).wait_for()
    drawn(forecasts_page)
    assert forecasts_page.get_by_text("Incident ").count() == 0
    assert serious(forecasts_page) == []
    if spec.full_screen:
        forecasts_page.goto(f"{spec.address}?patient=SYN-NSCLC-02&theme=dark")
        forecasts_page.get_by_role("heading", level=1).wait_for()
    else:
        forecasts_page.get_by_text("Dark screen", exact=True).click()
        forecasts_page.wait_for_url("**theme=dark**")
    drawn(forecasts_page, rest=700)
    assert serious(forecasts_page) == []
    forecasts_page.set_viewport_size({"width": 640, "height": 400})
    forecasts_page.wait_for_timeout(400)
    assert not cut_off(forecasts_page)
