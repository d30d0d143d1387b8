"""A drawing as a picture file: SVG as it stands, PNG set by Typst; no browser, no network.

The same drawing gives the same bytes. The words that stand for the picture go with the SVG.
"""

from __future__ import annotations

import json
from typing import Any

import typst

from components.charts.markup import Drawing

DOTS = 144  # an inch: twice as many as on a screen
_PAGE = """
#let drawing = json(bytes(sys.inputs.drawing))
#set page(width: drawing.width * 0.75pt, height: drawing.height * 0.75pt, margin: 0pt)
#image(bytes(drawing.svg), format: "svg", width: 100%)
"""


def as_svg(drawing: Drawing) -> bytes:
    """The drawing as a file of its own."""
    return drawing.svg.encode()


def as_png(drawing: Drawing) -> bytes:
    """The drawing in pixels, twice as fine as on a screen."""
    content = json.dumps(
        {"svg": drawing.svg, "width": drawing.width, "height": drawing.height}, ensure_ascii=False
    )
    made: Any = typst.compile(
        _PAGE.encode(), sys_inputs={"drawing": content}, format="png", ppi=DOTS
    )
    picture: bytes = made[0] if isinstance(made, list) else made
    return picture
