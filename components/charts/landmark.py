"""Survival from a landmark on, drawn: knowing the response, and by time alone as a dashed ghost.

One panel an endpoint, side by side. The line and its band know what the scan showed; the dashed
grey line is the first forecast of whoever came so far. Both are named above the panel with their
figures at the chosen month. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.charts import readings, theme
from components.charts.labels import escaped
from components.charts.survival import MOST_POINTS, tick_months
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.forecast import Floats, SurvivalCurve
from dashboard.answers.landmark import LandmarkUpdate, Updated

_PANEL, _TITLE, _FOOT, _LEFT = 230, 66, 50, 56
_GAP = 0.06
ANSWERS = {
    "CR": "complete response", "PR": "partial response", "SD": "stable disease",
    "PD": "progression",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One endpoint of an update."""

    endpoint: str
    found: Updated

    @property
    def name(self) -> str:
        """The endpoint in words."""
        return readings.ENDPOINTS[self.endpoint]


def panels_of(found: LandmarkUpdate) -> tuple[Panel, ...]:
    """The endpoints that the update speaks of."""
    both = ((readings.PFS, found.pfs), (readings.OS, found.os))
    return tuple(Panel(name, updated) for name, updated in both if updated is not None)


def knowing(answer: str) -> str:
    """What the update knows, in words."""
    return f"knowing {ANSWERS[answer]}" if answer else "no response known"


def update_figure(found: LandmarkUpdate, style: LineStyle, month: float) -> RawFigure:
    """Both forecasts of each endpoint from the landmark on.

    Args:
        found: the update.
        style: of the regimen.
        month: from now, at which figures are read.
    """
    drawn = panels_of(found)
    horizon = max(float(panel.found.now.months[-1]) for panel in drawn)
    layout: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    for place, panel in enumerate(drawn):
        where = {"xaxis": f"x{_number(place)}", "yaxis": f"y{_number(place)}"}
        traces += [trace | where for trace in _lines(panel, style, knowing(found.answer))]
        layout |= _axes(place, len(drawn), horizon)
    return theme.figure(
        traces,
        alt=theme.alt_text(
            f"Survival from {found.month:g} months after the start on, {knowing(found.answer)}, "
            "as lines with bands; dashed the first forecast by time alone",
            *_told(drawn, month),
        ),
        height=_PANEL + _TITLE + _FOOT,
        margin={"l": _LEFT, "r": 12, "t": _TITLE, "b": _FOOT},
        annotations=[
            *[_title(place, len(drawn), panel, found, style, month)
              for place, panel in enumerate(drawn)],
            _axis_name(found),
        ],
        shapes=[_mark(place, month) for place in range(len(drawn)) if month <= horizon],
        **layout,
    )  # fmt: skip


def _told(drawn: Sequence[Panel], month: float) -> list[str]:
    return [
        f"{panel.name} {month:g} months from now: "
        f"{readings.text_of(readings.curve_at(panel.found.now, month))}, by time alone "
        f"{readings.text_of(readings.curve_at(panel.found.before, month))}"
        for panel in drawn
    ]


def _number(place: int) -> str:
    return "" if place == 0 else str(place + 1)


def _domain(place: int, count: int) -> tuple[float, float]:
    width = (1 - (count - 1) * _GAP) / count
    start = place * (width + _GAP)
    return round(start, 4), round(start + width, 4)


def _axes(place: int, count: int, horizon: float) -> dict[str, Any]:
    number = _number(place)
    return {
        f"xaxis{number}": theme.axis(
            range=[0, horizon], dtick=tick_months(horizon), showgrid=False, hoverformat=".1f",
            domain=list(_domain(place, count)), anchor=f"y{number}",
        ),
        f"yaxis{number}": theme.axis(
            range=[0, 1.005], dtick=0.25, tickformat=".0%", gridcolor=theme.HAIRLINE,
            anchor=f"x{number}",
        ),
    }  # fmt: skip


def _lines(panel: Panel, style: LineStyle, name: str) -> list[dict[str, Any]]:
    now, before = panel.found.now, panel.found.before
    edge: dict[str, Any] = {
        "type": "scatter", "x": _thin(now, now.months), "mode": "lines", "hoverinfo": "skip",
        "name": name, "line": {"width": 0, "color": style.colour},
    }  # fmt: skip
    return [
        edge | {"y": _thin(now, now.low)},
        edge | {"y": _thin(now, now.high), "fill": "tonexty",
                "fillcolor": theme.faint(style.colour)},
        {
            "type": "scatter", "mode": "lines", "name": "by time alone",
            "x": _thin(before, before.months), "y": _thin(before, before.probability),
            "line": {"color": theme.MUTED, "dash": "dash", "width": 2},
            "hovertemplate": "%{y:.0%}",
        },
        {
            "type": "scatter", "mode": "lines", "name": name,
            "x": _thin(now, now.months), "y": _thin(now, now.probability),
            "line": {"color": style.colour, "dash": "solid", "width": 3},
            "hovertemplate": "%{y:.0%}",
        },
    ]  # fmt: skip


def _thin(curve: SurvivalCurve, values: Floats) -> list[float]:
    count = min(MOST_POINTS, len(curve.months))
    places = np.linspace(0, len(curve.months) - 1, count).round().astype(int)
    return [round(float(values[place]), 4) for place in places]


def _title(
    place: int, count: int, panel: Panel, found: LandmarkUpdate, style: LineStyle, month: float
) -> dict[str, Any]:
    now = readings.text_of(readings.curve_at(panel.found.now, month))
    before = readings.text_of(readings.curve_at(panel.found.before, month))
    known = f"\N{HORIZONTAL BAR} {knowing(found.answer)} {now}"
    alone = f"<span style='color:{theme.MUTED}'>- - by time alone {before}</span>"
    lines = [f"<b>{escaped(panel.name)}</b>", alone]
    if found.answer:
        lines.insert(1, f"<span style='color:{style.label}'>{escaped(known)}</span>")
    return {
        "text": "<br>".join(lines), "x": _domain(place, count)[0], "xref": "paper",
        "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom", "align": "left",
        "showarrow": False, "yshift": 4, "font": {"size": 13, "color": theme.TEXT},
    }  # fmt: skip


def _axis_name(found: LandmarkUpdate) -> dict[str, Any]:
    return {
        "text": f"Months from now, {found.month:g} months after the start of treatment",
        "x": 0.5, "xref": "paper", "y": 0, "yref": "paper", "yshift": -46, "yanchor": "bottom",
        "showarrow": False, "font": {"size": 13, "color": theme.MUTED},
    }  # fmt: skip


def _mark(place: int, month: float) -> dict[str, Any]:
    number = _number(place)
    return {
        "type": "line", "x0": month, "x1": month, "y0": 0, "y1": 1, "xref": f"x{number}",
        "yref": f"y{number} domain" if number else "y domain",
        "line": {"color": theme.PRIMARY, "width": 1, "dash": "dot"},
    }  # fmt: skip
