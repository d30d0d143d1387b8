"""The page of one case: typed text is kept, saved, merged; the gate, the steps, the ballots."""

import pytest

from dashboard.meeting.case import Stage
from dashboard.services import ballots, cases, drafts
from tests.app.board_room import SAMPLE, in_backlog, owner, ready
from tests.app.conftest import text_of, title_of


@pytest.fixture(autouse=True)
def empty_list(fresh_installation):
    """Every test begins with a list of its own."""


def pressed(app, label):
    """The button of this label."""
    return next(button for button in app.button if button.label == label)


def field(app, label):
    """The text field of this label."""
    return next(each for each in app.text_input if each.label == label)


def view(app, held, name):
    """Another view of the case."""
    return app.segmented_control(key=f"case.{held.paper.id}.view").set_value(name).run()


def test_case_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("case")
    assert title_of(app) == "Case"
    assert "Nobody is on the screen." in text_of(app)


def test_case_is_made_of_the_patient_on_the_screen(visit):
    """Whoever is not on the list is put there by one press."""
    app = visit("case", patient=SAMPLE)
    assert "not on the board&#x27;s list" in text_of(app)
    app = pressed(app, "Make a case of this patient").click().run()
    assert title_of(app) == "Case"
    assert len(cases.listed(owner())) == 1


def test_case_opens_again_from_its_address(visit):
    """A new visitor with the link sees the same case; no part of the patient stands in it."""
    held = in_backlog()
    app = visit("case", patient=held.paper.id)
    assert title_of(app) == "Case"
    assert SAMPLE in text_of(app)
    assert set(app.query_params) == {"patient"}
    assert title_of(visit("board", patient=held.paper.id)) == "Board"


def test_case_keeps_what_is_typed_before_it_is_saved(visit):
    """After typing and without saving, another visit finds the words."""
    held = in_backlog()
    app = visit("case", patient=held.paper.id)
    field(app, "Wishes of the patient").set_value("no infusion").run()
    assert "Kept as a draft at" in text_of(app)
    assert drafts.find(owner(), held.paper, "case").fields == {"wishes": "no infusion"}
    assert cases.read(owner(), held.paper.id).paper.wishes == ""
    again = visit("case", patient=held.paper.id)
    assert field(again, "Wishes of the patient").value == "no infusion"
    again = pressed(again, "Save").click().run()
    assert "Saved." in text_of(again)
    assert cases.read(owner(), held.paper.id).paper.wishes == "no infusion"
    assert drafts.find(owner(), held.paper, "case") is None


def test_case_in_two_tabs_of_one_person_loses_nothing_typed(visit):
    """A tab that was opened before, and is used again, takes away nothing typed in the other."""
    held = in_backlog()
    first, second = visit("case", patient=held.paper.id), visit("case", patient=held.paper.id)
    field(first, "Wishes of the patient").set_value("no infusion").run()
    second.run()  # any press in it
    assert drafts.find(owner(), held.paper, "case").fields == {"wishes": "no infusion"}
    field(second, "Goals of treatment").set_value("time at home").run()
    both = {"wishes": "no infusion", "goals": "time at home"}
    assert drafts.find(owner(), held.paper, "case").fields == both
    pressed(first, "Save").click().run()
    left = drafts.find(owner(), held.paper, "case")
    assert (left.fields, left.base) == ({"goals": "time at home"}, 2)
    pressed(second, "Save").click().run()
    assert drafts.find(owner(), held.paper, "case") is None
    saved = cases.read(owner(), held.paper.id).paper
    assert (saved.wishes, saved.goals) == ("no infusion", "time at home")


def test_case_saved_by_two_is_put_together(visit):
    """What somebody else wrote in another field is kept, and named."""
    held = in_backlog()
    app = visit("case", patient=held.paper.id)
    field(app, "Wishes of the patient").set_value("no infusion").run()
    cases.save(owner(), held, {"goals": "time at home"})
    app = pressed(app, "Save").click().run()
    assert "together with what others changed meanwhile: goals." in text_of(app)
    both = cases.read(owner(), held.paper.id).paper
    assert (both.wishes, both.goals) == ("no infusion", "time at home")


def test_case_changed_in_the_same_field_asks_whose_words(visit):
    """Both texts stand there; what is chosen is saved, and nothing else."""
    held = in_backlog()
    app = visit("case", patient=held.paper.id)
    field(app, "Wishes of the patient").set_value("mine").run()
    cases.save(owner(), held, {"wishes": "theirs"})
    app = pressed(app, "Save").click().run()
    assert "changed the same at" in text_of(app)
    (choice,) = app.radio
    assert [option.split(": ")[1] for option in choice.options] == ["mine", "theirs"]
    assert cases.read(owner(), held.paper.id).paper.wishes == "theirs"
    choice.set_value(choice.options[0]).run()
    app = pressed(app, "Save this choice").click().run()
    assert "Saved as chosen." in text_of(app)
    assert cases.read(owner(), held.paper.id).paper.wishes == "mine"


def test_case_passes_the_gate_with_a_reason(visit):
    """What is missing is listed by what it would change; a reason lets it pass."""
    held = cases.save(owner(), in_backlog(), {"questions": ("Which?",), "regimens": ("alectinib",)})
    app = visit("case", patient=held.paper.id)
    text = text_of(app)
    assert "Holds up" in text
    assert "decides whether" in text
    assert pressed(app, "Make it ready for the board").disabled
    field(app, "Let them pass, because").set_value("tissue used up").run()
    app = visit("case", patient=held.paper.id)
    assert field(app, "Let them pass, because").value == "tissue used up"
    app = pressed(app, "Let pass").click().run()
    assert "tissue used up" in text_of(app)
    app = pressed(app, "Make it ready for the board").click().run()
    assert cases.read(owner(), held.paper.id).paper.stage is Stage.READY
    assert "Ready for the board" in text_of(app)


def test_case_shows_long_texts_whole(visit):
    """A wish longer than its line can be read below the form."""
    wish = "as much time at home as possible, and the wedding in May"
    held = cases.save(owner(), in_backlog(), {"wishes": wish, "goals": "time"})
    text = text_of(visit("case", patient=held.paper.id))
    assert wish in text
    assert "Goals: " not in text


def test_case_goes_back_with_a_reason(visit):
    """The reason is kept while it is typed, and stands among the steps."""
    held = ready()
    app = visit("case", patient=held.paper.id)
    field(app, "Because").set_value("scan is late").run()
    app = visit("case", patient=held.paper.id)
    app = pressed(app, "Back to the backlog").click().run()
    assert cases.read(owner(), held.paper.id).paper.stage is Stage.BACKLOG
    assert cases.read(owner(), held.paper.id).paper.moves[-1].reason == "scan is late"


def test_case_shows_its_timeline_and_takes_events(visit):
    """What the record does not hold can be added with its day."""
    held = in_backlog("SYN-NSCLC-04")
    app = view(visit("case", patient=held.paper.id), held, "Timeline")
    assert 'alt="Timeline of' in text_of(app)
    key = f"case.{held.paper.id}.event0"
    field(app, "In words").set_value("liver biopsy").run()
    app = view(visit("case", patient=held.paper.id), held, "Timeline")
    assert field(app, "In words").value == "liver biopsy"
    app.date_input(key=f"{key}.day").set_value("2026-01-05").run()
    app = app.button(key=f"{key}.add").click().run()
    assert "liver biopsy" in text_of(app)


def test_case_takes_ballots_blind_and_reveals_them(visit):
    """A ballot is given, not shown; after the reveal it stands beside the model."""
    held = ready()
    app = view(visit("case", patient=held.paper.id), held, "Ballots")
    key = f"vote.{held.paper.id}"
    app.text_input(key=f"{key}.name").set_value("Dr Kim")
    app.selectbox(key=f"{key}.choice").set_value("docetaxel")
    app = pressed(app, "Give the ballot").click().run()
    text = text_of(app)
    assert "Given, and covered: Dr Kim." in text
    assert "Own choice" not in text
    app = pressed(app, "Reveal the ballots and the forecast").click().run()
    text = text_of(app)
    assert "Board, the mean" in text
    assert "Docetaxel" in text
    assert ballots.of(owner(), held.paper.id).ballots[0].name == "Dr Kim"


def test_case_does_without_ballots_for_a_reason(visit):
    """The reason stands where the ballots would."""
    held = ready()
    app = view(visit("case", patient=held.paper.id), held, "Ballots")
    app.text_input(key=f"end.{held.paper.id}.why").set_value("only one member").run()
    app = pressed(app, "Do without").click().run()
    assert "The chair did without ballots." in text_of(app)
    assert "only one member" in text_of(app)


def test_case_is_handed_out_and_its_versions_are_listed(visit):
    """A signed file, and who saved what when."""
    held = ready()
    app = view(visit("case", patient=held.paper.id), held, "History and file")
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Case file (JSON, signed)"]
    assert "Version 4" in text_of(app)
    assert "backlog to ready" in text_of(app)
