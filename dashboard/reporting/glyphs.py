"""Which characters a printed page can show; one that no font holds is named in its place.

A name or a remark may hold any character. The typesetter's own fonts hold Latin, Greek, Cyrillic,
Hebrew and Arabic letters; for others the machine's fonts are asked; what is in neither, such as
most pictograms, stands there by name: `[slightly smiling face]`. So nothing is lost, and no
character can keep a page from being made.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import typst

_PROBE = b'#set document(title: "probe")\n#sys.inputs.sign'
# Latin with its accents, punctuation, arrows and signs of mathematics: always there.
_SURE = re.compile(
    "[\u0000-\u024f\u2010-\u2027\u202f\u2030-\u203a\u2190-\u2193\u2200-\u22ff\u25b2]"
)


@dataclass(frozen=True, slots=True)
class Printable:
    """A text that can be set, and whether the machine's fonts are needed for it."""

    text: str
    own_fonts: bool = True


def printable(text: str) -> Printable:
    """The same text, with the names of characters that no font holds."""
    unsure = sorted(set(_SURE.sub("", text)))
    own_fonts = True
    for sign in unsure:
        if _holds(sign, own_fonts=True):
            continue
        if _holds(sign, own_fonts=False):
            own_fonts = False
        else:
            text = text.replace(sign, name_of(sign))
    return Printable(text, own_fonts)


def name_of(sign: str) -> str:
    """A character in words: `[slightly smiling face]`, or its number where it has no name."""
    return f"[{unicodedata.name(sign, f'U+{ord(sign):04X}').lower()}]"


@lru_cache(maxsize=4096)
def _holds(sign: str, *, own_fonts: bool) -> bool:
    """Whether a font holds a character: without one, a tagged page cannot be set."""
    try:
        typst.compile(
            _PROBE, sys_inputs={"sign": sign}, ignore_system_fonts=own_fonts, pdf_standards="ua-1"
        )
    except typst.TypstError:
        return False
    return True
