"""A report as one HTML file: no script, nothing fetched, readable in any browser and aloud."""

from __future__ import annotations

import re

from components.charts import theme
from components.charts.markup import Markup, element, join, stylesheet
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

_FIGURE = re.compile(r"\S+ \(\S+ to \S+\)")  # with its interval; neither breaks a line
_STYLE = f"""
body {{ font: 16px/1.45 {theme.FONT}; color: {theme.TEXT}; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.8rem; margin: 0; }} h2 {{ font-size: 1.25rem; margin: 2rem 0 .5rem; }}
.quiet {{ color: {theme.MUTED}; font-size: .875rem; }}
.synthetic, .callout {{ background: {theme.CAUTION_TINT}; color: {theme.CAUTION};
  padding: .2rem .6rem; border-radius: 4px; }}
.synthetic {{ font-weight: 650; font-size: .8rem; }} .callout {{ padding: .6rem .8rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-size: .9rem; }}
caption {{ text-align: left; font-weight: 600; padding: .4rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .5rem;
  border-bottom: 1px solid {theme.HAIRLINE}; }}
thead th {{ border-bottom: 2px solid {theme.CONTROL}; }}
figure {{ margin: 1rem 0; }} img {{ max-width: 100%; height: auto; }}
footer {{ margin-top: 2rem; border-top: 1px solid {theme.HAIRLINE}; }}
h3 {{ font-size: 1.05rem; margin: 1.4rem 0 .3rem; }}
.side {{ display: flex; gap: 1.5rem; flex-wrap: wrap; }} .side > div {{ flex: 1 1 14rem; }}
.side p {{ margin: .2rem 0; }} td {{ white-space: pre-line; }}
td.whole {{ white-space: nowrap; }}
@media print {{ body {{ margin: 0; max-width: none; }} tr, figure {{ break-inside: avoid; }} }}
"""


def render_html(document: Document) -> bytes:
    """The report as a page that stands alone."""
    frame = document.frame
    mark = f"▲ {frame.synthetic_mark}"
    badge = element("span", mark, class_="synthetic") if document.synthetic else None
    said = f"{document.subtitle}. {document.dated}. "
    opening = element(
        "header",
        element("h1", document.title),
        element("p", said, badge, class_="quiet"),
    )
    sources = [element("li", source) for source in document.sources]
    closing = [element("h2", frame.sources), element("ol", *sources)] if sources else []
    closing_words = [words for words in (document.warned, document.stamp) if words]
    body = element(
        "body",
        opening,
        element("main", *map(_block, document.blocks), *closing),
        element("footer", *[element("p", words, class_="quiet") for words in closing_words]),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", document.title),
        stylesheet(_STYLE),
    )
    return f"<!doctype html>\n{element('html', head, body, lang=frame.language)}\n".encode()


def _block(block: Block) -> Markup:
    match block:
        case Heading(text):
            return element("h2", text)
        case Paragraph(text, small):
            return element("p", text, class_="quiet" if small else None)
        case Callout(text):
            return element("p", f"▲ {text}", class_="callout")
        case Listing(items):
            return element("ul", *[element("li", item) for item in items])
        case Table():
            return _table(block)
        case Picture() | Panels():
            return _drawn(block)


def _drawn(block: Picture | Panels) -> Markup:
    """What holds drawings."""
    if isinstance(block, Picture):
        said = element("figcaption", block.caption, class_="quiet")
        named = element("p", element("strong", block.title)) if block.title else None
        return element("figure", named, block.drawing.image, said)
    held = element("div", *map(_panel, block.items), class_="side")
    notes = [element("p", note) for note in block.notes]
    return element("section", element("h3", block.title), held, *notes)


def _panel(panel: Panel) -> Markup:
    drawn = panel.drawing.image if panel.drawing else None
    return element(
        "div",
        element("p", panel.title),
        drawn,
        element("p", element("strong", panel.words)),
        element("p", panel.small, class_="quiet") if panel.small else None,
    )


def _table(table: Table) -> Markup:
    head = element("tr", *[element("th", cell, scope="col") for cell in table.header])
    rows = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *[
                element("td", cell, class_="whole" if _FIGURE.fullmatch(cell) else None)
                for cell in row[1:]
            ],
        )
        for row in table.rows
    ]
    shown = element(
        "table",
        element("caption", table.caption),
        element("thead", head),
        element("tbody", *rows),
    )
    note = element("p", table.note, class_="quiet") if table.note else None
    return join([element("div", shown, class_="wide"), note])
