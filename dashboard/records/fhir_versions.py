"""Which release of FHIR a file is of: R4 is read, the others are named and refused.

A bundle does not say its release, so it is told by fields that only exist, or only have that form,
in one release. A single odd resource in a file that is otherwise R4 costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.records.fhir_parts import Resource, word
from dashboard.records.patient import Finding, Severity, Where

_EARLIER_TYPES = {
    "MedicationOrder": "DSTU2", "DiagnosticOrder": "DSTU2", "DeviceUseRequest": "DSTU2",
    "ProcedureRequest": "STU3 or DSTU2", "ReferralRequest": "STU3 or DSTU2", "Sequence": "STU3",
    "BodySite": "STU3 or DSTU2", "EligibilityRequest": "STU3 or DSTU2",
}  # fmt: skip
_LATER_TYPES = dict.fromkeys(
    ("BiologicallyDerivedProductDispense", "EncounterHistory", "GenomicStudy", "ImagingSelection",
     "InventoryItem", "Transport", "Permission", "MolecularDefinition"), "R5",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sign:
    """A field whose presence or form belongs to one release."""

    types: tuple[str, ...]
    field: str
    release: str
    form: Callable[[object], bool] = lambda value: value is not None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


_MEDICATION = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
_SIGNS = (
    _Sign(("Condition",), "clinicalStatus", "STU3 or DSTU2", _is_text),
    _Sign(("Condition",), "verificationStatus", "STU3 or DSTU2", _is_text),
    _Sign(("Condition",), "patient", "DSTU2"),
    _Sign(("Condition",), "participant", "R5"),
    _Sign(("Observation",), "comments", "DSTU2"),
    _Sign(("Observation",), "related", "STU3"),
    _Sign(("Observation",), "triggeredBy", "R5"),
    _Sign(("Observation",), "bodyStructure", "R5"),
    _Sign(("MedicationStatement",), "taken", "STU3"),
    _Sign(("MedicationStatement",), "wasNotTaken", "DSTU2"),
    _Sign(("MedicationStatement",), "patient", "DSTU2"),
    _Sign(_MEDICATION, "medication", "R5", _is_object),
    _Sign(("MedicationRequest",), "renderedDosageInstruction", "R5"),
    _Sign(("Procedure",), "occurrenceDateTime", "R5"),
    _Sign(("Consent",), "decision", "R5", _is_text),
    _Sign(("AllergyIntolerance",), "type", "R5", _is_object),
    _Sign(("AllergyIntolerance",), "substance", "DSTU2", _is_object),
    _Sign(("DiagnosticReport",), "codedDiagnosis", "STU3 or DSTU2"),
    _Sign(("DiagnosticReport",), "supportingInfo", "R5"),
    _Sign(("Patient",), "careProvider", "DSTU2"),
    _Sign(("Patient",), "animal", "STU3 or DSTU2"),
    _Sign(("Encounter",), "class", "R5", lambda value: isinstance(value, list)),
    _Sign(("Specimen",), "treatment", "DSTU2"),
)
_R4_SIGNS = (
    _Sign(("Condition",), "clinicalStatus", "R4", _is_object),
    _Sign(("Condition",), "verificationStatus", "R4", _is_object),
    _Sign(("Consent",), "scope", "R4"),
    _Sign(("Encounter",), "class", "R4", _is_object),
)


def release_of(body: Mapping[str, Any]) -> str:
    """The release that a resource can only be of; empty where it may be R4."""
    kind = word(body.get("resourceType"))
    if kind in _EARLIER_TYPES or kind in _LATER_TYPES:
        return _EARLIER_TYPES.get(kind) or _LATER_TYPES[kind]
    declared = word(body.get("fhirVersion"))
    if declared and not declared.startswith("4"):
        return f"version {declared}"
    found = (s.release for s in _SIGNS if kind in s.types and _shows(body, s))
    return next(found, "")


def _shows(body: Mapping[str, Any], sign: _Sign) -> bool:
    return sign.field in body and sign.form(body[sign.field])


def is_certainly_r4(body: Mapping[str, Any]) -> bool:
    """Whether a resource has a field in the form of R4."""
    kind = word(body.get("resourceType"))
    return any(kind in sign.types and _shows(body, sign) for sign in _R4_SIGNS)


def wrong_release(resources: Iterable[Resource]) -> str:
    """The release of the whole file, where it is not R4."""
    bodies = [resource.body for resource in resources]
    releases = [release for body in bodies if (release := release_of(body))]
    if not releases or any(is_certainly_r4(body) and not release_of(body) for body in bodies):
        return ""
    return max(set(releases), key=releases.count)


def refusal(release: str, file: str) -> Finding:
    """The finding that refuses a file of another release."""
    return Finding(
        Severity.ERROR,
        "fhir-release",
        f"This is FHIR {release}; R4 (4.0) as JSON is supported.",
        Where(file),
        value=release,
        expected="FHIR R4 as JSON",
        fix="Ask the sender for an R4 export, or convert the file with HL7's FHIR validator.",
        rest="Nothing was imported.",
    )
