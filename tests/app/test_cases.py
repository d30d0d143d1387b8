"""The list of the board: empty, in columns, as an agenda, in numbers; and how cases come."""

from datetime import timedelta
from functools import partial

import pytest

from dashboard.services import case_files, cases
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.shell import main, session, wiring
from tests.app.board_room import QUESTION, SAMPLE, decided, in_backlog, owner, ready
from tests.app.conftest import text_of, title_of


@pytest.fixture(autouse=True)
def empty_list(fresh_installation):
    """Every test begins with a list of its own."""


def pressed(app, label):
    """The button of this label."""
    return next(button for button in app.button if button.label == label)


def test_cases_without_any_say_how_they_come(visit):
    """An empty list tells what to do."""
    app = visit("cases")
    assert title_of(app) == "Cases"
    assert "The board&#x27;s list is empty." in text_of(app)


def test_cases_stand_in_four_columns(visit):
    """Each in the column of its stage, by pseudonym, marked as invented."""
    in_backlog()
    ready("P-READY")
    app = visit("cases")
    heads = [head.value for head in app.subheader]
    assert heads == ["Backlog (1)", "Ready (1)", "Discussed (0)", "Follow-up (0)"]
    text = text_of(app)
    assert "P-READY" in text
    assert QUESTION in text
    assert "SYNTHETIC" in text


def test_cases_open_one_with_a_button(visit):
    """The case comes on the screen; the address names it by its token."""
    held = in_backlog()
    app = visit("cases")
    app = pressed(app, f"Open {SAMPLE}").click().run()
    assert title_of(app) == "Case"
    assert app.query_params["patient"] in (held.paper.id, [held.paper.id])


def test_cases_come_from_the_patient_on_the_screen(visit):
    """One press, one case, in the backlog, with the regimens a board opens with."""
    app = visit("cases", patient=SAMPLE)
    app = pressed(app, f"Of {SAMPLE}, who is on the screen").click().run()
    assert title_of(app) == "Case"
    (case,) = cases.listed(owner())
    assert case.pseudonym == SAMPLE
    assert 2 <= len(case.regimens) <= 6


def test_cases_come_from_a_sample(visit):
    """A class begins with an invented patient."""
    app = visit("cases")
    app.selectbox(key="cases.new.sample").set_value("SYN-CRC-01").run()
    app = pressed(app, "Make a case of the sample").click().run()
    assert title_of(app) == "Case"
    assert [case.disease for case in cases.listed(owner())] == ["colorectal"]


def test_cases_come_back_from_a_file(visit, monkeypatch):
    """A file that was handed out becomes a case again, and says who wrote it, until it was read."""
    seal = "written by this installation, and not changed since"
    held = in_backlog()
    content = case_files.hand_out(owner(), held.paper.id)
    app = visit("cases")
    app.file_uploader[0].set_value(("case.json", content, "application/json")).run()
    app = pressed(app, "Bring it back").click().run()
    assert title_of(app) == "Case"
    assert seal in text_of(app)
    assert seal in text_of(app.run()), "it is still there when the page is drawn again at once"
    monkeypatch.setattr(session, "_READ", timedelta(0))
    assert seal not in text_of(app.run())
    assert len(cases.listed(owner())) == 2


def test_cases_refuse_a_file_that_was_changed(visit):
    """The reason stands on the page, and nothing was opened."""
    content = case_files.hand_out(owner(), in_backlog().paper.id).replace(b"docetaxel", b"x", 1)
    app = visit("cases")
    app.file_uploader[0].set_value(("case.json", content, "application/json")).run()
    app = pressed(app, "Bring it back").click().run()
    assert "The file was changed after it was written." in text_of(app)
    assert len(cases.listed(owner())) == 1


def test_cases_as_an_agenda_and_in_numbers(visit):
    """The order of the board, and counts with both their numbers."""
    decided()
    app = visit("cases")
    app.segmented_control(key="cases.view").set_value("Agenda").run()
    assert "Urgent first, then the nearest day" in text_of(app)
    app.segmented_control(key="cases.view").set_value("Numbers").run()
    text = text_of(app)
    assert "0 of 1 (0%)" in text
    assert "backlog 0, ready 0, discussed 0, follow-up 1" in text


def test_cases_are_in_nobodys_menu_who_may_not_see_them():
    """Administrators and auditors have no page of a case."""
    for role in (Role.ADMIN, Role.AUDITOR):
        slugs = {spec.slug for spec in main.pages_for(Actor("a", "A", role))}
        assert not slugs & {"cases", "case", "presentation", "decision", "follow_up"}
    slugs = {spec.slug for spec in main.pages_for(Actor("e", "E", Role.EDUCATOR))}
    assert "cases" in slugs


def test_cases_open_another_teams_papers_in_an_emergency(visit, monkeypatch):
    """Where it is allowed: asked for with a reason, read at once and again, told to the auditor."""
    monkeypatch.setenv("CONCORD_EMERGENCY_ACCESS", "on")
    held = in_backlog(pseudonym="P-ABCDEFGHJKLM")
    cases.save(owner(), held, {"questions": ("Whose question is this?",)})

    def somebody(role):
        actor = Actor("ben", "Dr Ben", role)
        monkeypatch.setattr(wiring, "open_context", partial(open_context, actor=actor))
        wiring.context.clear()

    somebody(Role.CLINICIAN)
    app = visit("cases")
    assert "P-ABCDEFGHJKLM" not in text_of(app)
    app.text_input(key="cases.emergency.name").set_value("P-ABCDEFGHJKLM").run()
    app.text_input(key="cases.emergency.reason").set_value("Seizure at night, no team").run()
    app = app.button(key="cases.emergency.go").click().run()
    assert "Emergency access to P-ABCDEFGHJKLM until" in text_of(app)
    assert "Whose question is this?" in text_of(app)
    assert "Nothing has been decided yet." in text_of(visit("cases"))
    somebody(Role.AUDITOR)
    told = text_of(visit("audit"))
    assert "1 emergency access in the last 30 days." in told
    assert "Seizure at night, no team" in told
    wiring.context.clear()
