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

_WIDTH, _LABELS, _ROW, _TOP = 960, 290, 30, 26
_LONGEST_LABEL = 40
_DAYS_PER_MONTH = 30.44
_TICK_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_MOST_TICKS = 8
_MONTHS_IN_YEAR = 12
_LETTER = 7.2  # pixels a letter of a note may need


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


def timeline(
    spans: Sequence[Span], series: Sequence[Series], today: date, *, zero: date | None = None
) -> Drawing | None:
    """Treatments as bars and measurements as points on one axis of days.

    Args:
        spans: what lasted.
        series: what was measured.
        today: where a bar without an end reaches to.
        zero: the day that all days are counted from, where they are no calendar days.

    Returns:
        The picture; nothing when nothing is dated.
    """
    days = [day for span in spans for day in (span.started, span.stopped) if day]
    days += [day for row in series for day, _ in row.points]
    if not days:
        return None
    if any(span.stopped is None for span in spans) and zero is None:
        days.append(today)
    axis = _Axis.over(min(days), max(days), zero)
    height = _TOP + _ROW * (len(spans) + len(series)) + 4
    rows: list[Markup] = [
        _span_row(span, place, axis, max(days)) for place, span in enumerate(spans)
    ]
    rows += [_series_row(row, len(spans) + place, axis) for place, row in enumerate(series)]
    return Drawing(_WIDTH, height, join([_grid(axis, height), *rows]), _words(spans, series, axis))


@dataclass(frozen=True, slots=True)
class _Axis:
    first: date
    last: date
    tick_months: int
    zero: date | None

    @classmethod
    def over(cls, first: date, last: date, zero: date | None) -> _Axis:
        pad = timedelta(days=max(10, (last - first).days // 40))
        first, last = first - pad, last + pad
        months = (last - first).days / _DAYS_PER_MONTH
        fitting = (step for step in _TICK_MONTHS if months / step <= _MOST_TICKS)
        return cls(first, last, next(fitting, 240), zero)

    def x(self, day: date) -> float:
        share = (day - self.first).days / max(1, (self.last - self.first).days)
        return round(_LABELS + share * (_WIDTH - _LABELS - 12), 1)

    def ticks(self) -> list[tuple[date, str]]:
        """The days that are marked, each with its words."""
        if self.zero is not None:
            return self._counted_ticks(self.zero)
        years_only = self.tick_months >= _MONTHS_IN_YEAR
        return [(day, f"{day:%Y}" if years_only else f"{day:%b %Y}") for day in self._firsts()]

    def said(self, day: date) -> str:
        """A day in words: its date, or its number."""
        return day.isoformat() if self.zero is None else f"day {(day - self.zero).days}"

    def _counted_ticks(self, zero: date) -> list[tuple[date, str]]:
        step = self.tick_months * _DAYS_PER_MONTH
        low = -((zero - self.first).days // step)
        count = int((self.last - zero).days // step - low) + 1
        places = [int(low) + i for i in range(count)]
        return [
            (zero + timedelta(days=round(n * step)), f"month {n * self.tick_months}")
            for n in places
        ]

    def _firsts(self) -> list[date]:
        """The first of every marked month."""
        index = self.first.year * 12 + self.first.month - 1
        index = -(-(index + 1) // self.tick_months) * self.tick_months
        found = []
        while (day := date(index // 12, index % 12 + 1, 1)) <= self.last:
            found.append(day)
            index += self.tick_months
        return found


def _grid(axis: _Axis, height: int) -> Markup:
    marks: list[Markup] = []
    for day, text in axis.ticks():
        x = axis.x(day)
        marks.append(element("line", x1=x, x2=x, y1=_TOP - 4, y2=height, stroke=theme.HAIRLINE))
        marks.append(_text(x, 14, text, fill=theme.MUTED, text_anchor="middle"))
    return join(marks)


def _span_row(span: Span, place: int, axis: _Axis, today: date) -> Markup:
    y = _TOP + place * _ROW
    start, end = axis.x(span.started), axis.x(span.stopped or max(today, span.started))
    length = max(4.0, round(end - start, 1))
    bar = element("rect", x=start, y=y + 5, width=length, height=18, rx=3, fill=theme.PRIMARY)
    arrow = f"M{end} {y + 5}l9 9l-9 9z" if span.stopped is None else None
    going_on = element("path", d=arrow, fill=theme.PRIMARY) if arrow else None
    return join([_label(span.label, y), bar, going_on, _note(span.note, (start, end), y)])


def _note(text: str, bar: tuple[float, float], y: float) -> Markup | None:
    """The words of a bar: inside it, else after, else before, else in the table alone."""
    short, (start, end) = _short(text), bar
    needed = _LETTER * len(short) + 14
    if not text:
        return None
    if end - start >= needed:
        return _text(start + 8, y + 18.5, short, fill=theme.PAPER, font_size=12.5)
    if end + needed > _WIDTH and start - needed < _LABELS:
        return None
    x, anchor = (end + 14, "start") if end + needed <= _WIDTH else (start - 8, "end")
    return _text(x, y + 19, short, fill=theme.MUTED, text_anchor=anchor)


def _series_row(row: Series, place: int, axis: _Axis) -> Markup:
    y = _TOP + place * _ROW
    marks: list[Markup] = [_label(row.label, y)]
    free_from = 0.0
    for day, text in sorted(row.points):
        x, short = axis.x(day), _short(text)
        marks.append(element("circle", cx=x, cy=y + 14, r=4.5, fill=theme.TEXT))
        room = _LETTER * len(short) + 9
        if x >= free_from:
            at, anchor = (x + 9, "start") if x + room <= _WIDTH else (x - 9, "end")
            marks.append(_text(at, y + 18.5, short, text_anchor=anchor))
            free_from = x + room + 12
    return join(marks)


def _label(text: str, y: float) -> Markup:
    return _text(0, y + 19, _short(text), font_size=14, font_weight=600)


def _text(x: float, y: float, text: str, **style: str | float) -> Markup:
    size, fill = style.pop("font_size", 13), style.pop("fill", theme.TEXT)
    return element("text", text, x=x, y=y, font_size=size, fill=fill, **style)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1].rstrip()}…"


def _words(spans: Sequence[Span], series: Sequence[Series], axis: _Axis) -> str:
    said = [
        f"{span.label} from {axis.said(span.started)} "
        + (f"to {axis.said(span.stopped)}" if span.stopped else "and still going on")
        + (f", {span.note}" if span.note else "")
        for span in spans
    ]
    said += [
        f"{row.label}: " + ", ".join(f"{text} on {axis.said(day)}" for day, text in row.points)
        for row in series
    ]
    return theme.alt_text("Timeline of treatments and measurements", *said)
