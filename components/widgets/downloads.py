"""Buttons that hand out a file.

The file is made when the button is pressed, not when the page is drawn, and asking for it does not
run the page again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Offer:
    """One file on offer: what the button says, the file's name and kind, and how it is made."""

    label: str
    name: str
    mime: str
    make: Callable[[], bytes]
    help: str = ""


def download_row(offers: Sequence[Offer], *, key: str, folded: bool = False) -> None:
    """A button for each file, side by side; `folded`, they open beneath one button."""
    box = (
        st.popover("Download", icon=":material/download:")
        if folded
        else st.container(horizontal=True, gap="small")
    )
    with box:
        for place, offer in enumerate(offers):
            st.download_button(
                offer.label,
                offer.make,
                offer.name,
                offer.mime,
                key=f"{key}.{place}",
                help=offer.help or None,
                on_click="ignore",
                icon=":material/download:",
            )
