"""The written FHIR bundle: its form, its profiles, its codes, and what is never in it."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.fhir import examine, read_fhir
from dashboard.records.fhir_write import write_fhir
from dashboard.records.patient import (
    Consent,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
)
from dashboard.records.reading import Reading
from tests.builders import TODAY, a_patient

LIBRARY = load_library()
READING = Reading(LIBRARY, TODAY)
ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
COURSE = TreatmentCourse(
    "carboplatin + pemetrexed", "", 1, date(2024, 5, 1), date(2024, 8, 1), "PR", "progression"
)
PERSON = a_patient(
    {
        "age_years": 61.0,
        "sex": "female",
        "ecog_ps": "1",
        "stage": "IVB",
        "albumin_g_dl": 3.8,
        "egfr_mutation": "L858R",
        "alk_fusion": False,
        "brain_metastases": True,
    },
    id="SYN-1",
    disease="nsclc",
    line=2,
    courses=(COURSE,),
    measurements=(Measurement("albumin_g_dl", 4.1, date(2025, 1, 5)),),
    outcomes={"os_months": 12.5, "os_event": True},
    consent=Consent({"research": False, "care": True}, "form of 2025"),
    recorded_on=TODAY,
    notes="Two lines\nof notes.",
    synthetic=True,
)


def written(*patients: Patient, disease: str = "nsclc") -> list[dict[str, Any]]:
    """The resources that are written of these patients."""
    bundle = json.loads(write_fhir(patients or (PERSON,), LIBRARY.pack(disease)))
    return [entry["resource"] for entry in bundle["entry"]]


def of_kind(kind: str, *patients: Patient) -> list[dict[str, Any]]:
    """The written resources of a kind."""
    return [resource for resource in written(*patients) if resource["resourceType"] == kind]


def observed(name: str, *patients: Patient) -> dict[str, Any]:
    """The observation of a feature's current value."""
    (found,) = [
        resource
        for resource in of_kind("Observation", *patients)
        if resource["id"].endswith(f".{name.replace('_', '-')}-current")
    ]
    return found


def test_the_bundle_is_a_collection_of_addressed_resources():
    """Every entry has an address of its own, which ends in type and id."""
    bundle = json.loads(write_fhir([PERSON], LIBRARY.pack("nsclc")))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(addresses) == len(set(addresses))
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"].endswith(f"/{resource['resourceType']}/{resource['id']}")


@pytest.mark.parametrize(
    "identifiers",
    [
        ("P1", "P2"),
        ("a_b", "a-b", "a b", "a/b", "ä"),
        (f"{'x' * 80}1", f"{'x' * 80}2"),
    ],
)
def test_ids_have_the_form_of_the_standard_and_stay_apart(identifiers):
    """At most 64 letters, digits, hyphens and dots; two patients never share one."""
    people = [a_patient(id=identifier, disease="nsclc") for identifier in identifiers]
    resources = written(*people)
    names = [(resource["resourceType"], resource["id"]) for resource in resources]
    assert len(names) == len(set(names))
    assert all(ID.fullmatch(name) for _, name in names)
    read = read_fhir(write_fhir(people, LIBRARY.pack("nsclc")), "b.json", READING)
    assert [patient.id for patient in read.patients] == list(identifiers)


def test_every_reference_leads_to_a_resource_of_the_bundle():
    """Nothing points outside."""
    resources = written()
    known = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
    references = re.findall(r'"reference": "([^"]+)"', json.dumps(resources))
    assert references
    assert set(references) <= known


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("ecog_ps", "ecog-performance-status"),
        ("stage", "tnm-stage-group"),
        ("egfr_mutation", "genomic-variant"),
    ],
)
def test_profiles_of_mcode_are_named_where_they_exist(name, profile):
    """A receiver that knows mCODE finds each thing where it looks for it."""
    assert observed(name)["meta"]["profile"] == [f"{MCODE}{profile}"]


def test_the_disease_the_patient_and_the_treatment_have_their_profiles():
    """The three resources that mCODE asks for first."""
    profiles = {
        kind: {profile for one in of_kind(kind) for profile in one["meta"]["profile"]}
        for kind in ("Patient", "Condition", "MedicationAdministration")
    }
    assert profiles == {
        "Patient": {f"{MCODE}cancer-patient"},
        "Condition": {
            f"{MCODE}primary-cancer-condition",
            f"{MCODE}secondary-cancer-condition",
        },
        "MedicationAdministration": {f"{MCODE}cancer-related-medication-administration"},
    }


def test_a_synthetic_patient_is_marked_as_test_data():
    """By the security label of HL7 and by a tag; a real one is not."""
    (marked,) = of_kind("Patient")
    assert marked["meta"]["security"][0]["code"] == "HTEST"
    assert marked["meta"]["tag"][0]["code"] == "SYNTHETIC"
    (real,) = of_kind("Patient", a_patient(disease="nsclc"))
    assert real["meta"].keys() == {"profile"}


def test_nothing_identifying_is_written():
    """No name, birth date, address or telecom, whatever the patient's record says."""
    (patient,) = of_kind("Patient")
    assert patient.keys() == {"resourceType", "id", "meta", "identifier", "gender"}


def test_a_value_carries_standard_codes_and_its_own():
    """The standard code is for others, the own code for reading back exactly."""
    albumin = observed("albumin_g_dl")
    systems = {coding["system"]: coding["code"] for coding in albumin["code"]["coding"]}
    assert systems["http://loinc.org"] == "1751-7"
    assert systems["urn:concord:feature"] == "albumin_g_dl"
    assert albumin["valueQuantity"] == {
        "value": 3.8,
        "unit": "g/dL",
        "system": "http://unitsofmeasure.org",
        "code": "g/dL",
    }
    assert observed("ecog_ps")["valueInteger"] == 1


def test_a_gene_names_its_studied_gene_and_says_present_or_absent():
    """MCODE's answer codes, and the gene by its HGNC number."""
    egfr, alk = observed("egfr_mutation"), observed("alk_fusion")
    answers = [
        {coding["code"] for coding in one["valueCodeableConcept"]["coding"]} for one in (egfr, alk)
    ]
    assert "LA9633-4" in answers[0]
    assert answers[1] == {"LA9634-2"}
    gene = egfr["component"][0]["valueCodeableConcept"]["coding"][0]
    assert (gene["code"], gene["display"]) == ("HGNC:3236", "EGFR")


def test_a_comparator_is_written_where_the_standard_knows_it():
    """'<0.1' stays below 0.1; 'about' has no code and is left to the value."""
    for comparator, expected in (("<", "<"), (">=", ">="), ("~", None)):
        origins = {"albumin_g_dl": Origin(comparator=comparator)}
        person = a_patient({"albumin_g_dl": 3.8}, disease="nsclc", origins=origins)
        assert observed("albumin_g_dl", person)["valueQuantity"].get("comparator") == expected


def test_each_drug_of_a_course_is_an_administration_of_its_own():
    """With its period; a course without days says that the period is unknown."""
    drugs = of_kind("MedicationAdministration")
    assert {drug["medicationCodeableConcept"]["text"] for drug in drugs} == {
        "carboplatin",
        "pemetrexed",
    }
    assert {drug["status"] for drug in drugs} == {"completed"}
    undated = a_patient(disease="nsclc", courses=(TreatmentCourse("osimertinib"),))
    (drug,) = of_kind("MedicationAdministration", undated)
    assert drug["status"] == "in-progress"
    assert drug["effectivePeriod"]["extension"][0]["valueCode"] == "unknown"


def test_a_course_whose_words_name_no_drug_keeps_them():
    """Neither a regimen nor a drug: the words are the drug, and come back."""
    person = a_patient(disease="nsclc", courses=(TreatmentCourse("trial agent 7", line=2),))
    (drug,) = of_kind("MedicationAdministration", person)
    assert drug["medicationCodeableConcept"] == {"text": "trial agent 7"}
    read = read_fhir(write_fhir([person], LIBRARY.pack("nsclc")), "b.json", READING)
    assert read.patients[0].courses == person.courses


def test_what_is_written_is_read_back():
    """Everything the patient holds comes back, and nothing is left over or complained of."""
    result = examine(write_fhir([PERSON], LIBRARY.pack("nsclc")), "b.json", READING)
    (back,) = result.intake.patients
    assert back.values == PERSON.values
    assert (back.line, back.courses) == (PERSON.line, PERSON.courses)
    assert back.outcomes == PERSON.outcomes
    assert back.consent.decisions == PERSON.consent.decisions
    assert (back.notes, back.synthetic) == (PERSON.notes, True)
    assert (4.1, date(2025, 1, 5)) in {(m.value, m.taken_on) for m in back.measurements}
    grave = (Severity.ERROR, Severity.QUESTION)
    assert not [f for f in result.intake.findings if f.severity in grave]
    assert result.intake.unmapped == ()
    assert result.silent == []


def test_several_patients_are_read_back_apart():
    """A whole cohort goes through one bundle."""
    people = [a_patient({"age_years": 50.0 + n}, id=f"P{n}", disease="melanoma") for n in range(3)]
    content = write_fhir(people, LIBRARY.pack("melanoma"))
    back = read_fhir(content, "b.json", READING).patients
    assert [(p.id, p.disease, p.values) for p in back] == [
        (p.id, "melanoma", p.values) for p in people
    ]
