"""What becomes of a screen when its case goes: erased, taken away, or closed by somebody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from dashboard.foundation.errors import UserError
from dashboard.meeting.case import Decided
from dashboard.services import cases, decisions, keeping, open_cases
from dashboard.services.context import Actor, Role
from dashboard.services.installation import open_context
from dashboard.shell import session, wiring
from tests.app.board_room import decided, owner, ready, without_ballots
from tests.app.conftest import text_of

pytestmark = pytest.mark.usefixtures("fresh_installation")


@pytest.mark.parametrize("slug", ["case", "decision", "patient"])
def test_case_erased_while_it_is_on_the_screen_goes_at_once(visit, slug):
    """Nothing of the patient stays in the tab that had them open, and the text says why."""
    held = without_ballots(ready(pseudonym="P-ERASED"))
    app = visit(slug, patient=held.paper.id)
    assert "P-ERASED" in text_of(app)
    keeping.erase(owner(), "P-ERASED", "Request of 1 March 2026")
    for _ in range(2):
        app.run()
        assert not app.exception
        assert "P-ERASED" not in text_of(app)
        assert "Incident" not in text_of(app)
        assert "erased" in text_of(app)


def test_part_of_a_page_that_is_drawn_alone_lets_go_too(visit, monkeypatch):
    """A part asks before it draws; when the case is gone by then, the whole page follows."""
    held = without_ballots(ready(pseudonym="P-PART"))
    app = visit("case", patient=held.paper.id)
    asked = []

    def still_there(context, case_id, *, until=99):
        asked.append(case_id)
        return len(asked) <= until

    monkeypatch.setattr(open_cases, "still_there", still_there)
    app.run()
    assert "P-PART" in text_of(app)
    whole = len(asked)
    asked.clear()
    monkeypatch.setattr(open_cases, "still_there", partial(still_there, until=whole - 1))
    app.run()
    assert whole > 1, "the page asks once, each of its parts again"
    assert "P-PART" not in text_of(app)


def test_patient_who_goes_leaves_under_every_name(monkeypatch):
    """Who made a case of a file has the patient in the tab twice; both go, and nobody else."""
    patient = cases.patient(owner(), ready(pseudonym="P-TWICE").paper)
    tab = SimpleNamespace(selected="case")
    tab.cases = {
        "case": session.Case("case", patient, of_board=True),
        "file": session.Case("file", patient),
        "other": session.Case("other", replace(patient, id="P-OTHER")),
    }
    monkeypatch.setattr(session, "_workspace", lambda: tab)
    session.close("unknown")
    assert tab.selected == "case"
    session.close("case")
    assert (list(tab.cases), tab.selected) == (["other"], None)


def test_case_taken_away_while_it_is_on_the_screen_goes_at_once(visit, monkeypatch):
    """Who is of the team no more sees nothing of the patient from the next look on."""
    held = ready(pseudonym="P-AWAY")
    held = cases.save(owner(), held, {"team": ("ann",)})
    ann = Actor("ann", "Ann", Role.CLINICIAN)
    monkeypatch.setattr(wiring, "open_context", partial(open_context, actor=ann))
    before = owner()
    wiring.context.clear()
    app = visit("patient", patient=held.paper.id)
    assert "P-AWAY" in text_of(app)
    cases.save(before, held, {"team": ("bob",)})
    app.run()
    assert "P-AWAY" not in text_of(app)
    wiring.context.clear()


def test_decision_closed_by_several_at_the_same_moment_is_closed_once():
    """One lock stands; the others are told who closed it and when."""
    held = decided(Decided.PRELIMINARY)
    record = decisions.of(owner(), held.paper.id)

    def close(_: int) -> str:
        try:
            decisions.advance(owner(), record, Decided.FINAL)
        except UserError as refusal:
            return str(refusal)
        return "closed"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(close, range(4)))
    assert told.count("closed") == 1
    others = [words for words in told if words != "closed"]
    assert all("Owner of this installation changed this at" in words for words in others)
    assert decisions.of(owner(), held.paper.id).paper.is_locked
