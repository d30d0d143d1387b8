"""What a chart shows as rows: every mark with its name, its place, its interval and its words.

Read off the finished figure, so that whoever takes the chart as figures gets what was drawn and
nothing else. Places on an axis of names come as those names. Bands, shades and marks without data
are rows as well where they have a name; what only guides the eye is left out. Rounds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.charts.theme import RawFigure

COLUMNS = ("panel", "series", "x", "y", "low", "high", "words")
_BREAKS = ("<br>", "<b>", "</b>", "<i>", "</i>")


def points_of(figure: RawFigure) -> list[dict[str, str]]:
    """Every drawn mark as a row of `COLUMNS`; empty cells where it has no such thing."""
    spec = figure.to_dict()
    rows: list[dict[str, str]] = []
    for trace in spec["data"]:
        if trace.get("mode") != "text" or trace.get("name"):  # words beside marks that have them
            rows += _rows(trace, spec["layout"])
    return rows


def _rows(trace: Mapping[str, Any], layout: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    across, along = _values(trace.get("x")), _values(trace.get("y"))
    horizontal = trace.get("orientation") == "h"
    side = "x" if "error_x" in trace or horizontal else "y"
    ends = _ends(trace, across if side == "x" else along, side)
    for place in range(max(len(across), len(along))):
        x, y = _at(across, place), _at(along, place)
        if x is None and y is None:
            continue  # a gap in a line
        low, high = ends[place] if ends else (None, None)
        yield {
            "panel": _panel(trace),
            "series": _series(trace),
            "x": _named(layout, trace, "x", x),
            "y": _named(layout, trace, "y", y),
            "low": _text(low),
            "high": _text(high),
            "words": _plain(_at(_values(trace.get("text")), place)),
        }


def _series(trace: Mapping[str, Any]) -> str:
    """The name; the two unseen lines that a band lies between say that they are its edges."""
    name = _plain(trace.get("name", ""))
    is_edge = "lines" in trace.get("mode", "lines") and not trace.get("line", {}).get("width", 2)
    return f"{name}, edge of the band".removeprefix(", ") if is_edge else name


def _panel(trace: Mapping[str, Any]) -> str:
    """Which of several panels: the number of its axis; empty where there is one."""
    return str(trace.get("xaxis", "x"))[1:]


def _ends(
    trace: Mapping[str, Any], values: Sequence[Any], side: str
) -> list[tuple[float | None, float | None]]:
    error = trace.get(f"error_{side}")
    if not error or "array" not in error:
        return []
    above = error["array"]
    below = above if error.get("symmetric", True) else error.get("arrayminus", above)
    return [
        (None, None) if value is None or up is None or down is None
        else (value - down, value + up)
        for value, up, down in zip(values, above, below, strict=True)
    ]  # fmt: skip


def _named(layout: Mapping[str, Any], trace: Mapping[str, Any], side: str, value: Any) -> str:
    """The name that stands at this place of the axis, where names stand there."""
    number = str(trace.get(f"{side}axis", side))[1:]
    axis = layout.get(f"{side}axis{number}", {})
    names = dict(zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=False))
    words = _plain(names.get(value, "")) if isinstance(value, int | float) else ""
    is_number = words.replace(".", "", 1).removesuffix("%").isdigit()
    return words if words and not is_number else _text(value)


def _values(held: Any) -> Sequence[Any]:
    return held if isinstance(held, list | tuple) else [] if held is None else [held]


def _at(held: Sequence[Any], place: int) -> Any:
    return held[place] if place < len(held) else held[0] if len(held) == 1 else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plain(words: Any) -> str:
    told = str(words or "")
    for mark in _BREAKS:
        told = told.replace(mark, " " if mark == "<br>" else "")
    return " ".join(told.split())
