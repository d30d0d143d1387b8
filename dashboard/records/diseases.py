"""Which tumour group the words or codes of a file mean.

Names and codes stand in the packs; beside them only the everyday words that hospitals write. What
fits no pack is kept as it was written: there is then no model for that tumour, which is no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.knowledge.codes import diseases_of
from dashboard.knowledge.library import Library
from dashboard.records.delimited import Record
from dashboard.records.mapping import name_key
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.reading import Reading
from dashboard.records.wording import either, shown

_SYSTEMS = ("oncotree", "icd10", "icdo3", "snomed")
# Everyday words for the groups that ship; a site's own packs are found by id, label and code.
_WORDS: Mapping[str, re.Pattern[str]] = {
    "nsclc": re.compile(
        r"\bnsclc\b|non[\s-]?small[\s-]?cell|\blung (?:adeno|squamous)"
        r"|(?:adeno|squamous)[\w\s]*\blung\b"
    ),
    "breast": re.compile(r"\bbreast\b|\bmamma"),
    "colorectal": re.compile(r"\bcolorectal\b|\bcolon|\brectal\b|\brectum\b|\bm?crc\b"),
    "melanoma": re.compile(r"\bmelanom"),
}
# Words that leave the choice between a pack and something it is not about.
_UNCLEAR: Mapping[str, re.Pattern[str]] = {
    "nsclc": re.compile(r"lung(?: cancer| carcinoma| ca)?|bronchial carcinoma|bronchus"),
}


def disease_named(text: str, library: Library) -> tuple[str, bool]:
    """The pack that the words mean, and whether that is certain; an empty id where none is."""
    plain = " ".join(text.casefold().replace("_", " ").split())
    key = name_key(text)
    for pack in library.packs:
        if key in {name_key(pack.id), name_key(pack.label)}:
            return pack.id, True
    coded = {d for system in _SYSTEMS for d in diseases_of(library.packs, system, text)}
    if len(coded) == 1:
        return coded.pop(), True
    for disease, words in _WORDS.items():
        if disease in library.ids and words.search(plain):
            return disease, True
    for disease, words in _UNCLEAR.items():
        if disease in library.ids and words.fullmatch(plain):
            return disease, False
    return "", True


@dataclass(slots=True)
class RowDiseases:
    """The disease of each row; empty where it waits for an answer or is missing."""

    of_row: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def diseases_of_rows(
    rows: Sequence[Record], place: int | None, reading: Reading, *, column: str = "", file: str = ""
) -> RowDiseases:
    """Which tumour group each row belongs to: its own cell, else what was said of the file.

    Args:
        rows: the rows of the patients.
        place: where the disease stands in a row; None where no column holds it.
        reading: the packs, what the user said, and answers to earlier questions.
        column: the name of that column.
        file: for findings.
    """
    stated = reading.disease or reading.answers.get("disease", "")
    if place is None and not stated:
        return RowDiseases([""] * len(rows), [_ask_for_disease(file, reading.library)])
    if place is None:
        return RowDiseases([stated] * len(rows))
    result, known = RowDiseases(), {}
    for number, cells in rows:
        text = cells[place].strip()
        if text not in known:
            where = Where(file, number, column)
            known[text], finding = _of_text(text, stated, where, reading)
            result.findings += [finding] if finding is not None else []
        result.of_row.append(known[text])
    return result


def _of_text(text: str, stated: str, where: Where, reading: Reading) -> tuple[str, Finding | None]:
    if not text:
        return stated, None if stated else _no_disease(where)
    answer = reading.answers.get(f"disease:{text}", "")
    if answer in reading.library.ids:
        return answer, None
    disease, certain = ("", True) if answer else disease_named(text, reading.library)
    if not disease and (not stated or answer):
        return text, _no_pack(text, reading.library, where)
    if not disease or (not certain and stated != disease):
        return "", _ask_about_disease(text, disease or stated, where)
    if stated and stated != disease:
        return disease, _other_disease(text, disease, stated, where)
    return disease, None


def _ask_for_disease(file: str, library: Library) -> Finding:
    return Finding(
        Severity.QUESTION,
        "disease",
        "Which tumour group are these patients from?",
        Where(file),
        expected="a column with the disease, or one answer for the file",
        fix="Choose the tumour group.",
        rest="Nothing is imported until this is answered.",
        key="disease",
        choices=tuple(Choice(pack.label, answer=pack.id) for pack in library.packs),
    )


def _ask_about_disease(text: str, disease: str, where: Where) -> Finding:
    return Finding(
        Severity.QUESTION,
        "disease-unclear",
        f"Does '{shown(text)}' mean {disease}?",
        where,
        value=shown(text),
        expected="a disease that means one tumour group",
        fix="Choose the tumour group, or write it out.",
        rest="The rows of this disease wait for the answer; all others were read.",
        key=f"disease:{text}",
        choices=(
            Choice(f"Yes, {disease}", answer=disease),
            Choice("No, it is another tumour", answer="other"),
        ),
    )


def _other_disease(text: str, disease: str, stated: str, where: Where) -> Finding:
    return Finding(
        Severity.WARNING,
        "disease-differs",
        f"The file says '{shown(text)}' ({disease}), although {stated} was chosen.",
        where,
        value=shown(text),
        expected=stated,
        fix="Check which tumour group the row belongs to.",
        rest=f"Rows with this disease were read as {disease}.",
    )


def _no_pack(text: str, library: Library, where: Where) -> Finding:
    return Finding(
        Severity.WARNING,
        "disease-without-model",
        f"There is no model for the tumour type '{shown(text)}'.",
        where,
        value=shown(text),
        expected=either(library.ids),
        fix="Nothing is to be done; or add a pack for this tumour group.",
        rest="The data of these patients are shown; no forecast is made.",
    )


def _no_disease(where: Where) -> Finding:
    return Finding(
        Severity.ERROR,
        "disease-missing",
        "Rows without a disease cannot be read.",
        where,
        expected="a disease in every row, or one choice for the file",
        fix="Enter the disease, or choose it for the whole file.",
        rest="These rows were left out; the other rows were read.",
    )
