"""The sample patients: enough, plausible to the checks, current, readable in every format."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.casefile import Cases
from dashboard.records.checks import check_patient
from dashboard.records.patient import Intake, Patient, Severity
from dashboard.records.readers import read, read_files
from dashboard.records.reading import Reading
from scripts import make_sample_data

LIBRARY = load_library()
TODAY = date(2026, 6, 1)
CASES = sorted(make_sample_data.CASES.glob("*.json"))
DISAGREEING = "fhir_two_reports_disagree.json"


def case(path) -> tuple[Cases, Intake]:
    """A case file, read on the day it was recorded."""
    return make_sample_data.read_case(path, LIBRARY)


def sources() -> dict[str, Patient]:
    """Every sample patient by id, from the case files."""
    return {p.id: p for path in CASES for p in case(path)[0].patients}


def test_sample_data_is_current():
    """Every made file is what the script makes today."""
    assert make_sample_data.outdated() == []


def test_there_are_enough_patients_of_every_tumour_group():
    """Twelve at least, three at least in each group."""
    diseases = [patient.disease for patient in sources().values()]
    assert len(diseases) >= 12
    assert all(diseases.count(disease) >= 3 for disease in LIBRARY.ids)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_teaches_something_and_holds_against_the_checks(path):
    """A title, two to four sentences of story, the mark of invention, and no error."""
    cases, intake = case(path)
    (patient,) = cases.patients
    assert patient.id == path.stem
    assert patient.synthetic
    assert cases.title
    assert 2 <= len(re.findall(r"[.!?](?:\s|$)", cases.story)) <= 4
    assert intake.findings == ()
    assert intake.unmapped == ()
    recorded = patient.recorded_on or TODAY
    grave = [
        f
        for f in check_patient(patient, LIBRARY.pack(patient.disease), recorded)
        if f.severity is Severity.ERROR
    ]
    assert grave == []


def made_files() -> list[str]:
    """The single files made from the cases."""
    return sorted(p.name for p in make_sample_data.FOLDER.glob("*_*.*") if p.name != DISAGREEING)


@pytest.mark.parametrize("name", made_files())
def test_every_made_file_reads_back_as_its_source(name):
    """No error, and every value of the case file again."""
    content = (make_sample_data.FOLDER / name).read_bytes()
    check(read(content, name, Reading(LIBRARY, TODAY)))


@pytest.mark.parametrize("disease", LIBRARY.ids)
def test_every_study_folder_reads_back_as_its_source(disease):
    """The cBioPortal study of a tumour group gives the same patients."""
    folder = make_sample_data.FOLDER / f"cbioportal_{disease}"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    check(read_files(files, Reading(LIBRARY, TODAY)))


def check(intake: Intake) -> None:
    """The patients read are the sample patients, without an error finding."""
    known = sources()
    assert intake.patients
    assert [f for f in intake.findings if f.severity is Severity.ERROR] == []
    for patient in intake.patients:
        source = known[patient.id]
        assert patient.synthetic
        assert patient.line == source.line
        assert dict(source.values).items() <= dict(patient.values).items()


def test_reports_that_disagree_are_asked_about():
    """The teaching bundle raises one question and leaves EGFR unknown."""
    content = (make_sample_data.FOLDER / DISAGREEING).read_bytes()
    intake = read(content, DISAGREEING, Reading(LIBRARY, TODAY))
    (question,) = [f for f in intake.findings if f.severity is Severity.QUESTION]
    assert question.code == "values-contradict"
    assert {choice.answer for choice in question.choices} == {"L858R", "none", "unknown"}
    assert "2025-09-02" in question.message
    assert "2025-09-24" in question.message
    (patient,) = intake.patients
    assert patient.values.keys().isdisjoint({"egfr_mutation", "driver_alteration"})
