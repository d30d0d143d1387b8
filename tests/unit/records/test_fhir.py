"""FHIR R4: files, whose a resource is, the patient, consent and labels."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.records.fhir import read_fhir
from dashboard.records.patient import Severity
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import bundle, coded, condition, loinc, observation, packed, patient, quantity
from tests.fhir_readings import (
    BREAST,
    LIBRARY,
    codes,
    finding,
    intake_of,
    listed,
    look,
    lung,
    only,
    values,
)

# -- files ----------------------------------------------------------------------------------------


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


# -- whose ----------------------------------------------------------------------------------------


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
    question = finding(intake, "several-patients")
    assert [choice.label for choice in question.choices] == ["a", "b", "All of them"]
    assert [choice.answer for choice in question.choices] == ["1", "2", "all"]
    assert "several-patients" not in {f.code for f in chosen_of_two("all").findings}


def chosen_of_two(answer):
    """What is read of two patients of whom one was chosen."""
    return intake_of(
        patient("a"),
        patient("b", gender="male"),
        condition(of="a"),
        condition(BREAST, "c2", of="b"),
        observation(loinc("718-7"), "o2", of="b", valueQuantity=quantity(1400, "g/dL")),
        answers={"patient": answer},
    )


def test_one_of_two_patients_can_be_chosen():
    """The other is left with all that was found of them."""
    assert [p.id for p in chosen_of_two("1").patients] == ["a"]
    assert not {f.patient for f in chosen_of_two("1").findings} - {"", "a"}
    assert [p.id for p in chosen_of_two("2").patients] == ["b"]
    assert "b" in {f.patient for f in chosen_of_two("2").findings}


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


# -- the patient ----------------------------------------------------------------------------------


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


# -- consent and labels ---------------------------------------------------------------------------


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
