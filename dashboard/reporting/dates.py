"""A day as people write it, in the four languages of the letter.

The month is a word, so that nobody takes the third of May for the fifth of March.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

_MONTHS: Mapping[str, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_FORMATS: Mapping[str, str] = {
    "en": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "es": "{day} de {month} de {year}",
    "fr": "{day} {month} {year}",
}


def written_date(day: date, language: str = "en") -> str:
    """`21 November 2026`, `21. November 2026`, `21 de noviembre de 2026`, `1er novembre 2026`.

    Raises:
        KeyError: a language that no letter is written in.
    """
    month = _MONTHS[language].split()[day.month - 1]
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return _FORMATS[language].format(day=number, month=month, year=day.year)
