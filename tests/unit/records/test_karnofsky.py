"""Karnofsky scores where ECOG is wanted: never converted without an answer."""

from collections.abc import Mapping

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, answers: Mapping[str, str] | None = None) -> Intake:
    """A table of lung cancers."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, "nsclc", answers or {}))


def ecog(intake: Intake) -> list[object]:
    """The ECOG status of each patient."""
    return [patient.values.get("ecog_ps") for patient in intake.patients]


def only(intake: Intake, code: str) -> Finding:
    """The one finding with this code."""
    (finding,) = [f for f in intake.findings if f.code == code]
    return finding


def test_karnofsky_columns_are_asked_about_once_and_converted_on_the_answer() -> None:
    """One question names the rows and shows a conversion; every row follows the answer."""
    table = "id,KPS\n1,80\n2,100\n3,90%\n4,50.0\n"
    question = only(read(table), "scale-unclear")
    assert question.severity is Severity.QUESTION
    assert question.key == "scale:KPS"
    assert "80 and others look like Karnofsky scores" in question.message
    assert "(rows 2, 3, 4 and 5)" in question.message
    assert [c.answer for c in question.choices] == ["convert", "unknown"]
    assert question.choices[0].label == "Convert them: Karnofsky 80 = ECOG 1"
    assert ecog(read(table)) == [None] * 4
    converted = read(table, {"scale:KPS": "convert"})
    assert ecog(converted) == ["1", "0", "0", "2"]
    assert converted.patients[0].origins["ecog_ps"].text == "80"
    assert converted.patients[0].origins["ecog_ps"].note == "answered: Karnofsky 80 = ECOG 1"
    assert ecog(read(table, {"scale:KPS": "unknown"})) == [None] * 4


def test_karnofsky_columns_never_hold_ecog() -> None:
    """A 1 in a Karnofsky column is a slip, not an ECOG of 1."""
    intake = read("id,karnofsky\n1,1\n2,80\n")
    assert ecog(intake) == [None, None]
    finding = only(intake, "word-unknown")
    assert (finding.severity, finding.where.row) == (Severity.ERROR, 2)


def test_karnofsky_beside_ecog_is_not_needed() -> None:
    """The column of ECOG is read, the other listed; nothing is asked."""
    intake = read("id,KPS,ECOG\n1,80,1\n2,100,0\n")
    assert ecog(intake) == ["1", "0"]
    note = only(intake, "columns-spare")
    assert note.severity is Severity.NOTE
    assert note.message == "ECOG was used as ecog_ps; KPS would also do and is not used."
    assert [item.name for item in intake.unmapped] == ["KPS", "KPS"]


def test_karnofsky_scores_in_a_column_of_ecog_are_asked_about() -> None:
    """A single score keeps its own choices; ECOG beside it is read."""
    intake = read("id,performance status\n1,80\n2,1\n")
    assert ecog(intake) == [None, "1"]
    question = only(intake, "scale-unclear")
    assert (question.key, question.where.row) == ("scale:performance status", 2)
    assert question.choices[0].values == {"ecog_ps": "1"}
    assert ecog(read("id,performance status\n1,80\n", {question.key: "convert"})) == ["1"]
