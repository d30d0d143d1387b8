"""Five slides: the patient, the options, the curves, why and who agrees, the decision and sources.

Takes tables and pictures of the same document and words nothing anew. Tables and charts are native,
so that a board can edit them. How high a row gets is reckoned from its letters, so that letters get
smaller and rows are left out before a table leaves its place; what is left out stands in the PDF.
"""

from __future__ import annotations

import io
import textwrap
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
from dashboard.reporting.decided import CAPTION, CLINICIAN, PRESENT, shortened
from dashboard.reporting.document import Callout, Document, Paragraph, Picture, Table

# python-pptx gives its charts, tables and shapes no types that can be relied on.
_Shown = Any
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_MARGIN, _TOP = Inches(0.5), Inches(1.3)
_TITLE_ONLY = 5  # the layout of python-pptx's own template that has a title alone
_MOST_SOURCES, _MOST_WARNED = 6, 3
_MOST_DECIDED, _LONGEST_WORDS = 10, 190
_LETTER, _LINE = 0.55, 1.22  # width of a letter and height of a line, in sizes of the letters
_CELL_SIDES, _CELL_ENDS = 0.2, 0.1  # inches that a cell keeps free
_TITLE, _MORE = 0.32, 0.3  # inches for the words above a table, and for those under it
_LONG_TITLE = 48
_IN_FULL = "\N{HORIZONTAL ELLIPSIS} (in full in the PDF)"
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
    head.text_frame.paragraphs[0].font.size = Pt(30 if len(head.text) <= _LONG_TITLE else 20)
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
    options = _captioned(document, appendix.FORECASTS)
    if options is None:
        _words(slide, ["There is no regimen to show."], _TOP, Inches(1), Pt(22))
        return
    under = _table(slide, options, _Spot(1.2, 6.1, (14, 13, 12, 11, 10)))
    _words(slide, [options.note], Inches(under + 0.05), Inches(0.4), Pt(11))


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
    top = 1.2
    for place, table in enumerate(told):
        until = 3.7 if place == 0 and len(told) > 1 else 6.6
        top = _table(slide, table, _Spot(top, until, (12,) if table is reasons else (10,))) + 0.1


def _agrees(row: tuple[str, ...]) -> bool:
    return not row[-1].startswith(DIFFER)


def _captioned(document: Document, words: str) -> Table | None:
    return next((table for table in document.tables if words in table.caption), None)


def _decision(slide: _Shown, document: Document) -> None:
    found = _captioned(document, CAPTION)
    rows = _DECISION if found is None else _shortened(found)
    table = Table(found.caption if found else CAPTION, ("What", "Said"), rows, (1.0, 4.0))
    _table(slide, table, _Spot(1.2, 5.55, (14, 13, 12, 11, 10)))
    cited = document.sources[:_MOST_SOURCES]
    more = len(document.sources) - len(cited)
    said = [f"Sources: {' | '.join(cited)}" if cited else "No source was cited."]
    said += [f"{more} more sources stand in the PDF."] if more > 0 else []
    _words(slide, said, _HEIGHT - Inches(1.85), Inches(1.2), Pt(9))


def _shortened(table: Table) -> tuple[tuple[str, ...], ...]:
    """The rows of a decision, each in two lines at most; the PDF holds the rest."""
    kept = [row for row in table.rows if row[0] not in (CLINICIAN, PRESENT)]
    rows = [(name, _cut(words.replace("\n", "; "))) for name, words in kept[: _MOST_DECIDED - 1]]
    added = len(kept) - len(rows)
    return (*rows, *([("Added later", f"{added} additions{_IN_FULL[1:]}")] if added else []))


def _cut(words: str) -> str:
    if len(words) <= _LONGEST_WORDS:
        return words
    return shortened(words, _LONGEST_WORDS) + _IN_FULL


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a table begins and has to end, in inches, and in which sizes it may be, best first."""

    top: float
    until: float
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The rows of a table that fit, in a size, with the height of each in inches."""

    rows: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    letters: int


def _fitted(table: Table, spot: _Spot) -> _Fitted:
    """In the largest size in which every row fits; in the smallest, as many as do."""
    room = _WIDTH.inches - 2 * _MARGIN.inches
    shares = _shares(table)
    columns = [room * share / sum(shares) - _CELL_SIDES for share in shares]
    rows = (table.header, *table.rows)
    space = spot.until - spot.top - _TITLE
    for letters in spot.sizes:
        size = letters / 72
        heights = [_high(row, columns, size) for row in rows]
        if sum(heights) <= space:
            return _Fitted(rows, tuple(heights), letters)
    kept = 1
    while kept < len(rows) and sum(heights[: kept + 1]) <= space - _MORE:
        kept += 1
    return _Fitted(rows[:kept], tuple(heights[:kept]), letters)


def _high(row: Sequence[str], columns: Sequence[float], size: float) -> float:
    """The height of a row whose cells are so wide, in inches, for letters of this size."""
    lines = (
        len(textwrap.wrap(text, max(1, int(width / (_LETTER * size)))) or [""])
        for text, width in zip(row, columns, strict=True)
    )
    return max(lines) * _LINE * size + _CELL_ENDS


def _shares(table: Table) -> tuple[float, ...]:
    return table.widths or (1.0,) * len(table.header)


def _table(slide: _Shown, table: Table, spot: _Spot) -> float:
    """A table under its caption; where it ends, in inches."""
    fitted = _fitted(table, spot)
    _words(slide, [table.caption], Inches(spot.top), Inches(_TITLE), Pt(13))
    room, shares, top = _WIDTH - 2 * _MARGIN, _shares(table), spot.top + _TITLE
    shape = slide.shapes.add_table(
        len(fitted.rows), len(table.header), _MARGIN, Inches(top), room,
        Inches(sum(fitted.heights)),
    )  # fmt: skip
    for column, share in zip(shape.table.columns, shares, strict=True):
        column.width = int(room * share / sum(shares))
    for down, (row, height) in enumerate(zip(fitted.rows, fitted.heights, strict=True)):
        shape.table.rows[down].height = Inches(height)
        for across, text in enumerate(row):
            _cell(shape.table.cell(down, across), text, fitted.letters, (down, across))
    under = top + sum(fitted.heights)
    left_out = len(table.rows) + 1 - len(fitted.rows)
    if left_out > 0:
        told = f"{left_out} more rows stand in the PDF: {table.caption}."
        _words(slide, [told], Inches(under), Inches(_MORE), Pt(10))
        under += _MORE
    return under


def _cell(cell: _Shown, text: str, letters: int, place: tuple[int, int]) -> None:
    """Text of one cell; the first row and the first column are bold."""
    down, across = place
    cell.text = text
    cell.fill.solid()
    cell.fill.fore_color.rgb = _colour(theme.PANEL if down == 0 else theme.PAPER)
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.font.size = Pt(letters)
    paragraph.font.bold = down == 0 or across == 0
    paragraph.font.color.rgb = _colour(theme.TEXT)


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
