"""The switch for forecasts as it is drawn: the note that it was used, the two presses, the reason.

What pressing does stands in the shell; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from components.charts.markup import Markup, element
from dashboard.answers.stop import EVERYTHING, Stop

MEANWHILE = (
    "Cases, rules, published evidence and decisions can be used meanwhile. Whoever may judge "
    "models turns forecasts on again on the page Methods."
)


def note(held: Collection[str], labels: Mapping[str, str]) -> Markup | None:
    """A line that says what is turned off; None where nothing is."""
    if not held:
        return None
    what = "All forecasts" if EVERYTHING in held else f"Forecasts of {_named(held, labels)}"
    return element("p", f"{what} are turned off.", class_="cc-muted", role="status")


def ask_stop(disease: str, labels: Mapping[str, str], *, key: str) -> str | None:
    """The switch; what was turned off by it, or None until it is pressed."""
    with st.popover("Turn forecasts off", type="tertiary"):
        st.caption("At once and for everybody. Your name is written down.")
        if disease and st.button(
            f"Of {_named([disease], labels)}", key=f"{key}.one", width="stretch"
        ):
            return disease
        if st.button("All forecasts", key=f"{key}.all", width="stretch"):
            return EVERYTHING
    return None


def ask_to_go_on(stop: Stop, labels: Mapping[str, str], *, key: str) -> str | None:
    """The reason to turn forecasts on again; None until the button is pressed."""
    what = "all diseases" if stop.disease == EVERYTHING else _named([stop.disease], labels)
    with st.form(f"{key}.form", border=False):
        st.caption(f"Forecasts of {what}: {stop.words}.")
        reason = st.text_area(
            "Reason to turn them on again", key=f"{key}.reason", height=80,
            placeholder="What was looked at, and by whom",
        )  # fmt: skip
        pressed = st.form_submit_button("Turn on again")
    return reason if pressed else None


def _named(held: Collection[str], labels: Mapping[str, str]) -> str:
    return ", ".join(sorted(labels.get(name, name).lower() for name in held))
