"""What the columns of one table are, settled with the person's answers, before a row is read.

Takes the suggestions of `mapping` and adds what needs the table: a row of units under the header,
columns that may be something, two columns that want to be the same fact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.knowledge.consistency import load_consistency
from dashboard.knowledge.schema import Feature, Kind
from dashboard.records.column_cells import is_karnofsky_name
from dashboard.records.diagnosis_words import DIAGNOSIS
from dashboard.records.mapping import (
    AT_DIAGNOSIS,
    HELD,
    METASTATIC,
    NUMBERS,
    ROLES,
    UNIT_OF,
    Columns,
    Match,
    NameIndex,
    name_key,
    role_rank,
    suggest,
)
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.reading import Reading
from dashboard.records.tables import Sheet
from dashboard.records.units import UnitTable
from dashboard.records.wording import either, shown

_SAMPLE_ROWS = 200
_MOST_NAMED = 12
_SINGLE_ROLES = frozenset(ROLES) - {"notes", "allergies", "gene", "name", "treatments", "variants"}
_COLUMN_PREFIX = "column:"
_REMARKS = frozenset({"", "unit", "units", "einheit", "text", "date", "code", "category", "string"})
_FORM = re.compile(r"\w{1,3}(?:/\w{1,3}){1,4}|[dmyhDMYH]{1,4}(?:[-./][dmyDMY]{1,4}){1,2}")  # m/f
_WHY = {
    NUMBERS: " It holds numbers, which that never is.",
    METASTATIC: " The name may also say metastatic.",
    AT_DIAGNOSIS: " What held at diagnosis may have changed since.",
}


@dataclass(slots=True)
class Settled:
    """A sheet with its columns understood as far as answers allow."""

    sheet: Sheet
    columns: Columns
    findings: list[Finding] = field(default_factory=list)


def settle_columns(sheet: Sheet, index: NameIndex, reading: Reading) -> Settled:
    """What every column is; questions about those that are not clear.

    Args:
        sheet: the table.
        index: the names of all features in question.
        reading: the columns the user has confirmed, and answers to earlier questions.
    """
    cells = [row for _, row in sheet.rows[:_SAMPLE_ROWS]]
    columns = suggest(sheet.header, cells, index, _confirmed(reading))
    settled = Settled(sheet, columns)
    _one_column_a_role(settled)
    _spare_karnofsky(settled)
    _take_unit_row(settled, index)
    _join_unit_columns(settled)
    _note_matches(settled)
    _ask_about_columns(settled, index)
    _leave_to_the_checks(settled)
    for feature, matches in settled.columns.features().items():
        if len(matches) > 1:
            _choose_column(settled, index, feature, matches, reading.answers)
    return settled


def _confirmed(reading: Reading) -> dict[str, str]:
    """What the user has said of columns, in a mapping or as an answer to a question."""
    answered = {
        key.removeprefix(_COLUMN_PREFIX): answer
        for key, answer in reading.answers.items()
        if key.startswith(_COLUMN_PREFIX)
    }
    return {**reading.columns, **answered}


def _one_column_a_role(settled: Settled) -> None:
    """Of several columns for one role the most usual name counts; the others are told of."""
    for role in sorted({m.role for m in settled.columns.matches if m.role in _SINGLE_ROLES}):
        matches = [m for m in settled.columns.matches if m.role == role]
        if len(matches) < 2:  # noqa: PLR2004 - several are two or more
            continue
        first = min(matches, key=lambda m: (role_rank(role, m.column), m.place))
        spare = {m.place for m in matches} - {first.place}
        # A second id is most likely one that identifies the patient: it is listed without content.
        left = {"id": "name", "disease": DIAGNOSIS}.get(role, "")
        settled.columns.matches = [
            replace(m, role=left, reason="another column was used") if m.place in spare else m
            for m in settled.columns.matches
        ]
        tell = _read_beside if left == DIAGNOSIS else _spare_columns
        settled.findings.append(tell(settled.sheet, role, first, matches))


def _read_beside(sheet: Sheet, role: str, first: Match, matches: Sequence[Match]) -> Finding:
    others = ", ".join(shown(m.column) for m in matches if m is not first)
    return Finding(
        Severity.NOTE,
        "diagnosis-read",
        f"{shown(first.column)} was used as {role}; {others} was read for histology, stage and "
        "changes of genes.",
        Where(sheet.file, sheet.header_row, first.column),
        value=others,
        expected=f"one column for {role}",
        fix="Choose another column in the list of columns if this is wrong.",
        rest="What was not understood is listed.",
    )


def _join_unit_columns(settled: Settled) -> None:
    """A column "albumin_unit" states the units of the column "albumin", row by row."""
    named = {name_key(m.column): m.column for m in settled.columns.matches if m.feature}
    for at, match in enumerate(settled.columns.matches):
        key = name_key(match.column)
        for ending in ("units", "unit"):
            target = named.get(key.removesuffix(ending)) if key.endswith(ending) else None
            if target is not None and not match.role and target != match.column:
                settled.columns.matches[at] = Match(
                    match.column, match.place, UNIT_OF, reason=f"unit of {target}",
                    candidates=(target,),
                )  # fmt: skip
                break


def _leave_to_the_checks(settled: Settled) -> None:
    """Of two columns for one fact, one that the checks hold against the other is left to them.

    MSI and mismatch repair are two tests of one thing: read as one column or the other, a patient
    in whom they disagree would pass.
    """
    beside = {
        name_key(name)
        for fact in load_consistency().beside
        for name in (fact.id, fact.label, *fact.aliases)
    }
    for matches in settled.columns.features().values():
        own = [m for m in matches if name_key(m.column) not in beside]
        if len(matches) > 1 and len(own) == 1:
            left = {m.place for m in matches} - {own[0].place}
            settled.columns.matches = [
                replace(m, feature="", reason=HELD, instead=m.feature) if m.place in left else m
                for m in settled.columns.matches
            ]


def _spare_karnofsky(settled: Settled) -> None:
    """A Karnofsky column beside one of ECOG is not needed."""
    matches = settled.columns.features().get("ecog_ps", [])
    scores = [m for m in matches if is_karnofsky_name(m.column) and m.reason != "confirmed"]
    others = [m for m in matches if m not in scores]
    if not scores or not others:
        return
    spare = {m.place for m in scores}
    settled.columns.matches = [
        replace(m, feature="", reason="another column was used") if m.place in spare else m
        for m in settled.columns.matches
    ]
    found = _spare_columns(settled.sheet, "ecog_ps", others[0], [others[0], *scores])
    settled.findings.append(replace(found, severity=Severity.NOTE))


def _spare_columns(sheet: Sheet, role: str, first: Match, matches: Sequence[Match]) -> Finding:
    others = ", ".join(shown(m.column) for m in matches if m is not first)
    return Finding(
        Severity.WARNING,
        "columns-spare",
        f"{shown(first.column)} was used as {role}; {others} would also do and is not used.",
        Where(sheet.file, sheet.header_row, first.column),
        value=others,
        expected=f"one column for {role}",
        fix="Choose the right column in the list of columns, or delete the others.",
        rest="Everything else was read.",
    )


def _take_unit_row(settled: Settled, index: NameIndex) -> None:
    """A row under the header that holds nothing but units states them for its columns."""
    number, cells = settled.sheet.rows[0]
    stated = _units_in(settled, index, cells)
    if not stated:
        return
    settled.sheet = replace(settled.sheet, rows=settled.sheet.rows[1:])
    settled.columns.matches = [
        replace(match, unit=stated.get(match.place, match.unit))
        for match in settled.columns.matches
    ]
    _note(settled, "unit-row", f"Row {number} was read as the units of the columns.", number)


def _units_in(settled: Settled, index: NameIndex, cells: Sequence[str]) -> dict[int, str]:
    """The unit of each column, where the row holds units and remarks on how to fill it in."""
    stated: dict[int, str] = {}
    for match in settled.columns.matches:
        text = cells[match.place].strip()
        plain = text.strip("()[] ")
        if not text or name_key(plain) in _REMARKS:
            continue
        feature = index.features.get(match.feature)
        named = feature and (
            index.units.named(plain, feature) or index.units.absolute(plain, feature)
        )
        if match.role == "id" or not (named or index.units.knows(plain) or _FORM.fullmatch(plain)):
            return {}
        if feature is not None and feature.kind is Kind.NUMBER:
            stated[match.place] = named or plain
    return stated


def _unit_named(text: str, feature: Feature, units: UnitTable) -> str | None:
    return units.named(text, feature) or units.absolute(text, feature)


def _note_matches(settled: Settled) -> None:
    renamed = [
        f"{shown(match.column, 40)} as {match.feature or match.role}"
        for match in settled.columns.matches
        if (match.feature or match.role) and match.column not in {match.feature, match.role}
    ]
    if renamed:
        rest = len(renamed) - _MOST_NAMED
        more = f" and {rest} more" if rest > 0 else ""
        names = ", ".join(renamed[:_MOST_NAMED])
        _note(settled, "columns-matched", f"Columns were read as: {names}{more}.")


def _note(settled: Settled, code: str, message: str, row: int | None = None) -> None:
    settled.findings.append(
        Finding(
            Severity.NOTE,
            code,
            message,
            Where(settled.sheet.file, row),
            fix="Change it in the list of columns if it is wrong.",
            rest="Everything was read that way.",
        )
    )


def _ask_about_columns(settled: Settled, index: NameIndex) -> None:
    matched = {match.feature for match in settled.columns.matches if match.role != "limit"}
    for match in settled.columns.matches:
        if match.role == UNIT_OF:
            continue
        alone = match.role == "limit" and match.feature not in matched
        candidates = (match.feature,) if alone else match.candidates
        if candidates:
            settled.findings.append(_column_question(settled.sheet, index, match, candidates))


def _column_question(
    sheet: Sheet, index: NameIndex, match: Match, candidates: Sequence[str]
) -> Finding:
    labels = {name: index.features[name].label for name in candidates}
    return Finding(
        Severity.QUESTION,
        "column-unclear",
        f"Is column {shown(match.column)} {either(list(labels.values()))}?"
        + _WHY.get(match.reason, ""),
        Where(sheet.file, sheet.header_row, match.column),
        value=shown(match.column),
        expected="a column name that means one thing",
        fix="Choose what the column is, or rename it.",
        rest="The column is not read until this is answered; all others were.",
        key=f"{_COLUMN_PREFIX}{match.column}",
        choices=(
            *(Choice(label, answer=name) for name, label in labels.items()),
            Choice("None of these: do not use it", answer="ignore"),
        ),
    )


def _choose_column(
    settled: Settled,
    index: NameIndex,
    feature: str,
    matches: Sequence[Match],
    answers: Mapping[str, str],
) -> None:
    """Two columns want to be one fact: the chosen one is read, or none and a question is asked."""
    key = f"which:{feature}"
    chosen = [match.place for match in matches if match.column == answers.get(key, "")]
    dropped = {match.place for match in matches} - set(chosen)
    settled.columns.matches = [
        replace(match, feature="", reason="another column was chosen")
        if match.place in dropped
        else match
        for match in settled.columns.matches
    ]
    if chosen:
        return
    label = index.features[feature].label
    names = " and ".join(f"{shown(m.column)} (column {m.place + 1})" for m in matches)
    settled.findings.append(
        Finding(
            Severity.QUESTION,
            "column-which",
            f"{names} both look like {label}. Which one counts?",
            Where(settled.sheet.file, settled.sheet.header_row, matches[0].column),
            value=shown(names),
            expected="one column for each fact",
            fix="Choose a column, or delete one.",
            rest=f"{label} is not read until this is answered; all other columns were.",
            key=key,
            choices=tuple(Choice(f"Use {m.column}", answer=m.column) for m in matches),
        )
    )
