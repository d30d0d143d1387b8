"""A table out of an Excel workbook (.xlsx), without any spreadsheet library.

Only values are read: no macro runs, no formula is computed, no link is followed, no merged value is
spread. What the workbook hides or leaves open (hidden sheets and rows, formulas without a stored
result, the 1904 calendar) is said. Where several sheets hold something, one question names them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.records.delimited import Recogniser, Record
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.tables import MOST_COLUMNS, MOST_ROWS, Sheet, lay_out
from dashboard.records.uploads import MOST_CELLS
from dashboard.records.wording import shown, some_rows
from dashboard.records.workbook_parts import (
    DAMAGE,
    Book,
    Grid,
    SheetEntry,
    SheetReader,
    UnreadableWorkbook,
    cell_name,
    read_book,
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "Open it in a spreadsheet program and save it as .xlsx or 'CSV UTF-8'."
_NOTHING = "Nothing was imported."
_MOST_NAMED = 12
# What a part of the zip betrays about the file: code, message, cure.
_REFUSED_PARTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "vbaProject",
        "macros",
        "The workbook contains macros, which are not accepted.",
        "Save it as .xlsx without macros.",
    ),
    ("xl/workbook.bin", "format-unsupported", "This is a binary workbook (.xlsb).", _SAVE_AS),
    ("mimetype", "format-unsupported", "This is an OpenDocument file.", _SAVE_AS),
    ("word/document.xml", "format-unsupported", "This is a Word document, not a table.", _SAVE_AS),
    (
        "ppt/presentation.xml",
        "format-unsupported",
        "This is a presentation, not a table.",
        _SAVE_AS,
    ),
)


def is_workbook(content: bytes) -> bool:
    """Whether the bytes begin like a workbook, old or new."""
    return content.startswith((*_ZIP, _OLE))


def read_workbook(
    content: bytes, file: str, answers: Mapping[str, str], recognise: Recogniser
) -> Sheet:
    """The table of an Excel workbook.

    Args:
        content: the file.
        file: its name, for findings.
        answers: `sheet` names the sheet to read; the rest as for delimited text.
        recognise: how many of these cells are names that a header would hold.
    """
    workbook = _Workbook(file, answers)
    if content.startswith(_OLE):
        workbook.refuse_old(content)
        return workbook.nothing()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            grid = workbook.read(archive)
    except (UnreadableWorkbook, *DAMAGE) as error:
        grid = None
        reason = str(error) if isinstance(error, UnreadableWorkbook) else "it is damaged or cut off"
        workbook.add(
            Severity.ERROR,
            "workbook-unreadable",
            f"The workbook cannot be read: {reason}.",
            expected="an .xlsx workbook",
            fix=_SAVE_AS,
            rest=_NOTHING,
        )
    if grid is None:
        return workbook.nothing()
    sheet = lay_out(_records(grid), file, answers, recognise, findings=workbook.findings)
    return replace(sheet, kind="xlsx")


@dataclass(slots=True)
class _Workbook:
    """One reading of one workbook."""

    file: str
    answers: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        row: int | None = None,
        **details: str | tuple[Choice, ...],
    ) -> None:
        """Note something about the file."""
        where = Where(self.file, row)
        self.findings.append(Finding(severity, code, message, where, **details))  # type: ignore[arg-type]  # names and types are Finding's own

    def nothing(self) -> Sheet:
        """No table, for the reasons noted."""
        return Sheet(self.file, kind="xlsx", findings=tuple(self.findings))

    def refuse_old(self, content: bytes) -> None:
        """An OLE file: a protected workbook, or one of the old format."""
        protected = _ENCRYPTED in content
        self.add(
            Severity.ERROR,
            "workbook-protected" if protected else "format-unsupported",
            "The workbook is protected. Save a copy without a password."
            if protected
            else "This is a workbook of the old format (.xls), which is not accepted.",
            expected="an .xlsx workbook without a password",
            fix="Save a copy without a password." if protected else _SAVE_AS,
            rest=_NOTHING,
        )

    def read(self, archive: zipfile.ZipFile) -> Grid | None:
        """The cells of the one sheet to read; None for the reasons noted."""
        names = archive.namelist()
        if self._refuse_parts(archive, names):
            return None
        book = read_book(archive)
        entry = self._choose_sheet(archive, book)
        if entry is None:
            return None
        grid = SheetReader(book, MOST_ROWS, MOST_COLUMNS).read(archive, entry.path)
        if grid.too_large:
            self.add(
                Severity.ERROR,
                "too-large",
                f"The sheet {shown(entry.name)} has {grid.too_large}.",
                expected=f"at most {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns and "
                f"{MOST_CELLS:,} filled cells",
                fix="Leave out what is not needed, or divide the file.",
                rest=_NOTHING,
            )
            return None
        self._tell(names, book, grid)
        return grid

    def _refuse_parts(self, archive: zipfile.ZipFile, names: list[str]) -> bool:
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            self.add(
                Severity.ERROR,
                "workbook-protected",
                "The file is protected. Save a copy without a password.",
                expected="an .xlsx workbook without a password",
                fix="Save a copy without a password.",
                rest=_NOTHING,
            )
            return True
        for part, code, message, fix in _REFUSED_PARTS:
            if any(name == part or (part == "vbaProject" and part in name) for name in names):
                self.add(
                    Severity.ERROR,
                    code,
                    message,
                    expected="an .xlsx workbook",
                    fix=fix,
                    rest=_NOTHING,
                )
                return True
        return False

    def _choose_sheet(self, archive: zipfile.ZipFile, book: Book) -> SheetEntry | None:
        answer = self.answers.get("sheet", "")
        for entry in book.sheets:
            if entry.name == answer:
                return entry
        hidden = [entry.name for entry in book.sheets if entry.hidden]
        filled = [
            entry
            for entry in book.sheets
            if not entry.hidden
            and SheetReader(book, 1, MOST_COLUMNS, peek=True).read(archive, entry.path).width
        ]
        if hidden:
            self.add(
                Severity.WARNING,
                "sheets-hidden",
                f"The workbook hides {', '.join(map(shown, hidden))}; hidden sheets are not read.",
                expected="the patients on a sheet that is shown",
                fix="Show the sheet in the workbook if it holds patients.",
                rest="The sheets that are shown were considered.",
            )
        if len(filled) == 1:
            return filled[0]
        self._no_single_sheet(filled)
        return None

    def _no_single_sheet(self, filled: list[SheetEntry]) -> None:
        if not filled:
            self.add(
                Severity.ERROR,
                "file-empty",
                "No sheet of the workbook holds a filled cell.",
                expected="a header row and at least one patient row",
                fix="Check that the right file was saved.",
                rest=_NOTHING,
            )
            return
        self.add(
            Severity.QUESTION,
            "sheet",
            f"{len(filled)} sheets of the workbook hold something. Which one has the patients?",
            expected="one sheet with patients",
            fix="Choose the sheet.",
            rest="Nothing is imported until this is answered.",
            key="sheet",
            choices=tuple(Choice(shown(entry.name), answer=entry.name) for entry in filled),
        )

    def _tell(self, names: list[str], book: Book, grid: Grid) -> None:
        for name in grid.unsaved[:_MOST_NAMED]:
            self._tell_formula(name, name)
        if len(grid.unsaved) > _MOST_NAMED:
            rest = grid.unsaved[_MOST_NAMED:]
            self._tell_formula(f"{len(rest)} more cells ({rest[0]} to {rest[-1]})", rest[0])
        if any(name.startswith(("xl/externalLinks/", "xl/connections")) for name in names):
            self.add(
                Severity.NOTE,
                "external-links",
                "The workbook has links to other files or data sources; they were not followed.",
                fix="Nothing is to be done.",
                rest="The values stored in the workbook were read.",
            )
        if grid.struck:
            self._tell_struck(grid)
        if merged := [area for area in grid.merged if not _is_title(grid, area)]:
            self._tell_merged(merged)
        self._tell_hidden(grid)
        if book.from_1904 and grid.dates:
            self._tell_1904(grid)

    def _tell_formula(self, what: str, name: str) -> None:
        row = int("".join(letter for letter in name if letter.isdigit()))
        verb = "hold formulas" if "more cells" in what else "holds a formula"
        self.add(
            Severity.ERROR,
            "formula-without-value",
            f"{what} {verb} without a saved result. Open and save it in Excel.",
            row=row,
            expected="a stored result beside every formula",
            fix="Open the workbook in Excel and save it, so that results are stored.",
            rest="Only this cell was left out; everything else was read.",
        )

    def _tell_struck(self, grid: Grid) -> None:
        some = ", ".join(f"{name} ({shown(text, 20)})" for name, text in grid.struck[:_MOST_NAMED])
        rest = len(grid.struck) - _MOST_NAMED
        more = f" and {rest} more" if rest > 0 else ""
        row = int("".join(letter for letter in grid.struck[0][0] if letter.isdigit()))
        self.add(
            Severity.WARNING,
            "cells-struck",
            f"What is struck through was not read: {some}{more}.",
            row=row,
            value=shown(", ".join(text for _, text in grid.struck[:_MOST_NAMED])),
            expected="only what holds, without a line through it",
            fix="Delete what no longer holds; take the line away where the value counts.",
            rest="These cells were left empty; everything else was read.",
        )

    def _tell_merged(self, merged: Sequence[str]) -> None:
        some = ", ".join(map(shown, merged[:_MOST_NAMED]))
        more = f" and {len(merged) - _MOST_NAMED} more" if len(merged) > _MOST_NAMED else ""
        self.add(
            Severity.WARNING,
            "cells-merged",
            f"Cells are merged ({some}{more}); the value was read for the first cell only.",
            expected="one value in each cell",
            fix="Split the merged cells and fill in every cell.",
            rest="Everything else was read.",
        )

    def _tell_hidden(self, grid: Grid) -> None:
        rows = [number for number in grid.hidden_rows if number - 1 in grid.rows]
        columns = [n for n in grid.hidden_columns if n <= grid.width]
        if rows or columns:
            parts = [some_rows(rows)] if rows else []
            parts += [f"column {cell_name(0, n - 1)[:-1]}" for n in columns[:_MOST_NAMED]]
            self.add(
                Severity.WARNING,
                "cells-hidden",
                f"The workbook hides {', '.join(parts)}, and what is hidden there was read too.",
                row=rows[0] if rows else None,
                expected="only what is meant to be imported",
                fix="Delete what should not be imported.",
                rest="Everything was read.",
            )

    def _tell_1904(self, grid: Grid) -> None:
        row, column = min(grid.dates)
        self.add(
            Severity.WARNING,
            "dates-1904",
            "The workbook counts its dates from 1904; "
            f"{cell_name(row, column)} was read as {grid.rows[row][column]}.",
            row=row + 1,
            value=grid.rows[row][column],
            expected="the date as the workbook shows it",
            fix="Compare this date with the workbook.",
            rest="All dates were read that way.",
        )


def _is_title(grid: Grid, area: str) -> bool:
    """Whether merged cells lie above the table: a title, of which nothing is lost."""
    rows = {int(number) for number in re.findall(r"\d+", area)}
    first = min((row for row, cells in grid.rows.items() if len(cells) > 1), default=0)
    return bool(rows) and max(rows) <= first


def _records(grid: Grid) -> list[Record]:
    blank = [""] * grid.width
    records: list[Record] = []
    for row in sorted(grid.rows):
        cells = blank.copy()
        for column, text in grid.rows[row].items():
            cells[column] = text
        records.append((row + 1, cells))
    return records
