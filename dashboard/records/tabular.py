"""Patients out of a table: CSV, TSV or XLSX, one row a patient or one row a test.

The table is laid out by `tables` (or `workbook`), its columns are understood by `settling`, its
rows by `people`, its values read by `table_patients`; here these are put in order. A row that
cannot be used never stops the others, a column nobody uses is listed, and every answer to a
question is applied by reading the file again. Whether the facts of one patient agree with each
other is for the checks of the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dashboard.foundation.collector import without_collector
from dashboard.knowledge.schema import Feature
from dashboard.records.cells import LEAVE_UNKNOWN
from dashboard.records.columns import DECIMAL_KEY
from dashboard.records.derive import missing_ingredients
from dashboard.records.diseases import diseases_of_rows
from dashboard.records.gene_columns import list_genes
from dashboard.records.long_tables import is_long, widen
from dashboard.records.mapping import HELD, Match, NameIndex, recognised
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Patient,
    Severity,
    Unmapped,
    Where,
)
from dashboard.records.people import People, find_people
from dashboard.records.reading import Reading
from dashboard.records.settling import settle_columns
from dashboard.records.table_patients import TableContext, TestResults, group_rows, read_patients
from dashboard.records.table_writing import write_csv
from dashboard.records.tables import Sheet, read_delimited
from dashboard.records.units import UnitTable
from dashboard.records.wording import shown, some_rows
from dashboard.records.workbook import is_workbook, read_workbook

__all__ = ["read_table", "write_csv"]

_UNUSED_ROLES = frozenset({"", "ignore", "test", "value", "unit", "taken_on", "sample", "ref_high"})
_NOT_USED = "not used by any model"
_MOST_UNMAPPED = 200_000  # cells listed one by one; beyond, one entry per column
_HIDDEN = "(not shown)"
_PREVIEW = 5


def read_table(content: bytes, name: str, reading: Reading) -> Intake:
    """The patients of a table file.

    Args:
        content: the file, already admitted by the gate.
        name: its name; the kind is told from the content.
        reading: knowledge, day, disease, and the answers to earlier questions.
    """
    index = NameIndex(_features(reading), UnitTable.standard())
    with without_collector():
        sheet = _sheet(content, name, reading, index)
        if not sheet.readable:
            return Intake(findings=sheet.findings, format=sheet.kind)
        return _read_sheet(sheet, index, reading, {})


def _features(reading: Reading) -> list[Feature]:
    """The features a column can be of: those of the disease, or of every pack, and ingredients."""
    packs = reading.library.packs
    chosen = [pack for pack in packs if pack.id == reading.disease] or list(packs)
    features = {feature.id: feature for pack in chosen for feature in pack.features}
    return [*features.values(), *missing_ingredients(features.values())]


def _sheet(content: bytes, name: str, reading: Reading, index: NameIndex) -> Sheet:
    def recognise(cells: Sequence[str]) -> int:
        return recognised(cells, index)

    read = read_workbook if is_workbook(content) else read_delimited
    return read(content, name, reading.answers, recognise)


def _read_sheet(
    sheet: Sheet,
    index: NameIndex,
    reading: Reading,
    results: Mapping[str, TestResults],
) -> Intake:
    settled = settle_columns(sheet, index, reading)
    context = TableContext(settled.sheet, settled.columns, index, reading)
    context.findings += [*sheet.findings, *settled.findings]
    if is_long(context.columns, context.sheet, index):
        return _read_long(context)
    people = _people(context)
    rows = [context.sheet.rows[place] for place in people.places]
    place = context.columns.place("disease")
    column = "" if place is None else context.sheet.header[place]
    diseases = diseases_of_rows(rows, place, reading, column=column, file=sheet.file)
    if people.places:
        context.findings += diseases.findings
    patients = [
        patient
        for group in group_rows(people.places, people.ids, diseases.of_row)
        for patient in read_patients(context, group, results)
    ]
    _ask_for_decimal_mark(context)
    list_genes(context, people.places)
    _list_unmapped(context, people)
    at = {name: place for place, name in enumerate(people.ids)}
    return _intake(context, sorted(patients, key=lambda patient: at[patient.id]))


def _intake(context: TableContext, patients: Iterable[Patient]) -> Intake:
    return Intake(
        tuple(patients),
        tuple(_without_repeats(context.findings)),
        tuple(context.unmapped),
        context.sheet.kind,
        context.sheet.header,
    )


def _without_repeats(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that tumour groups of one file share are said once."""
    known: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        known.setdefault((finding.code, finding.where, finding.message, finding.patient), finding)
    return list(known.values())


def _read_long(context: TableContext) -> Intake:
    """A table of one row a test is turned into one row a patient, and read as such."""
    wide = widen(context.sheet, context.columns, context.index, context.reading)
    if not wide.sheet.readable:
        return Intake((), (*context.findings, *wide.findings), wide.unmapped, context.sheet.kind)
    intake = _read_sheet(wide.sheet, context.index, context.reading, wide.results)
    return Intake(
        intake.patients,
        (
            *context.findings,
            *wide.findings,
            *(f for f in intake.findings if f.code != "columns-matched"),
        ),
        (*wide.unmapped, *intake.unmapped),
        context.sheet.kind,
        context.sheet.header,
    )


# ---- whose rows these are


def _people(context: TableContext) -> People:
    columns, sheet, reading = context.columns, context.sheet, context.reading
    place = columns.place("id")
    place = columns.place("sample") if place is None else place
    answer = reading.answers.get("id-column", "")
    if place is None and answer in sheet.header:
        place = sheet.header.index(answer)
    if place is None and answer != "number":
        context.findings.append(_ask_for_id_column(context))
        return People()
    people = find_people(
        sheet.rows,
        sheet.header,
        place,
        file=sheet.file,
        answers=reading.answers,
        apart=columns.place("line"),
    )
    context.findings += people.findings
    return people


def _ask_for_id_column(context: TableContext) -> Finding:
    unused = [match.column for match in context.columns.matches if not match.feature]
    return Finding(
        Severity.QUESTION,
        "id-column",
        "No column holds the patient's id. Which one is it?",
        Where(context.sheet.file, context.sheet.header_row),
        value=shown(", ".join(context.sheet.header)),
        expected="a column with one id per patient",
        fix="Choose the column, or have the rows numbered.",
        rest="Nothing is imported until this is answered.",
        key="id-column",
        choices=(
            *(Choice(f"Column {shown(name)}", answer=name) for name in unused[:10]),
            Choice("There is none: number the rows", answer="number"),
        ),
    )


# ---- what is left


def _ask_for_decimal_mark(context: TableContext) -> None:
    doubtful = context.doubtful_decimals
    if not doubtful or context.reading.answers.get(DECIMAL_KEY):
        return
    row, column, text = doubtful[0]
    point, joined = text.replace(",", "."), text.replace(",", "")
    preview = "; ".join(
        f"row {number} {shown(name, 30)}: {shown(cell, 20)}"
        for number, name, cell in doubtful[:_PREVIEW]
    )
    rows = some_rows({number for number, _, _ in doubtful})
    context.findings.append(
        Finding(
            Severity.QUESTION,
            "decimal-unclear",
            f"{shown(text)} could be {shown(point)} or {shown(joined)}. "
            f"Choose the decimal mark for this file ({rows}).",
            Where(context.sheet.file, row, column),
            value=shown(preview, 200),
            expected="one decimal mark in the whole file",
            fix="Choose the decimal mark.",
            rest="These values stay unknown until it is answered; everything else was read.",
            key=DECIMAL_KEY,
            choices=(
                Choice(f"Comma: we read {shown(text)} as {shown(point)}", answer=","),
                Choice(f"Point: we read {shown(text)} as {shown(joined)}", answer="."),
                Choice(LEAVE_UNKNOWN, answer="unknown"),
            ),
        )
    )


def _list_unmapped(context: TableContext, people: People) -> None:
    for match in context.columns.matches:
        if match.role == "name":
            _list_column(context, match, people, "identifies the patient")
        elif not match.feature and match.role in _UNUSED_ROLES:
            reason = HELD if match.reason == HELD else _NOT_USED
            _list_column(context, match, people, reason)


def _list_column(context: TableContext, match: Match, people: People, reason: str) -> None:
    """The filled cells of a column nobody uses: one by one, or as a whole where they are many."""
    sheet, name, hidden = context.sheet, match.column, match.role == "name"
    if len(context.unmapped) + len(people.places) > _MOST_UNMAPPED or not people.places:
        filled = [c for _, cells in sheet.rows if (c := cells[match.place].strip())]
        text = _HIDDEN if hidden else shown("; ".join(filled[:20]), 400)
        where = Where(sheet.file, sheet.header_row, name)
        many = f"{text} ({len(filled)} filled cells)"
        context.unmapped.append(Unmapped(where, name, many, reason))
        return
    for place in people.places:
        number, cells = sheet.rows[place]
        text = cells[match.place].strip()
        if text:
            where = Where(sheet.file, number, name)
            shown_text = _HIDDEN if hidden else text
            context.unmapped.append(Unmapped(where, name, shown_text, reason))
