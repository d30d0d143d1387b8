"""One patient's chart: which of several values is current, and what is asked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Feature
from dashboard.records.chart import (
    LINE,
    LINE_OF_TREATMENT,
    Chart,
    read_date,
    spoken,
    unmapped,
    with_reason,
)
from dashboard.records.patient import (
    Finding,
    Intake,
    Origin,
    Severity,
    TreatmentCourse,
    Value,
    Where,
)
from dashboard.records.reading import Reading
from dashboard.records.values import Raw
from tests.builders import TODAY, a_patient

LIBRARY = load_library()
LUNG = LIBRARY.pack("nsclc")
EARLIER, LATER = date(2025, 1, 5), date(2025, 3, 5)


def chart(**fields) -> Chart:
    """An empty chart of a lung-cancer patient."""
    return Chart("P1", LUNG, Reading(LIBRARY, TODAY, who="typed by"), "f.json", **fields)


def put(target: Chart, name: str, value: Value, day: date | None = None, issued: str = "") -> None:
    """Put in a value that was found at a place of its own."""
    place = Origin(file="f.json", field=f"field {len(target.seen)}")
    target.put(LUNG.vocabulary[name], value, place, taken_on=day, issued=issued)


def codes(target: Chart) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in target.findings]


@pytest.mark.parametrize(
    ("seen", "current", "code"),
    [
        ([(3.8, None, "")], 3.8, None),
        ([(3.8, EARLIER, ""), (3.3, LATER, "")], 3.3, None),
        ([(3.3, LATER, ""), (3.8, EARLIER, "")], 3.3, None),
        ([(3.8, LATER, ""), (3.8, LATER, "")], 3.8, None),
        ([(3.8, LATER, "10:00"), (3.3, LATER, "11:00")], 3.3, "value-superseded"),
        ([(3.8, LATER, ""), (3.3, LATER, "")], None, "values-contradict"),
        ([(3.8, LATER, "10:00"), (3.3, LATER, "10:00")], None, "values-contradict"),
        ([(3.8, None, ""), (3.3, None, "")], None, "values-contradict"),
        ([(3.8, None, ""), (3.3, EARLIER, "")], 3.3, "value-undated"),
        ([(3.8, LATER, ""), (3.3, TODAY + timedelta(days=9), "")], 3.8, "date-in-future"),
        ([(3.3, TODAY + timedelta(days=1), "")], 3.3, None),
    ],
)
def test_which_of_several_values_counts(seen, current, code):
    """The latest before the decision; where days do not settle it, a question."""
    target = chart()
    for value, day, issued in seen:
        put(target, "albumin_g_dl", value, day, issued)
    patient = target.close()
    assert patient.values.get("albumin_g_dl") == current
    assert codes(target) == ([code] if code else [])


def test_dated_values_are_kept_as_a_series():
    """Oldest first, repeats once, undated and future ones not among them."""
    target = chart()
    for value, day in [(3.3, LATER), (3.8, EARLIER), (3.8, EARLIER), (3.3, None)]:
        put(target, "albumin_g_dl", value, day)
    series = [(m.value, m.taken_on) for m in target.close().measurements]
    assert series == [(3.8, EARLIER), (3.3, LATER)]


def test_a_question_offers_each_value_with_its_place():
    """The answers set the value, or leave it unknown."""
    target = chart()
    put(target, "albumin_g_dl", 3.8, LATER)
    put(target, "albumin_g_dl", 3.3, LATER)
    target.close()
    (question,) = target.findings
    assert (question.severity, question.patient) == (Severity.QUESTION, "P1")
    assert [choice.label for choice in question.choices] == [
        "3.8 of 2025-03-05, field 0",
        "3.3 of 2025-03-05, field 1",
        "leave it unknown",
    ]
    assert [choice.values for choice in question.choices] == [
        {"albumin_g_dl": 3.8},
        {"albumin_g_dl": 3.3},
        {"albumin_g_dl": None},
    ]


def test_reports_of_a_gene_contradict_whatever_their_dates():
    """A newer report does not silently replace an older one."""
    target = chart()
    put(target, "egfr_mutation", "L858R", EARLIER)
    put(target, "egfr_mutation", "none", LATER)
    put(target, "driver_alteration", "egfr_l858r", EARLIER)
    patient = target.close()
    assert not {"egfr_mutation", "driver_alteration"} & patient.values.keys()
    assert codes(target) == ["values-contradict", "value-in-doubt"]


def test_other_genes_do_not_wait_with_a_contradicted_one():
    """Only what rests on the gene in doubt is withheld."""
    target = chart()
    put(target, "egfr_mutation", "L858R", EARLIER)
    put(target, "egfr_mutation", "none", LATER)
    put(target, "alk_fusion", True, LATER)
    assert target.close().values["alk_fusion"] is True


def test_the_line_is_the_patients_own():
    """It is no value among the features, whether or not the pack lists it."""
    target = chart()
    target.put(LUNG.vocabulary.get(LINE, LINE_OF_TREATMENT), "2", Origin())
    patient = target.close()
    assert patient.line == 2
    assert LINE not in patient.values


def test_what_only_served_to_compute_is_listed():
    """A fact that the pack does not ask for is shown after use."""
    target = chart()
    extra = Feature(
        id="platelets_10e9_l", label="Platelets", kind=LUNG.vocabulary["age_years"].kind
    )
    known = extra.id in LUNG.vocabulary
    target.put(extra, 250.0, Origin(file="f.json", field="x"))
    patient = target.close()
    assert (extra.id in patient.values) is known
    assert bool(target.unmapped) is not known


def test_a_word_for_unknown_is_noted_not_guessed():
    """'unknown' is no value and no error; where it stood is said."""
    target = chart()
    where = Where("f.json", None, "x")
    assert target.read(LUNG.vocabulary["ecog_ps"], Raw("unknown", where)) is None
    assert codes(target) == ["stated-unknown"]
    assert target.try_read(LUNG.vocabulary["ecog_ps"], Raw("unknown", where)) is False
    assert target.try_read(LUNG.vocabulary["ecog_ps"], Raw("1", where)) is True


def test_who_read_the_file_stands_in_the_origin():
    """Every value can be traced to somebody."""
    target = chart()
    put(target, "ecog_ps", "1")
    assert target.close().origins["ecog_ps"].who == "typed by"


def test_courses_are_ordered_by_their_start():
    """Undated courses stand last, by line."""
    courses = [
        TreatmentCourse("c", line=2),
        TreatmentCourse("b", line=1),
        TreatmentCourse("a", started=LATER),
        TreatmentCourse("z", started=EARLIER),
    ]
    target = chart(courses=courses)
    assert [course.label for course in target.close().courses] == ["z", "a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-03-05", date(2025, 3, 5)),
        ("2025-03-05T23:59:59+02:00", date(2025, 3, 5)),
        ("2025-03", date(2025, 3, 1)),
        ("2025", date(2025, 1, 1)),
        (" 2025-03-05 ", date(2025, 3, 5)),
        ("2025-02-30", None),
        ("2025-13", None),
        ("05.03.2025", None),
        ("2025-03-05x", None),
        ("", None),
        (None, None),
        (20250305, None),
    ],
)
def test_days_of_iso_dates(text, day):
    """Times lose their hour; what is no date is none."""
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("value", "text"), [(True, "yes"), (False, "no"), (3.80, "3.8"), (61.0, "61"), ("IVB", "IVB")]
)
def test_values_as_people_read_them(value, text):
    """No trailing zeros, no True."""
    assert spoken(value) == text


def test_long_content_is_shortened_and_says_so():
    """A document in a field does not fill the page."""
    left = unmapped(Where("f"), "note", "x" * 5_000, "no place")
    assert left.value.endswith("… and 1,000 characters more in the file")
    assert unmapped(Where("f"), "note", "short", "no place").value == "short"


def test_a_file_without_a_patient_says_so_once():
    """Not where there is a patient, nor where a refusal already says why there is none."""
    refusal = Finding(Severity.ERROR, "json-syntax", "Line 1: broken.")
    assert [f.code for f in with_reason(Intake(), "f").findings] == ["no-patients"]
    for intake in (Intake((a_patient(),)), Intake(findings=(refusal,))):
        assert with_reason(intake, "f") is intake


def test_close_asks_once_for_facts_that_one_choice_of_report_decides() -> None:
    """Two reports of EGFR give two mutations and two drivers: one question settles both facts."""
    pack = load_library().pack("nsclc")
    chart = Chart("P1", pack, Reading(load_library(), TODAY), "b.json")
    for number, (mutation, driver) in enumerate(
        [("L858R", "egfr_l858r"), ("other_sensitising", "egfr_other")], 1
    ):
        day, origin = date(2025, number, 1), Origin("b.json", None, f"Observation/v{number}")
        chart.put(pack.feature("driver_alteration"), driver, origin, taken_on=day)
        chart.put(pack.feature("egfr_mutation"), mutation, origin, taken_on=day)
    patient = chart.close()
    assert not set(patient.values) & {"egfr_mutation", "driver_alteration"}
    (question,) = [f for f in chart.findings if f.code == "values-contradict"]
    assert question.where.field == "egfr_mutation"
    assert question.message.startswith("EGFR mutation and Oncogenic driver: reports contradict")
    assert [dict(choice.values) for choice in question.choices] == [
        {"egfr_mutation": "other_sensitising", "driver_alteration": "egfr_other"},
        {"egfr_mutation": "L858R", "driver_alteration": "egfr_l858r"},
        {"egfr_mutation": None, "driver_alteration": None},
    ]


def test_close_asks_apart_for_facts_of_different_sources() -> None:
    """Two facts that contradict themselves in different reports are two decisions."""
    pack = load_library().pack("nsclc")
    chart = Chart("P1", pack, Reading(load_library(), TODAY), "b.json")
    for name, values in (("egfr_mutation", ("L858R", "none")), ("kras_mutation", ("G12C", "none"))):
        for value in values:
            origin = Origin("b.json", None, f"Observation/{name}{value}")
            chart.put(pack.feature(name), value, origin)
    chart.close()
    asked = [f.where.field for f in chart.findings if f.code == "values-contradict"]
    assert asked == ["egfr_mutation", "kras_mutation"]
