"""Phenopackets: what each part of a packet gives, what is listed, and what is written."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import (
    Consent,
    Finding,
    Intake,
    Measurement,
    Patient,
    Severity,
    TreatmentCourse,
)
from dashboard.records.phenopackets import is_phenopacket, read_phenopackets
from dashboard.records.phenopackets_parts import years_of
from dashboard.records.phenopackets_write import write_phenopackets
from dashboard.records.reading import Reading
from tests.builders import TODAY, a_patient
from tests.bundles import packed

LIBRARY = load_library()
LUNG = {"id": "NCIT:C3512", "label": "Lung Adenocarcinoma"}
META = {"created": "2025-01-01T00:00:00Z", "phenopacketSchemaVersion": "2.0"}


def packet(**parts: Any) -> dict[str, Any]:
    """A packet of a woman with lung cancer, with these parts besides."""
    body = {"id": "PP1", "subject": {"id": "P1", "sex": "FEMALE"}, "metaData": META}
    return {**body, "diseases": [{"term": LUNG}], **parts}


def read(content: object, disease: str = "") -> Intake:
    """What came of a packet."""
    return read_phenopackets(packed(content), "p.json", Reading(LIBRARY, TODAY, disease))


def only(intake: Intake) -> Patient:
    """The one patient."""
    (found,) = intake.patients
    return found


def values(**parts: Any) -> dict[str, Any]:
    """The values of the patient of a packet with these parts; sex aside."""
    return {n: v for n, v in only(read(packet(**parts))).values.items() if n != "sex"}


def codes(intake: Intake) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in intake.findings]


def listed(intake: Intake) -> dict[str, str]:
    """Name and reason of everything that was listed."""
    return {left.name: left.reason for left in intake.unmapped}


def measured(assay: str, label: str, when: str = "", **value: Any) -> dict[str, Any]:
    """A measurement."""
    body: dict[str, Any] = {"assay": {"id": assay, "label": label}, "value": value}
    return body | ({"timeObserved": {"timestamp": f"{when}T08:00:00Z"}} if when else {})


def quantity(value: float, unit: str, **more: Any) -> dict[str, Any]:
    """A quantity with a unit in words."""
    return {"unit": {"id": f"UCUM:{unit}", "label": unit}, "value": value, **more}


def changed(symbol: str, change: str, status: str = "CAUSATIVE", **more: Any) -> dict[str, Any]:
    """Interpretations with one variant of a gene."""
    described = {
        "geneContext": {"valueId": "", "symbol": symbol},
        "expressions": [{"syntax": "hgvs.p", "value": change}],
    }
    one = {
        "subjectOrBiosampleId": "P1",
        "interpretationStatus": status,
        "variantInterpretation": {"variationDescriptor": described, **more},
    }
    diagnosis = {"disease": LUNG, "genomicInterpretations": [one]}
    return {"id": "I1", "progressStatus": "SOLVED", "diagnosis": diagnosis}


# -- which files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (packet(), True),
        ({"proband": packet()}, True),
        ({"members": [packet()], "metaData": META}, True),
        ({"subject": {"id": "P1"}, "diseases": []}, True),
        ({"subject": "a mail"}, False),
        ({"resourceType": "Bundle", "metaData": {}}, False),
        ([packet()], False),
        ("text", False),
    ],
)
def test_a_packet_is_told_by_its_parts(content, expected):
    """A FHIR resource and any other JSON are no packet."""
    assert is_phenopacket(content) is expected


@pytest.mark.parametrize("version", ["1.0.0", "0.9", "1.0.0-RC3"])
def test_older_versions_are_refused_with_both_named(version):
    """Version 1 says other things in the same words."""
    content = packet(metaData=META | {"phenopacketSchemaVersion": version})
    intake = read(content)
    assert intake.patients == ()
    (finding,) = intake.findings
    assert finding.code == "phenopacket-version"
    assert f"version {version}; version 2 is read" in finding.message
    assert listed(intake).keys() == {"packet"}


def test_json_of_another_kind_is_refused():
    """The finding says what a packet has."""
    (finding,) = read({"rows": []}).findings
    assert finding.code == "no-phenopacket"
    assert "no subject and no metaData" in finding.message


def test_broken_json_is_a_finding():
    """Line and column are named; nothing is raised."""
    intake = read_phenopackets(b'{"id": "a",}', "p.json", Reading(LIBRARY, TODAY))
    assert codes(intake) == ["json-syntax"]
    assert "Line 1, column 12" in intake.findings[0].message


def test_of_a_family_the_proband_is_read():
    """Relatives are somebody else: they are listed."""
    family = {"id": "F", "proband": packet(), "relatives": [packet()], "metaData": META}
    intake = read(family)
    assert only(intake).id == "P1"
    assert listed(intake)["relatives"] == "relatives are not read"


def test_members_of_a_cohort_are_kept_apart():
    """Each member is a patient; findings and places name the member."""
    second = packet(subject={"id": "P2", "sex": "MALE"}, files=[{"uri": "file.vcf"}])
    intake = read({"id": "C", "members": [packet(), second], "metaData": META})
    assert [(p.id, p.values["sex"]) for p in intake.patients] == [("P1", "female"), ("P2", "male")]
    assert [left.where.field for left in intake.unmapped if left.name == "files"] == [
        "members[1].files"
    ]


# -- the person ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "years"),
    [("P61Y", 61), ("P61Y3M", 61), ("P8M", 0), ("P61", None), ("", None), ("P", None), (61, None)],
)
def test_completed_years_of_a_duration(duration, years):
    """Months do not round up."""
    assert years_of(duration) == years


@pytest.mark.parametrize(
    "subject",
    [
        {"timeAtLastEncounter": {"age": {"iso8601duration": "P61Y3M"}}},
        {"dateOfBirth": f"{TODAY.year - 61}-01-01T00:00:00Z"},
    ],
    ids=["age", "birth"],
)
def test_age_comes_from_either_form(subject):
    """A duration at the last encounter, or the date of birth on the day of the decision."""
    content = packet(subject={"id": "P1", **subject})
    assert only(read(content)).values["age_years"] == 61


def test_a_range_of_ages_is_no_age():
    """It is listed, and the age stays unknown."""
    times = {"ageRange": {"start": {"iso8601duration": "P60Y"}}}
    intake = read(packet(subject={"id": "P1", "timeAtLastEncounter": times}))
    assert "age_years" not in only(intake).values
    assert listed(intake)["Age"] == "a range of ages is no age"


@pytest.mark.parametrize("sex", ["UNKNOWN_SEX", "OTHER_SEX", ""])
def test_unknown_sex_stays_unknown(sex):
    """No default is taken."""
    assert "sex" not in only(read(packet(subject={"id": "P1", "sex": sex}))).values


def test_a_dead_patient_is_pointed_out():
    """A regimen is not discussed for somebody who has died without a word."""
    died = {"status": "DECEASED", "timeOfDeath": {"timestamp": "2025-02-01T00:00:00Z"}}
    intake = read(packet(subject={"id": "P1", "vitalStatus": died}))
    assert "patient-died" in codes(intake)
    bare = read(packet(subject={"id": "P1", "vitalStatus": {"status": "DECEASED"}}))
    assert "patient-died" in codes(bare)


def test_fields_of_the_subject_that_have_no_place_are_listed():
    """Karyotype and taxonomy are said, not dropped."""
    intake = read(packet(subject={"id": "P1", "karyotypicSex": "XX", "gender": {"id": "x"}}))
    assert {"karyotypicSex", "gender"} <= listed(intake).keys()


def test_a_packet_without_a_subject_goes_by_its_own_id():
    """The packet's id stands for the patient's."""
    content = {"id": "PP9", "diseases": [{"term": LUNG}], "metaData": META}
    assert only(read(content)).id == "PP9"


# -- diseases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "disease"),
    [
        ({"id": "NCIT:C3512", "label": "Lung Adenocarcinoma"}, "nsclc"),
        ({"id": "MONDO:0005233", "label": "non-small cell lung carcinoma"}, "nsclc"),
        ({"id": "ICD10:C43.5", "label": "Malignant melanoma of trunk"}, "melanoma"),
        ({"id": "ONCOTREE:IDC", "label": ""}, "breast"),
        ({"id": "ICD10CM:C18.2", "label": ""}, "colorectal"),
    ],
)
def test_the_tumour_group_comes_from_codes_or_words(term, disease):
    """NCIT and MONDO are read by their labels, the others by their codes."""
    assert only(read(packet(diseases=[{"term": term}]))).disease == disease


def test_an_excluded_disease_is_not_the_disease():
    """What was ruled out opens no tumour group."""
    ruled_out = {"term": {"id": "ICD10:C43.5", "label": "Malignant melanoma"}, "excluded": True}
    assert only(read(packet(diseases=[{"term": LUNG}, ruled_out]))).disease == "nsclc"
    assert only(read(packet(diseases=[ruled_out]))).disease == ""


def test_stage_site_and_spread_of_a_disease_are_read():
    """The stage becomes the stage, an M category says that there are metastases."""
    disease = {
        "term": LUNG,
        "diseaseStage": [{"id": "NCIT:C27979", "label": "Stage IVB"}],
        "primarySite": {"id": "UBERON:0008952", "label": "upper lobe of left lung"},
        "onset": {"timestamp": "2024-03-01T00:00:00Z"},
        "laterality": {"id": "HP:0012835", "label": "Left"},
    }
    intake = read(packet(diseases=[disease]))
    assert only(intake).values["stage"] == "IVB"
    assert "laterality" in listed(intake)


def test_phenotypic_features_are_illnesses_or_listed():
    """A feature that a pack asks for is asked about or read; any other is listed."""
    cough = {"type": {"id": "HP:0012735", "label": "Cough"}, "severity": {"id": "x"}}
    absent = {"type": {"id": "HP:0002206", "label": "Pulmonary fibrosis"}, "excluded": True}
    intake = read(packet(phenotypicFeatures=[cough, absent]))
    names = " ".join(f"{left.name} {left.value}" for left in intake.unmapped)
    assert "Cough" in names
    assert "Pulmonary fibrosis" in names
    assert "severity" in listed(intake)


# -- measurements and samples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        (measured("LOINC:1751-7", "Albumin", quantity=quantity(38, "g/L")), "albumin_g_dl", 3.8),
        (measured("LOINC:1751-7", "", quantity=quantity(3.8, "g/dL")), "albumin_g_dl", 3.8),
        (
            measured(
                "LOINC:2532-0",
                "LDH",
                quantity=quantity(
                    500, "U/L", referenceRange={"unit": {"label": "U/L"}, "low": 120, "high": 250}
                ),
            ),
            "ldh_x_uln",
            2.0,
        ),
        (
            measured("LOINC:89247-1", "ECOG", ontologyClass={"id": "LOINC:LA9623-5", "label": "1"}),
            "ecog_ps",
            "1",
        ),
    ],
)
def test_a_measurement_becomes_the_value_of_its_feature(part, name, value):
    """Codes and units are read as anywhere else."""
    assert values(measurements=[part])[name] == value


def test_dated_measurements_are_a_series():
    """The latest counts; both are kept."""
    days = {"2025-01-05": 38.0, "2025-03-05": 33.0}
    parts = [measured("LOINC:1751-7", "", d, quantity=quantity(v, "g/L")) for d, v in days.items()]
    patient = only(read(packet(measurements=parts)))
    assert patient.values["albumin_g_dl"] == 3.3
    assert [m.taken_on for m in patient.measurements] == [date(2025, 1, 5), date(2025, 3, 5)]


def test_an_interval_dates_a_measurement_by_its_end():
    """A measurement observed over an interval is of the interval's last day."""
    part = measured("LOINC:1751-7", "", quantity=quantity(38, "g/L"))
    part["timeObserved"] = {"interval": {"start": "2025-01-01T0", "end": "2025-01-09T00"}}
    (found,) = only(read(packet(measurements=[part]))).measurements
    assert found.taken_on == date(2025, 1, 9)


def test_typed_quantities_are_read_as_parts():
    """A complex value is several values under one assay."""
    typed = [{"type": {"id": "LOINC:1751-7", "label": "Albumin"}, "quantity": quantity(38, "g/L")}]
    part = {"assay": {"id": "LOINC:24323-8", "label": "Panel"}}
    part |= {"complexValue": {"typedQuantities": typed}, "procedure": {"code": {"id": "x"}}}
    intake = read(packet(measurements=[part]))
    assert only(intake).values["albumin_g_dl"] == 3.8
    assert "procedure" in listed(intake)


def test_a_biosample_gives_histology_and_its_measurements():
    """What the sample says of the tumour is the tumour's; the rest of it is listed."""
    sample = {
        "id": "S1",
        "histologicalDiagnosis": {"id": "NCIT:C3512", "label": "Lung Adenocarcinoma"},
        "pathologicalTnmFinding": [{"id": "NCIT:C48700", "label": "M1 Stage Finding"}],
        "measurements": [measured("LOINC:1751-7", "", quantity=quantity(38, "g/L"))],
        "sampledTissue": {"id": "UBERON:0002048", "label": "lung"},
    }
    intake = read(packet(biosamples=[sample]))
    found = only(intake).values
    assert (found["histology"], found["albumin_g_dl"]) == ("adenocarcinoma", 3.8)
    assert "sampledTissue" in listed(intake)


# -- variants --------------------------------------------------------------------------------------


def test_a_variant_gives_the_values_it_means():
    """Gene and change in HGVS, as in a report."""
    assert (
        values(interpretations=[changed("KRAS", "NP_004976.2:p.(Gly12Cys)")])["kras_mutation"]
        == "G12C"
    )


def test_a_label_is_enough_for_a_variant():
    """Packets made by hand name the change in words."""
    described = {"geneContext": {"symbol": "EGFR"}, "label": "EGFR L858R"}
    interpretation = changed("EGFR", "")
    one = interpretation["diagnosis"]["genomicInterpretations"][0]
    one["variantInterpretation"] = {"variationDescriptor": described}
    assert values(interpretations=[interpretation])["egfr_mutation"] == "L858R"


def test_a_rejected_variant_is_listed():
    """What the interpreter rejected is not used."""
    intake = read(packet(interpretations=[changed("KRAS", "p.Gly12Cys", "REJECTED")]))
    assert "kras_mutation" not in only(intake).values
    assert listed(intake)["variant"] == "rejected by the interpreter; not used"


def test_a_variant_of_uncertain_significance_decides_nothing():
    """Neither mutated nor wild type follows from it."""
    uncertain = {"acmgPathogenicityClassification": "UNCERTAIN_SIGNIFICANCE"}
    part = changed("TP53", "p.Arg175His", **uncertain)
    assert "tp53_mutated" not in values(interpretations=[part])


def test_a_variant_that_cannot_be_is_refused():
    """V600E is a change of BRAF; on KRAS it names no residue."""
    intake = read(packet(interpretations=[changed("KRAS", "p.Val600Glu")]))
    errors = [f for f in intake.findings if f.severity is Severity.ERROR]
    assert [f.code for f in errors] == ["variant-malformed"]
    assert "kras_mutation" not in only(intake).values


# -- treatment -------------------------------------------------------------------------------------


def dose(start: str, end: str = "") -> dict[str, Any]:
    """An interval of doses."""
    return {"interval": {"start": start, "end": end}}


def test_drugs_and_regimens_become_courses():
    """Drugs given together make a regimen; a named regimen is one as it stands."""
    drugs = [
        {
            "treatment": {
                "agent": {"id": "DrugCentral:1", "label": name},
                "doseIntervals": [dose("2024-05-01T00:00:00Z", "2024-08-01T00:00:00Z")],
            },
            "treatmentTerminationReason": {"id": "NCIT:C41331", "label": "Adverse Event"},
        }
        for name in ("carboplatin", "pemetrexed", "pembrolizumab")
    ]
    (course,) = only(read(packet(medicalActions=drugs))).courses
    assert (course.started, course.stopped) == (date(2024, 5, 1), date(2024, 8, 1))
    assert course.regimen
    named = {
        "therapeuticRegimen": {
            "ontologyClass": {"id": "NCIT:C1", "label": "osimertinib"},
            "startTime": {"timestamp": "2024-05-01T00:00:00Z"},
            "cycles": 4,
        }
    }
    intake = read(packet(medicalActions=[named]))
    (course,) = only(intake).courses
    assert course.started == date(2024, 5, 1)
    assert "cycles" in listed(intake)


def test_procedures_and_radiotherapy_are_listed():
    """They have no place among drug courses, and do not vanish."""
    actions = [
        {"procedure": {"code": {"id": "NCIT:C15189", "label": "Biopsy"}}},
        {"radiationTherapy": {"modality": {"id": "x", "label": "photon"}, "dosage": 60}},
        {"adverseEvents": [{"id": "HP:0002014", "label": "Diarrhea"}]},
    ]
    intake = read(packet(medicalActions=actions))
    told = " ".join(left.value for left in intake.unmapped)
    assert only(intake).courses == ()
    assert all(word in told for word in ("Biopsy", "photon", "HP:0002014"))


# -- writing ---------------------------------------------------------------------------------------


def written(*patients: Patient, disease: str = "nsclc") -> dict[str, Any]:
    """What is written of these patients."""
    return json.loads(write_phenopackets(patients, LIBRARY.pack(disease)))


def test_one_patient_is_a_packet_and_several_are_a_cohort():
    """The schema's parts that must be there are there."""
    person = a_patient({"age_years": 61.0, "sex": "female"}, id="P1", disease="nsclc")
    one = written(person)
    assert one["subject"] == {
        "id": "P1",
        "sex": "FEMALE",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P61Y"}},
    }
    assert one["metaData"]["phenopacketSchemaVersion"] == "2.0"
    assert {"id", "name", "url", "version", "namespacePrefix", "iriPrefix"} == one["metaData"][
        "resources"
    ][0].keys()
    several = written(person, a_patient({}, id="P2", disease="nsclc"))
    assert [member["id"] for member in several["members"]] == ["P1", "P2"]


def test_prefixes_in_use_are_declared():
    """Every prefix of an id is among the resources of the metadata."""
    facts = {
        "age_years": 61.5,
        "egfr_mutation": "L858R",
        "albumin_g_dl": 3.8,
        "brain_metastases": True,
    }
    body = written(a_patient(facts, disease="nsclc"))
    declared = {resource["namespacePrefix"] for resource in body["metaData"]["resources"]}
    used = {one["assay"]["id"].partition(":")[0] for one in body["measurements"]}
    assert used <= declared
    assert "LOINC" in used


def test_an_exact_variant_is_also_an_interpretation():
    """Other systems find the variant where they look for it."""
    (interpretation,) = written(a_patient({"egfr_mutation": "L858R"}, disease="nsclc"))[
        "interpretations"
    ]
    (one,) = interpretation["diagnosis"]["genomicInterpretations"]
    described = one["variantInterpretation"]["variationDescriptor"]
    assert described["geneContext"] == {"valueId": "HGNC:3236", "symbol": "EGFR"}
    assert described["expressions"] == [{"syntax": "hgvs.p", "value": "p.Leu858Arg"}]


def test_what_is_written_is_read_back():
    """Series, courses, line, outcomes and the synthetic mark come back as they were."""
    facts = {"age_years": 61.5, "sex": "female", "egfr_mutation": "L858R", "albumin_g_dl": 3.8}
    course = TreatmentCourse(
        "my own words", "", 2, date(2024, 5, 1), date(2024, 8, 1), "PR", "progression"
    )
    person = a_patient(
        facts,
        id="P1",
        disease="nsclc",
        line=2,
        measurements=(Measurement("albumin_g_dl", 4.1, date(2025, 1, 5)),),
        courses=(course,),
        outcomes={"os_months": 12.5, "os_event": True, "best_response": "PR"},
        recorded_on=TODAY,
        synthetic=True,
    )
    back = only(read(written(person)))
    assert back.values == facts
    assert (back.line, back.courses, back.outcomes) == (2, (course,), person.outcomes)
    assert back.synthetic
    series = {(m.value, m.taken_on) for m in back.measurements}
    assert (4.1, date(2025, 1, 5)) in series


def test_names_and_consent_are_not_written():
    """The format has no place for them; nothing identifying is invented."""
    person = a_patient({}, id="P1", consent=Consent({"research": False}), notes="secret")
    assert "secret" not in write_phenopackets([person], LIBRARY.pack("nsclc")).decode()


def test_findings_name_the_place_in_the_packet():
    """A reader can look the place up."""
    part = measured("LOINC:1751-7", "Albumin", quantity=quantity(38, "furlong"))
    finding: Finding = next(iter(read(packet(measurements=[part])).findings))
    assert finding.where.field.startswith("measurements[0]")


# -- nothing is read, dropped or chosen without a word ---------------------------------------------


def places(intake: Intake) -> dict[str, str]:
    """Reason by place of everything that was listed."""
    return {left.where.field: left.reason for left in intake.unmapped}


@pytest.mark.parametrize("name", ["measurements", "diseases", "medicalActions", "biosamples"])
def test_a_part_of_another_form_is_listed(name):
    """A text or a list in the place of an object."""
    parts = {name: ["nonsense"]}
    if name == "diseases":
        parts[name].append({"term": LUNG})
    assert places(read(packet(**parts)))[f"{name}[0]"] == "of a form that is not read"


def test_the_time_of_day_of_a_measurement_counts():
    """Midnight is what the format demands of a mere day; every other time is one."""
    early, late = (
        measured("LOINC:1751-7", "Albumin", quantity=quantity(value, "g/dL"))
        for value in (4.0, 3.1)
    )
    early["timeObserved"] = {"timestamp": "2025-05-01T07:00:00Z"}
    late["timeObserved"] = {"timestamp": "2025-05-01T09:30:00Z"}
    assert values(measurements=[late, early]) == {"albumin_g_dl": 3.1}
    early["timeObserved"] = {"timestamp": "2025-05-01T00:00:00Z"}
    assert codes(read(packet(measurements=[late, early]))) == ["values-contradict"]


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        (
            {
                "measurements": [
                    {"assay": LUNG, "timeObserved": {"age": {"iso8601duration": "P6Y"}}}
                ]
            },
            "measurements[0].timeObserved",
        ),
        ({"diseases": [{"term": LUNG, "onset": {"age": "P60Y"}}]}, "diseases[0].onset"),
        (
            {"phenotypicFeatures": [{"type": LUNG, "onset": {"ontologyClass": LUNG}}]},
            "phenotypicFeatures[0].onset",
        ),
    ],
)
def test_a_time_without_a_date_is_listed(parts, place):
    """An age or a word says no day."""
    assert places(read(packet(**parts)))[place] == "names no date"


def test_what_the_subject_says_besides_is_listed():
    """Other ids without their content, causes of death, ages that are none."""
    subject = {
        "id": "P1",
        "alternateIds": ["NHS 943 476 5919"],
        "vitalStatus": {"status": "ALIVE", "causeOfDeath": LUNG},
        "timeAtLastEncounter": {"gestationalAge": {"weeks": 30}},
    }
    intake = read(packet(subject=subject))
    assert places(intake)["subject.alternateIds"] == "identifies the person"
    assert "943" not in "".join(left.value for left in intake.unmapped)
    assert places(intake)["subject.vitalStatus.causeOfDeath"] == "has no place in the case"
    assert places(intake)["subject.timeAtLastEncounter"] == "names no age"


def test_a_biosample_of_another_patient_is_not_used():
    """Nor is a variant of another: each is listed, with an error."""
    sample = {"id": "B1", "individualId": "P2", "pathologicalStage": {"id": "X:1", "label": "IV"}}
    intake = read(packet(biosamples=[sample]))
    assert "stage" not in only(intake).values
    (found,) = [f for f in intake.findings if f.code == "other-subject"]
    assert found.message == "biosamples[0] is of P2, not of the subject of the packet."
    assert places(intake)["biosamples[0]"] == "of P2, not of this patient; not used"


@pytest.mark.parametrize(("of", "used"), [("P1", True), ("B1", True), ("PP1", True), ("P2", False)])
def test_a_variant_belongs_to_the_subject_or_its_biosample(of, used):
    """A variant of a relative is not the patient's."""
    found = [changed("EGFR", "p.Leu858Arg")]
    (interpretation,) = found[0]["diagnosis"]["genomicInterpretations"]
    interpretation["subjectOrBiosampleId"] = of
    sample = {"id": "B1", "individualId": "P1"}
    intake = read(packet(interpretations=found, biosamples=[sample]))
    assert ("egfr_mutation" in only(intake).values) is used
    assert ("other-subject" in codes(intake)) is not used


def test_other_notations_of_a_variant_are_listed():
    """What is not read of a variation stays to be seen."""
    found = [changed("EGFR", "p.Leu858Arg")]
    (interpretation,) = found[0]["diagnosis"]["genomicInterpretations"]
    variant = interpretation["variantInterpretation"]
    variant["therapeuticActionability"] = "ACTIONABLE"
    variant["variationDescriptor"]["vcfRecord"] = {"pos": 55191822}
    variant["variationDescriptor"]["expressions"].append({"syntax": "spdi", "value": "x"})
    found[0]["diagnosis"]["comment"] = "seen twice"
    start = "interpretations[0].diagnosis"
    inner = f"{start}.genomicInterpretations[0]"
    left = places(read(packet(interpretations=found)))
    assert {
        f"{start}.comment",
        f"{inner}.variantInterpretation.therapeuticActionability",
        f"{inner}.variationDescriptor.vcfRecord",
        f"{inner}.variationDescriptor.expressions[1]",
    } <= left.keys()


def test_the_disease_of_a_diagnosis_counts_where_no_other_is_stated():
    """Solved cases often hold it only there."""
    found = [changed("EGFR", "p.Leu858Arg")]
    found[0]["diagnosis"]["disease"] = LUNG
    body = packet(interpretations=found)
    del body["diseases"]
    assert only(read(body)).disease == "nsclc"


def test_doses_and_an_unknown_status_are_listed():
    """How much was given is shown; a regimen of unknown status is no prior treatment."""
    dose = {"quantity": {"value": 80}, "interval": {"start": "2025-01-02T00:00:00Z"}}
    drug = {"agent": {"id": "X:1", "label": "osimertinib"}, "doseIntervals": [dose]}
    regimen = {"ontologyClass": {"label": "osimertinib"}, "regimenStatus": "UNKNOWN_STATUS"}
    actions = [{"treatment": drug}, {"therapeuticRegimen": regimen}]
    intake = read(packet(medicalActions=actions))
    assert len(only(intake).courses) == 1
    left = places(intake)
    assert left["medicalActions[0].treatment.doseIntervals[0].quantity"]
    assert left["medicalActions[1]"] == "of unknown status; not counted as treatment"


def test_a_measurement_with_two_values_is_refused():
    """A quantity and a word in one place contradict each other."""
    both = measured("LOINC:1751-7", "Albumin", quantity=quantity(4.0, "g/dL"), ontologyClass=LUNG)
    assert "several-values" in codes(read(packet(measurements=[both])))
