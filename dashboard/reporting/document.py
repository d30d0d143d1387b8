"""A report before it is put on paper: a title, blocks in their order, and what it rests on.

The same document becomes PDF, HTML, slides or JSON, so that a number can never differ between them.
Blocks hold words that are ready to be read; nothing is computed or rounded after this point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from components.charts.markup import Drawing
from dashboard.reporting.dates import written_date

NOTICE = (
    "For education and research. Not a medical device. Not for decisions about individual patients "
    "unless your organisation has validated and authorised it."
)
SYNTHETIC = "SYNTHETIC: an invented patient, or forecasts learnt from simulated patients"


@dataclass(frozen=True, slots=True)
class Heading:
    """Opens a section; a section on a page of its own starts one."""

    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain words; small for what explains a figure; what leads stays with what follows it."""

    text: str
    small: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    """What must not be overlooked."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Short sentences of equal weight."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of ready words; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()  # shares of the line; equal where absent
    note: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"a row of {self.caption!r} does not fit its header")
        if self.widths and len(self.widths) != len(self.header):
            raise ValueError(f"{len(self.widths)} widths for {len(self.header)} columns")


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a picture as numbers, for paper that draws its own charts."""

    name: str
    months: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its caption; its alternative text goes with it, and its lines as numbers."""

    drawing: Drawing
    caption: str
    title: str = ""
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One small picture with its title and the words that say the same."""

    title: str
    drawing: Drawing | None  # None where nothing is known; the words say why
    words: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class Panels:
    """Small pictures side by side, on one scale, under one name."""

    title: str
    items: tuple[Panel, ...]
    notes: tuple[str, ...] = ()  # what else belongs to them


@dataclass(frozen=True, slots=True)
class Frame:
    """The words around the content: heads, feet, marks, in the language of the document."""

    language: str = "en"
    page_of: str = "Page {page} of {pages}"
    made_on: str = "Made on {date}"
    sources: str = "Sources"
    synthetic: str = SYNTHETIC
    synthetic_mark: str = "SYNTHETIC"
    notice: str = NOTICE
    large: bool = False  # larger letters, for readers who are not at a desk


class Form(StrEnum):
    """What a report may be put into."""

    PDF = "pdf"
    HTML = "html"
    PPTX = "pptx"
    JSON = "json"


Block = Heading | Paragraph | Callout | Listing | Table | Picture | Panels


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    made_on: date
    synthetic: bool
    blocks: tuple[Block, ...]
    sources: tuple[str, ...] = field(default=())
    stamp: str = ""  # which model, data, pack and program made it
    frame: Frame = Frame()

    @property
    def dated(self) -> str:
        """When it was made, in the words and the date format of its language."""
        return self.frame.made_on.format(date=written_date(self.made_on, self.frame.language))

    @property
    def warned(self) -> str:
        """What stands at the foot of every page."""
        mark = f"{self.frame.synthetic}. " if self.synthetic else ""
        return f"{mark}{self.frame.notice}"

    @property
    def tables(self) -> Sequence[Table]:
        """Every table, in order."""
        return [block for block in self.blocks if isinstance(block, Table)]
