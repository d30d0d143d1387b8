"""Workbooks: read value by value, told what is odd, compared with two independent readers."""

import datetime
import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest
import python_calamine

from dashboard.records.tables import Sheet
from dashboard.records.workbook import is_workbook, read_workbook
from dashboard.records.workbook_parts import cell_name, column_number
from tests.unit.records.workbooks import inline, number, packed, row, sheet, workbook

DATES = (
    '<numFmts count="3"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="0.0 &quot;days&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[Red]0.00"/></numFmts>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>'
)
HEADER = row(1, "id", "age", "albumin")


def read(content: bytes, **answers: str) -> Sheet:
    """The sheet of a workbook, with the tiny header known."""

    def recognise(cells: Sequence[str]) -> int:
        return sum(cell.strip().casefold() in {"id", "age", "albumin", "dob"} for cell in cells)

    return read_workbook(content, "patients.xlsx", answers, recognise)


def codes(found: Sheet) -> list[str]:
    """The codes of what was noted."""
    return [finding.code for finding in found.findings]


def said(found: Sheet) -> str:
    """All messages at once."""
    return " ".join(finding.message for finding in found.findings)


def test_workbook_cells_of_every_kind_become_their_text() -> None:
    """Shared, rich, inline and formula strings, numbers, booleans and errors come as shown."""
    content = workbook(
        HEADER
        + row(
            2,
            '<c r="A2" t="s"><v>0</v></c>',
            '<c r="B2" t="b"><v>1</v></c>',
            '<c r="C2" t="e"><v>#DIV/0!</v></c>',
        )
        + row(
            3,
            '<c r="A3" t="s"><v>1</v></c>',
            number("B3", "60.0"),
            '<c r="C3" t="str"><f>A1</f><v>done</v></c>',
        )
        + row(4, "P4", number("B4", "3.9000000000000004"), '<c r="C4" t="b"><v>0</v></c>'),
        strings=[
            "<t>P2</t>",
            "<r><t>P</t></r><r><t>3_x0041_</t></r><rPh><t>phonetic</t></rPh>",
        ],
    )
    found = read(content)
    assert [cells for _, cells in found.rows] == [
        ["P2", "TRUE", "#DIV/0!"],
        ["P3A", "60", "done"],
        ["P4", "3.9", "FALSE"],
    ]
    assert found.header == ("id", "age", "albumin")
    assert found.kind == "xlsx"


def test_workbook_dates_follow_the_style_of_their_cell() -> None:
    """Only formats that show days make dates; a quoted unit or a colour does not."""
    cells = [number(f"{chr(65 + at)}2", "45000.5" if at == 1 else "45000", at) for at in range(5)]
    found = read(workbook(row(1, "id", "age", "dob", "x", "y") + row(2, *cells), styles=DATES))
    assert found.rows[0][1] == ["45000", "2023-03-15T12:00:00", "2023-03-15", "45000 days", "45000"]


@pytest.mark.parametrize(
    ("serial", "day"),
    [("1", "1900-01-01"), ("59", "1900-02-28"), ("61", "1900-03-01"), ("0.5", "12:00:00")],
)
def test_workbook_dates_count_the_day_that_never_was(serial: str, day: str) -> None:
    """The 1900 calendar has a 29 February 1900; days before and after it come out right."""
    found = read(workbook(HEADER + row(2, "1", number("B2", serial, 1)), styles=DATES))
    assert found.rows[0][1][1] == day


def test_workbook_of_1904_is_read_by_its_flag_and_shows_a_date() -> None:
    """The flag moves every date by four years, and one date is shown to compare."""
    content = workbook(
        HEADER + row(2, "1", number("B2", "45000", 1)),
        styles=DATES,
        properties='<workbookPr date1904="1"/>',
    )
    found = read(content)
    assert found.rows[0][1][1] == "2027-03-16"
    assert "B2 was read as 2027-03-16" in said(found)


def test_workbook_dates_beyond_the_calendar_stay_numbers() -> None:
    """A number too large for a date is no date, in either calendar."""
    for properties in ("", '<workbookPr date1904="true"/>'):
        content = workbook(
            HEADER + row(2, "1", number("B2", "2958000", 1), number("C2", "1e9", 1)),
            styles=DATES,
            properties=properties,
        )
        assert read(content).rows[0][1][2] == "1000000000"


def test_workbook_formula_without_result_is_named() -> None:
    """A formula nobody computed is an error of its cell alone."""
    content = workbook(
        HEADER + row(2, "1", '<c r="B2"><f>1+1</f></c>', '<c r="C2"><f>1+1</f><v></v></c>')
    )
    found = read(content)
    assert codes(found) == ["formula-without-value"] * 2
    assert "B2 holds a formula without a saved result. Open and save it in Excel." in said(found)
    assert found.rows == ((2, ["1", "", ""]),)


def test_workbook_many_formulas_without_result_are_summed_up() -> None:
    """Beyond a dozen, the rest is one finding."""
    rows = "".join(row(n, f"P{n}", f'<c r="B{n}"><f>1</f></c>', "4") for n in range(2, 40))
    found = read(workbook(HEADER + rows))
    assert codes(found).count("formula-without-value") == 13
    assert "26 more cells (B14 to B39)" in said(found)


def test_workbook_numbers_too_long_for_a_spreadsheet_show_it() -> None:
    """Digits that Excel has already lost are not invented again."""
    content = workbook(HEADER + row(2, number("A2", "1.2345678901234501E+16"), "60"))
    assert read(content).rows[0][1][0] == "1.23456789012345E+16"


def test_workbook_merged_cells_are_not_spread() -> None:
    """The value stays where it was written, and the merge is named."""
    data = f"<sheetData>{HEADER}{row(2, '1', '60')}{row(3, '2')}</sheetData>"
    found = read(workbook(data + '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'))
    assert [cells for _, cells in found.rows] == [["1", "60", ""], ["2", "", ""]]
    assert "B2:B3" in said(found)


def test_workbook_a_title_over_merged_cells_is_no_loss() -> None:
    """Above the table nothing is missing from a merge; within its header something may be."""
    table = row(2, "id", "age", "sex") + row(3, "1", "60", "m")
    data = f"<sheetData>{row(1, 'Tumour board of May')}{table}</sheetData>"

    def merged(area: str) -> bool:
        cells = f'<mergeCells><mergeCell ref="{area}"/></mergeCells>'
        return "cells-merged" in codes(read(workbook(data + cells)))

    assert not merged("A1:C1")
    assert merged("A1:C2")
    assert merged("B2:C2")


def test_workbook_hidden_rows_columns_and_sheets_are_told() -> None:
    """What cannot be seen in the spreadsheet is read, or not, but never silently."""
    data = (
        '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
        + HEADER
        + row(2, "1", "60", attributes='hidden="1"')
        + "</sheetData>"
    )
    found = read(workbook(data, row(1, "secret"), states={2: "hidden"}))
    assert codes(found) == ["sheets-hidden", "cells-hidden"]
    assert "row 2" in said(found)
    assert "column B" in said(found)
    assert "S2" in said(found)


def test_workbook_with_several_filled_sheets_asks_which() -> None:
    """One question with the sheets' names; empty sheets are not offered."""
    content = workbook(HEADER + row(2, "1", "60"), row(1, "id") + row(2, "9"), "")
    found = read(content)
    assert [(f.code, f.key) for f in found.findings] == [("sheet", "sheet")]
    assert [choice.answer for choice in found.findings[0].choices] == ["S1", "S2"]
    assert read(content, sheet="S2").rows == ((2, ["9"]),)


def test_workbook_stops_at_the_last_filled_row() -> None:
    """A million declared rows of blanks cost nothing and leave no rows."""
    blank = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 3000))
    last = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    found = read(workbook(HEADER + row(2, "1", "60") + blank + last))
    assert found.rows == ((2, ["1", "60", ""]),)


def test_workbook_without_any_filled_cell_is_empty() -> None:
    """A workbook of blanks is told to be empty."""
    found = read(workbook(row(1, "")))
    assert codes(found) == ["file-empty"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("".join(row(n, f"P{n}") for n in range(1, 50_003)), "50,000 rows"),
        (row(1, "id", inline("SG1", "far")), "500 columns"),
    ],
    ids=["rows", "columns"],
)
def test_workbook_too_large_is_refused(cells: str, words: str) -> None:
    """Beyond the limits nothing is read, and the limit is named."""
    found = read(workbook(cells))
    assert codes(found) == ["too-large"]
    assert words in said(found)


def test_workbook_links_are_noted_and_never_followed() -> None:
    """Links to other files are said to be ignored."""
    extra = {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}
    found = read(workbook(HEADER + row(2, "1", "60"), extra=extra))
    assert codes(found) == ["external-links"]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"xl/vbaProject.bin": "x"}, "macros"),
        ({"xl/workbook.bin": "x"}, "format-unsupported"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "format-unsupported"),
        ({"word/document.xml": "x"}, "format-unsupported"),
        ({"ppt/presentation.xml": "x"}, "format-unsupported"),
    ],
)
def test_workbook_of_another_kind_is_refused(extra: dict[str, str], code: str) -> None:
    """Macros, binary workbooks and other documents are named for what they are."""
    assert codes(read(workbook(HEADER, extra=extra))) == [code]


def test_workbook_of_the_old_format_or_with_a_password_is_refused() -> None:
    """Both begin alike; only one of them needs a password."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert is_workbook(head)
    assert codes(read(head + b"x" * 600)) == ["format-unsupported"]
    protected = head + b"x" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert "The workbook is protected. Save a copy without a password." in said(read(protected))


def test_workbook_with_encrypted_members_is_refused() -> None:
    """A zip that asks for a password is no workbook to read."""
    content = bytearray(workbook(HEADER))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 1)
    assert codes(read(bytes(content))) == ["workbook-protected"]


@pytest.mark.parametrize(
    ("part", "text", "words"),
    [
        ("xl/worksheets/sheet1.xml", sheet(HEADER)[:-20], "damaged"),
        (
            "xl/worksheets/sheet1.xml",
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>',
            "entities",
        ),
        ("xl/workbook.xml", "not xml", "damaged"),
        (
            "xl/worksheets/sheet1.xml",
            sheet(row(1, '<c r="A1" t="s"><v>7</v></c>')),
            "a text that is not there",
        ),
    ],
)
def test_workbook_with_a_bad_part_is_refused(part: str, text: str, words: str) -> None:
    """Damage, entities and references to nothing end the reading with a reason."""
    found = read(workbook(HEADER + row(2, "1", "60"), extra={part: text}))
    assert codes(found) == ["workbook-unreadable"]
    assert words in said(found)


def test_workbook_cut_off_or_incomplete_is_refused() -> None:
    """Half a zip, and a zip without its main part, are damaged workbooks."""
    whole = workbook(HEADER + row(2, "1", "60"))
    assert codes(read(whole[: len(whole) // 2])) == ["workbook-unreadable"]
    assert "missing" in said(read(packed({"hello.txt": "x"})))


def test_workbook_part_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at the limit of a part, however well it was packed."""
    monkeypatch.setattr("dashboard.records.workbook_parts.MOST_UNPACKED", 10_000)
    found = read(workbook(HEADER + "".join(row(n, "1") for n in range(2, 2000))))
    assert "too large" in said(found)


def test_workbook_rows_and_cells_without_names_are_counted() -> None:
    """Rows and cells that do not say where they stand follow each other."""
    head = "<row><c t='inlineStr'><is><t>id</t></is></c><c><v>1</v></c></row>"
    data = head + "<row><c><v>7</v></c></row>"
    found = read(workbook(data), header="1")
    assert found.header == ("id", "1")
    assert found.rows == ((2, ["7", ""]),)


def test_workbook_column_names_and_numbers_invert() -> None:
    """A to XFD and back."""
    for at in (0, 25, 26, 701, 702, 16_383):
        assert column_number(cell_name(0, at)[:-1]) == at


# ---- two independent readers


def invented() -> bytes:
    """A workbook as openpyxl writes it, with every kind of value."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["id", "age", "albumin", "dob", "flag", "notes"])
    page.append(["007", 60, 3.9, datetime.date(1966, 2, 3), True, "line\nbreak & <tag>"])
    page.append(["P2", 61.5, 0.1 + 0.2, datetime.datetime(1960, 1, 1, 10, 30), False, "ünïcode 中"])  # noqa: DTZ001
    page.append([None, None, None, None, None, None])
    page.append(["P4", -1, 1e-7, None, None, " spaced "])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def plain(value: object) -> str:
    """A value of another reader, as ours writes it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, int | float):
        exact = f"{value:.15g}".replace("e", "E")
        return str(int(value)) if float(value).is_integer() else exact
    return str(value)


def test_workbook_agrees_with_openpyxl() -> None:
    """Cell for cell the same as another reader says."""
    content = invented()
    page = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    assert page is not None
    theirs = [[plain(cell) for cell in cells] for cells in page.iter_rows(values_only=True)]
    ours = read(content)
    assert [list(ours.header), *(cells for _, cells in ours.rows)] == [r for r in theirs if any(r)]


def test_workbook_agrees_with_calamine() -> None:
    """Cell for cell the same as a third reader says."""
    content = invented()
    page = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    theirs = [[plain(cell) for cell in cells] for cells in page.to_python()]
    ours = read(content)
    assert [list(ours.header), *(cells for _, cells in ours.rows)] == [r for r in theirs if any(r)]


def test_workbook_parts_stand_where_links_say() -> None:
    """A sheet is found through the workbook's links, absolute or relative, not by its name."""
    links = '<Relationships><Relationship Id="rId1" Target="/xl/pages/one.xml"/></Relationships>'
    extra = {
        "xl/_rels/workbook.xml.rels": links,
        "xl/pages/one.xml": sheet(HEADER + row(2, "linked", "60")),
    }
    assert read(workbook("", extra=extra)).rows[0][1][0] == "linked"


def test_workbook_zip_is_recognised_by_its_first_bytes() -> None:
    """A workbook is told from text by what it begins with."""
    assert is_workbook(workbook(HEADER))
    assert not is_workbook(b"id,age\n1,60\n")
    with zipfile.ZipFile(io.BytesIO(workbook(HEADER))) as archive:
        assert "xl/workbook.xml" in archive.namelist()


def test_workbook_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filled cells are counted while they are read; the limit and the cure are named."""
    monkeypatch.setattr("dashboard.records.workbook_parts.MOST_CELLS", 5)
    assert read(workbook(HEADER + row(2, "P1", "60"))).readable
    found = read(workbook(HEADER + row(2, "P1", "60", "38")))
    assert not found.readable
    (finding,) = found.findings
    assert finding.code == "too-large"
    assert finding.message == "The sheet S1 has more than 5 filled cells."
    assert finding.fix == "Leave out what is not needed, or divide the file."
