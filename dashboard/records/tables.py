"""A table out of a file: which row is the header, which rows are data, and what is wrong with them.

Takes the records of a delimited text or a spreadsheet and lays them out as a `Sheet`. Nothing is
shifted or filled in: a row with more or fewer fields than the header is refused by number while the
others live, a header that appears twice refuses the file, and where the header is not beyond doubt
one question offers the lines. What the columns mean is for `mapping` and `tabular`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.records.decoding import decode
from dashboard.records.delimited import DELIMITERS, Recogniser, Record, split_text
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.reading import LONGEST_CELL
from dashboard.records.wording import shown, some_rows

MOST_COLUMNS = 500
MOST_ROWS = 50_000
_HEADER_DEPTH = 20  # lines among which a header is looked for
_SINGLE_FINDINGS = 20  # rows with the same fault that are named one by one
_DATA_LIKE = re.compile(r"[<>]?=?\s*[+-]?[\d.,/:-]*\d[\d.,/:%-]*(?:\s*[A-Za-z%/]{1,6})?")
_ESCAPED = re.compile(r"'(?='*(?:[=+\-@\t\r\x00]|\d[\d.,/: -]*$))")
_FEWEST_DOWN, _SHARE_DOWN = 3, 0.6  # names of columns in the first column of a table on its side
_SENTENCE, _PHRASE = 8, 4  # words in a cell that names no column, and in one of running text
_NOTHING = "Nothing was imported."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it stands in a file: named columns, numbered rows of text."""

    file: str
    header: tuple[str, ...] = ()
    rows: tuple[Record, ...] = ()
    header_row: int = 1
    kind: str = "csv"  # csv | tsv | xlsx
    delimiter: str = ","
    findings: tuple[Finding, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether there is anything to read patients from."""
        return bool(self.rows)


@dataclass(slots=True)
class _Layout:
    """A sheet in the making."""

    file: str
    answers: Mapping[str, str]
    recognise: Recogniser
    findings: list[Finding] = field(default_factory=list)

    def add(self, severity: Severity, code: str, message: str, **details: object) -> None:
        row = details.pop("row", None)
        name = details.pop("name", "")
        where = Where(self.file, row, name)  # type: ignore[arg-type]  # both are set by this module
        self.findings.append(Finding(severity, code, message, where, **details))  # type: ignore[arg-type]

    def refuse(self, code: str, message: str, **details: object) -> None:
        self.add(Severity.ERROR, code, message, rest=_NOTHING, **details)


def read_delimited(
    content: bytes, file: str, answers: Mapping[str, str], recognise: Recogniser
) -> Sheet:
    """The table of a delimited text file.

    Args:
        content: the file.
        file: its name, for findings.
        answers: answers to questions of an earlier reading, by key.
        recognise: how many of these cells are names that a header would hold.
    """
    layout = _Layout(file, answers, recognise)
    if not content.strip():
        layout.refuse(
            "file-empty",
            "The file is empty.",
            expected="a header row and at least one patient row",
            fix="Export the file again.",
        )
        return Sheet(file, findings=tuple(layout.findings))
    decoded = decode(content, file, answers)
    if decoded.finding is not None:
        return Sheet(file, findings=(decoded.finding,))
    split = split_text(decoded.text, file, answers, recognise)
    layout.findings += split.findings
    if split.broken:
        return Sheet(file, findings=tuple(layout.findings))
    _note_dialect(layout, split.delimiter, decoded.encoding)
    if "'" in decoded.text:
        split.records = _without_marks(layout, split.records)
    kind = "tsv" if split.delimiter == "\t" else "csv"
    return replace(_lay_out(layout, split.records), kind=kind, delimiter=split.delimiter)


def _without_marks(layout: _Layout, records: Sequence[Record]) -> list[Record]:
    """Cells without the apostrophe that keeps spreadsheets from calculating with them."""
    cleaned = [(n, [_unescaped(cell) for cell in cells]) for n, cells in records]
    numbers = [
        n
        for (n, cells), (_, before) in zip(cleaned, records, strict=True)
        if any(a != b and a[:1].isdigit() for a, b in zip(cells, before, strict=True))
    ]
    if numbers:
        layout.add(
            Severity.NOTE,
            "apostrophes",
            f"Numbers begin with the apostrophe of a spreadsheet in {some_rows(numbers)}.",
            row=numbers[0],
            expected="numbers without a mark",
            fix="Nothing is to be done.",
            rest="They were read without it.",
        )
    return cleaned


def _unescaped(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _ESCAPED.match(cell) else cell


def lay_out(
    records: Sequence[Record],
    file: str,
    answers: Mapping[str, str],
    recognise: Recogniser,
    *,
    findings: Sequence[Finding] = (),
) -> Sheet:
    """The table of records that were read elsewhere, all padded to one width."""
    return _lay_out(_Layout(file, answers, recognise, list(findings)), records)


def _note_dialect(layout: _Layout, delimiter: str, encoding: str) -> None:
    expected = "\t" if layout.file.lower().endswith((".tsv", ".tab", ".txt")) else ","
    parts = []
    if delimiter != expected:
        name = DELIMITERS.get(delimiter, f"'{shown(delimiter)}'")
        parts.append(f"{name} separated")
    if encoding != "utf-8":
        parts.append(f"in {encoding.upper()}")
    if parts:
        layout.add(
            Severity.NOTE,
            "dialect",
            f"The file was read as {' and '.join(parts)}.",
            rest="Everything was read that way.",
        )


def _lay_out(layout: _Layout, records: Sequence[Record]) -> Sheet:
    filled = [(number, cells) for number, cells in records if not _is_blank(cells)]
    if not filled:
        layout.refuse(
            "file-empty",
            "The file holds no filled cell.",
            expected="a header row and at least one patient row",
            fix="Export the file again.",
        )
        return Sheet(layout.file, findings=tuple(layout.findings))
    if _is_prose(layout, filled):
        _refuse_prose(layout, filled)
        return Sheet(layout.file, findings=tuple(layout.findings))
    if _lies_on_its_side(layout, filled):
        _refuse_transposed(layout, filled)
        return Sheet(layout.file, findings=tuple(layout.findings))
    place = _find_header(layout, filled)
    if place is None:
        return Sheet(layout.file, findings=tuple(layout.findings))
    header, header_row, rows = _headed(filled, place)
    sheet = Sheet(layout.file, header, tuple(rows), header_row)
    for step in (
        _skip_repeated_headers,
        _limit,
        _refuse_twins,
        _fit_rows,
        _name_columns,
        _shorten_cells,
        _require_rows,
    ):
        stepped = step(layout, sheet)
        if stepped is None:
            return Sheet(layout.file, findings=tuple(layout.findings))
        sheet = stepped
    _note_blank_rows(layout, records, sheet)
    return replace(sheet, findings=tuple(layout.findings))


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cells) or not "".join(cells).strip()


# ---- where the header is


def _find_header(layout: _Layout, filled: Sequence[Record]) -> int | None:
    """The place of the header among the filled records; -1 where there is none; None to stop."""
    answer = layout.answers.get("header", "")
    if answer == "none":
        return -1
    for place, (number, _) in enumerate(filled[: _HEADER_DEPTH * 2]):
        if answer == str(number):
            return place
    known = [layout.recognise(cells) for _, cells in filled[:_HEADER_DEPTH]]
    best = max(range(len(known)), key=lambda place: known[place])
    if best > 0 and known[best] > max(1, known[0]):
        layout.findings.append(
            _ask_for_header(
                layout,
                filled,
                f"The header seems to be on line {filled[best][0]}, not on the first.",
            )
        )
        return None
    if known[0] == 0 and not _looks_like_header(filled):
        why = "The first row looks like data. Is there a header?"
        layout.findings.append(_ask_for_header(layout, filled, why))
        return None
    return 0


def _looks_like_header(filled: Sequence[Record]) -> bool:
    cells = [cell.strip() for cell in filled[0][1] if cell.strip()]
    data_like = sum(_DATA_LIKE.fullmatch(cell) is not None for cell in cells)
    widths = Counter(len(row) for _, row in filled[:_HEADER_DEPTH])
    is_title = len(cells) == 1 and widths.most_common(1)[0][0] > 1
    return data_like * 2 < max(len(cells), 1) and not is_title


def _ask_for_header(layout: _Layout, filled: Sequence[Record], why: str) -> Finding:
    lines = tuple(
        Choice(
            f"The header is on line {number}: {shown(' | '.join(cells), 60)}", answer=str(number)
        )
        for number, cells in filled[:5]
    )
    return Finding(
        Severity.QUESTION,
        "header",
        why,
        Where(layout.file, filled[0][0]),
        value=shown(" | ".join(filled[0][1])),
        expected="one row with the names of the columns",
        fix="Choose the line that holds the column names.",
        rest="Nothing is imported until this is answered.",
        key="header",
        choices=(*lines, Choice("There is no header", answer="none")),
    )


def _headed(filled: Sequence[Record], place: int) -> tuple[tuple[str, ...], int, Sequence[Record]]:
    if place < 0:
        width = max(len(cells) for _, cells in filled)
        return tuple(f"column {n}" for n in range(1, width + 1)), 0, filled
    number, cells = filled[place]
    header = [" ".join(cell.split()) for cell in cells]
    while header and not header[-1] and _all_blank_from(filled[place + 1 :], len(header) - 1):
        header.pop()
    width = len(header)
    if width < len(cells):
        rows = [
            (n, row[:width] if len(row) == len(cells) else row) for n, row in filled[place + 1 :]
        ]
        return tuple(header), number, rows
    return tuple(header), number, filled[place + 1 :]


def _all_blank_from(rows: Sequence[Record], column: int) -> bool:
    return all(not cell.strip() for _, cells in rows for cell in cells[column : column + 1])


def _is_prose(layout: _Layout, filled: Sequence[Record]) -> bool:
    """Whether the lines are sentences, and no line holds the name of a column."""
    if "header" in layout.answers or any(layout.recognise(c) for _, c in filled[:_HEADER_DEPTH]):
        return False
    words = [max(len(cell.split()) for cell in cells) for _, cells in filled]
    phrases = sum(most >= _PHRASE for most in words)
    return words[0] >= _SENTENCE and phrases * 2 >= len(words)


def _refuse_prose(layout: _Layout, filled: Sequence[Record]) -> None:
    layout.refuse(
        "text-not-table",
        "The file holds sentences, not a table.",
        row=filled[0][0],
        value=shown(" | ".join(filled[0][1])),
        expected="names of columns in the first row, and one row for each patient",
        fix="Enter the facts of the text by hand, or put them into a table. Where it is a table, "
        "name its columns in the first row.",
    )


def _lies_on_its_side(layout: _Layout, filled: Sequence[Record]) -> bool:
    """Whether the names of columns stand below each other, and each patient in a column."""
    if "header" in layout.answers or len(filled[0][1]) < 2:  # noqa: PLR2004 - names and a patient
        return False
    down = [cells[0] for _, cells in filled[: _HEADER_DEPTH * 2]]
    known = layout.recognise(down)
    across = max(layout.recognise(cells) for _, cells in filled[:_HEADER_DEPTH])
    return known >= max(_FEWEST_DOWN, _SHARE_DOWN * len(down)) and across <= 1


def _refuse_transposed(layout: _Layout, filled: Sequence[Record]) -> None:
    names = ", ".join(shown(cells[0], 20) for _, cells in filled[1:4])
    people = ", ".join(shown(cell, 20) for cell in filled[0][1][1:4])
    layout.refuse(
        "table-transposed",
        f"The table lies on its side: {names} … stand below each other, and the patients "
        f"({people}) beside each other.",
        row=filled[0][0],
        value=shown(" | ".join(filled[0][1])),
        expected="one row for each patient, the names of the facts in the first row",
        fix="Copy the table in the spreadsheet, paste it with 'Transpose', and save that.",
    )


# ---- what is wrong with rows and columns


def _skip_repeated_headers(layout: _Layout, sheet: Sheet) -> Sheet:
    """Headers that stand again between the rows, where files or pages were joined."""
    header = [column_key(name) for name in sheet.header]
    first = header[0]
    repeated = [
        number
        for number, cells in sheet.rows
        if column_key(cells[0]) == first and [column_key(cell) for cell in cells] == header
    ]
    if not repeated or not sheet.header_row:
        return sheet
    layout.add(
        Severity.NOTE,
        "header-repeated",
        f"The header stands again in {some_rows(repeated)}; no patient was read from it.",
        row=repeated[0],
        expected="one header above the patients",
        fix="Nothing is to be done.",
        rest="All other rows were read.",
    )
    again = set(repeated)
    return replace(sheet, rows=tuple(row for row in sheet.rows if row[0] not in again))


def _limit(layout: _Layout, sheet: Sheet) -> Sheet | None:
    for what, count, most in (
        ("columns", len(sheet.header), MOST_COLUMNS),
        ("rows", len(sheet.rows), MOST_ROWS),
    ):
        if count > most:
            layout.refuse(
                "too-large",
                f"The table has {count:,} {what}; the limit is {most:,}.",
                expected=f"at most {most:,} {what}",
                fix=f"Leave out {what} that are not needed, or divide the file.",
            )
            return None
    return sheet


def column_key(name: str) -> str:
    """Equal for names that differ only in case, blanks and underscores."""
    return re.sub(r"[\s_]+", " ", name).strip().casefold()


def _refuse_twins(layout: _Layout, sheet: Sheet) -> Sheet | None:
    places: dict[str, list[int]] = {}
    for place, name in enumerate(sheet.header, 1):
        if name:
            places.setdefault(column_key(name), []).append(place)
    twins = [columns for columns in places.values() if len(columns) > 1]
    for columns in twins:
        name = shown(sheet.header[columns[0] - 1])
        where = " and ".join(map(str, columns))
        layout.refuse(
            "column-twice",
            f"Column {name} appears {len(columns) if len(columns) > 2 else 'twice'}"  # noqa: PLR2004
            f"{' times' if len(columns) > 2 else ''} (columns {where}). Rename or delete one.",  # noqa: PLR2004
            row=sheet.header_row,
            name=name,
            expected="every column name once",
            fix="Give every column a name of its own, and read the file again.",
        )
    return None if twins else sheet


def _fit_rows(layout: _Layout, sheet: Sheet) -> Sheet | None:
    width = len(sheet.header)
    misfits = [(number, cells) for number, cells in sheet.rows if len(cells) != width]
    if not misfits:
        return sheet
    longer = [(n, cells) for n, cells in misfits if _has_blank_extras(cells, width)]
    # In a few rows alone, an empty end more likely comes from a separator inside a text.
    if len(longer) * 2 > len(sheet.rows):
        if layout.answers.get("trailing-fields") != "drop":
            layout.findings.append(_ask_about_extras(layout, longer, sheet))
            return None
        rows = [(n, c[:width] if _has_blank_extras(c, width) else c) for n, c in sheet.rows]
        sheet = replace(sheet, rows=tuple(rows))
        misfits = [(n, cells) for n, cells in rows if len(cells) != width]
    if misfits:
        _report_misfits(layout, misfits, width)
    return replace(sheet, rows=tuple(row for row in sheet.rows if len(row[1]) == width))


def _has_blank_extras(cells: Sequence[str], width: int) -> bool:
    return len(cells) > width and _is_blank(cells[width:])


def _ask_about_extras(layout: _Layout, longer: Sequence[Record], sheet: Sheet) -> Finding:
    width = len(sheet.header)
    number, cells = longer[0]
    every = len(longer) == len(sheet.rows)
    whose = "Every row has" if every else f"{len(longer)} of {len(sheet.rows)} rows have"
    return Finding(
        Severity.QUESTION,
        "trailing-fields",
        f"{whose} {len(cells)} fields but the header {width}; the last ones are empty.",
        Where(layout.file, number),
        value=shown(" | ".join(cells)),
        expected=f"{width} fields in every row",
        fix="Confirm that the empty fields at the end can be dropped, or correct the header.",
        rest="Nothing is imported until this is answered.",
        key="trailing-fields",
        choices=(Choice("Drop the empty fields at the end of each row", answer="drop"),),
    )


def _report_misfits(layout: _Layout, misfits: Sequence[Record], width: int) -> None:
    details = {
        "expected": f"{width} fields, as in the header",
        "fix": "Put texts that contain the separator in quotes, or remove what is too much.",
    }
    for number, cells in misfits[:_SINGLE_FINDINGS]:
        layout.add(
            Severity.ERROR,
            "field-count",
            f"Row {number} has {len(cells)} field{'s' if len(cells) != 1 else ''}, "
            f"the header {width}.",
            row=number,
            value=shown(" | ".join(cells)),
            rest=f"Row {number} was left out; the other rows were read.",
            **details,
        )
    rest = [number for number, _ in misfits[_SINGLE_FINDINGS:]]
    if rest:
        layout.add(
            Severity.ERROR,
            "field-count",
            f"{len(rest)} more rows do not have {width} fields ({some_rows(rest)}).",
            row=rest[0],
            rest="These rows were left out; the other rows were read.",
            **details,
        )


def _name_columns(layout: _Layout, sheet: Sheet) -> Sheet:
    names = list(sheet.header)
    for place, name in enumerate(names):
        if name:
            continue
        names[place] = f"column {place + 1}"
        if not _all_blank_from(sheet.rows, place):
            layout.add(
                Severity.WARNING,
                "column-unnamed",
                f"Column {place + 1} has values but no name.",
                row=sheet.header_row,
                name=names[place],
                expected="a name for every column",
                fix="Name the column if it is needed.",
                rest="It is listed as not used; the other columns were read.",
            )
    return replace(sheet, header=tuple(names))


def _shorten_cells(layout: _Layout, sheet: Sheet) -> Sheet:
    rows = list(sheet.rows)
    for place, (number, cells) in enumerate(rows):
        if max(map(len, cells), default=0) <= LONGEST_CELL:
            continue
        rows[place] = (
            number,
            [_within(layout, sheet, number, c, cell) for c, cell in enumerate(cells)],
        )
    return replace(sheet, rows=tuple(rows))


def _within(layout: _Layout, sheet: Sheet, number: int, column: int, cell: str) -> str:
    if len(cell) <= LONGEST_CELL:
        return cell
    name = sheet.header[column]
    layout.add(
        Severity.ERROR,
        "cell-too-long",
        f"Row {number} {shown(name)} has {len(cell):,} characters; the limit is {LONGEST_CELL:,}.",
        row=number,
        name=name,
        value=shown(cell),
        expected=f"at most {LONGEST_CELL:,} characters",
        fix="Shorten the text, or keep it outside the table.",
        rest="Only this cell was left out; everything else was read.",
    )
    return ""


def _require_rows(layout: _Layout, sheet: Sheet) -> Sheet | None:
    if sheet.rows:
        return sheet
    if not any(finding.severity is Severity.ERROR for finding in layout.findings):
        layout.refuse(
            "no-rows",
            "No patient rows found under the header.",
            row=sheet.header_row,
            expected="at least one row under the header",
            fix="Check that the export was complete.",
        )
    return None


def _note_blank_rows(layout: _Layout, records: Sequence[Record], sheet: Sheet) -> None:
    last = sheet.rows[-1][0] if sheet.rows else 0
    blank = [n for n, cells in records if sheet.header_row < n < last and _is_blank(cells)]
    if blank:
        layout.add(
            Severity.NOTE,
            "blank-rows",
            f"{len(blank)} blank row{'s' if len(blank) > 1 else ''} skipped ({some_rows(blank)}).",
            row=blank[0],
            rest="All other rows were read.",
        )
