"""An app in front of a Chromium: start it, know what it costs, and see when a page is drawn.

For the benchmarks of the screen. Everything waits for what a visitor would see, the figures of the
charts included, and ends with an error where it does not come: a time is only told of something
that has happened. Knows Streamlit's pages and nothing of a patient.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.serving import free_port, stop, wait_until_it_answers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
PATIENCE_MS = 60_000
_IDLE_SHARE, _LONGEST_SETTLING = 0.05, 120.0
_NOTHING = "\N{EMPTY SET}"

# What every chart of the page says and where its marks are; empty until all of them are drawn.
_LOOK = """() => {
  const charts = [...document.querySelectorAll('[data-testid=stMain] .js-plotly-plot')];
  if (!charts.length || !charts.every(c => c.querySelector('.main-svg'))) return '';
  const place = p => (p.getAttribute('d') || '') + (p.getAttribute('transform') || '');
  return charts.map(c => c.textContent + [...c.querySelectorAll('.trace path')].map(place)).join();
}"""
_DRAWN = f"""([title, words, before]) => {{
  const main = document.querySelector('[data-testid=stMain]');
  const h = main && main.querySelector('h1');
  if (!h || h.innerText.trim() !== title || document.querySelector('[data-stale=true]')) return 0;
  const now = ({_LOOK})();
  return now && now !== before && main.innerText.replaceAll('\\u00a0', ' ').includes(words);
}}"""


@dataclass(frozen=True)
class Served:
    """A running app."""

    address: str
    process: int
    begun: float

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return sum(int(fields[place]) for place in (11, 12)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Megabytes it holds."""
        for line in Path(f"/proc/{self.process}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("The system does not say how much memory is held.")

    def settle(self) -> None:
        """Wait until what it began for itself is done, so that it is in nobody's figure."""
        last = time.monotonic() + _LONGEST_SETTLING
        while time.monotonic() < last:
            before = self.cpu()
            time.sleep(1)
            if self.cpu() - before < _IDLE_SHARE:
                return
        raise RuntimeError(f"The app was still at work after {_LONGEST_SETTLING:g} s.")


@contextmanager
def serving(script: str, environ: Mapping[str, str]) -> Iterator[Served]:
    """A Streamlit app on a free port."""
    port = free_port(HOST, 8700)
    command = [
        sys.executable, "-m", "streamlit", "run", script, "--server.address", HOST,
        "--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats",
        "false",
    ]  # fmt: skip
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ}, stdout=out, stderr=out
        )
        try:
            wait_until_it_answers(process, f"http://{HOST}:{port}/_stcore/health")
            yield Served(f"http://{HOST}:{port}", process.pid, begun)
        finally:
            stop(process)


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor of their own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    yield page
    context.close()


def look(page: Page) -> str:
    """What the charts of a page say and show; of no chart, something no chart says."""
    return str(page.evaluate(_LOOK)) or _NOTHING


def drawn(page: Page, title: str, *, words: str = "", before: str = _NOTHING) -> None:
    """Wait until a page is whole.

    Args:
        page: the visitor's.
        title: its heading.
        words: what else has to stand on it.
        before: what its charts looked like; they have to look otherwise now.
    """
    page.wait_for_function(_DRAWN, arg=[title, words, before])


def switch(page: Page, title: str) -> float:
    """Seconds from a click in the menu until the charts of that page are drawn."""
    before = look(page)
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)
    link.scroll_into_view_if_needed()
    begun = time.perf_counter()
    link.click()
    drawn(page, title, before=before)
    return time.perf_counter() - begun


def type_in(page: Page, label: str, text: str, *, title: str, words: str) -> float:
    """Seconds from the end of typing into a field until the page says so and its charts changed."""
    before = look(page)
    field = page.get_by_role("textbox", name=re.compile(rf"^{label}\b"))
    field.fill(text)
    begun = time.perf_counter()
    field.press("Enter")
    drawn(page, title, words=words, before=before)
    return time.perf_counter() - begun
