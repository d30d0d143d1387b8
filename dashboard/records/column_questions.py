"""Questions about what the cells of a column say in words, asked and answered for the column.

A word of two meanings means the same in every row, and scores of one scale stand in one column:
such answers have a key that names the column, and are applied to all of its rows when the file is
read again. What may differ from patient to patient is answered row by row.
"""

from __future__ import annotations

from dataclasses import replace

from dashboard.records.cells import Interpreted
from dashboard.records.column_cells import CloseLook
from dashboard.records.patient import Choice, Finding, Value
from dashboard.records.wording import shown

_CONVERT = "convert"
_OF_THE_COLUMN = frozenset({"word-unclear", "source-error"})


def ask_about_scale(look: CloseLook) -> None:
    """Karnofsky scores in a column of ECOG: one question, or their conversion where it was chosen.

    A conversion loses nothing that ECOG tells, but Karnofsky 70 has been put into ECOG 1 and 2, so
    nobody converts without being told.
    """
    doubts = look.doubts.pop("scale-unclear", {})
    key, name = f"scale:{look.column.name}", look.column.feature.id
    answer = look.answers.get(key, "")
    if not doubts or answer == "unknown":
        return
    if answer == _CONVERT:
        for place, finding in doubts.items():
            choice = finding.choices[0]
            outcome = look.read(place)
            note = f"answered: {choice.label}"
            origin = replace(outcome.origin, note=note)
            look.take(place, Interpreted(choice.values[name], origin))
        return
    place, first = next(iter(doubts.items()))
    example = first.choices[0]
    if len(doubts) == 1:
        own = (replace(example, answer=_CONVERT), *first.choices[1:])
        look.result.findings.append(replace(first, key=key, choices=own))
        return
    text = shown(look.column.cells[place])
    choices = (Choice(f"Convert them: {example.label}", answer=_CONVERT),)
    what = f"{text} and others look like Karnofsky scores; ECOG is another scale"
    question = look.question(first.code, doubts, what, choices)
    look.result.findings.append(replace(question, key=key))


def answered_value(
    look: CloseLook, place: int, outcome: Interpreted, *, finding: Finding, own: list[Finding]
) -> Interpreted:
    """A question about what a cell says, with its answer applied where there is one.

    A word that can mean two things means one of them in the whole column; what is stage IV in
    words is IVA in one patient and IVB in the next, and is answered row by row.
    """
    name, column = look.column.feature.id, look.column
    whose = f"row {column.rows[place]}"
    if finding.code in _OF_THE_COLUMN:
        whose = " ".join(column.cells[place].split())
    key = f"value:{column.name}:{whose}"
    choices = tuple(
        replace(choice, answer=_spoken(choice.values[name])) if name in choice.values else choice
        for choice in finding.choices
    )
    answer = look.answers.get(key, "")
    chosen = next((c for c in choices if answer and answer in {c.answer, c.label}), None)
    if chosen is None:
        own.append(replace(finding, key=key, choices=choices))
        return outcome
    value = chosen.values.get(name)
    note = f"answered: {chosen.label}"
    return replace(outcome, value=value, origin=replace(outcome.origin, note=note))


def _spoken(value: Value | None) -> str:
    if value is None:
        return "unknown"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"
