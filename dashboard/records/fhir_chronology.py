"""Whether what FHIR resources say of time fits the diagnosis and the death of the patient.

Treatment that starts before the tumour was found, and results or treatment dated after the death,
are told with both days; the values stay. A month or a year is a span: only what is certainly
earlier or later is told. The wording, and the same checks for tables, stand in `chronology`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dashboard.records.chronology import Event, after_death, before_diagnosis
from dashboard.records.fhir_answers import moment_of
from dashboard.records.fhir_parts import Resource, concept, extension_value, items, word
from dashboard.records.fhir_subjects import Subject
from dashboard.records.fhir_times import read_period
from dashboard.records.fhir_treatment import MEDICATION_TYPES, given_at
from dashboard.records.moments import Moment, read_moment
from dashboard.records.patient import Finding

_Dated = tuple[str, Moment]


def order_findings(
    subject: Subject, tumours: Iterable[Resource], patient: str
) -> Iterator[Finding]:
    """What was given before the diagnosis, and what is dated after the death.

    Args:
        subject: the patient of the file, with all that belongs to them.
        tumours: the conditions that name the tumour which was read.
        patient: the id that findings carry.
    """
    read = [resource for resource in subject.resources if resource.outcome == "read"]
    given = list(_given(read))
    found = _diagnosed(tumours)
    if found is not None:
        resource, name, day = found
        early = [_event(one) for one in given if one[1].before(day)]
        yield from before_diagnosis(early, day.first, resource.where(name), patient)
    body = subject.patient.body if subject.patient is not None else {}
    died = read_moment(body.get("deceasedDateTime"))
    if died is not None and subject.patient is not None:
        late = [_event(one) for one in (*_measured(read), *given) if died.before(one[1])]
        where = subject.patient.where("deceasedDateTime")
        yield from after_death(late, died.first, where, patient)


def _event(one: _Dated) -> Event:
    return one[0], one[1].first


def _diagnosed(tumours: Iterable[Resource]) -> tuple[Resource, str, Moment] | None:
    """The earliest day on which the tumour is said to have begun or been found."""
    stated = [
        (resource, name, moment)
        for resource in tumours
        if resource.type == "Condition"
        for name, moment in _days_of(resource)
        if moment is not None
    ]
    return min(stated, key=lambda one: one[2].first, default=None)


def _days_of(resource: Resource) -> Iterator[tuple[str, Moment | None]]:
    yield "onsetDateTime", read_moment(resource.body.get("onsetDateTime"))
    yield "onsetPeriod", read_period(resource.body.get("onsetPeriod"))[0]
    for extension in items(resource.body.get("extension")):
        if word(extension.get("url")).endswith("condition-assertedDate"):
            yield "extension(condition-assertedDate)", read_moment(extension_value(extension))


def _given(read: Iterable[Resource]) -> Iterator[_Dated]:
    for resource in read:
        if resource.type in MEDICATION_TYPES and (start := given_at(resource)[0]) is not None:
            said = concept(resource.body.get("medicationCodeableConcept"))
            yield said.label or resource.place, start


def _measured(read: Iterable[Resource]) -> Iterator[_Dated]:
    for resource in read:
        if resource.type == "Observation" and (moment := moment_of(resource.body)) is not None:
            yield concept(resource.body.get("code")).label or resource.place, moment
