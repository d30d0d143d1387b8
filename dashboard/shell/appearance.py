"""Ground and size of type of the whole app, chosen by the visitor and by nobody else.

Streamlit takes dark colours from its settings for everybody, or from the visitor's machine. Neither
is wanted, so the message by which Streamlit tells a browser its theme is translated for the
sessions that asked for it. That message is made by one method of a pinned version;
tests/unit/shell/test_appearance.py holds it to what is expected here, and where it is missing the
choice is not offered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st
from streamlit.runtime.app_session import AppSession

from components.charts.dark import in_dark
from components.widgets import appearance
from dashboard.shell import address

METHOD = "_create_new_session_message"
_MARK = "translated_by_concord"
_KEY, _LARGE = "concord.dark", "concord.large"


def teach_streamlit() -> bool:
    """Have dark sessions told dark colours; False when this version of Streamlit cannot."""
    made: Callable[..., Any] | None = getattr(AppSession, METHOD, None)
    if made is None:
        return False
    if hasattr(made, _MARK):
        return True

    @wraps(made)
    def told(session: AppSession, *given: Any, **named: Any) -> Any:
        message = made(session, *given, **named)
        if appearance.is_dark_for(session.id):
            darken(message.new_session.custom_theme)
        return message

    setattr(told, _MARK, True)
    setattr(AppSession, METHOD, told)
    return True


def darken(theme: Any) -> None:
    """Replace every colour of a theme message by its partner, the side bar's too."""
    theme.base = type(theme).BaseTheme.DARK
    for field, value in theme.ListFields():
        if isinstance(value, str):
            setattr(theme, field.name, in_dark(value))
        elif field.name == "sidebar":
            darken(value)


def follow() -> None:
    """Be as the visitor chose: by the switch, or by the address after a reload.

    A browser that stands on the other ground is told first, before anything is drawn.
    """
    if appearance.is_large():
        address.name_large(True)
    else:
        appearance.choose_large(address.is_large())
    if appearance.is_dark():
        address.name_dark(True)
    elif address.is_dark() and appearance.choose(True):
        st.rerun()


def offer() -> None:
    """The visitor's switches, in the side bar."""
    large = appearance.ask_large(appearance.is_large(), key=_LARGE)
    if appearance.choose_large(large):
        address.name_large(large)
        st.rerun()
    if not hasattr(getattr(AppSession, METHOD, None), _MARK):
        return
    dark = appearance.ask(appearance.is_dark(), key=_KEY)
    if appearance.choose(dark):
        address.name_dark(dark)
        st.rerun()
