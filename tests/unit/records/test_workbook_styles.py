"""What the style of a cell adds to its number is read as it is shown."""

from collections.abc import Sequence

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Severity
from dashboard.records.reading import Reading
from dashboard.records.tables import Sheet
from dashboard.records.tabular import read_table
from dashboard.records.workbook import read_workbook
from tests.builders import TODAY
from tests.unit.records.workbooks import number, row, workbook

FORMATS = (
    "000000",
    "0%",
    "0.0 &quot;g/dL&quot;",
    "0.0&quot; g/L&quot;;-0.0",
    "0.0 &quot;points&quot;",
    "&quot;mg/L&quot;",
    "0.00%",
)
STYLES = (
    f'<numFmts count="{len(FORMATS)}">'
    + "".join(f'<numFmt numFmtId="{164 + n}" formatCode="{c}"/>' for n, c in enumerate(FORMATS))
    + '</numFmts><fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    + '<cellXfs><xf numFmtId="0"/>'
    + "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(FORMATS)))
    + '<xf numFmtId="9"/><xf numFmtId="0" fontId="1"/><xf numFmtId="0" fontId="2"/></cellXfs>'
    + "<dxfs><dxf><font><strike/></font></dxf></dxfs>"
)
HEADER = row(1, "id", "age", "x")


def read(*cells: str) -> Sheet:
    """The sheet of a workbook with one row."""

    def recognise(names: Sequence[str]) -> int:
        return sum(name in {"id", "age", "x"} for name in names)

    content = workbook(HEADER + row(2, *cells), styles=STYLES)
    return read_workbook(content, "a.xlsx", {}, recognise)


@pytest.mark.parametrize(
    ("stored", "style", "shown"),
    [
        ("123", 1, "000123"),
        ("1234567", 1, "1234567"),
        ("1.5", 1, "1.5"),  # no whole number: nothing is filled up
        ("-5", 1, "-5"),
        ("0.6", 2, "60%"),
        ("0.07", 7, "7%"),
        ("0.29", 8, "29%"),  # a format every spreadsheet knows
        ("3.8", 3, "3.8 g/dL"),
        ("38", 4, "38 g/L"),
        ("3.8", 5, "3.8"),  # a word that is no unit
        ("3.8", 6, "3.8"),  # a format that shows no number
        ("3.8", 0, "3.8"),
    ],
)
def test_styles_are_read_as_they_are_shown(stored: str, style: int, shown: str) -> None:
    """Zeros in front, percent and units; decimals and words are left alone."""
    assert read("P1", "60", number("C2", stored, style)).rows[0][1][2] == shown


def test_styles_that_strike_a_cell_through_take_it_back() -> None:
    """The cell is left empty and named with what it held; a line that is switched off is none."""
    sheet = read("P1", number("B2", "61", 9), number("C2", "5", 10))
    assert sheet.rows[0][1] == ["P1", "", "5"]
    (finding,) = sheet.findings
    assert (finding.severity, finding.code) == (Severity.WARNING, "cells-struck")
    assert finding.message == "What is struck through was not read: B2 (61)."
    assert (finding.where.row, finding.value) == (2, "61")
    assert finding.fix.startswith("Delete what no longer holds")
    assert finding.rest == "These cells were left empty; everything else was read."


def test_styles_reach_the_patient() -> None:
    """An id keeps its zeros, a fraction shown as percent is a percentage, a unit is stated."""
    cells = (number("A2", "123", 1), number("B2", "0.6", 2), number("C2", "38", 4))
    content = workbook(row(1, "id", "PD-L1 TPS", "albumin") + row(2, *cells), styles=STYLES)
    intake = read_table(content, "a.xlsx", Reading(load_library(), TODAY, "nsclc"))
    (patient,) = intake.patients
    assert patient.id == "000123"
    assert dict(patient.values) == {"pd_l1_tps": 60.0, "albumin_g_dl": 3.8}
    assert {f.code for f in intake.findings} == {"columns-matched"}
