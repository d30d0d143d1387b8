"""Whether what is put on the screen goes onto light or dark ground: the visitor's choice.

Light is where everybody begins, whatever their machine prefers, because a projector washes dark
ground out. The choice is kept for a session by the shell; the doors to the screen ask here.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_dark: set[str] = set()  # the sessions that chose dark ground
_large: set[str] = set()  # the sessions that chose large type


def is_dark() -> bool:
    """Whether this visitor chose dark ground."""
    return bool(_dark) and (run := get_script_run_ctx()) is not None and run.session_id in _dark


def is_dark_for(session: str) -> bool:
    """Whether the session of this id chose dark ground."""
    return session in _dark


def choose(dark: bool) -> bool:
    """Keep the visitor's choice; True when it is another than before."""
    run = get_script_run_ctx()
    if run is None or dark == (run.session_id in _dark):
        return False
    (_dark.add if dark else _dark.discard)(run.session_id)
    return True


def ask(chosen: bool, *, key: str) -> bool:
    """Let the visitor choose."""
    return st.toggle("Dark screen", chosen, key=key)


def is_large() -> bool:
    """Whether this visitor chose type that is read from the back of a room."""
    return bool(_large) and (run := get_script_run_ctx()) is not None and run.session_id in _large


def choose_large(large: bool) -> bool:
    """Keep the visitor's choice of type; True when it is another than before."""
    run = get_script_run_ctx()
    if run is None or large == (run.session_id in _large):
        return False
    (_large.add if large else _large.discard)(run.session_id)
    return True


def ask_large(chosen: bool, *, key: str) -> bool:
    """Let the visitor choose the size."""
    return st.toggle("Large type", chosen, key=key)
