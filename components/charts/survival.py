"""Survival by group as observed: Kaplan-Meier curves with bands, medians and numbers at risk.

Draws `GroupCurve` values and estimates nothing. Up to four curves stand in one picture, each with
colour, dash and its name at its end; more are drawn as small multiples, one group in colour and the
others in grey behind it. Every curve has at most 120 points: its steps at evenly spaced times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme
from components.charts.labels import LETTER, LINE, broken, escaped, short, spread, width_of
from components.charts.multiples import GREY_POINTS, PANEL_POINTS, Grid
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.population import GroupCurve
from dashboard.records.wording import counted

MOST_CURVES = 4
MOST_POINTS = 120
SHORT_FOLLOW_UP = 48  # months up to which the axis has a tick every six
FEWEST_AT_RISK = 10  # beyond this the curve says little
LEAST_SHARE_AT_RISK = 0.02

_CURVES, _AXIS_ROOM, _RISK_TITLE, _RISK_ROW = 340, 46, 24, 20
_TOP, _BOTTOM, _LEFT = 10, 6, 64
_LABEL_LETTERS = 30
_PANEL, _PANEL_TITLE, _PANEL_GAP = 150, 60, 26
_PANEL_LETTERS = 36


def stable_styles(shown: Sequence[str], ordered: Sequence[str]) -> dict[str, LineStyle]:
    """A style for each shown group that changes as little as can be when others come and go.

    Args:
        shown: the groups in the picture.
        ordered: all groups in their fixed order; a group's place decides its style, and only a
            group whose style is already taken moves on to the next.
    """
    free = list(range(len(theme.REGIMEN_STYLES)))
    places = {group: place for place, group in enumerate(ordered)}
    styles = {}
    for group in sorted(shown, key=lambda name: places.get(name, len(places))):
        wanted = places.get(group, 0) % len(theme.REGIMEN_STYLES)
        if not free:
            raise ValueError(f"{len(shown)} groups in one picture; draw small multiples instead.")
        slot = min(free, key=lambda place: (place - wanted) % len(theme.REGIMEN_STYLES))
        free.remove(slot)
        styles[group] = theme.REGIMEN_STYLES[slot]
    return styles


def shown_horizon(curves: Sequence[GroupCurve]) -> float:
    """The months to draw: as long as some group has enough patients left, to a full tick."""
    ends = [6.0]
    for curve in curves:
        enough = max(FEWEST_AT_RISK, LEAST_SHARE_AT_RISK * (curve.patients or 0))
        held = zip(curve.risk_months, curve.at_risk, strict=True)
        ends += [month for month, left in held if left is not None and left >= enough]
    tick = tick_months(max(ends))
    return tick * -(-max(ends) // tick)


def tick_months(horizon: float) -> int:
    """The distance of the marks on the axis of months."""
    return 6 if horizon <= SHORT_FOLLOW_UP else 12


def survival_figure(
    curves: Sequence[GroupCurve],
    endpoint: str,
    *,
    styles: Mapping[str, LineStyle] | None = None,
    horizon: float | None = None,
    since: str = "start of treatment",
) -> RawFigure:
    """Kaplan-Meier curves of at most four groups with the number at risk beneath.

    Args:
        curves: the groups, in their fixed order.
        endpoint: what is survived, as words: "Overall survival".
        styles: colour and dash of each group; by their order when absent.
        horizon: the last month drawn; as long as enough patients are left when absent.
        since: what the months are counted from.

    Raises:
        ValueError: no curve, or more than four.
    """
    if not 0 < len(curves) <= MOST_CURVES:
        raise ValueError(
            f"{len(curves)} curves; one picture holds 1 to {MOST_CURVES}, panels hold more."
        )
    styles = styles or theme.regimen_styles([curve.group for curve in curves])
    sheet = _Sheet(curves, styles, horizon or shown_horizon(curves))
    return theme.figure(
        [trace for curve in curves for trace in sheet.traces(curve)] + sheet.risk_traces(),
        alt=survival_words(curves, endpoint),
        height=sheet.height,
        margin={"l": _LEFT, "r": sheet.right, "t": _TOP, "b": _BOTTOM},
        xaxis=sheet.months_axis(since),
        yaxis=theme.axis(
            title=theme.axis_title(endpoint),
            range=[0, 1.005],
            tickformat=".0%",
            dtick=0.25,
            domain=[sheet.curves_from, 1],
            gridcolor=theme.HAIRLINE,
        ),
        yaxis2=_risk_axis(len(curves), sheet.risk_to),
        annotations=sheet.end_labels() + sheet.risk_names(),
        shapes=[_half_line(sheet.horizon), *sheet.swatches()],
    )


def survival_words(curves: Sequence[GroupCurve], endpoint: str) -> str:
    """The figure in words: who, how many, and the medians."""
    return theme.alt_text(
        f"{endpoint}, observed, as Kaplan-Meier curves of "
        + (f"{len(curves)} groups" if len(curves) > 1 else "one group"),
        *[f"{curve.label}: {_counted(curve)}, {median_words(curve)}" for curve in curves],
    )


def median_words(curve: GroupCurve) -> str:
    """The median of a curve with its interval: `median 14 months (12 to 17)`."""
    if curve.median is None:
        least = theme.months(curve.median_low) if curve.median_low is not None else ""
        return "median not reached" + (f" (at least {least})" if least else "")
    if curve.median_low is None:
        return f"median {theme.months(curve.median)}"
    return f"median {theme.months(curve.median, curve.median_low, curve.median_high)}"


def survival_panels(
    curves: Sequence[GroupCurve],
    endpoint: str,
    *,
    styles: Mapping[str, LineStyle] | None = None,
    horizon: float | None = None,
) -> RawFigure:
    """Small multiples: a panel for each group, the others in grey behind it.

    Raises:
        ValueError: no curve.
    """
    if not curves:
        raise ValueError("No curve to draw.")
    horizon = horizon or shown_horizon(curves)
    grid = Grid(len(curves), horizon, 2 * tick_months(horizon), _PANEL, _PANEL_TITLE, _PANEL_GAP)
    styles = styles or {}
    grey = [_thinned(curve, horizon, GREY_POINTS)[:2] for curve in curves]
    layout: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for place, curve in enumerate(curves):
        style = styles.get(curve.group, theme.REGIMEN_STYLES[place % len(theme.REGIMEN_STYLES)])
        own = _panel_line(curve, horizon, style) | grid.refs(place)
        traces += [grid.behind(place, grey, shape="hv"), own]
        layout |= grid.axes(place)
        told = f"{escaped(_counted(curve))}<br>{median_words(curve)}"
        name = escaped(short(curve.label, _PANEL_LETTERS))
        notes.append(grid.title(place, name, told, style.label))
    return theme.figure(
        traces,
        alt=survival_words(curves, f"{endpoint}, a panel for each group"),
        height=grid.height,
        margin=grid.margin,
        annotations=[*notes, grid.foot("Months")],
        shapes=[_half_line(horizon, grid.name(place)) for place in range(len(curves))],
        **layout,
    )


def _panel_line(curve: GroupCurve, horizon: float, style: LineStyle) -> dict[str, Any]:
    months, held, _, _ = _thinned(curve, horizon, PANEL_POINTS)
    return {
        "type": "scatter", "mode": "lines", "x": months, "y": held, "name": curve.label,
        "line": {"color": style.colour, "dash": style.dash, "shape": "hv", "width": 2.5},
        "hovertemplate": "%{y:.0%} at %{x:.0f} months<extra></extra>",
    }  # fmt: skip


# -- one picture ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sheet:
    """The measures of one picture: how its room is shared between curves, ticks and table."""

    curves: Sequence[GroupCurve]
    styles: Mapping[str, LineStyle]
    horizon: float

    @property
    def table(self) -> float:
        return _RISK_ROW * len(self.curves)

    @property
    def inner(self) -> float:
        return _CURVES + _AXIS_ROOM + _RISK_TITLE + self.table

    @property
    def height(self) -> int:
        return int(self.inner + _TOP + _BOTTOM)

    @property
    def curves_from(self) -> float:
        return round(1 - _CURVES / self.inner, 4)

    @property
    def risk_to(self) -> float:
        return round(self.table / self.inner, 4)

    @property
    def labels(self) -> list[list[str]]:
        """The lines of each curve's label; the name may take two of them."""
        return [
            [*broken(curve.label, _LABEL_LETTERS, 2), median_words(curve)] for curve in self.curves
        ]

    @property
    def right(self) -> int:
        return int(max(width_of(lines) for lines in self.labels) + 34)

    def months_axis(self, since: str) -> dict[str, Any]:
        return theme.axis(
            title=theme.axis_title(f"Months since {since}"),
            range=[0, self.horizon],
            dtick=tick_months(self.horizon),
            showgrid=False,
            anchor="y",
            hoverformat=".1f",
        )

    def traces(self, curve: GroupCurve) -> list[dict[str, Any]]:
        style = self.styles[curve.group]
        months, held, low, high = _thinned(curve, self.horizon, MOST_POINTS)
        edge: dict[str, Any] = {"x": months, "mode": "lines", "hoverinfo": "skip"}
        edge |= {"line": {"width": 0, "shape": "hv", "color": style.colour}}
        return [
            {"type": "scatter", "y": low, "name": curve.label, **edge},
            {
                "type": "scatter",
                "y": high,
                "name": curve.label,
                "fill": "tonexty",
                "fillcolor": theme.faint(style.colour),
                **edge,
            },
            {
                "type": "scatter",
                "x": months,
                "y": held,
                "name": curve.label,
                "mode": "lines",
                "line": {
                    "color": style.colour, "dash": style.dash, "shape": "hv", "width": 2.5,
                },
                "hovertemplate": "%{y:.0%}",
            },
        ]  # fmt: skip

    def end_labels(self) -> list[dict[str, Any]]:
        """Each curve's name and median at its end, apart from the others, tied by a thin line."""
        ends = [_end(curve, self.horizon) for curve in self.curves]
        sizes = [(len(lines) * LINE + 5) / _CURVES for lines in self.labels]
        centres = spread([share for _, share in ends], sizes, -0.04, 1.04)
        made = []
        for curve, lines, (month, share), centre in zip(
            self.curves, self.labels, ends, centres, strict=True
        ):
            *name, median = lines
            text = f"<b>{'<br>'.join(map(escaped, name))}</b><br>{median}"
            style = self.styles[curve.group]
            made.append(
                {
                    "text": text,
                    "x": round(month, 2), "y": round(share, 4), "xref": "x", "yref": "y",
                    "ax": round(self.horizon * 1.025, 2), "ay": round(centre, 4),
                    "axref": "x", "ayref": "y",
                    "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": style.colour,
                    "xanchor": "left", "yanchor": "middle", "align": "left",
                    "font": {"size": 13, "color": style.label},
                }
            )  # fmt: skip
        return made

    def risk_traces(self) -> list[dict[str, Any]]:
        """The table under the axis: one row of numbers for each group."""
        return [
            {
                "type": "scatter",
                "mode": "text",
                "x": [month for month, _ in held],
                "y": [row] * len(held),
                "text": [f"{n:,}" if n is not None else curve.hidden for _, n in held],
                "textfont": {"size": 13, "color": theme.TEXT},
                "yaxis": "y2",
                "name": f"At risk: {curve.label}",
                "hoverinfo": "skip",
                "cliponaxis": False,
            }
            for row, curve in enumerate(self.curves)
            for held in [_on_ticks(curve, self.horizon)]
        ]

    def risk_names(self) -> list[dict[str, Any]]:
        title = {
            "text": "Number at risk",
            "x": 0, "xref": "paper", "xanchor": "left", "xshift": -_LEFT + 8,
            "y": self.risk_to, "yref": "paper", "yanchor": "bottom", "yshift": 2,
            "showarrow": False, "font": {"size": 13, "color": theme.MUTED},
        }  # fmt: skip
        letters = int((self.right - 34) / LETTER)
        rows = [
            {
                "text": escaped(short(curve.label, letters)),
                "x": 1, "xref": "paper", "xanchor": "left", "xshift": 28,
                "y": row, "yref": "y2", "yanchor": "middle",
                "showarrow": False,
                "font": {"size": 13, "color": self.styles[curve.group].label},
            }
            for row, curve in enumerate(self.curves)
        ]  # fmt: skip
        return [title, *rows]

    def swatches(self) -> list[dict[str, Any]]:
        """A piece of each curve's own line before its row, so that colour is not alone."""
        return [
            {
                "type": "line", "xref": "paper", "xsizemode": "pixel", "xanchor": 0,
                "x0": 8 - _LEFT, "x1": 32 - _LEFT, "yref": "y2", "y0": row, "y1": row,
                "line": {"color": style.colour, "dash": style.dash, "width": 2.5},
            }
            for row, curve in enumerate(self.curves)
            for style in [self.styles[curve.group]]
        ]  # fmt: skip


def _risk_axis(rows: int, top: float) -> dict[str, Any]:
    return {
        "domain": [0, top],
        "range": [rows - 0.5, -0.5],
        "showticklabels": False,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


# -- pieces --------------------------------------------------------------------------------------


def _thinned(
    curve: GroupCurve, horizon: float, most: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Months, curve and band up to the horizon, beginning at 100 %, in at most so many points."""
    last = min(horizon, curve.months[-1]) if curve.months else 0.0
    own = [month for month in curve.months if 0 < month <= last]
    if len(own) > most - 2:
        own = [last * step / (most - 2) for step in range(1, most - 1)]
    months = [0.0, *own]
    places = [bisect_right(curve.months, month + 1e-9) - 1 for month in months]

    def read(values: Sequence[float]) -> list[float]:
        return [1.0 if p < 0 else _finite(values[p], curve.survival[p]) for p in places]

    rounded = [round(month, 2) for month in months]
    return rounded, read(curve.survival), read(curve.low), read(curve.high)


def _finite(value: float, otherwise: float) -> float:
    """A band has no width where nobody has had the event yet; estimators say NaN there."""
    return round(value if value == value else otherwise, 4)  # noqa: PLR0124 - false for NaN alone


def _end(curve: GroupCurve, horizon: float) -> tuple[float, float]:
    months, held, _, _ = _thinned(curve, horizon, MOST_POINTS)
    return months[-1], held[-1]


def _on_ticks(curve: GroupCurve, horizon: float) -> list[tuple[float, int | None]]:
    tick = tick_months(horizon)
    held = zip(curve.risk_months, curve.at_risk, strict=True)
    return [(month, n) for month, n in held if month <= horizon and month % tick == 0]


def _half_line(horizon: float, axis: str = "") -> dict[str, Any]:
    return {
        "type": "line", "x0": 0, "x1": horizon, "y0": 0.5, "y1": 0.5, "layer": "between",
        "xref": f"x{axis}", "yref": f"y{axis}",
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }  # fmt: skip


def _counted(curve: GroupCurve) -> str:
    if curve.patients is None:
        return f"{curve.hidden or 'withheld'} patients"
    events = f", {counted(curve.events, 'event')}" if curve.events is not None else ""
    return f"{counted(curve.patients, 'patient')}{events}"
