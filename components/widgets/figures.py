"""The one way of a figure to the screen: no tool bar, no theme but ours, words for who cannot see.

Figures come as finished specifications; nothing but the ground they stand on and their size for a
room is changed here.
"""

from __future__ import annotations

import streamlit as st

from components.charts.dark import spec_in_dark
from components.charts.large import spec_in_large
from components.charts.theme import RawFigure
from components.widgets import appearance

_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def show_figure(figure: RawFigure, *, key: str) -> None:
    """Put a figure on the screen with its alternative text."""
    spec = figure.to_dict()
    if appearance.is_large():
        spec = spec_in_large(spec)
    if appearance.is_dark():
        spec = spec_in_dark(spec)
    st.plotly_chart(RawFigure(spec), theme=None, key=key, alt=figure.alt, config=_CONFIG)
