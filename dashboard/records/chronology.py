"""Whether what is recorded of time can have happened: dates, order, courses, lines, outcomes.

Dates of a patient stand in the courses, the measurements and the record itself; birth, diagnosis,
progression and death may stand beside them in the file (`beside`). A day in the future is refused
with one day's allowance for time zones; an order that cannot be is refused with both dates named,
one that is unlikely (treatment before the diagnosis, a result after the death) is a warning.
Nothing is corrected here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from dashboard.records.calendar_days import is_counted
from dashboard.records.patient import (
    Choice,
    Finding,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
    Where,
)
from dashboard.records.remarks import place_of, remark

TIME_ZONE_ALLOWANCE = timedelta(days=1)
EARLIEST_BIRTH = date(1890, 1, 1)  # before any patient alive today was born
EARLIEST = date(1950, 1, 1)  # before any treatment of a patient alive today
NO_DAY = date(1970, 1, 1)  # day zero of computers
_AGE_TOLERANCE_YEARS = 2  # one year apart is common: the age was asked for on another day

# What must not come after what, by the names of `beside` dates.
_ORDER = (
    ("birth", "diagnosis"),
    ("birth", "treatment_start"),
    ("birth", "death"),
    ("diagnosis", "death"),
    ("diagnosis", "progression"),
    ("birth", "sample"),
    ("treatment_start", "treatment_end"),
    ("treatment_start", "progression"),
    ("treatment_start", "death"),
    ("progression", "death"),
    ("diagnosis", "last_contact"),
    ("last_contact", "death"),
)
_MOST_NAMED = 5
Dates = Mapping[str, date]
Event = tuple[str, date]  # what happened, in words, and when


def check_chronology(
    patient: Patient, today: date, dates: Dates, age_feature: str = "age_years"
) -> Iterator[Finding]:
    """Everything about time that cannot be, or hardly.

    Args:
        patient: whose record it is.
        today: the day of the check.
        dates: birth, diagnosis, treatment_start, progression, death, last_contact where known.
        age_feature: the feature that holds the age in years.
    """
    yield from _single_days(patient, today, dates)
    yield from _pairs(patient, dates)
    yield from _age_against_birth(patient, today, dates, age_feature)
    yield from _courses(patient, dates)
    yield from _before_diagnosis(patient, dates)
    yield from _after_death(patient, dates)
    yield from _alive_after_death(patient, dates)
    yield from check_outcomes(patient)


# -- days ----------------------------------------------------------------------------------------


def _single_days(patient: Patient, today: date, dates: Dates) -> Iterator[Finding]:
    latest = today + TIME_ZONE_ALLOWANCE
    days = list(_all_days(patient, dates))
    # Of a patient without identifiers, days are counted from the diagnosis and long past.
    counted = all(is_counted(day) for _, day in days)
    for name, day in days:
        earliest = EARLIEST_BIRTH if name == "birth" else EARLIEST
        if day > latest:
            yield remark(
                patient,
                "date-in-future",
                f"{_spoken(name)} is {day}, after today ({today}).",
                field=name,
                value=str(day),
                expected=f"a day up to {latest}",
                fix="Correct the year, the month or the day.",
            )
        elif day < earliest and not counted:
            yield remark(
                patient,
                "date-too-old",
                f"{_spoken(name)} is {day}, longer ago than any patient has lived.",
                field=name,
                value=str(day),
                expected=f"a day from {earliest}",
                fix="Correct the year; two-digit years are often read wrongly.",
            )
        elif day == NO_DAY and name != "birth":
            yield remark(
                patient,
                "date-placeholder",
                f"{_spoken(name)} is {day}, which computers write where no date was known.",
                severity=Severity.WARNING,
                field=name,
                value=str(day),
                expected="the day it happened, or nothing",
                fix="Enter the real date, or leave it empty.",
            )


def _all_days(patient: Patient, dates: Dates) -> Iterator[tuple[str, date]]:
    yield from dates.items()
    if patient.recorded_on is not None:
        yield "recorded_on", patient.recorded_on
    for course in patient.courses:
        label = _shortened(course.label)
        if course.started is not None:
            yield f"start of {label}", course.started
        if course.stopped is not None:
            yield f"end of {label}", course.stopped
    for measurement in patient.measurements:
        if measurement.taken_on is not None:
            yield measurement.feature, measurement.taken_on


def _pairs(patient: Patient, dates: Dates) -> Iterator[Finding]:
    for earlier, later in _ORDER:
        first, second = dates.get(earlier), dates.get(later)
        if first is not None and second is not None and first > second:
            yield _order(patient, (earlier, first), (later, second))


def _order(patient: Patient, earlier: tuple[str, date], later: tuple[str, date]) -> Finding:
    (before, first), (after, second) = earlier, later
    return remark(
        patient,
        "dates-out-of-order",
        f"{_spoken(after)} ({second}) lies before {_spoken(before).lower()} ({first}).",
        field=f"{before}, {after}",
        value=f"{first}, {second}",
        expected=f"{_spoken(before).lower()} first",
        fix="Correct one of the two dates.",
    )


def _age_against_birth(
    patient: Patient, today: date, dates: Dates, age_feature: str
) -> Iterator[Finding]:
    born, age = dates.get("birth"), patient.values.get(age_feature)
    if born is None or not isinstance(age, float) or born > today:
        return
    day = patient.recorded_on or today
    years = _completed_years(born, day)
    if abs(years - age) >= _AGE_TOLERANCE_YEARS and not _was_age_at(dates, age):
        yield remark(
            patient,
            "age-against-birth-date",
            f"The age is {age:g}, but the birth date {born} gives {years} on {day}.",
            severity=Severity.QUESTION,
            field="age, birth date",
            value=f"{age:g}, {born}",
            expected="an age that fits the birth date",
            fix="Choose the age that is right, or correct the birth date.",
            choices=(
                Choice(f"Use {years}, from the birth date", values={age_feature: float(years)}),
                Choice(f"Keep {age:g}", values={age_feature: age}),
                Choice("Leave unknown", values={age_feature: None}),
            ),
        )


def _was_age_at(dates: Dates, age: float) -> bool:
    """Whether the age is that of another day: the diagnosis, or the start of treatment."""
    born = dates["birth"]
    others = (dates.get("diagnosis"), dates.get("treatment_start"))
    return any(
        day is not None and abs(_completed_years(born, day) - age) < _AGE_TOLERANCE_YEARS
        for day in others
    )


def _completed_years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


# -- courses -------------------------------------------------------------------------------------


def _courses(patient: Patient, dates: Dates) -> Iterator[Finding]:
    for course in patient.courses:
        label = _shortened(course.label)
        started, stopped = course.started, course.stopped
        if started is not None and stopped is not None and stopped < started:
            yield _order(patient, (f"start of {label}", started), (f"end of {label}", stopped))
        for name in ("birth", "death"):
            yield from _course_against(patient, course, name, dates.get(name))
        if course.line is not None and course.line < 1:
            yield remark(
                patient,
                "line-impossible",
                f"{label} is recorded as line {course.line}.",
                field="courses",
                value=str(course.line),
                expected="1 or more",
                fix="Correct the line of this course.",
            )
    yield from _line_against_courses(patient)
    yield from _courses_out_of_order(patient)


def _course_against(
    patient: Patient, course: TreatmentCourse, name: str, day: date | None
) -> Iterator[Finding]:
    started = course.started
    if day is None or started is None:
        return
    start = (f"start of {_shortened(course.label)}", started)
    if name == "birth" and started < day:
        yield _order(patient, (name, day), start)
    elif name == "death" and started > day:
        yield _order(patient, start, (name, day))


def _with_curative_intent(course: TreatmentCourse) -> bool:
    """Treatment around an operation is no line of treatment for advanced disease."""
    return course.line is None and "adjuvant" in course.label.lower()


def _line_against_courses(patient: Patient) -> Iterator[Finding]:
    """A line that is lower than the recorded courses allow."""
    courses = [course for course in patient.courses if not _with_curative_intent(course)]
    if patient.line is None or not courses:
        return
    stated = [course.line for course in courses if course.line is not None]
    undated = len(courses) - len(stated)
    given = max([*stated, len(set(stated)) + undated])
    if patient.line <= given:
        count = len(courses)
        spoken = "one earlier course is" if count == 1 else f"{count} earlier courses are"
        yield remark(
            patient,
            "line-against-courses",
            f"Line {patient.line} is stated, yet {spoken} recorded, up to line {given}.",
            severity=Severity.WARNING,
            field="line",
            value=str(patient.line),
            expected=f"line {given + 1} or higher",
            fix=f"Correct the line, or the courses. Until then line {patient.line} is used.",
        )


def _courses_out_of_order(patient: Patient) -> Iterator[Finding]:
    dated = sorted(
        (course.line, course.started, _shortened(course.label))
        for course in patient.courses
        if course.line is not None and course.started is not None
    )
    for one, other in itertools.pairwise(dated):
        (line, started, label), (next_line, next_started, next_label) = one, other
        if next_line > line and next_started < started:
            yield remark(
                patient,
                "courses-out-of-order",
                f"Line {next_line} ({next_label}, {next_started}) starts before "
                f"line {line} ({label}, {started}).",
                field="courses",
                value=f"{started}, {next_started}",
                expected="lines in the order of their dates",
                fix="Correct the dates or the lines.",
            )


# -- against the diagnosis and the death ---------------------------------------------------------


def before_diagnosis(
    starts: Sequence[Event], diagnosed: date, where: Where, patient: str
) -> Iterator[Finding]:
    """Treatments that start before the day of diagnosis: told together, and kept."""
    if starts:
        one = len(starts) == 1
        yield Finding(
            Severity.WARNING,
            "treatment-before-diagnosis",
            f"{_several(starts)} {'starts' if one else 'start'} before the date of diagnosis "
            f"({diagnosed}).",
            where,
            value=", ".join(dict.fromkeys(str(day) for _, day in starts))[:80],
            expected=f"treatment from {diagnosed} on",
            fix="Correct one of the dates; nothing is to be done if it was for an earlier disease.",
            rest="The treatment was kept; everything else was read.",
            patient=patient,
        )


def after_death(
    events: Sequence[Event], died: date, where: Where, patient: str
) -> Iterator[Finding]:
    """Results and treatments dated after the death: told together, and kept."""
    if events:
        yield Finding(
            Severity.WARNING,
            "dated-after-death",
            f"{_several(events)} {'is' if len(events) == 1 else 'are'} dated after the death of "
            f"the patient ({died}).",
            where,
            value=", ".join(dict.fromkeys(str(day) for _, day in events))[:80],
            expected=f"days up to {died}",
            fix="Correct the date of death or of what is dated after it.",
            rest="The values were kept; everything else was read.",
            patient=patient,
        )


def _several(events: Sequence[Event]) -> str:
    """Events with their days in order, the first few by name."""
    told = list(dict.fromkeys(f"{_shortened(name)} ({day})" for name, day in _in_order(events)))
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more


def _in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event[1])


def _before_diagnosis(patient: Patient, dates: Dates) -> Iterator[Finding]:
    diagnosed = dates.get("diagnosis")
    if diagnosed is None:
        return
    starts = {c.started: c.label for c in patient.courses if c.started is not None}
    if "treatment_start" in dates:
        starts.setdefault(dates["treatment_start"], "The treatment")
    early = [(name, day) for day, name in starts.items() if day < diagnosed]
    where = place_of(patient, "diagnosis, treatment_start")
    yield from before_diagnosis(early, diagnosed, where, patient.id)


def _after_death(patient: Patient, dates: Dates) -> Iterator[Finding]:
    """Treatment after the death is refused with the courses; here stands what was measured."""
    died = dates.get("death")
    if died is None:
        return
    measured = [(m.feature, m.taken_on) for m in patient.measurements if m.taken_on is not None]
    if "sample" in dates:
        measured.append(("The sample", dates["sample"]))
    late = [(name, day) for name, day in measured if day > died]
    yield from after_death(late, died, place_of(patient, "death"), patient.id)


# -- outcomes ------------------------------------------------------------------------------------

_TIMES = {"os_months": "survival time", "pfs_months": "progression-free time"}
_RESPONSES = frozenset({"CR", "PR", "SD", "PD", "NE"})
_NO_ORIGIN = Origin()
LONGEST_MONTHS = 720


def check_outcomes(patient: Patient) -> Iterator[Finding]:
    """What is recorded of the course afterwards: times in range, and in an order that can be."""
    for name, spoken in _TIMES.items():
        yield from _time(patient, name, spoken)
    response = patient.outcomes.get("response")
    if isinstance(response, str) and response.upper() not in _RESPONSES:
        yield remark(
            patient,
            "response-unknown",
            f"The response {response[:40]!r} is not a RECIST category.",
            field="response",
            value=response[:80],
            expected="CR, PR, SD, PD or NE",
            fix="Choose one of these, or leave it unknown.",
        )
    yield from _progression_against_survival(patient)


def _alive_after_death(patient: Patient, dates: Dates) -> Iterator[Finding]:
    died = dates.get("death")
    if died is not None and patient.outcomes.get("os_event") is False:
        yield remark(
            patient,
            "alive-with-death-date",
            f"The patient is recorded as alive, yet died on {died}.",
            field="os_event",
            value=f"alive, {died}",
            expected="a death recorded as an event, or no date of death",
            fix="Correct the survival event and its time, or remove the date of death.",
        )


def _time(patient: Patient, name: str, spoken: str) -> Iterator[Finding]:
    months = _number(patient, name)
    if months is None:
        return
    if not 0 <= months <= LONGEST_MONTHS:
        yield remark(
            patient,
            "time-impossible",
            f"The {spoken} is {months:g} months.",
            field=name,
            value=f"{months:g}",
            expected=f"0 to {LONGEST_MONTHS} months",
            fix="Correct the time, or its unit: it is counted in months.",
        )
    elif months == 0 and not patient.origins.get(name, _NO_ORIGIN).by_hand:
        yield remark(
            patient,
            "same-day-event",
            f"The {spoken} is 0: is this a same-day event?",
            severity=Severity.QUESTION,
            field=name,
            value="0",
            expected="a time above 0, or a confirmed same-day event",
            fix="Confirm it, or leave the time unknown.",
            choices=(
                Choice("Yes, an event of the same day", answer="yes", values={name: 0.0}),
                Choice("Leave the time unknown", values={name: None}),
            ),
        )


def _progression_against_survival(patient: Patient) -> Iterator[Finding]:
    survival, free = _number(patient, "os_months"), _number(patient, "pfs_months")
    if survival is None or free is None:
        return
    fields = "pfs_months, os_months"
    value = f"{free:g}, {survival:g}"
    if free > survival:
        yield remark(
            patient,
            "progression-after-survival",
            f"The progression-free time ({free:g} months) is longer than the survival time "
            f"({survival:g} months).",
            field=fields,
            value=value,
            expected="a progression-free time up to the survival time",
            fix="Correct one of the two times.",
        )
    died = patient.outcomes.get("os_event") is True
    if died and patient.outcomes.get("pfs_event") is False and free >= survival:
        yield remark(
            patient,
            "death-is-an-event",
            "The patient died without progression, yet the progression-free time has no event.",
            severity=Severity.QUESTION,
            field="pfs_event, os_event",
            value="no, yes",
            expected="death counted as an event of progression-free survival",
            fix="Set the event to yes, or correct the times.",
            choices=(
                Choice("Count the death as an event", values={"pfs_event": True}),
                Choice("Leave the event unknown", values={"pfs_event": None}),
            ),
        )


def _number(patient: Patient, name: str) -> float | None:
    value = patient.outcomes.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# -- wording -------------------------------------------------------------------------------------

_SPOKEN = {
    "birth": "The birth date",
    "diagnosis": "The date of diagnosis",
    "treatment_start": "The start of treatment",
    "treatment_end": "The end of treatment",
    "sample": "The date of the sample",
    "progression": "The date of progression",
    "death": "The date of death",
    "last_contact": "The date of last contact",
    "recorded_on": "The date of the record",
}
_LONGEST_LABEL = 40


def _spoken(name: str) -> str:
    return _SPOKEN.get(name, f"The date of {name}" if " of " not in name else f"The {name}")


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}…"
