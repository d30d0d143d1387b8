"""Long work that goes on while visitors move about: begun once, watched from any page.

The work runs in a thread that knows nothing of Streamlit (its heavy part is a child process), so
leaving the page does not end it, and coming back finds it further on. A page that needs the result
shows how far it is and is drawn again once the result is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from components.widgets import panels
from components.widgets.panels import plain
from dashboard.foundation.errors import UserError

Progress = Callable[[float, str], None]
Job = Callable[[Progress], None]
_SECONDS = 1.0


@dataclass(slots=True)
class Work:
    """One piece of work: how far it is, and the mistake that ended it if one did."""

    thread: threading.Thread | None = None
    share: float = 0.0
    words: str = "Beginning"
    mistake: UserError | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def tell(self, share: float, words: str) -> None:
        """Take note of how far it is."""
        self.share, self.words = min(max(share, 0.0), 1.0), words

    def do(self, job: Job) -> None:
        """Do the work to its end."""
        try:
            job(self.tell)
        except UserError as mistake:
            self.mistake = mistake
        finally:
            self.ended.set()


@st.cache_resource(show_spinner=False)
def _under_way() -> dict[str, Work]:
    return {}


def begin(name: str, job: Job) -> Work:
    """The work of this name: begun now, or found as far as it has come.

    Raises:
        UserError: the work ended in one; asking again begins anew.
    """
    held = _under_way()
    work = held.get(name)
    if work is None:
        work = held[name] = Work()
        work.thread = threading.Thread(target=work.do, args=(job,), daemon=True, name=name)
        work.thread.start()
    if work.ended.is_set():
        del held[name]
        if work.mistake is not None:
            raise work.mistake
    return work


def once(name: str, job: Job) -> None:
    """Begin the work of this name unless it was begun before, whatever became of it.

    A mistake is kept for whoever needs the result and asks with `begin`.
    """
    if name not in _under_way():
        begin(name, job)


def is_under_way(name: str) -> bool:
    """Whether the work of this name was begun and its end has not been seen yet."""
    return name in _under_way()


def watch(work: Work, title: str, meanwhile: str) -> None:
    """Show how far it is, and draw the page again when it is done."""

    @st.fragment(run_every=_SECONDS)
    def bar() -> None:
        st.progress(work.share, plain(work.words))
        if work.ended.is_set():
            st.rerun()

    panels.show(panels.empty_state(title, meanwhile))
    bar()
