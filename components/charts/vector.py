"""A figure of the screen as vectors: the same picture for a file, without a browser.

Reads the specification that plotly would be given and draws what this house's figures use of it:
lines, bands, stacked shares, bars, marks with intervals, texts, annotations, shapes, axes. What it
does not know it refuses, rather than to leave it out of a picture that somebody passes on.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, floor, log10, pi, sin
from typing import Any

from components.charts import theme
from components.charts.markup import Drawing, Markup, element, join
from components.charts.theme import RawFigure

WIDTH = 960
_DASHES = {
    "solid": None, "dash": "9 6", "dot": "2 4", "dashdot": "9 4 2 4", "longdash": "15 6",
}  # fmt: skip
_TAG = re.compile(r"(<br>|</?b>|<span style='color:[^']*'>|</span>)")
_LINE, _SMALL = 1.3, 13
_SPOKES = {"triangle-up": 3, "triangle-right": 3, "triangle-left": 3, "pentagon": 5, "diamond": 4,
           "square": 4}  # fmt: skip
_TURNS = {"square": pi / 4, "triangle-right": pi / 2, "triangle-left": -pi / 2}
_BESIDE = 6
_STAR_POINTS = 10
_Trace = Mapping[str, Any]
_Points = list[tuple[float, float]]


def drawing_of(figure: RawFigure, *, width: int = WIDTH) -> Drawing:
    """The figure as a drawing with the same words.

    Raises:
        ValueError: the figure uses something that cannot be drawn here.
    """
    spec = figure.to_dict()
    room = _Room(spec["layout"], width)
    sheet = _Sheet(room)
    under: list[Markup] = []
    over: list[Markup] = []
    for shape in spec["layout"].get("shapes", ()):
        (under if shape.get("layer") == "below" else over).append(_shape(room, shape))
    traces = [part for trace in spec["data"] for part in sheet.trace(trace)]
    notes = [_annotation(room, note) for note in spec["layout"].get("annotations", ())]
    white = element("rect", width=width, height=room.height, fill=theme.PAPER)
    content = join([*sheet.hatchings(), white, *under, *_axes(room), *traces, *over, *notes])
    return Drawing(width, room.height, content, figure.alt)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where one axis lies on the sheet, in pixels, and what it counts."""

    first: float
    last: float
    low: float
    high: float
    settings: Mapping[str, Any]

    def at(self, value: float) -> float:
        place = log10(value) if self.logarithmic else value
        return self.first + (place - self.low) / (self.high - self.low) * (self.last - self.first)

    @property
    def logarithmic(self) -> bool:
        """Equal factors take equal room; its ends are given as powers of ten."""
        return bool(self.settings.get("type") == "log")

    @property
    def ticks(self) -> list[float]:
        if self.settings.get("visible") is False:
            return []
        low, high = sorted((self.low, self.high))
        if "tickvals" in self.settings:
            held = [(log10(n) if self.logarithmic else n, n) for n in self.settings["tickvals"]]
            return [n for place, n in held if low <= place <= high]
        step = self.settings.get("dtick")
        if not step:
            return []
        return [n * step for n in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]

    def text(self, value: float) -> str:
        if "ticktext" in self.settings:
            place = self.settings["tickvals"].index(value)
            return str(self.settings["ticktext"][place])
        kind = self.settings.get("tickformat", "")
        if kind.endswith("%"):
            told = f"{value:{kind}}".replace("-", "\N{MINUS SIGN}")
            return "0%" if told in ("+0%", "\N{MINUS SIGN}0%") else told
        return f"{value:g}"


@dataclass(frozen=True, slots=True)
class _Room:
    """Where values lie on the sheet: its axes, its margins, the paper itself."""

    layout: Mapping[str, Any]
    width: int

    @property
    def height(self) -> int:
        return int(self.layout["height"])

    def axis(self, ref: str) -> _Axis:
        """The axis that `x`, `y2`, … names."""
        settings = self.layout.get(f"{ref[0]}axis{ref[1:]}", {})
        start, end = settings.get("domain", (0, 1))
        margin = self.layout["margin"]
        low, high = settings.get("range", (0, 1))
        if ref[0] == "x":
            room = self.width - margin["l"] - margin["r"]
            return _Axis(margin["l"] + start * room, margin["l"] + end * room, low, high, settings)
        room = self.height - margin["t"] - margin["b"]
        foot = self.height - margin["b"]
        return _Axis(foot - start * room, foot - end * room, low, high, settings)

    def place(self, ref: str, value: float, *, side: str) -> float:
        """The pixel of a value on an axis, on an axis's own length, or on the paper."""
        if ref == "paper":
            return _Axis(*self._ends(side), 0, 1, {}).at(value)
        if ref.endswith(" domain"):
            axis = self.axis(ref.removesuffix(" domain"))
            return axis.first + value * (axis.last - axis.first)
        return self.axis(ref or side).at(value)

    def _ends(self, side: str) -> tuple[float, float]:
        margin = self.layout["margin"]
        if side == "x":
            return margin["l"], self.width - margin["r"]
        return self.height - margin["b"], margin["t"]


@dataclass
class _Sheet:
    """The whole picture: where values lie, and what has been drawn so far."""

    room: _Room
    _hatches: dict[tuple[str, str], str] = field(default_factory=dict)
    _before: dict[str, _Points] = field(default_factory=dict)
    _stacks: dict[str, list[float]] = field(default_factory=dict)

    # -- traces ----------------------------------------------------------------------------------

    def trace(self, trace: _Trace) -> list[Markup]:
        """One trace."""
        if trace["type"] == "bar":
            return self._bars(trace)
        if trace["type"] != "scatter":
            raise ValueError(f"A {trace['type']} cannot be drawn here.")
        drawn: list[Markup] = []
        mode = trace.get("mode", "lines")
        if "lines" in mode:
            drawn += self._curve(trace)
        if "markers" in mode:
            drawn += self._marks(trace)
        if "text" in mode:
            drawn += self._texts(trace)
        return drawn

    def _points(self, trace: _Trace) -> list[tuple[float, float] | None]:
        x, y = self.room.axis(trace.get("xaxis", "x")), self.room.axis(trace.get("yaxis", "y"))
        return [
            None if a is None or b is None else (x.at(a), y.at(b))
            for a, b in zip(trace["x"], trace["y"], strict=True)
        ]

    def _curve(self, trace: _Trace) -> list[Markup]:
        if "stackgroup" in trace:
            return self._stacked(trace)
        drawn: list[Markup] = []
        key = f"{trace.get('xaxis', 'x')}{trace.get('yaxis', 'y')}"
        parts = _unbroken(self._points(trace), trace["line"].get("shape") == "hv")
        whole = [point for part in parts for point in part]
        if trace.get("fill") == "tonexty":
            fill = trace["fillcolor"]
            drawn.append(_polygon([*whole, *reversed(self._before[key])], fill))
        elif trace.get("fill") == "toself":
            hatched = trace.get("fillpattern", {}).get("shape")
            fill = self._hatch(trace["fillpattern"]) if hatched else trace["fillcolor"]
            drawn += [_polygon(part, fill) for part in parts]
        self._before[key] = whole
        line = trace["line"]
        if line.get("width", 2):
            drawn += [
                _path(p, line["color"], line.get("width", 2), line.get("dash")) for p in parts
            ]
        return drawn

    def _stacked(self, trace: _Trace) -> list[Markup]:
        """A share on top of those before it of the same group."""
        below = self._stacks.get(trace["stackgroup"], [0.0] * len(trace["x"]))
        above = [low + own for low, own in zip(below, trace["y"], strict=True)]
        self._stacks[trace["stackgroup"]] = above
        x, y = self.room.axis(trace.get("xaxis", "x")), self.room.axis(trace.get("yaxis", "y"))
        edges = [
            [(x.at(a), y.at(b)) for a, b in zip(trace["x"], heights, strict=True)]
            for heights in (above, below)
        ]
        fill = trace["fillcolor"]
        if trace.get("fillpattern", {}).get("shape"):
            fill = self._hatch(trace["fillpattern"])
        return [
            _polygon([*edges[0], *reversed(edges[1])], fill),
            _path(edges[0], trace["line"]["color"], trace["line"]["width"], None),
        ]

    def _marks(self, trace: _Trace) -> list[Markup]:
        marker, points = trace["marker"], self._points(trace)
        symbol, size = marker.get("symbol", "circle"), marker.get("size", 6)
        edge = marker.get("line", {})
        colours = marker.get("color", edge.get("color", theme.TEXT))
        return [*self._intervals(trace, points, "x"), *self._intervals(trace, points, "y")] + [
            _symbol(each, point, reach, _Fill(colour, rim, edge.get("width", 0)))
            for each, reach, colour, rim, point in zip(
                _each(symbol, points), _each(size, points), _each(colours, points),
                _each(edge.get("color", ""), points), points, strict=True,
            )
            if point is not None
        ]  # fmt: skip

    def _intervals(
        self, trace: _Trace, points: Sequence[tuple[float, float] | None], side: str
    ) -> list[Markup]:
        """The interval through each mark, lying or standing."""
        error = trace.get(f"error_{side}")
        if not error:
            return []
        axis, drawn = self.room.axis(trace.get(f"{side}axis", side)), []
        for value, point, up, down in zip(
            trace[side], points, error["array"], error["arrayminus"], strict=True
        ):
            if point is not None:
                ends = axis.at(value - down), axis.at(value + up)
                pair = [(end, point[1]) if side == "x" else (point[0], end) for end in ends]
                drawn.append(_line(pair[0], pair[1], error["color"], error["thickness"]))
        return drawn

    def _texts(self, trace: _Trace) -> list[Markup]:
        where = trace.get("textposition", "")
        anchor = (
            "start" if where.endswith("right") else "end" if where.endswith("left") else "middle"
        )
        size = trace["textfont"]["size"]
        return [
            _rich(text, point, _Look(anchor, trace["textfont"]["color"], size))
            for text, point in zip(trace["text"], self._points(trace), strict=True)
            if point is not None
        ]

    def _bars(self, trace: _Trace) -> list[Markup]:
        """Lying bars, stacked where the figure says so; standing ones on the line of nought."""
        if trace.get("orientation") != "h":
            return self._standing(trace)
        x, y = self.room.axis(trace.get("xaxis", "x")), self.room.axis(trace.get("yaxis", "y"))
        stacked = self.room.layout.get("barmode") == "stack"
        starts = self._stacks.get("bars", [0.0] * len(trace["x"])) if stacked else None
        wide, shift = trace.get("width", 0.8), trace.get("offset")
        offset = -wide / 2 if shift is None else shift
        line = trace["marker"].get("line", {})
        fills = _each(trace["marker"]["color"], trace["x"])
        outside = trace.get("textposition") == "outside"
        drawn: list[Markup] = []
        for place, (length, row) in enumerate(zip(trace["x"], trace["y"], strict=True)):
            start = starts[place] if starts else 0.0
            left, right = x.at(start), x.at(start + length)
            top, foot = y.at(row + offset), y.at(row + offset + wide)
            box = element(
                "rect", x=_r(left), y=_r(top), width=_r(right - left), height=_r(foot - top),
                fill=fills[place], stroke=line.get("color"),
                stroke_width=line.get("width"),
            )  # fmt: skip
            drawn.append(box)
            if "text" in trace:
                font, anchor = trace["textfont"], "start" if outside else "middle"
                across = right + _BESIDE if outside else (left + right) / 2
                look = _Look(anchor, font["color"], font["size"])
                drawn.append(_rich(trace["text"][place], (across, (top + foot) / 2), look))
        if starts is not None:
            self._stacks["bars"] = [a + b for a, b in zip(starts, trace["x"], strict=True)]
        return drawn

    def _standing(self, trace: _Trace) -> list[Markup]:
        x, y = self.room.axis(trace.get("xaxis", "x")), self.room.axis(trace.get("yaxis", "y"))
        half, nought = trace.get("width", 0.8) / 2, y.at(0)
        return [
            element(
                "rect", x=_r(x.at(place - half)), y=_r(min(y.at(height), nought)),
                width=_r(x.at(place + half) - x.at(place - half)),
                height=_r(abs(y.at(height) - nought)), fill=fill,
            )
            for place, height, fill in zip(
                trace["x"], trace["y"], _each(trace["marker"]["color"], trace["x"]), strict=True
            )
        ]  # fmt: skip

    def _hatch(self, pattern: Mapping[str, Any]) -> str:
        colours = (pattern["fgcolor"], pattern["bgcolor"])
        name = self._hatches.setdefault(colours, f"hatch{len(self._hatches)}")
        return f"url(#{name})"

    def hatchings(self) -> list[Markup]:
        """The hatchings that fills have asked for so far."""
        made = [
            element(
                "pattern",
                element("rect", width=8, height=8, fill=back),
                element("path", d="M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6", stroke=front,
                        stroke_width=1.5),
                id=name, width=8, height=8, patternUnits="userSpaceOnUse",
            )
            for (front, back), name in self._hatches.items()
        ]  # fmt: skip
        return [element("defs", *made)] if made else []


# -- axes, notes and shapes ----------------------------------------------------------------------


def _axes(room: _Room) -> list[Markup]:
    """Grid lines, ticks with their texts, and titles of every axis that is shown."""
    drawn: list[Markup] = []
    for name in [key for key in room.layout if re.fullmatch(r"[xy]axis\d*", key)]:
        side, number = name[0], name[5:]
        axis = room.axis(f"{side}{number}")
        hidden = axis.settings.get("visible") is False
        shown = not hidden and axis.settings.get("showticklabels") is not False
        other = room.axis(axis.settings.get("anchor", ("y" if side == "x" else "x") + number))
        drawn += _grid(side, axis, other)
        if shown:
            drawn += _ticks(side, axis, other)
    return drawn


def _grid(side: str, axis: _Axis, other: _Axis) -> list[Markup]:
    colour = axis.settings.get("gridcolor")
    if not colour or axis.settings.get("showgrid") is False:
        return []
    ends = (other.first, other.last)
    return [_across(side, axis.at(tick), ends, colour) for tick in axis.ticks]


def _across(side: str, place: float, ends: tuple[float, float], colour: str) -> Markup:
    if side == "x":
        return _line((place, ends[0]), (place, ends[1]), colour, 1)
    return _line((ends[0], place), (ends[1], place), colour, 1)


def _ticks(side: str, axis: _Axis, other: _Axis) -> list[Markup]:
    title = axis.settings.get("title", {}).get("text", "")
    middle, foot = (axis.first + axis.last) / 2, other.first
    drawn: list[Markup] = []
    for tick in axis.ticks:
        at = axis.at(tick)
        if side == "x":
            drawn.append(_line((at, foot), (at, foot + 5), theme.MUTED, 1))
            drawn.append(_text(axis.text(tick), (at, foot + 18), anchor="middle"))
        else:
            drawn.append(_line((foot - 5, at), (foot, at), theme.MUTED, 1))
            drawn.append(_text(axis.text(tick), (foot - 9, at + 4), anchor="end"))
    if side == "x":
        drawn.append(_line((axis.first, foot), (axis.last, foot), theme.MUTED, 1))
        drawn.append(_text(title, (middle, foot + 38), anchor="middle", colour=theme.MUTED))
    else:
        drawn.append(_line((foot, axis.first), (foot, axis.last), theme.MUTED, 1))
        turn = f"rotate(-90 {foot - 50:.1f} {middle:.1f})"
        drawn.append(
            _text(title, (foot - 50, middle), anchor="middle", colour=theme.MUTED, turn=turn)
        )
    return drawn


def _annotation(room: _Room, note: Mapping[str, Any]) -> Markup:
    """A text, tied by a line where it has an arrow without a head."""
    x = room.place(note.get("xref", "x"), note["x"], side="x")
    y = room.place(note.get("yref", "y"), note["y"], side="y")
    look = _Look(
        {"left": "start", "right": "end"}.get(note.get("xanchor", "center"), "middle"),
        note["font"]["color"], note["font"]["size"], note.get("yanchor", "middle"),
    )  # fmt: skip
    if not note.get("showarrow"):
        shifted = (x + note.get("xshift", 0), y - note.get("yshift", 0))
        return _rich(note["text"], shifted, look)
    end = (room.place(note["axref"], note["ax"], side="x"),
           room.place(note["ayref"], note["ay"], side="y"))  # fmt: skip
    tie = _line((x, y), end, note["arrowcolor"], note["arrowwidth"])
    return join([tie, _rich(note["text"], (end[0] + 3, end[1]), look)])


def _shape(room: _Room, shape: Mapping[str, Any]) -> Markup:
    """A line or a rectangle."""
    y0, y1 = (room.place(shape.get("yref", "y"), shape[n], side="y") for n in ("y0", "y1"))
    xref = shape.get("xref", "x")
    if shape.get("xsizemode") == "pixel":
        anchor = room.place(xref, shape["xanchor"], side="x")
        x0, x1 = anchor + shape["x0"], anchor + shape["x1"]
    else:
        x0, x1 = (room.place(xref, shape[n], side="x") for n in ("x0", "x1"))
    if shape["type"] == "rect":
        return element("rect", x=_r(min(x0, x1)), y=_r(min(y0, y1)), width=_r(abs(x1 - x0)),
                       height=_r(abs(y1 - y0)), fill=shape["fillcolor"])  # fmt: skip
    line = shape["line"]
    return _line((x0, y0), (x1, y1), line["color"], line["width"], line.get("dash"))


# -- pieces --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """How a text is set: from which end, in which colour and size, above or below its place."""

    anchor: str
    colour: str
    size: float
    hangs: str = "middle"  # which part of the text lies at its place: top, middle or bottom


def _r(value: float) -> float:
    return round(value, 2)


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, width: float,
    dash: str | None = None,
) -> Markup:  # fmt: skip
    return element(
        "line", x1=_r(start[0]), y1=_r(start[1]), x2=_r(end[0]), y2=_r(end[1]), stroke=colour,
        stroke_width=width, stroke_dasharray=_DASHES[dash or "solid"],
    )  # fmt: skip


def _path(points: _Points, colour: str, width: float, dash: str | None) -> Markup:
    return element(
        "polyline", points=_listed(points), fill="none", stroke=colour, stroke_width=width,
        stroke_dasharray=_DASHES[dash or "solid"], stroke_linejoin="round",
    )  # fmt: skip


def _polygon(points: _Points, fill: str) -> Markup:
    """A filled shape; a faint colour becomes colour and opacity, which every reader knows."""
    faint = re.fullmatch(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", fill)
    if faint is None:
        return element("path", d=f"M{_listed(points)}Z", fill=fill)
    solid = "#" + "".join(f"{int(part):02X}" for part in faint.groups()[:3])
    return element("path", d=f"M{_listed(points)}Z", fill=solid, fill_opacity=float(faint[4]))


def _listed(points: _Points) -> str:
    return " ".join(f"{_r(x)},{_r(y)}" for x, y in points)


def _unbroken(points: Sequence[tuple[float, float] | None], steps: bool) -> list[_Points]:
    """The pieces of a line between its gaps; a stepped one with its corners."""
    parts: list[_Points] = [[]]
    for point in points:
        if point is None:
            parts.append([])
            continue
        if steps and parts[-1]:
            parts[-1].append((point[0], parts[-1][-1][1]))
        parts[-1].append(point)
    return [part for part in parts if part]


def _each(given: Any, points: Sequence[object]) -> Sequence[Any]:
    """What a marker gives once for all its points, or for each."""
    return given if isinstance(given, list | tuple) else [given] * len(points)


@dataclass(frozen=True, slots=True)
class _Fill:
    """The colour of a mark, and of its rim where it has one."""

    colour: str
    rim: str = ""
    width: float = 0.0

    def of(self, *, hollow: bool) -> dict[str, Any]:
        """As attributes; a hollow mark is nothing but its rim."""
        if hollow:
            return {"fill": "none", "stroke": self.colour, "stroke_width": self.width or 1.5}
        rim = {"stroke": self.rim, "stroke_width": self.width} if self.rim and self.width else {}
        return {"fill": self.colour, **rim}


def _symbol(symbol: str, point: tuple[float, float], size: float, fill: _Fill) -> Markup:
    """A mark around a point."""
    x, y = point
    reach, colour = size / 2, fill.colour
    hollow, symbol = symbol.endswith("-open"), symbol.removesuffix("-open")
    if symbol == "circle":
        return element("circle", cx=_r(x), cy=_r(y), r=_r(reach), **fill.of(hollow=hollow))
    if symbol == "line-ns":
        return _line((x, y - reach), (x, y + reach), fill.rim or colour, fill.width or 2)
    if symbol == "cross":
        arms = (
            f"M{_r(x - reach)},{_r(y)} H{_r(x + reach)} M{_r(x)},{_r(y - reach)} V{_r(y + reach)}"
        )
        return element("path", d=arms, stroke=colour, stroke_width=_r(size / 3))
    if symbol == "star":
        reaches, count = (reach * 1.2, reach * 0.5), _STAR_POINTS
    else:
        count = _SPOKES[symbol]
        reaches = (reach * 1.25, reach * 1.25)
    turn = _TURNS.get(symbol, 0.0)
    around = [2 * pi * n / count - pi / 2 + turn for n in range(count)]
    corners = [
        (x + reaches[n % 2] * cos(angle), y + reaches[n % 2] * sin(angle))
        for n, angle in enumerate(around)
    ]
    return element("path", d=f"M{_listed(corners)}Z", **fill.of(hollow=hollow))


def _text(
    text: str, point: tuple[float, float], *, anchor: str, colour: str = theme.TEXT, turn: str = ""
) -> Markup:
    return element(
        "text", text, x=_r(point[0]), y=_r(point[1]), text_anchor=anchor, fill=colour,
        font_size=_SMALL, transform=turn or None,
    )  # fmt: skip


def _rich(text: str, point: tuple[float, float], look: _Look) -> Markup:
    """A text with the few tags that plotly reads, line by line."""
    lines = _spans(text, look)
    step = look.size * _LINE
    above = {"top": 0.8, "middle": 0.3 - (len(lines) - 1) / 2, "bottom": 0.7 - len(lines)}
    first = point[1] + step * above[look.hangs]
    drawn = [
        element(
            "text", *spans, x=_r(point[0]), y=_r(first + step * number), text_anchor=look.anchor,
            font_size=look.size, fill=look.colour,
        )
        for number, spans in enumerate(lines)
    ]  # fmt: skip
    return join(drawn)


def _spans(text: str, look: _Look) -> list[list[Markup]]:
    lines: list[list[Markup]] = [[]]
    bold, colour = False, look.colour
    for piece in _TAG.split(text):
        if piece == "<br>":
            lines.append([])
        elif piece in ("<b>", "</b>"):
            bold = piece == "<b>"
        elif piece.startswith("<span"):
            colour = piece.split("color:")[1].removesuffix("'>")
        elif piece == "</span>":
            colour = look.colour
        elif piece:
            lines[-1].append(
                element("tspan", html.unescape(piece), fill=colour,
                        font_weight=600 if bold else None)
            )  # fmt: skip
    return lines
