"""Reads FHIR R4: the mCODE profiles and the plain resources that hospital systems send.

One chart per patient: patients are never merged, and what belongs to nobody in the file is listed.
Every resource is either read or listed with its reason, and what a read resource says beyond what
the pack asks for is listed field by field. No content raises an exception. What the single kinds of
resource mean stands in the `fhir_` modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dashboard.knowledge.schema import DiseasePack
from dashboard.records.chart import Chart, read_date, with_reason
from dashboard.records.fhir_chronology import order_findings
from dashboard.records.fhir_conditions import primary_of, read_condition, warn_of_doubt
from dashboard.records.fhir_consent import read_consent, read_labels
from dashboard.records.fhir_derived import derive
from dashboard.records.fhir_files import FhirFile, open_file
from dashboard.records.fhir_genomics import GenomicReader, is_genomic
from dashboard.records.fhir_meanings import Meanings
from dashboard.records.fhir_observations import FeatureIndex, ObservationReader
from dashboard.records.fhir_parts import (
    CONCORD_NOTES,
    CONCORD_PATIENT,
    Resource,
    concept,
    concepts,
    extension_value,
    has_modifier,
    items,
    listed,
    word,
)
from dashboard.records.fhir_patients import (
    birth_findings,
    is_own,
    is_synthetic,
    nobody,
    read_patient,
)
from dashboard.records.fhir_subjects import (
    ADMINISTRATIVE_TYPES,
    Subject,
    by_patient,
    list_administrative,
    list_all,
    set_apart_other_tumours,
    unresolved,
)
from dashboard.records.fhir_times import time_findings
from dashboard.records.fhir_treatment import MEDICATION_TYPES, read_medications
from dashboard.records.fhir_versions import refusal, release_of, wrong_release
from dashboard.records.patient import Choice, Finding, Intake, Patient, Severity, Where
from dashboard.records.reading import Reading
from dashboard.records.sites import Named, disease_named

FORMAT = "FHIR R4"
_PATIENT_KEY, _ALL = "patient", "all"
_SHOWN = {
    "AllergyIntolerance": "shown as written; no rule reads allergies",
    "Procedure": "shown as written; procedures are no values of the packs",
    "Specimen": "shown as written",
    "DocumentReference": "documents are not read automatically",
    "Media": "images are not read automatically",
    "Binary": "documents are not read automatically",
    "CarePlan": "shown as written; a plan is no value of the packs",
    "FamilyMemberHistory": "shown as written; family history is no value of the packs",
}


@dataclass(slots=True)
class Examined:
    """What came of a file, and what became of every resource of it."""

    intake: Intake
    resources: list[Resource] = field(default_factory=list)

    @property
    def silent(self) -> list[Resource]:
        """Resources that were neither read nor listed; there must be none."""
        return [resource for resource in self.resources if not resource.outcome]


def read_fhir(content: bytes, name: str, reading: Reading) -> Intake:
    """Read a FHIR file; problems are findings, never exceptions."""
    return examine(content, name, reading).intake


def examine(content: bytes, name: str, reading: Reading) -> Examined:
    """Read a FHIR file and keep account of every resource."""
    file = open_file(content, name)
    release = wrong_release(file.resources)
    if release:
        file.findings.append(refusal(release, name))
        list_all(file, file.resources, f"FHIR {release}")
        return Examined(_intake(file, ()), file.resources)
    _block(file, modifiers=b"modifierExtension" in content or b"implicitRules" in content)
    return Examined(_intake(file, read_resources(file, reading)), file.resources)


def read_resources(file: FhirFile, reading: Reading) -> tuple[Patient, ...]:
    """The patients of a file that is known to be R4, or was translated into it."""
    patients = [_read_one(file, subject, reading) for subject in by_patient(file)]
    read = tuple(patient for patient in patients if patient is not None)
    list_all(file, file.resources, "nothing in the file refers to it")
    list_all(file, file.contained(), "stands inside another resource and is not read")
    return _chosen(file, read, reading.answers.get(_PATIENT_KEY, ""))


def _intake(file: FhirFile, patients: tuple[Patient, ...]) -> Intake:
    intake = Intake(patients, tuple(file.findings), tuple(file.unmapped), FORMAT)
    return with_reason(intake, file.name)


# -- what must not be read -----------------------------------------------------------------------


def _block(file: FhirFile, *, modifiers: bool) -> None:
    """Take out what is of another release or may mean the opposite of what it says."""
    for resource in [one for one in file.resources if not one.outcome]:
        if release := release_of(resource.body):
            _refuse(file, resource, f"of FHIR {release}", "fhir-release")
        elif modifiers and (has_modifier(resource.body) or resource.body.get("implicitRules")):
            reason = "with a modifier that is not known here and may reverse its meaning"
            _refuse(file, resource, reason, "fhir-modifier")
        elif resource.container is not None and resource.container.outcome == "blocked":
            resource.outcome = "blocked"
            reason = f"stands inside {resource.container.place}, which is not used"
            file.unmapped.append(listed(resource, reason))


def _refuse(file: FhirFile, resource: Resource, reason: str, code: str) -> None:
    resource.outcome = "blocked"
    file.unmapped.append(listed(resource, f"{reason}; not used"))
    file.findings.append(
        Finding(
            Severity.ERROR,
            code,
            f"{resource.place} is {reason}.",
            resource.where("modifierExtension" if code == "fhir-modifier" else ""),
            expected="FHIR R4 without unknown modifiers",
            fix="Enter what it says by hand after reading it at its source.",
            rest="The other resources were read.",
        )
    )


# -- several patients ----------------------------------------------------------------------------


def _chosen(file: FhirFile, patients: tuple[Patient, ...], answer: str) -> tuple[Patient, ...]:
    """All patients, or the one that was chosen; asked while nothing was said."""
    numbers = {str(number): patient for number, patient in enumerate(patients, 1)}
    if len(patients) < 2 or answer == _ALL:  # noqa: PLR2004 - nothing to choose from
        return patients
    if answer in numbers:
        kept = numbers[answer]
        file.findings[:] = [f for f in file.findings if f.patient in {"", kept.id}]
        return (kept,)
    file.findings.append(
        Finding(
            Severity.QUESTION,
            "several-patients",
            f"The file holds {len(patients)} patients. They were kept apart.",
            Where(file.name),
            expected="one patient, or a choice",
            fix="Choose the patient to look at, or take all of them.",
            rest="All of them were read.",
            key=_PATIENT_KEY,
            choices=(
                *(Choice(patient.id, number) for number, patient in numbers.items()),
                Choice("All of them", _ALL),
            ),
        )
    )
    return patients


# -- one patient ---------------------------------------------------------------------------------


def _read_one(file: FhirFile, subject: Subject, reading: Reading) -> Patient | None:
    if not subject.patient and all(r.outcome for r in subject.resources):
        return None
    pack, named = _pack_of(file, subject, reading)
    set_apart_other_tumours(file, subject, pack, reading.library)
    chart = Chart(_id_of(subject) or file.name, pack, reading, file.name)
    for resource, doubt in named:
        warn_of_doubt(chart, resource, doubt)
    if subject.patient is not None:
        read_patient(subject.patient, chart)
        chart.complete = is_own(subject.patient)
        chart.synthetic = is_synthetic(subject.patient)
    _read_resources(file, subject, chart, reading)
    patient = chart.close()
    chart.findings += order_findings(subject, [one for one, _ in named], chart.patient)
    if subject.patient is not None and pack is not _NO_PACK and _says_nothing(subject, patient):
        chart.add(nobody(subject.patient, chart.patient))
    elif subject.patient is not None or patient.values or patient.courses:
        _collect(file, chart, subject)
        return patient if pack is not _NO_PACK else replace(patient, disease="")
    _collect(file, chart, subject)
    return None


def _says_nothing(subject: Subject, patient: Patient) -> bool:
    """Whether neither the patient nor anything that belongs to them could be read."""
    facts = (patient.values, patient.courses, patient.outcomes, patient.notes, patient.line)
    return not any(facts) and all(resource.outcome != "read" for resource in subject.resources)


def _id_of(subject: Subject) -> str:
    """The id that Concord itself gave the patient, or the id of the resource."""
    for identifier in items(subject.patient.body.get("identifier")) if subject.patient else []:
        if word(identifier.get("system")) == CONCORD_PATIENT:
            return word(identifier.get("value"))
    return subject.id


def _read_notes(resource: Resource, chart: Chart) -> None:
    """Notes as Concord itself wrote them."""
    if concept(resource.body.get("code")).codes(CONCORD_NOTES):
        for _, extension in resource.extensions():
            chart.notes.append(str(extension_value(extension) or ""))
        resource.take("code")
        resource.outcome = "read"


def _read_resources(file: FhirFile, subject: Subject, chart: Chart, reading: Reading) -> None:
    own = [subject.patient] if subject.patient else []
    read_labels([*own, *subject.resources], chart)
    for resource in subject.of("Consent"):
        read_consent(resource, chart)
    for resource in subject.of("Condition"):
        read_condition(resource, chart, reading.library)
    _read_observations(file, subject, chart)
    read_medications(subject.of(*MEDICATION_TYPES), chart, reading.library, file.find)
    for resource in subject.of("Basic"):
        _read_notes(resource, chart)
    _check_birth(subject, chart)
    _read_reports(file, subject, chart)
    for resource in subject.of(*{r.type for r in subject.resources}):
        _list_rest(chart, resource)


def _read_observations(file: FhirFile, subject: Subject, chart: Chart) -> None:
    plain = ObservationReader(
        chart, FeatureIndex.of(chart.pack.features), Meanings.of(chart.reading.library)
    )
    genomic = GenomicReader(chart)
    for resource in subject.of("Observation"):
        (genomic.read if is_genomic(resource) else plain.read)(resource)
    _mark_uncertain(file, subject, genomic)
    genomic.close((report, _results(file, report)) for report in subject.of("DiagnosticReport"))
    derive(chart, plain.helpers)


def _mark_uncertain(file: FhirFile, subject: Subject, genomic: GenomicReader) -> None:
    """Implications that call a variant of uncertain significance."""
    for resource in subject.resources:
        if resource.type == "Observation" and "implication" in resource.profiles:
            text = str(resource.body.get("component"))
            for reference in items(resource.body.get("derivedFrom")):
                variant = file.find(resource, word(reference.get("reference")))
                if variant is not None and "LA26333-7" in text:
                    genomic.mark_uncertain(variant)


def _results(file: FhirFile, report: Resource) -> list[Resource]:
    found = (file.find(report, word(r.get("reference"))) for r in items(report.body.get("result")))
    return [resource for resource in found if resource is not None]


def _read_reports(file: FhirFile, subject: Subject, chart: Chart) -> None:
    """A report is read when its results are; its words are listed beside."""
    for report in subject.of("DiagnosticReport"):
        results = _results(file, report)
        if any(result.outcome == "read" for result in results):
            report.outcome = "read"
            for name in ("result", "code", "effectiveDateTime", "effectivePeriod"):
                report.take(name)
        else:
            chart.unmapped.append(listed(report, "reports are shown as written"))


def _list_rest(chart: Chart, resource: Resource) -> None:
    if resource.type in ADMINISTRATIVE_TYPES:
        chart.unmapped.append(list_administrative(resource))
    else:
        reason = _SHOWN.get(resource.type, "has no place in the case")
        chart.unmapped.append(listed(resource, reason))


def _check_birth(subject: Subject, chart: Chart) -> None:
    born = read_date(subject.patient.body.get("birthDate")) if subject.patient else None
    if born is None or subject.patient is None:
        return
    events = [
        (f"the {seen.feature.label} of that day", seen.taken_on)
        for seen in chart.seen
        if seen.taken_on is not None
    ]
    conditions = [
        (f"the onset of {resource.place}", day)
        for resource in subject.resources
        if resource.type == "Condition"
        and resource.outcome == "read"
        and (day := read_date(resource.body.get("onsetDateTime")))
    ]
    birth_findings(chart, born, [*conditions, *events], subject.patient.where("birthDate"))


def _collect(file: FhirFile, chart: Chart, subject: Subject) -> None:
    file.findings.extend(chart.findings)
    file.unmapped.extend(chart.unmapped)
    everything = [subject.patient] if subject.patient else []
    for resource in [*everything, *subject.resources]:
        if resource.outcome == "read":
            file.unmapped.extend(resource.leftovers())
            file.findings.extend(replace(f, patient=chart.patient) for f in time_findings(resource))
    file.findings.extend(unresolved(file, subject, chart.patient))


# -- which tumour group --------------------------------------------------------------------------

_NO_PACK = DiseasePack(id="none", label="no tumour group", version="0", features=(), regimens=())


def _pack_of(
    file: FhirFile, subject: Subject, reading: Reading
) -> tuple[DiseasePack, list[tuple[Resource, Named]]]:
    """The tumour group: what the user said, or what the conditions say without contradiction."""
    named = [
        (resource, found)
        for resource in subject.resources
        if resource.type == "Condition"
        and not resource.outcome
        and (found := primary_of(resource, reading.library))
    ]
    named = named or list(_reasons_of_orders(subject, reading))
    diseases = list(dict.fromkeys(found.disease for _, found in named))
    said = reading.disease or reading.answers.get(subject.disease_key, "")
    if said in reading.library.ids:
        if diseases and said not in diseases:
            file.findings.append(_other_disease(file, subject, said, diseases, reading))
        return reading.library.pack(said), [pair for pair in named if pair[1].disease == said]
    if len(diseases) == 1:
        return reading.library.pack(diseases[0]), named
    file.findings.append(_ask_disease(file, subject, diseases, reading))
    return _NO_PACK, []


def _reasons_of_orders(subject: Subject, reading: Reading) -> Iterator[tuple[Resource, Named]]:
    """The tumour groups that orders and reports give as their reason, where no condition does."""
    for resource in subject.resources:
        for reason in concepts(resource.body.get("reasonCode")):
            codings = [(coding.system, coding.code) for coding in reason.codings]
            found = disease_named(codings, reason.phrases or [""], reading.library)
            if found is not None:
                doubt = f"the tumour is named only as the reason of {resource.place}"
                yield resource, replace(found, doubt=doubt)
                return


def _other_disease(
    file: FhirFile, subject: Subject, said: str, found: list[str], reading: Reading
) -> Finding:
    labels = ", ".join(reading.library.pack(disease).label for disease in found)
    return Finding(
        Severity.WARNING,
        "disease-differs",
        f"The record speaks of {labels}; it was read as {reading.library.pack(said).label}.",
        Where(file.name),
        value=labels,
        fix="Choose the tumour group of the record.",
        patient=subject.id,
    )


def _ask_disease(file: FhirFile, subject: Subject, found: list[str], reading: Reading) -> Finding:
    offered = [reading.library.pack(disease) for disease in found or reading.library.ids]
    labels = ", ".join(pack.label for pack in offered)
    message = (
        f"The record names several tumours: {labels}. Which is to be decided on?"
        if found
        else "The record does not name a tumour that a pack exists for."
    )
    return Finding(
        Severity.QUESTION,
        "disease-open",
        message,
        Where(file.name),
        expected="one tumour group",
        fix="Choose the tumour group; the file is then read again.",
        rest="Everything is listed; no value was taken.",
        patient=subject.id,
        key=subject.disease_key,
        choices=tuple(Choice(pack.label, pack.id) for pack in offered),
    )
