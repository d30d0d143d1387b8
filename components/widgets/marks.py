"""Small marks that tie a word to its curve: a piece of the regimen's own line, and cards with them.

Colour is never alone: every piece of line has its dash, and stands beside the name.
"""

from __future__ import annotations

from collections.abc import Iterable

from components.charts.markup import Drawing, Markup, element
from components.charts.theme import SMALL_DASHES, LineStyle

_WIDTH, _HEIGHT = 22, 8


def swatch(style: LineStyle) -> Markup:
    """A regimen's line as it is drawn in every chart; the name beside it says whose it is."""
    line = element(
        "line", x1=0, x2=_WIDTH, y1=_HEIGHT / 2, y2=_HEIGHT / 2, stroke=style.colour,
        stroke_width=3, stroke_dasharray=SMALL_DASHES[style.dash],
    )  # fmt: skip
    return element("span", Drawing(_WIDTH, _HEIGHT, line, "").image, class_="cc-swatch")


def named(style: LineStyle, label: str) -> Markup:
    """A regimen's name behind its line."""
    return element("span", swatch(style), element("span", label), class_="cc-name")


def cards(title: str, cards_of: Iterable[tuple[LineStyle, str, str, str]]) -> Markup:
    """A card for each regimen: its name, one large figure, and its interval beneath."""
    drawn = [
        element(
            "div",
            named(style, label),
            element("div", middle, class_="cc-large"),
            element("div", under, class_="cc-ends"),
            class_="cc-read",
        )
        for style, label, middle, under in cards_of
    ]
    return element("div", *drawn, class_="cc-reads", role="group", aria_label=title)
