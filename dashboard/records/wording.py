"""How findings show what came in: escaped, shortened, and the same everywhere.

A message may stand on a screen, in a log line and in a terminal, so control characters, line breaks
and invisible characters are made visible and nothing longer than a line is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST_SHOWN = 80

_UNITS = {
    "1": "",
    "fraction": "",
    "ratio": "",
    "score": "",
    "xULN": "\N{MULTIPLICATION SIGN} ULN",
    "x ULN": "\N{MULTIPLICATION SIGN} ULN",
    "10^9/L": "\N{MULTIPLICATION SIGN} 10⁹/L",
    "kg/m2": "kg/m²",
    "m2": "m²",
}
_ONE = {
    name: name.removesuffix("s")
    for name in ("years", "months", "sites", "nodes", "cells", "pack-years", "points")
}


def shown(text: str, longest: int = LONGEST_SHOWN) -> str:
    """The text as a message may repeat it: one line, printable, at most so many characters."""
    if len(text) <= longest and text.isascii() and text.isprintable():
        return text
    clipped = text[: longest + 1]
    plain = "".join(c if c.isprintable() else _escaped(c) for c in clipped)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def figure(value: float) -> str:
    """A number without needless digits."""
    return f"{value:.10g}"


def rounded(value: float) -> str:
    """A number to four digits, for limits that were converted."""
    return figure(float(f"{value:.4g}"))


def counted(number: int, noun: str, several: str = "") -> str:
    """A number of things in words: 1 patient, 2 patients, 3 studies."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {several or noun + 's'}"


def unit_label(unit: str) -> str:
    """A unit as people write it; nothing for a bare number."""
    return _UNITS.get(unit, unit)


def measured(written: str, unit: str, *, is_one: bool = False) -> str:
    """A number that is written already, with its unit: 1 month, 2 months, 5%, 1.4 × ULN."""
    told = unit_label(unit)
    if not told:
        return written
    told = _ONE.get(told, told) if is_one else told
    return f"{written}%" if told == "%" else f"{written} {told}"


def either(items: Sequence[str]) -> str:
    """The items as a spoken list: a, b or c."""
    if len(items) < 2:  # noqa: PLR2004 - two is what makes a list
        return "".join(items)
    return f"{', '.join(items[:-1])} or {items[-1]}"


def some_rows(rows: Iterable[int], most: int = 8) -> str:
    """Row numbers in words: 'row 4', 'rows 4, 9 and 12', 'rows 4, 9, ... and 120 more'."""
    numbers = sorted(rows)
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    if len(numbers) > most:
        first = ", ".join(map(str, numbers[:most]))
        return f"rows {first} and {len(numbers) - most} more"
    return f"rows {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _escaped(character: str) -> str:
    return repr(character)[1:-1]
