"""What every reader is given beside the bytes: the knowledge, the day, and the user's answers.

A reader never asks and never guesses: where one answer is needed it returns a finding with a
`key` and choices, and the file is read again with `answers[key]` set to the chosen
`Choice.answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.knowledge.library import Library

LONGEST_CELL = 4_000  # characters of one value; longer ones are notes and belong elsewhere


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of one reading of one file."""

    library: Library
    today: date
    disease: str = ""  # what the user said; empty = the file must say
    answers: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)  # confirmed mapping: column -> feature
    who: str = ""
