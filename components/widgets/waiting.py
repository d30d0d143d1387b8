"""Saying how far long work is, while it is done elsewhere.

The bar appears at once and goes away when the work is done; it never stands still without words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from components.widgets.panels import plain


@contextmanager
def waiting(words: str) -> Iterator[Callable[[float, str], None]]:
    """A bar for as long as something takes; gives what the work tells its progress to."""
    bar = st.progress(0.0, plain(words))

    def told(share: float, said: str) -> None:
        bar.progress(min(max(share, 0.0), 1.0), plain(said))

    try:
        yield told
    finally:
        bar.empty()
