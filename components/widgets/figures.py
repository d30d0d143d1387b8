"""The one way of a figure to the screen: no tool bar, no theme but ours, words for who cannot see.

Figures come as finished specifications; nothing is checked or changed here.
"""

from __future__ import annotations

import streamlit as st

from components.charts.theme import RawFigure

_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def show_figure(figure: RawFigure, *, key: str) -> None:
    """Put a figure on the screen with its alternative text."""
    st.plotly_chart(figure, theme=None, key=key, alt=figure.alt, config=_CONFIG)
