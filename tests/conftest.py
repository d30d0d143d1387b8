"""What holds for every test: how many examples are tried, and where the browser tests run."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dashboard.foundation import log

BROWSER = Path(__file__).parent / "browser"

# No deadline: on a busy machine it fails tests for the machine's sake. Time that matters is tested
# where it is promised. `--hypothesis-profile=deep` is for the night; tests/depth.py reads it.
settings.register_profile("usual", deadline=None)
settings.register_profile(
    "deep", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and keep all of it on one worker: one app, one Chromium."""
    for item in items:
        if item.path.is_relative_to(BROWSER):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


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
