"""Tables that people read: real HTML with a caption and headers, not a canvas.

A screen reader can walk them, they print, and they scroll inside themselves on a narrow screen. For
thousands of rows use Streamlit's data frame instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.charts.markup import Markup, element

Cell = Markup | str


@dataclass(frozen=True, slots=True)
class Column:
    """A column's title, and whether it holds numbers (right-aligned, even digits)."""

    title: str
    number: bool = False
    width: str = ""
    wraps: bool = False  # a long title takes several lines


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, quiet: bool = False
) -> Markup:
    """A table whose first column names each row.

    Args:
        caption: what the table shows; read first by a screen reader.
        columns: one for each cell of a row.
        rows: texts are escaped; markup stays as it is.
        quiet: hide the caption from the eye where a heading above says the same.
    """
    heads = [
        element("th", c.title, scope="col", class_=_head_class(c), style=_width(c)) for c in columns
    ]
    body = [_row(columns, row) for row in rows]
    drawn = element(
        "table",
        element("caption", caption, class_="cc-unseen" if quiet else None),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="cc-table",
    )
    return element(
        "div", drawn, class_="cc-scroll", tabindex="0", role="region", aria_label=caption
    )


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> Markup:
    first, *rest = zip(columns, cells, strict=True)
    head = element("th", first[1], scope="row", class_=_align(first[0]))
    return element("tr", head, *[element("td", cell, class_=_align(c)) for c, cell in rest])


def _align(column: Column) -> str | None:
    return "cc-number" if column.number else None


def _head_class(column: Column) -> str | None:
    return " ".join(filter(None, (_align(column), "cc-wraps" if column.wraps else None))) or None


def _width(column: Column) -> str | None:
    return f"width:{column.width}" if column.width else None
