"""The same figure for the back of a room: type, marks, lines, margins and height grow alike.

Shares, months and places along the axes stay; what is measured in pixels is multiplied. So labels
that were set apart from each other stay apart. The figure that is handed out keeps its usual size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCALE = 1.4
_PIXELS = frozenset(
    {
        "size",
        "height",
        "xshift",
        "yshift",
        "standoff",
        "arrowwidth",
        "thickness",
        "l",
        "r",
        "t",
        "b",
    }
)
_LINES = frozenset({"line", "error_x", "error_y"})


def spec_in_large(part: Any, inside: str = "") -> Any:
    """A figure's specification with everything in pixels larger; the one given stays as it was."""
    if isinstance(part, Mapping):
        across = _PIXELS | ({"width"} if inside in _LINES else frozenset())
        across |= {"x0", "x1"} if part.get("xsizemode") == "pixel" else frozenset()
        return {
            key: _grown(value) if key in across else spec_in_large(value, key)
            for key, value in part.items()
        }
    if isinstance(part, list) and part and isinstance(part[0], Mapping):
        return [spec_in_large(value, inside) for value in part]
    return part


def _grown(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value * SCALE, 2)
    return [_grown(each) for each in value] if isinstance(value, list) else value
