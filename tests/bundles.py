"""FHIR resources for tests, written short: each builder fills in what every such resource has."""

from __future__ import annotations

import json
from typing import Any

LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
HGNC = "http://www.genenames.org/geneId"
Body = dict[str, Any]


def coded(system: str, code: str, display: str = "") -> Body:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def loinc(code: str, display: str = "") -> Body:
    """A LOINC concept."""
    return coded(LOINC, code, display)


def patient(identifier: str = "p1", /, **fields: Any) -> Body:
    """A Patient."""
    start = {"resourceType": "Patient", "id": identifier, "gender": "female"}
    return {**start, "birthDate": "1960-03-10", **fields}


def condition(
    code: Body | None = None, identifier: str = "c1", /, of: str = "p1", **fields: Any
) -> Body:
    """A confirmed active Condition; a non-small-cell lung cancer unless said otherwise."""
    return {
        "resourceType": "Condition",
        "id": identifier,
        "subject": {"reference": f"Patient/{of}"},
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "verificationStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"
        ),
        "code": code or coded(SNOMED, "254637007", "Non-small cell lung cancer (disorder)"),
        **fields,
    }


def observation(code: Body, identifier: str = "o1", /, of: str = "p1", **fields: Any) -> Body:
    """A final Observation."""
    start = {"resourceType": "Observation", "id": identifier, "status": "final", "code": code}
    return {**start, "subject": {"reference": f"Patient/{of}"}, **fields}


def quantity(value: Any, unit: str = "", **fields: Any) -> Body:
    """A Quantity with its unit as name and code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **fields}


def medication(
    kind: str, text: str, identifier: str = "m1", /, of: str = "p1", **fields: Any
) -> Body:
    """A MedicationRequest, MedicationAdministration or MedicationStatement."""
    status = {"MedicationRequest": "active"}.get(kind, "completed")
    return {
        "resourceType": kind,
        "id": identifier,
        "status": status,
        "subject": {"reference": f"Patient/{of}"},
        "medicationCodeableConcept": {"text": text},
        **fields,
    }


def variant(gene: str, hgnc: str, identifier: str = "v1", /, **fields: Any) -> Body:
    """A genomic variant observation of mCODE; `protein` and `coding` name the change."""
    parts = [component("48018-6", coded(HGNC, hgnc, gene))]
    for name, code in (("protein", "48005-3"), ("coding", "48004-6"), ("name", "81252-9")):
        if text := fields.pop(name, ""):
            parts.append(component(code, {"text": text}))
    parts += fields.pop("more", [])
    return observation(loinc("69548-6"), identifier, component=parts, **fields)


def component(code: str, value: Body) -> Body:
    """A component with a coded value."""
    return {"code": loinc(code), "valueCodeableConcept": value}


def bundle(*resources: Body, **fields: Any) -> Body:
    """A collection of resources."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **fields}


def packed(content: Any) -> bytes:
    """The content as JSON."""
    return json.dumps(content, ensure_ascii=False).encode()
