"""A case of the board: its steps, their conditions, and the patient it keeps."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import (
    STEPS,
    Decided,
    Stage,
    Standing,
    StepRefused,
    Waiver,
    moved,
    waived,
    wanting,
)
from dashboard.meeting.snapshot import Recalled, recalled, snapshot_of, with_patient
from dashboard.records.patient import Measurement, Origin
from tests.builders import a_patient, a_reading
from tests.unit.meeting.made import NOW, a_case, a_ready_case

NOTHING = Standing()
FINAL = Standing(decided=Decided.FINAL)


def step(case, to, standing=NOTHING, reason=""):
    """A step by the owner."""
    return moved(case, to, standing, by="owner", at=NOW, reason=reason)


def test_case_gives_its_patient_back():
    """The snapshot holds the patient with values, origins and measurements."""
    patient = replace(
        a_patient(), measurements=(Measurement("albumin_g_dl", 3.5, date(2026, 1, 2)),)
    )
    case = with_patient(a_case(), patient, 2, 4)
    assert recalled(case, a_reading()) == Recalled(patient)
    assert case.completeness == 0.5


def test_case_without_its_patient_says_so():
    """A snapshot that was changed by hand is not taken for the patient."""
    other = a_patient({"age_years": 40.0})
    with pytest.raises(UserError, match="does not hold the patient"):
        recalled(replace(a_case(), snapshot=snapshot_of(other)), a_reading())


def test_case_takes_no_other_patient():
    """A case stays with its patient."""
    with pytest.raises(UserError, match="This case is of P1, not of P2"):
        with_patient(a_case(), a_patient(id="P2"), 0, 0)


def test_case_forgets_a_waiver_when_the_patient_changes():
    """What was let pass was let pass for the facts of that day."""
    case = replace(a_case(), waiver=Waiver("urgent", "owner", NOW, ("ALK",)))
    assert with_patient(case, a_patient(), 1, 1).waiver is not None
    changed = a_patient().with_values({"age_years": 62.0}, Origin())
    assert with_patient(case, changed, 1, 1).waiver is None


def test_case_becomes_ready_with_question_preparer_and_facts():
    """Everything that is wanting is told at once."""
    told = wanting(a_case(), Stage.READY, Standing(("ALK fusion",)))
    assert [words.split()[0] for words in told] == ["A", "Somebody", "Missing:"]
    ready = step(a_ready_case(), Stage.READY)
    assert ready.stage is Stage.READY
    assert (ready.moves[0].came_from, ready.moves[0].went_to) == (Stage.BACKLOG, Stage.READY)


def test_case_with_missing_facts_waits_until_they_are_let_pass():
    """A waiver covers the facts it names and no other."""
    waiting = Standing(("ALK fusion",))
    with pytest.raises(StepRefused, match="Missing: ALK fusion"):
        step(a_ready_case(), Stage.READY, waiting)
    passed = waived(a_ready_case(), ("ALK fusion",), by="owner", at=NOW, reason=" tissue used up ")
    assert passed.waiver.reason == "tissue used up"
    assert step(passed, Stage.READY, waiting).stage is Stage.READY
    with pytest.raises(StepRefused, match="Missing: ROS1"):
        step(passed, Stage.READY, Standing(("ALK fusion", "ROS1")))


def test_case_is_not_waived_without_a_reason():
    """A reason is what makes a waiver."""
    with pytest.raises(StepRefused, match="with a reason only"):
        waived(a_case(), ("ALK",), by="owner", at=NOW, reason="  ")


@pytest.mark.parametrize(
    ("decided", "goes"),
    [
        (Decided.NOT, False),
        (Decided.DRAFT, False),
        (Decided.PRELIMINARY, True),
        (Decided.FINAL, True),
    ],
)
def test_case_is_discussed_when_something_was_decided(decided, goes):
    """A draft is no decision."""
    case = a_ready_case(stage=Stage.READY)
    assert (wanting(case, Stage.DISCUSSED, Standing(decided=decided)) == ()) is goes


def test_case_is_followed_up_when_the_decision_is_final():
    """What is preliminary may still change."""
    case = a_ready_case(stage=Stage.DISCUSSED)
    with pytest.raises(StepRefused, match="has to be final"):
        step(case, Stage.FOLLOW_UP, Standing(decided=Decided.PRELIMINARY))
    assert step(case, Stage.FOLLOW_UP, FINAL).stage is Stage.FOLLOW_UP


def test_case_goes_back_with_a_reason():
    """A step back is taken openly."""
    case = a_ready_case(stage=Stage.READY)
    with pytest.raises(StepRefused, match="step back needs a reason"):
        step(case, Stage.BACKLOG)
    assert step(case, Stage.BACKLOG, reason="MRI is missing").moves[0].reason == "MRI is missing"


def test_case_with_a_final_decision_is_not_made_ready_again():
    """A locked decision is not discussed anew on the same case until it is followed up."""
    case = a_ready_case(stage=Stage.DISCUSSED)
    with pytest.raises(StepRefused, match="open a new case"):
        step(case, Stage.READY, FINAL, reason="again")
    assert step(case, Stage.READY, Standing(decided=Decided.PRELIMINARY), reason="again")


@pytest.mark.parametrize(("start", "to"), [*itertools.product(Stage, Stage)])
def test_case_takes_no_step_that_is_not_on_the_list(start, to):
    """Every other pair of stages is refused, whatever is decided."""
    told = wanting(a_ready_case(stage=start), to, FINAL)
    if to not in STEPS[start]:
        assert told == (f"A case does not go from {start} to {to}.",)
    else:
        assert not any("does not go" in words for words in told)


def test_case_without_core_facts_is_complete():
    """A disease without a core holds nobody up."""
    assert a_case().completeness == 1.0
