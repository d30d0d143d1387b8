"""How quick the screen is: the real app beside a bare page with as many charts, in one Chromium.

`python -m benchmarks.screen --data FOLDER` takes a data folder in which the model of the sample's
disease is ready (`scripts/train.py`); `--only` names the steps to take. Page switches and what-ifs
are done in turn in the app and in a bare Streamlit app whose pages draw one chart of constant data
each. Every step checks that what it measures has happened: other figures on the charts, another
patient's board, other months in the table. Machines differ and are busy: read the ratios. Prints a
table for docs/measurements.md and changes nothing but the data folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as Late

from benchmarks import websocket
from benchmarks.browsing import FLAGS, Served, drawn, serving, switch, type_in, visiting
from launcher.chromium import provide
from launcher.machine import Machine

SAMPLE, _ = SAMPLES = "SYN-NSCLC-02", "SYN-NSCLC-03"
PAGES = ("Response", "Survival", "Progression", "Toxicity")  # a chart on each
WHAT_IF, FACT = "What if", "Age"
YOUNGEST, WARMING = 30, 2  # the sample is 64, which would be no change
COLD_STARTS, UNHURRIED = 3, 4  # each fourth switch of patients is waited for
ATTEMPTS, OPEN_MS = 20, 500  # to choose from a list that the page may close
FLOOR = """
import streamlit as st
from plotly.graph_objects import Figure
SPEC = {{"data": [{{"type": "scatter", "mode": "lines", "x": list(range(60)),
                    "y": [n % 7 for n in range(60)]}} for _ in range(6)],
         "layout": {{"height": 420, "template": {{}}}}}}
def page(title):
    def draw():
        st.title(title)
        value = st.text_input("{fact}", "39", key=title)
        spec = dict(SPEC, layout=dict(SPEC["layout"], title=dict(text=f"{{title}} {{value}}")))
        st.plotly_chart(Figure(spec), theme=None, key=f"chart.{{title}}")
    draw.__name__ = title.lower().replace(" ", "_")
    return draw
st.set_page_config(layout="wide")
st.navigation([st.Page(page(name), title=name, default=not n)
               for n, name in enumerate({names})]).run()
"""
TABLE_HEAD = "| what | p50 / p95 | floor p50 | ratio |\n|---|---|---|---|"


_BOARD_OF = """() => {
  const board = document.querySelector('.cc-board tbody');
  return board ? board.innerText : '';
}"""
# At every frame: whose name stands in the banner, and is the board that of the same patient?
_WATCH = """boards => {
  window.concordSeen = {mixed: 0, whole: 0, arrivals: 0, last: ''};
  const seen = window.concordSeen;
  const look = () => {
    const main = document.querySelector('[data-testid=stMain]');
    const who = [...main.querySelectorAll('.cc-who')].map(e => e.innerText.trim());
    const rows = [...main.querySelectorAll('.cc-board tbody')].map(e => e.innerText);
    const named = Object.keys(boards).filter(name => main.innerText.includes(name));
    const strange = rows.some(text => who.length !== 1 || text !== boards[who[0]]);
    if (who.length > 1 || named.length > 1 || strange) seen.mixed += 1;
    else if (rows.length) seen.whole += 1;
    if (who.length === 1 && who[0] !== seen.last) {
      seen.arrivals += 1;
      seen.last = who[0];
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


@dataclass(frozen=True)
class Bench:
    """What is measured with, and how often."""

    browser: Browser
    environ: Mapping[str, str]
    bare_script: str
    rounds: int
    switches: int
    sessions: int
    minutes: int

    def app(self) -> AbstractContextManager[Served]:
        """The real app."""
        return serving("dashboard/app.py", self.environ)

    @contextmanager
    def pair(self) -> Iterator[tuple[Page, Page, Served]]:
        """A visitor of the real app and one of the bare app, and the real app."""
        with self.app() as app, serving(self.bare_script, {}) as bare:
            address = f"{app.address}/response?patient={SAMPLE}"
            with visiting(self.browser, address) as real, visiting(
                self.browser, bare.address
            ) as floor:  # fmt: skip
                for page in (real, floor):
                    drawn(page, PAGES[0])
                app.settle()
                yield real, floor, app


def cold_start(bench: Bench) -> None:
    """From the command to something on the screen and to the board, with nothing else starting."""
    frames, boards = [], []
    for _ in range(COLD_STARTS):
        page = bench.browser.new_page()
        with bench.app() as app:
            page.goto(f"{app.address}/board?patient={SAMPLE}")
            page.locator("[data-testid=stApp]").first.wait_for()
            frames.append(time.monotonic() - app.begun)
            page.locator(".cc-board tbody tr").nth(1).wait_for(timeout=60_000)
            expect(page.locator(".cc-who")).to_have_text(SAMPLE)
            boards.append(time.monotonic() - app.begun)
        page.close()
    print(
        f"cold start, {COLD_STARTS} times: frame {statistics.median(frames):.1f} s, board with its "
        f"patient {statistics.median(boards):.1f} s after the command (at most {max(boards):.1f})"
    )


def page_switches(bench: Bench) -> None:
    """Clicks in the menu until the charts of the next page are drawn."""
    with bench.pair() as (real, floor, _):
        held: tuple[list[float], list[float]] = ([], [])
        for number in range(-len(PAGES), bench.rounds):
            title = PAGES[(number + 1) % len(PAGES)]
            for page, found in zip((real, floor), held, strict=True):
                found.append(switch(page, title))
    print(f"{TABLE_HEAD}\n{told('page switch', *[found[len(PAGES) :] for found in held])}")


def what_ifs(bench: Bench) -> None:
    """Another age typed in until the forecast of it is drawn; no age comes twice."""
    with bench.pair() as (real, floor, app):
        open_what_if(real)
        app.settle()
        held: tuple[list[float], list[float]] = ([], [])
        before = 0.0
        for number in range(-WARMING, bench.rounds):
            if number == 0:
                before = app.cpu()
            age = age_of(number)
            held[0].append(type_in(real, FACT, age, title=WHAT_IF, words=f"{FACT}: {age}"))
            held[1].append(type_in(floor, FACT, age, title=PAGES[0], words=f"{PAGES[0]} {age}"))
        spent = 1000 * (app.cpu() - before) / bench.rounds
    print(f"{TABLE_HEAD}\n{told('what-if change', *[found[WARMING:] for found in held])}")
    print(f"server CPU of a what-if change with its forecast: {spent:.0f} ms")


def open_what_if(page: Page) -> None:
    """From a page of the patient to a field for another age."""
    switch(page, WHAT_IF)
    page.get_by_role("combobox", name="Facts to change").click()
    page.get_by_role("option", name=FACT, exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("textbox", name=FACT).wait_for()


def age_of(number: int) -> str:
    """Another age for each change, now young, now old; the first numbers are to get warm."""
    return str(YOUNGEST + WARMING + number + 30 * (number % 2))


def stale(bench: Bench) -> None:
    """How often something of the former patient was seen beside the name of the next one."""
    with bench.app() as app, visiting(bench.browser, app.address) as page:
        boards = dict(reversed([(name, _board_of(page, name)) for name in SAMPLES]))
        if len(set(boards.values())) < len(boards):
            raise RuntimeError("Both patients have the same board: nothing could be told apart.")
        page.evaluate(_WATCH, boards)
        closed = 0
        for number in range(bench.switches):
            wanted = SAMPLES[number % 2]
            closed += _choose(page, wanted)
            if number % UNHURRIED == 0:
                _wait_for_board(page, wanted, boards[wanted])
        _wait_for_board(page, wanted, boards[wanted])
        seen = page.evaluate("() => window.concordSeen")
    if seen["arrivals"] < bench.switches / UNHURRIED:
        raise RuntimeError(f"Only {seen['arrivals']} of {bench.switches} switches were seen.")
    print(
        f"stale patient: {seen['mixed']} frames with two patients in {bench.switches} rapid "
        f"switches ({seen['arrivals']} reached the screen, {seen['whole']} frames with a board; "
        f"{closed} times the list of patients closed before the click and was opened again)"
    )


def _board_of(page: Page, name: str) -> str:
    """Open a sample from the welcome page and read its board."""
    menu = page.get_by_test_id("stSidebarNav")
    menu.get_by_role("link", name="Welcome", exact=True).click()
    page.get_by_role("button", name=f"Open {name}").click()
    expect(page.locator(".cc-who")).to_have_text(name)
    menu.get_by_role("link", name="Board", exact=True).click()
    page.locator(".cc-board tbody tr").nth(1).wait_for()
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    return str(page.evaluate(_BOARD_OF))


def _choose(page: Page, name: str) -> int:
    """Another patient by the picker, without waiting for what comes of it.

    Returns:
        How often the list closed under the pointer, because the page was drawn anew, and was opened
        again.
    """
    option = page.get_by_role("option", name=name)
    for again in range(ATTEMPTS):
        if not option.is_visible():
            page.get_by_role("combobox", name="Patient on the screen").click()
        try:
            option.click(timeout=OPEN_MS)
        except Late:
            continue
        return again
    raise RuntimeError(f"The list closed {ATTEMPTS} times before {name} could be chosen.")


def _wait_for_board(page: Page, name: str, board: str) -> None:
    expect(page.locator(".cc-who")).to_have_text(name)
    page.wait_for_function(f"wanted => ({_BOARD_OF})() === wanted", arg=board)


def reruns(bench: Bench) -> None:
    """Processor time of the board's fragment and of the whole board, other months each time."""
    with bench.app() as app:
        websocket.reruns(app, sample=SAMPLE, times=bench.rounds)


def visitors(bench: Bench) -> None:
    """Many at once."""
    with bench.app() as app:
        websocket.load(app, sample=SAMPLE, sessions=bench.sessions)


def staying(bench: Bench) -> None:
    """Many at once, for minutes."""
    with bench.app() as app:
        websocket.staying(app, sample=SAMPLE, sessions=bench.sessions, minutes=bench.minutes)


STEPS: Mapping[str, Callable[[Bench], None]] = {
    "cold": cold_start, "switch": page_switches, "what-if": what_ifs, "stale": stale,
    "rerun": reruns, "visitors": visitors, "staying": staying,
}  # fmt: skip


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
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="which steps")
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--switches", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=int, default=10, help="that the sessions stay")
    wanted = parser.parse_args()
    environ = {"CONCORD_DATA_DIR": wanted.data}
    if wanted.patients:
        environ["CONCORD_COHORT_PATIENTS"] = wanted.patients
    chromium = provide(Machine())
    if chromium is None:
        raise SystemExit("Without a Chromium there is no page to see.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = Path(folder) / "bare.py"
        bare.write_text(FLOOR.format(names=list(PAGES), fact=FACT), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        bench = Bench(
            browser, environ, str(bare), wanted.rounds, wanted.switches, wanted.sessions,
            wanted.minutes,
        )  # fmt: skip
        for name in wanted.only:
            load = os.getloadavg()[0]
            print(f"\n{name}: {datetime.now(UTC):%Y-%m-%d %H:%M}, {platform.system()}, "
                  f"{os.cpu_count()} cores, load {load:.1f}", flush=True)  # fmt: skip
            STEPS[name](bench)
        browser.close()


if __name__ == "__main__":
    main()
