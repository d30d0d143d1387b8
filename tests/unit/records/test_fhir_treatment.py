"""FHIR R4: which drugs were given, and which regimen they make."""

from __future__ import annotations

import pytest

from tests.bundles import condition, medication, patient
from tests.fhir_readings import MELANOMA, codes, intake_of, listed, look, lung, only, values


def test_drugs_begun_together_are_one_course_and_a_regimen():
    """Requests, administrations and statements alike; the regimen has exactly these drugs."""
    intake = lung(
        medication("MedicationRequest", "pembrolizumab 100 MG/4 ML", "a", authoredOn="2024-02-01"),
        medication("MedicationAdministration", "Alimta", "b", effectiveDateTime="2024-02-03"),
        medication(
            "MedicationStatement",
            "carboplatin",
            "c",
            effectivePeriod={"start": "2024-02-03", "end": "2024-05-01"},
        ),
        medication("MedicationAdministration", "pemetrexed", "d", effectiveDateTime="2024-03-25"),
    )
    (course,) = only(intake).courses
    assert course.regimen == "pembrolizumab-platinum-pemetrexed"
    assert (course.started.isoformat(), course.stopped) == ("2024-02-01", None)
    assert values(intake) == {"prior_ici": True, "prior_platinum": True}


def test_drugs_begun_later_are_another_course():
    """Osimertinib after gefitinib is a second course; the last targeted class counts."""
    intake = lung(
        medication(
            "MedicationStatement",
            "gefitinib",
            "a",
            effectivePeriod={"start": "2022-01-01", "end": "2023-01-01"},
        ),
        medication("MedicationStatement", "Tagrisso", "b", effectivePeriod={"start": "2023-02-01"}),
    )
    assert [c.regimen for c in only(intake).courses] == ["gefitinib-erlotinib", "osimertinib"]
    assert values(intake) == {"prior_targeted_therapy": "egfr_3g"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("MedicationStatement", {"status": "not-taken"}),
        ("MedicationStatement", {"status": "stopped"}),
        ("MedicationStatement", {"status": "entered-in-error"}),
        ("MedicationStatement", {"status": "intended"}),
        ("MedicationRequest", {"status": "cancelled"}),
        ("MedicationRequest", {"status": "stopped"}),
        ("MedicationRequest", {"intent": "proposal"}),
        ("MedicationRequest", {"intent": "plan"}),
        ("MedicationRequest", {"doNotPerform": True}),
        ("MedicationRequest", {"authoredOn": "2026-09-01"}),
        ("MedicationAdministration", {"status": "not-done"}),
    ],
)
def test_what_was_not_given_is_no_prior_treatment(kind, fields):
    """Shown with its reason, never counted."""
    examined = look(patient(), condition(), medication(kind, "carboplatin", **fields))
    assert only(examined.intake).courses == ()
    assert "prior_platinum" not in only(examined.intake).values
    assert "treatment-not-counted" in codes(examined.intake)
    assert any("not counted" in left.reason for left in examined.intake.unmapped)
    assert examined.silent == []


def test_a_drug_by_reference_is_looked_up():
    """Contained or elsewhere in the file; outside it stays a name."""
    contained = medication("MedicationRequest", "", authoredOn="2024-01-01")
    del contained["medicationCodeableConcept"]
    contained |= {
        "contained": [{"resourceType": "Medication", "id": "x", "code": {"text": "osimertinib"}}],
        "medicationReference": {"reference": "#x"},
    }
    other = {**contained, "contained": [], "medicationReference": {"reference": "Medication/m9"}}
    outside = {
        **other,
        "medicationReference": {
            "reference": "https://elsewhere/Medication/1",
            "display": "osimertinib",
        },
    }
    mixture = (
        {"itemCodeableConcept": {"text": "dabrafenib"}},
        {"itemCodeableConcept": {"text": "trametinib"}},
    )
    known = {"resourceType": "Medication", "id": "m9", "ingredient": list(mixture)}
    assert only(lung(contained)).courses[0].regimen == "osimertinib"
    examined = look(patient(), condition(), other, known)
    assert only(examined.intake).courses[0].regimen == "dabrafenib-trametinib"
    assert examined.silent == []
    assert only(lung(outside)).courses[0].regimen == "osimertinib"


def test_other_drugs_are_listed():
    """Omeprazole is no cancer treatment."""
    intake = lung(medication("MedicationRequest", "omeprazole 20 MG"))
    assert only(intake).courses == ()
    assert "no cancer treatment of the packs" in listed(intake).values()


def test_a_course_that_is_no_regimen_keeps_its_words():
    """Two regimens with the same drugs, or none: nothing is chosen."""
    double = intake_of(
        patient(), condition(MELANOMA),
        medication("MedicationRequest", "nivolumab", "a", authoredOn="2024-01-01"),
        medication("MedicationRequest", "ipilimumab", "b", authoredOn="2024-01-01"),
    )  # fmt: skip
    (course,) = only(double).courses
    assert (course.label, course.regimen) == ("ipilimumab + nivolumab", "")
    assert "regimen-open" in codes(double)
