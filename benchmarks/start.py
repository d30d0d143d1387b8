"""How long a newcomer waits: first start, first start with packages at hand, second start.

Clones the committed state into a temporary folder, calls `python3 run.py` there, and stops the
clock when the Chromium that it opens shows something, when the dashboard answers, and when the
first page's heading is there.
Each second start is followed by one of a bare Streamlit page in the same environment, so that the
figures can be read on a machine that is busy. Prints a table for docs/measurements.md and changes
nothing. Run it as `make start-time`, or with the options that --help lists.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from launcher.chromium import provide
from launcher.machine import Machine
from launcher.serving import free_port, stop, wait_until_it_answers

READY = re.compile(r"Concord is ready: (\S+)")
PAGE_PATIENCE_MS = 120_000
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
BARE = "import streamlit as st\nst.title('Bare')\n"
KINDS = ("first start, nothing at hand", "first start, packages at hand")
HEADING = "[data-testid=stAppViewContainer] h1"
TOLD = "address"
AGAIN, BESIDE = "second start", "bare Streamlit beside it"


@dataclass(frozen=True)
class Start:
    """Seconds from the command until something was on the screen, it answered, the heading came."""

    first: float
    answered: float
    seen: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=5, help="second starts, each beside a bare one"
    )
    parser.add_argument("--python", default="python3", help="the Python a newcomer would call")
    wanted = parser.parse_args()
    chromium = provide(Machine())
    if chromium is None:
        raise SystemExit("Without a Chromium there is no page to see.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        report(measure(Path(folder), wanted.python, wanted.rounds, browser))
        browser.close()


def measure(folder: Path, python: str, rounds: int, browser: Browser) -> dict[str, list[Start]]:
    """Every kind of start, with package caches of its own."""
    environ = {**os.environ, "UV_CACHE_DIR": f"{folder}/uv", "PIP_CACHE_DIR": f"{folder}/pip"}
    environ |= {"BROWSER": f"{_browser_that_tells(folder)} %s", "DISPLAY": ":0", "CI": ""}
    command = [python, "run.py"]
    found: dict[str, list[Start]] = {AGAIN: [], BESIDE: []}
    for number, kind in enumerate(KINDS):
        clone = folder / f"clone{number}"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        found[kind] = [started(command, clone, environ, browser)]
        print(f"{kind}: {found[kind][0].seen:.1f} s", file=sys.stderr, flush=True)
    for _ in range(rounds):
        found[AGAIN].append(started(command, clone, environ, browser))
        found[BESIDE].append(started_bare(clone, browser))
    return found


def started(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], browser: Browser
) -> Start:
    """One start of Concord, from the command to the heading."""
    told = Path(environ["BROWSER"].split()[0]).with_name(TOLD)
    told.unlink(missing_ok=True)
    begun = time.monotonic()
    with running(command, folder, environ) as process:
        heard: list[float] = []

        def listen() -> None:
            said_address(process)
            heard.append(time.monotonic() - begun)

        listening = threading.Thread(target=listen)
        listening.start()
        while not (told.exists() and (address := told.read_text(encoding="utf-8").strip())):
            time.sleep(0.02)
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("heading", name="Concord").wait_for()
        first = time.monotonic() - begun
        page.locator(HEADING).first.wait_for(timeout=PAGE_PATIENCE_MS)
        seen = time.monotonic() - begun
        page.close()
        listening.join()
        return Start(first, heard[0], seen)


def _browser_that_tells(folder: Path) -> Path:
    """A program that notes the address it should open; the Chromium that waits opens it."""
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{folder}/{TOLD}"\n', encoding="utf-8")
    browser.chmod(0o755)
    return browser


def started_bare(clone: Path, browser: Browser) -> Start:
    """One start of a Streamlit page that has nothing but a title."""
    (clone / "bare.py").write_text(BARE, encoding="utf-8")
    port = free_port("127.0.0.1", 8601)
    command = [str(clone / ".venv/bin/python"), "-m", "streamlit", "run", "bare.py"]
    begun = time.monotonic()
    with running([*command, "--server.port", str(port)], clone, os.environ) as process:
        wait_until_it_answers(process, f"http://127.0.0.1:{port}/_stcore/health")
        answered = time.monotonic() - begun
        see_heading(browser, f"http://127.0.0.1:{port}")
        seen = time.monotonic() - begun
        return Start(seen, answered, seen)


@contextmanager
def running(
    command: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is stopped in the end, come what may."""
    process = subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        stop(process)


def said_address(process: subprocess.Popen[bytes]) -> str:
    """The address that run.py names when the dashboard answers."""
    said = []
    for line in process.stderr or ():
        said.append(line.decode("utf-8", "replace"))
        if match := READY.search(said[-1]):
            return match[1]
    raise SystemExit(f"It ended before it was ready:\n{''.join(said)}")


def see_heading(browser: Browser, address: str) -> None:
    """Return when the page's first heading is on the screen."""
    page = browser.new_page()
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=PAGE_PATIENCE_MS)
    page.close()


def report(found: Mapping[str, Sequence[Start]]) -> None:
    """Print the table, and the circumstances it was measured under."""
    print(f"\nMeasured {datetime.now(UTC):%Y-%m-%d}: {circumstances()}\n")
    print("| start | runs | something seen after, s | answers after, s | heading seen after, s |")
    print("|---|---|---|---|---|")
    for kind in (*KINDS, AGAIN, BESIDE):
        first, answered, seen = (
            middle([getattr(start, what) for start in found[kind]])
            for what in ("first", "answered", "seen")
        )
        print(f"| {kind} | {len(found[kind])} | {first} | {answered} | {seen} |")
    pairs = zip(found[AGAIN], found[BESIDE], strict=True)
    ratio = statistics.median(concord.seen / bare.seen for concord, bare in pairs)
    print(f"\nSecond start over bare Streamlit, to the heading, median of the pairs: {ratio:.2f}")


def middle(seconds: Sequence[float]) -> str:
    """The median, and the range where there is one."""
    if len(seconds) == 1:
        return f"{seconds[0]:.1f}"
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


def circumstances() -> str:
    """The machine, its load and the commit."""
    commit = Machine().ask(["git", "rev-parse", "--short", "HEAD"])
    cores, load = os.cpu_count(), os.getloadavg()[0]
    system = f"{platform.system()} {Machine().distribution()} {platform.machine()}"
    version = platform.python_version()
    return f"commit {commit}, {system}, {cores} cores, load {load:.1f}, Python {version}"


if __name__ == "__main__":
    main()
