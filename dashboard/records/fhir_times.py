"""Dates of FHIR resources: what cannot be read, what runs backwards, what is only a month or year.

A date nobody can read leaves its value undated, a period that ends before it begins leaves both its
ends unknown, and a month or a year alone counts as its first day; each of these is said. The walk
covers every date of a resource, so that none is dropped without a word. What the dates mean is for
the readers of observations, conditions and treatments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboard.records.fhir_parts import Resource, mapping, summary
from dashboard.records.moments import Moment, read_moment
from dashboard.records.patient import Finding, Severity
from dashboard.records.strict_json import shown

Ends = tuple[Moment | None, Moment | None]

_ENDINGS = ("DateTime", "Date", "Instant", "dateTime")
_NAMES = frozenset({"issued", "authoredOn", "date", "dateAsserted", "event"})
_PERIODS = ("Period", "period")
# birth and death have findings of their own; the rest holds no date of the patient's record
_APART = frozenset({"birthDate", "deceasedDateTime", "meta", "text", "contained"})


def read_period(value: object) -> Ends:
    """Both ends of a period; neither where it ends before it begins."""
    body = mapping(value)
    start, end = read_moment(body.get("start")), read_moment(body.get("end"))
    if start is not None and end is not None and end.before(start):
        return None, None
    return start, end


def time_findings(resource: Resource) -> Iterator[Finding]:
    """What is wrong with the dates of a resource."""
    began = read_moment(resource.body.get("onsetDateTime"))
    ended = read_moment(resource.body.get("abatementDateTime"))
    if began is not None and ended is not None and ended.before(began):
        stated = f"{resource.body['onsetDateTime']} to {resource.body['abatementDateTime']}"
        yield _reversed(resource, "abatementDateTime", stated, "The onset was used")
    if resource.borrowed and resource.container is not None:
        yield _of_report(resource, resource.container, resource.borrowed[0])
    for path, value in _dates(resource.body, ""):
        if isinstance(value, dict):
            yield from _period(resource, path, value)
        else:
            yield from _single(resource, path, value)


def _dates(content: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every date with its path, and every period as a whole."""
    if isinstance(content, list):
        for number, item in enumerate(content):
            yield from _dates(item, f"{path}[{number}]")
    for name, value in content.items() if isinstance(content, dict) else ():
        place = f"{path}.{name}".lstrip(".")
        if name in _APART or value in (None, "", [], {}):
            continue
        if name.endswith(_PERIODS) and isinstance(value, dict):
            yield place, value
        elif name.endswith(_ENDINGS) or name in _NAMES:
            values = value if isinstance(value, list) else [value]
            yield from ((place, one) for one in values if not isinstance(one, dict | list))
        else:
            yield from _dates(value, place)


def _period(resource: Resource, path: str, value: dict[str, Any]) -> Iterator[Finding]:
    for end in ("start", "end"):
        if value.get(end) not in (None, ""):
            yield from _single(resource, f"{path}.{end}", value[end])
    ends = read_moment(value.get("start")), read_moment(value.get("end"))
    if all(ends) and read_period(value) == (None, None):
        stated = f"{value['start']} to {value['end']}"
        yield _reversed(resource, path, stated, "Neither date was used")


def _of_report(resource: Resource, report: Resource, name: str) -> Finding:
    return Finding(
        Severity.NOTE,
        "date-of-report",
        f"{resource.place} has no date of its own; that of {report.place} is used.",
        resource.where(name),
        value=summary(resource.body[name])[:80],
        expected="a date for each result",
        fix="Nothing is to be done if the report gives the day of its results.",
        rest="The result was read.",
    )


def _reversed(resource: Resource, path: str, stated: str, rest: str) -> Finding:
    return Finding(
        Severity.WARNING,
        "period-reversed",
        f"{resource.place}: the period {shown(stated)} ends before it begins.",
        resource.where(path),
        value=stated[:80],
        expected="a start before its end",
        fix="Correct the wrong one of the two dates.",
        rest=f"{rest}; everything else was read.",
    )


def _single(resource: Resource, path: str, value: object) -> Iterator[Finding]:
    moment = read_moment(value)
    if moment is None or not moment.sound:
        what = "is no date" if moment is None else "has a time that cannot be read"
        left = "It was left out" if moment is None else "Only its day was used"
        yield Finding(
            Severity.WARNING,
            "date-unreadable",
            f"{resource.place}: {shown(value)} {what}.",
            resource.where(path),
            value=shown(value),
            expected="a date such as 2024-05-31, or a time such as 2024-05-31T08:30:00+02:00",
            fix="Correct the date.",
            rest=f"{left}; everything else was read.",
        )
    elif not moment.exact:
        yield Finding(
            Severity.NOTE,
            "date-partial",
            f"{resource.place}: {shown(value)} names no day; it is kept as "
            f"{moment.first.isoformat()} and never counts as older or newer than a day inside it.",
            resource.where(path),
            value=shown(value),
            fix="Enter the exact date if it is known.",
        )
