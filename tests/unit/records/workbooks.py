"""Workbooks for tests, written part by part so that every oddity can be put in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def workbook(
    *sheets: str,
    strings: Sequence[str] = (),
    styles: str = "",
    properties: str = "",
    states: Mapping[int, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook whose sheets hold this XML (rows within sheetData, and what may follow)."""
    hidden = states or {}
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" state="{hidden.get(n, "visible")}" r:id="rId{n}"/>'
        for n in numbers
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "xl/workbook.xml": (
            f"<workbook {_MAIN} {_LINKS}>{properties}<sheets>{listed}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": sheet(sheets[n - 1]) for n in numbers},
    }
    if strings:
        items = "".join(f"<si>{text}</si>" for text in strings)
        parts["xl/sharedStrings.xml"] = f"<sst {_MAIN}>{items}</sst>"
    if styles:
        parts["xl/styles.xml"] = f"<styleSheet {_MAIN}>{styles}</styleSheet>"
    return packed({**parts, **(extra or {})})


def sheet(content: str) -> str:
    """A sheet part around rows."""
    if "<sheetData" not in content:
        content = f"<sheetData>{content}</sheetData>"
    return f"<worksheet {_MAIN}>{content}</worksheet>"


def packed(parts: Mapping[str, str]) -> bytes:
    """These parts as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def row(number: int, *cells: str, attributes: str = "") -> str:
    """A row of cells that are given as XML or as plain inline text."""
    inner = "".join(
        cell if cell.startswith("<c") else inline(f"{chr(65 + at)}{number}", cell)
        for at, cell in enumerate(cells)
    )
    return f'<row r="{number}" {attributes}>{inner}</row>'


def inline(name: str, text: str) -> str:
    """A cell that holds its text itself."""
    return f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>' if text else ""


def number(name: str, value: str, style: int = 0) -> str:
    """A cell that holds a number."""
    return f'<c r="{name}" s="{style}"><v>{value}</v></c>'
