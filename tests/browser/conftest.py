"""The real app on a free port and a Chromium in front of it, once for all journeys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from launcher.chromium import NAMES
from launcher.serving import free_port, stop, wait_until_it_answers
from tests.trained import environ_of

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
PATIENCE_MS = 40_000


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app as a visitor meets it, with a data folder of its own."""
    with serving(tmp_path_factory.mktemp("installation"), {}) as served:
        yield served


@pytest.fixture(scope="session")
def trained_app(trained_home: Path) -> Iterator[App]:
    """The app over a data folder in which the forecasts of one disease are ready."""
    with serving(trained_home, environ_of(trained_home)) as served:
        yield served


@contextmanager
def serving(folder: Path, settings: Mapping[str, str]) -> Iterator[App]:
    """The app over a data folder, on a free port, for as long as it is needed."""
    port = free_port(HOST, 8600)
    command = [
        sys.executable, "-m", "streamlit", "run", "dashboard/app.py",
        "--server.address", HOST, "--server.port", str(port),
    ]  # fmt: skip
    environ = {**os.environ, "CONCORD_DATA_DIR": str(folder), **settings}
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
        try:
            address = f"http://{HOST}:{port}"
            wait_until_it_answers(process, f"{address}/_stcore/health")
            yield App(address, folder)
        finally:
            stop(process)


class App:
    """Where the app answers and where it writes."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.folder = folder

    def written(self) -> str:
        """Everything it wrote so far: its log, and what it printed."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "\n".join(path.read_text("utf-8", "replace") for path in files)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium: the one that CHROMIUM names, or one on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        path = named or playwright.chromium.executable_path
        if not Path(path).is_file():
            missing = "no Chromium found; set CHROMIUM to its path"
            pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, app: App) -> Iterator[Page]:
    """A fresh visitor at 1280 by 800; every request that leaves the origin fails the test."""
    with visiting(chromium, app) as visitor:
        yield visitor


@pytest.fixture
def forecasts_page(chromium: Browser, trained_app: App) -> Iterator[Page]:
    """The same, where the forecasts of one disease are ready."""
    with visiting(chromium, trained_app) as visitor:
        yield visitor


@contextmanager
def visiting(chromium: Browser, app: App) -> Iterator[Page]:
    """A fresh visitor of an app, who may not be sent elsewhere."""
    context = chromium.new_context(base_url=app.address, viewport={"width": 1280, "height": 800})
    strangers: list[str] = []
    context.on("request", lambda request: _note_stranger(request.url, app.address, strangers))
    context.set_default_timeout(PATIENCE_MS)
    visitor = context.new_page()
    yield visitor
    context.close()
    assert strangers == []


def _note_stranger(url: str, origin: str, strangers: list[str]) -> None:
    own = (origin, origin.replace("http", "ws", 1), "data:", "blob:")
    if not url.startswith(own):
        strangers.append(url)
