"""A report as plain data: what the JSON file holds, and what the printer is given."""

from __future__ import annotations

from typing import Any

from dashboard.reporting.document import (
    NOTICE,
    SYNTHETIC,
    Block,
    Callout,
    Document,
    Heading,
    Listing,
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
        "synthetic_words": SYNTHETIC,
        "notice": NOTICE,
        "blocks": [_block(block, with_pictures=with_pictures) for block in document.blocks],
        "sources": list(document.sources),
    }


def _block(block: Block, *, with_pictures: bool) -> dict[str, Any]:
    match block:
        case Heading(text, new_page):
            return {"kind": "heading", "text": text, "new_page": new_page}
        case Paragraph(text, small):
            return {"kind": "paragraph", "text": text, "small": small}
        case Callout(text):
            return {"kind": "callout", "text": text}
        case Listing(items):
            return {"kind": "listing", "items": list(items)}
        case Picture(drawing, caption, title):
            told = {"kind": "picture", "title": title, "alt": drawing.alt, "caption": caption}
            return told | ({"svg": drawing.svg} if with_pictures else {})
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": table.caption,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "widths": list(table.widths or [1.0] * len(table.header)),
        "note": table.note,
    }
