"""Forecasts as drawings for paper: survival curves and chances with their intervals.

Vectors only, so that a report needs no browser. Curves have colour, dash and a name at their end;
a chance is a dot on its interval, on one axis for all regimens, so that overlap is seen at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.charts import theme
from components.charts.labels import broken, short, spread
from components.charts.markup import Drawing, Markup, element, join
from components.charts.theme import LineStyle
from dashboard.answers.forecast import Chance, SurvivalCurve

_WIDTH, _HEIGHT = 760, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 214, 12, 40
_DASHES = {"solid": None, "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "12 5"}
_LABEL_LETTERS, _LABEL_LINE = 30, 15.0
_ROW, _NAME_ROOM, _NUMBER_ROOM = 30, 250, 150
_NAME_LETTERS, _HEAD, _BETWEEN = 36, 22, 26
_TICK_MONTHS = 12
_FACT_ROOM, _FACT_LETTERS = 300, 44
MOST_TOGETHER = 3
_COLUMNS, _PANEL_WIDTH, _PANEL_HEIGHT, _PANEL_LETTERS = 3, 253, 178, 34
_BEHIND = LineStyle(theme.UNKNOWN_FILL, "solid", theme.MUTED)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve with the name that stands at its end."""

    label: str
    curve: SurvivalCurve


@dataclass(frozen=True, slots=True)
class Dot:
    """One chance with the name of its row."""

    label: str
    chance: Chance


@dataclass(frozen=True, slots=True)
class Beside:
    """Benefit and harm of one row; None where there is no forecast."""

    label: str
    benefit: Chance | None
    harm: Chance | None


@dataclass(frozen=True, slots=True)
class Bar:
    """What one fact adds, with its interval and the words that say so."""

    label: str
    effect: float
    low: float
    high: float
    text: str


def curves_drawing(endpoint: str, lines: Sequence[Line], until: float) -> Drawing:
    """Forecast curves with their bands: together up to three, each in a panel of its own beyond.

    Raises:
        ValueError: no line, or more than there are styles.
    """
    if not lines:
        raise ValueError("No curve to draw.")
    styles = theme.regimen_styles([line.label for line in lines])
    said = [f"{line.label}: {_said(line.curve, until)}" for line in lines]
    alt = theme.alt_text(f"{endpoint}, forecast curves with 90% bands to {until:g} months", *said)
    if len(lines) > MOST_TOGETHER:
        return _panels(lines, styles, until, alt)
    sheet = _Sheet(until)
    bands = [sheet.band(line.curve, styles[line.label]) for line in lines]
    strokes = [sheet.stroke(line.curve, styles[line.label]) for line in lines]
    content = [sheet.frame(), sheet.title(endpoint), *bands, *strokes, *sheet.names(lines, styles)]
    return Drawing(_WIDTH, _HEIGHT, join(content), alt)


def _panels(lines: Sequence[Line], styles: dict[str, LineStyle], until: float, alt: str) -> Drawing:
    sheet = _Sheet(until, _PANEL_WIDTH, _PANEL_HEIGHT, right=14, top=44)
    drawn = []
    for place, line in enumerate(lines):
        others = [
            sheet.stroke(other.curve, _BEHIND) for other in lines if other.label != line.label
        ]
        style = styles[line.label]
        title = [
            _text(0, 14 + 15 * row, words, fill=style.label)
            for row, words in enumerate(broken(line.label, _PANEL_LETTERS, 2))
        ]
        own = [sheet.band(line.curve, style), sheet.stroke(line.curve, style)]
        row, column = divmod(place, _COLUMNS)
        move = f"translate({column * _PANEL_WIDTH} {row * _PANEL_HEIGHT})"
        drawn.append(element("g", *title, sheet.frame(), *others, *own, transform=move))
    height = _PANEL_HEIGHT * -(-len(lines) // _COLUMNS)
    return Drawing(_WIDTH, height, join(drawn), alt)


def chances_drawing(what: str, dots: Sequence[Dot]) -> Drawing:
    """Chances with their intervals, a row for each regimen, on one axis from 0 to 100%.

    Raises:
        ValueError: nothing to draw.
    """
    if not dots:
        raise ValueError("No chance to draw.")
    bottom = _ROW * len(dots) + 8
    inner = _WIDTH - _NAME_ROOM - _NUMBER_ROOM

    def across(p: float) -> float:
        return round(_NAME_ROOM + inner * p, 1)

    grid = [
        join(
            [
                _line(across(p), 4, across(p), bottom, theme.HAIRLINE),
                _text(across(p), bottom + 16, f"{100 * p:.0f}%", anchor="middle"),
            ]
        )
        for p in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    rows = [
        join(
            [
                _name(dot.label, _ROW * place + 20, _NAME_LETTERS),
                _line(
                    across(dot.chance.low), _ROW * place + 16, across(dot.chance.high),
                    _ROW * place + 16, theme.PRIMARY, width=3,
                ),
                element(
                    "circle", cx=across(dot.chance.p), cy=_ROW * place + 16, r=5, fill=theme.PRIMARY
                ),
                _text(_WIDTH - _NUMBER_ROOM + 14, _ROW * place + 20, _percent(dot.chance)),
            ]
        )
        for place, dot in enumerate(dots)
    ]  # fmt: skip
    said = [f"{dot.label}: {_percent(dot.chance)}" for dot in dots]
    alt = theme.alt_text(f"{what}, a chance with its 90% interval for each regimen", *said)
    return Drawing(_WIDTH, bottom + 24, join([*grid, *rows]), alt)


def beside_drawing(rows: Sequence[Beside]) -> Drawing:
    """Benefit and harm side by side, a row for each regimen, each on one axis from 0 to 100%.

    Raises:
        ValueError: nothing to draw.
    """
    if not rows:
        raise ValueError("No chance to draw.")
    wide = (_WIDTH - _NAME_ROOM - 2 * _BETWEEN) // 2
    bottom = _HEAD + _ROW * len(rows) + 4
    names = [_name(row.label, _HEAD + _ROW * n + 20, _NAME_LETTERS) for n, row in enumerate(rows)]
    parts = [
        _column(_NAME_ROOM, wide, bottom, "Response (CR or PR)",
                [(row.benefit, theme.PRIMARY, False) for row in rows]),
        _column(_NAME_ROOM + wide + _BETWEEN, wide, bottom, "Severe toxicity (grade 3 or worse)",
                [(row.harm, theme.LOWERS, True) for row in rows]),
    ]  # fmt: skip
    said = [
        f"{row.label}: response {_told(row.benefit)}; severe toxicity {_told(row.harm)}"
        for row in rows
    ]
    alt = theme.alt_text("Response and severe toxicity, chances with 90% intervals", *said)
    return Drawing(_WIDTH, bottom + 24, join([*names, *parts]), alt)


def _column(
    left: float, wide: float, bottom: float, title: str,
    marks: Sequence[tuple[Chance | None, str, bool]],
) -> Markup:  # fmt: skip
    """One quantity: a scale, and a mark on its interval in each row; benefit round, harm square."""

    def across(p: float) -> float:
        return round(left + wide * p, 1)

    drawn = [_text(left, 12, title, fill=theme.TEXT)]
    for p in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawn += [
            _line(across(p), _HEAD, across(p), bottom, theme.HAIRLINE),
            _text(across(p), bottom + 16, f"{100 * p:.0f}%", anchor="middle"),
        ]
    for place, (chance, colour, is_square) in enumerate(marks):
        middle = _HEAD + _ROW * place + 16
        if chance is None:
            drawn.append(_text(across(0.02), middle + 4, "no forecast"))
            continue
        drawn.append(
            _line(across(chance.low), middle, across(chance.high), middle, colour, width=3)
        )
        x = across(chance.p)
        drawn.append(
            element("rect", x=x - 5, y=middle - 5, width=10, height=10, fill=colour)
            if is_square
            else element("circle", cx=x, cy=middle, r=5, fill=colour)
        )
    return join(drawn)


def _told(chance: Chance | None) -> str:
    return "not forecast" if chance is None else _percent(chance)


def bars_drawing(what: str, bars: Sequence[Bar]) -> Drawing:
    """What each fact adds, as bars left and right of nothing, with their intervals.

    Raises:
        ValueError: nothing to draw.
    """
    if not bars:
        raise ValueError("No bar to draw.")
    bottom = _ROW * len(bars) + 4
    inner = _WIDTH - _FACT_ROOM - _NUMBER_ROOM
    reach = max(max(abs(bar.effect), abs(bar.low), abs(bar.high)) for bar in bars) or 1.0

    def across(effect: float) -> float:
        return round(_FACT_ROOM + inner * (0.5 + 0.5 * effect / reach), 1)

    rows = [_line(across(0), 0, across(0), bottom, theme.MUTED)]
    for place, bar in enumerate(bars):
        middle = _ROW * place + 15
        colour = theme.RAISES if bar.effect > 0 else theme.LOWERS
        left, width = min(across(0), across(bar.effect)), abs(across(bar.effect) - across(0))
        rows += [
            _name(bar.label, middle + 4, _FACT_LETTERS),
            element("rect", x=left, y=middle - 7, width=round(width, 1), height=14, fill=colour,
                    fill_opacity=0.75),
            _line(across(bar.low), middle, across(bar.high), middle, theme.TEXT, width=1.5),
            _text(_WIDTH - _NUMBER_ROOM + 10, middle + 4, bar.text),
        ]  # fmt: skip
    said = [f"{bar.label}: {bar.text}" for bar in bars]
    return Drawing(_WIDTH, bottom, join(rows), theme.alt_text(what, *said))


def _percent(chance: Chance) -> str:
    return theme.percent(chance.p, chance.low, chance.high)


def _said(curve: SurvivalCurve, until: float) -> str:
    chance = curve.at(min(until, float(curve.months[-1])))
    return f"{_percent(chance)} at {until:g} months"


# -- one picture ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where months and shares lie on the paper."""

    until: float
    width: int = _WIDTH
    height: int = _HEIGHT
    right: int = _RIGHT
    top: int = _TOP

    def across(self, month: float) -> float:
        return round(_LEFT + (self.width - _LEFT - self.right) * month / self.until, 1)

    def down(self, share: float) -> float:
        return round(self.top + (self.height - self.top - _BOTTOM) * (1 - share), 1)

    def frame(self) -> Markup:
        """The axes with their marks."""
        floor, end = self.down(0), self.across(self.until)
        shares = [
            join(
                [
                    _line(_LEFT, self.down(p), end, self.down(p), theme.HAIRLINE),
                    _text(_LEFT - 8, self.down(p) + 4, f"{100 * p:.0f}%", anchor="end"),
                ]
            )
            for p in (0.0, 0.25, 0.5, 0.75, 1.0)
        ]
        step = _TICK_MONTHS if self.until > 2 * _TICK_MONTHS else _TICK_MONTHS // 2
        months = [
            join(
                [
                    _line(self.across(m), floor, self.across(m), floor + 5, theme.MUTED),
                    _text(self.across(m), floor + 19, str(m), anchor="middle"),
                ]
            )
            for m in range(0, int(self.until) + 1, step)
        ]
        return join([*shares, *months])

    def title(self, endpoint: str) -> Markup:
        """What the axes measure."""
        words = f"{endpoint}: months from the start of treatment"
        return _text(self.across(self.until / 2), self.height - 4, words, anchor="middle")

    def points(self, months: Sequence[float], shares: Sequence[float]) -> list[str]:
        """The places of a curve as far as the picture goes, one each half month or less often."""
        kept = [
            (month, share)
            for month, share in zip(months, shares, strict=True)
            if month <= self.until
        ]
        every = max(1, len(kept) // 120)
        chosen = kept[::every] + ([kept[-1]] if (len(kept) - 1) % every else [])
        return [f"{self.across(month)},{self.down(share)}" for month, share in chosen]

    def band(self, curve: SurvivalCurve, style: LineStyle) -> Markup:
        """The 90% band behind a curve."""
        upper = self.points(curve.months.tolist(), curve.high.tolist())
        lower = self.points(curve.months.tolist(), curve.low.tolist())
        shape = "M" + " L".join([*upper, *reversed(lower)]) + " Z"
        return element("path", d=shape, fill=style.colour, fill_opacity=0.12)

    def stroke(self, curve: SurvivalCurve, style: LineStyle) -> Markup:
        """The curve itself."""
        return element(
            "polyline",
            points=" ".join(self.points(curve.months.tolist(), curve.probability.tolist())),
            fill="none",
            stroke=style.colour,
            stroke_width=2.2,
            stroke_dasharray=_DASHES.get(style.dash),
        )

    def names(self, lines: Sequence[Line], styles: dict[str, LineStyle]) -> list[Markup]:
        """The names at the curves' ends, pushed apart where they would touch."""
        ends = [
            self.down(line.curve.at(min(self.until, float(line.curve.months[-1]))).p)
            for line in lines
        ]
        placed = spread(ends, [_LABEL_LINE] * len(lines), self.top, self.height - _BOTTOM)
        return [
            _text(
                self.across(self.until) + 8, round(centre + 4, 1),
                short(line.label, _LABEL_LETTERS), fill=styles[line.label].label,
            )
            for line, centre in zip(lines, placed, strict=True)
        ]  # fmt: skip


def _name(label: str, middle: float, letters: int) -> Markup:
    """The name of a row, in two lines where one is too short."""
    lines = broken(label, letters, 2)
    first = middle - 7 * (len(lines) - 1)
    return join([_text(0, first + 14 * n, words, fill=theme.TEXT) for n, words in enumerate(lines)])


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width)


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", fill: str = theme.MUTED
) -> Markup:
    return element("text", words, x=x, y=y, fill=fill, font_size=13, text_anchor=anchor)
