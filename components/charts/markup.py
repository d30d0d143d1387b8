"""How text becomes HTML or SVG without ever becoming code.

Every element is made by `element`, which escapes whatever is not `Markup` already; the screen only
accepts `Markup`. So a note that contains a script is shown as the letters somebody typed. Raw HTML
strings have no way in: `Markup` is made here and nowhere else.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from dataclasses import dataclass

VOID = frozenset({"img", "meta", "br", "rect", "line", "circle", "path", "polyline"})


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of a document in which every text has been escaped."""

    text: str

    def __str__(self) -> str:
        return self.text


def element(
    name: str, /, *children: Markup | str | None, **attributes: str | float | None
) -> Markup:
    """One element; texts and attributes are escaped, None is left out.

    Attribute names are written as in Python: `class_`, `aria_label`, `stroke_width`.
    """
    written = "".join(
        f' {_attribute(key)}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def stylesheet(rules: str) -> Markup:
    """Rules of style, written as they stand; they come from the program, never from a record.

    Raises:
        ValueError: something in them could end the element.
    """
    if "<" in rules:
        raise ValueError("Rules of style hold no markup.")
    return Markup(f"<style>{rules}</style>")


def unbroken(text: str) -> str:
    """A figure with its interval or unit, which no line breaks apart."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def join(children: Iterable[Markup | str | None]) -> Markup:
    """Pieces one after the other; texts are escaped."""
    return Markup("".join(_child(child) for child in children if child is not None))


_FONT = (
    "'Source Sans 3','Source Sans Pro','Segoe UI',Arial,'Liberation Sans','DejaVu Sans',sans-serif"
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture made of vectors, with the words that stand for it."""

    width: int
    height: int
    content: Markup
    alt: str

    @property
    def svg(self) -> str:
        """The picture as a document of its own."""
        return self._document(element("title", self.alt))

    def _document(self, title: Markup | None) -> str:
        font = _FONT if "<text" in self.content.text else None
        return str(
            element(
                "svg",
                title,
                self.content,
                xmlns="http://www.w3.org/2000/svg",
                viewBox=f"0 0 {self.width} {self.height}",
                width=self.width,
                height=self.height,
                font_family=font,
            )
        )

    @property
    def image(self) -> Markup:
        """The picture as an image in a page; scripts cannot run inside an image.

        The words stand beside the image and not in it again: a page holds dozens of small ones.
        """
        data = base64.b64encode(self._document(None).encode()).decode()
        return element(
            "img",
            class_="cc-drawing",
            src=f"data:image/svg+xml;base64,{data}",
            alt=self.alt,
            width=self.width,
            height=self.height,
        )


def _attribute(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")


def _child(child: Markup | str) -> str:
    return child.text if isinstance(child, Markup) else html.escape(child)
