"""Percentages that pathologists estimate in whole numbers, and columns that hold them as fractions.

PD-L1, Ki-67 and hormone receptors are reported as 60 %, never as 0.6 %, yet spreadsheets keep 60 %
as 0.6 under a header that says "%". Where every value of such a column lies between 0 and 1, one
question is asked for the column; one value above 1 makes plain that percentages are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dashboard.knowledge.schema import Feature
from dashboard.records.amounts import ESTIMATED
from dashboard.records.cells import LEAVE_UNKNOWN
from dashboard.records.column_cells import Column, ColumnValues
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown, some_rows

_OWN_UNIT = re.compile(r"[^\W\d_]|%")
_MOST_SHOWN = 5


def may_be_fractions(feature: Feature, values: Iterable[object]) -> bool:
    """Whether a column of these percentages could be one of fractions."""
    if feature.unit != "%" or ESTIMATED.search(feature.id) is None:
        return False
    numbers = [v for v in values if isinstance(v, float)]
    return any(0 < number < 1 for number in numbers) and max(numbers) <= 1


def ask_about_fractions(column: Column, result: ColumnValues, answer: str) -> None:
    """One question where the header says percent and every value is a fraction of one.

    Args:
        column: its cells; the unit is the one its header states.
        result: what was read of it; values in doubt are made unknown again.
        answer: what was answered about the unit of the column.
    """
    if answer not in {"", "unknown"} or column.unit != column.feature.unit:
        return
    if not may_be_fractions(column.feature, result.values):
        return
    places = [
        at
        for at, value in enumerate(result.values)
        if value and _OWN_UNIT.search(column.cells[at]) is None
    ]
    for place in places:
        result.values[place] = None
        result.origins.pop(place, None)
    if places and not answer:
        result.findings.append(_question(column, places))


def _question(column: Column, places: list[int]) -> Finding:
    example = min((column.cells[at] for at in places), key=len)
    number = float(example.replace(",", "."))
    rows = some_rows(column.rows[at] for at in places)
    return Finding(
        Severity.QUESTION,
        "unit-unclear",
        f"{column.feature.label}: the column says % and every value is between 0 and 1 ({rows}). "
        f"Is {shown(example)} meant as {number:g} % or as {number * 100:g} %?",
        Where(column.file, column.rows[places[0]], column.name),
        value=shown(", ".join(column.cells[at] for at in places[:_MOST_SHOWN])),
        expected="0 to 100 %, usually in whole numbers",
        fix="Choose one of the answers, or write the values as percentages.",
        rest="These values stay unknown until it is answered; everything else was read.",
        key=f"unit:{column.name}",
        choices=(
            Choice(f"Fractions: {shown(example)} is {number * 100:g} %", answer="fraction"),
            Choice(f"Percentages: {shown(example)} is {number:g} %", answer="as-written"),
            Choice(LEAVE_UNKNOWN, answer="unknown"),
        ),
    )
