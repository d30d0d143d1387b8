"""FHIR R4: rarer forms that hospital systems send, each read or listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.fhir import read_fhir
from dashboard.records.fhir_parts import has_modifier, summary, words
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.bundles import (
    HGNC,
    coded,
    component,
    condition,
    loinc,
    medication,
    observation,
    patient,
    quantity,
    variant,
)
from tests.fhir_readings import (
    BREAST,
    codes,
    finding,
    intake_of,
    listed,
    look,
    lung,
    only,
    values,
)

PRESENT = loinc("LA9633-4", "Present")
SUBJECT = {"subject": {"reference": "Patient/p1"}}


# -- whose, and of what ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Encounter", "CareTeam"])
def test_administrative_resources_of_the_patient_are_listed(kind):
    """They say nothing of the case."""
    intake = lung({"resourceType": kind, "id": "e", **SUBJECT})
    assert listed(intake)[kind] == "administrative; says nothing of the case"


def test_a_subject_of_whom_nothing_can_be_read_gives_no_patient():
    """A document about somebody who is not in the file."""
    letter = {"resourceType": "DocumentReference", "id": "d", **SUBJECT}
    intake = look(letter).intake
    assert intake.patients == ()
    assert [left.where.field for left in intake.unmapped] == ["DocumentReference/d"]
    retracted = observation(loinc("718-7"), status="entered-in-error")
    assert look(retracted).intake.patients == ()


def test_the_tumour_may_be_named_only_as_the_reason_of_a_report():
    """It is used, and doubted aloud."""
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "reasonCode": [{"text": "tired"}, {"text": "Lung adenocarcinoma"}],
        **SUBJECT,
    }
    intake = intake_of(patient(), report)
    assert only(intake).disease == "nsclc"
    assert "only as the reason of DiagnosticReport/r" in finding(intake, "diagnosis-coarse").message


def test_a_basic_resource_of_somebody_else_is_listed():
    """Only Concord's own notes are read from it."""
    basic = {"resourceType": "Basic", "id": "b", "code": {"text": "diary"}, **SUBJECT}
    intake = lung(basic)
    assert only(intake).notes == ""
    assert listed(intake)["Basic diary"] == "has no place in the case"


def test_a_stage_is_listed_where_the_tumour_group_has_none():
    """Melanoma's pack asks for the M category."""
    melanoma = coded("http://snomed.info/sct", "372244006", "Malignant melanoma (disorder)")
    empty, stage = {"summary": {}}, {"summary": {"text": "Stage IV"}}
    intake = intake_of(patient(), condition(melanoma, stage=[empty, stage]))
    assert listed(intake)["Stage"] == "this tumour group does not use the stage group"


def test_an_unknown_extension_of_the_patient_is_listed():
    """With its value, or its name where it has none."""
    extension = [
        {"url": "http://x.example/eye-colour", "valueString": "green"},
        {"url": "http://x.example/flag"},
    ]
    intake = intake_of(patient(extension=extension), condition())
    left = {item.name: item.value for item in intake.unmapped}
    assert left["Patient eye-colour"] == "green"
    assert left["Patient flag"] == "flag"


# -- observations ----------------------------------------------------------------------------------


def test_a_range_that_no_rule_cuts_counts_as_its_low_end():
    """Both ends are named in a warning, nothing in the middle is assumed."""
    ends = {"low": quantity(1, "%"), "high": quantity(49, "%")}
    intake = lung(observation(loinc("83053-9"), valueRange=ends))
    assert values(intake) == {"pd_l1_tps": 1.0}
    assert finding(intake, "band-taken").value == "1-49"


@pytest.mark.parametrize("value", [{"valueTime": {}}, {"valueRatio": {"numerator": {"value": 1}}}])
def test_a_value_without_words_is_listed(value):
    """It cannot be read as anything."""
    intake = lung(observation(loinc("718-7"), valueInteger=None, **value))
    assert values(intake) == {}
    assert intake.unmapped


def test_an_answer_that_says_unknown_is_listed():
    """The smoking status is known to be unknown."""
    unknown = coded("http://snomed.info/sct", "266927001", "Unknown if ever smoked")
    intake = lung(observation(loinc("72166-2"), valueCodeableConcept=unknown))
    assert values(intake) == {}
    assert "said to be unknown" in listed(intake).values()


def test_a_coded_answer_that_is_no_level_is_named():
    """Its words are shown, with the levels there are."""
    said = coded("http://snomed.info/sct", "1", "Chews betel")
    intake = lung(observation(loinc("72166-2"), valueCodeableConcept=said))
    assert values(intake) == {}
    assert codes(intake) == ["word-unknown"]


def test_a_test_not_done_that_no_pack_asks_for_is_only_listed():
    """The reason is kept; no note is made of it."""
    absent = observation(loinc("2345-7", "Glucose"), dataAbsentReason={"text": "clotted"})
    intake = lung(absent)
    assert codes(intake) == []
    assert listed(intake)["Glucose"] == "no value, for this reason"


def test_karnofsky_is_not_asked_about_where_it_is_no_step_of_ten():
    """75 corresponds to nothing."""
    assert codes(lung(observation(loinc("89243-0"), valueInteger=75))) == []


# -- genomics --------------------------------------------------------------------------------------


def test_a_retracted_variant_is_listed():
    """It is no finding of the patient."""
    intake = lung(variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", status="entered-in-error"))
    assert values(intake) == {}
    assert "entered in error; not used" in listed(intake).values()


def test_a_variant_that_is_not_final_is_flagged():
    """Preliminary reports of sequencing are corrected later."""
    intake = lung(variant("EGFR", "HGNC:3236", protein="p.Leu858Arg", status="preliminary"))
    assert values(intake)["egfr_mutation"] == "L858R"
    assert "result-not-final" in codes(intake)


def test_a_variant_without_gene_or_answer_is_listed():
    """Nothing can be told of it."""
    assert "names no gene" in listed(lung(observation(loinc("69548-6"), "v1"))).values()


@pytest.mark.parametrize(
    "gene",
    [{"coding": [{"system": HGNC, "code": "EGFR"}]}, {"text": "EGFR"}],
)
def test_a_gene_by_its_symbol_alone_is_understood(gene):
    """In the place of the code, or in words."""
    parts = [component("48018-6", gene), component("48005-3", {"text": "p.Leu858Arg"})]
    intake = lung(observation(loinc("69548-6"), "v1", component=parts))
    assert values(intake)["egfr_mutation"] == "L858R"


def test_a_gene_by_a_number_that_nobody_knows_is_no_gene():
    """The change alone is not guessed to be of any."""
    gene = {"coding": [{"system": HGNC, "code": "999999999"}]}
    parts = [component("48018-6", gene), component("48005-3", {"text": "p.Leu858Arg"})]
    intake = lung(observation(loinc("69548-6"), "v1", component=parts))
    assert "egfr_mutation" not in values(intake)


def test_a_change_may_stand_in_a_string_or_under_a_code_of_ones_own():
    """valueString, and components without LOINC."""
    gene = component("48018-6", coded(HGNC, "HGNC:3236", "EGFR"))
    stated: dict[str, Any] = {"code": loinc("48005-3"), "valueString": "p.Leu858Arg"}
    own = {"code": {"text": "change"}, "valueCodeableConcept": {"text": "p.Leu858Arg"}}
    for part in (stated, own):
        intake = lung(observation(loinc("69548-6"), "v1", component=[gene, part]))
        assert values(intake)["egfr_mutation"] == "L858R"


def test_a_wild_type_in_words_is_no_change():
    """The gene was looked at and is as it should be."""
    wild = variant("EGFR", "HGNC:3236", name="wild type", valueCodeableConcept=PRESENT)
    assert values(lung(wild)).get("egfr_mutation") in (None, "none")


def test_a_fusion_in_words_is_one_fusion():
    """Both genes and the word agree."""
    genes = {
        "coding": [
            {"system": HGNC, "code": "HGNC:1316", "display": "EML4"},
            {"system": HGNC, "code": "HGNC:427", "display": "ALK"},
        ]
    }
    parts = [component("48018-6", genes), component("81252-9", {"text": "EML4-ALK fusion"})]
    intake = lung(observation(loinc("69548-6"), "v1", component=parts))
    assert values(intake)["alk_fusion"] is True


@pytest.mark.parametrize(("answer", "germline"), [("LA6683-2", True), ("LA18194-3", None)])
def test_a_source_class_that_is_neither_says_nothing(answer, germline):
    """Germline answers the germline question; any other code does not."""
    more = [component("48002-0", loinc(answer)), component("53037-8", loinc("LA6668-3"))]
    found = variant("BRCA2", "HGNC:1101", protein="p.Arg2318Ter", more=more)
    read = values(intake_of(patient(), condition(BREAST), found))
    assert (read.get("gbrca_mutation") is True) is (germline is True)


# -- treatment and parts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "regimen"), [("373808002", "t-dm1-adjuvant"), ("363676003", "t-dm1"), ("", "t-dm1")]
)
def test_a_curative_intent_tells_two_regimens_of_one_drug_apart(code, regimen):
    """Of two regimens with the same drugs the one of that setting is meant."""
    intent = {
        "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-treatment-intent",
        "valueCodeableConcept": coded("http://snomed.info/sct", code),
    }
    other = {"url": "http://x.example/other", "valueString": "x"}
    drug = medication("MedicationAdministration", "trastuzumab emtansine")
    drug["extension"] = [other, intent]
    (course,) = only(intake_of(patient(), condition(BREAST), drug)).courses
    assert course.regimen == regimen


def test_a_foreign_drug_that_was_not_given_needs_no_note():
    """A cancelled order of aspirin is only listed."""
    order = medication("MedicationRequest", "aspirin", status="cancelled")
    intake = lung(order)
    assert "treatment-not-counted" not in codes(intake)
    assert "cancelled; not counted as treatment" in listed(intake).values()


def test_an_order_whose_dosage_has_no_start_is_dated_by_its_signature():
    """The bounds give only an end."""
    dosage = [{"timing": {"repeat": {"boundsPeriod": {"end": "2024-04-30"}}}}]
    order = medication(
        "MedicationRequest", "osimertinib", dosageInstruction=dosage, authoredOn="2024-02-01"
    )
    (course,) = only(lung(order)).courses
    assert str(course.started) == "2024-02-01"


def test_content_is_summed_up_in_few_words():
    """Attachments by their size, texts as they are, nothing for nothing."""
    assert summary({"contentType": "application/pdf", "data": "x" * 2_000}) == (
        "attachment application/pdf, 2,000 characters"
    )
    assert words("one") == ["one"]
    assert words(["one", 2]) == ["one"]
    assert words(5) == []
    assert has_modifier([{"a": {"modifierExtension": [{}]}}])
    assert not has_modifier("modifierExtension")


# -- fields of another type ------------------------------------------------------------------------

WRONG = {"resourceType": "Patient", "id": ["a"], "gender": {"x": 1}, "birthDate": 5, "active": "no"}


def test_fields_of_the_patient_of_another_type_are_each_named():
    """Where, what came and what was expected; the age and the sex stay unknown."""
    bundle = json.dumps({"resourceType": "Bundle", "entry": [{"resource": WRONG}]}).encode()
    intake = read_fhir(bundle, "a.json", Reading(load_library(), TODAY, "nsclc"))
    told = {f.where.field: f for f in intake.findings if f.code == "patient-field-type"}
    assert {place.rpartition(".")[2] for place in told} == {"id", "gender", "birthDate", "active"}
    assert "Patient.id is a list, where FHIR has a text" in told["entry[0] Patient.id"].message
    assert told["entry[0] Patient.birthDate"].value == "5"
    assert told["entry[0] Patient.birthDate"].expected == "a date such as 1960-05-31"


def test_a_patient_of_whom_nothing_can_be_read_is_refused():
    """No empty patient: the refusal says so, unless anything at all was read."""
    entries = [{"resource": WRONG}]
    bundle = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    intake = read_fhir(bundle, "a.json", Reading(load_library(), TODAY, "nsclc"))
    assert intake.patients == ()
    (refusal,) = [f for f in intake.findings if f.code == "patient-empty"]
    assert "can be used" in refusal.message
    entries[0]["resource"] = {**WRONG, "gender": "female"}
    bundle = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    (known,) = read_fhir(bundle, "a.json", Reading(load_library(), TODAY, "nsclc")).patients
    assert known.values == {"sex": "female"}
