"""Small multiples of curves: a grid of panels, three in a row, each with a heading above it.

Knows where panels, axes and headings go and nothing of what is drawn in them. Only the outer panels
have numbers at their axes, for all share one scale: months across, 0 to 100 % up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme

COLUMNS = 3
PANEL_POINTS = 48  # of the curve a panel is about
GREY_POINTS = 24  # of each of the others behind it
_GAP_ACROSS = 0.03
_FOOT = 54

Points = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Grid:
    """The measures of so many panels up to a month; heights are pixels."""

    count: int
    horizon: float
    tick: int
    panel: int
    heading: float
    gap: int

    @property
    def height(self) -> int:
        """The height of the whole picture."""
        return int(self._inner + _FOOT)

    @property
    def margin(self) -> dict[str, int]:
        """The room around the panels."""
        return {"l": 52, "r": 12, "t": 6, "b": _FOOT - 6}

    def name(self, place: int) -> str:
        """What a panel's axes are called after their letter."""
        return str(place + 1) if place else ""

    def refs(self, place: int) -> dict[str, str]:
        """The axes that a trace of this panel is drawn on."""
        return {"xaxis": f"x{self.name(place)}", "yaxis": f"y{self.name(place)}"}

    def axes(self, place: int) -> dict[str, Any]:
        """Both axes of a panel."""
        row, column = divmod(place, COLUMNS)
        number, top = self.name(place), self._top(row)
        return {
            f"xaxis{number}": theme.axis(
                range=[0, self.horizon], dtick=self.tick, showgrid=False, anchor=f"y{number}",
                domain=[round(column / COLUMNS, 4), round((column + 1) / COLUMNS - _GAP_ACROSS, 4)],
                showticklabels=place + COLUMNS >= self.count, automargin=False,
            ),
            f"yaxis{number}": theme.axis(
                range=[0, 1.005], dtick=0.5, tickformat=".0%", gridcolor=theme.HAIRLINE,
                domain=[round(max(top - self.panel / self._inner, 0.0), 4), round(top, 4)],
                anchor=f"x{number}", showticklabels=column == 0, automargin=False,
            ),
        }  # fmt: skip

    def title(self, place: int, name: str, told: str, colour: str) -> dict[str, Any]:
        """What stands above a panel: a name, and beneath it what is told of it, both escaped."""
        row, column = divmod(place, COLUMNS)
        return {
            "text": f"<b>{name}</b><br><span style='color:{theme.MUTED}'>{told}</span>",
            "x": round(column / COLUMNS, 4), "xref": "paper", "xanchor": "left",
            "y": round(self._top(row), 4), "yref": "paper", "yanchor": "bottom", "align": "left",
            "showarrow": False, "yshift": 2, "font": {"size": 13, "color": colour},
        }  # fmt: skip

    def foot(self, text: str) -> dict[str, Any]:
        """What the axes of months measure, once beneath all panels."""
        return {
            "text": text, "x": 0.5, "xref": "paper", "y": 0, "yref": "paper", "yshift": 10 - _FOOT,
            "yanchor": "bottom", "showarrow": False, "font": {"size": 13, "color": theme.MUTED},
        }  # fmt: skip

    def behind(self, place: int, curves: Sequence[Points], **line: str) -> dict[str, Any]:
        """All curves but the panel's own in grey: one line with gaps instead of one for each."""
        x: list[float | None] = []
        y: list[float | None] = []
        for months, shares in (held for other, held in enumerate(curves) if other != place):
            x += [*months, None]
            y += [*shares, None]
        return {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "name": "the others",
            "line": {"color": theme.UNKNOWN_FILL, "width": 1.2, **line}, "hoverinfo": "skip",
            **self.refs(place),
        }  # fmt: skip

    @property
    def _inner(self) -> float:
        rows = -(-self.count // COLUMNS)
        return rows * (self.panel + self.heading) + (rows - 1) * self.gap

    def _top(self, row: int) -> float:
        """Where the panels of a row begin, as a share of the height from below."""
        return 1 - (row * (self.panel + self.heading + self.gap) + self.heading) / self._inner
