"""What a table says of the course afterwards, and its dates: times, events, responses, days.

Times are read with their unit (a column of days is converted where it says so), events and
responses by fixed words. Whether the times and days of one patient can be true together is for the
checks of the record; here each cell is only read. The order of day and month is settled for a whole
column, and asked about where nothing in the column proves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.knowledge.schema import Feature, Kind, Range
from dashboard.records.columns import Column, ColumnValues
from dashboard.records.dates import DateReading, order_of, read_date
from dashboard.records.patient import Choice, Finding, Severity, Where
from dashboard.records.wording import shown, some_rows
from dashboard.records.words import meaning_of_unknown, word_key

LONGEST_MONTHS = 720.0
RESPONSES: Mapping[str, tuple[str, ...]] = {
    "CR": ("complete response", "complete remission", "ccr", "pcr"),
    "PR": ("partial response", "partial remission"),
    "SD": ("stable disease", "stable", "nc", "no change", "non-cr/non-pd"),
    "PD": ("progressive disease", "progression", "progressive", "progressed"),
    "NE": ("not evaluable", "not evaluated", "inevaluable", "unevaluable", "non evaluable"),
}
_RESPONSE_WORDS = {word_key(w): code for code, names in RESPONSES.items() for w in (code, *names)}
_RESPONDED = {"1": True, "0": False, "yes": True, "no": False, "true": True, "false": False}
_RESPONDED |= {"responder": True, "nonresponder": False, "1.0": True, "0.0": False, "r": True}
_EVENTS: Mapping[str, bool] = {
    word_key(word): answer
    for answer, words in (
        (
            True,
            ("1", "1.0", "yes", "y", "true", "t", "event", "dead", "deceased", "died", "death",
             "1:deceased", "1:progression", "1:progressed", "1:event", "progressed", "progression",
             "recurred/progressed", "1:recurred/progressed", "relapsed"),
        ),
        (
            False,
            ("0", "0.0", "no", "n", "false", "f", "censored", "alive", "living", "no event",
             "0:living", "0:censored", "0:alive", "0:no event", "0:not progressed",
             "not progressed", "disease free", "diseasefree", "0:diseasefree", "event free"),
        ),
    )
    for word in words
}  # fmt: skip


def time_feature(name: str) -> Feature:
    """A time in months after the decision, read like any other number."""
    label = {"os_months": "Overall survival", "pfs_months": "Progression-free survival"}[name]
    return Feature(
        id=name,
        label=f"{label} in months",
        kind=Kind.NUMBER,
        unit="months",
        quantity="duration_months",
        plausible=Range(low=0, high=240),
        hard=Range(low=0, high=LONGEST_MONTHS),
    )


TIMES: Mapping[str, Feature] = {name: time_feature(name) for name in ("os_months", "pfs_months")}


def event_word(text: str) -> bool | None:
    """Whether the word says that the event was seen; None where it is not known."""
    return _EVENTS.get(word_key(text))


def response_word(text: str) -> str | bool | None:
    """The best response that the word means, by RECIST or as yes and no; None for others."""
    key = word_key(text)
    return _RESPONSE_WORDS.get(key, _RESPONDED.get(text.casefold(), _RESPONDED.get(key)))


def read_events(column: Column) -> ColumnValues:
    """A column that says whether the event was seen."""
    result = ColumnValues([None] * len(column.cells))
    for place, cell in enumerate(column.cells):
        text = cell.strip()
        if not text or meaning_of_unknown(text):
            continue
        event = event_word(text)
        if event is None:
            allowed = "1, 0, yes, no, event, censored, dead, alive, progressed, not progressed"
            result.findings.append(_unread(column, place, "word-unknown", allowed))
        else:
            result.values[place] = event
    return result


def read_responses(column: Column) -> ColumnValues:
    """A column of best responses by RECIST, or of yes and no."""
    result = ColumnValues([None] * len(column.cells))
    for place, cell in enumerate(column.cells):
        text = cell.strip()
        response = response_word(text)
        if response is not None:
            result.values[place] = response
        elif text and not meaning_of_unknown(text):
            allowed = "CR, PR, SD, PD, NE, or yes and no"
            result.findings.append(_unread(column, place, "word-unknown", allowed))
    return result


def _unread(column: Column, place: int, code: str, allowed: str) -> Finding:
    text = shown(column.cells[place].strip())
    return Finding(
        Severity.ERROR,
        code,
        f"{shown(column.name)}: '{text}' is not one of the accepted words.",
        Where(column.file, column.rows[place], column.name),
        value=text,
        expected=allowed,
        fix="Use one of these, or leave the cell empty if it is unknown.",
        rest="Only this value was left out; everything else was read.",
        patient=column.patients[place],
    )


@dataclass(slots=True)
class DateColumn:
    """The days of a column; None where there is none or it is in doubt."""

    days: list[date | None]
    findings: list[Finding] = field(default_factory=list)


def read_dates(column: Column, answers: Mapping[str, str]) -> DateColumn:
    """A column of dates, its order of day and month settled once for all of it."""
    key = f"date-order:{column.name}"
    order, contradicting = order_of(text for text in column.cells if text)
    answer = answers.get(key, "")
    result = DateColumn([None] * len(column.cells))
    if contradicting and not answer:
        result.findings.append(_mixed_orders(column, key))
        return result
    doubtful: list[int] = []
    for place, cell in enumerate(column.cells):
        text = cell.strip()
        if not text or meaning_of_unknown(text):
            continue
        reading = read_date(text, answer or order)
        if reading.doubt == "order" or _order_open(reading, answer or order):
            doubtful.append(place)
        else:
            result.days[place] = _day_of(column, place, reading, answers, result)
    if doubtful:
        result.findings.append(_ask_for_order(column, doubtful, key))
    result.findings[:] = _asked_once(result.findings)
    return result


def _asked_once(findings: Sequence[Finding]) -> list[Finding]:
    """Questions that one answer settles for the whole column, as one that names the rows."""
    same: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.key:
            same.setdefault(finding.key, []).append(finding)
    found: list[Finding] = []
    for finding in findings:
        alike = same.get(finding.key, [])
        if len(alike) < 2:  # noqa: PLR2004 - one alone is asked as it is
            found.append(finding)
        elif finding is alike[0]:
            rows = some_rows(one.where.row for one in alike if one.where.row is not None)
            message = f"{finding.message} The answer holds for the whole column ({rows})."
            found.append(replace(finding, message=message, patient=""))
    return found


def _order_open(reading: DateReading, order: str) -> bool:
    """Whether a year of two digits hides that day and month may be the other way round."""
    days = {(day.month, day.day) for day in reading.readings}
    return reading.doubt == "century" and not order and len(days) > 1


def _day_of(
    column: Column,
    place: int,
    reading: DateReading,
    answers: Mapping[str, str],
    result: DateColumn,
) -> date | None:
    if reading.day is not None:
        return reading.day
    answer = answers.get(f"{reading.doubt}:{column.name}", "")
    if answer == "unknown":
        return None
    for day in reading.readings:
        if answer in {"date", str(day.year // 100)}:
            return day
    if reading.doubt:
        result.findings.append(_ask_for_day(column, place, reading))
    elif reading.problem:
        result.findings.append(_no_day(column, place, reading))
    else:
        result.findings.append(_partial_day(column, place, reading))
    return None


def _about(column: Column, place: int) -> Where:
    return Where(column.file, column.rows[place], column.name)


def _no_day(column: Column, place: int, reading: DateReading) -> Finding:
    text = shown(column.cells[place].strip())
    return Finding(
        Severity.ERROR,
        "date-unreadable",
        f"{shown(column.name)}: '{text}' {reading.problem}.",
        _about(column, place),
        value=text,
        expected="a date such as 2024-02-29; a year or year and month alone",
        fix="Correct the date, or leave it empty.",
        rest="Only this date was left out; everything else was read.",
        patient=column.patients[place],
    )


def _partial_day(column: Column, place: int, reading: DateReading) -> Finding:
    return Finding(
        Severity.NOTE,
        "date-partial",
        f"{shown(column.name)}: only {reading.partial} is known; it was kept as it is.",
        _about(column, place),
        value=shown(column.cells[place].strip()),
        expected="a full date where it is known",
        fix="Nothing is to be done.",
        rest="It is not used to compute an age or a time.",
        patient=column.patients[place],
    )


def _ask_for_day(column: Column, place: int, reading: DateReading) -> Finding:
    text = shown(column.cells[place].strip())
    days = [day.isoformat() for day in reading.readings]
    key = f"{reading.doubt}:{column.name}"
    if reading.doubt == "day-number":
        why = f"'{text}' looks like the day number of a spreadsheet, {days[0]}. Is it?"
        choices: tuple[Choice, ...] = (
            Choice(f"Yes, {text} is {days[0]}", answer="date"),
            Choice("No: leave it unknown", answer="unknown"),
        )
    else:
        why = f"'{text}' has a year of two digits; it could be {' or '.join(days)}."
        choices = tuple(
            Choice(f"{day.year}: {day}", answer=str(day.year // 100)) for day in reading.readings
        )
    return Finding(
        Severity.QUESTION,
        "date-unclear",
        f"{shown(column.name)}: {why}",
        _about(column, place),
        value=text,
        expected="a date such as 2024-02-29",
        fix="Write the year with four digits, or choose an answer.",
        rest="The date stays unknown until it is answered; everything else was read.",
        patient=column.patients[place],
        key=key,
        choices=choices,
    )


def _ask_for_order(column: Column, places: Sequence[int], key: str) -> Finding:
    text = column.cells[places[0]].strip()
    readings = {order: read_date(text, order) for order in ("dmy", "mdy")}
    days = {order: read.day or read.readings[0] for order, read in readings.items()}
    return Finding(
        Severity.QUESTION,
        "date-order",
        f"{shown(column.name)}: is '{shown(text)}' {days['dmy']} or {days['mdy']}? "
        f"Nothing in the column tells ({some_rows(column.rows[place] for place in places)}).",
        _about(column, places[0]),
        value=shown(text),
        expected="dates such as 2024-02-29",
        fix="Choose the order of day and month, or write the year first.",
        rest="These dates stay unknown until it is answered; everything else was read.",
        key=key,
        choices=(
            Choice(f"Day first: {days['dmy']}", answer="dmy"),
            Choice(f"Month first: {days['mdy']}", answer="mdy"),
        ),
    )


def _mixed_orders(column: Column, key: str) -> Finding:
    proofs: dict[str, int] = {}
    for place, text in enumerate(column.cells):
        proofs.setdefault(read_date(text).order, place)
    rows = " and ".join(
        f"row {column.rows[proofs[order]]} ({shown(column.cells[proofs[order]].strip())})"
        for order in ("dmy", "mdy")
    )
    return Finding(
        Severity.ERROR,
        "date-orders-mixed",
        f"{shown(column.name)} mixes day-first and month-first dates: {rows}.",
        _about(column, proofs["dmy"]),
        value=shown(column.cells[proofs["dmy"]].strip()),
        expected="one order in the whole column, best 2024-02-29",
        fix="Write the year first, then the month, then the day.",
        rest="No date of this column was read; the other columns were.",
        key=key,
        choices=(
            Choice("Day first wherever possible", answer="dmy"),
            Choice("Month first wherever possible", answer="mdy"),
        ),
    )
