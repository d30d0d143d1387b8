"""Decisions through their service: what the tool showed, three layers, the lock, what follows."""

from dataclasses import replace

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.meeting.case import Decided, Stage
from dashboard.meeting.choices import Choice, Said, Stance
from dashboard.meeting.decision import DecisionRefused, Dissent, View
from dashboard.services import agenda, ballots, cases, decisions, follow_up
from dashboard.services.casebook import EditClash
from dashboard.services.context import Role
from tests.unit.services.meeting_desk import (
    DUE,
    Clock,
    a_forecast,
    contexts,
    opened,
    real,
    revealed,
    sample,
    tool_of,
)

WHOLE = {
    "board": View(Choice.REGIMEN, "docetaxel", Stance.DIFFERS, ("wish",), "asked for it"),
    "clinician": View(Choice.REGIMEN, "alectinib", Stance.NOT_USED, ("biomarker",)),
    "dissent": (Dissent("Dr Ben", "too toxic"),),
    "responsible": "Dr Anna",
    "due": DUE,
    "trial_offered": Said.NO,
    "prediction_consent": Said.YES,
    "present": ("Dr Anna", "Dr Ben"),
}


@pytest.fixture
def people(tmp_path):
    """A context for each person, over one store."""
    found = contexts(tmp_path / "data", Clock())
    yield found
    found["owner"].store.close()


def begun(context, changes=None):
    """A case with revealed ballots, and its record saved once."""
    held = opened(context)
    revealed(context, held.paper.id)
    record = decisions.of(context, held.paper.id)
    saved = decisions.save(context, record, changes or WHOLE, tool_of(context, held))
    return held, saved


def test_decision_begins_with_the_boards_regimens(people):
    """An empty draft, nothing of it saved."""
    held = opened(people["anna"])
    record = decisions.of(people["anna"], held.paper.id)
    assert record.version == 0
    assert [option.name for option in record.paper.options] == ["docetaxel", "alectinib"]
    assert record.paper.state is Decided.DRAFT


def test_decision_keeps_what_the_tool_showed_as_it_was_shown(people):
    """Figures with the texts of the screen, the model, the pack, the patient, the verdicts."""
    anna = people["anna"]
    held, saved = begun(anna)
    tool = saved.paper.tool
    row = tool.of("docetaxel")
    assert row.figures["response"].text == "40% (30 to 50%)"
    assert (row.figures["response"].p, row.figures["os"]) == (0.4, None)
    assert row.verdict in ("open", "undecided", "not suitable")
    assert tool.bundle == "bundle-1"
    assert tool.pack == anna.library.pack("nsclc").fingerprint
    assert tool.patient == held.paper.fingerprint
    assert saved.paper.ballots == "revealed"


def test_decision_keeps_the_first_figures(people):
    """A model that was trained anew does not change what was on the screen then."""
    anna = people["anna"]
    held, saved = begun(anna)
    other = tool_of(anna, held, p=0.9)
    again = decisions.save(anna, saved, {"conditions": "if stable"}, other)
    assert again.paper.tool == saved.paper.tool


def test_decision_takes_nothing_of_the_tool_while_ballots_are_open(people):
    """Commit before reveal holds for the record too."""
    anna = people["anna"]
    held = opened(anna)
    record = decisions.of(anna, held.paper.id)
    assert tool_of(anna, held) is None
    ballots.do_without(anna, held.paper.id, "one person")
    tool = tool_of(anna, held)
    other = opened(anna)
    with pytest.raises(UserError, match="Ballots are still open"):
        decisions.save(anna, decisions.of(anna, other.paper.id), WHOLE, tool)
    assert decisions.save(anna, record, WHOLE, tool).paper.ballots == "off"


def test_decision_that_is_final_locks_moves_the_case_and_begins_follow_up(people):
    """One transaction: the lock, the case's stage, and what is to be asked in three months."""
    anna = people["anna"]
    held, saved = begun(anna)
    closed = decisions.advance(anna, saved, Decided.FINAL)
    assert closed.paper.is_locked
    assert decisions.is_intact(anna, decisions.of(anna, held.paper.id).paper)
    case = cases.read(anna, held.paper.id).paper
    assert case.stage is Stage.FOLLOW_UP
    assert [move.went_to for move in case.moves] == [Stage.DISCUSSED, Stage.FOLLOW_UP]
    (asked,) = follow_up.due(anna)
    assert (asked.case, asked.month) == (case.id, 3)
    with pytest.raises(DecisionRefused, match="final and locked"):
        decisions.save(anna, closed, {"conditions": "x"}, None)


def test_decision_that_is_preliminary_moves_the_case_to_discussed(people):
    """And no further; it can still be changed."""
    anna = people["anna"]
    held, saved = begun(anna, {"board": View(Choice.MORE_TESTS)})
    kept = decisions.advance(anna, saved, Decided.PRELIMINARY)
    assert cases.read(anna, held.paper.id).paper.stage is Stage.DISCUSSED
    assert follow_up.due(anna) == ()
    closed = decisions.advance(anna, decisions.save(anna, kept, WHOLE, None), Decided.FINAL)
    assert closed.paper.is_locked


def test_decision_is_closed_only_as_it_was_seen(people):
    """Whoever closes has seen the last word of the others."""
    anna = people["anna"]
    _, saved = begun(anna)
    decisions.save(anna, saved, {"conditions": "if creatinine allows"}, None)
    with pytest.raises(EditClash, match="conditions"):
        decisions.advance(anna, saved, Decided.FINAL)
    with pytest.raises(DecisionRefused, match="Nothing has been saved"):
        decisions.advance(anna, decisions.of(anna, opened(anna).paper.id), Decided.FINAL)


def test_decision_closed_twice_by_one_request_is_closed_once(people):
    """A repeated press has one effect."""
    anna = people["anna"]
    held, saved = begun(anna)
    first = decisions.advance(anna, saved, Decided.FINAL, request="f1")
    assert decisions.advance(anna, saved, Decided.FINAL, request="f1").version == first.version
    assert len(cases.earlier(anna, held.paper.id)) == 2


def test_decision_addenda_stand_behind_the_record(people):
    """Two people add; the second has to have seen the first's."""
    anna = people["anna"]
    _, saved = begun(anna)
    closed = decisions.advance(anna, saved, Decided.FINAL)
    added = decisions.add(anna, closed, "MRI done")
    assert added.paper.head != closed.paper.head
    assert decisions.is_intact(anna, added.paper)
    with pytest.raises(EditClash):
        decisions.add(anna, closed, "something else")


def test_decision_settles_a_clash_field_by_field(people):
    """Both wrote conditions; the choice is made openly."""
    anna = people["anna"]
    _, saved = begun(anna)
    decisions.save(anna, saved, {"conditions": "theirs"}, None)
    with pytest.raises(EditClash) as told:
        decisions.save(anna, saved, {"conditions": "mine"}, None)
    assert decisions.settle(anna, told.value, ("conditions",)).paper.conditions == "mine"


def test_decision_of_another_team_is_absent(people):
    """The decision is as far away as its case."""
    anna, ben = people["anna"], people["ben"]
    held = opened(anna, real(anna))
    record = decisions.of(anna, held.paper.id)
    with pytest.raises(UserError, match="no case of this address"):
        decisions.of(ben, held.paper.id)
    with pytest.raises(UserError, match="no case of this address"):
        decisions.save(ben, record, {"conditions": "x"}, None)
    with pytest.raises(NotPermitted):
        decisions.save(people["vic"], record, {"conditions": "x"}, None)
    with pytest.raises(ValueError, match="no field lock"):
        decisions.save(anna, record, {"lock": None}, None)


def test_decision_scores_of_board_and_model(people):
    """Ten decided cases with a known response: both are scored on the same ones."""
    anna = people["anna"]
    for number in range(10):
        who = replace(sample(anna), id=f"P-{number}")
        held = opened(anna, who)
        revealed(anna, held.paper.id, chance=0.8)
        record = decisions.of(anna, held.paper.id)
        saved = decisions.save(anna, record, WHOLE, tool_of(anna, held, p=0.4))
        decisions.advance(anna, saved, Decided.FINAL)
        followed = follow_up.of(anna, held.paper.id)
        entry = entry_of(anna, "PR" if number < 5 else "PD")
        if number == 9:
            assert follow_up.scores(anna).too_few
        follow_up.enter(anna, followed, entry)
    found = follow_up.scores(anna)
    assert found.n == 10
    assert found.board.value == pytest.approx(0.5 * 0.04 + 0.5 * 0.64)
    assert found.model.value == pytest.approx(0.5 * 0.36 + 0.5 * 0.16)
    assert follow_up.scores(people["ben"]).n == 0
    assert follow_up.due(people["ben"]) == ()
    assert agenda.numbers(anna).differs.count == 10


def entry_of(context, response):
    """What is known three months later."""
    from dashboard.meeting.follow_up import CarriedOut, Entry

    return Entry(
        3, context.today, "Dr Anna", context.clock(), CarriedOut.YES, response=response,
        given="docetaxel",
    )  # fmt: skip


def test_follow_up_begins_with_a_final_decision_only(people):
    """Before, there is nothing to enter."""
    anna = people["anna"]
    held, _ = begun(anna)
    with pytest.raises(UserError, match="nothing to follow up yet"):
        follow_up.of(anna, held.paper.id)


def test_follow_up_entries_clash_when_two_enter(people):
    """Two people who enter the same month are told of each other."""
    anna = people["anna"]
    held, saved = begun(anna)
    decisions.advance(anna, saved, Decided.FINAL)
    followed = follow_up.of(anna, held.paper.id)
    follow_up.enter(anna, followed, entry_of(anna, "PR"))
    with pytest.raises(EditClash, match="entries"):
        follow_up.enter(anna, followed, entry_of(anna, "PD"))


def test_decision_may_be_recorded_by_educators_on_teaching_cases(people):
    """A class decides too."""
    eva = people["eva"]
    assert eva.actor.role is Role.EDUCATOR
    held = opened(eva)
    record = decisions.of(eva, held.paper.id)
    assert decisions.save(eva, record, {"conditions": "x"}, None).version == 1
    assert a_forecast(sample(eva)).disease == "nsclc"
