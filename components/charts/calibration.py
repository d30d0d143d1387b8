"""Published against simulated, figure by figure: the arms of trials, hazard ratios, side effects.

One row a figure, grouped by regimen: the published interval as a line with its value, the simulated
value as a mark on it. A figure that is missed has another shape, another colour, and the word
"outside" beside its number. Nothing is judged here: whether a figure is inside was decided where it
was measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.charts import theme
from components.charts.labels import short
from components.charts.theme import RawFigure
from dashboard.answers.population import (
    LANDMARK,
    MEDIAN,
    RATIO,
    RESPONSE,
    SEVERE,
    SUBGROUP,
    FigureCheck,
)

ROWS_IN_CHUNK = 28
OUTSIDE = "\N{BLACK UP-POINTING TRIANGLE} outside"
NOT_REACHED = "not reached"
NEVER_MONTHS = 590.0  # a simulated median of fifty years: not reached while anybody lived

_ROW, _HEAD = 25, 58
_NAMES, _ENDPOINT_AT, _PLOT = (0.0, 0.41), 0.83, (0.42, 0.71)
_NUMBERS, _SIMULATED_AT = (0.73, 1.0), 0.57
_LETTERS = 47
_ENDPOINTS = {"os": "OS", "pfs": "PFS"}


@dataclass(frozen=True, slots=True)
class _Scale:
    """How one kind of figure is measured out: unit, steps, and where no effect lies."""

    title: str
    logarithmic: bool = False
    ticks: tuple[float, ...] = ()
    percent: bool = False
    neutral: float | None = None


_PERCENT_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_RATIO_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SCALES: Mapping[str, _Scale] = {
    MEDIAN: _Scale("Median in months", True, (1, 2, 3, 6, 12, 24, 48, 96, 192)),
    RESPONSE: _Scale("Share with a response", ticks=_PERCENT_TICKS, percent=True),
    LANDMARK: _Scale("Share without the event by then", ticks=_PERCENT_TICKS, percent=True),
    RATIO: _Scale("Hazard ratio against the control", True, _RATIO_TICKS, neutral=1.0),
    SUBGROUP: _Scale("Hazard or odds ratio", True, _RATIO_TICKS, neutral=1.0),
    SEVERE: _Scale("Share with an event of grade 3 or more", ticks=_PERCENT_TICKS, percent=True),
}  # fmt: skip


def calibration_chunks(
    figures: Sequence[FigureCheck], order: Sequence[str], rows: int = ROWS_IN_CHUNK
) -> list[list[FigureCheck]]:
    """Figures in portions of about so many rows, by regimen, a regimen whole where it fits.

    Args:
        figures: of one kind.
        order: the regimens in the order to show them.
        rows: at most so many rows in a portion, headings counted; a longer regimen is cut.
    """
    chunks: list[list[FigureCheck]] = []
    taken = rows + 1
    for held in _by_regimen(figures, order):
        for part in (held[i : i + rows - 1] for i in range(0, len(held), rows - 1)):
            if taken + len(part) + 1 > rows:
                chunks.append([])
                taken = 0
            chunks[-1] += part
            taken += len(part) + 1
    return chunks


def calibration_figure(figures: Sequence[FigureCheck], labels: Mapping[str, str]) -> RawFigure:
    """Published intervals and simulated values, one row a figure, a heading for each regimen.

    Args:
        figures: of one kind, those of a regimen one after the other.
        labels: the regimens' names by id.

    Raises:
        ValueError: no figure, or figures of several kinds.
    """
    if len({figure.kind for figure in figures}) != 1:
        raise ValueError("One picture holds figures of one kind, and at least one of them.")
    sheet = _Sheet(figures, labels, _SCALES[figures[0].kind])
    height = _ROW * sheet.size + _HEAD + 8
    hidden = {"visible": False, "fixedrange": True}
    return theme.figure(
        [*sheet.published(), *sheet.simulated(), *sheet.words()],
        alt=calibration_words(figures),
        height=height,
        margin={"l": 4, "r": 4, "t": 8, "b": _HEAD},
        hovermode="closest",
        xaxis=sheet.axis(),
        xaxis2={**hidden, "domain": list(_NAMES), "range": [0, 1]},
        xaxis3={**hidden, "domain": list(_NUMBERS), "range": [0, 1]},
        yaxis={**hidden, "range": [sheet.size - 0.4, -0.6], "domain": [0, 1]},
        shapes=sheet.lines(),
    )


def calibration_words(figures: Sequence[FigureCheck]) -> str:
    """The figure in words: how many are met, and each that is not."""
    inside = sum(figure.inside for figure in figures)
    return theme.alt_text(
        f"Published and simulated values of {len(figures)} figures ({figures[0].kind})",
        f"{inside} of {len(figures)} simulated values lie inside what was published",
        *[
            f"Outside: {figure_name(figure)}, published {published_text(figure)}, simulated "
            f"{simulated_text(figure)}"
            for figure in figures
            if not figure.inside
        ],
    )


def figure_name(figure: FigureCheck) -> str:
    """What a row is of: trial and arm with the endpoint and the time where they matter."""
    where = endpoint_text(figure)
    return f"{figure.label} \N{MIDDLE DOT} {where}" if where else figure.label


def endpoint_text(figure: FigureCheck) -> str:
    """The endpoint with its time where the kind of figure leaves it open: `OS 24 mo`."""
    if figure.kind not in (MEDIAN, LANDMARK, RATIO, SUBGROUP):
        return ""
    named = _ENDPOINTS.get(figure.endpoint, figure.endpoint)
    return f"{named} {figure.months:g} mo" if figure.kind == LANDMARK and figure.months else named


def published_text(figure: FigureCheck) -> str:
    """The published value with its interval, as it was given."""
    value = _value(figure, figure.published)
    if figure.kind in (LANDMARK, SEVERE):  # a tolerance stands in `low` and `high` there
        return value
    if figure.low is None and figure.high is None:
        return value
    if figure.high is None or math.isinf(figure.high):
        return f"{value} (\N{GREATER-THAN OR EQUAL TO} {_end(figure, figure.low)})"
    low = _end(figure, figure.low).rstrip("%")
    return f"{value} ({low} to {_end(figure, figure.high)})"


def simulated_text(figure: FigureCheck) -> str:
    """The simulated value in the same digits, with one more where a miss is that narrow."""
    if figure.kind == MEDIAN and not figure.simulated < NEVER_MONTHS:
        return NOT_REACHED
    text = _value(figure, figure.simulated)
    if figure.inside or text not in (_value(figure, figure.low), _value(figure, figure.high)):
        return text
    return _value(figure, figure.simulated, finer=0.1)


def _value(figure: FigureCheck, value: float | None, finer: float = 1.0) -> str:
    if value is None or math.isinf(value):
        return NOT_REACHED
    if _SCALES[figure.kind].percent:
        return theme.rounded(100 * value, 1.0 * finer) + "%"
    return theme.rounded(value, (0.1 if figure.kind == MEDIAN else 0.01) * finer)


def _end(figure: FigureCheck, value: float | None) -> str:
    return "?" if value is None else _value(figure, value)


def _by_regimen(
    figures: Sequence[FigureCheck], order: Sequence[str]
) -> Iterator[list[FigureCheck]]:
    """The figures of each regimen: by endpoint and time, then by what was published."""
    held: dict[str, list[FigureCheck]] = {}
    for figure in figures:
        held.setdefault(figure.regimen, []).append(figure)
    places = {regimen: place for place, regimen in enumerate(order)}
    for regimen in sorted(held, key=lambda name: places.get(name, len(places))):
        yield sorted(
            held[regimen], key=lambda f: (f.endpoint, f.months or 0, f.published or 0, f.row)
        )


@dataclass(frozen=True)
class _Sheet:
    """The rows of one picture and what stands in each."""

    figures: Sequence[FigureCheck]
    labels: Mapping[str, str]
    scale: _Scale

    @property
    def rows(self) -> list[tuple[int, FigureCheck | str]]:
        """Every row with its place: a heading wherever the regimen changes."""
        found: list[FigureCheck | str] = []
        regimen = None
        for figure in self.figures:
            if figure.regimen != regimen:
                regimen = figure.regimen
                found.append(self.labels.get(regimen, regimen))
            found.append(figure)
        return list(enumerate(found, start=1))

    @property
    def size(self) -> int:
        return len(self.rows) + 1

    @property
    def figure_rows(self) -> list[tuple[int, FigureCheck]]:
        return [(row, held) for row, held in self.rows if isinstance(held, FigureCheck)]

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and largest value drawn, to the next mark of the axis."""
        if self.scale.percent:
            largest = max([0.0, *self._drawn()])
            return 0.0, next((t for t in self.scale.ticks if t >= largest), 1.0)
        drawn = [value for value in self._drawn() if value > 0] or [1.0]
        below = [t for t in self.scale.ticks if t <= min(drawn)] or [self.scale.ticks[0]]
        above = [t for t in self.scale.ticks if t >= max(drawn)] or [self.scale.ticks[-1]]
        low, high = below[-1], above[0]
        return (low, high) if low < high else (low, self.scale.ticks[-1])

    def _drawn(self) -> list[float]:
        values = [
            value
            for figure in self.figures
            for value in (figure.published, figure.low, figure.high, figure.simulated)
            if value is not None and math.isfinite(value) and value < NEVER_MONTHS
        ]
        return values or [1.0]

    def at(self, value: float | None, otherwise: float) -> float:
        """Where a value is drawn: on the axis, at its end when beyond it."""
        low, high = self.ends
        held = otherwise if value is None or math.isinf(value) else value
        return round(min(max(held, low), high), 4)

    def axis(self) -> dict[str, Any]:
        low, high = self.ends
        ticks = [tick for tick in self.scale.ticks if low <= tick <= high]
        ends = [math.log10(low), math.log10(high)] if self.scale.logarithmic else [low, high]
        pad = 0.02 * (ends[1] - ends[0])
        text = [f"{tick:.0%}" if self.scale.percent else f"{tick:g}" for tick in ticks]
        return theme.axis(
            title=theme.axis_title(self.scale.title),
            type="log" if self.scale.logarithmic else "linear",
            range=[round(ends[0] - pad, 4), round(ends[1] + pad, 4)],
            tickvals=ticks, ticktext=text, domain=list(_PLOT), gridcolor=theme.HAIRLINE,
            automargin=False,
        )  # fmt: skip

    def published(self) -> list[dict[str, Any]]:
        """The interval as a line, the value as a stroke across it."""
        low, high = self.ends
        x: list[float | None] = []
        y: list[float | None] = []
        for row, figure in self.figure_rows:
            if figure.low is not None or figure.high is not None:
                x += [self.at(figure.low, low), self.at(figure.high, high), None]
                y += [row, row, None]
        line = {
            "type": "scatter", "mode": "lines", "x": x, "y": y, "name": "published interval",
            "line": {"color": theme.CONTROL, "width": 5}, "hoverinfo": "skip",
        }  # fmt: skip
        told = [(row, f) for row, f in self.figure_rows if f.published is not None]
        mark = {
            "type": "scatter", "mode": "markers", "name": "published",
            "x": [self.at(figure.published, high) for _, figure in told],
            "y": [row for row, _ in told],
            "marker": {
                "symbol": "line-ns", "size": 13,
                "line": {"color": theme.TEXT, "width": 2.5},
            },
            "hoverinfo": "skip",
        }  # fmt: skip
        return [line, mark, self.open_ends()]

    def open_ends(self) -> dict[str, Any]:
        """An arrow where an interval has no upper end."""
        rows = [
            row
            for row, f in self.figure_rows
            if f.low is not None and (f.high is None or math.isinf(f.high))
        ]
        return {
            "type": "scatter", "mode": "markers", "name": "no upper end", "hoverinfo": "skip",
            "x": [round(self.ends[1], 4)] * len(rows), "y": rows, "cliponaxis": False,
            "marker": {"symbol": "triangle-right", "size": 12, "color": theme.CONTROL},
        }  # fmt: skip

    def simulated(self) -> list[dict[str, Any]]:
        """What the simulator gives: a disc inside, a triangle outside."""
        marks = []
        for inside, symbol, colour in (
            (True, "circle", theme.PRIMARY),
            (False, "triangle-up", theme.LOWERS),
        ):
            held = [(row, f) for row, f in self.figure_rows if f.inside is inside]
            marks.append(
                {
                    "type": "scatter", "mode": "markers",
                    "name": "simulated, inside" if inside else "simulated, outside",
                    "x": [self.at(figure.simulated, self.ends[1]) for _, figure in held],
                    "y": [row for row, _ in held],
                    "marker": {
                        "symbol": symbol, "size": 10 if inside else 13, "color": colour,
                        "line": {"color": theme.PAPER, "width": 1},
                    },
                    "hovertext": [_hover(figure) for _, figure in held],
                    "hovertemplate": "%{hovertext}<extra></extra>",
                }
            )  # fmt: skip
        return marks

    def words(self) -> Iterator[dict[str, Any]]:
        """Names to the left, numbers to the right, their headings on top."""
        heads = [(row, text) for row, text in self.rows if isinstance(text, str)]
        yield _texts(
            [(0, "Published"), *((row, published_text(f)) for row, f in self.figure_rows)],
            "x3", bold=[0],
        )  # fmt: skip
        yield _texts(
            [(0, "Simulated"), *((row, _marked(f)) for row, f in self.figure_rows)],
            "x3", at=_SIMULATED_AT, bold=[0],
        )  # fmt: skip
        named = [(row, short(f.label, _LETTERS)) for row, f in self.figure_rows]
        titles = [(row, short(text, _LETTERS)) for row, text in heads]
        yield _texts([*titles, *named], "x2", bold=[row for row, _ in heads])
        ends = [(row, text) for row, f in self.figure_rows if (text := endpoint_text(f))]
        yield _texts(ends, "x2", at=_ENDPOINT_AT)

    def lines(self) -> list[dict[str, Any]]:
        """Where no effect lies, and a hairline above every regimen."""
        heads = [row for row, held in self.rows if isinstance(held, str)]
        rules = [
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y",
                "y0": row - 0.5, "y1": row - 0.5, "line": {"color": theme.HAIRLINE, "width": 1},
            }
            for row in heads
        ]  # fmt: skip
        if self.scale.neutral is None:
            return rules
        return [
            *rules,
            {
                "type": "line", "xref": "x", "x0": self.scale.neutral, "x1": self.scale.neutral,
                "yref": "paper", "y0": 0, "y1": 1, "layer": "between",
                "line": {"color": theme.MUTED, "width": 1, "dash": "dash"},
            },
        ]  # fmt: skip


def _texts(
    cells: Sequence[tuple[int, str]], axis: str, *, at: float = 0.0, bold: Sequence[int] = ()
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "text", "xaxis": axis, "hoverinfo": "skip", "cliponaxis": False,
        "x": [at] * len(cells), "y": [row for row, _ in cells],
        "text": [f"<b>{_plain(text)}</b>" if row in bold else _plain(text) for row, text in cells],
        "textposition": "middle right", "textfont": {"size": 13, "color": theme.TEXT},
    }  # fmt: skip


def _marked(figure: FigureCheck) -> str:
    return simulated_text(figure) if figure.inside else f"{simulated_text(figure)}  {OUTSIDE}"


def _hover(figure: FigureCheck) -> str:
    told = f"published {published_text(figure)}, simulated {simulated_text(figure)}"
    return f"{_plain(figure_name(figure))}<br>{told}" + ("" if figure.inside else f" {OUTSIDE}")


def _plain(text: str) -> str:
    """Plotly reads a few tags in its texts: what comes from data must not make any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
