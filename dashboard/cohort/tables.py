"""The table of a cohort folder as columns of text, read strictly.

Hides CSV and Parquet from the reader of cohorts: whichever file is there, every cell comes out as
the text that stood in it, with the line it stood on. A row with too many or too few fields is not
shifted into shape; it is set aside and said. Values are not interpreted here.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dashboard.foundation.errors import ImportRejected
from dashboard.records.patient import Finding, Severity, Where

NAMES = ("patients.csv", "patients.parquet")
_SEPARATORS = (",", ";", "\t")  # that which the header has most of divides the table
_LONGEST_FIELD = 100_000


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of text by name, the line of each row, and the rows that were set aside."""

    file: str
    columns: dict[str, list[str]]
    lines: list[int]
    rows_read: int
    findings: tuple[Finding, ...] = ()


def unreadable(table: Table, column: str, row: int, *, message: str, expected: str) -> Finding:
    """What is said of a cell that cannot be read; the value stays unknown."""
    return Finding(
        Severity.WARNING,
        "cell",
        message,
        Where(table.file, table.lines[row], column),
        value=table.columns[column][row],
        expected=expected,
        fix=f"Correct the cell, or leave it empty; expected {expected}.",
        rest="The value is taken as unknown; the rest of the row is used.",
    )


def read_table(folder: Path) -> Table:
    """The table of a cohort folder.

    Raises:
        ImportRejected: there is no table, or it cannot be read as one at all.
    """
    for name in NAMES:
        path = folder / name
        if path.is_file():
            return read_file(path)
    raise ImportRejected(
        f"There is no table in {folder.name}.",
        hint=f"Put the rows into {NAMES[0]} (or {NAMES[1]}) beside cohort.toml.",
    )


def read_file(path: Path) -> Table:
    """The table in a CSV or Parquet file.

    Raises:
        ImportRejected: it cannot be read as a table at all.
    """
    if not path.is_file():
        raise ImportRejected(
            f"There is no file {path}.", hint="Give the path of a CSV or Parquet file."
        )
    return _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)


def _read_csv(path: Path) -> Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ImportRejected(
            f"{path.name} is not UTF-8 text (byte {problem.start}).",
            hint="Save it again as CSV with UTF-8 encoding.",
        ) from problem
    csv.field_size_limit(_LONGEST_FIELD)
    given = text.splitlines(keepends=True)
    mark = max(_SEPARATORS, key=(given[0] if given else "").count)
    reader = csv.reader(given, strict=True, delimiter=mark)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as problem:
        raise ImportRejected(
            f"{path.name}, line {reader.line_num}: {problem}.",
            hint="Quote every field that holds the separator, a quote or a line break.",
        ) from problem
    if not rows:
        raise ImportRejected(f"{path.name} is empty.", hint="Write a header and one row a patient.")
    return _rectangular(path.name, rows, lines)


def _rectangular(file: str, rows: list[list[str]], lines: list[int]) -> Table:
    header = [name.strip() for name in rows[0]]
    _refuse_doubled(file, header)
    kept: list[list[str]] = []
    kept_lines: list[int] = []
    findings: list[Finding] = []
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) == len(header):
            kept.append(row)
            kept_lines.append(line)
        elif row:
            findings.append(_misshapen(file, line, len(row), len(header)))
    cells = zip(*kept, strict=True) if kept else ([] for _ in header)
    columns = {
        name: [cell.strip() for cell in column] for name, column in zip(header, cells, strict=True)
    }
    return Table(file, columns, kept_lines, len(kept) + len(findings), tuple(findings))


def _refuse_doubled(file: str, header: list[str]) -> None:
    doubled = [name for name, count in Counter(header).items() if count > 1]
    if doubled:
        raise ImportRejected(
            f"{file} has more than one column called {', '.join(map(repr, doubled))}.",
            hint="Give every column its own name.",
        )


def _misshapen(file: str, line: int, came: int, expected: int) -> Finding:
    return Finding(
        Severity.ERROR,
        "row.fields",
        f"The row has {came} fields and the header {expected}.",
        Where(file, line),
        value=str(came),
        expected=f"{expected} fields",
        fix="Check for a missing or an unquoted separator in this row.",
        rest="The row is left out; the others are used.",
    )


def _read_parquet(path: Path) -> Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as problem:
        raise ImportRejected(
            f"{path.name} cannot be read as Parquet.", hint="Write it again, or use patients.csv."
        ) from problem
    columns = {
        name: [_text(cell) for cell in table.column(name).to_pylist()]
        for name in table.column_names
    }
    _refuse_doubled(path.name, list(table.column_names))
    rows = int(table.num_rows)
    return Table(path.name, columns, list(range(1, rows + 1)), rows)


def _text(cell: object) -> str:
    if cell is None or cell != cell:  # noqa: PLR0124  (false for NaN alone)
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell).strip()
