"""The presentation: nothing to show, one case on the screen, and screens that follow."""

from datetime import timedelta

import pytest

from dashboard.services import cases, meetings
from tests.app.board_room import QUESTION, decided, owner, ready, without_ballots
from tests.app.conftest import text_of, title_of


@pytest.fixture
def list_of_its_own(fresh_installation):
    """A list without cases."""


def pressed(app, label):
    """The button of this label."""
    return next(button for button in app.button if button.label == label)


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_without_a_ready_case_says_so(visit):
    """The agenda is empty until something is ready."""
    app = visit("presentation")
    assert title_of(app) == "Presentation"
    assert "No case is ready for a board." in text_of(app)


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_covers_the_forecast_until_ballots_are_in(visit):
    """The case is on the screen, the figures are not."""
    ready()
    app = pressed(visit("presentation"), "Begin").click().run()
    text = text_of(app)
    assert QUESTION in text
    assert "The forecast is covered until the ballots are revealed." in text
    assert "cc-track" not in text.split("</style>")[-1]


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_goes_through_the_agenda(visit):
    """Next and previous turn every screen, and stop at the ends."""
    first, second = ready("P-A"), ready("P-B")
    app = pressed(visit("presentation"), "Begin").click().run()
    assert "Case 1 of 2" in text_of(app)
    app = pressed(app, "Next").click().run()
    assert "Case 2 of 2" in text_of(app)
    assert meetings.of(owner(), owner().today).meeting.case == second.paper.id
    assert pressed(app, "Next").disabled
    assert app.button(key="presentation.page_down").disabled
    app = app.button(key="presentation.page_up").click().run()
    assert "P-A" in text_of(app)
    app = app.button(key="presentation.page_down").click().run()
    app = pressed(app, "Previous").click().run()
    assert meetings.of(owner(), owner().today).meeting.case == first.paper.id
    assert "P-A" in text_of(app)


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_on_a_second_screen_follows(visit):
    """A screen that only follows has no buttons and shows what the presenter shows."""
    ready("P-A")
    pressed(visit("presentation"), "Begin").click().run()
    app = visit("presentation")
    app.toggle(key="presentation.follow").set_value(True).run()
    assert "P-A" in text_of(app)
    assert [button.label for button in app.button if button.label in ("Next", "Previous")] == []


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_goes_on_when_the_last_case_was_decided(visit):
    """A final decision stays on the wall for the rest of the day."""
    held = decided()
    meetings.turn_to(owner(), owner().today, held.paper.id)
    app = pressed(visit("presentation"), "Decision").click().run()
    assert "Final since" in text_of(app)


@pytest.mark.usefixtures("list_of_its_own")
def test_presentation_ticks_the_list_and_shows_the_decision(visit):
    """Ticks are kept with the meeting; the decision stands on the screen."""
    held = decided(to="preliminary")
    meetings.turn_to(owner(), owner().today, held.paper.id)
    app = visit("presentation")
    app.checkbox(key=f"presentation.tick.{held.paper.id}.wishes").set_value(True).run()
    assert meetings.of(owner(), owner().today).meeting.ticks == ("wishes",)
    app = pressed(app, "Decision").click().run()
    assert "Regimen: Docetaxel" in text_of(app)


@pytest.mark.usefixtures("ready")
def test_presentation_shows_the_board_with_intervals(visit):
    """Question, wishes, regimens with intervals and the timeline stand on one screen."""
    from tests.app import board_room

    held = without_ballots(board_room.ready())
    meetings.turn_to(owner(), owner().today, held.paper.id)
    text = text_of(visit("presentation"))
    assert "the 90% interval" in text
    assert "learnt from a simulated cohort (SYNTHETIC)" in text
    assert "Wishes" in text
    assert "recommend" not in text.lower()


@pytest.mark.usefixtures("list_of_its_own")
def test_presenting_a_case_of_a_past_day_shows_that_case(visit):
    """Another patient, who is on a nearer day's agenda, never stands in its place."""
    ready("P-TODAY")
    past = decided()
    on = owner().today - timedelta(days=400)
    cases.save(owner(), cases.read(owner(), past.paper.id), {"meets_on": on})
    app = visit("case", patient=past.paper.id)
    app = pressed(app, "Present it").click().run()
    assert title_of(app) == "Presentation"
    stage = text_of(app).split('class="cc-stage"')[-1]
    assert past.paper.pseudonym in stage
    assert "P-TODAY" not in stage
