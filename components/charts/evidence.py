"""Published figures as a forest, and as a line of years.

A forest has one row a figure: what it is of, the value with its interval on one axis, and the same
in numbers. Who speaks is told by the shape of the mark as well as by its colour: a trial, a score,
a model, patients seen before, a row of one's own. Nothing is pooled and nothing judged here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme
from components.charts.labels import short, stacked
from components.charts.theme import RawFigure
from dashboard.answers.evidence import MONTHS, RATIO, SHARE, Figure
from dashboard.records.wording import counted

ROWS_IN_FOREST = 24
NOT_REACHED = "not reached"
MODEL, TRIAL, SCORE, SIMILAR, OWN = "model", "trial", "score", "similar patients", "own row"

_ROW, _TALL_ROW, _HEAD, _LETTERS = 26, 40, 58, 46
_NAMES, _PLOT, _NUMBERS = (0.0, 0.37), (0.38, 0.76), (0.78, 1.0)
_MONTH_TICKS = (1, 2, 3, 6, 12, 24, 48, 96, 192)
_RATIO_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """How one voice is drawn."""

    symbol: str
    colour: str
    size: int = 11


MARKS: Mapping[str, Mark] = {
    MODEL: Mark("diamond", theme.PRIMARY, 13),
    TRIAL: Mark("square", theme.TEXT),
    SCORE: Mark("triangle-up", theme.REGIMEN_STYLES[3].label, 13),
    SIMILAR: Mark("circle", theme.REGIMEN_STYLES[2].label),
    OWN: Mark("star", theme.REGIMEN_STYLES[5].label, 13),
}


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One figure in a forest; `faint` rows speak of other patients than the one in question."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    voice: str = TRIAL
    note: str = ""
    faint: bool = False


def figure_text(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """A figure with its interval as people write it: `26.3 (18.3 to 40.4)`."""
    if value is None and low is None:
        return NOT_REACHED
    digits = 0.01 if unit == RATIO else 1.0 if unit == SHARE else 0.1
    sign = "%" if unit == SHARE else ""
    said = NOT_REACHED if value is None else theme.rounded(value, digits)
    if low is None and high is None:
        return said if value is None else f"{said}{sign}"
    ends = ["?" if end is None else theme.rounded(end, digits) for end in (low, high)]
    if high is None:
        return (
            f"{said}{'' if value is None else sign} (\N{GREATER-THAN OR EQUAL TO} {ends[0]}{sign})"
        )
    return f"{said}{'' if value is None else sign} ({ends[0]} to {ends[1]}{sign})"


def text_of(figure: Figure) -> str:
    """A published figure with interval and unit, for a cell of a table."""
    told = figure_text(figure.value, figure.low, figure.high, figure.unit)
    return f"{told} months" if figure.unit == MONTHS and figure.value is not None else told


def forest_figure(rows: Sequence[ForestRow], *, title: str, unit: str) -> RawFigure:
    """Values with their intervals, one row each, in the order given.

    Args:
        rows: at most a screenful; longer lists are cut into pages before.
        title: what is measured, for the axis.
        unit: months and ratios are drawn on a scale of equal factors, shares from 0 to 100 %.

    Raises:
        ValueError: no row.
    """
    if not rows:
        raise ValueError("A forest needs at least one row.")
    sheet = _Sheet(rows, title, unit)
    hidden = {"visible": False, "fixedrange": True}
    return theme.figure(
        [*sheet.intervals(), *sheet.marks(), *sheet.words()],
        alt=forest_words(rows, title, unit),
        height=sheet.row * (len(rows) + 1) + _HEAD + 8,
        margin={"l": 4, "r": 4, "t": 8, "b": _HEAD},
        hovermode="closest",
        xaxis=sheet.axis(),
        xaxis2={**hidden, "domain": list(_NAMES), "range": [0, 1]},
        xaxis3={**hidden, "domain": list(_NUMBERS), "range": [0, 1]},
        yaxis={
            **hidden, "range": [len(rows) + 0.6, -0.6], "domain": [0, 1],
            "tickvals": list(range(1, len(rows) + 1)), "ticktext": [row.label for row in rows],
        },
        shapes=sheet.rules(),
    )  # fmt: skip


def forest_words(rows: Sequence[ForestRow], title: str, unit: str) -> str:
    """The forest in words: every row with who says it."""
    told = [
        f"{row.label} ({row.voice}): {figure_text(row.value, row.low, row.high, unit)}"
        for row in rows
    ]
    return theme.alt_text(f"{title}, {counted(len(rows), 'figure')} with interval", *told)


@dataclass(frozen=True)
class _Sheet:
    """The rows of one forest and where each is drawn."""

    rows: Sequence[ForestRow]
    title: str
    unit: str

    @property
    def logarithmic(self) -> bool:
        return self.unit != SHARE

    @property
    def row(self) -> int:
        """The pixels of a row: more where a name takes two lines."""
        return _ROW if all(len(row.label) <= _LETTERS for row in self.rows) else _TALL_ROW

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the axis: marks around everything that is drawn."""
        drawn = [
            end
            for row in self.rows
            for end in (row.value, row.low, row.high)
            if end is not None and math.isfinite(end) and (end > 0 or not self.logarithmic)
        ]
        if not self.logarithmic:
            return 0.0, 100.0 if max(drawn, default=100.0) > 50 else 50.0  # noqa: PLR2004
        ticks = _RATIO_TICKS if self.unit == RATIO else _MONTH_TICKS
        low = max([t for t in ticks if t <= min(drawn, default=1.0)], default=ticks[0])
        high = min([t for t in ticks if t >= max(drawn, default=1.0)], default=ticks[-1])
        return (low, high) if low < high else (ticks[0], ticks[-1])

    def axis(self) -> dict[str, Any]:
        low, high = self.ends
        if self.logarithmic:
            held = _RATIO_TICKS if self.unit == RATIO else _MONTH_TICKS
            ticks: list[float] = [tick for tick in held if low <= tick <= high]
            ends = [math.log10(low), math.log10(high)]
            text = [f"{tick:g}" for tick in ticks]
        else:
            ticks = [high * part / 5 for part in range(6)]
            ends, text = [low, high], [f"{tick:g}%" for tick in ticks]
        pad = 0.02 * (ends[1] - ends[0])
        return theme.axis(
            title=theme.axis_title(self.title),
            type="log" if self.logarithmic else "linear",
            range=[round(ends[0] - pad, 4), round(ends[1] + pad, 4)],
            tickvals=ticks, ticktext=text, domain=list(_PLOT), gridcolor=theme.HAIRLINE,
            automargin=False,
        )  # fmt: skip

    def at(self, value: float | None, otherwise: float) -> float:
        low, high = self.ends
        held = otherwise if value is None or not math.isfinite(value) else value
        return round(min(max(held, low), high), 4)

    def intervals(self) -> list[dict[str, Any]]:
        """A line for each interval in the colour of who says it; an arrow where it has no end."""
        low, high = self.ends
        drawn = []
        for place, row in enumerate(self.rows, start=1):
            if row.low is None and row.high is None:
                continue
            drawn.append(
                {
                    "type": "scatter", "mode": "lines", "hoverinfo": "skip",
                    "x": [self.at(row.low, low), self.at(row.high, high)], "y": [place, place],
                    "line": {"color": _colour(row), "width": 3}, "name": "interval",
                }
            )  # fmt: skip
        open_ended = [
            place
            for place, row in enumerate(self.rows, start=1)
            if row.high is None and row.low is not None
        ]
        arrows = {
            "type": "scatter", "mode": "markers", "name": "no upper end", "hoverinfo": "skip",
            "x": [high] * len(open_ended), "y": open_ended, "cliponaxis": False,
            "marker": {"symbol": "triangle-right", "size": 11, "color": theme.CONTROL},
        }  # fmt: skip
        return [*drawn, arrows]

    def marks(self) -> list[dict[str, Any]]:
        """The values, a shape for each voice."""
        drawn = []
        for voice in dict.fromkeys(row.voice for row in self.rows):
            held = [
                (place, row)
                for place, row in enumerate(self.rows, start=1)
                if row.voice == voice and row.value is not None
            ]
            style = MARKS[voice]
            drawn.append(
                {
                    "type": "scatter", "mode": "markers", "name": voice,
                    "x": [self.at(row.value, self.ends[1]) for _, row in held],
                    "y": [place for place, _ in held],
                    "marker": {
                        "symbol": style.symbol, "size": style.size,
                        "color": [theme.PAPER if row.faint else style.colour for _, row in held],
                        "line": {"color": style.colour, "width": 1.5},
                    },
                    "hovertext": [self._hover(row) for _, row in held],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                }
            )  # fmt: skip
        return drawn

    def words(self) -> list[dict[str, Any]]:
        """Names to the left and numbers to the right."""
        names = [(place, row.label) for place, row in enumerate(self.rows, start=1)]
        numbers = [
            (place, figure_text(row.value, row.low, row.high, self.unit))
            for place, row in enumerate(self.rows, start=1)
        ]
        unit = {SHARE: "", RATIO: ""}.get(self.unit, f", {self.unit}")
        return [
            _texts([(row, stacked(text, _LETTERS)) for row, text in names], "x2", escape=False),
            _texts([(0, f"<b>Value (interval){unit}</b>"), *numbers], "x3", escape=False),
        ]

    def rules(self) -> list[dict[str, Any]]:
        """Where no effect lies, for ratios."""
        if self.unit != RATIO:
            return []
        return [
            {
                "type": "line", "xref": "x", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1,
                "layer": "between", "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
            }
        ]  # fmt: skip

    def _hover(self, row: ForestRow) -> str:
        told = figure_text(row.value, row.low, row.high, self.unit)
        parts = [row.label, f"{row.voice}: {told}", row.note]
        return "<br>".join(_plain(part) for part in parts if part)


def _colour(row: ForestRow) -> str:
    return MARKS[row.voice].colour if not row.faint else theme.CONTROL


@dataclass(frozen=True, slots=True)
class YearMark:
    """One publication on the line of years."""

    year: int
    label: str
    row: str  # what its row is called: the regimen
    patients: int | None
    re_read: bool
    note: str = ""


def timeline_figure(marks: Sequence[YearMark]) -> RawFigure:
    """Publications by year, a row for each regimen, the larger the trial the larger the disc.

    Raises:
        ValueError: nothing to show.
    """
    if not marks:
        raise ValueError("A line of years needs at least one publication.")
    rows = list(dict.fromkeys(mark.row for mark in sorted(marks, key=lambda m: m.year)))
    places = {name: place for place, name in enumerate(rows)}
    years = [mark.year for mark in marks]
    traces = []
    for re_read, words in ((True, "re-read at the source"), (False, "not re-read in full")):
        held = [mark for mark in marks if mark.re_read is re_read]
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": words,
                "x": _beside(held), "y": [places[mark.row] for mark in held],
                "marker": {
                    "size": [_disc(mark.patients) for mark in held], "opacity": 0.85,
                    "color": theme.PRIMARY if re_read else theme.PAPER,
                    "line": {"color": theme.PRIMARY, "width": 1.5},
                },
                "hovertext": [_year_hover(mark) for mark in held],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )  # fmt: skip
    names = {
        "type": "scatter", "mode": "text", "xaxis": "x2", "hoverinfo": "skip",
        "x": [0] * len(rows), "y": list(range(len(rows))), "cliponaxis": False,
        "text": [_plain(short(name, _LETTERS)) for name in rows],
        "textposition": "middle right", "textfont": {"size": 13, "color": theme.TEXT},
    }  # fmt: skip
    first, last = min(years), max(years)
    hidden = {"visible": False, "fixedrange": True}
    return theme.figure(
        [*traces, names],
        alt=_timeline_words(marks, rows),
        height=28 * len(rows) + _HEAD + 16,
        margin={"l": 4, "r": 16, "t": 8, "b": _HEAD},
        hovermode="closest",
        xaxis=theme.axis(
            title=theme.axis_title("Year of publication"), range=[first - 0.8, last + 0.8],
            domain=[_NAMES[1] + 0.01, 1.0], gridcolor=theme.HAIRLINE, tickformat="d",
            dtick=1 if last - first <= 12 else 5, automargin=False,  # noqa: PLR2004
        ),
        xaxis2={**hidden, "domain": list(_NAMES), "range": [0, 1]},
        yaxis={**hidden, "range": [len(rows) - 0.4, -0.6]},
    )  # fmt: skip


def _beside(marks: Sequence[YearMark]) -> list[float]:
    """The years, publications of one row and year side by side."""
    seen: dict[tuple[str, int], int] = {}
    places = []
    for mark in marks:
        number = seen.get((mark.row, mark.year), 0)
        seen[mark.row, mark.year] = number + 1
        step = (number + 1) // 2 * (1 if number % 2 else -1)
        places.append(mark.year + 0.16 * max(min(step, 2), -2))
    return places


def _disc(patients: int | None) -> float:
    return 9.0 if not patients else round(min(7.0 + math.sqrt(patients) / 2.2, 26.0), 1)


def _year_hover(mark: YearMark) -> str:
    size = counted(mark.patients, "patient") if mark.patients else "number of patients not given"
    return "<br>".join(_plain(part) for part in (f"{mark.label}, {mark.year}", size, mark.note))


def _timeline_words(marks: Sequence[YearMark], rows: Sequence[str]) -> str:
    told = [
        f"{name}: "
        + ", ".join(f"{m.label} {m.year}" for m in sorted(marks, key=_by_year) if m.row == name)
        for name in rows
    ]
    return theme.alt_text(f"{counted(len(marks), 'publication')} by year and regimen", *told)


def _by_year(mark: YearMark) -> tuple[int, str]:
    return mark.year, mark.label


def _texts(cells: Sequence[tuple[int, str]], axis: str, *, escape: bool = True) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "text", "xaxis": axis, "hoverinfo": "skip", "cliponaxis": False,
        "x": [0] * len(cells), "y": [row for row, _ in cells],
        "text": [_plain(text) if escape else text for _, text in cells],
        "textposition": "middle right", "textfont": {"size": 13, "color": theme.TEXT},
    }  # fmt: skip


def _plain(text: str) -> str:
    """Plotly reads a few tags in its texts: what comes from data must not make any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
