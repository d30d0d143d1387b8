"""What became of a decision: carried out or why not, response, toxicity, status, at chosen months.

A case is asked about at fixed months after its decision until it is known that the patient died or
is lost to follow-up. Whoever enters says what is known; unknown stays unknown. The first known best
response is what the estimates of board and model are held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from dashboard.foundation.errors import UserError

USUAL_MONTHS = (3, 6, 12)
RESPONSES = ("CR", "PR", "SD", "PD", "NE")
_DAYS_IN_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS_IN_YEAR = 12
_WORST_GRADE = 5
_WELL = 100.0


class CarriedOut(StrEnum):
    """Whether what was decided was done."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    PENDING = "not yet"
    UNKNOWN = "not known"


class Status(StrEnum):
    """How the patient is."""

    STABLE = "alive, without progression"
    PROGRESSED = "alive, with progression"
    DIED = "died"
    LOST = "lost to follow-up"
    UNKNOWN = "not known"


WHY_NOT: Mapping[str, str] = {
    "wish": "Patient's wish",
    "comorbidity": "Comorbidity or worse condition",
    "documentation": "Documentation or information was missing",
    "progression": "Progression before the start",
    "death": "Death before the start",
    "toxicity": "Toxicity",
    "access": "Access or cost",
    "elsewhere": "Treated elsewhere",
    "new-finding": "New finding changed the situation",
    "other": "Other, see the text",
}
_ENDED = (Status.DIED, Status.LOST)


class EntryRefused(UserError):
    """An entry that cannot be true as it stands."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known at one of the months."""

    month: int
    on: date
    by: str
    at: datetime
    carried_out: CarriedOut = CarriedOut.UNKNOWN
    why_not: tuple[str, ...] = ()
    given: str = ""  # the regimen that was really given
    response: str = ""  # best response so far, by RECIST
    worst_grade: int | None = None  # of any adverse event
    toxicity: str = ""
    wellbeing: float | None = None  # the patient's own, 0 to 100
    status: Status = Status.UNKNOWN
    words: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Everything entered after one decision; a later entry for the same month corrects it."""

    case: str
    pseudonym: str
    decided_on: date
    months: tuple[int, ...] = USUAL_MONTHS
    entries: tuple[Entry, ...] = ()

    def at(self, month: int) -> Entry | None:
        """The latest entry for a month."""
        found = [entry for entry in self.entries if entry.month == month]
        return found[-1] if found else None

    @property
    def latest(self) -> Entry | None:
        """The entry of the latest month."""
        known = [entry for month in sorted(self.months) if (entry := self.at(month))]
        return known[-1] if known else None

    @property
    def responded(self) -> bool | None:
        """Whether the patient responded, at the first month that tells; None while unknown."""
        for month in sorted(self.months):
            entry = self.at(month)
            if entry and entry.response in RESPONSES[:-1]:
                return entry.response in ("CR", "PR")
        return None

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing more to ask."""
        return self.latest is not None and self.latest.status in _ENDED


@dataclass(frozen=True, slots=True)
class Due:
    """A month at which a case is to be asked about."""

    case: str
    pseudonym: str
    month: int
    on: date
    days_late: int  # below 0: not due yet


def with_entry(held: FollowUp, entry: Entry) -> FollowUp:
    """The follow-up with an entry added; earlier ones stay readable.

    Raises:
        EntryRefused: it contradicts itself or lies before the decision; all of it is told.
    """
    wrong = _contradictions(held, entry)
    if wrong:
        raise EntryRefused(
            "The entry cannot be kept as it is.", hint=" ".join(wrong), code="entry-contradicts"
        )
    return replace(held, entries=(*held.entries, entry))


def due(held: FollowUp, today: date) -> Due | None:
    """The first month without an entry; None when nothing more is to be asked."""
    if held.has_ended:
        return None
    for month in sorted(held.months):
        if held.at(month) is None:
            on = months_after(held.decided_on, month)
            return Due(held.case, held.pseudonym, month, on, (today - on).days)
    return None


def all_due(held: Sequence[FollowUp], today: date) -> tuple[Due, ...]:
    """What is to be asked, the most overdue first."""
    found = [asked for each in held if (asked := due(each, today)) is not None]
    return tuple(sorted(found, key=lambda asked: (-asked.days_late, asked.pseudonym)))


def months_after(day: date, months: int) -> date:
    """The same day some months later; the last day of a shorter month."""
    index = day.year * _MONTHS_IN_YEAR + day.month - 1 + months
    year, month = index // _MONTHS_IN_YEAR, index % _MONTHS_IN_YEAR + 1
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)  # noqa: PLR2004
    return date(year, month, min(day.day, _DAYS_IN_MONTHS[month - 1] + leap))


def _contradictions(held: FollowUp, entry: Entry) -> list[str]:
    found = []
    if _says_nothing(entry):
        found.append("Nothing is entered; where nothing could be learnt, say so in the remarks.")
    if entry.month not in held.months:
        found.append(f"Month {entry.month} is not one of {', '.join(map(str, held.months))}.")
    if entry.on < held.decided_on:
        found.append("It lies before the decision.")
    not_done = entry.carried_out in (CarriedOut.NO, CarriedOut.PARTLY)
    if not_done and not entry.why_not:
        found.append("Say why it was not, or only partly, carried out.")
    if entry.why_not and not not_done:
        found.append("Reasons for not carrying it out belong to no or partly.")
    if "other" in entry.why_not and not entry.words.strip():
        found.append("Say what the other reason is.")
    if entry.response and entry.response not in RESPONSES:
        found.append(f"A response is one of {', '.join(RESPONSES)}.")
    return found + _out_of_range(entry)


def _says_nothing(entry: Entry) -> bool:
    said = (entry.response, entry.worst_grade is not None, entry.wellbeing is not None,
            entry.toxicity.strip(), entry.words.strip())  # fmt: skip
    known = (entry.carried_out is not CarriedOut.UNKNOWN, entry.status is not Status.UNKNOWN)
    return not any((*said, *known))


def _out_of_range(entry: Entry) -> list[str]:
    found = []
    if entry.worst_grade is not None and not 0 <= entry.worst_grade <= _WORST_GRADE:
        found.append("A grade lies between 0 and 5.")
    if entry.worst_grade == _WORST_GRADE and entry.status is not Status.DIED:
        found.append("Grade 5 is a death; the status has to say so.")
    if entry.wellbeing is not None and not 0.0 <= entry.wellbeing <= _WELL:
        found.append("Wellbeing lies between 0 and 100.")
    return found
