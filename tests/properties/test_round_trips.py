"""What is written in a format comes back as the same patient."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.knowledge.library import load_library
from dashboard.records.alterations import exact_changes
from dashboard.records.casefile import read_casefile, write_casefile
from dashboard.records.cbioportal import read_study_zip
from dashboard.records.cbioportal_write import write_study_zip
from dashboard.records.fhir import read_fhir
from dashboard.records.fhir_write import write_fhir
from dashboard.records.patient import Patient, Severity
from dashboard.records.phenopackets import read_phenopackets
from dashboard.records.phenopackets_write import write_phenopackets
from dashboard.records.reading import Reading
from tests.builders import TODAY
from tests.strategies import patients_of

LIBRARY = load_library()
READING = Reading(LIBRARY, TODAY)
SLOW = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking whole patients takes minutes
)


@pytest.mark.parametrize("disease", LIBRARY.ids)
@SLOW
@given(data=st.data())
def test_a_case_file_gives_back_everything(disease, data):
    """Lossless: every field of the patient, origins included."""
    patient = data.draw(patients_of(LIBRARY.pack(disease), full=True))
    intake = read_casefile(write_casefile([patient]), "case.json", READING)
    assert intake.findings == ()
    assert intake.unmapped == ()
    assert intake.patients == (patient,)


@pytest.mark.parametrize("disease", LIBRARY.ids)
@SLOW
@given(data=st.data())
def test_fhir_gives_back_the_values(disease, data):
    """Values, line, measurements, courses and consent survive a bundle."""
    pack = LIBRARY.pack(disease)
    patient = data.draw(patients_of(pack, full=True))
    intake = read_fhir(write_fhir([patient], pack), "bundle.json", READING)
    (back,) = intake.patients
    assert dict(back.values) == dict(patient.values)
    assert (back.id, back.disease, back.line) == (patient.id, patient.disease, patient.line)
    assert set(back.courses) == set(patient.courses)
    assert back.synthetic is patient.synthetic
    assert dict(back.outcomes) == dict(patient.outcomes)
    assert dict(back.consent.decisions) == dict(patient.consent.decisions)
    assert back.notes == patient.notes
    assert {(m.feature, m.value, m.taken_on) for m in patient.measurements} <= {
        (m.feature, m.value, m.taken_on) for m in back.measurements
    }
    grave = [f for f in intake.findings if f.severity in (Severity.ERROR, Severity.QUESTION)]
    assert all(f.code == "consent-denied" for f in grave)


@pytest.mark.parametrize("disease", LIBRARY.ids)
@SLOW
@given(data=st.data())
def test_phenopackets_give_back_the_values(disease, data):
    """Values, line, measurements, outcomes and courses survive a packet."""
    pack = LIBRARY.pack(disease)
    patient = data.draw(patients_of(pack, full=True))
    intake = read_phenopackets(write_phenopackets([patient], pack), "packet.json", READING)
    (back,) = intake.patients
    assert dict(back.values) == dict(patient.values)
    assert (back.id, back.disease, back.line) == (patient.id, patient.disease, patient.line)
    assert set(back.courses) == set(patient.courses)
    assert back.synthetic is patient.synthetic
    assert dict(back.outcomes) == dict(patient.outcomes)
    assert {(m.feature, m.value, m.taken_on) for m in patient.measurements} <= {
        (m.feature, m.value, m.taken_on) for m in back.measurements
    }
    assert not [f for f in intake.findings if f.severity in (Severity.ERROR, Severity.QUESTION)]


@pytest.mark.parametrize("disease", LIBRARY.ids)
@SLOW
@given(data=st.data())
def test_a_study_gives_back_the_values(disease, data):
    """Values with their units and words, the line and the mark of invented patients.

    Drawn patients may contradict themselves (KRAS G12C, RAS wild type), which reading the written
    mutation file would bring to light; values that name a change exactly are therefore left out.
    """
    pack = LIBRARY.pack(disease)
    drawn = data.draw(patients_of(pack))
    plain = {n: v for n, v in drawn.values.items() if not exact_changes(pack.vocabulary[n], v)}
    patient = replace(drawn, values=plain)
    intake = read_study_zip(write_study_zip([patient], pack), "study.zip", READING)
    (back,) = intake.patients
    assert dict(back.values) == dict(patient.values)
    assert (back.id, back.disease, back.line) == (patient.id, patient.disease, patient.line)
    assert back.synthetic is patient.synthetic
    assert not [f for f in intake.findings if f.severity in (Severity.ERROR, Severity.QUESTION)]


def test_a_cohort_of_phenopackets_keeps_its_patients_apart():
    """Several patients are written as one cohort and come back as many."""
    pack = LIBRARY.pack("nsclc")
    patients = [
        Patient(f"P{n}", "nsclc", {"age_years": 60.0 + n, "egfr_mutation": "L858R"}, line=n)
        for n in (1, 2)
    ]
    intake = read_phenopackets(write_phenopackets(patients, pack), "cohort.json", READING)
    assert [(p.id, dict(p.values), p.line) for p in intake.patients] == [
        (p.id, dict(p.values), p.line) for p in patients
    ]
    assert [f.code for f in intake.findings] == ["several-patients"]
