"""Work that makes many values and no garbage, without the search for it.

Python looks for unreachable circles whenever enough new objects have piled up. While a large table
becomes patients, or patients become findings, there are none, and looking takes half as long again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Let nothing be collected inside; restores what was set before."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
