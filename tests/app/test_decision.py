"""The decision page: nothing chosen beforehand, kept while typed, locked with its hash."""

import pytest

from dashboard.meeting.case import Decided
from dashboard.meeting.choices import Choice, Said
from dashboard.services import decisions, drafts, follow_up
from tests.app.board_room import SAMPLE, decided, owner, ready, without_ballots
from tests.app.conftest import text_of, title_of


@pytest.fixture(autouse=True)
def list_of_its_own(fresh_installation):
    """A list without cases."""


def pressed(app, label):
    """The button of this label."""
    return next(button for button in app.button if button.label == label)


def test_decision_without_a_case_says_what_to_do(visit):
    """Somebody who is not on the list has no decision."""
    app = visit("decision", patient=SAMPLE)
    assert title_of(app) == "Decision"
    assert "not on the board&#x27;s list" in text_of(app)


def test_decision_chooses_nothing_beforehand(visit):
    """Every choice starts empty, and what is wanting is listed."""
    held = ready()
    app = visit("decision", patient=held.paper.id)
    choices = [box for box in app.selectbox if box.label == "Choice"]
    assert [box.value for box in choices] == [None, None]
    text = text_of(app)
    assert "The forecast is covered" in text
    assert "What the board decided." in text
    assert pressed(app, "Make it preliminary").disabled


def test_decision_is_kept_saved_and_locked(visit):
    """From the first word to the hash."""
    held = without_ballots(ready())
    app = visit("decision", patient=held.paper.id)
    key = f"decision.{held.paper.id}.0"
    app.selectbox(key=f"{key}.board.choice").set_value(Choice.SUPPORTIVE).run()
    assert drafts.find(owner(), held.paper, "decision") is not None
    app.multiselect(key=f"{key}.board.reasons").set_value(["wish"])
    app.text_input(key=f"{key}.responsible").set_value("Dr Noor")
    app.date_input(key=f"{key}.due").set_value(owner().today)
    app.selectbox(key=f"{key}.trial").set_value(Said.NO).run()
    assert "Nothing is wanting for a final decision." in text_of(app)
    assert pressed(app, "Make it preliminary").disabled  # what is on the screen is not saved yet
    app = pressed(app, "Save").click().run()
    assert "Nothing is wanting for a final decision." in text_of(app)
    app = pressed(app, "Lock it as final").click().run()
    record = decisions.of(owner(), held.paper.id).paper
    assert record.state is Decided.FINAL
    text = text_of(app)
    assert record.head in text
    assert "It was checked just now." in text
    assert "Best supportive care" in text
    assert [asked.case for asked in follow_up.due(owner())] == [held.paper.id]


def test_decision_that_is_final_takes_addenda(visit):
    """What is added stands below, with its own hash; the record is as it was."""
    held = decided()
    app = visit("decision", patient=held.paper.id)
    before = decisions.of(owner(), held.paper.id).paper.lock.sha256
    app.text_input(key=f"decision.{held.paper.id}.addendum0.words").set_value("MRI done").run()
    again = visit("decision", patient=held.paper.id)
    assert again.text_input(key=f"decision.{held.paper.id}.addendum0.words").value == "MRI done"
    app = pressed(app, "Add to the decision").click().run()
    assert "MRI done" in text_of(app)
    assert drafts.find(owner(), held.paper, "addendum") is None
    assert decisions.of(owner(), held.paper.id).paper.lock.sha256 == before


def test_decision_shows_what_the_tool_showed(visit):
    """A record without the tool says why."""
    held = decided()
    text = text_of(visit("decision", patient=held.paper.id))
    assert "Nothing of the tool is part of this decision." in text
    assert "asked for it" in text
