"""Texts that stand in columns beside marks: names at the left, figures at the right, heads above.

A figure whose rows read like a table. Each column is a hidden axis of its own, so that a text
begins where the column does, however wide the screen is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.charts import theme


def texts(lines: Sequence[str], ref: str) -> dict[str, Any]:
    """One text for each row, from the left edge of the column that this axis is."""
    return {
        "type": "scatter", "mode": "text", "x": [0] * len(lines), "y": list(range(len(lines))),
        "text": list(lines), "textposition": "middle right", "xaxis": ref, "cliponaxis": False,
        "textfont": {"size": 14, "color": theme.TEXT}, "hoverinfo": "skip", "name": ref,
    }  # fmt: skip


def hidden(domain: tuple[float, float]) -> dict[str, Any]:
    """The axis of a column, from where to where of the picture's width."""
    return {"visible": False, "fixedrange": True, "domain": list(domain), "range": [0, 1]}


def rows_axis(count: int) -> dict[str, Any]:
    """The axis that counts so many rows from the top."""
    return {"visible": False, "fixedrange": True, "range": [count - 0.5, -0.5]}


def head(x: float, text: str) -> dict[str, Any]:
    """What stands above a column that begins here."""
    return {
        "text": text, "x": x, "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper",
        "yanchor": "bottom", "yshift": 4, "showarrow": False,
        "font": {"size": 14, "color": theme.MUTED},
    }  # fmt: skip
