"""Typed answers: each must fit a question of the file; they are applied in several steps."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from dashboard.foundation.errors import UserError
from dashboard.knowledge.library import load_library
from dashboard.records.fixes import Edit
from dashboard.records.patient import Choice, Finding, Intake, Patient, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from dashboard.services.answering import apply_to_patients, read_with_answers
from tests.builders import TODAY

LIBRARY = load_library()
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def answer(text: str, given: Mapping[str, str]) -> Intake:
    """The table read with typed answers."""

    def read(answers: Mapping[str, str]) -> Intake:
        return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, "nsclc", answers))

    return read_with_answers(read, given, {"ecog_ps", "ignore"}.__contains__)


def test_answers_are_applied_layer_by_layer() -> None:
    """The question of the unit appears when the header is settled; both answers were typed."""
    text = "Export of the ward\nid,age,albumin\n1,60,38\n2,61,40\n"
    intake = answer(text, {"unit:albumin": "g/L", "header": "2"})
    assert [p.values["albumin_g_dl"] for p in intake.patients] == [3.8, 4.0]


def test_answers_to_no_question_are_refused_with_the_open_ones() -> None:
    """A misspelt key is never passed over; the nearest question and all open ones are named."""
    with pytest.raises(UserError, match="The file asks no question called unit:albumine") as told:
        answer("id,age,albumin\n1,60,38\n2,61,40\n", {"unit:albumine": "g/L"})
    assert "unit:albumin" in told.value.hint
    assert "Open questions: unit:albumin (g/L, unknown)." in told.value.hint
    with pytest.raises(UserError, match="no question called sheet") as silent:
        answer("id,age\n1,60\n", {"sheet": "2"})
    assert silent.value.hint == "It asks nothing."


def test_answers_that_a_question_does_not_accept_are_refused() -> None:
    """The question is repeated with the answers it takes."""
    with pytest.raises(
        UserError, match="'mmol/L' is no answer to the question unit:albumin"
    ) as told:
        answer("id,age,albumin\n1,60,38\n2,61,40\n", {"unit:albumin": "mmol/L"})
    assert told.value.hint == "It accepts: g/L, unknown."
    with pytest.raises(UserError, match="is no answer to the question uln:LDH") as limit:
        answer("id,age,LDH\n1,60,300\n", {"uln:LDH": "-3"})
    assert "the upper limit of normal as a number" in limit.value.hint


def test_answers_may_be_numbers_lines_and_meanings_where_the_question_takes_them() -> None:
    """An upper limit, the line of the header, the feature of a column."""
    assert answer("id,age,LDH\n1,60,300\n", {"uln:LDH": "250"}).patients[0].values == {
        "age_years": 60.0, "ldh_x_uln": 1.2,
    }  # fmt: skip
    text = "id,age,albumn\n1,60,3.9\n"
    key = next(f.key for f in answer(text, {}).findings if f.code == "column-unclear")
    assert "albumin_g_dl" not in answer(text, {key: "ignore"}).patients[0].values


def test_answers_about_a_stage_have_a_key_of_their_row() -> None:
    """Stage IV is IVA in one patient and IVB in the next."""
    text = "id,stage\n1,IV\n2,IV\n3,IVA\n"
    keys = [f.key for f in answer(text, {}).findings if f.code == "level-unclear"]
    assert keys == ["value:stage:row 2", "value:stage:row 3"]
    intake = answer(text, {keys[0]: "IVB", keys[1]: "unknown"})
    assert [p.values.get("stage") for p in intake.patients] == ["IVB", None, "IVA"]
    assert intake.patients[0].origins["stage"].note == "answered: IVB"
    assert "level-unclear" not in {f.code for f in intake.findings}


def test_answers_about_a_word_serve_the_whole_column() -> None:
    """Nd means one thing wherever it stands, also where it stands more often than is listed."""
    rows = "".join(f"{n},60,nd\n" for n in range(1, 31))
    text = f"id,age,liver_metastases\n{rows}"
    (question,) = [f for f in answer(text, {}).findings if f.code == "word-unclear"]
    assert question.key == "value:liver_metastases:nd"
    assert [c.answer for c in question.choices] == ["yes", "no", "unknown"]
    intake = answer(text, {question.key: "no"})
    assert {p.values["liver_metastases"] for p in intake.patients} == {False}


def test_answers_about_one_patient_are_applied_without_reading_again() -> None:
    """A reader that asks by patient gets its answer applied to that patient; others stay."""
    choice = Choice("Use 1", answer="1", values={"ecog_ps": "1"})
    asked = Finding(
        Severity.QUESTION, "x", "?", patient="A", key="A:x", choices=(choice, Choice("No", "no"))
    )
    intake = Intake((Patient("A", "nsclc"), Patient("B", "nsclc")), (asked,))
    settled, keys = apply_to_patients(intake, {"A:x": "1"}, Edit("Dr A", NOW))
    assert keys == {"A:x"}
    assert [dict(p.values) for p in settled.patients] == [{"ecog_ps": "1"}, {}]
    assert settled.patients[0].origins["ecog_ps"].who == "Dr A"
    assert settled.findings == ()
    for given in ({}, {"A:x": "no"}, {"A:x": "2"}, {"B:x": "1"}):
        assert apply_to_patients(intake, given, Edit("Dr A", NOW))[0].findings == (asked,)
