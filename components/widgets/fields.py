"""The fields of the meeting's forms: lines of text, and a choice that is never left empty.

A line hands over what is typed after a short pause, so that it can be kept as a draft. Streamlit's
larger text area hands over only when it is left; what is typed into one would be gone with the
page. A long text therefore scrolls in its line, and `in_full` shows it whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from components.charts.markup import Markup, element
from components.widgets.panels import plain
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.case import LONGEST_TEXT

_One = TypeVar("_One")
PAUSE = "1s"  # after the last key, until what was typed is handed over
_SEEN_WHOLE = 38  # characters that the narrowest of the lines shows at once


def line(label: str, value: str, key: str, placeholder: str = "") -> str:
    """What stands in a line of text."""
    text = st.text_input(
        label, value=value, key=key, live=PAUSE, placeholder=placeholder or None,
        max_chars=LONGEST_TEXT,
    )  # fmt: skip
    return text or ""


def one_of(label: str, options: Sequence[_One], chosen: _One, key: str) -> _One:
    """One of several words, the chosen one at first."""
    return st.selectbox(
        label, options, index=options.index(chosen), key=key,
        format_func=lambda each: str(each).capitalize(),
    )  # fmt: skip


def regimen_names(pack: DiseasePack, kept: Iterable[str] = ()) -> dict[str, str]:
    """What each regimen is called in a choice; one that was kept and the pack dropped stays."""
    names = {regimen.id: plain(regimen.label) for regimen in pack.regimens}
    gone = [name for name in kept if name and name not in names]
    return names | {name: plain(f"{name} (no longer in the pack)") for name in gone}


def in_full(texts: Mapping[str, str]) -> Markup | None:
    """Those texts, by label, that are longer than their line; None where none is."""
    long = {label: text for label, text in texts.items() if len(text) > _SEEN_WHOLE}
    if not long:
        return None
    parts = [
        element("p", element("strong", f"{label}: "), text, class_="cc-small cc-flat")
        for label, text in long.items()
    ]
    return element("section", *parts, aria_label="Long texts in full")
