"""Columns that hold names of genes: kept as text, with spoilt and old names pointed out.

Spreadsheets turn SEPT2 and MARCH1 into dates; older reports use names that have changed since. Both
are shown with the current symbol; a gene that is really called NA stays what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.records.patient import Choice, Finding, Severity, Unmapped, Where
from dashboard.records.table_patients import TableContext
from dashboard.records.variants import gene_from_date, gene_symbol
from dashboard.records.wording import shown


def list_genes(context: TableContext, places: Sequence[int]) -> None:
    """List every gene named in a gene column; ask about dates, note old names."""
    for match in context.columns.matches:
        if match.role != "gene":
            continue
        for place in places:
            number, cells = context.sheet.rows[place]
            text = cells[match.place].strip()
            if text:
                _list_gene(context, Where(context.sheet.file, number, match.column), text)


def _list_gene(context: TableContext, where: Where, text: str) -> None:
    lost = gene_from_date(text)
    answer = context.reading.answers.get(f"gene:{text}", "")
    if lost:
        symbol = lost if answer == lost else text
        context.findings += [] if answer else [_spoilt(where, text, lost)]
    else:
        symbol = gene_symbol(text)
        context.findings += [] if symbol == text.upper() else [_renamed(where, text, symbol)]
    kept = text if symbol in {text, text.upper()} else f"{symbol} (written {shown(text)})"
    context.unmapped.append(Unmapped(where, where.field, kept, "a gene beside the patient"))


def _spoilt(where: Where, text: str, gene: str) -> Finding:
    return Finding(
        Severity.QUESTION,
        "gene-date",
        f"Row {where.row}: {shown(text)} is probably the gene {gene}, "
        "turned into a date by a spreadsheet. Confirm?",
        where,
        value=shown(text),
        expected="a gene symbol as text",
        fix="Confirm the gene, or type it again in a column formatted as text.",
        rest="The gene is listed as it stands until this is answered.",
        key=f"gene:{text}",
        choices=(Choice(f"Yes, {gene}", answer=gene), Choice("No", answer="no")),
    )


def _renamed(where: Where, text: str, symbol: str) -> Finding:
    return Finding(
        Severity.NOTE,
        "gene-renamed",
        f"{shown(text)} is the gene {symbol} by its current symbol.",
        where,
        value=shown(text),
        expected=symbol,
        fix="Nothing is to be done.",
        rest="Both names are listed.",
    )
