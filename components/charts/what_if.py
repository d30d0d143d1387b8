"""What would be forecast if facts were otherwise: the new figures with the old as a ghost, swings.

The ghost is hollow and grey, the new mark filled with its interval, on one scale for each figure.
In a picture of swings every fact is moved alone, from a low to a high value it could have; unknown
facts come first, because they can still be learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import readings, theme
from components.charts.attribution import ROW, box_traces
from components.charts.columns import head, hidden, rows_axis, texts
from components.charts.labels import escaped, short, stacked
from components.charts.theme import RawFigure
from dashboard.answers.explanation import MONTHS
from dashboard.answers.forecast import Chance

_LINE, _HEAD, _FOOT = 40, 28, 40
_NAMES = 0.24
_LETTERS, _FACT_LETTERS, _RANGE_LETTERS = 30, 40, 34
_GAP = 0.02


@dataclass(frozen=True, slots=True)
class Ghosted:
    """One regimen: each figure as it is, and as it would be; None where there is no forecast."""

    label: str
    before: Mapping[str, Chance | None]
    after: Mapping[str, Chance | None]


@dataclass(frozen=True, slots=True)
class Swung:
    """One fact moved alone from a low to a high value, and what would be forecast at each end."""

    label: str
    span: str  # "0.08 to 0.40"
    low_output: float
    high_output: float
    known: bool


# -- ghosts --------------------------------------------------------------------------------------


def ghost_figure(rows: Sequence[Ghosted], columns: Mapping[str, str]) -> RawFigure:
    """New figures over the old, a column for each figure.

    Args:
        rows: the regimens in their order.
        columns: figure -> its head.

    Raises:
        ValueError: no row or no column.
    """
    if not rows or not columns:
        raise ValueError("Nothing to draw.")
    wide = (1 - _NAMES) / len(columns)
    traces: list[dict[str, Any]] = [texts([_regimen_name(row) for row in rows], "x")]
    axes: dict[str, Any] = {"xaxis": hidden((0.0, _NAMES))}
    heads: list[dict[str, Any]] = []
    for place, (figure, title) in enumerate(columns.items()):
        start = _NAMES + place * wide
        traces += _ghosts(rows, figure, f"x{place + 2}")
        axes[f"xaxis{place + 2}"] = theme.axis(
            domain=[round(start + _GAP / 2, 4), round(start + wide - _GAP, 4)], range=[-0.02, 1.02],
            tickformat=".0%", dtick=0.5, gridcolor=theme.HAIRLINE, anchor="y",
        )  # fmt: skip
        heads.append(head(start + _GAP / 2, title))
    return theme.figure(
        traces,
        alt=theme.alt_text("Forecasts as they would be, with the original as a ghost",
                           *[_row_words(row, columns) for row in rows]),
        height=_LINE * len(rows) + _HEAD + _FOOT,
        margin={"l": 4, "r": 8, "t": _HEAD, "b": _FOOT},
        hovermode="closest",
        yaxis=rows_axis(len(rows)),
        annotations=heads,
        **axes,
    )  # fmt: skip


def change_text(before: Chance | None, after: Chance | None) -> str:
    """`64% (was 58%, +6 points)`; what has no forecast says so."""
    if after is None or before is None:
        return readings.NOTHING
    points = round(100 * (after.p - before.p))
    size = f"{points:+d} {'point' if abs(points) == 1 else 'points'}"
    moved = size.replace("-", "\N{MINUS SIGN}") if points else "no change"
    return f"{theme.percent(after.p)} (was {theme.percent(before.p)}, {moved})"


def _ghosts(rows: Sequence[Ghosted], figure: str, ref: str) -> list[dict[str, Any]]:
    old = [(y, c) for y, row in enumerate(rows) if (c := row.before.get(figure)) is not None]
    new = [(y, c) for y, row in enumerate(rows) if (c := row.after.get(figure)) is not None]
    ghost = {
        "type": "scatter", "mode": "markers", "name": f"{figure}, original", "xaxis": ref,
        "x": [round(c.p, 4) for _, c in old], "y": [y - 0.16 for y, _ in old],
        "marker": {"symbol": "diamond-open", "size": 10, "color": theme.CONTROL,
                   "line": {"width": 1.5}},
        "error_x": _error(old, theme.CONTROL, 1),
        "hovertext": [f"original {readings.text_of(c)}" for _, c in old],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    moved = {
        "type": "scatter", "mode": "markers", "name": f"{figure}, changed", "xaxis": ref,
        "x": [round(c.p, 4) for _, c in new], "y": [y + 0.16 for y, _ in new],
        "marker": {"symbol": "circle", "size": 10, "color": theme.PRIMARY},
        "error_x": _error(new, theme.PRIMARY, 2),
        "hovertext": [f"changed {readings.text_of(c)}" for _, c in new],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    return [ghost, moved]


def _error(held: Sequence[tuple[int, Chance]], colour: str, thick: float) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "thickness": thick, "width": 3, "color": colour,
        "array": [round(c.high - c.p, 4) for _, c in held],
        "arrayminus": [round(c.p - c.low, 4) for _, c in held],
    }  # fmt: skip


def _regimen_name(row: Ghosted) -> str:
    return stacked(row.label, _LETTERS)


def _row_words(row: Ghosted, columns: Mapping[str, str]) -> str:
    told = [
        f"{title} {change_text(row.before.get(figure), row.after.get(figure))}"
        for figure, title in columns.items()
        if row.after.get(figure) is not None
    ]
    return f"{row.label}: {'; '.join(told)}"


# -- swings --------------------------------------------------------------------------------------


def tornado_figure(swings: Sequence[Swung], output: float, scale: str) -> RawFigure:
    """How far each fact alone would move the forecast, around where it is.

    Raises:
        ValueError: no fact.
    """
    if not swings:
        raise ValueError("No swing to draw.")
    ends = [output] + [end for s in swings for end in (s.low_output, s.high_output)]
    low, high = min(ends), max(ends)
    spare = 0.08 * (high - low) or 0.01
    up = [(output, max(s.low_output, s.high_output), float(y)) for y, s in enumerate(swings)]
    down = [(min(s.low_output, s.high_output), output, float(y)) for y, s in enumerate(swings)]
    unknown = sum(not s.known for s in swings)
    return theme.figure(
        [
            *box_traces([b for b in up if b[1] > b[0]], [b for b in down if b[1] > b[0]]),
            texts([_fact_name(s) for s in swings], "x2"),
            texts([escaped(short(s.span, _RANGE_LETTERS)) for s in swings], "x3"),
            texts([_outputs(s, scale) for s in swings], "x4"),
        ],
        alt=theme.alt_text(
            f"How far each fact alone would move the forecast of {figure_text(output, scale)}, "
            "unknown facts first",
            *[f"{s.label} from {s.span}: {_outputs(s, scale)}" for s in swings],
        ),
        height=ROW * len(swings) + _HEAD + 10,
        margin={"l": 4, "r": 4, "t": _HEAD, "b": 10},
        hovermode="closest",
        xaxis={"visible": False, "fixedrange": True, "domain": [0.54, 0.83],
               "range": [low - spare, high + spare]},
        xaxis2=hidden((0.0, 0.3)),
        xaxis3=hidden((0.31, 0.53)),
        xaxis4=hidden((0.85, 1.0)),
        yaxis=rows_axis(len(swings)),
        shapes=[_upright(output, len(swings)), *_divider(unknown, len(swings))],
        annotations=[
            head(0.0, "Fact (bold: unknown)"), head(0.31, "moved from \N{HORIZONTAL ELLIPSIS} to"),
            head(0.54, f"Forecast around {figure_text(output, scale)}"),
            head(0.85, "would be"),
        ],
    )  # fmt: skip


def figure_text(value: float, scale: str) -> str:
    """An output in percent or in months."""
    return f"{value:.1f} months" if scale == MONTHS else theme.percent(value)


def apart_text(difference: float, scale: str) -> str:
    """How far two outputs are apart, in points or months."""
    size = abs(difference)
    return f"{size:.1f} months" if scale == MONTHS else f"{100 * size:.1f} points"


def _outputs(swing: Swung, scale: str) -> str:
    ends = (swing.low_output, swing.high_output)
    if scale == MONTHS:
        return " to ".join(f"{end:.1f}" for end in ends)
    return " to ".join(f"{100 * end:.1f}" for end in ends) + "%"


def _fact_name(swing: Swung) -> str:
    name = stacked(swing.label, _FACT_LETTERS)
    return name if swing.known else f"<b>{name}</b>"


def _upright(x: float, rows: int) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "x0": round(x, 5), "x1": round(x, 5), "y0": -0.5,
        "y1": rows - 0.5, "layer": "below", "line": {"color": theme.MUTED, "width": 1},
    }  # fmt: skip


def _divider(unknown: int, rows: int) -> list[dict[str, Any]]:
    """A hairline between unknown and known facts."""
    if not 0 < unknown < rows:
        return []
    return [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": unknown - 0.5,
            "y1": unknown - 0.5, "layer": "below", "line": {"color": theme.MUTED, "width": 1},
        }
    ]  # fmt: skip
