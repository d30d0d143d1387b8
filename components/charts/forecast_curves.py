"""Forecast survival under regimens: curves with bands, their gap, and where knowledge ends.

Draws `SurvivalCurve` values and estimates nothing. Up to four curves stand in one picture, each
with its colour, dash and name; more become small multiples, the others in grey behind. Where
follow-up ends a line says so, and where hardly anybody was followed the ground is hatched. Numbers
at risk are the cohort's, beneath the axis. At most 120 points a curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from components.charts import readings, theme
from components.charts.labels import LETTER, LINE, broken, escaped, short, spread, stacked, width_of
from components.charts.multiples import GREY_POINTS, PANEL_POINTS, Grid, Points
from components.charts.survival import MOST_CURVES, MOST_POINTS, tick_months
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.curves import GapCurve
from dashboard.answers.forecast import Floats, SurvivalCurve
from dashboard.answers.similar import ObservedCurve

_FINE = 0.4  # up to here the axis of a gap has a tick every ten points
FEW_AT_RISK = 10
_CURVES, _AXIS_ROOM, _RISK_TITLE, _RISK_ROW = 300, 46, 22, 18
_TOP, _BOTTOM, _LEFT = 14, 6, 64
_LETTERS, _LINE_LETTERS = 30, 34
_PANEL, _PANEL_TITLE, _PANEL_GAP = 132, 44, 22
_PANEL_LETTERS = 38


@dataclass(frozen=True)
class Drawn:
    """One forecast curve to draw: whose, how it looks, and who of the cohort was at risk."""

    regimen: str
    label: str
    curve: SurvivalCurve
    style: LineStyle
    at_risk: Mapping[int, int] = field(default_factory=dict)  # month -> patients
    observed: ObservedCurve | None = None  # of similar patients who received it
    seen: str = ""  # how many those were

    @property
    def words(self) -> str:
        """The median, as everywhere."""
        return f"median {readings.median_text(self.curve)}"

    @property
    def lines(self) -> list[str]:
        """What stands beneath the name at the curve's end."""
        told = broken(self.words, _LINE_LETTERS, 2)
        return [*told, *broken(self.seen, _LINE_LETTERS, 2)] if self.observed else told

    @property
    def followed(self) -> float:
        """The last month at which enough of the cohort were under observation."""
        enough = [month for month, left in self.at_risk.items() if left >= FEW_AT_RISK]
        return float(max(enough, default=self.curve.months[-1]))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the picture is of: the endpoint in words, and the months a patient has come through."""

    endpoint: str
    survived: float = 0.0
    mark: float | None = None  # the month at which figures are read

    @property
    def axis(self) -> str:
        """What the months are counted from."""
        if self.survived:
            return f"Months from now, {self.survived:g} months after the start of treatment"
        return "Months since the start of treatment"


def curves_figure(drawn: Sequence[Drawn], frame: Frame) -> RawFigure:
    """At most four forecast curves with bands in one picture.

    Raises:
        ValueError: no curve, or more than four.
    """
    if not 0 < len(drawn) <= MOST_CURVES:
        raise ValueError(f"{len(drawn)} curves; one picture holds 1 to {MOST_CURVES}.")
    sheet = _Sheet(drawn, frame)
    return theme.figure(
        [
            *sheet.hatching(),
            *[t for each in drawn for t in _band(each)],
            *[t for each in drawn for t in _lines(each)],
            *sheet.risk_numbers(),
        ],
        alt=curves_words(drawn, frame),
        height=sheet.height,
        margin={"l": _LEFT, "r": sheet.right, "t": _TOP, "b": _BOTTOM},
        xaxis=theme.axis(
            title=theme.axis_title(frame.axis), range=[0, sheet.horizon],
            dtick=tick_months(sheet.horizon), showgrid=False, anchor="y", hoverformat=".1f",
        ),
        yaxis=theme.axis(
            title=theme.axis_title(frame.endpoint), range=[0, 1.005], tickformat=".0%", dtick=0.25,
            domain=[sheet.curves_from, 1], gridcolor=theme.HAIRLINE,
        ),
        yaxis2={
            "domain": [0, sheet.risk_to], "range": [len(sheet.at_risk) - 0.5, -0.5],
            "visible": False, "fixedrange": True,
        },
        annotations=[*sheet.end_labels(), *sheet.risk_names(), *sheet.end_of_follow_up()],
        shapes=[*sheet.guides(), *sheet.swatches()],
    )  # fmt: skip


def curves_words(drawn: Sequence[Drawn], frame: Frame) -> str:
    """The figure in words: medians, the share at the month marked, and where follow-up ends."""
    told = []
    for each in drawn:
        chance = readings.curve_at(each.curve, frame.mark) if frame.mark is not None else None
        at = f", {readings.text_of(chance)} at {frame.mark:g} months" if chance else ""
        seen = f", thin line {each.seen}" if each.observed else ""
        told.append(f"{each.label}: {each.words}{at}{seen}")
    end = max(float(each.curve.months[-1]) for each in drawn)
    return theme.alt_text(
        f"{frame.endpoint}, forecast for this patient, as curves with bands", *told,
        f"Follow-up ends at {end:.0f} months",
    )  # fmt: skip


def panels_figure(drawn: Sequence[Drawn], frame: Frame) -> RawFigure:
    """Small multiples: a panel for each regimen, the others in grey behind it.

    Raises:
        ValueError: no curve.
    """
    if not drawn:
        raise ValueError("No curve to draw.")
    long = any(len(each.label) > _PANEL_LETTERS for each in drawn)
    horizon = _horizon(drawn)
    grid = Grid(
        len(drawn),
        horizon,
        2 * tick_months(horizon),
        _PANEL,
        _PANEL_TITLE + LINE * long,
        _PANEL_GAP,
    )
    curves = [_points(each, GREY_POINTS) for each in drawn]
    layout: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    for place, each in enumerate(drawn):
        parts = [*_band(each, PANEL_POINTS), *_lines(each, PANEL_POINTS)]
        traces += [grid.behind(place, curves), *[part | grid.refs(place) for part in parts]]
        layout |= grid.axes(place)
    return theme.figure(
        traces,
        alt=curves_words(drawn, frame),
        height=grid.height,
        margin=grid.margin,
        annotations=[
            *[_panel_title(grid, place, each) for place, each in enumerate(drawn)],
            grid.foot(frame.axis),
        ],
        shapes=[_half(horizon, grid.name(place)) for place in range(len(drawn))],
        **layout,
    )


def gap_figure(found: GapCurve, one: Drawn, other: Drawn, frame: Frame) -> RawFigure:
    """How many more in 100 are without the event under one regimen than under another."""
    months, value, low, high = (
        _thin(values) for values in (found.months, found.value, found.low, found.high)
    )
    horizon = _horizon([one, other])
    reach = max(0.1, float(np.ceil(10 * max(np.abs([*low, *high]))) / 10))
    edge: dict[str, Any] = {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "line": {"width": 0}
    }  # fmt: skip
    traces: list[dict[str, Any]] = [
        edge | {"x": months, "y": low},
        edge | {"x": months, "y": high, "fill": "tonexty",
                "fillcolor": theme.faint(theme.PRIMARY)},
        {
            "type": "scatter", "mode": "lines", "x": months, "y": value, "name": "gap",
            "line": {"color": theme.PRIMARY, "width": 2.5},
            "hovertemplate": "%{y:+.0%} points<extra></extra>",
        },
    ]  # fmt: skip
    best = f"{one.label} minus {other.label}"
    sides = [
        (reach, f"more with {one.label}", "top"),
        (-reach, f"more with {other.label}", "bottom"),
    ]
    return theme.figure(
        traces,
        alt=theme.alt_text(
            f"{frame.endpoint}, {best}, as one curve with a band",
            *_gap_findings(found, frame),
        ),
        height=320,
        margin={"l": _LEFT, "r": 24, "t": _TOP, "b": 50},
        xaxis=theme.axis(
            title=theme.axis_title(frame.axis), range=[0, horizon], dtick=tick_months(horizon),
            showgrid=False, hoverformat=".1f",
        ),
        yaxis=theme.axis(
            title=theme.axis_title("Points in 100"), range=[-reach, reach], tickformat="+.0%",
            dtick=0.1 if reach <= _FINE else 0.25,
            gridcolor=theme.HAIRLINE,
        ),
        shapes=[
            {"type": "line", "x0": 0, "x1": horizon, "y0": 0, "y1": 0,
             "line": {"color": theme.TEXT, "width": 1.5}},
            *_marked(frame),
        ],
        annotations=[
            {"text": escaped(short(text, 60)), "x": 0.01, "xref": "paper", "xanchor": "left",
             "y": y, "yanchor": anchor, "showarrow": False,
             "font": {"size": 13, "color": theme.MUTED}}
            for y, text, anchor in sides
        ],
    )  # fmt: skip


def points(value: float) -> str:
    """A gap in points of 100 with its sign."""
    hundred = round(100 * value)
    return "0" if hundred == 0 else f"{hundred:+d}".replace("-", "\N{MINUS SIGN}")


def _gap_findings(found: GapCurve, frame: Frame) -> list[str]:
    months = [m for m in (frame.mark, float(found.months[-1])) if m is not None]
    told = []
    for month in [m for m in months if m <= found.months[-1]]:
        value, low, high = (
            float(np.interp(month, found.months, held))
            for held in (found.value, found.low, found.high)
        )
        told.append(f"{points(value)} points at {month:g} months ({points(low)} to {points(high)})")
    return told


# -- one picture ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sheet:
    """The measures of one picture: curves, ticks, and a table of those at risk."""

    drawn: Sequence[Drawn]
    frame: Frame

    @property
    def at_risk(self) -> list[Drawn]:
        return [each for each in self.drawn if each.at_risk]

    @property
    def horizon(self) -> float:
        return _horizon(self.drawn)

    @property
    def table(self) -> float:
        return _RISK_ROW * len(self.at_risk) + (_RISK_TITLE if self.at_risk else 0)

    @property
    def inner(self) -> float:
        return _CURVES + _AXIS_ROOM + self.table

    @property
    def height(self) -> int:
        return int(self.inner + _TOP + _BOTTOM)

    @property
    def curves_from(self) -> float:
        return round(1 - _CURVES / self.inner, 4)

    @property
    def risk_to(self) -> float:
        return round(max(_RISK_ROW * len(self.at_risk), 1) / self.inner, 4)

    @property
    def labels(self) -> list[tuple[list[str], list[str]]]:
        """The lines of each curve's name, and those of its median."""
        return [(broken(d.label, _LETTERS, 2), d.lines) for d in self.drawn]

    @property
    def right(self) -> int:
        return int(max(width_of([*name, *told]) for name, told in self.labels) + 30)

    def hatching(self) -> list[dict[str, Any]]:
        """Ground on which hardly anybody stood: hatched from there to the end of the axis."""
        told = self.at_risk or self.drawn
        begins = max(min(each.followed, float(each.curve.months[-1])) for each in told)
        begins = max(begins - self.frame.survived, 0.0) if self.frame.survived else begins
        if begins >= self.horizon:
            return []
        return [
            {
                "type": "scatter", "mode": "lines", "hoverinfo": "skip", "fill": "toself",
                "x": [begins, self.horizon, self.horizon, begins], "y": [0, 0, 1.005, 1.005],
                "line": {"width": 0}, "name": "hardly anybody followed",
                "fillpattern": {"shape": "/", "fgcolor": theme.UNKNOWN_FILL,
                                "bgcolor": theme.PAPER, "size": 8, "solidity": 0.25},
            }
        ]  # fmt: skip

    def end_of_follow_up(self) -> list[dict[str, Any]]:
        end = max(float(each.curve.months[-1]) for each in self.drawn)
        return [
            {
                "text": f"follow-up ends at {end:.0f}", "x": end, "xanchor": "right", "y": 1.005,
                "yanchor": "bottom", "showarrow": False, "bgcolor": theme.PAPER,
                "font": {"size": 12, "color": theme.MUTED},
            }
        ]  # fmt: skip

    def guides(self) -> list[dict[str, Any]]:
        """The half, the end of follow-up, and the month at which figures are read."""
        end = max(float(each.curve.months[-1]) for each in self.drawn)
        finish = {
            "type": "line", "x0": end, "x1": end, "y0": 0, "y1": 1,
            "line": {"color": theme.MUTED, "width": 1.5},
        }  # fmt: skip
        return [_half(self.horizon), finish, *_marked(self.frame)]

    def end_labels(self) -> list[dict[str, Any]]:
        """Each curve's name and median at its end, apart from the others, tied by a thin line."""
        ends = [float(each.curve.probability[-1]) for each in self.drawn]
        sizes = [((len(name) + len(told)) * LINE + 5) / _CURVES for name, told in self.labels]
        centres = spread(ends, sizes, -0.04, 1.04)
        texts = [
            f"<b>{'<br>'.join(map(escaped, name))}</b><br>{'<br>'.join(map(escaped, told))}"
            for name, told in self.labels
        ]
        return [
            {
                "text": text, "x": float(each.curve.months[-1]), "y": round(end, 4),
                "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
                "ax": round(self.horizon * 1.02, 2), "ay": round(centre, 4),
                "showarrow": True, "arrowhead": 0, "arrowwidth": 1,
                "arrowcolor": each.style.colour, "xanchor": "left", "yanchor": "middle",
                "align": "left", "font": {"size": 13, "color": each.style.label},
            }
            for each, text, end, centre in zip(self.drawn, texts, ends, centres, strict=True)
        ]  # fmt: skip

    def risk_numbers(self) -> list[dict[str, Any]]:
        tick = tick_months(self.horizon)
        rows = []
        for row, each in enumerate(self.at_risk):
            shift = self.frame.survived
            held = [
                (month - shift, n) for month, n in each.at_risk.items()
                if 0 <= month - shift <= self.horizon and (month - shift) % tick == 0
            ]  # fmt: skip
            rows.append(
                {
                    "type": "scatter", "mode": "text", "x": [m for m, _ in held],
                    "y": [row] * len(held), "text": [f"{n:,}" for _, n in held],
                    "textfont": {"size": 13, "color": theme.TEXT}, "yaxis": "y2",
                    "name": f"At risk: {each.label}", "hoverinfo": "skip", "cliponaxis": False,
                }
            )  # fmt: skip
        return rows

    def risk_names(self) -> list[dict[str, Any]]:
        if not self.at_risk:
            return []
        title = {
            "text": "Cohort's patients of this line at risk", "x": 0, "xref": "paper",
            "xanchor": "left", "xshift": 8 - _LEFT, "y": self.risk_to, "yref": "paper",
            "yanchor": "bottom", "yshift": 2, "showarrow": False,
            "font": {"size": 13, "color": theme.MUTED},
        }  # fmt: skip
        letters = int((self.right - 34) / LETTER)
        rows = [
            {
                "text": escaped(short(each.label, letters)), "x": 1, "xref": "paper",
                "xanchor": "left", "xshift": 26, "y": row, "yref": "y2", "yanchor": "middle",
                "showarrow": False, "font": {"size": 13, "color": each.style.label},
            }
            for row, each in enumerate(self.at_risk)
        ]  # fmt: skip
        return [title, *rows]

    def swatches(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "line", "xref": "paper", "xsizemode": "pixel", "xanchor": 0,
                "x0": 8 - _LEFT, "x1": 32 - _LEFT, "yref": "y2", "y0": row, "y1": row,
                "line": {"color": each.style.colour, "dash": each.style.dash, "width": 2.5},
            }
            for row, each in enumerate(self.at_risk)
        ]  # fmt: skip


# -- pieces --------------------------------------------------------------------------------------


def _horizon(drawn: Sequence[Drawn]) -> float:
    """As far as any curve reaches, to a full tick."""
    end = max(float(each.curve.months[-1]) for each in drawn)
    tick = tick_months(end)
    return float(tick * -(-end // tick))


def _panel_title(grid: Grid, place: int, each: Drawn) -> dict[str, Any]:
    name, told = stacked(each.label, _PANEL_LETTERS), escaped(short(each.words, 42))
    return grid.title(place, name, told, each.style.label)


def _points(each: Drawn, most: int) -> Points:
    return _thin(each.curve.months, most), _thin(each.curve.probability, most)


def _band(each: Drawn, most: int = MOST_POINTS) -> list[dict[str, Any]]:
    edge: dict[str, Any] = {
        "type": "scatter", "x": _thin(each.curve.months, most), "mode": "lines",
        "hoverinfo": "skip", "name": each.label,
        "line": {"width": 0, "color": each.style.colour},
    }  # fmt: skip
    return [
        edge | {"y": _thin(each.curve.low, most)},
        edge | {"y": _thin(each.curve.high, most), "fill": "tonexty",
                "fillcolor": theme.faint(each.style.colour)},
    ]  # fmt: skip


def _lines(each: Drawn, most: int = MOST_POINTS) -> list[dict[str, Any]]:
    """The forecast, and what similar patients under this regimen lived through, thin."""
    months, shares = _points(each, most)
    forecast = {
        "type": "scatter", "mode": "lines", "name": each.label, "x": months, "y": shares,
        "line": {"color": each.style.colour, "dash": each.style.dash, "width": 2.5},
        "hovertemplate": "%{y:.0%}",
    }  # fmt: skip
    if each.observed is None:
        return [forecast]
    end = float(each.curve.months[-1])
    held = [(m, s) for m, s in zip(each.observed.months, each.observed.survival, strict=True)
            if m <= end]  # fmt: skip
    step = max(1, len(held) // most)
    seen = {
        "type": "scatter", "mode": "lines", "name": f"{each.label}, observed",
        "x": [0.0, *[round(m, 2) for m, _ in held[::step]]],
        "y": [1.0, *[round(s, 4) for _, s in held[::step]]],
        "line": {"color": each.style.colour, "width": 1, "shape": "hv"}, "hoverinfo": "skip",
    }  # fmt: skip
    return [forecast, seen]


def _thin(values: Floats, most: int = MOST_POINTS) -> list[float]:
    """No more than so many of the values, evenly spaced, the first and last among them."""
    places = np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int)
    held: list[float] = np.asarray(values)[places].round(4).tolist()
    return held


def _half(horizon: float, axis: str = "") -> dict[str, Any]:
    return {
        "type": "line", "x0": 0, "x1": horizon, "y0": 0.5, "y1": 0.5, "layer": "between",
        "xref": f"x{axis}", "yref": f"y{axis}",
        "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
    }  # fmt: skip


def _marked(frame: Frame) -> list[dict[str, Any]]:
    if frame.mark is None:
        return []
    return [
        {
            "type": "line", "x0": frame.mark, "x1": frame.mark, "y0": 0, "y1": 1,
            "yref": "y domain", "line": {"color": theme.PRIMARY, "width": 1, "dash": "dot"},
        }
    ]  # fmt: skip
