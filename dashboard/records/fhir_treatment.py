"""Medication resources: what was really given becomes courses, everything else is shown.

An order that was cancelled, only proposed or stopped, a statement that a drug was not taken, an
administration that was not done: none of these is prior treatment, and each is listed with its
reason. A drug that no regimen and no class of the packs knows is listed too. The name of a drug is
taken from its words; a drug that is only a reference is looked up inside the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dashboard.knowledge.codes import drugs_in
from dashboard.knowledge.library import Library
from dashboard.records.chart import Chart, read_date
from dashboard.records.fhir_parts import (
    CONCORD_COURSE,
    Concept,
    Resource,
    concept,
    extension_value,
    items,
    listed,
    mapping,
    word,
)
from dashboard.records.fhir_times import Ends, read_period
from dashboard.records.moments import read_moment
from dashboard.records.patient import Finding, Origin, Severity, TreatmentCourse
from dashboard.records.treatments import (
    Course,
    Given,
    courses_of,
    is_cancer_drug,
    prior_values,
)

Resolve = Callable[[Resource, str], Resource | None]

MEDICATION_TYPES = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")
_NOT_GIVEN = {
    "MedicationRequest": {
        "cancelled": "cancelled", "entered-in-error": "entered in error", "draft": "only a draft",
        "stopped": "stopped", "unknown": "of unknown status",
    },
    "MedicationAdministration": {
        "not-done": "not done", "entered-in-error": "entered in error", "on-hold": "on hold",
        "unknown": "of unknown status",
    },
    "MedicationStatement": {
        "not-taken": "not taken", "stopped": "stopped", "entered-in-error": "entered in error",
        "intended": "only intended", "unknown": "of unknown status",
    },
}  # fmt: skip
_PERIODS = ("effectivePeriod", "occurrencePeriod")
_DAYS = ("effectiveDateTime", "occurrenceDateTime")
_ONLY_PLANNED = ("proposal", "plan", "option")
_CURATIVE = ("373808002",)  # SNOMED CT: curative intent


def read_medications(
    resources: list[Resource], chart: Chart, library: Library, resolve: Resolve
) -> None:
    """Turn everything that was given into courses and prior treatment."""
    given = []
    for resource in resources:
        own = _own_course(resource)
        if own is not None:  # its prior treatment was written as values of its own
            _keep_own(own, resource, chart)
        elif (item := _given(resource, chart, library, resolve)) is not None:
            given.append(item)
    for course in courses_of(given):
        chart.courses.append(_named(course, chart))
        _put_prior(course, chart)


def _given(resource: Resource, chart: Chart, library: Library, resolve: Resolve) -> Given | None:
    """What the resource says was given; None after listing it."""
    said = _drug(resource, resolve)
    drugs = frozenset(drugs_in("; ".join(said.phrases))) or frozenset({said.label.casefold()})
    known = is_cancer_drug(drugs, library.packs)
    started, stopped = _period(resource)
    reason = _why_not_given(resource) or _not_yet(started, chart)
    if reason:
        left = listed(resource, f"{reason}; not counted as treatment", value=said.label)
        chart.unmapped.append(left)
        if known:
            chart.add(_not_counted(resource, said.label, reason))
        return None
    if not known and "cancer-related-med" not in resource.profiles:
        left = listed(resource, "no cancer treatment of the packs", value=said.label)
        chart.unmapped.append(left)
        return None
    resource.outcome = "read"
    if not word(resource.body.get("status")):
        chart.add(_without_status(resource, said.label))
    return Given(
        drugs,
        said.label,
        started,
        stopped,
        concept(resource.take("statusReason")).label,
        _is_curative(resource),
        resource.where("medication"),
    )


def _without_status(resource: Resource, label: str) -> Finding:
    return Finding(
        Severity.WARNING,
        "status-missing",
        f"{resource.place} does not say whether {label} was given; it counts as given.",
        resource.where("status"),
        value=label,
        expected="a status such as completed",
        fix="Remove the course where the drug was not given.",
    )


def _not_yet(started: date | None, chart: Chart) -> str:
    return "only planned" if started is not None and started > chart.reading.today else ""


def _drug(resource: Resource, resolve: Resolve) -> Concept:
    """The drug in codes and words, looked up where it is a reference."""
    said = resource.concept("medicationCodeableConcept")
    reference = mapping(resource.take("medicationReference"))
    if said.label or not reference:
        return said
    found = resolve(resource, word(reference.get("reference")))
    if found is None:
        return Concept((), word(reference.get("display")) or word(reference.get("reference")))
    found.outcome = "read"
    code = concept(found.body.get("code"))
    ingredients = [
        concept(ingredient.get("itemCodeableConcept"))
        for ingredient in items(found.body.get("ingredient"))
    ]
    if code.label or not ingredients:
        return code
    return replace(code, text=" and ".join(ingredient.label for ingredient in ingredients))


def _why_not_given(resource: Resource) -> str:
    status = word(resource.take("status"))
    if resource.take("doNotPerform") is True:
        return "ordered not to be given"
    if reason := _NOT_GIVEN[resource.type].get(status):
        return reason
    if resource.type == "MedicationRequest" and word(resource.take("intent")) in _ONLY_PLANNED:
        return "only planned"
    return ""


def _not_counted(resource: Resource, label: str, reason: str) -> Finding:
    return Finding(
        Severity.NOTE,
        "treatment-not-counted",
        f"{label} is {reason} and is not counted as prior treatment.",
        resource.where("status"),
        value=reason,
        fix="Add the course by hand if the drug was given.",
    )


def _period(resource: Resource) -> tuple[date | None, date | None]:
    """The days on which the drug began and ended."""
    for name in (*_PERIODS, *_DAYS):
        value = resource.take(name)
        if mapping(value) if name in _PERIODS else read_moment(value):
            break
    start, end = given_at(resource)
    return (start.first if start else None), (end.first if end else None)


def given_at(resource: Resource) -> Ends:
    """When the drug began and ended, as far as the resource says; neither of a reversed period."""
    for name in _PERIODS:
        if period := mapping(resource.body.get(name)):
            return read_period(period)
    for name in _DAYS:
        if day := read_moment(resource.body.get(name)):
            return day, None
    for dosage in items(resource.body.get("dosageInstruction")):
        bounds = mapping(mapping(mapping(dosage.get("timing")).get("repeat")).get("boundsPeriod"))
        if bounds.get("start"):
            return read_period(bounds)
    return read_moment(resource.body.get("authoredOn") or resource.body.get("dateAsserted")), None


def _is_curative(resource: Resource) -> bool:
    early = False
    for name, extension in resource.extensions():
        if name in ("mcode-procedure-intent", "mcode-treatment-intent"):
            said = concept(extension_value(extension))
            early = early or any(c.code in _CURATIVE for c in said.codings)
    return early


def _own_course(resource: Resource) -> TreatmentCourse | None:
    """A course as Concord itself wrote it, on each of its drugs."""
    for extension in items(resource.body.get("extension")):
        if word(extension.get("url")) == CONCORD_COURSE:
            inner = items(extension.get("extension"))
            parts = {word(part.get("url")): extension_value(part) for part in inner}
            line = parts.get("line")
            return TreatmentCourse(
                label=word(parts.get("label")),
                regimen=word(parts.get("regimen")),
                line=line if isinstance(line, int) else None,
                started=read_date(parts.get("started")),
                stopped=read_date(parts.get("stopped")),
                best_response=word(parts.get("best_response")),
                stop_reason=word(parts.get("stop_reason")),
            )
    return None


def _keep_own(own: TreatmentCourse, resource: Resource, chart: Chart) -> None:
    resource.outcome = "read"
    for name in ("extension", "medicationCodeableConcept", "effectivePeriod", "statusReason"):
        resource.take(name)
    if own not in chart.courses:
        chart.courses.append(own)


def _named(course: Course, chart: Chart) -> TreatmentCourse:
    """The course with its regimen; where two regimens have these drugs, neither is chosen."""
    treatment = course.as_treatment(chart.pack)
    if not treatment.regimen and chart.pack.regimens:
        chart.add(
            Finding(
                Severity.NOTE,
                "regimen-open",
                f"{treatment.label} is not exactly one regimen of {chart.pack.label}; "
                "it is kept under the words of the record.",
                course.where,
                value=treatment.label,
                fix="Choose the regimen by hand where it matters.",
            )
        )
    return treatment


def _put_prior(course: Course, chart: Chart) -> None:
    for feature, value in prior_values(course.drugs, chart.pack):
        label = " + ".join(course.labels)
        note = f"from the course of {label}"
        origin = Origin(course.where.file, course.where.row, course.where.field, label, note=note)
        chart.put(feature, value, origin, taken_on=course.started)
