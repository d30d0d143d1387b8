"""The case file: nothing is lost on the way out and back, and every fault is named."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from dashboard.records import casefile
from dashboard.records.patient import (
    Consent,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
)
from tests.builders import a_patient, a_reading

FULL = Patient(
    id="SYN-1",
    disease="tiny",
    values={"age_years": 61.5, "sex": "female", "ecog_ps": "2"},
    line=2,
    courses=(
        TreatmentCourse(
            "Carboplatin", "chemo", 1, date(2025, 1, 2), date(2025, 4, 1), "PR", "progression"
        ),
        TreatmentCourse("Surgery"),
    ),
    measurements=(
        Measurement("albumin_g_dl", 3.9, date(2025, 5, 1), Origin(file="lab.csv", row=4)),
        Measurement("ecog_ps", "1"),
    ),
    origins={
        "age_years": Origin("a.csv", 2, "Age", "61,5", "years", "", "Dr A", "2026-01-01", "typed"),
        "sex": Origin(),
        "ecog_ps": Origin(field="ECOG", comparator=">"),
    },
    outcomes={"os_months": 12.5, "os_event": True, "best_response": "PR"},
    consent=Consent({"care": True, "research": False}, "form of 2025"),
    recorded_on=date(2025, 6, 1),
    notes="Likes gardening; = not a formula",
    synthetic=True,
)


def read(document: Any) -> Intake:
    """What comes of a document, given as an object or as text."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return casefile.read_case(content, "case.json", a_reading())


def a_case(**patient: Any) -> dict[str, Any]:
    """A case of one patient with some fields changed."""
    fields = {"id": "P1", "disease": "tiny", "values": {"age_years": 60}} | patient
    return {"kind": casefile.KIND, "schema_version": casefile.VERSION, "patients": [fields]}


def test_a_full_patient_comes_back_equal() -> None:
    """Values, origins, courses, measurements, outcomes, consent, notes and marks all survive."""
    intake = casefile.read_case(casefile.write_case([FULL]), "case.json", a_reading())
    assert intake.findings == ()
    assert intake.unmapped == ()
    assert intake.patients == (FULL,)
    assert intake.patients[0].fingerprint == FULL.fingerprint


def test_several_patients_come_back_in_order() -> None:
    """A case file may hold a whole meeting."""
    patients = (a_patient(id="A"), a_patient(id="B", values={}), FULL)
    intake = casefile.read_case(casefile.write_case(patients), "case.json", a_reading())
    assert [patient.id for patient in intake.patients] == ["A", "B", "SYN-1"]
    assert [dict(p.values) for p in intake.patients] == [dict(p.values) for p in patients]


def test_looks_like_case_tells_a_case_from_other_json() -> None:
    """The mark at the top tells Concord's own file from a bundle."""
    assert casefile.looks_like_case(casefile.write_case([FULL]))
    assert not casefile.looks_like_case(b'{"resourceType": "Bundle"}')


@pytest.mark.parametrize(
    ("version", "message", "fix"),
    [
        (99, "made by version 99 of the case format; this is version 1.", "newer release"),
        ("1", "made by version 1 of the case format", 'Write "schema_version": 1'),
        (True, "made by version true", 'Write "schema_version": 1'),
        (None, "does not say which version of the case format it is.", "schema_version"),
    ],
)
def test_another_version_is_refused_unread(version: object, message: str, fix: str) -> None:
    """Both versions are named, nothing is read and the file stays as it is."""
    intake = read({**a_case(), "schema_version": version})
    assert intake.patients == ()
    (finding,) = intake.findings
    assert message in finding.message
    assert fix in finding.fix
    assert finding.rest == "Nothing was read; the file was left as it is."


@pytest.mark.parametrize(
    ("patient", "field", "message"),
    [
        ({"values": {"age_years": [1]}}, "values.age_years", "expected a number in years."),
        ({"values": {"age_years": True}}, "values.age_years", "is true; expected a number"),
        ({"values": "none"}, "values", "values is none; expected named values."),
        ({"origins": {"age_years": 3}}, "origins.age_years", "expected an origin."),
        ({"line": 1.5}, "line", "line is 1.5; expected a whole number from 1."),
        ({"line": 0}, "line", "expected a whole number from 1."),
        ({"recorded_on": "yesterday"}, "recorded_on", "expected a day such as 2026-03-31."),
        ({"courses": "none"}, "courses", "expected a list."),
        ({"courses": ["x"]}, "courses[1]", "expected an entry with named fields."),
        ({"courses": [{}]}, "courses[1].label", "expected what was given."),
        ({"courses": [{"label": "A", "started": "31/02/2024"}]}, "courses[1].started", "a day"),
        ({"outcomes": {"os_months": "long"}}, "outcomes.os_months", "expected a number."),
        ({"outcomes": {"os_event": 1}}, "outcomes.os_event", "expected true or false."),
        ({"consent": "yes"}, "consent", "expected decisions by purpose."),
        ({"consent": {"decisions": {"care": "yes"}}}, "consent.care", "expected true or false."),
        ({"notes": 3}, "notes", "expected text."),
    ],
)
def test_a_field_of_the_wrong_shape_is_named_and_the_rest_is_read(
    patient: dict[str, Any], field: str, message: str
) -> None:
    """One wrong field never costs the patient; the finding names it and what was expected."""
    intake = read(a_case(**patient))
    assert [p.id for p in intake.patients] == ["P1"]
    errors = [f for f in intake.findings if f.severity is Severity.ERROR]
    assert [f.where.field for f in errors] == [field]
    assert message in errors[0].message
    assert errors[0].patient == "P1"
    assert errors[0].rest == casefile.OTHER_VALUES_KEPT


def test_a_value_as_text_is_read_like_a_cell() -> None:
    """A number with its unit in quotes is interpreted, never guessed."""
    intake = read(a_case(values={"age_years": "60", "ecog_ps": 1, "sex": None}))
    assert dict(intake.patients[0].values) == {"age_years": 60.0, "ecog_ps": "1"}


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        (b"[1]", "no-case", "The file holds no case."),
        (b"{", "json-syntax", "the file ends in the middle."),
        (b"", "", ""),
        ({**a_case(), "patients": []}, "no-patients", "a list of one or more patients"),
        ({**a_case(), "patients": {}}, "no-patients", "a list of one or more patients"),
        ({**a_case(), "patients": [3]}, "no-id", "a patient with an id"),
        (a_case(id=" "), "no-id", "a patient with an id"),
        (a_case(disease="tyny"), "no-pack", "There is no disease pack called tyny."),
    ],
)
def test_a_file_or_patient_that_cannot_be_used_says_why(
    document: object, code: str, message: str
) -> None:
    """Nothing usable comes back without a finding that names the cause."""
    intake = read(document)
    assert intake.patients == ()
    assert intake.findings
    assert message in intake.findings[0].message
    if code:
        assert intake.findings[0].code == code


def test_unknown_content_is_listed_never_lost() -> None:
    """Fields, features and outcomes without a place are kept in the list, near names suggested."""
    intake = read(
        {
            **a_case(
                values={"age_years": 60, "age_yaers": 61},
                outcomes={"mood": "good"},
                hobby="chess",
                measurements=[{"feature": "mood", "value": 3}, {"feature": "age_years"}],
                origins={"ecog_ps": {}},
                courses=[{"label": "A", "colour": "red"}],
            ),
            "extra": 1,
        }
    )
    names = {item.name for item in intake.unmapped}
    assert names == {
        "P1.hobby",
        "values.age_yaers",
        "outcomes.mood",
        "measurements[1]",
        "origins.ecog_ps",
        "courses[1].colour",
        "extra",
    }
    (finding,) = intake.findings
    assert finding.message == (
        "Tiny cancer has no feature called age_yaers. Did you mean age_years?"
    )


def test_origin_is_made_where_none_is_given() -> None:
    """A value without an origin gets the file and field it stood in."""
    intake = read(a_case())
    assert intake.patients[0].origins["age_years"] == Origin("case.json", None, "age_years", "60")


def test_the_mark_of_synthetic_patients_is_kept() -> None:
    """A file of invented patients says so at its top and in each patient."""
    document = json.loads(casefile.write_case([FULL]))
    assert document["synthetic"] is True
    assert json.loads(casefile.write_case([FULL, a_patient()]))["synthetic"] is False
    assert read(a_case()).patients[0].synthetic is False
