"""Concord's own case file: lossless, versioned, checked against the pack."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dashboard.records.casefile import (
    SCHEMA_VERSION,
    holds,
    is_casefile,
    read_casefile,
    read_cases,
    write_casefile,
)
from dashboard.records.patient import (
    Consent,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
)
from tests.builders import a_feature, a_patient, a_reading

READING = a_reading()


def file_of(*patients: object, **fields: object) -> bytes:
    """A case file with these patients as they would stand in it."""
    start = {
        "concord_case_file": True,
        "schema_version": SCHEMA_VERSION,
        "patients": list(patients),
    }
    return json.dumps({**start, **fields}).encode()


def read(content: bytes) -> Intake:
    """What came of a case file."""
    return read_casefile(content, "case.json", READING)


def entry(**fields: object) -> dict[str, object]:
    """A patient as it stands in the file."""
    return {"id": "P1", "disease": "tiny", **fields}


FULL = Patient(
    id="P1",
    disease="tiny",
    values={"age_years": 61.0, "sex": "female", "kras_g12c": True, "albumin_g_dl": 3.85},
    line=2,
    courses=(
        TreatmentCourse(
            "Drug A", "drug-a", 1, date(2024, 1, 2), date(2024, 6, 1), "PR", "progression"
        ),
        TreatmentCourse("something else"),
    ),
    measurements=(
        Measurement(
            "albumin_g_dl", 4.0, date(2024, 1, 1), Origin("lab.csv", 2, "alb", "40", "g/L")
        ),
        Measurement("albumin_g_dl", 3.85),
    ),
    origins={
        "age_years": Origin("a.csv", 3, "age", "61", "", "", "A. B.", "2024-06-01", "typed"),
        "albumin_g_dl": Origin(comparator="<", text="<3.85"),
        "stage": Origin(note="was asked for and left unknown"),
    },
    outcomes={"os_months": 12.5, "os_event": False, "response": "PR"},
    consent=Consent({"care": True, "research": False}, "form 7"),
    recorded_on=date(2024, 6, 2),
    notes="Line one\nline two — ünïcode",
    synthetic=True,
)


def test_everything_a_patient_is_comes_back():
    """Values, origins, courses, measurements, outcomes, consent, notes, marks."""
    intake = read(write_casefile([FULL, a_patient(id="P2")]))
    assert intake.patients == (FULL, a_patient(id="P2"))
    assert intake.findings == ()
    assert intake.unmapped == ()
    assert intake.patients[0].fingerprint == FULL.fingerprint


def test_a_teaching_case_has_a_title_and_a_story():
    """They stand in the file and are given back beside the patients."""
    cases, _ = read_cases(write_casefile([FULL], title="T", story="S."), "c.json", READING)
    assert (cases.title, cases.story, cases.patients) == ("T", "S.", (FULL,))


def test_the_same_patients_give_the_same_bytes():
    """Files can be compared and kept under version control."""
    assert write_casefile([FULL]) == write_casefile([FULL])
    assert write_casefile([FULL]).endswith(b"\n")


def test_half_a_character_in_the_notes_does_not_stop_the_writing():
    """Saving must not fail on a text that came from somewhere else."""
    assert b"?" in write_casefile([a_patient(notes="a\ud800b")])


@pytest.mark.parametrize("version", [3, 99, "99", "3.1"])
def test_a_newer_version_is_refused_by_name(version):
    """Both versions are named; the file is untouched."""
    intake = read(file_of(entry(), schema_version=version))
    (finding,) = intake.findings
    assert intake.patients == ()
    assert finding.code == "schema-newer"
    assert str(version).split(".", maxsplit=1)[0] in finding.message
    assert f"this is version {SCHEMA_VERSION}" in finding.message
    assert "untouched" in finding.rest


@pytest.mark.parametrize("version", [None, 0, -1, "", "new", True, 1.5, [], "9" * 50])
def test_a_file_without_a_sound_version_is_refused(version):
    """Nothing is read on a guess."""
    (finding,) = read(file_of(entry(), schema_version=version)).findings
    assert (finding.code, finding.severity) == ("schema-version", Severity.ERROR)


def test_an_older_version_is_upgraded_and_the_changes_listed():
    """Version 1 held one patient and called courses treatments."""
    old = {
        "concord_case_file": True,
        "schema_version": 1,
        "patient": entry(values={"age_years": 61}, treatments=[{"label": "Drug A"}]),
    }
    intake = read(json.dumps(old).encode())
    (patient,) = intake.patients
    assert dict(patient.values) == {"age_years": 61.0}
    assert patient.courses == (TreatmentCourse("Drug A"),)
    (note,) = intake.findings
    assert (note.code, note.severity) == ("schema-upgraded", Severity.NOTE)
    assert "`treatments` became `courses`" in note.message


@pytest.mark.parametrize("content", [b"[]", b"5", b"null", b'{"a": 1}'])
def test_other_json_is_no_case_file(content):
    """It says what it is not."""
    (finding,) = read(content).findings
    assert finding.code == "no-casefile"
    assert not is_casefile(json.loads(content))


def test_damaged_json_is_refused_with_its_place():
    """The strict reader's words."""
    (finding,) = read(file_of(entry())[:-3]).findings
    assert finding.code == "json-syntax"


def test_a_file_without_patients_says_so():
    """Empty is not silent."""
    for patients in ([], "none", [5]):
        content = json.dumps({"schema_version": SCHEMA_VERSION, "patients": patients}).encode()
        assert any(f.severity is Severity.ERROR for f in read(content).findings)


def test_a_patient_without_id_is_left_out():
    """The others are read."""
    intake = read(file_of({"disease": "tiny"}, entry()))
    assert [p.id for p in intake.patients] == ["P1"]
    assert [f.code for f in intake.findings] == ["no-id"]


def test_values_written_by_hand_are_read_as_a_form_would():
    """Plain values without origin; integers become floats."""
    values = {"age_years": 61, "sex": "female", "kras_g12c": False, "ecog_ps": "1"}
    (patient,) = read(file_of(entry(values=values))).patients
    assert dict(patient.values) == {
        "age_years": 61.0,
        "sex": "female",
        "kras_g12c": False,
        "ecog_ps": "1",
    }
    assert dict(patient.origins) == {}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("age_years", 150, "out-of-range"),
        ("sex", "banana", "word-unknown"),
        ("age_years", [61], "value-form"),
        ("age_years", None, "value-form"),
        ("age_years", {"value": None}, "value-form"),
    ],
)
def test_a_value_the_pack_does_not_allow_is_left_out(name, value, code):
    """A file edited by hand brings in nothing that a form would refuse."""
    intake = read(file_of(entry(values={name: value, "ecog_ps": "1"})))
    (patient,) = intake.patients
    assert dict(patient.values) == {"ecog_ps": "1"}
    assert [f.code for f in intake.findings] == [code]
    assert intake.findings[0].where.field == f"patients[0].values.{name}"


def test_what_the_version_does_not_know_is_listed():
    """Nothing is lost, nothing is used."""
    intake = read(file_of(entry(values={"shoe_size": 42}, hobby="chess"), extra={"a": 1}))
    left = {item.where.field: item.value for item in intake.unmapped}
    assert left == {
        "extra": '{"a": 1}',
        "patients[0].hobby": '"chess"',
        "patients[0].values.shoe_size": "42",
    }


def test_a_disease_without_pack_keeps_its_values():
    """There is no model for it; the data are shown."""
    intake = read(file_of(entry(disease="gastric", values={"cps": 10, "her2": "positive"})))
    (patient,) = intake.patients
    assert (patient.disease, dict(patient.values)) == ("gastric", {"cps": 10.0, "her2": "positive"})
    assert [f.code for f in intake.findings] == ["disease-unknown"]


@pytest.mark.parametrize(
    "fields",
    [
        {"line": "two"},
        {"line": 0},
        {"line": True},
        {"courses": [{"regimen": "x"}]},
        {"courses": [{"label": "A", "started": "yesterday"}]},
        {"outcomes": {"os_months": []}},
        {"measurements": [{"feature": "albumin_g_dl", "value": 4.0, "taken_on": "soon"}]},
    ],
)
def test_an_entry_of_the_wrong_form_is_named(fields):
    """One entry is lost, with its place."""
    intake = read(file_of(entry(**fields)))
    assert len(intake.patients) == 1
    (finding,) = intake.findings
    assert finding.severity is Severity.ERROR
    assert finding.where.field.startswith("patients[0].")


def test_nonsense_where_lists_and_objects_belong_is_survived():
    """Strings for lists, lists for objects."""
    odd = entry(
        values=[1], courses="x", measurements={}, outcomes=3, consent=[], origins=7, notes=5
    )
    (patient,) = read(file_of(odd)).patients
    assert (dict(patient.values), patient.courses, patient.consent) == ({}, (), Consent())


def test_huge_numbers_are_no_values():
    """An integer too large for a number is refused, not an error."""
    content = file_of(entry(values={"age_years": 10**90}, outcomes={"os_months": 10**99}))
    intake = read(content.replace(str(10**99).encode(), b"9" * 99))
    assert dict(intake.patients[0].values) == {}


@pytest.mark.parametrize(
    ("feature", "value", "fits"),
    [
        ("age_years", 61.0, True), ("age_years", 200.0, False), ("age_years", "61", False),
        ("age_years", True, False), ("kras_g12c", True, True), ("kras_g12c", "yes", False),
        ("sex", "female", True), ("sex", "banana", False), ("sex", 1.0, False),
    ],
)  # fmt: skip
def test_holds_is_what_a_feature_can_have(feature, value, fits):
    """Kind, limits and levels."""
    assert holds(a_feature(feature), value) is fits
