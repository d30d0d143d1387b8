"""How quick the screen is: the real app beside a bare page with as many charts, in one Chromium.

`python -m benchmarks.screen --data FOLDER` takes a data folder in which the model of the sample's
disease is ready (`scripts/train.py`). It starts the app and a bare Streamlit app whose pages draw
the same number of charts of constant data, switches pages, changes a what-if and switches patients
in a Chromium, and asks with websocket clients. Machines differ and are busy: read the ratios.
Prints a table for docs/measurements.md and changes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.websocket import load
from launcher.chromium import provide
from launcher.machine import Machine
from launcher.serving import free_port, stop, wait_until_it_answers

ROOT = Path(__file__).resolve().parents[1]
HOST, FLAGS = "127.0.0.1", ["--no-sandbox", "--disable-dev-shm-usage"]
PATIENCE_MS = 60_000
SAMPLE = "SYN-NSCLC-02"
PAGES = {"Response": 1, "Survival": 1, "Progression": 1, "Toxicity": 1}  # with their charts
FLOOR = """
import streamlit as st
from plotly.graph_objects import Figure
SPEC = {{"data": [{{"type": "scatter", "mode": "lines", "x": list(range(60)),
                    "y": [n % 7 for n in range(60)]}} for _ in range(6)],
         "layout": {{"height": 420, "template": {{}}}}}}
def page(title):
    def draw():
        st.title(title)
        value = st.selectbox("ECOG performance status", [1, 2, 3], key=title)
        spec = dict(SPEC, layout=dict(SPEC["layout"], title=dict(text=f"{{title}} {{value}}")))
        st.plotly_chart(Figure(spec), theme=None, key=f"chart.{{title}}")
    draw.__name__ = title.lower().replace(" ", "_")
    return draw
st.set_page_config(layout="wide")
st.navigation([st.Page(page(name), title=name, default=not n)
               for n, name in enumerate({names})]).run()
"""
_DRAWN = """title => {
  const h = document.querySelector('[data-testid=stMain] h1');
  const charts = [...document.querySelectorAll('[data-testid=stMain] .js-plotly-plot')];
  const idle = !document.querySelector('[data-stale=true]');
  return h && h.innerText.trim() === title && charts.length > 0 && idle
    && charts.every(c => c.querySelector('.main-svg'));
}"""


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


def seconds(do: Callable[[], object]) -> float:
    """How long something takes on the clock."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def opened(browser: Browser, address: str) -> Page:
    """A visitor."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    return page


def switch(page: Page, title: str) -> None:
    """Go to a page by the menu and wait until its charts are drawn."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    page.wait_for_function(_DRAWN, arg=title)


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box."""
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option).first.click()


def cold_start(browser: Browser, app: Served) -> tuple[float, float]:
    """From the command to something on the screen, and to the board."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app.address}/board?patient={SAMPLE}")
    page.locator("[data-testid=stApp]").first.wait_for()
    skeleton = time.monotonic() - app.begun
    page.get_by_role("region", name="The board").wait_for()
    board = time.monotonic() - app.begun
    page.close()
    return skeleton, board


def switching(real: Page, bare: Page, rounds: int) -> tuple[list[float], list[float]]:
    """Page switches of both, in turn."""
    titles = list(PAGES)
    for page in (real, bare):
        for title in titles:
            switch(page, title)
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        title = titles[number % len(titles)]
        for page, held in zip((real, bare), found, strict=True):
            held.append(seconds(lambda page=page, title=title: switch(page, title)))  # type: ignore[misc]
    return found


def what_ifs(real: Page, bare: Page, rounds: int) -> tuple[list[float], list[float]]:
    """A fact changed on the what-if page, and a choice changed on the bare page, in turn."""
    switch(real, "What if")
    real.get_by_role("combobox", name="Facts to change").click()
    real.keyboard.type("ECOG")
    real.keyboard.press("Enter")
    real.get_by_role("combobox", name="ECOG performance status").wait_for()
    switch(bare, "Response")
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        level = str(2 + number % 2)
        found[0].append(_changed(real, level))
        found[1].append(_changed(bare, level))
    return found


def _changed(page: Page, level: str) -> float:
    """From the choice to another chart on the screen."""
    before = page.locator(".js-plotly-plot").first.element_handle()
    page.get_by_role("combobox", name="ECOG performance status").first.click()
    option = page.get_by_role("option").filter(has_text=level).first
    begun = time.perf_counter()
    option.click()
    page.wait_for_function(
        "old => { const now = document.querySelector('.js-plotly-plot'); "
        "return now && now !== old && now.querySelector('.main-svg'); }", arg=before,
    )  # fmt: skip
    return time.perf_counter() - begun


def stale(page: Page, address: str, switches: int) -> int:
    """How often something of the former patient was seen beside the name of the next one."""
    samples = (SAMPLE, "SYN-NSCLC-03")
    for sample in samples:
        page.goto(f"{address}/?patient={sample}")
        page.get_by_role("region", name="Patient on the screen").wait_for()
    page.goto(f"{address}/board?patient={SAMPLE}")
    page.get_by_role("region", name="The board").wait_for()
    page.evaluate(_WATCH)
    for number in range(switches):
        link = samples[(number + 1) % 2]
        page.evaluate(
            "name => { const u = new URL(location); u.searchParams.set('patient', name); "
            "history.pushState({}, '', u); dispatchEvent(new PopStateEvent('popstate')); }", link,
        )  # fmt: skip
        page.wait_for_timeout(30 if number % 3 else 400)
    expect(page.get_by_role("region", name="The board")).to_be_visible()
    return int(page.evaluate("() => window.concordMixed"))


_WATCH = """() => { window.concordMixed = 0;
  const look = () => {
    const who = document.querySelectorAll('.cc-who');
    const names = new Set([...who].map(e => e.innerText));
    if (names.size > 1) window.concordMixed += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look); }"""


def told(name: str, real: Sequence[float], bare: Sequence[float]) -> str:
    """A row of the table."""
    one, other = statistics.median(real), statistics.median(bare)
    late = statistics.quantiles(real, n=20)[-1]
    return (
        f"| {name} | {1000 * one:.0f} / {1000 * late:.0f} ms | {1000 * other:.0f} ms | "
        f"{one / other:.2f} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="a data folder with a trained model")
    parser.add_argument("--patients", default="", help="size of its cohort, if not the usual")
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--switches", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    wanted = parser.parse_args()
    environ = {"CONCORD_DATA_DIR": wanted.data}
    if wanted.patients:
        environ["CONCORD_COHORT_PATIENTS"] = wanted.patients
    chromium = provide(Machine())
    if chromium is None:
        raise SystemExit("Without a Chromium there is no page to see.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare_script = Path(folder) / "bare.py"
        bare_script.write_text(FLOOR.format(names=list(PAGES)), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with serving("dashboard/app.py", environ) as app, serving(str(bare_script), {}) as bare:
            measure(browser, app, bare, wanted)
        browser.close()


def measure(browser: Browser, app: Served, bare: Served, wanted: argparse.Namespace) -> None:
    """Everything, printed as it comes."""
    when = f"{datetime.now(UTC):%Y-%m-%d}"
    print(f"{when}, {platform.system()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    skeleton, board = cold_start(browser, app)
    print(f"cold start: frame {skeleton:.1f} s, board {board:.1f} s after the command", flush=True)
    real = opened(browser, f"{app.address}/board?patient={SAMPLE}")
    real.get_by_role("region", name="The board").wait_for()
    floor = opened(browser, bare.address)
    floor.wait_for_function(_DRAWN, arg=next(iter(PAGES)))
    print("\n| what | p50 / p95 | floor p50 | ratio |\n|---|---|---|---|")
    print(told("page switch", *switching(real, floor, wanted.rounds)), flush=True)
    before = app.cpu()
    changed = what_ifs(real, floor, wanted.rounds)
    spent = 1000 * (app.cpu() - before) / wanted.rounds
    print(told("what-if change", *changed), flush=True)
    print(f"\nserver CPU of one what-if change (a fragment): {spent:.0f} ms")
    for page in (real, floor):
        page.context.close()
    visitor = opened(browser, app.address)
    mixed = stale(visitor, app.address, wanted.switches)
    print(f"stale patient: {mixed} of {wanted.switches} rapid switches", flush=True)
    visitor.context.close()
    load(app, sample=SAMPLE, sessions=wanted.sessions)


if __name__ == "__main__":
    main()
