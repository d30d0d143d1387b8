"""The whole app without a browser: one visit, with a data folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.foundation.settings import PREFIX
from dashboard.shell import wiring
from tests.simulated import SETTINGS, lay_out
from tests.trained import environ_of

ENTRY = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PATIENCE = 30.0

Visit = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An installation of default settings with a data folder of its own, opened once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        folder = tmp_path_factory.mktemp("installation")
        for name, value in {"CONCORD_DATA_DIR": str(folder), **SETTINGS}.items():
            patch.setenv(name, value)
        lay_out(folder)
        wiring.context.clear()
        yield
        wiring.context.clear()


@pytest.fixture
def visit() -> Visit:
    """Open the app at a page, with what stands in the address."""

    def opened(slug: str = "", **address: str) -> AppTest:
        app = AppTest.from_file(str(ENTRY), default_timeout=PATIENCE)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(f"../pages/{slug}.py").run() if slug else app

    return opened


@pytest.fixture
def ready(trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installation is one whose forecasts of tests/trained.py's disease are ready."""
    for name, value in environ_of(trained_home).items():
        monkeypatch.setenv(name, value)
    wiring.context.clear()
    yield
    wiring.context.clear()


@pytest.fixture
def fresh_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation whose store is empty."""
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / "fresh"))
    wiring.context.clear()
    yield
    wiring.context.clear()


def title_of(app: AppTest) -> str:
    """The page's title: asked first, because a wrong address falls back silently."""
    assert not app.exception
    assert len(app.title) == 1
    return str(app.title[0].value)


def text_of(app: AppTest) -> str:
    """Everything a visitor reads in the page itself, markup included."""
    drawn = [element.proto.body for element in app.get("html")]
    drawn += [
        str(element.value)
        for kind in (app.header, app.subheader, app.markdown, app.caption)
        for element in kind
    ]
    return "\n".join(drawn)


@pytest.fixture(scope="module")
def forecasting(installation: None, trained_home: Path) -> Iterator[None]:
    """The installation whose forecasts of non-small-cell lung cancer are ready."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ_of(trained_home).items():
            patch.setenv(name, value)
        wiring.context.clear()
        yield
    wiring.context.clear()
