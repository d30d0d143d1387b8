"""The report on the screen: its first page as a picture, and the files it can be taken as."""

from __future__ import annotations

import base64
from collections.abc import Callable

from components.charts.markup import Markup, element
from components.widgets.downloads import Offer
from dashboard.reporting.document import Form

KINDS = {
    Form.PDF: ("PDF", "application/pdf"),
    Form.PPTX: (
        "Slides (PPTX)",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    Form.HTML: ("Web page (HTML)", "text/html"),
    Form.JSON: ("Data (JSON)", "application/json"),
}


def report_offers(name: str, make: Callable[[Form], bytes]) -> list[Offer]:
    """A file of every form, made when it is asked for."""

    def maker(form: Form) -> Callable[[], bytes]:
        return lambda: make(form)

    return [
        Offer(label, f"{name}-report.{form}", mime, maker(form))
        for form, (label, mime) in KINDS.items()
    ]


def first_page(picture: bytes, title: str) -> Markup:
    """The first page, with words for those who cannot see it."""
    said = f"First page of the report: {title}. The web page on offer holds the same words."
    data = base64.b64encode(picture).decode()
    return element("img", src=f"data:image/png;base64,{data}", alt=said, class_="cc-paper")
