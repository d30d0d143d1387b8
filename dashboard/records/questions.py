"""A key for every question, so that it can be answered wherever it is asked.

Readers give keys to what is decided for a file or a column. What is asked of one patient only (a
single value without a unit, two reports that differ, two facts that cannot both be) gets its key
here, after reading and checking: what is in doubt and where, never a patient's id, for keys are
shown. An answer is then a key and one of its words, on a page and on the command line alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboard.records.patient import Choice, Finding, Patient, Value

UNKNOWN = "unknown"
_BLANKS = re.compile(r"\s+")


def with_keys(findings: Iterable[Finding], patients: Sequence[Patient]) -> tuple[Finding, ...]:
    """The findings, each one that can be answered with a key of its own and words to answer it.

    Args:
        findings: of a reader, or of the checks.
        patients: of the file, in its order; who has no row in it is named by their place.
    """
    places = {patient.id: place for place, patient in enumerate(patients, 1)}
    found = list(findings)
    taken = {finding.key for finding in found if finding.key}
    for at, finding in enumerate(found):
        if finding.choices and not finding.key:
            key = _unused(_key(finding, places), taken)
            taken.add(key)
            found[at] = replace(finding, key=key, choices=tuple(map(_worded, finding.choices)))
    return tuple(found)


def of_one_patient(finding: Finding) -> bool:
    """Whether every answer sets values of a patient, so that the file need not be read again."""
    return bool(finding.patient) and all(choice.values for choice in finding.choices)


def spoken(value: Value | None) -> str:
    """A value as the word that answers with it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else value


def _key(finding: Finding, places: dict[str, int]) -> str:
    kind = finding.code.removesuffix("-unclear")
    row, place = finding.where.row, places.get(finding.patient)
    whose = f"row {row}" if row is not None else f"patient {place}" if place else "file"
    field = _BLANKS.sub(" ", finding.where.field.replace(f"{finding.patient}.", ""))
    return ":".join(part for part in (kind, field, whose) if part)


def _unused(key: str, taken: set[str]) -> str:
    number = 2
    name = key
    while name in taken:
        name, number = f"{key} ({number})", number + 1
    return name


def _worded(choice: Choice) -> Choice:
    """A choice with a short word to answer it; what holds an = cannot be typed after a key."""
    if choice.answer and choice.answer != choice.label and "=" not in choice.answer:
        return choice
    if len(choice.values) != 1:
        return replace(choice, answer=choice.label.replace("=", "is"))
    (value,) = choice.values.values()
    return replace(choice, answer=spoken(value))
