"""How each kind of identifier of one patient is changed, the same way wherever it stands.

A patient has one pseudonym and one day zero; every id, date, birth date and postcode of theirs is
changed with them, so that rows still belong together and intervals stay. Tables and intakes are
walked in `deidentify`; which cells identify is found in `identifiers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.records.beside import read_day
from dashboard.records.calendar_days import day_number
from dashboard.records.free_text import OLD, masked
from dashboard.records.identifiers import (
    EMAIL_TEXT,
    IBAN_TEXT,
    NATIONAL_TEXT,
    URL_TEXT,
    Identifier,
    by_content,
)
from dashboard.records.pseudonyms import SiteKey
from dashboard.records.removal_report import ACTIONS, Action, Ledger, Policy, WithheldText

OLDEST_AGE = 90.0
NOT_CARRIED = ("(not shown)", "withheld")  # how readers list what they did not take over
WITHHELD = "[withheld until reviewed]"
_ZIP_DIGITS = 3
# Areas of three digits with 20,000 people or fewer, from the guidance of the US Department of
# Health and Human Services on de-identification (census of 2000); from memory, not re-read.
_SMALL_ZIP_AREAS = frozenset(
    {"036", "059", "063", "102", "203", "556", "692", "790", "821"}
    | {"823", "830", "831", "878", "879", "884", "890", "893"}
)


RowCell = tuple[str, Identifier | None, str]  # column, what it identifies, text


@dataclass(slots=True)
class Person:
    """What is needed to change the values of one patient alike: day zero, and the pseudonym."""

    key: SiteKey
    policy: Policy
    zero: date | None = None
    day: date | None = None  # of the decision, for ages
    pseudonym: str = ""

    @classmethod
    def of_row(cls, row: Sequence[RowCell], key: SiteKey, policy: Policy) -> Person:
        """The person a row of a table is about."""
        days = {
            name: day
            for name, kind, text in row
            if kind is Identifier.DATE and (day := read_day(text)) is not None
        }
        person = cls(key, policy, zero_of(days), max(days.values(), default=None))
        ids = [text for _, kind, text in row if kind is Identifier.RECORD_NUMBER]
        person.pseudonym = person.id(ids[0]) if ids else ""
        return person

    def id(self, text: str) -> str:
        """The pseudonym of an id, or the id itself where the site keeps study ids."""
        if not text.strip():
            return text
        if self.policy.keep_study_ids and not looks_official(text):
            return text
        return self.key.pseudonym(text)

    def cell(self, column: str, kind: Identifier | None, text: str, ledger: Ledger) -> str:
        """What stands in place of a cell of a column of this kind."""
        if text.startswith(NOT_CARRIED):
            ledger.enter(column, kind or Identifier.OTHER_CODE, Action.REMOVED, "")
            return text
        if not text.strip() or kind is None:
            return self._unclassified(column, text, ledger)
        action = ACTIONS[kind]
        after = self._changed(kind, action, text)
        if action is Action.WITHHELD:
            text_marked, spans = masked(text)
            ledger.withheld.append(WithheldText(self.pseudonym, column, text_marked))
            for span in spans:
                part = text[span.start : span.end]
                ledger.enter(column, span.kind, Action.MARKED, part)
        if after != text:
            ledger.enter(column, kind, action, text)
        return after

    def _unclassified(self, column: str, text: str, ledger: Ledger) -> str:
        """A stray identifier in a column that holds something else."""
        kind = stray_identifier(text)
        if kind is None:
            return text
        ledger.enter(column, kind, Action.REMOVED, text)
        return f"[{kind.replace('_', ' ')}]"

    def _changed(self, kind: Identifier, action: Action, text: str) -> str:
        changes: dict[Action, Callable[[str], str]] = {
            Action.AGE: self.age,
            Action.DAYS: self.days,
            Action.THREE_DIGITS: three_digits,
            Action.WITHHELD: lambda _: WITHHELD,
            Action.REMOVED: lambda _: f"[{kind.replace('_', ' ')}]",
        }
        if action in changes:
            return changes[action](text)
        if kind is Identifier.RECORD_NUMBER:
            return self.id(text)
        return self.key.pseudonym(text, kind, "ID")

    def age(self, text: str) -> str:
        """The age that a birth date gives on the day of the decision."""
        born = read_day(text)
        if born is None or self.day is None or born > self.day:
            return "[birth date]"
        years = (
            self.day.year - born.year - ((self.day.month, self.day.day) < (born.month, born.day))
        )
        return OLD if years >= OLDEST_AGE else f"age {years}"

    def days(self, text: str) -> str:
        """A date as days since the diagnosis."""
        day = read_day(text)
        if day is None or self.zero is None:
            return "[date]"
        return day_number(day, self.zero)


def zero_of(days: Mapping[str, date]) -> date | None:
    """The day of diagnosis where a column is called so, otherwise the earliest day."""
    for name, day in days.items():
        if "diag" in name.casefold() or "dx" in name.casefold():
            return day
    return min(days.values(), default=None)


def three_digits(text: str) -> str:
    """The first three digits of an American ZIP code; other postcodes are removed."""
    plain = text.strip()
    if not re.fullmatch(r"\d{5}(?:-\d{4})?", plain):
        return "[postcode]"
    start = plain[:_ZIP_DIGITS]
    return "000" if start in _SMALL_ZIP_AREAS else start


_OFFICIAL = re.compile(
    r"\d{6,}|(?:mrn|hn|nhs|pat|ssn)[-:# ]?\d+|[A-Z]{1,3}\d{6,}|.*@.*"
    r"|.*\d{2}[./-]\d{2}[./-]\d{2,4}.*",
    re.IGNORECASE,
)


def looks_official(text: str) -> bool:
    """Whether an id looks like one of a hospital, an insurance or a nation, or like a name."""
    plain = " ".join(text.split())
    return _OFFICIAL.fullmatch(plain) is not None or by_content([plain]) is not None


_STRAYS = tuple(
    (kind, re.compile(text, re.IGNORECASE))
    for kind, text in (
        (Identifier.EMAIL, EMAIL_TEXT),
        (Identifier.URL, URL_TEXT),
        (Identifier.NATIONAL_NUMBER, NATIONAL_TEXT),
        (Identifier.ACCOUNT, IBAN_TEXT),
    )
)
_SHORTEST_STRAY = 7


def stray_identifier(text: str) -> Identifier | None:
    """The identifier that a single cell is beyond doubt, whatever its column holds."""
    plain = text.strip()
    if len(plain) < _SHORTEST_STRAY or plain.isalpha():
        return None
    return next((kind for kind, pattern in _STRAYS if pattern.fullmatch(plain)), None)
