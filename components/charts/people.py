"""A chance as a hundred people, drawn to be handed out: five rows of twenty, a gap after ten.

The numbers are those of the screen in whole people: where the screen shows tenths of a percent they
are rounded, where it shows fives they stay fives. Filled are those to whom it happens if the middle
of the forecast is right; pale with an outline are those about whom the forecast is unsure.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.charts import theme
from components.charts.markup import Drawing, Markup, element, join
from dashboard.answers.forecast import Chance
from dashboard.answers.spoken import nearest, step_of_share

_ACROSS, _DOWN, _TEN = 20, 5, 10
_CELL, _ROW, _GAP = 17, 23, 8
_BODY = "M3.2,20 v-6.2 q0,-4.3 4.3,-4.3 q4.3,0 4.3,4.3 v6.2 z"
_HEAD = (7.5, 5.2, 3.2)
_EMPTY, _PALE = "#D3DAE1", 0.45


@dataclass(frozen=True, slots=True)
class People:
    """How many of a hundred: the middle, and the ends of the interval."""

    low: int
    middle: int
    high: int
    fewer_than_one: bool = False


def people_of(chance: Chance) -> People:
    """A chance in whole people: the figure of the screen, rounded to people where it is finer."""
    step = step_of_share(chance.low, chance.high)

    def whole(p: float) -> int:
        return min(100, int(nearest(nearest(100 * p, step))))

    middle = whole(chance.p)
    return People(whole(chance.low), middle, whole(chance.high), middle < 1 and chance.p > 0)


def people_drawing(people: People, alt: str, *, harm: bool = False) -> Drawing:
    """A hundred figures, twice ten in a row.

    Args:
        people: how many of them.
        alt: the words that stand for the picture.
        harm: whether it is something bad, which has a colour of its own.
    """
    colour = theme.LOWERS if harm else theme.PRIMARY
    figures = [_figure(place, people, colour) for place in range(_ACROSS * _DOWN)]
    width, height = _ACROSS * _CELL + _GAP, _DOWN * _ROW
    return Drawing(width, height, join(figures), alt)


def _figure(place: int, people: People, colour: str) -> Markup:
    """One of the hundred: full or empty, and pale with an outline where the forecast is unsure."""
    row, column = divmod(place, _ACROSS)
    filled, unsure = place < people.middle, people.low <= place < people.high
    x, y, radius = _HEAD
    return element(
        "g",
        element("circle", cx=x, cy=y, r=radius),
        element("path", d=_BODY),
        transform=f"translate({column * _CELL + (_GAP if column >= _TEN else 0)} {row * _ROW})",
        fill=colour if filled else theme.PAPER if unsure else _EMPTY,
        fill_opacity=_PALE if filled and unsure else None,
        stroke=colour if unsure else None,
        stroke_width=1.3 if unsure else None,
    )
