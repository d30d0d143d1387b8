"""Whose resources they are: one subject per patient, and nobody's content counted as anybody's.

A resource belongs to the patient it refers to. One that names two patients, or is filed under one
patient while its focus or its specimen is of somebody else, belongs to neither; one that names
nobody is read only where a single patient is in the file, and that is said. References are followed
inside the file alone; those that lead nowhere are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dashboard.knowledge.library import Library
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.fhir_conditions import primary_of
from dashboard.records.fhir_files import FhirFile, subjects
from dashboard.records.fhir_parts import Resource, items, listed, mapping, word
from dashboard.records.patient import Finding, Severity, Unmapped, Where
from dashboard.records.wording import shown

ADMINISTRATIVE_TYPES = frozenset(
    {
        "Practitioner", "PractitionerRole", "Organization", "Location", "RelatedPerson", "Person",
        "Coverage", "Account", "Endpoint", "Provenance", "AuditEvent", "Claim", "Schedule", "Slot",
        "ExplanationOfBenefit", "CareTeam", "HealthcareService", "OperationOutcome", "Device",
        "Encounter", "Appointment", "Subscription", "Group", "List", "Composition", "MessageHeader",
    }
)  # fmt: skip
_PART_OF_OTHERS = ("Medication", "Substance", "BodyStructure")  # read through what refers to them
_NOT_THE_PATIENT = ("RelatedPerson", "Group", "Device", "Location", "Organization", "Practitioner")
_FOLLOWED = (
    "focus", "specimen", "hasMember", "derivedFrom", "result", "medicationReference",
    "reasonReference", "assessment", "detail",
)  # fmt: skip
_MOST_NAMED = 5
_READ = (
    "Observation", "Condition", "DiagnosticReport", "Consent", "MedicationRequest",
    "MedicationAdministration", "MedicationStatement",
)  # fmt: skip


@dataclass(slots=True)
class Subject:
    """One patient of the file and everything that belongs to them."""

    id: str
    patient: Resource | None
    resources: list[Resource] = field(default_factory=list)
    number: int = 0  # among several patients of the file; 0 where there is one

    @property
    def disease_key(self) -> str:
        """The key under which the tumour group of this patient is asked for."""
        return f"disease:patient {self.number}" if self.number else "disease"

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types that are still to be read."""
        return [r for r in self.resources if r.type in types and not r.outcome]


def list_all(file: FhirFile, resources: Iterable[Resource], reason: str) -> None:
    """List every resource of which nothing has become yet."""
    for resource in resources:
        if not resource.outcome:
            file.unmapped.append(listed(resource, reason))


def list_administrative(resource: Resource) -> Unmapped:
    """A resource about the running of a hospital."""
    return listed(resource, "administrative; says nothing of the case", value="")


# -- sorting resources by patient ------------------------------------------------------------------


def by_patient(file: FhirFile) -> list[Subject]:
    """The patients of a file with their resources; what belongs to nobody in it is listed."""
    patients = [r for r in file.resources if r.type == "Patient" and r.outcome != "blocked"]
    found = {id(p): Subject(p.id or p.place, p) for p in patients}
    strangers: dict[str, Subject] = {}
    nameless: list[Resource] = []
    for resource in file.resources:
        if resource.type in ("Patient", *_PART_OF_OTHERS) or resource.outcome:
            continue
        owner = _owner(file, resource, found)
        if isinstance(owner, Subject):
            owner.resources.append(resource)
        elif owner:
            stranger = strangers.setdefault(owner, Subject(_plain(owner), None))
            stranger.resources.append(resource)
        elif owner is not None:
            nameless.append(resource)
    _give_nameless(file, nameless, found, strangers)
    for reference, named in strangers.items() if patients else ():
        list_all(file, named.resources, f"belongs to {reference}, who is not in the file")
    chosen = list(found.values()) if patients else list(strangers.values())
    for number, subject in enumerate(chosen, 1):
        subject.number = number if len(chosen) > 1 else 0
        _set_apart_strangers(file, subject)
    return chosen


def _owner(file: FhirFile, resource: Resource, found: dict[int, Subject]) -> Subject | str | None:
    """The patient of a resource, or the reference to one who is not in the file; else listed."""
    references = list(dict.fromkeys(subjects(resource)))
    targets = [file.find(resource, reference) for reference in references]
    owners = {id(target) for target in targets if id(target) in found}
    if len(owners) > 1 or (owners and None in targets):
        file.unmapped.append(listed(resource, "names two patients; not used"))
        return None
    if owners:
        return found[owners.pop()]
    if resource.type in ADMINISTRATIVE_TYPES:
        file.unmapped.append(list_administrative(resource))
        return None
    return references[0] if references else ""


def _plain(reference: str) -> str:
    return reference.rstrip("/").split("/")[-1].removeprefix("urn:uuid:").lstrip("#")


def _give_nameless(
    file: FhirFile,
    nameless: list[Resource],
    found: dict[int, Subject],
    strangers: dict[str, Subject],
) -> None:
    """Resources without a subject go to the only patient there is, with a warning."""
    if not nameless:
        return
    if len(found) > 1:
        for resource in nameless:
            file.unmapped.append(listed(resource, "does not say which patient it belongs to"))
        return
    only = next(iter(found.values())) if found else strangers.setdefault("", Subject("", None))
    only.resources.extend(nameless)
    names = [resource.place for resource in nameless if resource.type in _READ]
    if not names:
        return
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    whose = "the only patient of the file" if found else "one patient, who is not in the file"
    file.findings.append(
        Finding(
            Severity.WARNING,
            "subject-missing",
            f"{', '.join(names[:_MOST_NAMED])}{more}: no subject says whose this is; "
            f"it was read as of {whose}.",
            Where(file.name, None, f"{names[0]}.subject"),
            expected="a reference to the patient",
            fix="Check that it belongs to this patient.",
            patient=only.id,
        )
    )


# -- filed under the wrong patient -----------------------------------------------------------------


def _set_apart_strangers(file: FhirFile, subject: Subject) -> None:
    """Take out what is filed under a patient but speaks of somebody else."""
    for resource in subject.resources:
        reason = "" if resource.outcome else _other_than(file, resource, subject)
        if reason:
            file.unmapped.append(listed(resource, f"{reason}; not used"))
            whose = subject.id or "this patient"
            file.findings.append(
                Finding(
                    Severity.ERROR,
                    "other-subject",
                    f"{resource.place} is filed under {whose}, but {reason}.",
                    resource.where(),
                    expected="a subject, a focus and a specimen of one patient",
                    fix="Correct the reference, or enter the value by hand.",
                    rest="The other resources were read.",
                    patient=subject.id,
                )
            )


def _other_than(file: FhirFile, resource: Resource, subject: Subject) -> str:
    own = set(subjects(resource))
    for reference in _references(resource.body.get("focus")):
        target = file.find(resource, reference)
        kind = target.type if target is not None else _kind(reference)
        if kind in _NOT_THE_PATIENT:
            return f"its focus is {shown(reference)}"
        if kind == "Patient" and target is not subject.patient and reference not in own:
            return f"its focus is {shown(reference)}"
    for reference in _references(resource.body.get("specimen")):
        specimen = file.find(resource, reference)
        for other in subjects(specimen) if specimen is not None else ():
            if other not in own and (
                subject.patient is None or file.find(resource, other) is not subject.patient
            ):
                return f"its specimen {shown(reference)} is of {shown(other)}"
    return ""


def _kind(reference: str) -> str:
    return (reference.rstrip("/").split("/")[-2:] or [""])[0]


def set_apart_other_tumours(
    file: FhirFile, subject: Subject, pack: DiseasePack, library: Library
) -> None:
    """Take out observations whose focus is another tumour than the one that is decided on."""
    for resource in subject.of("Observation"):
        for reference in _references(resource.body.get("focus")):
            condition = file.find(resource, reference)
            if condition is None or condition.type != "Condition" or resource.outcome:
                continue
            named = primary_of(condition, library)
            if named is not None and pack.id in library.ids and named.disease != pack.id:
                label = library.pack(named.disease).label
                file.unmapped.append(listed(resource, f"speaks of another tumour ({label})"))


# -- references that lead nowhere ------------------------------------------------------------------


def unresolved(file: FhirFile, subject: Subject, patient: str) -> Iterator[Finding]:
    """One note of the references of a patient's resources that nothing in the file answers."""
    lost = [
        f"{resource.place}.{name} to {shown(reference)}"
        for resource in subject.resources
        if resource.outcome == "read" and not resource.translated
        for name, reference in _followed(resource.body)
        if file.find(resource, reference) is None
    ]
    if lost:
        more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
        yield Finding(
            Severity.NOTE,
            "reference-unresolved",
            f"References that lead to nothing in the file: {'; '.join(lost[:_MOST_NAMED])}{more}.",
            Where(file.name),
            expected="what is referred to, in the same file",
            fix="Export the record with everything it refers to.",
            rest="Nothing was fetched from elsewhere; everything else was read.",
            patient=patient,
        )


def _followed(content: Any) -> Iterator[tuple[str, str]]:
    """References of clinical meaning anywhere in a resource."""
    if isinstance(content, list):
        for item in content:
            yield from _followed(item)
    for name, value in content.items() if isinstance(content, dict) else ():
        if name in _FOLLOWED:
            yield from ((name, reference) for reference in _references(value))
        if name not in ("contained", "meta", "text"):
            yield from _followed(value)


def _references(value: object) -> list[str]:
    found = (word(mapping(item).get("reference")) for item in items(value))
    return [reference for reference in found if reference]
