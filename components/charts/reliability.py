"""Calibration curves: what was expected of groups of patients beside what happened to them.

A panel for each thing that is forecast. On the diagonal both are the same; above it more happened
than was expected. Each mark is a tenth of the patients left out of training, its line the interval
of what was observed. Beside one patient's forecast the same curve is a small drawing, with a mark
where that patient stands. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme
from components.charts.labels import stacked
from components.charts.markup import Drawing, Markup, element, join
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.model_card import Tenth

MOST_PANELS = 4
_HEIGHT, _TOP, _FOOT, _LEFT = 340, 46, 56, 62
_GAP, _LETTERS = 0.035, 28
_SIDE, _MARGIN, _FEET = 220, 44, 38  # pixels of the small drawing


@dataclass(frozen=True, slots=True)
class Reliability:
    """One calibration curve: of what, and its points."""

    label: str
    tenths: Sequence[Tenth]

    @property
    def words(self) -> str:
        """How far expected and observed lie apart at most, and whether intervals hold them."""
        worst = max(self.tenths, key=lambda t: abs(t.observed - t.expected))
        held = sum(t.low <= t.expected <= t.high for t in self.tenths)
        return (
            f"{self.label}: in {held} of {len(self.tenths)} groups the interval of what was "
            "observed holds what was expected; furthest apart where "
            f"{theme.percent(worst.expected)} were expected and "
            f"{theme.percent(worst.observed, worst.low, worst.high)} observed"
        )


def reliability_figure(curves: Sequence[Reliability]) -> RawFigure:
    """A panel for each curve, side by side.

    Raises:
        ValueError: no curve, more than fit side by side, or one without points.
    """
    if not 0 < len(curves) <= MOST_PANELS or not all(curve.tenths for curve in curves):
        raise ValueError(f"{len(curves)} calibration curves; 1 to {MOST_PANELS}, each with points.")
    layout: dict[str, Any] = {}
    for place in range(len(curves)):
        layout |= _axes(place, len(curves))
    return theme.figure(
        [_marks(place, curve) for place, curve in enumerate(curves)],
        alt=theme.alt_text(
            "Calibration curves: expected against observed, patients left out of training",
            *[curve.words for curve in curves],
        ),
        height=_HEIGHT,
        margin={"l": _LEFT, "r": 12, "t": _TOP, "b": _FOOT},
        hovermode="closest",
        annotations=[
            *[_title(place, curve, len(curves)) for place, curve in enumerate(curves)],
            _foot(),
        ],
        shapes=[_diagonal(place) for place in range(len(curves))],
        **layout,
    )


def reliability_drawing(curve: Reliability, here: Sequence[tuple[LineStyle, float]]) -> Drawing:
    """One calibration curve, small, with a line of each regimen where this patient stands.

    Args:
        curve: what was expected and observed of others.
        here: a regimen's style, and the chance forecast for this patient under it.
    """
    marks = [_here(style, chance) for style, chance in here]
    told = ", ".join(theme.percent(chance) for _, chance in here)
    alt = theme.alt_text("Expected against observed, with this patient's forecasts", curve.words,
                         f"This patient's forecasts: {told}")  # fmt: skip
    content = join([*_paper(), *marks, *[_tenth(tenth) for tenth in curve.tenths]])
    return Drawing(_SIDE + _MARGIN + 10, _SIDE + _FEET + 8, content, alt)


def _across(share: float) -> float:
    return round(_MARGIN + _SIDE * share, 1)


def _up(share: float) -> float:
    return round(8 + _SIDE * (1 - share), 1)


def _stroke(x: tuple[float, float], y: tuple[float, float], **look: str | float | None) -> Markup:
    return element("line", x1=x[0], x2=x[1], y1=y[0], y2=y[1], **look)


def _paper() -> list[Markup]:
    """The diagonal, the hairlines with their shares, and what the axes are."""
    look: dict[str, str | float | None] = {"font_size": 12, "fill": theme.MUTED}
    drawn = []
    for share, anchor in ((0.0, "middle"), (0.5, "middle"), (1.0, "end")):
        x, y, told = _across(share), _up(share), theme.percent(share)
        ends = _across(0), _across(1)
        drawn += [
            _stroke(ends, (y, y), stroke=theme.HAIRLINE),
            element("text", told, x=_MARGIN - 5, y=y + 4, text_anchor="end", **look),
            element("text", told, x=x, y=_up(0) + 16, text_anchor=anchor, **look),
        ]
    foot = {**look, "font_size": 13, "text_anchor": "middle"}
    turned = f"rotate(-90 11 {_up(0.5)})"
    return [
        *drawn,
        _stroke((_across(0), _across(1)), (_up(0), _up(1)), stroke=theme.MUTED,
                stroke_dasharray="5 4"),
        element("text", "Expected", x=_across(0.5), y=_up(0) + 33, **foot),
        element("text", "Observed", x=11, y=_up(0.5), transform=turned, **foot),
    ]  # fmt: skip


def _here(style: LineStyle, chance: float) -> Markup:
    """Where this patient stands: a line of the regimen's own from the foot to the top."""
    x = _across(chance)
    return _stroke(
        (x, x), (_up(0), _up(1)), stroke=style.colour, stroke_width=2,
        stroke_dasharray=theme.SMALL_DASHES[style.dash],
    )  # fmt: skip


def _tenth(tenth: Tenth) -> Markup:
    x, strong = _across(tenth.expected), theme.PRIMARY
    line = _stroke((x, x), (_up(tenth.low), _up(tenth.high)), stroke=strong, stroke_width=1.5)
    dot = element("circle", cx=x, cy=_up(tenth.observed), r=4, fill=strong)
    return join([line, dot])


def _name(place: int) -> str:
    return str(place + 1) if place else ""


def _axes(place: int, count: int) -> dict[str, Any]:
    number, width = _name(place), 1 / count
    shared = {"range": [-0.02, 1.02], "dtick": 0.5, "tickformat": ".0%", "automargin": False}
    return {
        f"xaxis{number}": theme.axis(
            **shared, showgrid=False, anchor=f"y{number}",
            domain=[round(place * width, 4), round((place + 1) * width - _GAP, 4)],
        ),
        f"yaxis{number}": theme.axis(
            **shared, gridcolor=theme.HAIRLINE, anchor=f"x{number}", showticklabels=place == 0,
            **({"title": theme.axis_title("Observed")} if place == 0 else {}),
        ),
    }  # fmt: skip


def _marks(place: int, curve: Reliability) -> dict[str, Any]:
    number = _name(place)
    return {
        "type": "scatter", "mode": "lines+markers", "name": curve.label,
        "xaxis": f"x{number}", "yaxis": f"y{number}",
        "x": [round(t.expected, 4) for t in curve.tenths],
        "y": [round(t.observed, 4) for t in curve.tenths],
        "line": {"color": theme.PRIMARY, "width": 1},
        "marker": {"size": 8, "color": theme.PRIMARY},
        "error_y": {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 3,
            "color": theme.PRIMARY,
            "array": [round(t.high - t.observed, 4) for t in curve.tenths],
            "arrayminus": [round(t.observed - t.low, 4) for t in curve.tenths],
        },
        "hovertemplate": "expected %{x:.0%}, observed %{y:.0%}<extra></extra>",
    }  # fmt: skip


def _title(place: int, curve: Reliability, count: int) -> dict[str, Any]:
    return {
        "text": f"<b>{stacked(curve.label, _LETTERS)}</b>",
        "x": round(place / count, 4), "xref": "paper", "xanchor": "left", "y": 1, "yref": "paper",
        "yanchor": "bottom", "yshift": 6, "align": "left", "showarrow": False,
        "font": {"size": 13, "color": theme.TEXT},
    }  # fmt: skip


def _foot() -> dict[str, Any]:
    return {
        "text": "Expected share", "x": 0.5, "xref": "paper", "y": 0, "yref": "paper",
        "yshift": 4 - _FOOT, "yanchor": "bottom", "showarrow": False,
        "font": {"size": 14, "color": theme.MUTED},
    }  # fmt: skip


def _diagonal(place: int) -> dict[str, Any]:
    number = _name(place)
    return {
        "type": "line", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "xref": f"x{number}",
        "yref": f"y{number}", "layer": "between",
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }  # fmt: skip
