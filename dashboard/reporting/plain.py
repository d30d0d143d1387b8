"""A report as plain data: what the JSON file holds, and what the printer is given."""

from __future__ import annotations

from typing import Any

from dashboard.reporting.document import (
    Block,
    Callout,
    Document,
    Heading,
    Listing,
    Panel,
    Panels,
    Paragraph,
    Picture,
    Table,
)


def as_data(document: Document, *, with_pictures: bool = True) -> dict[str, Any]:
    """A document as texts, lists and truth values.

    Args:
        document: the report.
        with_pictures: whether drawings go along as SVG, or their words alone.
    """
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "made_on": document.made_on.isoformat(),
        "synthetic": document.synthetic,
        "synthetic_words": document.frame.synthetic,
        "notice": document.frame.notice,
        "stamp": document.stamp,
        "language": document.frame.language,
        "frame": _frame(document),
        "blocks": [_block(block, with_pictures=with_pictures) for block in document.blocks],
        "sources": list(document.sources),
    }


def _block(block: Block, *, with_pictures: bool) -> dict[str, Any]:
    match block:
        case Heading(text, new_page):
            return {"kind": "heading", "text": text, "new_page": new_page}
        case Paragraph(text, small, leads):
            return {"kind": "paragraph", "text": text, "small": small, "leads": leads}
        case Callout(text):
            return {"kind": "callout", "text": text}
        case Listing(items):
            return {"kind": "listing", "items": list(items)}
        case Table():
            return _table(block)
        case Picture() | Panels():
            return _drawn(block, with_pictures=with_pictures)


def _drawn(block: Picture | Panels, *, with_pictures: bool) -> dict[str, Any]:
    """What holds drawings, with or without them."""
    if isinstance(block, Panels):
        panels = [_panel(item, with_pictures=with_pictures) for item in block.items]
        notes = list(block.notes)
        return {"kind": "panels", "title": block.title, "items": panels, "notes": notes}
    drawing = block.drawing
    told = {"kind": "picture", "title": block.title, "alt": drawing.alt, "caption": block.caption}
    return told | ({"svg": drawing.svg} if with_pictures else {})


def _frame(document: Document) -> dict[str, Any]:
    """The words around the content."""
    frame = document.frame
    before, between, after = _page_words(frame.page_of)
    return {
        "dated": document.dated,
        "page": [before, between, after],
        "sources": frame.sources,
        "synthetic_mark": frame.synthetic_mark,
        "large": frame.large,
    }


def _page_words(page_of: str) -> tuple[str, str, str]:
    """The words before the page, between page and pages, and after."""
    before, _, rest = page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    return before, between, after


def _panel(panel: Panel, *, with_pictures: bool) -> dict[str, Any]:
    told = {"title": panel.title, "words": panel.words, "small": panel.small}
    if panel.drawing is None:
        return told
    told["alt"] = panel.drawing.alt
    return told | ({"svg": panel.drawing.svg} if with_pictures else {})


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": table.caption,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "widths": list(table.widths or [1.0] * len(table.header)),
        "note": table.note,
    }
