"""A report as PDF, set by Typst: no browser, no network, the same bytes for the same document.

The content is handed over as data beside a fixed layout (`report.typ`), so nothing in a record can
be taken for an instruction to the typesetter. The PDF is tagged for screen readers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from dashboard.reporting.document import Document
from dashboard.reporting.glyphs import printable
from dashboard.reporting.plain import as_data

LAYOUT = Path(__file__).with_name("report.typ")
# An inch, so that a line of 174 mm has as many dots as a drawing has units: where the two differ,
# the typesetter leaves out a row of dots, which goes through the words of a chart.
_PREVIEW_DOTS = 760 / 174 * 25.4


def render_pdf(document: Document) -> bytes:
    """The report on A4 pages."""
    pdf: bytes = _set(document, pdf_standards="ua-1")
    return pdf


def render_pages(document: Document) -> list[bytes]:
    """Every page as a picture (PNG), to be looked at before the file is taken."""
    pages: Any = _set(document, format="png", ppi=_PREVIEW_DOTS)
    return pages if isinstance(pages, list) else [pages]


def _set(document: Document, **form: Any) -> Any:
    """The document in its layout; the same bytes on every machine, unless its letters are rare."""
    content = printable(json.dumps(as_data(document), ensure_ascii=False))
    return typst.compile(
        LAYOUT.read_bytes(),
        sys_inputs={"document": content.text},
        ignore_system_fonts=content.own_fonts,
        **form,
    )
