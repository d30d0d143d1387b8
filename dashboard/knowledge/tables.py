"""Reading the long tables of a pack: CSV whose columns are the fields of a model.

Strict on purpose: a header must name known columns, a row must have as many cells as the header,
and a cell must fit its field. An empty cell means the figure is not given. Six columns (source,
reference, verified, verified_fields, seen_at, note) make up where a row comes from. Lists in a cell
are separated by semicolons.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_origin

from dashboard.knowledge.findings import PackFinding, Place
from dashboard.knowledge.rules import near

if TYPE_CHECKING:
    from pydantic import BaseModel

_SOURCE_COLUMNS = {
    "source": "text",
    "reference": "reference",
    "verified": "verified",
    "verified_fields": "verified_fields",
    "seen_at": "seen_at",
    "note": "note",
}


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row that hold something, as a model expects them."""

    place: Place
    values: dict[str, Any]


@cache
def columns(model: type[BaseModel]) -> tuple[str, ...]:
    """The columns of a model's table, in order."""
    own = [name for name in model.model_fields if name not in ("id", "source")]
    return ("id", *own, *_SOURCE_COLUMNS)


def read_table(
    path: Path, text: str, model: type[BaseModel]
) -> tuple[list[RawRow], list[PackFinding]]:
    """The rows of a table, and what is wrong with its shape."""
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[RawRow] = []
    findings: list[PackFinding] = []
    try:
        header = next(reader, [])
        findings += _header_findings(path, header, model)
        for cells in reader:
            place = Place(path, reader.line_num)
            if len(cells) == len(header):
                rows.append(RawRow(place, _values(dict(zip(header, cells, strict=True)), model)))
            elif cells:
                findings.append(_wrong_width(place, len(cells), len(header)))
    except csv.Error as error:
        message = f"This line is not CSV: {error}."
        cure = "Close every quote, and double a quote inside a quoted cell."
        findings.append(PackFinding(Place(path, reader.line_num), message, cure))
    return rows, findings


def _header_findings(
    path: Path, header: Sequence[str], model: type[BaseModel]
) -> Iterator[PackFinding]:
    known = columns(model)
    for name in header:
        if name not in known:
            cure = near(name, known) or f"The columns are {', '.join(known)}."
            yield PackFinding(Place(path, 1), f"There is no column {name}.", cure)
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield PackFinding(Place(path, 1), f"The column {name} stands twice.", "Keep one of them.")
    for name in _required(model):
        if name not in header:
            cure = "Every row needs it: add the column."
            yield PackFinding(Place(path, 1), f"The column {name} is missing.", cure)


def _required(model: type[BaseModel]) -> tuple[str, ...]:
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    return (*needed, "source", "verified")


def _wrong_width(place: Place, cells: int, wanted: int) -> PackFinding:
    message = f"This row has {cells} cells; the header has {wanted} columns."
    return PackFinding(
        place, message, "Quote a cell that holds a comma, and fill up missing cells."
    )


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    fields = model.model_fields.items()
    found = {name for name, field in fields if get_origin(field.annotation) is tuple}
    return frozenset(found | {"verified_fields"})


def _values(cells: Mapping[str, str], model: type[BaseModel]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    source: dict[str, Any] = {}
    lists = _lists(model)
    for name, cell in cells.items():
        text = cell.strip()
        if not text:
            continue
        value = tuple(part.strip() for part in text.split(";")) if name in lists else text
        if name in _SOURCE_COLUMNS:
            source[_SOURCE_COLUMNS[name]] = value
        else:
            values[name] = value
    if source:
        values["source"] = source
    return values
