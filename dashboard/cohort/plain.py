"""Patients in a plain table: a header of feature names, one row a patient, no outcomes needed.

Answers "who are these, by the features of a pack or of a trained model?" for tables that no
`cohort.toml` describes: new patients of a disease without a pack, and files of many thousands. A
column is known by a feature's id or label, with its unit in brackets where it is not the usual one;
every other column is listed as not used. A cell that cannot be read, or is not possible, is unknown
and listed with its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dashboard.cohort.cells import codes_of, flags_of, named, numbers_of, words_of
from dashboard.cohort.columns import CohortData, CohortFeature
from dashboard.cohort.tables import Table, read_file, unreadable
from dashboard.foundation.errors import ImportRejected
from dashboard.knowledge.schema import DiseasePack, Kind
from dashboard.records.patient import Finding, Patient, Value
from dashboard.records.units import UnitTable

Floats = npt.NDArray[np.float64]

LINE = "line"
_IDS = ("id", "patient", "patient_id")
_UNIT = re.compile(r"(.*?)\s*[\[(]([^\])]*)[\])]\s*")


@dataclass(slots=True)
class _Reading:
    """One pass over one table, and what was found on the way."""

    table: Table
    pack: DiseasePack | None
    findings: list[Finding] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def cell(self, column: str, row: int, message: str, expected: str) -> None:
        """A cell that says nothing usable."""
        self.findings.append(
            unreadable(self.table, column, row, message=message, expected=expected)
        )


def features_of(pack: DiseasePack) -> tuple[CohortFeature, ...]:
    """The features of a pack as a table's columns."""
    return tuple(
        CohortFeature(
            each.id,
            each.label,
            each.kind,
            each.unit,
            each.levels,
            (each.hard.low, each.hard.high) if each.hard else None,
        )
        for each in pack.features
    )


def read_plain(
    path: Path, disease: str, features: Sequence[CohortFeature], pack: DiseasePack | None = None
) -> CohortData:
    """Read the patients of a table.

    Args:
        path: a CSV or Parquet file.
        disease: what they are patients of.
        features: what a column may hold.
        pack: converts units of the features it knows.

    Raises:
        ImportRejected: the file is no table, or none of its columns is known.
    """
    reading = _Reading(read_file(path), pack)
    named = _columns(reading, features)
    held = tuple(feature for feature in features if feature.id in named)
    columns = [_values(reading, feature, *named[feature.id]) for feature in held]
    rows = len(reading.table.lines)
    line = _line(reading)
    if not held:
        raise ImportRejected(
            f"No column of {path.name} is a feature of {disease}.",
            hint=f"Name the columns after the features: {', '.join(f.id for f in features[:12])}.",
        )
    return CohortData(
        id=path.stem,
        label=path.name,
        disease=disease,
        features=held,
        values=np.column_stack(columns) if rows else np.empty((0, len(held))),
        ids=_ids(reading),
        line=line,
        rows_read=reading.table.rows_read,
        ignored=tuple(name for name in reading.table.columns if name not in reading.used),
        findings=(*reading.table.findings, *reading.findings),
    )


def patients_of(data: CohortData, rows: Sequence[int] | None = None) -> tuple[Patient, ...]:
    """The rows of a table as patients; all of them where none are named."""
    return tuple(
        Patient(
            data.ids[row],
            data.disease,
            _facts(data, row),
            line=int(data.line[row]) if data.line is not None and data.line[row] > 0 else None,
        )
        for row in (range(data.size) if rows is None else rows)
    )


def _facts(data: CohortData, row: int) -> Mapping[str, Value]:
    found: dict[str, Value] = {}
    for feature, number in zip(data.features, data.values[row].tolist(), strict=True):
        if number != number:  # noqa: PLR0124  (NaN: unknown)
            continue
        if feature.levels:
            found[feature.id] = feature.levels[int(number)]
        else:
            found[feature.id] = bool(number) if feature.kind is Kind.FLAG else number
    return found


def _columns(reading: _Reading, features: Sequence[CohortFeature]) -> dict[str, tuple[str, str]]:
    """Per feature: its column, and the unit in the header, or that of the cohort's column."""
    names = {feature.label.casefold(): feature.id for feature in features}
    names |= {feature.id.casefold(): feature.id for feature in features}
    names |= {feature.column.casefold(): feature.id for feature in features if feature.column}
    units = {each.column.casefold(): each.column_unit for each in features if each.column}
    found: dict[str, tuple[str, str]] = {}
    for column in reading.table.columns:
        match = _UNIT.fullmatch(column)
        bare, unit = (match[1], match[2]) if match else (column, "")
        feature = names.get(column.casefold())
        feature, unit = (feature, "") if feature else (names.get(bare.casefold()), unit)
        unit = unit or units.get(bare.casefold(), units.get(column.casefold(), ""))
        if feature and feature not in found:
            found[feature] = (column, unit)
            reading.used.add(column)
    return found


def _values(reading: _Reading, feature: CohortFeature, column: str, unit: str) -> Floats:
    texts = reading.table.columns[column]
    known = reading.pack.vocabulary.get(feature.id) if reading.pack else None
    if feature.levels or feature.kind is Kind.FLAG:
        texts = named(texts, dict(feature.words))
        words = words_of(known, texts, UnitTable.standard()) if known else {}
        texts = [words.get(text, text) for text in texts]
    if feature.levels:
        codes = {level: float(code) for code, level in enumerate(feature.levels)}
        expected = f"one of {', '.join(codes)}"
        return codes_of(
            texts, codes, lambda row: reading.cell(column, row, "An unknown level.", expected)
        )
    if feature.kind is Kind.FLAG:
        return flags_of(
            texts, lambda row: reading.cell(column, row, "Neither yes nor no.", "yes or no")
        )
    values = numbers_of(texts, lambda row, why: reading.cell(column, row, why, "a number"))
    values = _converter(reading, feature, column, unit)(values)
    if feature.hard is None:
        return values
    low, high = feature.hard
    outside = (values < low) | (values > high)
    for row in np.flatnonzero(outside).tolist():
        expected = f"{low:g} to {high:g} {feature.unit}".strip()
        reading.cell(column, row, "Outside what is possible.", expected)
    return np.where(outside, np.nan, values)


def _converter(
    reading: _Reading, feature: CohortFeature, column: str, unit: str
) -> Callable[[Floats], Floats]:
    """Turns a column into the feature's own unit.

    Raises:
        ImportRejected: the header states a unit that is not known for this feature.
    """
    if not unit or unit.casefold().replace(" ", "") == feature.unit.casefold().replace(" ", ""):
        return lambda values: values
    known = reading.pack.vocabulary.get(feature.id) if reading.pack else None
    units = UnitTable.standard()
    named = units.named(unit, known) if known else None
    if known is None or named is None:
        raise ImportRejected(
            f"{column}: {unit!r} is not a unit of {feature.label}.",
            hint=f"Give it in {feature.unit or 'plain numbers'}.",
        )
    offset = units.convert(0.0, named, known.unit, known.quantity)
    factor = units.convert(1.0, named, known.unit, known.quantity) - offset
    return lambda values: values * factor + offset


def _ids(reading: _Reading) -> tuple[str, ...]:
    column = next((n for n in reading.table.columns if n.casefold() in _IDS), None)
    if column is None:
        return tuple(f"row-{line}" for line in reading.table.lines)
    reading.used.add(column)
    texts = reading.table.columns[column]
    return tuple(
        text or f"row-{line}" for text, line in zip(texts, reading.table.lines, strict=True)
    )


def _line(reading: _Reading) -> Floats | None:
    column = next((n for n in reading.table.columns if n.casefold() == LINE), None)
    if column is None:
        return None
    reading.used.add(column)
    return numbers_of(
        reading.table.columns[column],
        lambda row, why: reading.cell(column, row, why, "the line of therapy"),
    )
