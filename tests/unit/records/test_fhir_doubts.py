"""FHIR R4: what could be misread without a word gives a finding, and no value that was guessed."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.records.patient import Severity
from dashboard.records.questions import with_keys
from tests.bundles import (
    SNOMED,
    coded,
    condition,
    loinc,
    medication,
    observation,
    patient,
    quantity,
)
from tests.fhir_readings import (
    BREAST,
    MELANOMA,
    codes,
    finding,
    intake_of,
    listed,
    look,
    lung,
    only,
    values,
)

HB, ALBUMIN = loinc("718-7"), loinc("1751-7")


def hb(value: Any, identifier: str, when: str = "", **fields: Any) -> dict[str, Any]:
    """A haemoglobin in g/dL."""
    dated = {"effectiveDateTime": when} if when else {}
    fields = {"valueQuantity": quantity(value, "g/dL"), **dated, **fields}
    return observation(HB, identifier, **fields)


# -- when it was taken -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "current"),
    [
        ("2024-05-01T08:00:00Z", "2024-05-01T18:00:00Z", 12.5),
        ("2024-05-01T18:00:00Z", "2024-05-01T08:00:00Z", 11.0),
        ("2024-05-01T23:30:00-05:00", "2024-05-02T01:00:00+02:00", 11.0),
        ("2024-05-01T08:00", "2024-05-01T18:00", 12.5),
    ],
)
def test_the_newest_value_is_the_newest_by_the_clock(first, second, current):
    """The time of day and its zone count, not the calendar day alone; what was older is named."""
    intake = lung(hb(11.0, "o1", first), hb(12.5, "o2", second))
    assert values(intake) == {"haemoglobin_g_dl": current}
    note = finding(intake, "value-superseded")
    assert note.severity is Severity.NOTE
    assert "is the newest by the clock and counts" in note.message
    assert len(only(intake).measurements) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-05-01", "2024-05-01T18:00:00Z"),
        ("2024-05-01T08:00", "2024-05-01T18:00:00Z"),
        ("2024-05", "2024-05-20"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z"),
    ],
)
def test_an_order_that_the_record_leaves_open_is_asked(first, second):
    """A day beside a time, a local time beside one with a zone, a month beside its day."""
    intake = lung(hb(11.0, "o1", first), hb(12.5, "o2", second))
    assert values(intake) == {}
    assert finding(intake, "values-contradict").severity is Severity.QUESTION


def test_times_of_issue_are_compared_by_the_clock():
    """23:00 in New York is later than 02:00 of the next day in Berlin."""
    day = "2024-05-01"
    intake = lung(
        hb(11.0, "o1", day, issued="2024-05-01T23:00:00-04:00"),
        hb(12.5, "o2", day, issued="2024-05-02T02:00:00+02:00"),
    )
    assert values(intake) == {"haemoglobin_g_dl": 11.0}


def test_an_issue_time_beside_none_settles_nothing():
    """That one result says when it was issued does not make the other one older."""
    intake = lung(
        hb(11.0, "o1", "2024-05-01", issued="2024-05-01T10:00:00Z"), hb(12.5, "o2", "2024-05-01")
    )
    assert values(intake) == {}
    assert "different values of one day" in finding(intake, "values-contradict").message


def test_an_unreadable_date_leaves_the_value_undated():
    """The date is named, the value stands behind dated ones."""
    intake = lung(hb(11.0, "o1", "2024-13-45"), hb(12.5, "o2", "2024-05-01"))
    assert values(intake) == {"haemoglobin_g_dl": 12.5}
    assert finding(intake, "date-unreadable").message == "Observation/o1: 2024-13-45 is no date."
    assert "value-undated" in codes(intake)


@pytest.mark.parametrize("bad", [20240501, "1.5.2024", True])
def test_a_date_of_another_form_is_unreadable(bad):
    """Numbers and dates with points are no dates of FHIR."""
    intake = lung(hb(11.0, "o1", effectiveDateTime=bad))
    assert finding(intake, "date-unreadable").where.field == "Observation/o1.effectiveDateTime"


def test_a_time_that_cannot_be_read_leaves_the_day():
    """Only the time is lost, and that is said."""
    intake = lung(hb(11.0, "o1", "2024-05-01T99:00:00Z"))
    assert only(intake).measurements[0].taken_on.isoformat() == "2024-05-01"
    found = finding(intake, "date-unreadable")
    assert found.message == "Observation/o1: 2024-05-01T99:00:00Z has a time that cannot be read."
    assert found.rest.startswith("Only its day was used")


def test_a_month_alone_is_kept_as_its_first_day_with_a_word():
    """The day is nobody's statement."""
    intake = lung(hb(11.0, "o1", "2024-05"))
    assert finding(intake, "date-partial").message == (
        "Observation/o1: 2024-05 names no day; it is kept as 2024-05-01 and never counts as older "
        "or newer than a day inside it."
    )


def test_a_period_that_ends_before_it_begins_gives_no_date():
    """Neither end is believed, and both are named."""
    period = {"start": "2024-06-01", "end": "2024-05-01"}
    intake = lung(hb(11.0, "o1", effectivePeriod=period))
    assert values(intake) == {"haemoglobin_g_dl": 11.0}
    assert only(intake).measurements == ()
    assert finding(intake, "period-reversed").message == (
        "Observation/o1: the period 2024-06-01 to 2024-05-01 ends before it begins."
    )


@pytest.mark.parametrize("name", ["effectivePeriod", "occurrencePeriod"])
def test_a_course_with_a_reversed_period_is_kept_without_dates(name):
    """That the drug was given stays; when it was is not known."""
    period = {"start": "2024-06-01", "end": "2024-05-01T10:00:00Z"}
    intake = lung(medication("MedicationAdministration", "osimertinib", **{name: period}))
    (course,) = only(intake).courses
    assert (course.started, course.stopped) == (None, None)
    assert finding(intake, "period-reversed").rest.startswith("Neither date was used")


def test_a_course_is_dated_by_the_bounds_of_its_dosage():
    """Where an order says no other time; a reversed one is said."""
    bounds = {"start": "2024-02-01", "end": "2024-04-30"}
    dosage = [{"timing": {"repeat": {"boundsPeriod": bounds}}}]
    order = medication("MedicationRequest", "osimertinib", dosageInstruction=dosage)
    (course,) = only(lung(order)).courses
    assert (str(course.started), str(course.stopped)) == ("2024-02-01", "2024-04-30")
    bounds["end"] = "2024-01-01"
    assert "period-reversed" in codes(lung(order))


def test_an_illness_that_ends_before_it_begins_is_flagged():
    """Onset and abatement are a period too."""
    brain = coded(SNOMED, "94225005", "Secondary malignant neoplasm of brain (disorder)")
    dates = {"onsetDateTime": "2024-05-01", "abatementDateTime": "2023-05-01"}
    intake = lung(condition(brain, "c2", **dates), condition(None, "c3", **dates))
    assert finding(intake, "period-reversed").where.field == "Condition/c3.abatementDateTime"
    assert finding(intake, "tumour-over").severity is Severity.WARNING
    assert "brain_mets" not in values(intake)


def test_the_first_time_of_a_timing_is_the_day():
    """A timing lists events; effectiveInstant is a moment of its own."""
    intake = lung(
        hb(11.0, "o1", effectiveTiming={"event": ["2024-05-03"]}),
        hb(12.5, "o2", effectiveInstant="2024-05-04T08:00:00Z"),
        observation(ALBUMIN, "o3", valueQuantity=quantity(4, "g/dL"), effectiveTiming={"event": 5}),
    )
    assert [str(m.taken_on) for m in only(intake).measurements] == ["2024-05-03", "2024-05-04"]


# -- units, signs and types ------------------------------------------------------------------------


def test_a_unit_that_contradicts_its_code_is_asked_about():
    """41 is albumin in g/L by its words and in g/dL by its code: two readings, one question."""
    stated = {"value": 4.1, "unit": "g/L", "code": "g/dL"}
    intake = lung(observation(ALBUMIN, valueQuantity=stated))
    assert values(intake) == {}
    question = finding(intake, "unit-contradicts")
    assert question.severity is Severity.QUESTION
    assert question.message == (
        "Serum albumin: 4.1 is in g/L by its words and in g/dL by its code. Which is it?"
    )
    assert [dict(choice.values) for choice in question.choices] == [
        {"albumin_g_dl": 4.1},
        {"albumin_g_dl": None},
    ]
    (keyed,) = with_keys([question], intake.patients)
    assert keyed.key == "unit-contradicts:Observation/o1.valueQuantity:patient 1"
    assert [choice.answer for choice in keyed.choices] == ["g/dL", "unknown"]


@pytest.mark.parametrize(("unit", "code"), [("mg/dL", "g/L"), ("g/L", "mmol/L"), ("10^9/L", "g/L")])
def test_a_unit_of_something_else_beside_the_code_is_asked_about(unit, code):
    """One of the two is a unit of albumin, the other is none: nobody knows which is wrong."""
    intake = lung(observation(ALBUMIN, valueQuantity={"value": 41, "unit": unit, "code": code}))
    assert values(intake) == {}
    choices = finding(intake, "unit-contradicts").choices
    assert [choice.values["albumin_g_dl"] for choice in choices] == [pytest.approx(4.1), None]


@pytest.mark.parametrize(
    "stated",
    [
        {"unit": "grams", "code": "g/L"},
        {"unit": "G/L", "code": "g/L"},
        {"unit": "g/L", "code": ""},
        {"unit": "", "code": "g/L"},
    ],
)
def test_one_unit_in_two_spellings_is_no_contradiction(stated):
    """Careless words beside a code that says it, other letters, one of the two alone."""
    intake = lung(observation(ALBUMIN, valueQuantity={"value": 41, **stated}))
    assert values(intake) == {"albumin_g_dl": pytest.approx(4.1)}
    assert codes(intake) == []


def test_two_units_that_are_both_strange_are_refused_as_before():
    """Furlongs and fathoms are no units of albumin."""
    stated = {"value": 41, "unit": "furlongs", "code": "fathoms"}
    assert codes(lung(observation(ALBUMIN, valueQuantity=stated))) == ["unit-unknown"]


def test_a_score_in_a_unit_is_refused():
    """A performance status of 2 mg/dL was never one."""
    intake = lung(observation(loinc("89247-1"), valueQuantity=quantity(2, "mg/dL")))
    assert values(intake) == {}
    assert "has no unit, but this value is in mg/dL" in finding(intake, "unit-unknown").message


@pytest.mark.parametrize("body", [{"unit": "g/dL"}, {}, {"value": None}, {"value": True}])
def test_a_quantity_without_a_number_is_said(body):
    """No value, and no silence."""
    intake = lung(observation(HB, valueQuantity={"code": "g/dL", **body}))
    assert values(intake) == {}
    assert finding(intake, "quantity-empty").message == "Haemoglobin: the quantity has no number."
    assert listed(intake)["LOINC 718-7".lower()] == "doubtful; not used"


@pytest.mark.parametrize(
    ("sign", "meaning"),
    [("<", "known only as < its limit"), (">=", "known only as >= its limit")]
    + [(sign, "only approximate") for sign in ("ap", "~")],
)
def test_a_sign_before_a_number_is_kept_and_flagged(sign, meaning):
    """A laboratory's limit or an approximate value counts, with its sign in the origin."""
    intake = lung(hb(9.0, "o1", valueQuantity=quantity(9.0, "g/dL", comparator=sign)))
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert meaning in finding(intake, "censored").message


def test_a_sign_that_nobody_knows_is_refused():
    """`ad` and inventions leave open what was measured."""
    intake = lung(hb(9.0, "o1", valueQuantity=quantity(9.0, "g/dL", comparator="ad")))
    assert values(intake) == {}
    assert "'ad' is no sign that is known" in finding(intake, "comparator-unknown").message


def test_a_band_of_a_score_is_asked_with_its_sign():
    """PD-L1 < 50 % spans the cut at 1: a question that shows the sign beside the number."""
    intake = lung(observation(loinc("83053-9"), valueQuantity=quantity(50, "%", comparator="<")))
    assert values(intake) == {}
    assert codes(intake) == ["band-unclear"]
    assert "'<50' is a band" in finding(intake, "band-unclear").message


def test_a_band_of_a_score_that_no_rule_cuts_is_read_with_its_sign():
    """PD-L1 < 1 % counts as 0, and the warning and the origin keep the sign."""
    intake = lung(observation(loinc("83053-9"), valueQuantity=quantity(1, "%", comparator="<")))
    assert values(intake) == {"pd_l1_tps": 0.0}
    assert "'<1' is a band; 0 % is used" in finding(intake, "band-taken").message
    assert intake.patients[0].origins["pd_l1_tps"].comparator == "<"


@pytest.mark.parametrize(
    ("code", "name", "text", "expected"),
    [
        ("89247-1", "valueInteger", "1", "number-as-text"),
        ("94191-4", "valueBoolean", "true", "answer-as-text"),
    ],
)
def test_a_number_or_a_yes_in_quotes_is_refused(code, name, text, expected):
    """A text where JSON has a type of its own comes from a faulty export."""
    tumour = patient(), condition(BREAST)
    intake = intake_of(*tumour, observation(loinc(code), **{name: text}))
    assert values(intake) == {}
    assert f"is sent as the text '{text}'" in finding(intake, expected).message


def test_a_yes_without_quotes_is_read():
    """The same in its own type."""
    mutated = observation(loinc("94191-4"), valueBoolean=True)
    assert values(intake_of(patient(), condition(BREAST), mutated)) == {"gbrca_mutation": True}


def test_an_answer_with_two_values_is_refused():
    """value[x] is one; of two nobody knows which is meant."""
    intake = lung(hb(9.0, "o1", valueString="13.5"))
    assert values(intake) == {}
    found = finding(intake, "several-values")
    assert "has several values: valueQuantity and valueString" in found.message
    assert [u.value for u in intake.unmapped] == ["9.0 g/dL", "13.5"]


# -- codes and words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": "http://loinc.org", "code": c} for c in ("718-7", "777-3")]},
        {"coding": [{"system": "http://loinc.org", "code": c} for c in ("718-7", "2345-7")]},
        loinc("718-7") | {"text": "Platelets"},
        loinc("718-7", "Albumin [Mass/volume] in Serum or Plasma"),
        loinc("718-7") | {"text": "Potassium"},
    ],
)
def test_codes_and_words_of_two_tests_give_no_value(code):
    """Two LOINC codes of different meaning, or a code against its text."""
    intake = lung(observation(code, valueQuantity=quantity(13.5, "g/dL")))
    assert values(intake) == {}
    found = finding(intake, "codes-contradict")
    assert found.severity is Severity.ERROR
    assert "are different tests, and both stand on this value" in found.message
    assert [left.reason for left in intake.unmapped] == ["contradictory; not used"]


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": "http://loinc.org", "code": c} for c in ("718-7", "20509-6")]},
        loinc("718-7", "Hemoglobin [Mass/volume] in Blood") | {"text": "Haemoglobin"},
        loinc("718-7") | {"text": "as discussed by telephone"},
    ],
)
def test_codes_and_words_of_one_test_agree(code):
    """Two codes of one meaning, other spellings, and words that mean no test."""
    intake = lung(observation(code, valueQuantity=quantity(13.5, "g/dL")))
    assert values(intake) == {"haemoglobin_g_dl": 13.5}
    assert codes(intake) == []


# -- status ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [("entered-in-error", "entered in error; not used"), ("cancelled", "cancelled; not used")],
)
def test_a_retracted_result_is_listed(status, reason):
    """It gives no value, and is not lost."""
    intake = lung(hb(9.0, "o1", status=status))
    assert values(intake) == {}
    assert [left.reason for left in intake.unmapped] == [reason]


@pytest.mark.parametrize("status", ["preliminary", "registered", "unknown", "finished"])
def test_a_result_that_is_not_final_is_flagged(status):
    """It is used, with a warning; also where only its components are facts."""
    part = {"code": HB, "valueQuantity": quantity(9.0, "g/dL")}
    panel = observation(loinc("58410-2"), "o1", status=status, component=[part])
    intake = lung(panel)
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert finding(intake, "result-not-final").message == f"This result is {status}, not final."


@pytest.mark.parametrize(
    "resource",
    [hb(9.0, "o1"), medication("MedicationAdministration", "osimertinib")],
)
def test_a_missing_status_is_flagged(resource):
    """Nobody says that the result is final, or that the drug was given."""
    del resource["status"]
    found = finding(lung(resource), "status-missing")
    assert found.severity is Severity.WARNING


# -- whose it is -----------------------------------------------------------------------------------


def without_subject(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without saying whose it is."""
    return {name: value for name, value in resource.items() if name != "subject"}


def test_a_result_without_subject_is_read_with_a_warning_where_one_patient_is_there():
    """It is probably theirs, and that is said."""
    many = [without_subject(hb(9.0, f"o{number}")) for number in range(7)]
    intake = lung(*many, {"resourceType": "Questionnaire", "id": "q"})
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    found = finding(intake, "subject-missing")
    assert found.message.startswith("Observation/o0, Observation/o1, Observation/o2")
    assert found.message.endswith(
        "and 2 more: no subject says whose this is; it was read as of the only patient of the file."
    )


def test_a_result_without_subject_is_listed_where_several_patients_are_there():
    """It is given to nobody."""
    stray = without_subject(hb(9.0, "o1"))
    intake = intake_of(patient(), condition(), patient("p2"), stray)
    assert all("haemoglobin_g_dl" not in found.values for found in intake.patients)
    assert "does not say which patient it belongs to" in listed(intake).values()


def test_a_result_that_names_two_patients_is_given_to_neither():
    """Subject and patient contradict each other."""
    both = hb(9.0, "o1", patient={"reference": "Patient/p2"})
    intake = intake_of(patient(), condition(), patient("p2"), both)
    assert all("haemoglobin_g_dl" not in found.values for found in intake.patients)
    assert "names two patients; not used" in listed(intake).values()


@pytest.mark.parametrize(
    ("focus", "reason"),
    [
        ("RelatedPerson/mother", "its focus is RelatedPerson/mother"),
        ("Patient/baby", "its focus is Patient/baby"),
        ("Patient/p2", "its focus is Patient/p2"),
        ("Device/pump", "its focus is Device/pump"),
    ],
)
def test_a_result_about_somebody_else_is_not_the_patients(focus, reason):
    """Observation.focus: filed here, measured there."""
    result = hb(9.0, "o1", focus=[{"reference": focus}])
    intake = intake_of(patient(), condition(), patient("p2"), result)
    assert all("haemoglobin_g_dl" not in found.values for found in intake.patients)
    assert finding(intake, "other-subject").message == (
        f"Observation/o1 is filed under p1, but {reason}."
    )


@pytest.mark.parametrize("focus", ["Patient/p1", "Condition/c1", "Condition/lost"])
def test_a_focus_on_the_patient_or_the_tumour_changes_nothing(focus):
    """The guide of mCODE points at the tumour this way."""
    assert values(lung(hb(9.0, "o1", focus=[{"reference": focus}]))) == {"haemoglobin_g_dl": 9.0}


def test_a_result_about_another_tumour_is_listed():
    """The stage of an old melanoma is no stage of the lung cancer."""
    stage = observation(
        loinc("21908-9"),
        valueCodeableConcept={"text": "Stage IV"},
        focus=[{"reference": "Condition/c2"}],
    )
    old = condition(MELANOMA, "c2", stage=[{"summary": {"text": "Stage IV"}}])
    intake = intake_of(patient(), condition(), old, stage, disease="nsclc")
    assert "stage" not in values(intake)
    reasons = listed(intake).values()
    assert any(reason.startswith("speaks of another tumour") for reason in reasons)
    assert any(reason.startswith("another tumour than the one read") for reason in reasons)


@pytest.mark.parametrize("owner", ["Patient/p2", "Patient/nobody"])
def test_a_specimen_of_another_patient_spoils_the_result(owner):
    """Filed under one patient, taken from another: it belongs to neither."""
    specimen = {"resourceType": "Specimen", "id": "s1", "subject": {"reference": owner}}
    result = hb(9.0, "o1", specimen={"reference": "Specimen/s1"})
    intake = intake_of(patient(), condition(), patient("p2"), specimen, result)
    assert all("haemoglobin_g_dl" not in found.values for found in intake.patients)
    assert f"its specimen Specimen/s1 is of {owner}" in finding(intake, "other-subject").message


def test_a_specimen_of_the_patient_is_in_order():
    """Whether the reference is written short or in full."""
    specimen = {"resourceType": "Specimen", "id": "s1", "subject": {"reference": "Patient/p1"}}
    result = hb(9.0, "o1", specimen={"reference": "Specimen/s1"})
    assert values(lung(specimen, result)) == {"haemoglobin_g_dl": 9.0}


# -- bundles ---------------------------------------------------------------------------------------


def in_bundle(*entries: dict[str, Any]) -> Any:
    """A bundle of entries as they stand."""
    start = [{"resource": patient()}, {"resource": condition()}]
    return look(entry=[*start, *entries])


def test_a_deleted_resource_is_not_read():
    """entry.request.method DELETE, with its content or only with its address."""
    deletion = {"request": {"method": "DELETE", "url": "Observation/o1"}}
    for entries in (
        [{"resource": hb(9.0, "o1"), "request": {"method": "delete", "url": ""}}],
        [{"resource": hb(9.0, "o1")}, deletion],
        [{"resource": hb(9.0, "o1"), **deletion}],
    ):
        examined = in_bundle(*entries)
        assert values(examined.intake) == {}
        assert examined.silent == []
        assert listed(examined.intake)["deletion of Observation/o1"] == "deleted by the bundle"


def test_of_several_versions_the_newest_counts():
    """A history bundle holds them all."""
    stamps = [("o1", 9.0, "2024-05-01T10:00:00Z"), ("o1", 10.0, "2024-05-01T08:00:00-04:00")]
    versions = [hb(v, i, meta={"lastUpdated": stamp}) for i, v, stamp in stamps]
    intake = lung(*versions)
    assert values(intake) == {"haemoglobin_g_dl": 10.0}
    assert "an earlier version; the newest one counts" in listed(intake).values()


def test_a_resource_that_is_repeated_is_read_once():
    """Word for word the same."""
    intake = lung(hb(9.0, "o1"), hb(9.0, "o1", meta={"versionId": "2"}))
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert "repeats another of the file word for word; read once" in listed(intake).values()


def test_one_id_with_two_contents_is_flagged():
    """Nothing says which is newer: both are read, and contradict each other."""
    intake = lung(hb(9.0, "o1"), hb(10.0, "o1"))
    assert values(intake) == {}
    assert "stands 2 times in the file" in finding(intake, "resource-id-twice").message
    assert "values-contradict" in codes(intake)


def test_the_same_id_on_two_servers_is_two_patients():
    """A relative reference means the server that its resource came from."""
    entries = [
        {"fullUrl": f"https://{server}/fhir/{body['resourceType']}/{body['id']}", "resource": body}
        for server in ("a.example", "b.example")
        for body in (patient(), condition(), hb(9.0 if server[0] == "a" else 10.0, "o1"))
    ]
    found = look(entry=entries).intake.patients
    assert [person.values["haemoglobin_g_dl"] for person in found] == [9.0, 10.0]


def held(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A report that holds results inside itself and refers to each."""
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": loinc("58410-2"),
        "subject": {"reference": "Patient/p1"},
        "contained": [{k: v for k, v in one.items() if k != "subject"} for one in results],
        "result": [{"reference": f"#{one['id']}"} for one in results],
        **fields,
    }


def test_results_inside_a_report_are_read_like_others():
    """Value, day and place; the report counts as read, and nothing of it is listed as unread."""
    examined = look(patient(), condition(), held(hb(9.0, "inner", "2024-05-01")))
    (person,) = examined.intake.patients
    assert person.values["haemoglobin_g_dl"] == 9.0
    assert person.origins["haemoglobin_g_dl"].field == (
        "DiagnosticReport/r1.contained(inner).valueQuantity"
    )
    assert person.origins["haemoglobin_g_dl"].when == "2024-05-01"
    assert examined.silent == []
    assert not [left for left in examined.intake.unmapped if "contained" in left.where.field]
    assert not {"subject-missing", "date-of-report"} & set(codes(examined.intake))


def test_a_result_inside_a_report_borrows_its_date_with_a_note():
    """The newest counts, wherever it stands; the note names both places."""
    inside = held(hb(9.0, "inner"), effectiveDateTime="2024-05-02")
    intake = lung(hb(11.0, "o1", "2024-05-01"), inside)
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    note = finding(intake, "date-of-report")
    assert note.severity is Severity.NOTE
    assert note.message == (
        "DiagnosticReport/r1.contained(inner) has no date of its own; that of "
        "DiagnosticReport/r1 is used."
    )
    assert note.value == "2024-05-02"
    own = lung(hb(11.0, "o1", "2024-05-01"), held(hb(9.0, "inner", "2024-04-30")))
    assert values(own) == {"haemoglobin_g_dl": 11.0}


def test_results_inside_a_panel_inside_a_report_are_read():
    """The panel refers to its parts among its siblings; one that stands in a circle ends."""
    panel = observation(loinc("58410-2"), "panel", hasMember=[{"reference": "#inner"}])
    inner = hb(9.0, "inner", hasMember=[{"reference": "#panel"}])
    report = held(panel, inner, result=[{"reference": "#panel"}])
    assert values(lung(report)) == {"haemoglobin_g_dl": 9.0}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_results_inside_a_retracted_report_are_not_used(status):
    """What holds them was taken back; a result taken back by itself is not used either."""
    spoken = status.replace("-", " ")
    intake = lung(held(hb(9.0, "inner"), status=status, effectiveDateTime="2024-05-02"))
    assert values(intake) == {}
    assert f"inside DiagnosticReport/r1, which was {spoken}; not used" in listed(intake).values()
    assert "date-of-report" not in codes(intake)
    alone = lung(held(hb(9.0, "inner", status=status)))
    assert values(alone) == {}
    assert f"{spoken}; not used" in listed(alone).values()


def test_results_inside_a_report_keep_the_rules_of_status():
    """A preliminary one counts, and is flagged."""
    intake = lung(held(hb(9.0, "inner", status="preliminary")))
    assert values(intake) == {"haemoglobin_g_dl": 9.0}
    assert finding(intake, "result-not-final").where.field.endswith("contained(inner).status")


def test_results_inside_a_report_of_two_patients_belong_to_neither():
    """Its own subject is somebody else than the report's."""
    report = held(hb(9.0, "inner"))
    report["contained"][0]["subject"] = {"reference": "Patient/p2"}
    two = intake_of(patient(), condition(), patient("p2"), condition(None, "c2", of="p2"), report)
    assert [dict(person.values).get("haemoglobin_g_dl") for person in two.patients] == [None, None]
    assert "names two patients; not used" in listed(two).values()


def test_results_inside_a_report_with_an_unknown_modifier_are_not_used():
    """It may reverse what they say."""
    report = held(hb(9.0, "inner"), modifierExtension=[{"url": "x", "valueBoolean": True}])
    intake = lung(report)
    assert values(intake) == {}
    assert "stands inside DiagnosticReport/r1, which is not used" in listed(intake).values()


def test_contained_resources_that_nothing_refers_to_are_listed():
    """They are not read, and not lost."""
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "contained": [hb(9.0, "inner"), {"resourceType": "Specimen"}],
    }
    intake = lung(report)
    assert values(intake) == {}
    inner = [left for left in intake.unmapped if "contained" in left.where.field]
    assert {left.where.field for left in inner} == {
        "DiagnosticReport/r1.contained(inner)",
        "DiagnosticReport/r1.contained(1)",
    }
    assert {left.reason for left in inner} == {"stands inside another resource and is not read"}


def test_a_contained_medication_is_read_through_its_reference():
    """It is not listed beside."""
    drug = {"resourceType": "Medication", "id": "d", "code": {"text": "osimertinib"}}
    given = medication("MedicationAdministration", "", contained=[drug])
    given["medicationReference"] = {"reference": "#d"}
    del given["medicationCodeableConcept"]
    intake = lung(given)
    assert [course.label for course in only(intake).courses] == ["osimertinib"]
    assert not [left for left in intake.unmapped if "contained" in left.where.field]


def test_references_that_lead_nowhere_are_named_and_not_fetched():
    """Inside the file only; six are counted, five named."""
    lost = [{"reference": f"https://elsewhere.example/Observation/{n}"} for n in range(6)]
    intake = lung(hb(9.0, "o1", derivedFrom=lost))
    note = finding(intake, "reference-unresolved")
    assert note.message.startswith(
        "References that lead to nothing in the file: Observation/o1.derivedFrom to "
        "https://elsewhere.example/Observation/0"
    )
    assert note.message.endswith("and 1 more.")
    assert note.rest.startswith("Nothing was fetched")
