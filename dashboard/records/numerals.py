"""Which number a text says, in every way that people and machines write numbers.

`read_numeral` takes a text apart into comparator, number and unit, and says what it had to read
away (a laboratory's flag, a reference range, foreign digits). A text that can be meant in two ways
(3,9 as 3.9 or 39; 150,000; 1 000) comes back with its readings and no number; what is no number at
all comes back with the reason in words. Which reading is right, and whether the value makes sense,
is for others to decide.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)

_DASHES = "\u2212\u2010\u2011\u2012\u2013\u2014\u2015\ufe63\uff0d"
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_LOOKS = {ord(dash): "-" for dash in _DASHES} | {ord(blank): None for blank in _INVISIBLE}
_LOOKS |= {
    ord("≤"): "<=",
    ord("≥"): ">=",
    ord("⩽"): "<=",
    ord("⩾"): ">=",
    ord("\u066b"): ".",  # Arabic decimal separator
    ord("\u066c"): ",",  # Arabic thousands separator
    ord("\u2019"): "'",
    ord("\u02bc"): "'",
}

_COMPARATORS = {
    "<=": "<=", "=<": "<=", "at most": "<=", "up to": "<=",
    ">=": ">=", "=>": ">=", "at least": ">=",
    "<": "<", "less than": "<", "below": "<", "under": "<",
    ">": ">", "greater than": ">", "more than": ">", "above": ">", "over": ">",
    "=": "", "~": "~", "ca.": "~", "ca": "~", "approx.": "~", "approx": "~", "about": "~",
}  # fmt: skip
_COMPARATOR = "|".join(re.escape(word) for word in sorted(_COMPARATORS, key=len, reverse=True))
_GRAMMAR = re.compile(
    rf"""\s*(?P<comparator>{_COMPARATOR})?\s*
    (?P<sign>[+-]?)\s?
    (?P<body>\d{{1,3}}(?:[ ']\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*(?:[.,](?![.,]))?|[.,]\d+)
    (?P<exponent>e[+-]?\d+)?
    (?P<rest>.*)""",
    re.ASCII | re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_INFINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?|1\.#inf.*|1\.#qnan.*)", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+", re.ASCII)
_SPREAD = re.compile(
    r"\s*(?:-|to\b|\.\.\.?|bis\b|until\b|and\b)\s*[<>=]*\s*[\d.,]+\s*(?P<unit>\D*)$"
)
_REFERENCE = re.compile(r"[(\[][^()\[\]]*\d[^()\[\]]*[)\]]\s*$")
_LABORATORY_FLAG = re.compile(
    r"(?:^|(?<=[\s%)]))[(\[]?(?:HH?|LL?|\*{1,3}|!{1,3}|↑{1,3}|↓{1,3}|[Hh]igh|[Ll]ow|N|[Nn]ormal)[)\]]?$"
)
_DATE_LIKE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:[T ]\d.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A text taken apart; `number` is None where it is none, or where `readings` are several."""

    number: float | None = None
    comparator: str = ""
    unit: str = ""
    readings: tuple[float, ...] = ()
    doubt: str = ""  # decimal | thousands | space: what the readings differ in
    problem: str = ""  # why it is not a number, as the middle of a sentence
    spread: bool = False  # a range such as 1-49
    note: str = ""  # what was read away


def plain_text(text: str) -> str:
    """The text with digits, signs and blanks of other scripts written in the plain ones."""
    if text.isascii():
        return text.strip()
    pieces = (
        str(unicodedata.decimal(character))
        if character.isdecimal()
        else unicodedata.normalize("NFKC", character)
        if "\uff01" <= character <= "\uff5e"
        else " "
        if character.isspace()
        else character
        for character in text.translate(_LOOKS)
    )
    return "".join(pieces).strip()


def read_numeral(text: str, decimal: str = ".") -> Numeral:
    """Take a text apart into comparator, number and unit.

    Args:
        text: what stood in the cell.
        decimal: the decimal mark of the file, "." or ",".
    """
    plain = plain_text(text)
    note = "" if plain == text.strip() else f"'{text.strip()}' read as {plain}"
    problem = _not_a_number(plain)
    if problem:
        return Numeral(problem=problem)
    parts = _GRAMMAR.fullmatch(plain)
    if parts is None:
        return Numeral(problem="is not a number")
    rest = parts["rest"]
    spread = _SPREAD.fullmatch(rest)
    if spread is not None:
        return Numeral(
            problem="is a range, not one number", spread=True, unit=spread["unit"].strip()
        )
    unit, dropped = _without_flags(rest.strip())
    fault = _fault_after_number(rest, unit)
    if fault:
        return Numeral(problem=fault)
    return _with_number(parts, unit, decimal, "; ".join(filter(None, (note, dropped))))


def _not_a_number(plain: str) -> str:
    if any(not character.isprintable() for character in plain):
        return "contains a control character"
    if _INFINITE.fullmatch(plain):
        return "is not a finite number"
    if re.match(r"[+-]?0[xob]", plain, re.IGNORECASE):
        return "is a number in computer notation"
    if re.search(r"\d_", plain):
        return "contains an underscore"
    return "looks like a date" if _DATE_LIKE.fullmatch(plain) else ""


def _without_flags(rest: str) -> tuple[str, str]:
    dropped = []
    for pattern, name in ((_REFERENCE, "reference range"), (_LABORATORY_FLAG, "flag")):
        found = pattern.search(rest)
        if found is not None and found.group().strip():
            dropped.append(f"{name} '{found.group().strip()}' not used")
            rest = rest[: found.start()].strip()
    return rest, "; ".join(dropped)


def _fault_after_number(rest: str, unit: str) -> str:
    if re.fullmatch(r"/\d+", unit):
        return "is a fraction, not one number"
    if unit[:1] in {"+", "-", "±"} or re.match(r"[.,:]", rest):
        return "is not one number"
    return ""


def _with_number(parts: re.Match[str], unit: str, decimal: str, note: str) -> Numeral:
    bodies, doubt = _bodies(parts["body"], decimal)
    if not bodies:
        return Numeral(problem="mixes points and commas in a way that is no number")
    sign = "-" if parts["sign"] == "-" else ""
    numbers = [float(f"{sign}{body}{parts['exponent'] or ''}") + 0.0 for body in bodies]
    if not all(map(math.isfinite, numbers)):
        return Numeral(problem="is not a finite number")
    comparator = _COMPARATORS[(parts["comparator"] or "=").casefold()]
    if doubt and (doubt != "decimal" or len(set(numbers)) > 1):
        return Numeral(None, comparator, unit, tuple(numbers), doubt, note=note)
    return Numeral(numbers[0], comparator, unit, note=note)


def _bodies(body: str, decimal: str) -> tuple[list[str], str]:
    """The ways the digits may be meant, as Python writes them, and what they differ in."""
    if " " in body or "'" in body:
        return [re.sub("[ ']", "", body).replace(",", ".")], "space"
    other = "," if decimal == "." else "."
    if other not in body:
        return _with_own_mark(body, decimal)
    if decimal in body:
        return _with_both_marks(body, decimal, other)
    joined = body.replace(other, "")
    if body.count(other) > 1:
        return ([joined], "thousands") if _GROUPED.fullmatch(body) else ([], "")
    if _GROUPED.fullmatch(body):
        return [joined, body.replace(other, ".")], "thousands"
    return [body.replace(other, "."), joined or "0"], "decimal"


def _with_own_mark(body: str, decimal: str) -> tuple[list[str], str]:
    if body.count(decimal) <= 1:
        return [body.replace(decimal, ".")], ""
    return ([body.replace(decimal, "")], "thousands") if _GROUPED.fullmatch(body) else ([], "")


def _with_both_marks(body: str, decimal: str, other: str) -> tuple[list[str], str]:
    last, first = (decimal, other) if body.rfind(decimal) > body.rfind(other) else (other, decimal)
    whole, _, part = body.rpartition(last)
    if last in whole or not _GROUPED.fullmatch(whole) or len(set(whole) & {".", ","}) != 1:
        return [], ""
    return [f"{whole.replace(first, '')}.{part}"], "" if last == decimal else "thousands"
