"""What every fact adds to a forecast, drawn as bars that sum to it, and how that goes with time.

A bar to the right raises the figure (solid blue), one to the left lowers it (hatched orange); the
fact and its value stand before it, its size with the interval and what is published of its
direction behind it. Where the bars start and what they come to is written above and below. A plain
regression's hazard ratios are drawn beside a line at one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from components.charts import theme
from components.charts.columns import head, hidden, rows_axis, texts
from components.charts.labels import LINE, broken, escaped, short, spread, stacked
from components.charts.theme import RawFigure
from dashboard.answers.explanation import MONTHS
from dashboard.answers.model_card import PlainEffect
from dashboard.answers.spoken import step_for

Box = tuple[float, float, float]  # from, to, row
ROW = 36
MOST_LINES = 5
HALF = 0.31  # of a row: how far a box reaches up and down
POINTS = "points"
RATIO_TICKS = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0)
_NAMES, _BARS, _SIZES, _SAID = (0.0, 0.34), (0.35, 0.58), (0.6, 0.75), (0.76, 1.0)
_LETTERS, _SAID_LETTERS = 42, 30
_HEAD, _FOOT = 30, 8
_LINE_PIXELS = 380


@dataclass(frozen=True, slots=True)
class Bar:
    """One fact with its value, what it adds, and what published effects say of its direction."""

    label: str
    effect: float
    low: float | None = None
    high: float | None = None
    said: str = ""  # "✓ agrees: KEYNOTE-042"
    sure: bool = True  # whether its sign is


@dataclass(frozen=True, slots=True)
class Attributed:
    """Bars of one scale, with what they start from and what they come to."""

    what: str  # "Alive at 12 months under Pembrolizumab"
    scale: str
    before: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    after: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> int:
        """All rows, those of the sums included."""
        return len(self.before) + len(self.bars) + len(self.after)


@dataclass(frozen=True, slots=True)
class Course:
    """What one fact adds at each of some months."""

    label: str
    months: tuple[float, ...]
    effects: tuple[float, ...]


# -- words ---------------------------------------------------------------------------------------


def unit_of(scale: str) -> str:
    """What effects are counted in."""
    return "months" if scale == MONTHS else POINTS


def signed(effect: float, low: float | None, high: float | None, scale: str) -> str:
    """An effect with its sign and interval: `+4.2 (+1.0 to +7.3)`; the unit stands in the head."""
    factor = 1.0 if scale == MONTHS else 100.0
    if low is None or high is None:
        return _plus(factor * effect, 0.1)
    ends = [factor * end for end in (effect, low, high)]
    step = min(step_for(ends[2] - ends[1]), 1.0)
    if any(end and round(end / step) == 0 for end in ends):
        step = min(step, 0.1)
    middle, first, last = (_plus(end, step) for end in ends)
    return f"{middle} ({first} to {last})"


def _plus(value: float, step: float) -> str:
    text = theme.rounded(value, max(step, 0.1))
    if not any(digit in text for digit in "123456789"):
        return text.lstrip("\N{MINUS SIGN}")
    return text if value < 0 else f"+{text}"


# -- bars ----------------------------------------------------------------------------------------


def attribution_figure(shown: Attributed) -> RawFigure:
    """A bar for each fact, the sums before and after.

    Raises:
        ValueError: no bar.
    """
    if not shown.bars:
        raise ValueError("No bar to draw.")
    first = len(shown.before)
    boxes = [(0.0, bar.effect, float(first + row)) for row, bar in enumerate(shown.bars)]
    sure = [box for box, bar in zip(boxes, shown.bars, strict=True) if bar.sure]
    traces = [
        *box_traces([b for b in sure if b[1] >= 0], [b for b in sure if b[1] < 0]),
        *_unsure([box for box, bar in zip(boxes, shown.bars, strict=True) if not bar.sure]),
        _intervals(shown, first),
        texts(_name_texts(shown), "x2"),
        texts(_size_texts(shown), "x3"),
        texts(_said_texts(shown), "x4"),
    ]
    return theme.figure(
        traces,
        alt=theme.alt_text(f"What each fact adds: {shown.what}", *_words(shown)),
        height=ROW * shown.rows + _HEAD + _FOOT,
        margin={"l": 4, "r": 4, "t": _HEAD, "b": _FOOT},
        hovermode="closest",
        xaxis={"visible": False, "fixedrange": True, "domain": list(_BARS), "range": _reach(shown)},
        xaxis2=hidden(_NAMES),
        xaxis3=hidden(_SIZES),
        xaxis4=hidden(_SAID),
        yaxis=rows_axis(shown.rows),
        shapes=[_zero(first - 0.5, first + len(shown.bars) - 0.5), *_rules(shown)],
        annotations=_heads(shown),
    )


def box_traces(raising: Sequence[Box], lowering: Sequence[Box]) -> list[dict[str, Any]]:
    """Boxes that raise, solid, and boxes that lower, hatched; each from, to and in which row."""
    pattern = {
        "shape": "/", "fgcolor": theme.LOWERS, "bgcolor": theme.PAPER, "size": 7, "solidity": 0.45,
    }  # fmt: skip
    return [
        *_filled(raising, "raises", theme.RAISES, fillcolor=theme.RAISES),
        *_filled(lowering, "lowers", theme.LOWERS, fillcolor=theme.LOWERS, fillpattern=pattern),
    ]


def _unsure(boxes: Sequence[Box]) -> list[dict[str, Any]]:
    return _filled(boxes, "direction not sure", theme.CONTROL, fillcolor=theme.PANEL)


def _filled(
    boxes: Sequence[Box], name: str, colour: str, **fill: Any
) -> list[dict[str, Any]]:  # fmt: skip
    if not boxes:
        return []
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end, row in boxes:
        xs += [round(x, 5) for x in (start, end, end, start, start)] + [None]
        ys += [row - HALF, row - HALF, row + HALF, row + HALF, row - HALF, None]
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": xs[:-1], "y": ys[:-1],
            "fill": "toself", "line": {"color": colour, "width": 1}, "hoverinfo": "skip", **fill,
        }
    ]  # fmt: skip


def _intervals(shown: Attributed, first: int) -> dict[str, Any]:
    held = [
        (first + row, bar)
        for row, bar in enumerate(shown.bars)
        if bar.low is not None and bar.high is not None
    ]
    return {
        "type": "scatter", "mode": "markers", "name": "90% interval",
        "x": [round(bar.effect, 5) for _, bar in held], "y": [row for row, _ in held],
        "marker": {"symbol": "circle", "size": 5, "color": theme.TEXT},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 3, "color": theme.TEXT,
            "array": [round((bar.high or 0.0) - bar.effect, 5) for _, bar in held],
            "arrayminus": [round(bar.effect - (bar.low or 0.0), 5) for _, bar in held],
        },
        "hovertext": [_bar_words(bar, shown.scale) for _, bar in held],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip


def _reach(shown: Attributed) -> list[float]:
    """As far as the longest bar and its interval, and a little to spare."""
    ends = [0.0]
    for bar in shown.bars:
        ends += [bar.effect, bar.low or 0.0, bar.high or 0.0]
    low, high = min(ends), max(ends)
    spare = 0.06 * (high - low) or 0.01
    return [low - spare, high + spare]


def _name_texts(shown: Attributed) -> list[str]:
    sums = [f"<b>{escaped(short(label, _LETTERS))}</b>" for label, _ in shown.before]
    ends = [f"<b>{escaped(short(label, _LETTERS))}</b>" for label, _ in shown.after]
    return [*sums, *[stacked(bar.label, _LETTERS) for bar in shown.bars], *ends]


def _size_texts(shown: Attributed) -> list[str]:
    sizes = [signed(bar.effect, bar.low, bar.high, shown.scale) for bar in shown.bars]
    sums = [f"<b>{escaped(text)}</b>" for _, text in (*shown.before, *shown.after)]
    count = len(shown.before)
    return [*sums[:count], *sizes, *sums[count:]]


def _said_texts(shown: Attributed) -> list[str]:
    nothing = [""] * len(shown.before)
    said = [stacked(bar.said, _SAID_LETTERS) for bar in shown.bars]
    return [*nothing, *said, *[""] * len(shown.after)]


def _zero(top: float, foot: float) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "x0": 0, "x1": 0, "y0": top, "y1": foot, "layer": "below",
        "line": {"color": theme.MUTED, "width": 1},
    }  # fmt: skip


def _rules(shown: Attributed) -> list[dict[str, Any]]:
    """Hairlines between the sums and the bars."""
    places = (len(shown.before) - 0.5, len(shown.before) + len(shown.bars) - 0.5)
    return [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": place, "y1": place,
            "line": {"color": theme.HAIRLINE, "width": 1}, "layer": "below",
        }
        for place in places
        if 0 < place < shown.rows - 1
    ]  # fmt: skip


def _heads(shown: Attributed) -> list[dict[str, Any]]:
    lowers = f"<span style='color:{theme.LOWERS}'>\N{BLACK LEFT-POINTING TRIANGLE} lowers</span>"
    raises = f"<span style='color:{theme.RAISES}'>raises \N{BLACK RIGHT-POINTING TRIANGLE}</span>"
    return [
        head(_NAMES[0], "Fact and its value"),
        head(_BARS[0], f"{lowers} \N{MIDDLE DOT} {raises}"),
        head(_SIZES[0], f"{unit_of(shown.scale)} (90%)"),
        head(_SAID[0], "Published effects"),
    ]


def _bar_words(bar: Bar, scale: str) -> str:
    size = f"{signed(bar.effect, bar.low, bar.high, scale)} {unit_of(scale)}"
    return escaped(", ".join(part for part in (bar.label, size, bar.said) if part))


def _words(shown: Attributed) -> list[str]:
    sums = [f"{label} {text}" for label, text in (*shown.before, *shown.after)]
    count = len(shown.before)
    bars = [
        f"{bar.label} {signed(bar.effect, bar.low, bar.high, shown.scale)} {unit_of(shown.scale)}"
        for bar in shown.bars
    ]
    return [*sums[:count], *bars, *sums[count:]]


# -- over time -----------------------------------------------------------------------------------


def over_time_figure(courses: Sequence[Course], what: str) -> RawFigure:
    """A line for each fact: what it adds, in points, month by month.

    Raises:
        ValueError: no line, or more than can be told apart.
    """
    if not courses or len(courses) > MOST_LINES:
        raise ValueError(f"{len(courses)} lines in one picture; one to {MOST_LINES} can be told.")
    styles = theme.REGIMEN_STYLES
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": course.label, "x": list(course.months),
            "y": [round(100 * effect, 2) for effect in course.effects],
            "line": {"color": style.colour, "width": 2.5, "dash": style.dash},
            "hovertemplate": "%{y:+.1f} points",
        }
        for course, style in zip(courses, styles, strict=False)
    ]  # fmt: skip
    last = courses[0].months[-1]
    low = 100 * min(0.0, *[min(course.effects) for course in courses])
    high = 100 * max(0.0, *[max(course.effects) for course in courses])
    spare = 0.08 * (high - low) or 1.0
    span = (low - spare, high + spare)
    return theme.figure(
        traces,
        alt=theme.alt_text(f"What facts add over time: {what}", *map(_course_words, courses)),
        height=_LINE_PIXELS,
        margin={"l": 62, "r": 12, "t": 8, "b": 46},
        xaxis=theme.axis(
            domain=[0, 0.72], range=[0, last], dtick=6, title=theme.axis_title("Months"),
        ),
        yaxis=theme.axis(
            range=list(span),  dtick=_step(span[1] - span[0]),
            gridcolor=theme.HAIRLINE,
            title=theme.axis_title("Adds to the share, in points"),
        ),
        annotations=_ends(courses, span),
        shapes=[
            {
                "type": "line", "xref": "x", "x0": 0, "x1": last, "y0": 0, "y1": 0,
                "line": {"color": theme.MUTED, "width": 1}, "layer": "below",
            }
        ],
    )  # fmt: skip


def _step(width: float) -> float:
    steps = (1.0, 2.0, 5.0, 10.0, 20.0)
    return next((step for step in steps if width / step <= 8), 50.0)  # noqa: PLR2004 - ticks


def _ends(courses: Sequence[Course], span: tuple[float, float]) -> list[dict[str, Any]]:
    """The fact's name at the end of its line, pushed apart where lines end together."""
    room = _LINE_PIXELS - 54
    lines = [broken(course.label, 34, 2) for course in courses]
    sizes = [len(line) * LINE / room for line in lines]
    wanted = [(100 * course.effects[-1] - span[0]) / (span[1] - span[0]) for course in courses]
    centres = spread(wanted, sizes, -0.02, 1.02)
    return [
        {
            "text": "<br>".join(map(escaped, line)), "x": 0.735, "xref": "paper",
            "xanchor": "left", "y": round(centre, 4), "yref": "paper", "yanchor": "middle",
            "showarrow": False, "font": {"size": 14, "color": style.label}, "align": "left",
        }
        for line, centre, style in zip(lines, centres, theme.REGIMEN_STYLES, strict=False)
    ]  # fmt: skip


def _course_words(course: Course) -> str:
    first, last = course.effects[0], course.effects[-1]
    return (
        f"{course.label} {_plus(100 * first, 0.1)} points at {course.months[0]:g} months, "
        f"{_plus(100 * last, 0.1)} at {course.months[-1]:g}"
    )


# -- a plain regression --------------------------------------------------------------------------


def ratios_figure(effects: Sequence[PlainEffect], what: str) -> RawFigure:
    """Hazard ratios with their intervals beside the line of no effect.

    Raises:
        ValueError: no ratio.
    """
    if not effects:
        raise ValueError("No ratio to draw.")
    reach = max(1.05, *[max(abs(log2(e.low)), abs(log2(e.high))) for e in effects])
    reach = min(reach, log2(8)) * 1.05
    ticks = [tick for tick in RATIO_TICKS if abs(log2(tick)) <= reach]
    rows = range(len(effects))
    marks = {
        "type": "scatter", "mode": "markers", "name": "hazard ratio",
        "x": [round(_within(e.ratio, reach), 4) for e in effects], "y": list(rows),
        "marker": {"symbol": "square", "size": 8, "color": theme.PRIMARY},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 2, "width": 4, "color": theme.PRIMARY,
            "array": [round(_within(e.high, reach) - _within(e.ratio, reach), 4) for e in effects],
            "arrayminus": [
                round(_within(e.ratio, reach) - _within(e.low, reach), 4) for e in effects
            ],
        },
        "hovertext": [f"{escaped(e.words)}: {ratio_text(e)}" for e in effects],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }  # fmt: skip
    return theme.figure(
        [
            marks,
            texts([stacked(e.words, _LETTERS + 4) for e in effects], "x2"),
            texts([ratio_text(e) for e in effects], "x3"),
        ],
        alt=theme.alt_text(f"Hazard ratios of {what}", *[_ratio_words(e) for e in effects]),
        height=ROW * len(effects) + _HEAD + 30,
        margin={"l": 4, "r": 4, "t": _HEAD, "b": 30},
        hovermode="closest",
        xaxis={"visible": False, "fixedrange": True, "domain": [0.42, 0.78],
               "range": [-reach, reach]},
        xaxis2=hidden((0.0, 0.41)),
        xaxis3=hidden((0.8, 1.0)),
        yaxis=rows_axis(len(effects)),
        shapes=[_ratio_line(tick) for tick in ticks],
        annotations=[
            head(0.0, "Fact"), head(0.42, "fewer events \N{MIDDLE DOT} more events"),
            head(0.8, "Ratio (90%)"), *[_ratio_tick(tick) for tick in ticks],
        ],
    )  # fmt: skip


def ratio_text(effect: PlainEffect) -> str:
    """`1.42 (1.10 to 1.83)`."""
    return f"{effect.ratio:.2f} ({effect.low:.2f} to {effect.high:.2f})"


def _within(ratio: float, reach: float) -> float:
    return max(-reach, min(reach, log2(ratio)))


def _ratio_line(tick: float) -> dict[str, Any]:
    colour = theme.MUTED if tick == 1 else theme.HAIRLINE
    return {
        "type": "line", "xref": "x", "x0": log2(tick), "x1": log2(tick), "yref": "paper", "y0": 0,
        "y1": 1, "line": {"color": colour, "width": 1}, "layer": "below",
    }  # fmt: skip


def _ratio_tick(tick: float) -> dict[str, Any]:
    return {
        "text": f"{tick:g}", "x": log2(tick), "xref": "x", "xanchor": "center", "y": 0,
        "yref": "paper", "yanchor": "top", "yshift": -4, "showarrow": False,
        "font": {"size": 13, "color": theme.MUTED},
    }  # fmt: skip


def _ratio_words(effect: PlainEffect) -> str:
    return f"{effect.words} {ratio_text(effect)}"
