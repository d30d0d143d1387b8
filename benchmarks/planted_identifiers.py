"""Invented identifiers of eighteen kinds, planted in columns and in sentences, to be found again.

Words, headers, sentences and styles stand in `planted_identifiers.toml`; nobody in it exists. Some
of the columns that can be known by their content have a header that says nothing. Clinical columns
and sentences stand beside them, to count what is taken for an identifier by mistake.
"""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dashboard.records.identifiers import Identifier, folded, word_lists

ROWS = 10
_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CLINICAL_COLUMNS: dict[str, list[str]] = _DATA["clinical_columns"]
CLINICAL_SENTENCES: list[str] = _DATA["clinical"]["sentences"]
KINDS = tuple(Identifier(name) for name in _DATA["headers"])
_KNOWN_BY_CONTENT = frozenset(
    {Identifier.NAME, Identifier.DATE, Identifier.PHONE, Identifier.EMAIL, Identifier.URL}
    | {Identifier.NATIONAL_NUMBER, Identifier.IP, Identifier.PHOTO, Identifier.OTHER_CODE}
)
_OPAQUE = 0.2  # of those
_CAPITALS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_TOKEN = re.compile(r"\{(\w+)\}|(9)|(?<![A-Za-z])(A+)(?![a-z])|(#+)|(?<=HG)(x+)")


@dataclass(frozen=True, slots=True)
class PlantedColumn:
    """A column in which every cell holds one identifier."""

    kind: Identifier
    header: str
    cells: tuple[str, ...]
    opaque: bool  # the header says nothing


@dataclass(frozen=True, slots=True)
class PlantedText:
    """A sentence with one identifier in it."""

    kind: Identifier
    text: str
    planted: str


def planted_columns(cells: int, seed: int = 1) -> list[PlantedColumn]:
    """Columns of ten cells each, spread evenly over the kinds."""
    draw = random.Random(seed)  # noqa: S311 - test data
    columns = []
    for number in range(cells // ROWS):
        kind = KINDS[number % len(KINDS)]
        opaque = kind in _KNOWN_BY_CONTENT and draw.random() < _OPAQUE
        header = f"col{number}" if opaque else draw.choice(_DATA["headers"][kind])
        style = draw.choice(_DATA["styles"][kind])
        made = tuple(_made(style, draw) for _ in range(ROWS))
        columns.append(PlantedColumn(kind, header, made, opaque))
    return columns


def planted_texts(cells: int, seed: int = 2) -> list[PlantedText]:
    """Sentences with one identifier each, spread evenly over the kinds."""
    draw = random.Random(seed)  # noqa: S311 - test data
    texts = []
    for number in range(cells):
        kind = KINDS[number % len(KINDS)]
        planted = _made(draw.choice(_DATA["styles"][kind]), draw)
        lead = draw.choice(("", "", draw.choice(CLINICAL_SENTENCES) + " "))
        text = lead + draw.choice(_DATA["sentences"][kind]).format(it=planted)
        texts.append(PlantedText(kind, text, planted))
    return texts


def is_listed(name: str) -> bool:
    """Whether any part of a name stands in the product's own lists."""
    lists = word_lists()
    parts = [folded(part.strip(",.")) for part in name.replace("-", " ").split()]
    return any(part in lists.first_names or part in lists.surnames for part in parts)


def _made(style: str, draw: random.Random) -> str:
    """One identifier in a style, every sign of it drawn."""
    if style.startswith("{") and ("first" in style or "street" in style):
        return _filled(style, draw)
    return _TOKEN.sub(lambda token: _drawn(token, draw), style)


def _filled(style: str, draw: random.Random) -> str:
    street = draw.choice(_DATA["streets"]).format(n=draw.randrange(1, 200))
    return style.format(
        first=draw.choice(_DATA["first"]),
        last=draw.choice(_DATA["last"]),
        town=draw.choice(_DATA["towns"]),
        street=street,
    )


def _drawn(token: re.Match[str], draw: random.Random) -> str:
    word, digit, capitals, hexadecimal, chassis = token.groups()
    if word:
        return _WORDS[word](draw)
    if digit:
        return draw.choice(string.digits)
    if capitals:
        return _some(_CAPITALS, len(capitals), draw)
    if hexadecimal:
        return _some("0123456789abcdef", len(hexadecimal), draw)
    return _some(_CAPITALS.replace("Z", "") + string.digits, len(chassis), draw)


def _some(signs: str, count: int, draw: random.Random) -> str:
    return "".join(draw.choice(signs) for _ in range(count))


_WORDS: dict[str, Callable[[random.Random], str]] = {
    "name": lambda draw: folded(draw.choice(_DATA["last"])).replace("'", ""),
    "day": lambda draw: f"{draw.randrange(1, 29):02d}",
    "month": lambda draw: f"{draw.randrange(1, 13):02d}",
    "year": lambda draw: str(draw.randrange(2015, 2025)),
    "born": lambda draw: str(draw.randrange(1930, 2000)),
    "byte": lambda draw: str(draw.randrange(1, 255)),
}
