"""Whose row of a cohort a row is.

An id is a patient; only the simulator names the lines of one patient apart (`P000006.1`, `.2`), and
only in a simulated cohort are names taken apart.
"""

from __future__ import annotations

import re

_LINE_OF_PATIENT = re.compile(r"(P\d+)\.\d+")


def person_of(row: str, *, synthetic: bool) -> str:
    """The patient whose row has this id."""
    line = _LINE_OF_PATIENT.fullmatch(row) if synthetic else None
    return line[1] if line else row
