"""Concord's own case file: lossless, versioned, checked against the pack."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dashboard.records.case_patients import holds
from dashboard.records.casefile import (
    SCHEMA_VERSION,
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


def lost(**fields: object) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Code and place of the findings of a patient with these fields, and what was listed."""
    intake = read(file_of(entry(**fields)))
    assert len(intake.patients) == 1
    assert all(found.patient == "P1" for found in intake.findings)
    start = len("patients[0].")
    return (
        [(found.code, found.where.field[start:]) for found in intake.findings],
        {left.where.field[start:]: left.value for left in intake.unmapped},
    )


@pytest.mark.parametrize(
    ("name", "value", "place", "text"),
    [
        ("values", [1, {"a": 2}], "values", '[1, {"a": 2}]'),
        ("values", "x", "values", "x"),
        ("courses", {"label": "A"}, "courses", '{"label": "A"}'),
        ("courses", ["Drug A"], "courses[0]", "Drug A"),
        ("courses", [{"label": 7}], "courses[0].label", "7"),
        ("courses", [{"label": "A", "regimen": 5}], "courses[0].regimen", "5"),
        ("courses", [{"label": "A", "line": "2"}], "courses[0].line", "2"),
        (
            "courses",
            [{"label": "A", "best_response": ["PR"]}],
            "courses[0].best_response",
            '["PR"]',
        ),
        ("measurements", {"a": 1}, "measurements", '{"a": 1}'),
        ("measurements", [4.1], "measurements[0]", "4.1"),
        ("outcomes", 3, "outcomes", "3"),
        ("outcomes", {"os_months": "12"}, "outcomes.os_months", "12"),
        ("outcomes", {"os_months": -1}, "outcomes.os_months", "-1"),
        ("outcomes", {"os_months": True}, "outcomes.os_months", "true"),
        ("outcomes", {"pfs_event": 1}, "outcomes.pfs_event", "1"),
        ("outcomes", {"response": "splendid"}, "outcomes.response", "splendid"),
        ("consent", "yes", "consent", "yes"),
        ("consent", {"decisions": ["research"]}, "consent.decisions", '["research"]'),
        ("consent", {"decisions": {"research": "no"}}, "consent.decisions.research", "no"),
        ("consent", {"source": 7}, "consent.source", "7"),
        ("origins", 7, "origins", "7"),
        ("origins", {"stage": {"row": "3"}}, "origins.stage.row", "3"),
        ("origins", {"stage": {"row": 3, "who": 5}}, "origins.stage.who", "5"),
        ("notes", 5, "notes", "5"),
        ("synthetic", "yes", "synthetic", "yes"),
    ],
)
def test_a_part_of_another_form_is_named_and_listed_whole(name, value, place, text):
    """Nothing vanishes: the finding says where, the list keeps the content."""
    findings, listed = lost(**{name: value})
    assert findings == [("value-form", place)]
    assert listed == {place: text}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"recorded_on": "31.5.2024"}, "recorded_on"),
        ({"recorded_on": "2024-05"}, "recorded_on"),
        ({"recorded_on": 20240531}, "recorded_on"),
        ({"recorded_on": "2024-05-31T10:00:00Z"}, "recorded_on"),
        ({"courses": [{"label": "A", "started": "2024-02-30"}]}, "courses[0].started"),
        ({"courses": [{"label": "A", "stopped": "2024"}]}, "courses[0].stopped"),
        (
            {"measurements": [{"feature": "albumin_g_dl", "value": 4.0, "taken_on": "May"}]},
            "measurements[0].taken_on",
        ),
    ],
)
def test_a_date_that_is_no_day_is_named(fields, place):
    """Neither guessed at nor dropped; the rest of its entry is read."""
    findings, listed = lost(**fields)
    assert findings == [("date-form", place)]
    assert list(listed) == [place]


def test_a_course_or_measurement_without_a_name_is_listed_whole():
    """What was given, or measured, is not known."""
    findings, listed = lost(courses=[{"regimen": "x"}], measurements=[{"value": 4.0}])
    assert findings == [("course-form", "courses[0]"), ("measurement-form", "measurements[0]")]
    assert listed == {"courses[0]": '{"regimen": "x"}', "measurements[0]": '{"value": 4.0}'}


def test_unknown_keys_are_listed_wherever_they_stand():
    """In a value, a course, a measurement, an origin, a consent."""
    _, listed = lost(
        values={"age_years": {"value": 61, "unit": "years", "origin": {"page": 3}}},
        courses=[{"label": "A", "dose": "80 mg"}],
        measurements=[{"feature": "albumin_g_dl", "value": 4.0, "lab": "B"}],
        consent={"decisions": {}, "signed": True},
    )
    assert listed == {
        "values.age_years.unit": '"years"',
        "values.age_years.origin.page": "3",
        "courses[0].dose": '"80 mg"',
        "measurements[0].lab": '"B"',
        "consent.signed": "true",
    }


@pytest.mark.parametrize(
    ("stated", "code", "message"),
    [
        (17, "id-form", "patients[0].id is the number 17; an id is a text in quotes."),
        (True, "id-form", "patients[0].id is the word true; an id is a text in quotes."),
        (["P1"], "id-form", 'patients[0].id is a list ["P1"]; an id is a text in quotes.'),
        ("", "no-id", "patients[0] has no id."),
        (None, "no-id", "patients[0] has no id."),
    ],
)
def test_an_id_of_another_form_is_named_for_what_it_is(stated, code, message):
    """A number is no missing id; the patient is listed, not lost."""
    intake = read(file_of(entry(id=stated, values={"age_years": 61})))
    assert intake.patients == ()
    (finding,) = intake.findings
    assert (finding.code, finding.message) == (code, message)
    assert "age_years" in intake.unmapped[0].value


def test_one_patient_without_a_list_is_read_and_flagged():
    """An object in the place of the list can only be that."""
    intake = read(file_of(patients=entry(values={"age_years": 61})))
    assert [dict(patient.values) for patient in intake.patients] == [{"age_years": 61.0}]
    (finding,) = intake.findings
    assert (finding.code, finding.severity) == ("patients-form", Severity.WARNING)


@pytest.mark.parametrize(
    ("stated", "kind"),
    [({"P1": {"disease": "tiny"}}, "an object"), ("P1", "the text"), (5, "the number")],
)
def test_patients_in_no_list_are_named_and_listed(stated, kind):
    """An object by ids, a text, a number."""
    intake = read(file_of(patients=stated))
    assert intake.patients == ()
    (finding,) = intake.findings
    assert finding.message == f"patients is {kind}; a list is expected."
    assert intake.unmapped[0].where.field == "patients"


def test_an_entry_that_is_no_object_is_named_and_listed():
    """The others are read."""
    intake = read(file_of("P7", entry()))
    assert [patient.id for patient in intake.patients] == ["P1"]
    assert intake.findings[0].message == "patients[0] is the text; a patient is an object."
    assert intake.unmapped[0].value == "P7"


def test_two_patients_of_one_id_are_both_read_and_flagged():
    """Which of them is meant is for people to say."""
    intake = read(file_of(entry(), entry(line=2)))
    assert len(intake.patients) == 2
    (finding,) = intake.findings
    assert finding.code == "id-twice"
    assert finding.message == "P1 stands in patients[0] and in patients[1]; both were read."


@pytest.mark.parametrize(
    "old",
    [
        {"patient": ["P1"]},
        {"patient": entry(), "patients": "x"},
        {"patient": entry(treatments=[{"label": "A"}], courses=[{"label": "B"}])},
    ],
)
def test_an_older_file_of_another_form_loses_nothing(old):
    """What the upgrade cannot place is listed as it stands."""
    intake = read(json.dumps({"schema_version": 1, **old}).encode())
    assert intake.unmapped
    assert intake.findings[0].code == "schema-upgraded"


def test_a_title_that_is_no_text_is_named():
    """The patients are read without it."""
    cases, intake = read_cases(file_of(entry(), title=5), "c.json", READING)
    assert cases.title == ""
    assert [finding.where.field for finding in intake.findings] == ["title"]


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
