"""Five slides: the patient, the options, the curves, why and who agrees, the decision and sources.

Takes tables and pictures of the same document and words nothing anew. Tables and charts are native,
so that a board can edit them; what does not fit on a slide stands in the PDF.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pptx import Presentation
from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

from components.charts import theme
from dashboard.answers.concordance import DIFFER
from dashboard.reporting import appendix
from dashboard.reporting.decided import CAPTION
from dashboard.reporting.document import Callout, Document, Paragraph, Picture, Table

# python-pptx gives its charts, tables and shapes no types that can be relied on.
_Shown = Any
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_MARGIN, _TOP = Inches(0.5), Inches(1.3)
_TITLE_ONLY = 5  # the layout of python-pptx's own template that has a title alone
_MOST_ROWS, _MOST_REASONS, _MOST_BESIDE, _MOST_SOURCES = 8, 4, 3, 6
_MOST_WARNED = 3
_MOST_DECIDED, _LONGEST_WORDS = 10, 190
_IN_FULL = "\N{HORIZONTAL ELLIPSIS} (in full in the PDF)"
_UNDER = _HEIGHT - Inches(0.95)  # just above the foot
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
    _opening(deck, document)
    _options(_slide(deck, "The regimens side by side", document), document)
    _survival(_slide(deck, "Survival", document), document)
    _reasons(_slide(deck, "Why, and who agrees", document), document)
    _decision(_slide(deck, "The decision", document), document)
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
    said = f"{document.warned} {document.stamp}".strip()
    _words(slide, [said], _HEIGHT - Inches(0.6), Inches(0.5), Pt(10))
    return slide


def _opening(deck: _Shown, document: Document) -> None:
    slide = _slide(deck, "Tumour board", document)
    said = [one.text for one in document.blocks if isinstance(one, Paragraph)][:1]
    warned = [f"▲ {one.text}" for one in document.blocks if isinstance(one, Callout)]
    made = f"{document.subtitle}. {document.dated}."
    _words(slide, [made, *said, *warned[:_MOST_WARNED]], _TOP, Inches(4.5), Pt(20))


def _words(slide: _Shown, texts: Sequence[str], top: int, height: int, size: int) -> None:
    frame = slide.shapes.add_textbox(_MARGIN, top, _WIDTH - 2 * _MARGIN, height).text_frame
    frame.word_wrap = True
    for place, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = text
        paragraph.font.size = size
        paragraph.font.color.rgb = _colour(theme.MUTED if place == 0 else theme.TEXT)
        paragraph.space_after = Pt(12)


def _options(slide: _Shown, document: Document) -> None:
    options = next(table for table in document.tables if CAPTION not in table.caption)
    _table(slide, options)


def _survival(slide: _Shown, document: Document) -> None:
    pictures = [one for one in document.blocks if isinstance(one, Picture) and one.series]
    if pictures:
        _charts(slide, pictures[:2])
    else:
        _words(slide, ["There is no curve to show."], _TOP, Inches(1), Pt(22))


def _reasons(slide: _Shown, document: Document) -> None:
    """The facts that add most, and the rows where somebody else speaks; differences first."""
    reasons = _captioned(document, appendix.FACTS)
    beside = _captioned(document, appendix.CONCORDANCE)
    if beside is not None:
        beside = replace(beside, rows=tuple(sorted(beside.rows, key=_agrees)))
    told = [found for found in (reasons, beside) if found is not None]
    if not told:
        _words(slide, ["No reasons were asked for."], _TOP, Inches(1), Pt(22))
    for place, table in enumerate(told):
        rows, letters = (_MOST_BESIDE, 10) if table is beside else (_MOST_REASONS, 12)
        _table(slide, table, _Spot(_TOP + place * Inches(2.6), rows, letters))


def _agrees(row: tuple[str, ...]) -> bool:
    return not row[-1].startswith(DIFFER)


def _captioned(document: Document, words: str) -> Table | None:
    return next((table for table in document.tables if words in table.caption), None)


def _decision(slide: _Shown, document: Document) -> None:
    found = _captioned(document, CAPTION)
    rows, letters = (_DECISION, 13) if found is None else (_shortened(found), 11)
    table = Table(CAPTION, ("Decision", ""), rows, (1.0, 3.0))
    _table(slide, table, _Spot(_TOP, _MOST_DECIDED, letters))
    cited = document.sources[:_MOST_SOURCES]
    more = len(document.sources) - len(cited)
    said = [f"Sources: {' | '.join(cited)}" if cited else "No source was cited."]
    said += [f"{more} more sources stand in the PDF."] if more > 0 else []
    _words(slide, said, _HEIGHT - Inches(1.85), Inches(1.2), Pt(9))


def _shortened(table: Table) -> tuple[tuple[str, ...], ...]:
    """The rows of a decision, each in two lines at most; the PDF holds the rest."""
    rows = [
        (
            name,
            words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS].rstrip() + _IN_FULL,
        )
        for name, words in table.rows[: _MOST_DECIDED - 1]
    ]
    added = len(table.rows) - len(rows)
    return (*rows, *([("Added later", f"{added} additions{_IN_FULL[1:]}")] if added else []))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a table stands, how many rows it may have, and in which size."""

    top: int = _TOP
    rows: int = _MOST_ROWS
    letters: int = 14


def _table(slide: _Shown, table: Table, spot: _Spot = _Spot()) -> None:
    rows = [table.header, *table.rows[: spot.rows]]
    room = _WIDTH - 2 * _MARGIN
    shape = slide.shapes.add_table(
        len(rows), len(table.header), _MARGIN, spot.top, room,
        Inches(0.03 * spot.letters) * len(rows),
    )  # fmt: skip
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
            paragraph.font.size = Pt(spot.letters)
            paragraph.font.bold = down == 0 or across == 0
            paragraph.font.color.rgb = _colour(theme.TEXT)
    left_out = len(table.rows) - spot.rows
    if left_out > 0:
        told = f"{left_out} more rows stand in the PDF: {table.caption}."
        _words(
            slide,
            [told],
            _UNDER if spot.rows == _MOST_ROWS else spot.top + Inches(2.25),
            Inches(0.3),
            Pt(10),
        )


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
