"""One document as PDF, page, slides and data: the same words, and no code from a record."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pypdf
import pytest
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from components.charts.markup import Drawing, element
from dashboard.records.patient import Patient
from dashboard.reporting.board_report import compose
from dashboard.reporting.document import Document, Picture, Table
from dashboard.reporting.plain import as_data
from dashboard.reporting.printing import render_pages, render_pdf
from dashboard.reporting.slides import render_pptx
from dashboard.reporting.web_page import render_html
from tests.unit.reporting.cases import VALUES, a_case

PAYLOADS = ('#import "x"', "<script>alert(1)</script>", "$sum$ *b* _i_ @ref", "\\u{1F600} ]]>")
DOCUMENT = compose(a_case())


def pdf_text(content):
    """The words of a PDF, without the breaks of its lines."""
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    return "".join("".join(pages).split())


def slide_text(content):
    """The words of all slides."""
    said = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                said.append(shape.text_frame.text)
            if shape.has_table:
                said += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(said)


def test_every_cell_of_every_table_stands_in_pdf_and_page():
    """No number is lost or differs between paper and page."""
    printed, page = pdf_text(render_pdf(DOCUMENT)), render_html(DOCUMENT).decode()
    for table in DOCUMENT.tables:
        for cell in (cell for row in table.rows for cell in row):
            assert "".join(cell.split()).replace("-", "") in printed.replace("-", ""), cell
            assert cell.replace("'", "&#x27;").replace("<", "&lt;").replace(">", "&gt;") in page


def test_slides_show_the_options_and_leave_room_for_the_decision():
    """Five slides: patient, options, curves, why and who agrees, decision and sources."""
    content = render_pptx(DOCUMENT)
    said = slide_text(content)
    assert len(Presentation(io.BytesIO(content)).slides) == 5
    assert "41% (33 to 50%)" in said
    assert "Decision of the board" in said
    assert "SYNTHETIC" in said
    assert "Sources: " in said
    assert DOCUMENT.stamp in said


def test_slides_draw_the_curves_as_numbers():
    """The chart can be edited, and its points are those of the forecast."""
    slide = Presentation(io.BytesIO(render_pptx(DOCUMENT))).slides[2]
    chart = next(shape.chart for shape in slide.shapes if shape.has_chart)
    series = chart.plots[0].series[0]
    assert list(series.values)[24] == pytest.approx(48.7, abs=0.05)


def test_slides_say_how_many_rows_did_not_fit():
    """Nothing disappears without a word."""
    table = DOCUMENT.tables[0]
    many = replace(table, rows=table.rows * 12)
    blocks = tuple(many if block is table else block for block in DOCUMENT.blocks)
    content = render_pptx(replace(DOCUMENT, blocks=blocks))
    told = r"(\d+) more rows stand in the PDF: Forecasts with 90% intervals"
    left_out = re.search(told, slide_text(content))
    (shown,) = [x.table for x in Presentation(io.BytesIO(content)).slides[1].shapes if x.has_table]
    assert len(shown.rows) > 5
    assert int(left_out[1]) == 36 - (len(shown.rows) - 1)


@pytest.mark.parametrize("times", [1, 2, 3, 6, 12])
def test_slides_keep_every_table_above_the_foot(times):
    """However many rows and however long their words, no table reaches into what is below it."""
    long = tuple(
        replace(t, rows=tuple((f"{r[0]} {'word ' * 8 * times}", *r[1:]) for r in t.rows * times))
        for t in DOCUMENT.tables
    )
    swapped = dict(zip(map(id, DOCUMENT.tables), long, strict=True))
    blocks = tuple(swapped.get(id(block), block) for block in DOCUMENT.blocks)
    for slide in Presentation(io.BytesIO(render_pptx(replace(DOCUMENT, blocks=blocks)))).slides:
        places = sorted(
            (shape.top, shape.top + _tall(shape)) for shape in slide.shapes
            if not shape.has_chart  # two stand side by side
        )  # fmt: skip
        assert places[-1][1] <= Inches(7.5)
        assert all(end - start <= 100 for (_, end), (start, _) in pairwise(places))  # 0.0001 inch


def _tall(shape):
    """How high a table is drawn; other shapes have their own height."""
    return sum(row.height for row in shape.table.rows) if shape.has_table else shape.height


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_record_cannot_change_the_page(payload):
    """What looks like code in a record is printed as the letters somebody typed."""
    document = compose(a_case(patient=Patient(payload, "nsclc", VALUES, line=1)))
    assert "".join(payload.split()) in pdf_text(render_pdf(document))
    assert "<script>alert" not in render_html(document).decode()
    assert payload in slide_text(render_pptx(document))


def test_pdf_is_the_same_twice_and_tagged():
    """Equal documents give equal bytes, and a screen reader finds its way."""
    first = render_pdf(DOCUMENT)
    assert first == render_pdf(DOCUMENT)
    assert pypdf.PdfReader(io.BytesIO(first)).trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_preview_loses_no_row_of_a_drawing():
    """A line that falls evenly does so from every row of dots to the next; none is skipped."""
    content = element("line", x1=0, y1=0, x2=188, y2=188, stroke="#FF0000", stroke_width=3)
    for height in (188, 214, 330, 420):  # charts of six and seven rows, curves, panels
        drawing = Drawing(760, height, content, "a line")
        alone = Document("T", "S", date(2026, 3, 1), False, (Picture(drawing, ""),))
        (page,) = render_pages(alone)
        red, green, _ = np.moveaxis(np.asarray(Image.open(io.BytesIO(page)).convert("RGB")), 2, 0)
        rows = [np.flatnonzero(row).mean() for row in (red > 200) & (green < 128) if row.any()]
        assert len(rows) > 100
        assert np.diff(rows).max() < 1.6, height


def test_printed_interval_stays_on_one_line():
    """A cell too narrow for both breaks before the bracket, never inside it."""
    cell = "0.9% (0.2 to 4.1%)"
    narrow = Table("C", ("Regimen", "Chance"), (("A", cell),), (8.0, 1.0))
    alone = Document("T", "S", date(2026, 3, 1), False, (narrow,))
    (page,) = pypdf.PdfReader(io.BytesIO(render_pdf(alone))).pages
    assert "(0.2\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}4.1%)" in page.extract_text()
    assert json.loads(json.dumps(as_data(alone)))["blocks"][0]["rows"] == [["A", cell]]


def test_page_stands_alone():
    """No script and nothing fetched from elsewhere."""
    page = render_html(DOCUMENT).decode()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").split("<h2>Sources")[0]
    assert 'lang="en"' in page


def test_data_is_plain_json():
    """The JSON form holds the same rows, and pictures as words."""
    data = json.loads(json.dumps(as_data(DOCUMENT, with_pictures=False)))
    tables = [block for block in data["blocks"] if block["kind"] == "table"]
    assert tables[0]["rows"][0][2] == "41% (33 to 50%)"
    assert all("svg" not in block for block in data["blocks"])


def test_table_refuses_a_row_that_does_not_fit():
    """A missing cell is a mistake of ours and stops the report."""
    with pytest.raises(ValueError, match="a row of 'T' does not fit its header"):
        Table("T", ("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="1 widths for 2 columns"):
        Table("T", ("a", "b"), (), (1.0,))
