"""What the cells of a cohort's column say: numbers, yes or no, levels; nothing is guessed.

A cell that is empty or says so is unknown. A cell that cannot be read is unknown too, and the
caller is told its row, so that a finding can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ABSENT = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "."})
_TRUE = frozenset({"1", "1.0", "true", "yes"})
_FALSE = frozenset({"0", "0.0", "false", "no"})


def numbers_of(texts: Sequence[str], complain: Callable[[int, str], None]) -> Floats:
    """Numbers with a point; what is none is NaN, and complained of with its row."""
    values = np.full(len(texts), np.nan)
    present = [row for row, text in enumerate(texts) if text not in ABSENT]
    given = [texts[row] for row in present]
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


def _number(text: str) -> float:
    try:
        return np.nan if "_" in text else float(text)
    except ValueError:
        return np.nan


def flags_of(texts: Sequence[str], complain: Callable[[int], None]) -> Floats:
    """1 for yes and 0 for no, in the words that cohorts use."""
    codes = dict.fromkeys(_TRUE, 1.0) | dict.fromkeys(_FALSE, 0.0)
    return codes_of(
        [text if text in ABSENT else text.casefold() for text in texts], codes, complain
    )


def codes_of(
    texts: Sequence[str], codes: Mapping[str, float], complain: Callable[[int], None]
) -> Floats:
    """The code of each text; an unknown text is NaN, and complained of with its row."""
    values = np.array([codes.get(text, np.nan) for text in texts], dtype=np.float64)
    for row in np.flatnonzero(np.isnan(values)).tolist():
        if texts[row] not in ABSENT:
            complain(row)
    return values
