"""Searching what is published, and adding to it: words, filters, three views, a file of one's own.

A row shows what was found with figures, intervals, source and whether it was re-read; what a
hospital added is marked as its own. Words that were looked for as well are told, so that nobody
wonders why a row is there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import streamlit as st

from components.charts.evidence import (
    OWN,
    ROWS_IN_FOREST,
    TRIAL,
    ForestRow,
    YearMark,
    forest_figure,
    text_of,
    timeline_figure,
)
from components.charts.markup import Markup, element, join
from components.charts.theme import RawFigure
from components.widgets import panels
from components.widgets.downloads import Offer, download_row
from components.widgets.evidence import source_cell
from components.widgets.figures import show_figure
from components.widgets.panels import Tone, chip
from components.widgets.tables import Cell, Column, table
from dashboard.answers.evidence import (
    CIVIC,
    GUIDELINE,
    REFERENCES,
    Addition,
    Document,
    Figure,
    Found,
)
from dashboard.records.patient import Finding

VIEWS = ROWS, FOREST, YEARS = "Rows", "Forest", "Years"
ROWS_ON_PAGE = 25
_IN_A_ROW = 3
_MOST_YEARS = 14  # regimens in the line of years
_MOST_FIGURES = 4
_SHOWN_OF_A_FILE = 8
_MOST_FINDINGS = 12
_MOST_DRAWN = 400
_TEXT_LETTERS = 220
_NO_REGIMEN = "no regimen named"

Values = Mapping[str, Sequence[tuple[str, int]]]


def ask(facets: Mapping[str, str], values: Values, *, key: str, disease: str = "") -> Question:
    """What is looked for: words, and the values of each facet that pass."""
    query = st.text_input(
        "Search", key=f"{key}.query", persist_state="session",
        placeholder="a drug or brand name, a gene, a trial, a side effect …",
    )  # fmt: skip
    filters: dict[str, list[str]] = {}
    names = list(facets)
    for first in range(0, len(names), _IN_A_ROW):
        columns = st.columns(_IN_A_ROW)
        for column, name in zip(columns, names[first : first + _IN_A_ROW], strict=False):
            with column:
                counts = dict(values[name])
                start = [disease] if name == "disease" and disease in counts else []
                filters[name] = st.multiselect(
                    facets[name], list(counts), default=start, placeholder="all",
                    key=f"{key}.{name}.{disease if name == 'disease' else ''}", select_all=False,
                )  # fmt: skip
    return query, filters


Question = tuple[str, dict[str, list[str]]]


def show_found(search: Callable[[int, int], Found], *, key: str) -> RawFigure | None:
    """What a search gives, as rows, as a forest or by year; gives what was drawn.

    Args:
        search: gives at most so many documents after so many.
        key: of the widgets.
    """
    view = st.segmented_control(
        "Drawn as", VIEWS, default=ROWS, required=True, key=f"{key}.view", wrap=True,
        persist_state="session",
    )  # fmt: skip
    whole = search(_MOST_DRAWN, 0)
    panels.show(told(whole))
    if not whole.total:
        panels.show(
            panels.empty_state("Nothing was found.", "Take a word or a filter away, or add rows.")
        )
        return None
    figure = None
    if view == ROWS:
        place = choose_page(whole, key=f"{key}.page")
        panels.show(rows_table(search(ROWS_ON_PAGE, place * ROWS_ON_PAGE).documents))
    elif view == FOREST:
        figure = show_forest(whole.documents, key=f"{key}.forest")
    else:
        figure = show_years(whole.documents, key=f"{key}.years")
    take = Offer(
        "What was found (CSV)", "evidence.csv", "text/csv", lambda: found_csv(whole.documents)
    )
    download_row([take], key=f"{key}.take")
    return figure


def told(found: Found) -> Markup:
    """How many rows were found among how many, and what was looked for as well."""
    parts: list[Markup | str] = [
        element("strong", f"{found.total:,} of {found.searched:,} rows and references")
    ]
    widened = [words for words in found.words if "(also" in words]
    if found.read:
        parts.append(f". No row has a word written like that: {'; '.join(found.read)}")
    if found.loosened:
        parts.append(". No row holds every word; these hold some of them")
    if widened:
        parts.append(element("span", f". Looked for: {'; '.join(widened)}", class_="cc-muted"))
    return element("p", *parts, class_="cc-small")


def choose_page(found: Found, *, key: str) -> int:
    """Which portion of the rows to show, counted from nought."""
    pages = -(-found.total // ROWS_ON_PAGE)
    return int(st.pagination(pages, key=f"{key}.{pages}")) - 1 if pages > 1 else 0


def rows_table(documents: Sequence[Document]) -> Markup:
    """Each row with what it says, in whom, its figures and its source."""
    columns = (
        Column("What", width="38%"), Column("Figures", width="30%"), Column("Source"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [_what(document), _figures(document.figures), source_cell(document.source)]
        for document in documents
    ]
    return table("What was found", columns, rows, quiet=True)


def show_forest(documents: Sequence[Document], *, key: str) -> RawFigure | None:
    """One kind of figure of the documents found, as a forest."""
    labels: dict[str, int] = {}
    for document in documents:
        for figure in document.figures:
            labels[figure.label] = labels.get(figure.label, 0) + 1
    if not labels:
        panels.show(panels.empty_state("No figure to draw.", "Widen the search or its filters."))
        return None
    ordered = sorted(labels, key=lambda label: -labels[label])
    picked = st.selectbox(
        "Figure drawn", ordered, key=key,
        format_func=lambda label: f"{label[:1].upper()}{label[1:]} ({labels[label]})",
    )  # fmt: skip
    held = [(d, f) for d in documents for f in d.figures if f.label == picked]
    shown = held[:ROWS_IN_FOREST]
    rows = [
        ForestRow(
            document.title, figure.value, figure.low, figure.high, OWN if document.own else TRIAL,
            f"{document.source.text}; interval {figure.interval}",
        )
        for document, figure in shown
    ]  # fmt: skip
    unit = held[0][1].unit
    title = f"{picked[:1].upper()}{picked[1:]}" + (f", {unit}" if unit == "months" else "")
    figure = forest_figure(rows, title=title, unit=unit)
    show_figure(figure, key=f"{key}.figure")
    left_out = len(held) - len(shown)
    more = f" {left_out} more are not drawn: narrow the search." if left_out else ""
    st.caption(f"Trials of different patients beside each other; nothing is pooled.{more}")
    panels.show(rows_table([document for document, _ in shown]))
    return figure


def show_years(documents: Sequence[Document], *, key: str) -> RawFigure | None:
    """The publications found by year, a row for each regimen."""
    marks = [
        YearMark(
            document.year, document.title, _regimen(document), document.patients,
            re_read=document.source.verified == "yes", note=document.source.text,
        )
        for document in documents
        if document.year is not None
    ]  # fmt: skip
    rows = list(dict.fromkeys(mark.row for mark in marks))[:_MOST_YEARS]
    drawn = [mark for mark in marks if mark.row in rows]
    if not drawn:
        panels.show(panels.empty_state("No year to draw.", "None of these rows names its year."))
        return None
    figure = timeline_figure(drawn)
    show_figure(figure, key=key)
    st.caption(
        "The larger the disc, the larger the trial. Filled: re-read at its source in full. "
        f"{len(drawn)} of {len(documents)} rows have a year and stand here."
    )
    panels.show(rows_table([d for d in documents if d.year is not None and _regimen(d) in rows]))
    return figure


def found_csv(documents: Sequence[Document]) -> bytes:
    """What was found as a table, one figure a line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["title", "kind", "year", "patients", "figure", "value", "low", "high", "unit", "interval",
         "re_read", "source", "reference", "verified", "own"]
    )  # fmt: skip
    for document in documents:
        head = [_kind(document), document.year, document.patients]
        source = document.source
        tail = [source.text, source.reference, source.verified, "yes" if document.own else ""]
        for figure in document.figures or (None,):
            cells: list[object] = [""] * 7
            if figure is not None:
                cells = [
                    figure.label, figure.value, figure.low, figure.high, figure.unit,
                    figure.interval, "yes" if figure.re_read else "no",
                ]  # fmt: skip
            row = [document.title, *head, *cells, *tail]
            writer.writerow(["" if cell is None else _safe(cell) for cell in row])
    return out.getvalue().encode()


def before_the_file() -> None:
    """What will happen to a file, while there is none."""
    panels.show(
        panels.lead(
            "Add your hospital's own figures, guideline tables and references, or CIViC's evidence "
            "summaries. They are searched and drawn beside what ships, marked as your own, and "
            "stay on this machine. Guidelines are judged for each patient, by the newest version."
        )
    )


def offer_to_add(
    looked_at: Looked, lines: Callable[[Sequence[Finding]], Markup], *, key: str
) -> bool:
    """What a file would add, what speaks against the rest, and the button; True when pressed."""
    if looked_at.findings:
        panels.show(lines(looked_at.findings[:_MOST_FINDINGS]))
        more = len(looked_at.findings) - _MOST_FINDINGS
        if more > 0:
            st.caption(f"and {more} more findings of the same kinds")
    documents = looked_at.documents
    if not documents:
        return False
    panels.show(preview_table(documents))
    if looked_at.added:
        st.caption("This file is added already.")
        return False
    label = f"Add {_counted(len(documents), looked_at.kind)}"
    return st.button(label, type="primary", key=key)


class Looked(Protocol):
    """What is shown of a file before it is added."""

    @property
    def kind(self) -> str:
        """Rows or references."""
        ...

    @property
    def documents(self) -> tuple[Document, ...]:
        """What would be added."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What speaks against the rest."""
        ...

    @property
    def added(self) -> bool:
        """Whether it is there already."""
        ...


def drop(*, key: str) -> tuple[str, bytes] | None:
    """The dropped file's name and content; None while there is none."""
    dropped = st.file_uploader(
        "Rows or guidelines of your own (CSV or Excel), evidence of CIViC (.tsv), or references "
        "from PubMed (.nbib, .txt) or a reference manager (.ris)",
        ("csv", "xlsx", "tsv", "nbib", "txt", "ris"), key=key,
    )  # fmt: skip
    return None if dropped is None else (dropped.name, dropped.getvalue())


def preview_table(documents: Sequence[Document]) -> Markup:
    """The first of what would be added, as it would be found."""
    shown = documents[:_SHOWN_OF_A_FILE]
    more = len(documents) - len(shown)
    drawn = rows_table(shown)
    return join([drawn, element("p", f"and {more:,} more", class_="cc-muted")]) if more else drawn


def choose_removal(additions: Sequence[Addition], *, key: str) -> str | None:
    """The additions with a button each; the id of the one to take away."""
    wanted = None
    if not additions:
        panels.show(panels.empty_state("Nothing was added yet.", "Drop a file above to begin."))
    for addition in additions:
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left:
            panels.show(_addition(addition))
        with right:
            label = f"Remove {panels.plain(addition.name)}"
            if st.button("Remove", key=f"{key}.{addition.id}", help=label):
                wanted = addition.id
    return wanted


def _addition(addition: Addition) -> Markup:
    count = _counted(addition.documents, addition.kind)
    when = addition.added.replace("T", " ").removesuffix("+00:00")
    told_of = f"{count}, added {when} UTC by {addition.by}"
    name = element("strong", addition.name)
    return element("p", name, element("br"), element("span", told_of, class_="cc-muted cc-small"))


def _counted(count: int, kind: str) -> str:
    noun = {REFERENCES: "reference", CIVIC: "item", GUIDELINE: "statement"}.get(kind, "row")
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _what(document: Document) -> Markup:
    facts = [
        str(document.year or ""),
        f"n = {document.patients:,}" if document.patients else "",
        *document.facets.get("disease", ()),
        *document.facets.get("line", ()),
    ]
    lines: list[Markup | str] = [document.title, element("br")]
    lines.append(chip(Tone.CAUTION if document.own else Tone.PLAIN, _kind(document)))
    told_of = " \N{MIDDLE DOT} ".join(fact for fact in facts if fact)
    lines += [" ", element("span", told_of, class_="cc-small cc-muted cc-light")]
    text = " ".join(document.text.split())
    if text:
        short = text if len(text) <= _TEXT_LETTERS else text[:_TEXT_LETTERS].rstrip() + "…"
        lines += [element("br"), element("span", short, class_="cc-small cc-muted cc-light")]
    return join(lines)


def _kind(document: Document) -> str:
    return next(iter(document.facets.get("kind", ())), "")


def _regimen(document: Document) -> str:
    return next(iter(document.facets.get("regimen", ())), _NO_REGIMEN)


def _figures(figures: Sequence[Figure]) -> Markup:
    if not figures:
        return element("span", "no figure", class_="cc-small cc-muted")
    lines = [element("li", f"{f.label} {text_of(f)}") for f in figures]
    first = element("ul", *lines[:_MOST_FIGURES], class_="cc-list cc-small")
    rest = lines[_MOST_FIGURES:]
    if not rest:
        return first
    return join([first, panels.disclosure(f"{len(rest)} more figures", element("ul", *rest))])


def _safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    risky = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if risky else cell
