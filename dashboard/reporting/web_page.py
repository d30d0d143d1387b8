"""A report as one HTML file: no script, nothing fetched, readable in any browser and aloud."""

from __future__ import annotations

from components.charts import theme
from components.charts.markup import Markup, element, join, stylesheet
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
@media print {{ body {{ margin: 0; max-width: none; }} tr, figure {{ break-inside: avoid; }} }}
"""


def render_html(document: Document) -> bytes:
    """The report as a page that stands alone."""
    badge = element("span", "▲ SYNTHETIC", class_="synthetic") if document.synthetic else None
    said = f"{document.subtitle}. Made on {document.made_on.isoformat()}. "
    opening = element(
        "header",
        element("h1", document.title),
        element("p", said, badge, class_="quiet"),
    )
    sources = [element("li", source) for source in document.sources]
    closing = [element("h2", "Sources"), element("ol", *sources)] if sources else []
    warned = f"{SYNTHETIC}. {NOTICE}" if document.synthetic else NOTICE
    body = element(
        "body",
        opening,
        element("main", *map(_block, document.blocks), *closing),
        element("footer", element("p", warned, class_="quiet")),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", document.title),
        stylesheet(_STYLE),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


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
        case Picture(drawing, caption):
            said = element("figcaption", caption, class_="quiet")
            return element("figure", drawing.image, said)
        case Table():
            return _table(block)


def _table(table: Table) -> Markup:
    head = element("tr", *[element("th", cell, scope="col") for cell in table.header])
    rows = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *[element("td", cell) for cell in row[1:]],
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
