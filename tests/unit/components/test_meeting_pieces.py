"""The pieces of the meeting's pages that are text: what they say, and that no figure is naked."""

from dataclasses import replace

import pytest

from components.widgets import ballots, board_case, cases, decision, follow_up, presentation
from dashboard.meeting.agenda import metrics
from dashboard.meeting.ballot import Ballot, Phase, Round
from dashboard.meeting.brier import Comparison, Score
from dashboard.meeting.case import Decided, Urgency, Waiver
from dashboard.meeting.decision import Dissent, View, amended, become
from dashboard.meeting.follow_up import CarriedOut, Due
from dashboard.meeting.gate import Gate, Missing
from dashboard.meeting.presenting import Meeting, turned_to
from tests.builders import a_patient, tiny_pack
from tests.unit.meeting.made import NOW, TODAY, a_case, a_decision, a_follow_up, an_entry

LABELS = {"a": "Regimen A", "b": "Regimen B"}
HELD = Gate(
    (
        Missing("f", "Fusion", decides=("a",), decides_others=2),
        Missing("e", "ECOG", is_core=True),
        Missing("n", "Neutrophils", narrowing=0.12),
        Missing("p", "PD-L1", effects=3),
    ),
    known=7,
    core=9,
)


def closed(**changes):
    """A locked record."""
    return become(a_decision(**changes), Decided.FINAL, by="Dr Noor", at=NOW)


def test_gate_list_says_what_each_fact_would_change():
    """What it decides, that it is core, how much it narrows, how often it was published."""
    text = board_case.gate_list(HELD, LABELS).text
    assert "7 of 9 core facts are known. 2 missing facts hold the case up." in text
    assert "decides whether Regimen A comes into question" in text
    assert "decides 2 regimens that are not on the board" in text
    assert "a core fact of this disease" in text
    assert "would narrow the intervals by 12% on average" in text
    assert "3 published effects speak of it" in text
    assert text.count("Holds up") == 2


def test_gate_list_without_anything_missing_says_so():
    """And where nothing holds up, that is said too."""
    assert "Nothing that matters is missing." in board_case.gate_list(Gate((), 1, 1), {}).text
    only = Gate((Missing("n", "Neutrophils", narrowing=0.1),), 9, 9)
    assert "None of the missing facts holds the case up." in board_case.gate_list(only, {}).text


def test_state_line_tells_who_let_what_pass():
    """The reason stands beside the stage."""
    case = a_case(urgency=Urgency.SOON, waiver=Waiver("tissue used up", "Dr Noor", NOW, ("ALK",)))
    text = board_case.state_line(case).text
    assert "Dr Noor let 1 missing fact pass: tissue used up" in text
    assert "Soon" in text


def test_case_card_escapes_what_was_typed():
    """A question is text, whatever it holds."""
    text = cases.card(a_case(questions=("<script>x</script>",), synthetic=True), {}).text
    assert "<script>" not in text
    assert "SYNTHETIC" in text


def test_agenda_table_and_damage_are_told():
    """An empty list tells how cases come; withheld ones are counted."""
    assert "list is empty" in cases.agenda_table([], {}).text
    assert "no day yet" in cases.agenda_table([a_case()], {"tiny": "Tiny cancer"}).text
    assert cases.damaged_note(0).text == ""
    assert "1 case is not what was saved" in cases.damaged_note(1).text
    assert "2 cases are" in cases.damaged_note(2).text


def test_numbers_of_nothing_are_none_known():
    """No share without cases."""
    text = cases.numbers_table(metrics([], [], [])).text
    assert text.count("none known") == 8
    assert "%" not in text


def test_ballots_side_by_side_mark_nobody_as_right():
    """Members, mean and model; a regimen without an estimate has a dash."""
    held = Round(
        "k1", Phase.REVEALED,
        (Ballot("x", "Dr X", "a", 0.7, {"a": 0.6}), Ballot("y", "Dr Y", "no consensus", 0.5)),
    )  # fmt: skip
    model = {"a": "40% (30 to 50%)"}
    text = ballots.side_by_side(held, ("a", "b"), LABELS, model=model, outcome="Outcome: x.").text
    assert '40% <span class="cc-whole">(30 to 50%)</span>' in text
    few = ballots.side_by_side(held, ("a", "b"), LABELS, model=model, most=1).text
    assert "Dr X" in few
    assert "Dr Y" not in few
    assert "1 more ballot on the page of the case." in few
    assert "1 for Regimen A; 1 for No consensus" in text
    assert text.index("Board, the mean") < text.index("Dr X") < text.index("Dr Y")
    assert "Outcome: x." in text
    for word in ("best", "right", "wrong", "recommend"):
        assert f" {word} " not in text.lower()
    off = replace(held, phase=Phase.OFF, changed_by="Dr X", reason="hurry", ballots=())
    assert "Dr X: hurry" in ballots.side_by_side(off, ("a",), LABELS, model={}).text


def test_decision_text_tells_the_hash_and_what_was_added():
    """A closed record is read with its hash, its dissent and its addenda."""
    record = amended(closed(dissent=(Dissent("Ben", "too toxic"),)), "MRI", by="Ben", at=NOW)
    text = decision.record_text(record, LABELS, intact=True).text
    assert record.lock.sha256 in text
    assert "Ben: too toxic" in text
    assert "MRI" in text
    assert "Regimen: Regimen A" in text
    assert "Dr Noor, until 2026-06-08" in text


def test_decision_text_warns_when_the_hash_does_not_fit():
    """A record that was changed is not to be used."""
    text = decision.record_text(closed(), LABELS, intact=False).text
    assert "This record is not what was closed." in text
    assert "checked just now" not in text


def test_decision_text_is_brief_in_a_room():
    """What was not said is left out; nothing decided is said."""
    assert (
        "Nothing has been decided yet."
        in decision.record_text(a_decision(board=View()), LABELS, intact=True, brief=True).text
    )
    brief = decision.record_text(closed(), LABELS, intact=True, brief=True).text
    assert "not said" not in brief
    assert "Regimen A" in brief


def test_tool_table_has_an_interval_with_every_figure():
    """What the tool showed stands with model, pack and patient, marked synthetic."""
    text = decision.tool_table(a_decision().tool).text
    assert "62%\N{NO-BREAK SPACE}(54\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}70%)" in text
    assert "Model b1, pack pack1, patient patient1." in text
    assert "SYNTHETIC" in text
    assert "Nothing of the tool" in decision.tool_table(None).text


@pytest.mark.parametrize(("days", "words"), [(3, "3 days late"), (0, "Today"), (-5, "in 5 days")])
def test_due_table_says_how_late(days, words):
    """Late, today, or still to come."""
    text = follow_up.due_table([Due("k1", "P1", 3, TODAY, days)]).text
    assert words in text
    assert "Month 3" in text


def test_entries_table_gives_reasons_in_words():
    """Why something was not carried out stands in words, not in a code."""
    held = a_follow_up(entries=(an_entry(carried_out=CarriedOut.NO, why_not=("wish",)),))
    assert "No (Patient&#x27;s wish)" in follow_up.entries_table(held).text
    assert "Nothing has been entered yet." in follow_up.entries_table(a_follow_up()).text


def test_scores_stand_with_interval_and_number_of_cases():
    """Or with how many cases are wanting."""
    found = Comparison(12, Score(0.2, 0.1, 0.3), Score(0.25, 0.2, 0.3), Score(-0.05, -0.1, 0.0))
    text = follow_up.scores(found).text
    assert "12 cases" in text
    assert "0.200 (0.100 to 0.300)" in text
    assert "\N{MINUS SIGN}0.050 (\N{MINUS SIGN}0.100 to 0.000)" in text
    assert "Too few: 4 of at least 10" in follow_up.scores(Comparison(4)).text


def test_presentation_pieces_name_patient_question_and_missing():
    """Who, what is asked, what was brought in, what is missing, and the time."""
    case = a_case(
        questions=("Which?",), wishes="tablets", synthetic=True, urgency=Urgency.URGENT,
        waiver=Waiver("r", "o", NOW, ("Fusion",)),
    )  # fmt: skip
    stage = presentation.stage(case, a_patient(), tiny_pack(), (2, 5)).text
    assert "Case 2 of 5" in stage
    assert "SYNTHETIC" in stage
    assert "Urgent" in stage
    assert presentation.position(case, [case]) == (1, 1)
    assert presentation.position(case, []) == (0, 0)
    told = presentation.told(case, HELD).text
    assert "Fusion, ECOG (let pass)" in told
    assert "tablets" in told
    assert "nothing that decides" in presentation.told(case, Gate((), 1, 1)).text
    assert "Which?" in presentation.question(case).text
    assert "No question was entered." in presentation.question(a_case()).text
    held = turned_to(Meeting(TODAY), "k1", NOW)
    assert "0:00 of 6 min" in presentation.timer_words(held, NOW).text
