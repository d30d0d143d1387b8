"""Corrections leave a trace, and only what is good is taken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_patient
from dashboard.records.fixes import Edit, accept_good, answered, edited, without_refused
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    Where,
)
from tests.builders import TODAY, a_patient

PACK = load_library().pack("nsclc")
EDIT = Edit("Dr A", datetime(2026, 3, 1, 10, 4, tzinfo=UTC), "typing error")


def test_edit_says_who_when_why_and_what_stood_there():
    """The new origin tells all four."""
    patient = edited(a_patient({"ecog_ps": "1"}), {"ecog_ps": "2", "albumin_g_dl": 3.9}, EDIT)
    assert patient.values == {"ecog_ps": "2", "albumin_g_dl": 3.9}
    assert patient.origins["ecog_ps"] == Origin(
        who="Dr A", when="2026-03-01T10:04:00+00:00", note="typing error; before: 1"
    )
    assert patient.origins["albumin_g_dl"].note == "typing error"


def test_edit_can_leave_a_value_unknown():
    """None takes it away, with its origin."""
    patient = edited(a_patient({"ecog_ps": "1"}), {"ecog_ps": None}, EDIT)
    assert "ecog_ps" not in patient.values
    assert "ecog_ps" not in patient.origins


@pytest.mark.parametrize(("value", "line"), [(2.0, 2), ("3", 3), (None, None)])
def test_edit_sets_the_line(value, line):
    """From a number or the text of a level."""
    patient = edited(a_patient(line=1), {"line": value}, EDIT)
    assert patient.line == line
    assert ("line" in patient.origins) is (line is not None)


def test_edit_sets_a_line_that_was_unknown():
    """There is nothing that stood there before."""
    assert edited(a_patient(line=None), {"line": 2.0}, EDIT).origins["line"].note == "typing error"


@pytest.mark.parametrize("value", [1.5, "second"])
def test_edit_refuses_a_line_that_is_none(value):
    """Lines are whole numbers."""
    with pytest.raises(ValueError, match=r"no line of therapy|could not convert"):
        edited(a_patient(), {"line": value}, EDIT)


def test_answer_applies_the_choice_and_settles_the_finding():
    """The contradiction is gone, and the origin says which answer was given."""
    patient = Patient("P1", "nsclc", {"smoking_status": "never", "pack_years": 20.0}, line=1)
    (finding,) = [f for f in check_patient(patient, PACK, TODAY) if f.code == "contradiction"]
    mended = answered(patient, finding, finding.choices[0], Edit("Dr A", EDIT.when))
    assert "contradiction" not in {f.code for f in check_patient(mended, PACK, TODAY)}
    assert (
        mended.origins["pack_years"].note == "contradiction: Pack-years: 0 pack-years; before: 20"
    )


def test_answer_belongs_to_its_finding_and_patient():
    """A choice from elsewhere is refused."""
    finding = Finding(Severity.QUESTION, "x", "?", patient="P1", choices=(Choice("a"),))
    with pytest.raises(ValueError, match="another finding"):
        answered(a_patient(), finding, Choice("b"), EDIT)
    with pytest.raises(ValueError, match="another finding"):
        answered(a_patient(id="P2"), finding, Choice("a"), EDIT)


def test_refused_values_are_left_unknown_and_the_others_kept():
    """One impossible value does not cost the patient."""
    values = {"albumin_g_dl": 390.0, "ecog_ps": "1"}
    origins = {name: Origin("a.csv", 2, f"col {name}") for name in values}
    patient = Patient("P1", "nsclc", values, origins=origins)
    findings = check_patient(patient, PACK, TODAY)
    mended = without_refused(patient, findings, EDIT)
    assert mended.values == {"ecog_ps": "1"}
    assert without_refused(mended, findings, EDIT) == mended


def test_good_rows_are_taken_and_the_others_listed():
    """Each with the errors that stand against it."""
    good, bad, open_one = (a_patient(id=name) for name in ("good", "bad", "open"))
    error = Finding(Severity.ERROR, "value-impossible", "!", Where("a.csv", 3), patient="bad")
    question = Finding(Severity.QUESTION, "unit-unclear", "?", patient="open")
    of_file = Finding(Severity.ERROR, "field-count", "Row 9 was left out.")
    intake = Intake((good, bad, open_one), (error, of_file))
    taken = accept_good(intake, [question])
    assert [patient.id for patient in taken.taken] == ["good", "open"]
    assert taken.left == ((bad, (error,)),)
    assert taken.summary == "2 taken, 1 left: value-impossible (1)."
    strict = accept_good(intake, [question], without_questions=True)
    assert [patient.id for patient in strict.taken] == ["good"]
    assert strict.summary == "1 taken, 2 left: value-impossible (1), unit-unclear (1)."
    assert accept_good(Intake((good,))).summary == "1 taken, 0 left."


def test_edit_sets_an_outcome_or_leaves_it_unknown():
    """An outcome is changed where outcomes stand, never among the values."""
    patient = a_patient(outcomes={"pfs_event": False, "os_months": 0.0})
    counted = edited(patient, {"pfs_event": True}, EDIT)
    assert counted.outcomes["pfs_event"] is True
    assert counted.origins["pfs_event"].who == EDIT.who
    assert "pfs_event" not in counted.values
    assert dict(edited(patient, {"os_months": None}, EDIT).outcomes) == {"pfs_event": False}


def test_edit_remembers_a_fact_of_two_reports_that_was_left_unknown():
    """What was left unknown on purpose is told apart from what nobody decided."""
    patient = a_patient(measurements=(Measurement("bmi", 20.0), Measurement("bmi", 30.0)))
    left = edited(patient, {"bmi": None, "sex": None}, EDIT)
    assert "bmi" not in left.values
    assert left.origins["bmi"].by_hand
    assert "sex" not in left.origins
