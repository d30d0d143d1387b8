"""The parts of an XLSX file, streamed: what a workbook holds, its strings, its styles, its cells.

An XLSX file is a zip of XML. Each part is fed to expat piece by piece and reduced at once to the
little that a table needs; nothing is kept of blank cells, however many the file declares. Document
types and entities are refused where they appear, no address in the file is ever opened.
"""

from __future__ import annotations

import contextlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn
from xml.parsers import expat

from dashboard.records.uploads import MOST_CELLS
from dashboard.records.wording import shown
from dashboard.records.workbook_styles import Styles, StyleSheet

MOST_UNPACKED = 100_000_000  # bytes of one part; the gate has refused larger files before
_PIECE = 1 << 16
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_DAY_ZERO = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - spreadsheet dates have no zone
_FALSE_LEAP_DAY = 60  # the 1900 system counts a 29 February 1900 that never was
_LAST_DAY = {False: 2_958_465, True: 2_957_003}  # 9999-12-31
_SAFE_DIGITS = 1e15  # spreadsheets keep fifteen digits of a number


# What zipfile raises over a file that is cut, overwritten, or packed in ways it does not know.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,  # an offset before the beginning, a name in no encoding
)


class UnreadableWorkbook(Exception):
    """A part that is not what it says: the message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet of the workbook: its name, its part in the zip, whether it is shown."""

    name: str
    path: str
    hidden: bool


@dataclass(slots=True)
class Book:
    """What the workbook says of itself."""

    sheets: list[SheetEntry] = field(default_factory=list)
    from_1904: bool = False
    strings: list[str] = field(default_factory=list)
    styles: Styles = field(default_factory=Styles)


@dataclass(slots=True)
class Grid:
    """The filled cells of a sheet, by row and column from 0, and what a reader should know."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    width: int = 0
    dates: set[tuple[int, int]] = field(default_factory=set)
    unsaved: list[str] = field(default_factory=list)  # formulas without a stored result
    struck: list[tuple[str, str]] = field(default_factory=list)  # cells with a line through them
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    too_large: str = ""


def parse_part(
    archive: zipfile.ZipFile,
    path: str,
    start: Callable[[str, dict[str, str]], None],
    *,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Feed one part to these handlers; names come without their prefix.

    Raises:
        UnreadableWorkbook: the part is missing, damaged, too large or declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, found: start(name.rpartition(":")[2], found)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        for piece in _pieces(archive, path):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableWorkbook(f"its part {shown(path)} is damaged ({error})") from error


def _pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    total = 0
    try:
        with archive.open(path) as part:
            while piece := part.read(_PIECE):
                total += len(piece)
                if total > MOST_UNPACKED:
                    raise UnreadableWorkbook(f"its part {shown(path)} is too large")
                yield piece
    except KeyError as error:
        raise UnreadableWorkbook(f"its part {shown(path)} is missing") from error
    except DAMAGE as error:
        raise UnreadableWorkbook(f"its part {shown(path)} is damaged ({error})") from error


def _refuse_doctype(*_: object) -> NoReturn:
    raise UnreadableWorkbook("it declares a document type or entities, which are not accepted")


def read_book(archive: zipfile.ZipFile) -> Book:
    """The sheets, strings and styles of a workbook."""
    book = Book()
    targets = _targets(archive, "xl/_rels/workbook.xml.rels")
    entries: list[tuple[str, str, bool]] = []

    def start(name: str, found: dict[str, str]) -> None:
        if name == "workbookPr":
            book.from_1904 = found.get("date1904", "0") in {"1", "true"}
        elif name == "sheet":
            link = next(
                (v for k, v in found.items() if k.rpartition(":")[2] == "id" and ":" in k), ""
            )
            entries.append(
                (found.get("name", ""), link, found.get("state", "visible") != "visible")
            )

    parse_part(archive, "xl/workbook.xml", start)
    names = set(archive.namelist())
    for name, link, hidden in entries:
        path = targets.get(link, "")
        if path in names and "chartsheet" not in path:
            book.sheets.append(SheetEntry(name, path, hidden))
    if "xl/sharedStrings.xml" in names:
        book.strings = _strings(archive)
    if "xl/styles.xml" in names:
        book.styles = _styles(archive)
    return book


def _targets(archive: zipfile.ZipFile, path: str) -> dict[str, str]:
    targets: dict[str, str] = {}

    def start(name: str, found: dict[str, str]) -> None:
        if name == "Relationship" and found.get("TargetMode") != "External":
            target = found.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            targets[found.get("Id", "")] = re.sub(r"[^/]+/\.\./", "", whole)

    parse_part(archive, path, start)
    return targets


def _strings(archive: zipfile.ZipFile) -> list[str]:
    strings: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(name: str, _: dict[str, str]) -> None:
        if name == "si":
            parts.clear()
        elif name in inside:
            inside[name] = True

    def end(name: str) -> None:
        if name == "si":
            strings.append(_unescaped("".join(parts)))
        elif name in inside:
            inside[name] = False

    def text(piece: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(piece)

    parse_part(archive, "xl/sharedStrings.xml", start, end=end, text=text)
    return strings


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _styles(archive: zipfile.ZipFile) -> Styles:
    sheet = StyleSheet()
    parse_part(archive, "xl/styles.xml", sheet.start, end=sheet.end)
    return sheet.styles()


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1


class SheetReader:
    """The cells of one sheet, read as expat meets them."""

    def __init__(
        self, book: Book, most_rows: int, most_columns: int, *, peek: bool = False
    ) -> None:
        self.grid = Grid()
        self._book = book
        self._most = (most_rows, most_columns)
        self._peek = peek
        self._row = -1
        self._column = -1
        self._filled = 0
        self._cell: dict[str, str] = {}
        self._value: list[str] = []
        self._has_value = False
        self._has_formula = False
        self._collects = False
        self._phonetic = False

    def read(self, archive: zipfile.ZipFile, path: str) -> Grid:
        """The filled cells of the sheet; of a peek, only enough to know whether there are any."""
        with contextlib.suppress(_Enough):
            parse_part(archive, path, self._start, end=self._end, text=self._text)
        return self.grid

    def _start(self, name: str, found: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(found)
        elif name in {"v", "t"}:
            self._collects = not self._phonetic
            self._has_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            number = _whole(found.get("r")) - 1
            self._row = number if number >= 0 else self._row + 1
            self._column = -1
            if found.get("hidden") in {"1", "true"}:
                self.grid.hidden_rows.append(self._row + 1)
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self.grid.merged.append(found.get("ref", ""))
        elif name == "col" and found.get("hidden") in {"1", "true"}:
            first, last = _whole(found.get("min")), _whole(found.get("max"))
            self.grid.hidden_columns += range(max(first, 1), min(last, self._most[1]) + 1)

    def _start_cell(self, found: dict[str, str]) -> None:
        place = _REFERENCE.fullmatch(found.get("r", ""))
        self._column = column_number(place[1]) if place is not None else self._column + 1
        self._cell = found
        self._value.clear()
        self._has_value = self._has_formula = self._collects = False

    def _text(self, piece: str) -> None:
        if self._collects:
            self._value.append(piece)

    def _end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._collects = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            self._end_cell()

    def _end_cell(self) -> None:
        if self._has_formula and not self._value and self._cell.get("t", "n") != "str":
            self.grid.unsaved.append(self._name())
        text = self._meaning("".join(self._value)) if self._has_value else ""
        if not text.strip():
            return
        if _whole(self._cell.get("s", "0")) in self._book.styles.struck:
            self.grid.struck.append((self._name(), text))
            return
        if self._peek:
            self.grid.width = 1
            raise _Enough
        most_rows, most_columns = self._most
        if self._column >= most_columns:
            self._stop(f"more than {most_columns:,} columns")
        if self._row not in self.grid.rows and len(self.grid.rows) > most_rows:
            self._stop(f"more than {most_rows:,} rows")
        self._filled += 1
        if self._filled > MOST_CELLS:
            self._stop(f"more than {MOST_CELLS:,} filled cells")
        self.grid.rows.setdefault(self._row, {})[self._column] = text
        self.grid.width = max(self.grid.width, self._column + 1)

    def _stop(self, why: str) -> NoReturn:
        self.grid.too_large = why
        raise _Enough

    def _meaning(self, raw: str) -> str:
        kind = self._cell.get("t", "n")
        if kind == "s":
            place = _whole(raw.strip())
            strings = self._book.strings
            if not 0 <= place < len(strings):
                raise UnreadableWorkbook(f"cell {self._name()} names a text that is not there")
            return strings[place]
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw.strip(), raw)
        if kind in {"str", "inlineStr", "e"}:
            return _unescaped(raw)
        if kind == "d":
            self.grid.dates.add((self._row, self._column))
            return raw.removesuffix("T00:00:00")
        return self._number(raw.strip())

    def _number(self, raw: str) -> str:
        try:
            number = float(raw)
        except ValueError:
            return raw
        style, styles = _whole(self._cell.get("s", "0")), self._book.styles
        if style in styles.dates and 0 <= number <= _LAST_DAY[self._book.from_1904]:
            self.grid.dates.add((self._row, self._column))
            return _date_text(number, from_1904=self._book.from_1904)
        if text := styles.shown(number, style):
            return text
        if number.is_integer() and abs(number) < _SAFE_DIGITS:
            return str(int(number))
        return f"{number:.15g}".replace("e", "E")

    def _name(self) -> str:
        return cell_name(self._row, self._column)


class _Enough(Exception):
    """The rest of the sheet need not be read."""


def _date_text(serial: float, *, from_1904: bool) -> str:
    if serial < 1 and not from_1904:
        return str(timedelta(days=serial)).split(".")[0]
    if serial < _FALSE_LEAP_DAY and not from_1904:
        serial += 1
    moment = _DAY_ZERO[from_1904] + timedelta(seconds=round(serial * 86_400))
    text = moment.isoformat()
    return text.removesuffix("T00:00:00")


def column_number(letters: str) -> int:
    """A=0, Z=25, AA=26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(row: int, column: int) -> str:
    """The name of a cell as a spreadsheet shows it: B2."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
