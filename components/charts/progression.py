"""Progression drawn: who progressed, who died before, who did neither; and when the hazard is high.

Each regimen has a panel of stacked shares that are everybody at every month; the parts differ by
hatching as well as colour. The hazard is read off the forecast curve over spans of three months:
what share of those still without an event has one each month. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.charts import readings, theme
from components.charts.labels import LINE, broken, escaped, short, spread, stacked, width_of
from components.charts.multiples import PANEL_POINTS, Grid
from components.charts.readings import DIED_FIRST, PROGRESSED
from components.charts.survival import tick_months
from components.charts.theme import LineStyle, RawFigure
from dashboard.answers.curves import given_survived, hazard
from dashboard.answers.forecast import Chance, Incidence, RegimenForecast, SurvivalCurve

SPAN_MONTHS = 3.0
CAUSES = {PROGRESSED: "progression", DIED_FIRST: "death without progression"}
FREE = "neither"
_FILLS = {PROGRESSED: "#E3A27B", DIED_FIRST: "#4A5763"}
_MOST_TICKS = 8
_PANEL, _TITLE, _GAP = 150, 62, 26
_PANEL_LETTERS = 38
_HAZARD, _LEFT, _TOP = 320, 64, 12


@dataclass(frozen=True)
class Course:
    """What is forecast of one regimen's course."""

    regimen: str
    label: str
    style: LineStyle
    found: RegimenForecast

    @property
    def incidence(self) -> Incidence:
        """The shares of each first event.

        Raises:
            ValueError: nothing is forecast of them.
        """
        if self.found.progression is None:
            raise ValueError(f"No incidence under {self.regimen}.")
        return self.found.progression

    @property
    def pfs(self) -> SurvivalCurve:
        """Progression-free survival.

        Raises:
            ValueError: nothing is forecast of it.
        """
        if self.found.pfs is None:
            raise ValueError(f"No progression-free survival under {self.regimen}.")
        return self.found.pfs

    def words(self, month: float) -> str:
        """Both causes at a month, with their intervals."""
        parts = [
            f"{name} {readings.text_of(readings.cause_at(self.found, cause, month))}"
            for cause, name in CAUSES.items()
        ]
        return ", ".join(parts)


def incidence_figure(courses: Sequence[Course], month: float) -> RawFigure:
    """A panel of stacked shares for each regimen.

    Raises:
        ValueError: no regimen.
    """
    if not courses:
        raise ValueError("No regimen to draw.")
    long = any(len(course.label) > _PANEL_LETTERS for course in courses)
    # As far as anybody was followed; white ground beyond would pass for "neither".
    horizon = max(float(course.incidence.months[-1]) for course in courses)
    grid = Grid(len(courses), horizon, tick_months(horizon), _PANEL, _TITLE + LINE * long, _GAP)
    layout: dict[str, Any] = {}
    traces: list[dict[str, Any]] = []
    for place, course in enumerate(courses):
        traces += [part | grid.refs(place) for part in _shares(course, f"s{place}")]
        layout |= grid.axes(place)
    said = [f"{course.label} by {month:g} months: {course.words(month)}" for course in courses]
    return theme.figure(
        traces,
        alt=theme.alt_text("Which event comes first, as stacked shares over time", *said),
        height=grid.height,
        margin=grid.margin,
        annotations=[
            *[_panel_title(grid, place, course, month) for place, course in enumerate(courses)],
            grid.foot("Months since the start of treatment"),
        ],
        shapes=[_mark(grid.name(place), month) for place in range(len(courses))
                if month <= horizon],
        **layout,
    )  # fmt: skip


def hazard_figure(courses: Sequence[Course], every_weeks: int) -> RawFigure:
    """The monthly hazard of progression or death, with a tick for each scan of a schedule.

    Args:
        courses: at most six regimens.
        every_weeks: how many weeks lie between two scans; 0 for none.

    Raises:
        ValueError: no regimen.
    """
    if not courses:
        raise ValueError("No regimen to draw.")
    held = [(course, *hazard(course.pfs, SPAN_MONTHS)) for course in courses]
    end = max(float(course.pfs.months[-1]) for course in courses)
    horizon = float(tick_months(end) * -(-end // tick_months(end)))
    top = min(1.0, max(0.05, 1.15 * max(float(rates.max()) for _, _, rates in held)))
    labels = [broken(course.label, 26, 2) for course in courses]
    lasts = [float(rates[-1]) / top for _, _, rates in held]
    centres = spread(lasts, [(len(lines) * LINE + 3) / _HAZARD for lines in labels], 0.0, 1.05)
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": course.label,
            "x": [round(float(m), 2) for m in middles], "y": [round(float(r), 4) for r in rates],
            "line": {"color": course.style.colour, "dash": course.style.dash, "width": 2.5},
            "marker": {"size": 5, "color": course.style.colour}, "hovertemplate": "%{y:.1%}",
        }
        for course, middles, rates in held
    ]  # fmt: skip
    notes = [
        {
            "text": "<b>" + "<br>".join(map(escaped, lines)) + "</b>",
            "x": round(float(middles[-1]), 2), "y": round(float(rates[-1]), 4),
            "ax": round(horizon * 1.02, 2), "ay": round(centre * top, 4),
            "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "showarrow": True,
            "arrowhead": 0, "arrowwidth": 1, "arrowcolor": course.style.colour,
            "xanchor": "left", "yanchor": "middle", "align": "left",
            "font": {"size": 13, "color": course.style.label},
        }
        for (course, middles, rates), lines, centre in zip(held, labels, centres, strict=True)
    ]  # fmt: skip
    said = [f"{c.label}: highest {theme.percent(float(r.max()))} a month, around month "
            f"{float(m[int(np.argmax(r))]):.0f}" for c, m, r in held]  # fmt: skip
    return theme.figure(
        traces,
        alt=theme.alt_text("Hazard of progression or death by month, as lines", *said),
        height=_HAZARD + 60,
        margin={"l": _LEFT, "r": int(max(map(width_of, labels)) + 30), "t": _TOP, "b": 48},
        xaxis=theme.axis(
            title=theme.axis_title("Months since the start of treatment"), range=[0, horizon],
            dtick=tick_months(horizon), showgrid=False, hoverformat=".0f",
        ),
        yaxis=theme.axis(
            title=theme.axis_title("Event each month, of those without one"), range=[0, top],
            dtick=_step(top), tickformat=".0%", gridcolor=theme.HAIRLINE,
        ),
        annotations=notes,
        shapes=scans(every_weeks, horizon),
    )  # fmt: skip


def _step(top: float) -> float:
    """The distance of ticks that leaves four to eight of them."""
    return next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if top / step <= _MOST_TICKS)


def scans(every_weeks: int, horizon: float) -> list[dict[str, Any]]:
    """A tick at the foot of the picture for each scan."""
    if every_weeks <= 0:
        return []
    step = every_weeks * 7 / 30.44
    return [
        {
            "type": "line", "x0": round(n * step, 2), "x1": round(n * step, 2), "y0": 0, "y1": 0.06,
            "yref": "y domain", "line": {"color": theme.PRIMARY, "width": 2},
        }
        for n in range(1, int(horizon / step) + 1)
    ]  # fmt: skip


def between_scans(course: Course, month: float, every_weeks: int) -> Chance | None:
    """Of those without an event at a month, the share that has one before the next scan."""
    step = every_weeks * 7 / 30.44
    if month + step > course.pfs.months[-1] or course.pfs.at(month).low <= 0:
        return None
    free = given_survived(course.pfs, month).at(step)
    return Chance(1.0 - free.p, 1.0 - free.high, 1.0 - free.low, free.level)


def _shares(course: Course, stack: str) -> list[dict[str, Any]]:
    """Progression at the foot, death above it, the rest left white."""
    held = course.incidence
    places = np.linspace(0, len(held.months) - 1, min(PANEL_POINTS, len(held.months)))
    kept = places.round().astype(int)
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "stackgroup": stack,
            "x": np.asarray(held.months)[kept].round(2).tolist(),
            "y": np.asarray(held.by_cause[cause])[kept].round(4).tolist(),
            "line": {"width": 1, "color": theme.TEXT}, "fillcolor": _FILLS[cause],
            "fillpattern": {
                "shape": "/" if cause == PROGRESSED else "", "fgcolor": theme.LOWERS,
                "bgcolor": _FILLS[cause], "size": 6, "solidity": 0.25,
            },
            "hovertemplate": f"%{{y:.0%}} {name}<extra></extra>",
        }
        for cause, name in CAUSES.items()
    ]  # fmt: skip


def _panel_title(grid: Grid, place: int, course: Course, month: float) -> dict[str, Any]:
    told = [
        f"{name} {readings.text_of(readings.cause_at(course.found, cause, month))}"
        for cause, name in CAUSES.items()
    ]
    lines = "<br>".join(escaped(short(line, 50)) for line in told)
    return grid.title(place, stacked(course.label, _PANEL_LETTERS), lines, course.style.label)


def _mark(axis: str, month: float) -> dict[str, Any]:
    return {
        "type": "line", "x0": month, "x1": month, "y0": 0, "y1": 1, "xref": f"x{axis}",
        "yref": f"y{axis}", "line": {"color": theme.PRIMARY, "width": 1, "dash": "dot"},
    }  # fmt: skip
