"""What the cells of a cohort's column say: numbers, yes or no, levels, events, responses.

The words of patient files hold here too, and a whole number that a table program wrote as 1.0 is 1.
Nothing is guessed: a cell that is empty or says so is unknown; one that cannot be read is unknown
too, and the caller is told its row, so that a finding can name it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dashboard.knowledge.schema import Feature
from dashboard.records.cells import Raw
from dashboard.records.levels import flag_word
from dashboard.records.outcomes import event_word, response_word
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret
from dashboard.records.words import meaning_of_unknown

Floats = npt.NDArray[np.float64]

ABSENT = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "."})
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_PERHAPS_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
Complain = Callable[[int], None]


def whole(text: str) -> str:
    """1.0 as 1: how tables write a whole number in a column that has empty cells."""
    head, _, tail = text.partition(".")
    return head if tail and not tail.strip("0") and head.lstrip("-").isdigit() else text


def named(texts: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The texts as they are called in the description; others stay, whole numbers without .0."""
    called = {whole(text): name for text, name in names.items()}
    return [called.get(whole(text), whole(text)) for text in texts]


def numbers_of(texts: Sequence[str], complain: Callable[[int, str], None]) -> Floats:
    """Numbers; what is none is NaN, and complained of with its row.

    A comma is the decimal sign where the column has no point and its commas cannot be thousands'.
    """
    values = np.full(len(texts), np.nan)
    present = [row for row, text in enumerate(texts) if text not in ABSENT]
    given = _with_points([texts[row] for row in present])
    # Python reads 1_000 as a thousand; a table that says so has not said what it means.
    plain = not any("_" in text for text in given)
    try:
        read = np.array(given if plain else ["?"], dtype=np.float64)
    except ValueError:
        read = np.array([_number(text) for text in given])
    values[present] = np.where(np.isfinite(read), read, np.nan)
    for position in np.flatnonzero(~np.isfinite(read)):
        comma = "," in texts[present[position]]
        complain(present[position], "A decimal comma." if comma else "Not a finite number.")
    return values


def _with_points(given: list[str]) -> list[str]:
    commas = [text for text in given if "," in text]
    if not commas or any("." in text for text in given):
        return given
    decimal = all(map(_DECIMAL_COMMA.fullmatch, commas))
    if not decimal or all(map(_PERHAPS_THOUSANDS.fullmatch, commas)):
        return given
    return [text.replace(",", ".") for text in given]


def _number(text: str) -> float:
    try:
        return np.nan if "_" in text else float(text)
    except ValueError:
        return np.nan


def words_of(feature: Feature, texts: Sequence[str], units: UnitTable) -> dict[str, str]:
    """Which level of a pack's feature each word means that is none itself, as in patient files.

    Only words read without doubt are there (`Male`, `IIIA`); words for unknown have no level.
    """
    found: dict[str, str] = {}
    for text in sorted(set(texts) - ABSENT - set(feature.levels)):
        outcome = interpret(feature, Raw(text), units)
        if isinstance(outcome.value, (str, bool)) and not outcome.findings:
            found[text] = str(outcome.value)
        elif meaning_of_unknown(text):
            found[text] = ""
    return found


def flags_of(texts: Sequence[str], complain: Complain) -> Floats:
    """1 for yes and 0 for no, in the words that patient files use."""
    return _coded(texts, flag_word, complain)


def events_of(texts: Sequence[str], complain: Complain) -> Floats:
    """1 where the event was seen and 0 where it was not, in the words that patient files use."""
    return _coded(texts, event_word, complain)


def codes_of(texts: Sequence[str], codes: Mapping[str, float], complain: Complain) -> Floats:
    """The code of each text; an unknown text is NaN, and complained of with its row."""
    return _coded(texts, lambda text: codes.get(text, codes.get(whole(text))), complain)


def responses_of(
    texts: Sequence[str], grades: Sequence[str], complain: Complain
) -> tuple[Floats, bool]:
    """Responses as the place of their grade, worst first, or as 0 and 1; and whether graded.

    A response that could not be judged is unknown. In a column with grades, yes and no are no
    answer.
    """
    words = {text: response_word(text) for text in set(texts) - ABSENT}
    graded = any(word in grades for word in words.values())
    known: dict[str | bool | None, float] = {False: 0.0, True: 1.0}
    if graded:
        known = {grade: float(place) for place, grade in enumerate(grades)}
    absent = {text for text, word in words.items() if word == "NE"} | ABSENT
    kept = ["" if text in absent else text for text in texts]
    return _coded(kept, lambda text: known.get(words[text]), complain), graded


def _coded(
    texts: Sequence[str], code: Callable[[str], float | bool | None], complain: Complain
) -> Floats:
    """Each text's code, asked for once; a text without one is NaN, and complained of."""
    codes = {text: None if text in ABSENT else code(text) for text in set(texts)}
    found = [codes[text] for text in texts]
    for row, given in enumerate(found):
        if given is None and texts[row] not in ABSENT:
            complain(row)
    return np.array([np.nan if given is None else float(given) for given in found])
