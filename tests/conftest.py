"""What holds for every test: how many examples are tried, and where the browser tests run."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from dashboard.foundation import log
from dashboard.services.context import Context
from tests.trained import open_trained

BROWSER = Path(__file__).parent / "browser"

# No deadline: on a busy machine it fails tests for the machine's sake. Time that matters is tested
# where it is promised. `--hypothesis-profile=deep` is for the night; tests/depth.py reads it.
settings.register_profile("usual", deadline=None)
settings.register_profile(
    "deep", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("usual")


class OneBrowser(LoadScopeScheduling):
    """Spreads tests over the workers one by one, but gives all that drive the browser to one.

    xdist has `--dist loadgroup`, and notes the group where pytest 9.2 no longer looks.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if "browser" in nodeid.partition("::")[0].split("/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneBrowser | None:
    """One app and one Chromium, however many workers there are."""
    return OneBrowser(config, log) if config.getvalue("dist") == "load" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser."""
    for item in items:
        if item.path.is_relative_to(BROWSER):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Leave the program's logging as it was found."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before = (list(root.handlers), root.level, logging.getLogger(log.NAME).level)
    yield
    for handler in [handler for handler in root.handlers if handler not in before[0]]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])
    logging.getLogger(log.NAME).setLevel(before[2])
    logging.setLogRecordFactory(logging.LogRecord)
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A context whose forecasts of tests/trained.py's disease are ready; trained once a run."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own  # of all workers of this run
    return open_trained(shared / "trained")


@pytest.fixture(scope="session")
def trained_home(trained: Context) -> Path:
    """The data folder of `trained`; set `tests.trained.environ_of` of it to make it the app's."""
    return trained.settings.data_dir
