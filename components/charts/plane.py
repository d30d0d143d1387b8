"""Benefit against severe toxicity: each regimen as a mark in one plane, with both its intervals.

Up and to the left is better in both. What another equals or beats in both, on the estimates, has a
hollow mark and says by which: the marks alone would hide how much of the plane the intervals leave
open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import readings, theme
from components.charts.labels import LINE, broken, escaped, spread
from components.charts.theme import LineStyle, RawFigure
from components.charts.toxicity import SHAPES
from dashboard.answers.forecast import Chance

_HEIGHT, _LETTERS, _FOOT, _TOP = 460, 34, 52, 12


@dataclass(frozen=True, slots=True)
class Placed:
    """One regimen: its benefit and its severe toxicity."""

    label: str
    style: LineStyle
    benefit: Chance
    harm: Chance

    def beats(self, other: Placed) -> bool:
        """Whether it is as good in both and better in one, on the estimates."""
        benefit, harm = self.benefit.p - other.benefit.p, other.harm.p - self.harm.p
        return benefit >= 0 and harm >= 0 and (benefit > 0 or harm > 0)


def dominators(placed: Sequence[Placed]) -> list[str]:
    """For each regimen the first that beats it in both; empty where none does."""
    return [next((o.label for o in placed if o.beats(each)), "") for each in placed]


def plane_figure(placed: Sequence[Placed], benefit: str) -> RawFigure:
    """The regimens between harm (across) and benefit (up).

    Raises:
        ValueError: no regimen, or more than can be told apart.
    """
    if not 0 < len(placed) <= len(SHAPES):
        raise ValueError(f"{len(placed)} regimens in one plane; 1 to {len(SHAPES)} can be told.")
    beaten = dominators(placed)
    return theme.figure(
        [part for place, each in enumerate(placed) for part in _marks(each, place, beaten[place])],
        alt=theme.alt_text(
            f"{benefit} against severe toxicity, with intervals of both",
            *[_words(each, by) for each, by in zip(placed, beaten, strict=True)],
        ),
        height=_HEIGHT,
        margin={"l": 66, "r": 12, "t": _TOP, "b": _FOOT},
        hovermode="closest",
        xaxis=theme.axis(
            range=[-0.01, 1.01], tickformat=".0%", dtick=0.25, gridcolor=theme.HAIRLINE,
            domain=[0, 0.7], title=theme.axis_title("Severe toxicity (less is better)"),
        ),
        yaxis=theme.axis(
            range=[-0.01, 1.01], tickformat=".0%", dtick=0.25, gridcolor=theme.HAIRLINE,
            title=theme.axis_title(f"{benefit} (more is better)"),
        ),
        annotations=_labels(placed, beaten),
    )  # fmt: skip


def _marks(each: Placed, place: int, by: str) -> list[dict[str, Any]]:
    across = {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "name": "interval of harm",
        "x": [round(each.harm.low, 4), round(each.harm.high, 4)],
        "y": [round(each.benefit.p, 4)] * 2,
        "line": {"color": each.style.colour, "width": 1.5, "dash": each.style.dash},
    }  # fmt: skip
    up = across | {
        "name": "interval of benefit",
        "x": [round(each.harm.p, 4)] * 2,
        "y": [round(each.benefit.low, 4), round(each.benefit.high, 4)],
    }
    mark = {
        "type": "scatter", "mode": "markers", "name": each.label,
        "x": [round(each.harm.p, 4)], "y": [round(each.benefit.p, 4)],
        "marker": {
            "symbol": "diamond-open" if by else SHAPES[place], "size": 13,
            "color": each.style.colour,
        },
        "hovertext": [escaped(_words(each, by))], "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    return [across, up, mark]


def _labels(placed: Sequence[Placed], beaten: Sequence[str]) -> list[dict[str, Any]]:
    """Names at the right, in the order of benefit, tied to their marks."""
    room = _HEIGHT - _FOOT - _TOP
    lines = [
        [*broken(each.label, _LETTERS, 2), *(["dominated"] if by else [])]
        for each, by in zip(placed, beaten, strict=True)
    ]
    sizes = [(len(held) * LINE + 6) / room for held in lines]
    centres = spread([each.benefit.p for each in placed], sizes, -0.02, 1.02)
    return [
        {
            "text": "<br>".join(map(escaped, held)), "x": round(each.harm.p, 4),
            "y": round(each.benefit.p, 4), "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
            "ax": 1.05, "ay": round(centre, 4), "showarrow": True, "arrowhead": 0,
            "arrowwidth": 1, "arrowcolor": theme.UNKNOWN_FILL, "xanchor": "left",
            "yanchor": "middle", "align": "left", "font": {"size": 13, "color": each.style.label},
        }
        for each, held, centre in zip(placed, lines, centres, strict=True)
    ]  # fmt: skip


def _words(each: Placed, by: str) -> str:
    told = (
        f"{each.label}: benefit {readings.text_of(each.benefit)}, severe toxicity "
        f"{readings.text_of(each.harm)}"
    )
    return f"{told}, dominated by {by}" if by else told
