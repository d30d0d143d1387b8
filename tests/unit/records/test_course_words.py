"""Treatments that were planned, declined, compared or none at all are no courses."""

from collections.abc import Mapping

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.course_words import Told, response_code, told_by
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, answers: Mapping[str, str] | None = None) -> Intake:
    """A table of lung cancers."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, "nsclc", answers or {}))


def labels(intake: Intake) -> list[list[str]]:
    """The courses of each patient."""
    return [[course.label for course in patient.courses] for patient in intake.patients]


def about(intake: Intake) -> list[Finding]:
    """What was said of treatments."""
    return [f for f in intake.findings if f.code.startswith(("treatment", "response"))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((word, Told.NOTHING) for word in ("", "none", "-", "--", "N/A", "n.a.", "No treatment")),
        *((word, Told.NOTHING) for word in ("treatment-naive", "unknown", "0", "Keine", "nil")),
        *((word, Told.UNNAMED) for word in ("yes", "1", "TRUE")),
        *((word, Told.NOT_GIVEN) for word in ("declined", "refused", "not given", "pending")),
        ("planned osimertinib", Told.NOT_GIVEN),
        ("chemotherapy declined by patient", Told.NOT_GIVEN),
        ("to start pembrolizumab", Told.NOT_GIVEN),
        ("carboplatin vs placebo", Told.OPEN),
        ("osimertinib versus gefitinib", Told.OPEN),
        ("placebo", Told.OPEN),
        ("pembrolizumab, withheld after cycle 3", Told.OPEN),
        ("cisplatin/pemetrexed", Told.GIVEN),
        ("FOLFOX", Told.GIVEN),
        ("nivolumab + ipilimumab", Told.GIVEN),
        ("unplannedamab", Told.GIVEN),
        ("Nonetinib", Told.GIVEN),
    ],
)
def test_course_words_are_told_from_treatments(text: str, told: Told) -> None:
    """Whole words only: a drug whose name holds such a word is a drug."""
    assert told_by(text) is told


def test_courses_of_nothing_are_as_good_as_empty_cells() -> None:
    """None, dashes and N/A make no course and no finding, in lists and numbered columns."""
    header = "id,age,prior_treatments,course_1_label,course_1_best_response\n"
    intake = read(header + "1,60,none,no treatment,N/A\n2,61,-,,\n3,62,N/A,none,\n")
    assert labels(intake) == [[], [], []]
    assert about(intake) == []


@pytest.mark.parametrize("text", ["planned osimertinib", "declined", "osimertinib refused"])
@pytest.mark.parametrize("column", ["prior_treatments", "course_1_label", "course_1_regimen"])
def test_courses_not_given_are_listed_and_left_out(column: str, text: str) -> None:
    """The board may want to know; the line of therapy must not count it."""
    intake = read(f"id,age,{column}\n1,60,{text}\n2,61,docetaxel\n")
    assert labels(intake) == [[], ["docetaxel"]]
    (finding,) = about(intake)
    assert (finding.severity, finding.code) == (Severity.WARNING, "treatment-not-given")
    assert finding.message == f"{column}: '{text}' was read as a treatment that was not given."
    assert (finding.where.row, finding.where.field, finding.patient) == (2, column, "1")
    assert finding.expected == "the name of a treatment the patient has had"
    assert "otherwise write the treatment alone" in finding.fix
    assert finding.rest == ("It is not counted as a course of treatment; everything else was read.")


def test_courses_left_open_are_asked_about() -> None:
    """Which arm of a trial was given only the person who knows can say; the answer is applied."""
    table = "id,age,prior_treatments\n1,60,docetaxel; carboplatin vs placebo\n"
    (question,) = about(read(table))
    assert question.severity is Severity.QUESTION
    assert question.message == (
        "prior_treatments: does 'carboplatin vs placebo' say what this patient was given?"
    )
    assert labels(read(table)) == [["docetaxel"]]
    given = read(table, {question.key: "given"})
    assert labels(given) == [["docetaxel", "carboplatin vs placebo"]]
    refused = read(table, {question.key: "not-given"})
    assert (labels(refused), about(refused)) == ([["docetaxel"]], [])


def test_courses_named_like_a_regimen_are_courses() -> None:
    """A regimen of the pack may be called placebo; its name is no comparison."""
    regimen = next(r for r in LIBRARY.pack("breast").regimens if "placebo" in r.label)
    content = f'id,age,course_1_label\n1,60,"{regimen.label}"\n'.encode()
    intake = read_table(content, "a.csv", Reading(LIBRARY, TODAY, "breast"))
    assert intake.patients[0].courses[0].regimen == regimen.id


def test_courses_of_nothing_that_have_dates_are_pointed_out() -> None:
    """None, yet a response: one of the two is wrong."""
    intake = read("id,age,course_1_label,course_1_best_response\n1,60,none,PR\n")
    (finding,) = about(intake)
    assert finding.message == ("course_1_label says 'none', yet the course has best_response PR.")
    assert finding.fix == "Name the treatment, or empty the other cells of the course."


def test_courses_without_a_name_are_pointed_out() -> None:
    """Yes says that something was given, not what."""
    (finding,) = about(read("id,age,prior_treatments\n1,60,yes\n"))
    assert finding.code == "treatment-unnamed"
    assert finding.message == "prior_treatments: 'yes' was read as no name of a treatment."


def test_course_responses_are_recist_or_flagged() -> None:
    """Known words become codes; another word is kept as it stands, with a warning."""
    header = "id,age,course_1_label,course_1_best_response\n"
    intake = read(header + "1,60,docetaxel,partial response\n2,61,docetaxel,great\n")
    assert [p.courses[0].best_response for p in intake.patients] == ["PR", "great"]
    (finding,) = about(intake)
    assert finding.message == "course_1_best_response: 'great' is no best response by RECIST."
    assert (finding.expected, finding.where.row) == ("CR, PR, SD, PD or NE", 3)
    assert finding.rest.startswith("The words are kept with the course")


@pytest.mark.parametrize(
    ("text", "code"), [("", ""), ("unknown", ""), ("NE", "NE"), ("pd", "PD"), ("better", None)]
)
def test_response_codes_tell_unknown_from_unreadable(text: str, code: str | None) -> None:
    """Not evaluable is a category; not known is none."""
    assert response_code(text) == code
