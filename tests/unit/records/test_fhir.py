"""FHIR R4: what each kind of resource gives, what is refused, and that nothing vanishes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.fhir import Examined, examine, read_fhir
from dashboard.records.patient import Finding, Intake, Patient, Severity
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import (
    HGNC,
    ICD10,
    SNOMED,
    bundle,
    coded,
    component,
    condition,
    loinc,
    medication,
    observation,
    packed,
    patient,
    quantity,
    variant,
)

LIBRARY = load_library()
BREAST = coded(SNOMED, "254837009", "Malignant neoplasm of breast (disorder)")
COLON = coded(ICD10, "C18.7", "Malignant neoplasm of sigmoid colon")
MELANOMA = coded(SNOMED, "372244006", "Malignant melanoma (disorder)")
ICDO3 = "urn:oid:2.16.840.1.113883.6.43.1"


def look(*resources: Any, disease: str = "", **fields: Any) -> Examined:
    """Read a bundle of these resources."""
    return examine(packed(bundle(*resources, **fields)), "b.json", Reading(LIBRARY, TODAY, disease))


def intake_of(*resources: Any, disease: str = "", **fields: Any) -> Intake:
    """What came of a bundle of these resources."""
    return look(*resources, disease=disease, **fields).intake


def lung(*resources: Any) -> Intake:
    """What came of a lung-cancer patient with these resources."""
    return intake_of(patient(), condition(), *resources)


def only(intake: Intake) -> Patient:
    """The one patient of an intake."""
    (found,) = intake.patients
    return found


def values(intake: Intake, *without: str) -> dict[str, Any]:
    """The values of the one patient; without age and sex unless asked for."""
    known = dict(only(intake).values)
    return {n: v for n, v in known.items() if n not in (without or ("age_years", "sex"))}


def codes(intake: Intake) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in intake.findings]


def finding(intake: Intake, code: str) -> Finding:
    """The one finding of a code."""
    (found,) = [f for f in intake.findings if f.code == code]
    return found


def listed(intake: Intake) -> dict[str, str]:
    """Name and reason of everything that was listed."""
    return {left.name: left.reason for left in intake.unmapped}


# -- files ---------------------------------------------------------------------------------------


def test_a_bundle_a_list_a_resource_and_lines_are_all_read():
    """The four shapes in which systems hand out FHIR."""
    resources = [
        patient(),
        condition(),
        observation(loinc("1751-7"), valueQuantity=quantity(38, "g/L")),
    ]
    lines = "\n".join(json.dumps(resource) for resource in resources).encode()
    reading = Reading(LIBRARY, TODAY)
    shapes = {
        "a.json": packed(bundle(*resources)),
        "b.json": packed(resources),
        "c.ndjson": lines,
        "d.json": lines,
        "e.json": packed(
            {"resourceType": "Parameters", "parameter": [{"resource": bundle(*resources)}]}
        ),
    }
    for name, content in shapes.items():
        assert only(read_fhir(content, name, reading)).values["albumin_g_dl"] == 3.8


def test_a_bad_line_of_a_bulk_export_costs_only_itself():
    """NDJSON is read line by line; the finding names the line."""
    lines = b"\n".join([packed(patient()), b"{", packed(condition())])
    intake = read_fhir(lines, "bulk.ndjson", Reading(LIBRARY, TODAY))
    assert only(intake).disease == "nsclc"
    assert finding(intake, "json-syntax").where.row == 2


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b'{"a": 1}', b"5", b'"x"', b'{"resourceType": "Bundle"}', b"null"]
)
def test_json_without_a_patient_says_so(content):
    """Nothing silent: an error stands where no patient does."""
    intake = read_fhir(content, "x.json", Reading(LIBRARY, TODAY))
    assert intake.patients == ()
    assert any(f.severity is Severity.ERROR for f in intake.findings)


def test_a_page_of_a_search_is_pointed_out():
    """A bundle that counts more than it holds is not the whole record."""
    link = [{"relation": "next", "url": "https://x/2"}]
    assert "bundle-page" in codes(intake_of(patient(), condition(), link=link))
    assert "bundle-page" in codes(intake_of(patient(), condition(), total=9))
    assert "bundle-page" not in codes(intake_of(patient(), condition(), total=2))


@pytest.mark.parametrize(
    ("resource", "release"),
    [
        (
            {"resourceType": "Condition", "code": {"text": "x"}, "clinicalStatus": "active"},
            "STU3 or DSTU2",
        ),
        ({"resourceType": "MedicationOrder"}, "DSTU2"),
        ({"resourceType": "MedicationStatement", "taken": "y", "status": "active"}, "STU3"),
        ({"resourceType": "MedicationRequest", "medication": {"concept": {"text": "x"}}}, "R5"),
        ({"resourceType": "Consent", "decision": "permit"}, "R5"),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}, "version 5.0.0"),
    ],
)
def test_another_release_is_named_and_refused(resource, release):
    """R5, STU3 and DSTU2 are recognised by what only they have; nothing of the file is read."""
    examined = look(patient(), resource)
    assert examined.intake.patients == ()
    assert finding(examined.intake, "fhir-release").message.startswith(f"This is FHIR {release};")
    assert examined.silent == []


def test_one_odd_resource_in_an_r4_file_costs_only_itself():
    """A file that is clearly R4 is not refused for one resource of another release."""
    odd = {"resourceType": "MedicationRequest", "id": "x", "medication": {"concept": {"text": "y"}}}
    examined = look(patient(), condition(), odd)
    assert only(examined.intake).disease == "nsclc"
    assert finding(examined.intake, "fhir-release").where.field == "MedicationRequest/x"
    assert [r.outcome for r in examined.resources] == ["read", "read", "blocked"]


@pytest.mark.parametrize("where", ["top", "nested"])
def test_an_unknown_modifier_blocks_its_resource(where):
    """It may say the opposite of what it seems to say; the rest is read."""
    modifier = {"modifierExtension": [{"url": "x/not", "valueBoolean": True}]}
    fields = modifier if where == "top" else {"component": [{"code": loinc("1"), **modifier}]}
    blocked = observation(loinc("1751-7"), valueQuantity=quantity(3.8, "g/dL"), **fields)
    intake = lung(blocked, observation(loinc("718-7"), "o2", valueQuantity=quantity(12, "g/dL")))
    assert values(intake) == {"haemoglobin_g_dl": 12.0}
    assert finding(intake, "fhir-modifier").severity is Severity.ERROR


def test_every_resource_is_read_or_listed():
    """Kinds that no rule reads are listed with their content and a reason."""
    kinds = [
        *("AllergyIntolerance", "Procedure", "Specimen", "Encounter", "Practitioner", "Claim"),
        *("Immunization", "DocumentReference", "FamilyMemberHistory", "Medication", "Nonsense"),
    ]
    resources = [
        {"resourceType": kind, "id": kind, "code": {"text": f"the {kind}"}} for kind in kinds
    ]
    examined = look(patient(), condition(), *resources)
    assert examined.silent == []
    named = listed(examined.intake)
    assert named["AllergyIntolerance the AllergyIntolerance"].startswith("shown as written")
    assert len(named) == len(kinds)


def test_fields_that_were_not_understood_are_listed():
    """A read resource hides nothing: method, site and note stand in the list."""
    intake = lung(
        observation(
            loinc("1751-7"),
            valueQuantity=quantity(3.8, "g/dL"),
            note=[{"text": "haemolysed"}],
            method={"text": "bromocresol"},
            bodySite={"text": "left arm"},
        )
    )
    left = {item.name: item.value for item in intake.unmapped}
    assert left["Observation.note"] == "haemolysed"
    assert left["Observation.method"] == "bromocresol"
    assert left["Observation.bodySite"] == "left arm"


# -- whose ---------------------------------------------------------------------------------------


def test_two_patients_are_kept_apart_and_asked_about():
    """Never merged: each gets their own resources, and one question names both."""
    intake = intake_of(
        patient("a"),
        patient("b", gender="male"),
        condition(of="a"),
        condition(BREAST, "c2", of="b"),
        observation(loinc("718-7"), of="a", valueQuantity=quantity(11, "g/dL")),
        observation(loinc("718-7"), "o2", of="b", valueQuantity=quantity(14, "g/dL")),
    )
    found = {p.id: (p.disease, p.values["haemoglobin_g_dl"]) for p in intake.patients}
    assert found == {"a": ("nsclc", 11.0), "b": ("breast", 14.0)}
    assert [choice.answer for choice in finding(intake, "several-patients").choices] == ["a", "b"]


def test_a_resource_of_somebody_else_is_listed_not_merged():
    """A subject who is not in the file is not the patient who is."""
    stranger = observation(loinc("718-7"), of="other", valueQuantity=quantity(9, "g/dL"))
    intake = lung(stranger)
    assert values(intake) == {}
    assert "belongs to Patient/other, who is not in the file" in listed(intake).values()


def test_a_resource_without_subject_belongs_to_the_only_patient():
    """With one patient there is no doubt; with two there is."""
    orphan = observation(loinc("718-7"), valueQuantity=quantity(11, "g/dL"))
    del orphan["subject"]
    assert values(lung(orphan)) == {"haemoglobin_g_dl": 11.0}
    two = intake_of(patient("a"), patient("b"), condition(of="a"), orphan)
    assert "does not say which patient it belongs to" in listed(two).values()


@pytest.mark.parametrize(
    "reference", ["Patient/p1", "https://h/fhir/Patient/p1", "urn:uuid:77", "Patient/p1/_history/3"]
)
def test_references_are_followed_inside_the_file(reference):
    """Relative, absolute, by fullUrl and versioned."""
    body = bundle(patient(), condition())
    body["entry"][0]["fullUrl"] = "urn:uuid:77"
    body["entry"][1]["resource"]["subject"] = {"reference": reference}
    intake = read_fhir(packed(body), "b.json", Reading(LIBRARY, TODAY))
    assert only(intake).disease == "nsclc"


def test_resources_without_a_patient_resource_are_grouped_by_subject():
    """Bulk files hold one type each; the reference names the patient."""
    content = packed([condition(), observation(loinc("718-7"), valueQuantity=quantity(11, "g/dL"))])
    intake = read_fhir(content, "b.json", Reading(LIBRARY, TODAY))
    assert (only(intake).id, values(intake)) == ("p1", {"haemoglobin_g_dl": 11.0})


# -- the patient ---------------------------------------------------------------------------------


def test_age_comes_from_the_birth_date_on_the_day_of_the_decision():
    """Completed years; the date itself is not kept."""
    intake = lung()
    assert only(intake).values["age_years"] == 66.0
    origin = only(intake).origins["age_years"]
    assert "from the date of birth" in origin.note
    assert "1960" not in str(origin)


@pytest.mark.parametrize(
    ("text", "ages"),
    [("1960-03", [66]), ("1960-06", [65, 66]), ("1960", [65, 66]), ("1960-12", [65])],
)
def test_a_partial_birth_date_gives_one_age_or_a_question(text, ages):
    """A month may settle the age; a year leaves two, and one question."""
    intake = intake_of(patient(birthDate=text), condition())
    if len(ages) == 1:
        assert only(intake).values["age_years"] == ages[0]
    else:
        question = finding(intake, "age-open")
        assert "age_years" not in only(intake).values
        offered = [c.values["age_years"] for c in question.choices]
        assert offered == [*map(float, ages), None]


@pytest.mark.parametrize("text", ["2031-01-01", "1830-01-01", "01/02/1960", "1960-02-31"])
def test_an_impossible_birth_date_leaves_the_age_unknown(text):
    """The date is named; everything else is read."""
    intake = intake_of(patient(birthDate=text), condition())
    assert "age_years" not in only(intake).values
    assert text in finding(intake, "birth-date").message


def test_a_birth_after_an_event_names_both_dates():
    """Neither date is believed over the other."""
    intake = intake_of(patient(), condition(onsetDateTime="1958-01-01"))
    assert "age_years" not in only(intake).values
    message = finding(intake, "born-after-event").message
    assert "1960-03-10" in message
    assert "1958-01-01" in message


def test_identifying_fields_are_withheld():
    """Name, address, telephone and numbers are listed without their content."""
    intake = intake_of(
        patient(
            name=[{"family": "Musterfrau"}],
            address=[{"city": "Anytown"}],
            telecom=[{"value": "555-1234"}],
            identifier=[{"value": "MRN-9"}],
        ),
        condition(),
    )
    text = str(intake)
    assert not any(secret in text for secret in ("Musterfrau", "Anytown", "555-1234", "MRN-9"))
    withheld = {left.name for left in intake.unmapped if left.value == "withheld"}
    assert withheld == {"Patient.name", "Patient.address", "Patient.telecom", "Patient.identifier"}


@pytest.mark.parametrize("gender", ["other", "unknown", "banana"])
def test_other_and_unknown_sex_stay_unknown(gender):
    """Accepted, and never inferred from the name."""
    intake = intake_of(patient(gender=gender, name=[{"given": ["Maria"]}]), condition())
    assert "sex" not in only(intake).values


def test_sex_at_birth_counts_before_gender():
    """Where they differ, both are shown."""
    birth = {"url": "http://x/us-core-birthsex", "valueCode": "F"}
    intake = intake_of(patient(gender="male", extension=[birth]), condition())
    assert only(intake).values["sex"] == "female"
    assert finding(intake, "sex-and-gender").severity is Severity.WARNING


def test_race_and_ethnicity_of_us_core_are_read():
    """One category becomes the value; several, or none, leave it unknown."""

    def part(name: str, *numbers: str) -> dict[str, Any]:
        inner = [{"url": "ombCategory", "valueCoding": {"code": number}} for number in numbers]
        return {"url": f"http://x/us-core-{name}", "extension": inner}

    def read(*extensions: Any) -> Any:
        return only(intake_of(patient(extension=list(extensions)), condition())).values.get(
            "race_ethnicity"
        )

    assert read(part("race", "2028-9")) == "asian"
    assert read(part("race", "2106-3"), part("ethnicity", "2135-2")) == "hispanic"
    assert read(part("race", "2106-3"), part("ethnicity", "2186-5")) == "white"
    assert read(part("race", "2106-3", "2054-5")) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"active": False}, "patient-inactive"),
        (
            {"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]},
            "patient-linked",
        ),
        ({"deceasedBoolean": True}, "patient-died"),
        ({"deceasedDateTime": "2025-01-01"}, "patient-died"),
    ],
)
def test_a_record_in_a_special_state_is_read_and_flagged(fields, code):
    """Inactive, replaced and deceased patients are warned of."""
    assert finding(intake_of(patient(**fields), condition()), code).severity is Severity.WARNING


def test_test_patients_are_marked_synthetic():
    """The security label of test data becomes the mark of the patient."""
    label = {"security": [{"code": "HTEST"}]}
    assert only(intake_of(patient(meta=label), condition())).synthetic
    assert not only(lung()).synthetic


# -- conditions ----------------------------------------------------------------------------------


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


# -- observations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "fields", "name", "value"),
    [
        ("1751-7", {"valueQuantity": quantity(38, "g/L")}, "albumin_g_dl", 3.8),
        (
            "1751-7",
            {"valueQuantity": {"value": 38, "unit": "grams", "code": "g/L"}},
            "albumin_g_dl",
            3.8,
        ),
        (
            "718-7",
            {"valueQuantity": quantity(7.5, "mmol/L")},
            "haemoglobin_g_dl",
            pytest.approx(12.08, abs=0.02),
        ),
        ("89247-1", {"valueInteger": 1}, "ecog_ps", "1"),
        ("89247-1", {"valueQuantity": quantity(2, "{score}")}, "ecog_ps", "2"),
        ("89247-1", {"valueCodeableConcept": loinc("LA9623-5", "Restricted")}, "ecog_ps", "1"),
        (
            "72166-2",
            {"valueCodeableConcept": coded(SNOMED, "8517006", "Ex-smoker")},
            "smoking_status",
            "former",
        ),
        ("72166-2", {"valueCodeableConcept": {"text": "Never smoker"}}, "smoking_status", "never"),
        ("94076-7", {"valueQuantity": quantity(9.5, "mut/Mb")}, "tmb_mut_mb", 9.5),
        ("83053-9", {"valueQuantity": quantity(60, "%")}, "pd_l1_tps", 60.0),
        ("21908-9", {"valueCodeableConcept": {"text": "Stage IVB"}}, "stage", "IVB"),
        ("39156-5", {"valueQuantity": quantity(24.5, "kg/m2")}, "bmi", 24.5),
    ],
)
def test_an_observation_becomes_the_value_of_its_feature(code, fields, name, value):
    """Quantities with units or codes, integers, coded answers and words."""
    assert values(lung(observation(loinc(code), **fields))) == {name: value}


@pytest.mark.parametrize(
    ("tumour", "code", "fields", "name", "value"),
    [
        (
            MELANOMA,
            "21907-1",
            {
                "valueCodeableConcept": {
                    "text": "American Joint Committee on Cancer cM1b (qualifier value)"
                }
            },
            "m_stage",
            "M1b",
        ),
        (
            COLON,
            "81695-9",
            {"valueCodeableConcept": loinc("LA26203-2", "MSI-H")},
            "msi_status",
            "msi_h",
        ),
        (COLON, "2039-6", {"valueQuantity": quantity(45, "ng/mL")}, "cea_ng_ml", 45.0),
        (BREAST, "85319-2", {"valueString": "3+"}, "her2_status", "positive"),
        (
            BREAST,
            "44648-4",
            {"valueCodeableConcept": {"text": "Nottingham grade 2"}},
            "nottingham_grade",
            "2",
        ),
        (BREAST, "33728-7", {"valueQuantity": quantity(2.5, "cm")}, "tumour_size_mm", 25.0),
    ],
)
def test_observations_of_the_other_tumour_groups(tumour, code, fields, name, value):
    """The same rules with other packs."""
    intake = intake_of(patient(), condition(tumour), observation(loinc(code), **fields))
    assert only(intake).values[name] == value


def test_components_are_observations_of_their_own():
    """A blood panel is one resource with many facts."""
    intake = lung(
        observation(
            loinc("58410-2", "Blood panel"),
            component=[
                {"code": loinc("718-7"), "valueQuantity": quantity(12.1, "g/dL")},
                {"code": loinc("1751-7"), "valueQuantity": quantity(4.0, "g/dL")},
                {"code": loinc("789-8", "Erythrocytes"), "valueQuantity": quantity(4.1, "10*12/L")},
            ],
        )
    )
    assert values(intake) == {"haemoglobin_g_dl": 12.1, "albumin_g_dl": 4.0}
    assert listed(intake)["Erythrocytes"] == "not a fact asked for"


def test_a_test_without_standard_code_is_found_by_name():
    """Local codes and plain words; a foreign LOINC code is never overruled by a name."""
    named = observation({"text": "Albumin"}, valueQuantity=quantity(4.1, "g/dL"))
    local = observation(
        coded("http://lab.local", "ALB", "albumin"), valueQuantity=quantity(4.1, "g/dL")
    )
    urine = observation({**loinc("1754-1"), "text": "Albumin"}, valueQuantity=quantity(4.1, "g/dL"))
    assert values(lung(named)) == values(lung(local)) == {"albumin_g_dl": 4.1}
    assert values(lung(urine)) == {}


def test_comparator_and_digits_are_kept():
    """<0.10 stays <0.10 for whoever looks it up."""
    body = bundle(
        patient(),
        condition(BREAST),
        observation(loinc("1988-5"), valueQuantity=quantity(0.5, "mg/L", comparator="<")),
    )
    raw = packed(body).replace(b'"value": 0.5', b'"value": 0.50')
    origin = only(read_fhir(raw, "b.json", Reading(LIBRARY, TODAY))).origins["crp_mg_l"]
    assert (origin.text, origin.comparator, origin.unit) == ("0.50", "<", "mg/L")


def test_a_number_sent_as_text_is_refused():
    """FHIR decimals are numbers; '3.8' may be anything."""
    intake = lung(observation(loinc("1751-7"), valueQuantity=quantity("3.8", "g/dL")))
    assert values(intake) == {}
    assert finding(intake, "number-as-text").severity is Severity.ERROR


@pytest.mark.parametrize(("unit", "code"), [("furlongs", "unit-unknown"), ("", "")])
def test_a_quantity_in_a_strange_unit_is_never_converted(unit, code):
    """A finding, no value that somebody guessed."""
    intake = lung(observation(loinc("1751-7"), valueQuantity=quantity(38, unit)))
    assert "albumin_g_dl" not in values(intake)
    assert intake.findings


def test_a_value_outside_the_hard_limits_is_refused():
    """Neutrophils of 3000 x 10^9/L do not exist."""
    intake = intake_of(
        patient(),
        condition(BREAST),
        observation(loinc("26499-4"), valueQuantity=quantity(3000, "10*3/uL")),
    )
    assert "neutrophils_10e9_l" not in values(intake)
    assert finding(intake, "out-of-range").severity is Severity.ERROR


def test_a_ratio_to_the_laboratorys_limit_is_computed_from_its_own_range():
    """480 U/L with an upper limit of 240 is twice the limit; the note says how."""
    intake = lung(
        observation(
            loinc("2532-0"),
            valueQuantity=quantity(480, "U/L"),
            referenceRange=[{"low": quantity(100, "U/L"), "high": quantity(240, "U/L")}],
        )
    )
    assert values(intake) == {"ldh_x_uln": 2.0}
    assert "240 U/L" in only(intake).origins["ldh_x_uln"].note


@pytest.mark.parametrize(
    "limits",
    [[], [{"text": "normal"}], [{"high": quantity(4, "ukat/L")}], [{"high": quantity(0, "U/L")}]],
)
def test_without_the_laboratorys_limit_the_ratio_is_asked_for(limits):
    """No laboratory's limit is assumed."""
    intake = lung(
        observation(loinc("2532-0"), valueQuantity=quantity(480, "U/L"), referenceRange=limits)
    )
    assert "ldh_x_uln" not in values(intake)
    assert any(f.severity is Severity.QUESTION for f in intake.findings)


def test_a_test_not_done_is_shown_with_its_reason():
    """Not the same as a test nobody mentions."""
    intake = lung(
        observation(loinc("83053-9", "PD-L1"), dataAbsentReason={"text": "insufficient tissue"})
    )
    assert "pd_l1_tps" not in values(intake)
    assert "insufficient tissue" in finding(intake, "test-not-done").message
    assert any(left.value == "not done: insufficient tissue" for left in intake.unmapped)


def test_a_component_not_done_is_shown_too():
    """The reason stands at the component."""
    intake = lung(
        observation(
            loinc("58410-2"),
            component=[
                {"code": loinc("718-7", "Haemoglobin"), "dataAbsentReason": {"text": "clotted"}}
            ],
        )
    )
    assert any(left.value == "not done: clotted" for left in intake.unmapped)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_retracted_results_are_listed_and_not_used(status):
    """What the laboratory took back is not believed."""
    examined = look(
        patient(),
        condition(),
        observation(loinc("718-7"), status=status, valueQuantity=quantity(9, "g/dL")),
    )
    assert "haemoglobin_g_dl" not in only(examined.intake).values
    assert any("not used" in left.reason for left in examined.intake.unmapped)
    assert examined.silent == []


def test_a_preliminary_result_is_used_and_flagged():
    """It may change."""
    intake = lung(
        observation(loinc("718-7"), status="preliminary", valueQuantity=quantity(9, "g/dL"))
    )
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert finding(intake, "result-not-final").severity is Severity.WARNING


def haemoglobin(value: float, identifier: str, day: str = "", issued: str = "") -> dict[str, Any]:
    """A haemoglobin of a day."""
    times = {"effectiveDateTime": day, "issued": issued}
    stated = {name: text for name, text in times.items() if text}
    return observation(loinc("718-7"), identifier, valueQuantity=quantity(value, "g/dL"), **stated)


def test_the_latest_of_several_dated_values_is_current():
    """All of them stay as measurements, oldest first."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b", "2025-03-01T08:00:00Z"))
    assert values(intake) == {"haemoglobin_g_dl": 11.0}
    assert [m.value for m in only(intake).measurements] == [12.0, 11.0]
    assert intake.findings == ()


def test_of_one_day_the_one_issued_later_counts():
    """And both are named."""
    intake = lung(
        haemoglobin(11, "a", "2025-04-01", "2025-04-01T09:00:00Z"),
        haemoglobin(12, "b", "2025-04-01", "2025-04-01T15:00:00Z"),
    )
    assert values(intake) == {"haemoglobin_g_dl": 12.0}
    assert "11" in finding(intake, "value-superseded").message


def test_of_one_day_without_times_the_user_is_asked():
    """Two values, one day, no order: unknown until answered."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b", "2025-04-01"))
    assert values(intake) == {}
    question = finding(intake, "values-contradict")
    assert [choice.values for choice in question.choices][-1] == {"haemoglobin_g_dl": None}
    assert {c.values["haemoglobin_g_dl"] for c in question.choices} == {11.0, 12.0, None}


def test_an_undated_value_stands_behind_a_dated_one():
    """It is pointed out, not used."""
    intake = lung(haemoglobin(11, "a", "2025-04-01"), haemoglobin(12, "b"))
    assert values(intake) == {"haemoglobin_g_dl": 11.0}
    assert finding(intake, "value-undated").severity is Severity.WARNING


def test_two_undated_values_are_asked_about():
    """Nothing says which is newer."""
    intake = lung(haemoglobin(11, "a"), haemoglobin(12, "b"))
    assert values(intake) == {}
    assert "values-contradict" in codes(intake)


def test_a_value_from_the_future_is_refused():
    """Tomorrow is allowed for time zones, next month is not."""
    intake = lung(haemoglobin(11, "a", "2026-07-15"), haemoglobin(12, "b", "2026-06-02"))
    assert values(intake) == {"haemoglobin_g_dl": 12.0}
    assert "2026-07-15" in finding(intake, "date-in-future").message


def test_receptors_are_combined_not_overwritten():
    """One negative receptor does not make a tumour hormone-negative."""

    def status(oestrogen: str, progesterone: str) -> Any:
        words = {"+": loinc("LA6576-8"), "-": loinc("LA6577-6")}
        given = [
            (code, sign)
            for code, sign in (("85337-4", oestrogen), ("85339-0", progesterone))
            if sign
        ]
        tests = [
            observation(loinc(code), code, valueCodeableConcept=words[sign]) for code, sign in given
        ]
        return only(intake_of(patient(), condition(BREAST), *tests)).values.get("hr_status")

    assert status("+", "-") == "positive"
    assert status("+", "") == "positive"
    assert status("-", "+") == "positive"
    assert status("-", "-") == "negative"
    assert status("-", "") is None


def test_karnofsky_is_offered_as_ecog_not_converted():
    """The usual equivalent is one answer to a question."""
    intake = lung(observation(loinc("89243-0"), valueInteger=80))
    assert values(intake) == {}
    assert finding(intake, "karnofsky").choices[0].values == {"ecog_ps": "1"}
    both = lung(
        observation(loinc("89243-0"), valueInteger=80),
        observation(loinc("89247-1"), "o2", valueInteger=0),
    )
    assert "karnofsky" not in codes(both)


def test_index_ratio_and_clearance_follow_from_their_parts():
    """Body mass index, neutrophil ratio, Cockcroft-Gault; each says how it was made."""
    day = {"effectiveDateTime": "2025-05-01"}
    intake = lung(
        observation(loinc("29463-7"), "a", valueQuantity=quantity(155, "[lb_av]"), **day),
        observation(loinc("8302-2"), "b", valueQuantity=quantity(165, "cm"), **day),
        observation(loinc("751-8"), "c", valueQuantity=quantity(6.0, "10*9/L"), **day),
        observation(loinc("731-0"), "d", valueQuantity=quantity(1.5, "10*3/uL"), **day),
        observation(loinc("2160-0"), "e", valueQuantity=quantity(0.9, "mg/dL"), **day),
    )
    known = values(intake)
    assert known["bmi"] == pytest.approx(25.8, abs=0.1)
    assert known["nlr"] == 4.0
    assert known["crcl_ml_min"] == pytest.approx(68, abs=2)
    assert "Cockcroft" in only(intake).origins["crcl_ml_min"].note
    assert {left.reason for left in intake.unmapped} >= {"used to compute other values"}


def test_a_ratio_is_not_made_of_two_samples():
    """Neutrophils of March over lymphocytes of May mean nothing."""
    intake = lung(
        observation(
            loinc("751-8"), "c", valueQuantity=quantity(6, "10*9/L"), effectiveDateTime="2025-03-01"
        ),
        observation(
            loinc("731-0"),
            "d",
            valueQuantity=quantity(1.5, "10*9/L"),
            effectiveDateTime="2025-05-01",
        ),
    )
    assert "nlr" not in values(intake)


# -- variants ------------------------------------------------------------------------------------

PRESENT, ABSENT = loinc("LA9633-4", "Present"), loinc("LA9634-2", "Absent")


def test_a_variant_gives_the_values_it_means():
    """Protein or coding change, by HGNC id or symbol."""
    expected = {"egfr_mutation": "L858R", "driver_alteration": "egfr_l858r"}
    by_protein = variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", valueCodeableConcept=PRESENT)
    by_coding = variant("EGFR", "3236", coding="NM_005228.5:c.2573T>G")
    by_name = variant("EGFR", "", name="NM_005228.5(EGFR):c.2573T>G (p.Leu858Arg)")
    assert values(lung(by_protein)) == values(lung(by_coding)) == values(lung(by_name)) == expected


def test_an_absent_gene_is_negative_only_for_what_was_examined():
    """BRAF absent says nothing of EGFR."""
    assert values(lung(variant("BRAF", "HGNC:1097", valueCodeableConcept=ABSENT))) == {
        "braf_v600e": False
    }


def test_an_absent_change_is_negative_only_for_that_change():
    """T790M not found does not make EGFR wild type."""
    intake = lung(variant("EGFR", "HGNC:3236", protein="p.Thr790Met", valueCodeableConcept=ABSENT))
    assert values(intake) == {"egfr_t790m": False}
    other = lung(variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", valueCodeableConcept=ABSENT))
    assert values(other) == {}


def test_a_studied_region_without_variant_is_negative():
    """The report says which genes it looked at."""
    region = observation(
        loinc("53041-0"),
        "r1",
        component=[component("48018-6", {"coding": [
            {"system": HGNC, "code": "HGNC:3236", "display": "EGFR"},
            {"system": HGNC, "code": "HGNC:6407", "display": "KRAS"},
        ]})],
    )  # fmt: skip
    found = variant("KRAS", "HGNC:6407", protein="p.Gly12Cys", valueCodeableConcept=PRESENT)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": loinc("51969-4"),
        "result": [{"reference": "Observation/r1"}, {"reference": "Observation/v1"}],
        "conclusion": "KRAS mutated",
    }
    examined = look(patient(), condition(), region, found, report)
    known = values(examined.intake)
    assert (known["egfr_mutation"], known["kras_mutation"]) == ("none", "G12C")
    assert "alk_fusion" not in known
    assert [r.outcome for r in examined.resources] == ["read"] * 5
    assert any(left.value == "KRAS mutated" for left in examined.intake.unmapped)


def test_two_genes_in_one_variant_are_a_fusion():
    """EML4 and ALK, present."""
    fusion = variant(
        "EML4",
        "HGNC:1316",
        valueCodeableConcept=PRESENT,
        more=[component("48018-6", coded(HGNC, "HGNC:427", "ALK"))],
    )
    assert values(lung(fusion)) == {"alk_fusion": True, "driver_alteration": "alk"}


def test_reports_that_contradict_each_other_are_asked_about():
    """The newer one is not chosen silently, and what rests on it waits."""
    intake = lung(
        variant("EGFR", "HGNC:3236", protein="p.L858R", effectiveDateTime="2025-01-01"),
        variant(
            "EGFR", "HGNC:3236", "v2", valueCodeableConcept=ABSENT, effectiveDateTime="2025-03-01"
        ),
    )
    assert values(intake).keys().isdisjoint({"egfr_mutation", "driver_alteration"})
    question = finding(intake, "values-contradict")
    assert "2025-01-01" in question.message
    assert "2025-03-01" in question.message
    assert "value-in-doubt" in codes(intake)


def test_a_gene_whose_id_and_symbol_disagree_is_not_used():
    """HGNC:6342 is KIT; a file that calls it NRAS means one of them, and nobody knows which."""
    intake = intake_of(
        patient(), condition(MELANOMA), variant("NRAS", "HGNC:6342", valueCodeableConcept=ABSENT)
    )
    assert values(intake) == {}
    assert (
        finding(intake, "gene-id-disagrees").message
        == "HGNC:6342 is KIT, but the file calls it NRAS."
    )


@pytest.mark.parametrize(
    ("gene", "hgnc", "change", "code"),
    [
        ("KRAS", "HGNC:6407", "p.Gly12", "variant-incomplete"),
        ("BRAF", "HGNC:1097", "V600", "variant-incomplete"),
        ("KRAS", "HGNC:6407", "p.Val600Glu", "variant-malformed"),
        ("KRAS", "HGNC:6407", "c.35G>Z", "variant-incomplete"),
    ],
)
def test_a_variant_that_cannot_be_is_refused_with_the_nearest_form(gene, hgnc, change, code):
    """Only that variant is lost; where forms are near, they are the answers to one question."""
    intake = lung(variant(gene, hgnc, protein=change))
    assert finding(intake, code).message
    assert not any(str(v) == "True" for v in values(intake).values())


def test_a_variant_of_uncertain_significance_decides_nothing():
    """By its own component, or by an implication that refers to it."""
    uncertain = component("53037-8", loinc("LA26333-7", "Uncertain significance"))
    own = lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu", more=[uncertain]))
    implication = observation(
        loinc("51969-4"),
        "i1",
        meta={"profile": ["http://x/diagnostic-implication"]},
        derivedFrom=[{"reference": "Observation/v1"}],
        component=[uncertain],
    )
    by_other = lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu"), implication)
    assert values(own) == values(by_other) == {}
    assert values(lung(variant("STK11", "HGNC:11389", protein="p.Phe354Leu"))) == {
        "stk11_mutation": True
    }


def test_germline_and_somatic_are_told_apart():
    """An inherited BRCA1 variant needs a report that says germline."""

    def read(kind: str) -> dict[str, Any]:
        source = component("48002-0", loinc(kind))
        brca = variant("BRCA1", "HGNC:1100", protein="p.Gln1756fs", more=[source])
        return values(intake_of(patient(), condition(BREAST), brca))

    assert read("LA6683-2") == {"gbrca_mutation": True}
    assert read("LA6684-0") == {}


@pytest.mark.parametrize("answer", ["LA18198-4", "LA11883-8"])
def test_a_variant_without_a_call_is_listed(answer):
    """No call is no answer."""
    intake = lung(variant("EGFR", "HGNC:3236", valueCodeableConcept=loinc(answer)))
    assert values(intake) == {}
    assert "without a call; not used" in listed(intake).values()


# -- treatment -----------------------------------------------------------------------------------


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


# -- consent and labels --------------------------------------------------------------------------


def consent(**fields: Any) -> dict[str, Any]:
    """A Consent of the patient."""
    return {
        "resourceType": "Consent",
        "id": "x",
        "status": "active",
        "patient": {"reference": "Patient/p1"},
        **fields,
    }


def test_a_consent_that_denies_research_refuses_that_use_only():
    """Care is unaffected; the finding says what is not permitted."""
    deny = consent(provision={"type": "deny", "purpose": [{"code": "HRESCH"}]})
    by_scope = consent(scope=coded("x", "research"), provision={"type": "deny"})
    for body in (deny, by_scope):
        found = only(lung(body)).consent
        assert (found.allows("research"), found.allows("care")) == (False, True)
        assert "does not permit research use" in finding(lung(body), "consent-denied").message


def test_of_permission_and_denial_the_denial_counts():
    """Whatever their order."""
    permit = consent(provision={"type": "permit", "purpose": [{"code": "HRESCH"}]})
    deny = consent(
        provision={
            "type": "permit",
            "provision": [{"type": "deny", "purpose": [{"code": "HRESCH"}]}],
        }
    )
    assert only(lung(permit)).consent.allows("research")
    assert not only(lung(permit, deny)).consent.allows("research")
    assert not only(lung(deny, permit)).consent.allows("research")


def test_denied_care_is_an_error_and_an_inactive_consent_nothing():
    """Only what is in force counts."""
    care = consent(provision={"type": "deny", "purpose": [{"code": "TREAT"}]})
    assert finding(lung(care), "consent-denied").severity is Severity.ERROR
    old = consent(status="inactive", provision={"type": "deny", "purpose": [{"code": "HRESCH"}]})
    assert only(lung(old)).consent.decisions == {}
    strange = lung(consent(provision={"type": "deny", "purpose": [{"code": "?"}]}))
    assert "gives no purpose that is known here" in listed(strange).values()


def test_a_restricted_label_keeps_the_record_for_care():
    """On the patient or on any resource of theirs."""
    labelled = patient(meta={"security": [{"code": "R"}]})
    intake = intake_of(labelled, condition())
    assert only(intake).values["age_years"] == 66.0
    assert not any(only(intake).consent.allows(use) for use in ("research", "teaching", "training"))
    assert "record-restricted" in codes(intake)
