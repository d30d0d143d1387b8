"""What a cell's style adds to its number: a date, zeros in front, percent, a unit, a line through.

A spreadsheet keeps 0.6 and shows 60 %, keeps 123 and shows 000123, keeps 3.8 and shows 3.8 g/dL.
People see what is shown, so that is what is read. Of a number format only what changes the meaning
of a number is taken; digits and colours are not. A cell that is struck through was taken back by
somebody, and is told apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dashboard.records.units import UnitTable

_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_BUILT_IN_PERCENT = frozenset({9, 10})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_CODE_OF_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_TEXTS = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Styles:
    """The places among the cell styles that mean something."""

    dates: frozenset[int] = frozenset()
    percent: frozenset[int] = frozenset()
    zeros: dict[int, int] = field(default_factory=dict)  # to how many digits a number is filled up
    units: dict[int, str] = field(default_factory=dict)
    struck: frozenset[int] = frozenset()

    def shown(self, number: float, style: int) -> str:
        """The number as the style shows it; empty where the style adds nothing to it."""
        if style in self.percent:
            return f"{_plain(float(f'{number * 100:.15g}'))}%"
        if style in self.zeros and number.is_integer() and number >= 0:
            return str(int(number)).zfill(self.zeros[style])
        return f"{_plain(number)} {self.units[style]}" if style in self.units else ""


class StyleSheet:
    """The part with the styles, read as its elements come by."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._formats: list[tuple[int, int]] = []  # number format and font of each cell style
        self._struck_fonts: list[bool] = []
        self._inside = ""

    def start(self, name: str, found: dict[str, str]) -> None:
        """An element begins."""
        if name in {"cellXfs", "fonts"}:
            self._inside = name
        elif name == "numFmt":
            self._codes[_whole(found.get("numFmtId"))] = found.get("formatCode", "")
        elif name == "xf" and self._inside == "cellXfs":
            number, font = _whole(found.get("numFmtId")), _whole(found.get("fontId"))
            self._formats.append((number, font))
        elif name == "font" and self._inside == "fonts":
            self._struck_fonts.append(False)
        elif name == "strike" and self._inside == "fonts" and self._struck_fonts:
            self._struck_fonts[-1] = found.get("val", "1") not in {"0", "false"}

    def end(self, name: str) -> None:
        """An element ends."""
        if name == self._inside:
            self._inside = ""

    def styles(self) -> Styles:
        """What was found."""
        codes = [self._code(number) for number, _ in self._formats]
        units = {place: unit for place, code in enumerate(codes) if (unit := _unit_in(code))}
        return Styles(
            frozenset(place for place, (n, _) in enumerate(self._formats) if self._is_date(n)),
            frozenset(
                place
                for place, (number, _) in enumerate(self._formats)
                if number in _BUILT_IN_PERCENT or "%" in _NOT_CODE.sub("", codes[place])
            ),
            {place: len(code) for place, code in enumerate(codes) if _ZEROS.fullmatch(code)},
            units,
            frozenset(
                place
                for place, (_, font) in enumerate(self._formats)
                if 0 <= font < len(self._struck_fonts) and self._struck_fonts[font]
            ),
        )

    def _code(self, number: int) -> str:
        return self._codes.get(number, "").partition(";")[0]

    def _is_date(self, number: int) -> bool:
        code = self._codes.get(number, "")
        return number in _BUILT_IN_DATES or bool(_CODE_OF_DATE.search(_NOT_CODE.sub("", code)))


def _unit_in(code: str) -> str:
    """The unit that a number format writes behind the number: 0.0 "g/dL"."""
    if not re.search("[0#?]", _NOT_CODE.sub("", code)):
        return ""
    texts = (text.strip() for text in _TEXTS.findall(code))
    return next((text for text in texts if UnitTable.standard().knows(text)), "")


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"  # noqa: PLR2004 - spreadsheets keep fifteen digits


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1
