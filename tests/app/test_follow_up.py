"""The follow-up page: what is due, one entry, contradictions refused, too few to score."""

from dataclasses import replace

import pytest

from dashboard.meeting.follow_up import CarriedOut
from dashboard.services import decisions, drafts, follow_up
from tests.app.board_room import SAMPLE, decided, owner
from tests.app.conftest import text_of, title_of


@pytest.fixture(autouse=True)
def list_of_its_own(fresh_installation):
    """A list without cases."""


def pressed(app, label):
    """The button of this label."""
    return next(button for button in app.button if button.label == label)


def test_follow_up_of_nothing_says_when_it_begins(visit):
    """Without a final decision nothing is due."""
    app = visit("follow_up")
    assert title_of(app) == "Follow-up"
    assert "Nothing is to be followed up." in text_of(app)
    assert "Too few: 0 of at least 10" in text_of(app)


def test_follow_up_enters_what_became_of_a_decision(visit):
    """The month that is due comes first; the entry stands in the table."""
    held = decided()
    app = visit("follow_up", patient=held.paper.id)
    assert SAMPLE in text_of(app)
    key = f"follow.{held.paper.id}.0"
    assert app.selectbox(key=f"{key}.month").value == 3
    assert app.selectbox(key=f"{key}.given").value == "docetaxel"
    app.selectbox(key=f"{key}.done").set_value(CarriedOut.YES)
    app.text_input(key=f"{key}.toxicity").set_value("rash")
    app.selectbox(key=f"{key}.response").set_value("PR").run()
    app = pressed(app, "Enter").click().run()
    assert "Entered for month 3." in text_of(app)
    assert "rash" in text_of(app)
    assert follow_up.of(owner(), held.paper.id).paper.responded is True
    assert drafts.find(owner(), held.paper, "follow_up") is None


def test_follow_up_keeps_what_is_typed_before_it_is_entered(visit):
    """After typing and without entering, another visit finds the words; nothing was entered."""
    held = decided()
    key = f"follow.{held.paper.id}.0"
    app = visit("follow_up", patient=held.paper.id)
    app.text_input(key=f"{key}.words").set_value("called at home").run()
    app.number_input(key=f"{key}.well").set_value(70.0).run()
    assert "Kept as a draft at" in text_of(app)
    again = visit("follow_up", patient=held.paper.id)
    assert again.text_input(key=f"{key}.words").value == "called at home"
    assert again.number_input(key=f"{key}.well").value == 70.0
    assert follow_up.of(owner(), held.paper.id).paper.entries == ()


def test_follow_up_refuses_an_entry_that_says_nothing(visit):
    """A press on an empty form uses up no month."""
    held = decided()
    app = pressed(visit("follow_up", patient=held.paper.id), "Enter").click().run()
    assert "Nothing is entered" in text_of(app)
    assert follow_up.of(owner(), held.paper.id).paper.entries == ()


def test_follow_up_refuses_an_entry_that_contradicts_itself(visit):
    """The reason stands on the page, and nothing was kept."""
    held = decided()
    app = visit("follow_up", patient=held.paper.id)
    app.selectbox(key=f"follow.{held.paper.id}.0.done").set_value(CarriedOut.NO).run()
    app = pressed(app, "Enter").click().run()
    assert "The entry cannot be kept as it is." in text_of(app)
    assert "Say why it was not" in text_of(app)
    assert follow_up.of(owner(), held.paper.id).paper.entries == ()


def test_follow_up_can_be_read_when_nothing_more_is_asked(visit):
    """A case of which every month was entered is listed after what is due, with its entries."""
    held = decided()
    for month in (3, 6, 12):
        seen = follow_up.of(owner(), held.paper.id)
        record = decisions.of(owner(), held.paper.id).paper
        blank = follow_up.blank(owner(), seen.paper, record)
        entry = replace(blank, month=month, response="PR", words=f"well at {month}")
        follow_up.enter(owner(), seen, entry)
    app = visit("follow_up", patient=held.paper.id)
    assert "Nothing is to be followed up." in text_of(app)
    assert all(f"well at {month}" in text_of(app) for month in (3, 6, 12))
    (chosen,) = [box for box in app.selectbox if box.label == "Case"]
    assert chosen.options == [f"{SAMPLE}, nothing more to ask"]
