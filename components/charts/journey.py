"""The timeline of a case as a picture: treatments, responses, biopsies, reports, laboratory.

Draws what `meeting.timeline` laid out and decides nothing: bars for what lasted, points for
moments, a line through a row's numbers, hatched strips where a long empty stretch was cut. What was
left out is written at the end of its row. The picture says in words what it shows; a table with
every value stands beside it on the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.charts import theme
from components.charts.markup import Drawing, Markup, element, join
from dashboard.meeting.timeline import Cut, Mark, Row, Timeline, Track

WIDTH, STRIP_WIDTH = 1120, 1200
_LABELS, _RIGHT = 190, 74
_ROW, _BAR, _TOP = 30, 18, 24
_SMALL_ROW = 24
_LETTER = 6.9  # pixels a letter of 12.5 pixels may need
_LONGEST = 30
_TELLING = 4  # last, first, lowest, highest: numbers of them are told even across another point
_NUMBER = 9  # letters; longer words would lie on the points that they cross
_ALL_TOLD = 8  # of more values in a row only the telling ones have their words
_DAYS_IN_YEAR, _DAYS_IN_MONTH = 365.25, 30.44
_HALO: Mapping[str, str | float] = {  # keeps words readable on a line
    "stroke": theme.PAPER, "stroke_width": 3, "paint_order": "stroke", "stroke_linejoin": "round",
}  # fmt: skip
_RESPONSES: Mapping[str, tuple[str, str]] = {  # fill and text, as in every other picture
    "CR": ("#08427A", "#FFFFFF"), "PR": ("#6DB1E0", "#000000"), "SD": ("#D6CFB4", "#000000"),
    "PD": ("#A63A0C", "#FFFFFF"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The measures of one picture."""

    width: int
    row: int

    def x(self, place: float) -> float:
        """A place of the axis in pixels."""
        return round(_LABELS + 8 + place * (self.width - _LABELS - _RIGHT - 16), 1)


def journey(laid: Timeline, *, strip: bool = False) -> Drawing | None:
    """The picture of a timeline; None where nothing is dated.

    Args:
        laid: what happened, with places.
        strip: lower rows, for a screen that shows much else.
    """
    if not laid.tracks:
        return None
    sheet = _Sheet(STRIP_WIDTH if strip else WIDTH, _SMALL_ROW if strip else _ROW)
    height = _TOP + sheet.row * len(laid.tracks) + 4
    rows = [
        _track(track, _TOP + sheet.row * place, sheet) for place, track in enumerate(laid.tracks)
    ]
    content = join([_axis(laid, height, sheet), *rows])
    return Drawing(sheet.width, height, content, words_of(laid))


def words_of(laid: Timeline) -> str:
    """What a timeline shows, in sentences."""
    told = [_row_words(track) for track in laid.tracks]
    told += [
        f"A stretch of {_stretch(cut)} in which nothing is on record is cut short"
        for cut in laid.cuts
    ]
    if laid.rows_left_out:
        told.append(f"Not drawn: {', '.join(laid.rows_left_out)}")
    return theme.alt_text(f"Timeline of {laid.happened} dated entries", *told)


def _row_words(track: Track) -> str:
    shown = ", ".join(mark.happening.words for mark in track.marks)
    return f"{track.title}: {shown}" + (f" and {track.left_out} more" if track.left_out else "")


# -- the axis ------------------------------------------------------------------------------------


def _axis(laid: Timeline, height: int, sheet: _Sheet) -> Markup:
    drawn: list[Markup] = []
    for cut in laid.cuts:
        drawn += _cut(cut, height, sheet)
    ends: list[tuple[float, float]] = []
    for tick in laid.ticks:  # words that would touch those before them are left out
        x, room = sheet.x(tick.x), _LETTER * len(tick.words) / 2 + 3
        drawn.append(element("line", x1=x, x2=x, y1=18, y2=height, stroke=theme.HAIRLINE))
        if not any(low < x + room and x - room < high for low, high in ends):
            drawn.append(_text(x, 13, tick.words, fill=theme.MUTED, text_anchor="middle"))
            ends.append((x - room, x + room))
    return join(drawn)


def _cut(cut: Cut, height: int, sheet: _Sheet) -> list[Markup]:
    """A strip with slanting lines, and how long it really was."""
    left, right = sheet.x(cut.x), sheet.x(cut.to)
    strip = element(
        "rect", x=left, y=18, width=round(right - left, 1), height=height - 18, fill=theme.PANEL
    )
    slants = [
        element(
            "line", x1=left, x2=right, y1=y + (right - left), y2=y, stroke=theme.HAIRLINE,
            stroke_width=2,
        )
        for y in range(20, height, 14)
    ]  # fmt: skip
    words = element("title", f"{_stretch(cut)} without an entry")
    return [element("g", words, strip, *slants)]


def _stretch(cut: Cut) -> str:
    if cut.joins_calendars:
        return "unknown length, between days counted from the diagnosis and dates,"
    if cut.days >= 2 * _DAYS_IN_YEAR:
        return f"{cut.days / _DAYS_IN_YEAR:.0f} years"
    return f"{cut.days / _DAYS_IN_MONTH:.0f} months"


# -- rows ----------------------------------------------------------------------------------------


def _track(track: Track, y: float, sheet: _Sheet) -> Markup:
    middle = y + sheet.row / 2
    label = _text(0, middle + 4.5, _short(track.title), font_weight=600, font_size=13)
    line = element(
        "line", x1=_LABELS, x2=sheet.width - _RIGHT, y1=y + sheet.row, y2=y + sheet.row,
        stroke=theme.HAIRLINE,
    )  # fmt: skip
    if track.row is Row.TREATMENT:
        marks = _bars(track.marks, middle, sheet)
    elif track.row is Row.RESPONSE:
        marks = [_response(mark, middle, sheet) for mark in track.marks]
    else:
        marks = _points(track.marks, middle, sheet)
    return join([line, label, *marks, _left_out(track, middle, sheet)])


def _bars(marks: Sequence[Mark], middle: float, sheet: _Sheet) -> list[Markup]:
    """Bars with their names inside, or behind where there is room before the next."""
    drawn: list[Markup] = []
    for place, mark in enumerate(marks):
        x, to = sheet.x(mark.x), sheet.x(mark.to)
        width = max(to - x, 4.0)
        drawn.append(
            element(
                "rect", x=x, y=middle - _BAR / 2, width=round(width, 1), height=_BAR, rx=3,
                fill=theme.PRIMARY,
            )
        )  # fmt: skip
        if mark.happening.going_on:
            arrow = f"M{x + width:.1f} {middle - _BAR / 2}l9 {_BAR / 2}l-9 {_BAR / 2}z"
            drawn.append(element("path", d=arrow, fill=theme.PRIMARY))
        after = sheet.x(marks[place + 1].x) if place + 1 < len(marks) else sheet.width - _RIGHT
        drawn += _bar_words(mark, (x, x + width), after, middle)
    return drawn


def _bar_words(mark: Mark, bar: tuple[float, float], after: float, middle: float) -> list[Markup]:
    words, (x, to) = _short(mark.happening.words), bar
    needed = _LETTER * len(words) + 10
    if to - x >= needed:
        return [_text(x + 6, middle + 4.5, words, fill=theme.PAPER)]
    if after - to >= needed + 10:
        return [_text(to + 12, middle + 4.5, words)]
    inside = int((to - x - 16) / _LETTER)
    if inside >= 4:  # noqa: PLR2004  # fewer letters tell nothing
        return [_text(x + 6, middle + 4.5, f"{words[:inside]}\N{HORIZONTAL ELLIPSIS}",
                      fill=theme.PAPER)]  # fmt: skip
    return []


def _response(mark: Mark, middle: float, sheet: _Sheet) -> Markup:
    """A response by RECIST in a box of its colour, with its letters."""
    words, x = mark.happening.words, sheet.x(mark.x)
    fill, ink = _RESPONSES.get(words, (theme.PAPER, theme.TEXT))
    width = max(26.0, _LETTER * len(words[:8]) + 8)
    left = min(max(x - width / 2, _LABELS), sheet.width - _RIGHT - width)
    box = element(
        "rect", x=round(left, 1), y=middle - 9, width=round(width, 1), height=18, rx=3, fill=fill,
        stroke="#3F4A55",
    )  # fmt: skip
    return join([box, _text(left + width / 2, middle + 4.5, words[:8], fill=ink,
                            text_anchor="middle")])  # fmt: skip


def _points(marks: Sequence[Mark], middle: float, sheet: _Sheet) -> list[Markup]:
    """Points, a line through numbers, and words wherever they fit; lowest and highest first."""
    heights = _heights(marks, middle, sheet)
    drawn: list[Markup] = []
    if len(marks) > 1 and all(mark.happening.value is not None for mark in marks):
        points = " ".join(
            f"{sheet.x(mark.x)},{y:.1f}" for mark, y in zip(marks, heights, strict=True)
        )
        drawn.append(
            element("polyline", points=points, fill="none", stroke=theme.CONTROL, stroke_width=1.5)
        )
    words: list[Markup] = []
    dots = [(sheet.x(m.x) - 5, sheet.x(m.x) + 5) for m in marks]
    taken: list[tuple[float, float]] = []
    for count, place in enumerate(_telling_order(marks)):
        mark, x = marks[place], sheet.x(marks[place].x)
        told = _short(mark.happening.words)
        room, across = _LETTER * len(told) + 4, count < _TELLING and len(told) <= _NUMBER
        spot = _free(x, room, taken if across else [*taken, *dots], sheet)
        if spot is not None:
            taken.append((spot, spot + room))
            words.append(_text(spot, middle + 4.5, told, **_HALO))
    drawn += [
        element("circle", cx=sheet.x(mark.x), cy=round(y, 1), r=4, fill=theme.TEXT)
        for mark, y in zip(marks, heights, strict=True)
    ]
    return drawn + words


def _heights(marks: Sequence[Mark], middle: float, sheet: _Sheet) -> list[float]:
    numbers = [m.happening.value for m in marks if m.happening.value is not None]
    if len(numbers) < len(marks) or not numbers or min(numbers) == max(numbers):
        return [middle] * len(marks)
    low, high, room = min(numbers), max(numbers), sheet.row / 2 - 6
    return [middle + room - 2 * room * (number - low) / (high - low) for number in numbers]


def _telling_order(marks: Sequence[Mark]) -> list[int]:
    """The last value first, then the first, the lowest and the highest; of few, the others too."""
    values = [(mark.happening.value or 0.0, place) for place, mark in enumerate(marks)]
    ends = [len(marks) - 1, 0, min(values)[1], max(values)[1]]
    others = range(len(marks)) if len(marks) <= _ALL_TOLD else ()
    return list(dict.fromkeys([*ends, *others]))


def _free(
    x: float, room: float, taken: Sequence[tuple[float, float]], sheet: _Sheet
) -> float | None:
    """Where words of this length fit beside a point: behind it, else before it."""
    for left in (x + 7, x - 7 - room):
        fits = left >= _LABELS and left + room <= sheet.width - 4
        if fits and not any(left < high and low < left + room for low, high in taken):
            return round(left, 1)
    return None


def _left_out(track: Track, middle: float, sheet: _Sheet) -> Markup | None:
    if not track.left_out:
        return None
    words = f"+{track.left_out} more"
    return _text(sheet.width, middle + 4.5, words, fill=theme.MUTED, text_anchor="end")


def _text(x: float, y: float, text: str, **style: str | float) -> Markup:
    size, fill = style.pop("font_size", 12.5), style.pop("fill", theme.TEXT)
    return element("text", text, x=round(x, 1), y=round(y, 1), font_size=size, fill=fill, **style)


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
