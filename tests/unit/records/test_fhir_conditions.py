"""FHIR R4: what conditions say of the tumour, its spread and stage, and other illnesses."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.records.fhir import read_fhir
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import (
    ICD10,
    SNOMED,
    bundle,
    coded,
    condition,
    loinc,
    observation,
    packed,
    patient,
)
from tests.fhir_readings import (
    BREAST,
    COLON,
    ICDO3,
    LIBRARY,
    MELANOMA,
    finding,
    intake_of,
    listed,
    lung,
    only,
    values,
)


@pytest.mark.parametrize(
    ("code", "disease"),
    [
        (coded(SNOMED, "254637007"), "nsclc"),
        (coded(ICD10, "C34.11", "Non-small cell carcinoma of lung"), "nsclc"),
        (coded("http://data.mskcc.org/ontologies/oncotree", "LUAD"), "nsclc"),
        ({"text": "Adenocarcinoma of lung"}, "nsclc"),
        (
            coded(
                SNOMED,
                "353431000119107",
                "Primary malignant neoplasm of female left breast (disorder)",
            ),
            "breast",
        ),
        (COLON, "colorectal"),
        ({"text": "Malignant neoplasm of rectum"}, "colorectal"),
        (MELANOMA, "melanoma"),
        ({"text": "Metastatic melanoma"}, "melanoma"),
    ],
)
def test_the_tumour_group_comes_from_codes_or_words(code, disease):
    """ICD-10, SNOMED CT, OncoTree, and what people write."""
    assert only(intake_of(patient(), condition(code))).disease == disease


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Family history of breast cancer"},
        {"text": "History of colon cancer"},
        {"text": "Small cell carcinoma of lung"},
        coded(ICD10, "C34.1", "Small cell carcinoma of upper lobe of lung"),
        {"text": "Benign neoplasm of breast"},
        {"text": "Melanoma in situ of skin"},
        {"text": "Secondary malignant neoplasm of lung"},
        coded(ICD10, "I10", "Hypertension"),
        {"text": "Gastric cancer"},
    ],
)
def test_what_is_no_tumour_of_a_pack_is_asked_about(code):
    """No tumour group is guessed; the user chooses among all, and the file is read again."""
    intake = intake_of(patient(), condition(code))
    question = finding(intake, "disease-open")
    assert {choice.answer for choice in question.choices} == set(LIBRARY.ids)
    assert only(intake).disease == ""
    answered = Reading(LIBRARY, TODAY, answers={question.key: "breast"})
    again = read_fhir(packed(bundle(patient(), condition(code))), "b.json", answered)
    assert only(again).disease == "breast"


def test_a_lung_code_that_leaves_the_kind_open_is_said():
    """C34 is lung cancer of any kind."""
    intake = intake_of(
        patient(), condition(coded(ICD10, "C34.1", "Malignant neoplasm of upper lobe"))
    )
    assert only(intake).disease == "nsclc"
    assert "small-cell or non-small-cell" in finding(intake, "diagnosis-coarse").message


def test_two_tumours_are_asked_about():
    """A person may have two; which is to be decided on is for people to say."""
    intake = intake_of(patient(), condition(), condition(BREAST, "c2"))
    question = finding(intake, "disease-open")
    assert {choice.answer for choice in question.choices} == {"nsclc", "breast"}


def test_what_the_user_says_counts_before_the_record():
    """And the difference is said."""
    intake = intake_of(patient(), condition(), disease="breast")
    assert only(intake).disease == "breast"
    assert "Non-small-cell lung cancer" in finding(intake, "disease-differs").message


@pytest.mark.parametrize("status", ["refuted", "entered-in-error", "provisional", "differential"])
def test_a_condition_that_is_not_confirmed_is_not_used(status):
    """It is listed with its status."""
    unsure = condition(BREAST, verificationStatus=coded("x", status))
    intake = intake_of(patient(), unsure)
    assert only(intake).disease == ""
    assert any("not used" in left.reason for left in intake.unmapped)


def test_metastases_are_what_secondary_tumours_say():
    """By ICD-10, by SNOMED CT and by words; never that another site is free."""
    intake = lung(
        condition(coded(ICD10, "C79.31", "Secondary malignant neoplasm of brain"), "c2"),
        condition(
            coded(SNOMED, "94381002", "Secondary malignant neoplasm of liver (disorder)"), "c3"
        ),
    )
    assert values(intake) == {"brain_metastases": True, "liver_metastases": True}


def test_a_resolved_metastasis_is_listed():
    """Over is not there."""
    over = condition(coded(ICD10, "C78.7"), "c2", clinicalStatus=coded("x", "resolved"))
    assert values(lung(over)) == {}


@pytest.mark.parametrize(
    ("code", "location"),
    [
        ("C18.0", "right_colon"),
        ("C18.2", "right_colon"),
        ("C18.7", "left_colon"),
        ("C20", "rectum"),
        ("C19", "rectum"),
    ],
)
def test_the_site_of_a_primary_comes_from_its_code(code, location):
    """Side and segment matter for treatment."""
    intake = intake_of(patient(), condition(coded(ICD10, code)))
    assert only(intake).values["primary_location"] == location


def test_histology_comes_from_the_extension_by_code_or_words():
    """ICD-O-3 morphology or SNOMED CT's words."""

    def read(value: dict[str, Any], tumour: Any = None) -> dict[str, Any]:
        extension = {
            "url": "http://x/mcode-histology-morphology-behavior",
            "valueCodeableConcept": value,
        }
        return values(intake_of(patient(), condition(tumour, extension=[extension])))

    assert read(coded(SNOMED, "35917007", "Adenocarcinoma (morphologic abnormality)")) == {
        "histology": "adenocarcinoma"
    }
    assert read(coded(ICDO3, "8070/3")) == {"histology": "squamous"}
    assert read(coded(ICDO3, "8744/3"), MELANOMA) == {"melanoma_subtype": "acral"}
    assert read({"text": "Spindle cell"}) == {}


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("American Joint Committee on Cancer stage IVA (qualifier value)", "IVA"),
        ("Stage IVB", "IVB"),
        ("AJCC 8th edition stage IIIC", "IIIB_IIIC"),
    ],
)
def test_the_stage_of_a_condition_is_read(text, stage):
    """Without the names of the staging system."""
    intake = intake_of(patient(), condition(stage=[{"summary": {"text": text}}]))
    assert values(intake) == {"stage": stage}


def test_two_stages_of_one_day_are_asked_about():
    """The condition says IVA, the observation IVB: neither is preferred."""
    intake = intake_of(
        patient(),
        condition(stage=[{"summary": {"text": "IVA"}}], onsetDateTime="2024-05-01"),
        observation(
            loinc("21908-9"),
            effectiveDateTime="2024-05-01",
            valueCodeableConcept={"text": "Stage IVB"},
        ),
    )
    assert "stage" not in values(intake)
    assert {c.answer for c in finding(intake, "values-contradict").choices} == {
        "IVA",
        "IVB",
        "unknown",
    }


def test_illnesses_that_matter_are_values_and_activity_is_asked():
    """A problem list does not say whether rheumatoid arthritis is active."""
    intake = lung(
        condition(coded(ICD10, "J84.10", "Pulmonary fibrosis"), "c2"),
        condition(coded(ICD10, "M06.9", "Rheumatoid arthritis"), "c3"),
        condition(coded(ICD10, "I10", "Hypertension"), "c4"),
    )
    assert values(intake) == {"ild_history": True}
    question = finding(intake, "activity-open")
    assert [c.answer for c in question.choices] == ["active", "inactive", "unknown"]
    assert listed(intake)["Condition Hypertension"] == "not a fact this tumour group asks for"


def test_a_past_illness_counts_for_history_only():
    """Resolved pneumonitis is history; a resolved transplant is none."""
    over = {"clinicalStatus": coded("x", "resolved")}
    intake = lung(
        condition(coded(ICD10, "J84.10"), "c2", **over),
        condition(coded(ICD10, "Z94.0"), "c3", **over),
    )
    assert values(intake) == {"ild_history": True}
    inactive = lung(condition(coded(ICD10, "M06.9"), "c2", **over))
    assert values(inactive) == {"autoimmune_disease": "inactive"}


def test_a_recent_event_must_be_recent():
    """An infarction two years ago is not a recent one."""
    infarction = coded(ICD10, "I21.9", "Myocardial infarction")
    new = intake_of(
        patient(), condition(COLON), condition(infarction, "c2", onsetDateTime="2026-02-01")
    )
    old = intake_of(
        patient(), condition(COLON), condition(infarction, "c2", onsetDateTime="2023-02-01")
    )
    assert only(new).values["recent_arterial_event"] is True
    assert "recent_arterial_event" not in only(old).values
