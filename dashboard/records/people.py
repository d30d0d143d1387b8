"""Whose row is whose: ids as they stand, rows without one, rows that come twice.

Ids are text. Nothing is dropped from them (leading zeros, seventeen digits, case), and an id that a
spreadsheet has spoilt is refused rather than guessed. Rows that repeat a row are kept once; rows of
one id that differ are both left out, with the differing fields side by side, until one is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.records.delimited import Record
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown, some_rows
from dashboard.records.words import SPREADSHEET_ERRORS, meaning_of_unknown

MISSING_KEY = "missing-id"
LONGEST_ID = 80
_TEXT_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")
_TOTALS = frozenset(
    {"total", "totals", "sum", "summe", "mean", "average", "median", "count", "n", "subtotal"}
    | {"grand total", "gesamt", "sd", "min", "max", "std", "minimum", "maximum", "range", "iqr"}
    | {
        "mittelwert",
        "mittel",
        "durchschnitt",
        "standardabweichung",
        "stabw",
        "anzahl",
        "spannweite",
    }
    | {"moyenne", "médiane", "somme", "effectif", "écart-type", "ecart type", "media", "promedio"}
)
# What stands alone in the first cell under a table: a footnote, a source, a count.
_REMARK = re.compile(r"[*†‡§#].*|.*[:=].*|(?:\S+\s+){2,}\S+", re.DOTALL)
_MOST_DIFFERENCES = 6
_MOST_NAMED = 20
_LEFT_OUT = "none"


@dataclass(slots=True)
class People:
    """The rows that can be patients: their places among the sheet's rows, and their ids."""

    places: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def find_people(
    rows: Sequence[Record],
    header: Sequence[str],
    id_place: int | None,
    *,
    file: str,
    answers: Mapping[str, str],
    apart: int | None = None,
) -> People:
    """The patients of a table.

    Args:
        rows: the data rows.
        header: the names of the columns.
        id_place: where the id stands; None to number the rows.
        file: for findings.
        answers: answers to earlier questions.
        apart: a column (line of therapy) by which rows of one id are different decisions.
    """
    people = People()
    seen: dict[tuple[str, str], list[int]] = {}
    missing: list[int] = []
    for place, (number, cells) in enumerate(rows):
        name = f"row-{number}" if id_place is None else _clean(cells[id_place])
        if not name or meaning_of_unknown(name) or name.casefold() in _TOTALS:
            if answers.get(MISSING_KEY) != "generate" or _is_totals(cells):
                missing.append(place)
                continue
            name = f"row-{number}"
        if _is_remark(cells, id_place):
            people.findings.append(_passed_over(name, Where(file, number)))
            continue
        fault = _fault(name)
        if fault:
            people.findings.append(_refused_id(fault, name, header, id_place, Where(file, number)))
            continue
        line = "" if apart is None else cells[apart].strip()
        seen.setdefault((name, line), []).append(place)
    _report_missing(people, rows, missing, file)
    _keep(people, rows, header, seen, _Context(file, answers))
    _warn_of_likeness(people, file)
    return people


@dataclass(frozen=True, slots=True)
class _Context:
    file: str
    answers: Mapping[str, str]


def _clean(cell: str) -> str:
    text = cell.strip().strip("\ufeff\u200b\u00a0").strip()
    formula = _TEXT_FORMULA.fullmatch(text)
    return formula[1].strip() if formula is not None else text


def _fault(name: str) -> tuple[str, str] | None:
    """What makes an id unusable, and what to do about it."""
    if _SHORTENED.fullmatch(name):
        return (
            "was shortened by a spreadsheet, its digits are lost",
            "Format the column as text in the source and export it again.",
        )
    if name.casefold() in SPREADSHEET_ERRORS:
        return "is a spreadsheet error", "Mend the formula in the source."
    if not name.isprintable():
        return "contains a control character", "Type the id again."
    if len(name) > LONGEST_ID:
        return f"has {len(name):,} characters; the limit is {LONGEST_ID}", "Use a shorter id."
    return None


def _refused_id(
    fault: tuple[str, str], name: str, header: Sequence[str], place: int | None, where: Where
) -> Finding:
    return Finding(
        Severity.ERROR,
        "id-unusable",
        f"The patient id '{shown(name)}' in row {where.row} {fault[0]}.",
        Where(where.file, where.row, header[place] if place is not None else ""),
        value=shown(name),
        expected=f"an id of at most {LONGEST_ID} printable characters",
        fix=fault[1],
        rest=f"Row {where.row} was left out; the other rows were read.",
    )


def _is_remark(cells: Sequence[str], id_place: int | None) -> bool:
    """Whether nothing but words stands where the id does, and nothing beside them."""
    if id_place is None or _REMARK.fullmatch(_clean(cells[id_place])) is None:
        return False
    return len(cells) > 1 and not any(
        cell.strip() for at, cell in enumerate(cells) if at != id_place
    )


def _passed_over(text: str, where: Where) -> Finding:
    return Finding(
        Severity.WARNING,
        "row-remark",
        f"Row {where.row} holds nothing but '{shown(text)}': it was read as a remark.",
        where,
        value=shown(text),
        expected="facts beside the id of a patient",
        fix="Nothing is to be done if it is one; otherwise enter the facts of the patient.",
        rest="No patient was made of it; all other rows were read.",
    )


def _is_totals(cells: Sequence[str]) -> bool:
    return any(cell.strip().casefold().rstrip(":") in _TOTALS for cell in cells)


def _report_missing(
    people: People, rows: Sequence[Record], missing: Sequence[int], file: str
) -> None:
    for place in missing[:_MOST_NAMED]:
        number, cells = rows[place]
        totals = _is_totals(cells)
        why = "; it looks like a row of totals" if totals else ""
        people.findings.append(
            Finding(
                Severity.ERROR,
                "id-missing",
                f"Row {number} has no patient id{why}.",
                Where(file, number),
                value=shown(" | ".join(cells)),
                expected="an id in every patient row",
                fix="Delete the row." if totals else "Enter an id, or have one made.",
                rest=f"Row {number} was left out; the other rows were read.",
                key="" if totals else MISSING_KEY,
                choices=()
                if totals
                else (Choice(f"Use the made-up id row-{number}", answer="generate"),),
            )
        )
    rest = [rows[place][0] for place in missing[_MOST_NAMED:]]
    if rest:
        people.findings.append(
            Finding(
                Severity.ERROR,
                "id-missing",
                f"{len(rest)} more rows have no patient id ({some_rows(rest)}).",
                Where(file, rest[0]),
                expected="an id in every patient row",
                fix="Enter ids, or have them made.",
                rest="These rows were left out; the other rows were read.",
                key=MISSING_KEY,
                choices=(Choice("Use made-up ids (row-N)", answer="generate"),),
            )
        )


def _keep(
    people: People,
    rows: Sequence[Record],
    header: Sequence[str],
    seen: Mapping[tuple[str, str], list[int]],
    context: _Context,
) -> None:
    kept: list[tuple[int, str]] = []
    for (name, _), places in seen.items():
        if len(places) == 1:
            kept.append((places[0], name))
            continue
        distinct = _distinct(rows, places)
        if len(distinct) < len(places):
            people.findings.append(_repeated(rows, name, places, distinct, context.file))
        chosen = _chosen(rows, distinct, context.answers)
        if chosen is not None:
            kept.append((chosen, name))
        elif context.answers.get(_key(rows, distinct)) != _LEFT_OUT:
            people.findings.append(_contradicting(rows, header, name, distinct, context.file))
    for place, name in sorted(kept):
        people.places.append(place)
        people.ids.append(name)


def _distinct(rows: Sequence[Record], places: Sequence[int]) -> list[int]:
    """The first of each group of rows whose cells are all equal."""
    first: dict[tuple[str, ...], int] = {}
    for place in places:
        first.setdefault(tuple(cell.strip() for cell in rows[place][1]), place)
    return list(first.values())


def _chosen(
    rows: Sequence[Record], distinct: Sequence[int], answers: Mapping[str, str]
) -> int | None:
    if len(distinct) == 1:
        return distinct[0]
    answer = answers.get(_key(rows, distinct), "")
    return next((place for place in distinct if str(rows[place][0]) == answer), None)


def _key(rows: Sequence[Record], distinct: Sequence[int]) -> str:
    """The key of the question; it is shown, and so must not name the patient."""
    return f"duplicate:row {rows[distinct[0]][0]}"


def _repeated(
    rows: Sequence[Record], name: str, places: Sequence[int], distinct: Sequence[int], file: str
) -> Finding:
    again = [rows[place][0] for place in places if place not in distinct]
    first = rows[distinct[0]][0]
    verb = "repeats" if len(again) == 1 else "repeat"
    return Finding(
        Severity.NOTE,
        "row-repeated",
        f"{some_rows(again).capitalize()} {verb} row {first} (patient {shown(name)}), kept once.",
        Where(file, again[0]),
        value=shown(name),
        expected="one row per patient",
        fix="Nothing is to be done.",
        rest="All other rows were read.",
        patient=name,
    )


def _contradicting(
    rows: Sequence[Record], header: Sequence[str], name: str, places: Sequence[int], file: str
) -> Finding:
    differing = []
    for at, column in enumerate(header):
        cells = [rows[place][1][at].strip() for place in places]
        if len(set(cells)) > 1:
            differing.append(f"{shown(column)}: {' / '.join(shown(c, 20) or '-' for c in cells)}")
    more = len(differing) - _MOST_DIFFERENCES
    sides = "; ".join(differing[:_MOST_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")
    numbers = [rows[place][0] for place in places]
    return Finding(
        Severity.ERROR,
        "id-twice",
        f"Patient {shown(name)} stands in {some_rows(numbers)} with different values. {sides}.",
        Where(file, numbers[0]),
        value=shown(name),
        expected="one row per patient",
        fix="Choose the row that is right, or correct the file.",
        rest="None of these rows was read; the other rows were.",
        patient=name,
        key=_key(rows, places),
        choices=(
            *(Choice(f"Use row {number}", answer=str(number)) for number in numbers),
            Choice("Leave the patient out", answer=_LEFT_OUT),
        ),
    )


def _warn_of_likeness(people: People, file: str) -> None:
    """Ids that differ only in case, blanks or leading zeros are different, and said to be so."""
    alike: dict[str, dict[str, None]] = {}
    for name in people.ids:
        key = re.sub(r"\s+", "", name).casefold().lstrip("0")
        alike.setdefault(key, {})[name] = None
    for names in alike.values():
        if len(names) > 1:
            both = " and ".join(map(shown, names))
            people.findings.append(
                Finding(
                    Severity.WARNING,
                    "ids-alike",
                    f"{both} both exist; they were read as different patients.",
                    Where(file),
                    value=shown(both),
                    expected="ids that differ clearly",
                    fix="If they are one patient, use one spelling.",
                    rest="All of them were read.",
                )
            )
