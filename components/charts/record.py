"""Pictures of one patient's record: how much is known, and what happened when.

Drawn as vectors rather than with a chart library: they are small, need no interaction, print
sharply and cost a millisecond. Texts of the record are escaped like everywhere; each picture says
in words what it shows, and the pages put the same facts into a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from components.charts import theme
from components.charts.markup import Drawing, Markup, element, join

_CELL, _GAP = 11, 3
_CELLS_IN_ROW = 16

_WIDTH, _LABELS, _ROW, _TOP = 900, 236, 30, 26
_LONGEST_LABEL = 32
_DAYS_PER_MONTH = 30.44
_TICK_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_MOST_TICKS = 8
_NEAR = 46  # pixels a value's text needs


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted: a course of treatment. No end = still going on."""

    label: str
    started: date
    stopped: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Something measured on days: one feature with the text of each value."""

    label: str
    points: tuple[tuple[date, str], ...]


def known_cells(label: str, known: int, total: int) -> Drawing:
    """One square for each fact of a group: filled is known, hollow is unknown."""
    rows = max(1, -(-total // _CELLS_IN_ROW))
    step = _CELL + _GAP
    cells = [
        element(
            "rect",
            x=1 + (i % _CELLS_IN_ROW) * step,
            y=1 + (i // _CELLS_IN_ROW) * step,
            width=_CELL - 1,
            height=_CELL - 1,
            rx=2,
            fill=theme.PRIMARY if i < known else theme.PAPER,
            stroke=theme.PRIMARY if i < known else theme.CONTROL,
        )
        for i in range(total)
    ]
    width = min(total, _CELLS_IN_ROW) * step
    alt = f"{label}: {known} of {total} facts known."
    return Drawing(max(width, step), rows * step, join(cells), alt)


def timeline(spans: Sequence[Span], series: Sequence[Series], today: date) -> Drawing | None:
    """Treatments as bars and measurements as points on one axis of days; None without any date."""
    days = [day for span in spans for day in (span.started, span.stopped) if day]
    days += [day for row in series for day, _ in row.points]
    if not days:
        return None
    axis = _Axis.over(min(days), max([*days, today] if any(not s.stopped for s in spans) else days))
    height = _TOP + _ROW * (len(spans) + len(series)) + 4
    rows: list[Markup] = [_span_row(span, place, axis, today) for place, span in enumerate(spans)]
    rows += [_series_row(row, len(spans) + place, axis) for place, row in enumerate(series)]
    return Drawing(_WIDTH, height, join([_grid(axis, height), *rows]), _words(spans, series))


@dataclass(frozen=True, slots=True)
class _Axis:
    first: date
    last: date
    tick_months: int

    @classmethod
    def over(cls, first: date, last: date) -> _Axis:
        pad = timedelta(days=max(10, (last - first).days // 40))
        first, last = first - pad, last + pad
        months = (last - first).days / _DAYS_PER_MONTH
        fitting = (step for step in _TICK_MONTHS if months / step <= _MOST_TICKS)
        return cls(first, last, next(fitting, 240))

    def x(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(_LABELS + share * (_WIDTH - _LABELS - 12), 1)

    def ticks(self) -> list[date]:
        index = self.first.year * 12 + self.first.month - 1
        index = -(-(index + 1) // self.tick_months) * self.tick_months
        found = []
        while (day := date(index // 12, index % 12 + 1, 1)) <= self.last:
            found.append(day)
            index += self.tick_months
        return found


def _grid(axis: _Axis, height: int) -> Markup:
    marks: list[Markup] = []
    for day in axis.ticks():
        x = axis.x(day)
        marks.append(element("line", x1=x, x2=x, y1=_TOP - 4, y2=height, stroke=theme.HAIRLINE))
        text = f"{day:%Y}" if axis.tick_months >= 12 else f"{day:%b %Y}"  # noqa: PLR2004 - months
        marks.append(_text(x, 14, text, fill=theme.MUTED, text_anchor="middle"))
    return join(marks)


def _span_row(span: Span, place: int, axis: _Axis, today: date) -> Markup:
    y = _TOP + place * _ROW
    start, end = axis.x(span.started), axis.x(span.stopped or max(today, span.started))
    length = max(4.0, round(end - start, 1))
    bar = element("rect", x=start, y=y + 7, width=length, height=14, rx=3, fill=theme.PRIMARY)
    arrow = f"M{end} {y + 7}l9 7l-9 7z" if span.stopped is None else None
    going_on = element("path", d=arrow, fill=theme.PRIMARY) if arrow else None
    beside = _WIDTH - end > _NEAR * 3
    x, anchor = (end + 14, "start") if beside else (start - 8, "end")
    note = _text(x, y + 19, _short(span.note), fill=theme.MUTED, text_anchor=anchor)
    return join([_label(span.label, y), bar, going_on, note if span.note else None])


def _series_row(row: Series, place: int, axis: _Axis) -> Markup:
    y = _TOP + place * _ROW
    marks: list[Markup] = [_label(row.label, y)]
    free_from = 0.0
    for day, text in sorted(row.points):
        x, short = axis.x(day), _short(text)
        marks.append(element("circle", cx=x, cy=y + 14, r=4.5, fill=theme.TEXT))
        if x >= free_from:
            before = x > _WIDTH - _NEAR * 2
            at, anchor = (x - 9, "end") if before else (x + 9, "start")
            marks.append(_text(at, y + 18.5, short, text_anchor=anchor))
            free_from = x + 21 + 7 * len(short)
    return join(marks)


def _label(text: str, y: float) -> Markup:
    return _text(0, y + 19, _short(text), font_size=14, font_weight=600)


def _text(x: float, y: float, text: str, **style: str | float) -> Markup:
    size, fill = style.pop("font_size", 13), style.pop("fill", theme.TEXT)
    return element("text", text, x=x, y=y, font_size=size, fill=fill, **style)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1].rstrip()}…"


def _words(spans: Sequence[Span], series: Sequence[Series]) -> str:
    said = [
        f"{span.label} from {span.started.isoformat()} "
        + (f"to {span.stopped.isoformat()}" if span.stopped else "and still going on")
        + (f", {span.note}" if span.note else "")
        for span in spans
    ]
    said += [
        f"{row.label}: " + ", ".join(f"{text} on {day.isoformat()}" for day, text in row.points)
        for row in series
    ]
    return theme.alt_text("Timeline of treatments and measurements", *said)
