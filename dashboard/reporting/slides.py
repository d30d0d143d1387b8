"""A report as slides: who it is, the options, survival, toxicity, and the decision to be filled in.

Takes tables and pictures of the same document and words nothing anew. Tables and charts are native,
so that a board can edit them; what does not fit on a slide stands in the PDF.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from pptx import Presentation
from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

from components.charts import theme
from dashboard.reporting.document import (
    NOTICE,
    SYNTHETIC,
    Document,
    Paragraph,
    Picture,
    Table,
)

# python-pptx gives its charts, tables and shapes no types that can be relied on.
_Shown = Any
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_MARGIN, _TOP = Inches(0.5), Inches(1.3)
_TITLE_ONLY = 5  # the layout of python-pptx's own template that has a title alone
_MOST_ROWS = 8
_DECISION = (
    ("Options considered", ""),
    ("Decision of the board", ""),
    ("Reasons", ""),
    ("Dissent", ""),
    ("Conditions, missing facts to obtain", ""),
    ("Trial offered", ""),
    ("Responsible, due date", ""),
)


def render_pptx(document: Document) -> bytes:
    """The slides of a report."""
    deck: _Shown = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    tables = document.tables
    pictures = [one for one in document.blocks if isinstance(one, Picture) and one.series]
    _opening(deck, document)
    if tables:
        _table(_slide(deck, "The regimens side by side", document), tables[0])
    if pictures:
        _charts(_slide(deck, "Survival", document), pictures[:2])
    toxic = next((table for table in tables if "grade 3" in table.caption), None)
    if toxic:
        _table(_slide(deck, "Severe toxicity", document), toxic)
    empty = Table("Decision", ("", ""), _DECISION, (1.0, 3.0))
    _table(_slide(deck, "The decision", document), empty)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _slide(deck: _Shown, title: str, document: Document) -> _Shown:
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    head = slide.shapes.title
    head.left, head.top, head.width, head.height = (
        _MARGIN, Inches(0.35), _WIDTH - 2 * _MARGIN, Inches(0.8),
    )  # fmt: skip
    head.text = f"{title}: {document.title.removeprefix('Tumour board: ')}"
    head.text_frame.paragraphs[0].font.size = Pt(30)
    head.text_frame.paragraphs[0].font.bold = True
    head.text_frame.paragraphs[0].font.color.rgb = _colour(theme.TEXT)
    warned = f"{SYNTHETIC}. {NOTICE}" if document.synthetic else NOTICE
    _words(slide, [warned], _HEIGHT - Inches(0.55), Inches(0.4), Pt(11))
    return slide


def _opening(deck: _Shown, document: Document) -> None:
    slide = _slide(deck, "Tumour board", document)
    said = [one.text for one in document.blocks if isinstance(one, Paragraph)][:1]
    made = f"{document.subtitle}. Made on {document.made_on.isoformat()}."
    _words(slide, [made, *said], _TOP, Inches(4.5), Pt(22))


def _words(slide: _Shown, texts: Sequence[str], top: int, height: int, size: int) -> None:
    frame = slide.shapes.add_textbox(_MARGIN, top, _WIDTH - 2 * _MARGIN, height).text_frame
    frame.word_wrap = True
    for place, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = text
        paragraph.font.size = size
        paragraph.font.color.rgb = _colour(theme.MUTED if place == 0 else theme.TEXT)
        paragraph.space_after = Pt(12)


def _table(slide: _Shown, table: Table) -> None:
    rows = [table.header, *table.rows[:_MOST_ROWS]]
    room = _WIDTH - 2 * _MARGIN
    shape = slide.shapes.add_table(
        len(rows), len(table.header), _MARGIN, _TOP, room, Inches(0.45) * len(rows)
    )
    shares = table.widths or (1.0,) * len(table.header)
    for column, share in zip(shape.table.columns, shares, strict=True):
        column.width = int(room * share / sum(shares))
    for down, row in enumerate(rows):
        for across, text in enumerate(row):
            cell = shape.table.cell(down, across)
            cell.text = text
            cell.fill.solid()
            cell.fill.fore_color.rgb = _colour(theme.PANEL if down == 0 else theme.PAPER)
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.font.size = Pt(14)
            paragraph.font.bold = down == 0 or across == 0
            paragraph.font.color.rgb = _colour(theme.TEXT)
    left_out = len(table.rows) - _MOST_ROWS
    if left_out > 0:
        told = f"{left_out} more regimens stand in the PDF."
        _words(slide, [told], _HEIGHT - Inches(0.95), Inches(0.4), Pt(12))


def _charts(slide: _Shown, pictures: Sequence[Picture]) -> None:
    room = (_WIDTH - 2 * _MARGIN) // len(pictures)
    for place, picture in enumerate(pictures):
        data = XyChartData()
        for series in picture.series:
            line = data.add_series(series.name)
            for month, share in zip(series.months, series.shares, strict=True):
                line.add_data_point(month, round(100 * share, 1))
        shape = slide.shapes.add_chart(
            XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS,
            _MARGIN + room * place, _TOP, room, _HEIGHT - _TOP - Inches(0.75), data,
        )  # fmt: skip
        shape._element.nvGraphicFramePr.cNvPr.set("descr", picture.drawing.alt)  # noqa: SLF001 - python-pptx has no other door to alternative text
        _dress(shape.chart, picture)


def _dress(chart: _Shown, picture: Picture) -> None:
    chart.has_title = True
    chart.chart_title.text_frame.text = f"{picture.title} (% against months)"
    chart.chart_title.text_frame.paragraphs[0].font.size = Pt(16)
    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.BOTTOM
    chart.legend.include_in_layout = False
    chart.legend.font.size = Pt(11)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 100
    chart.value_axis.tick_labels.font.size = Pt(12)
    chart.category_axis.tick_labels.font.size = Pt(12)
    chart.category_axis.minimum_scale = 0
    chart.category_axis.has_major_gridlines = False
    for series, style in zip(chart.plots[0].series, theme.REGIMEN_STYLES, strict=False):
        series.format.line.color.rgb = _colour(style.colour)
        series.format.line.width = Pt(2.25)
        series.smooth = False


def _colour(hexadecimal: str) -> RGBColor:
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return RGBColor(red, green, blue)
