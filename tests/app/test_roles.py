"""Every page times every role: who may open a page gets it, nobody else sees anything of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.foundation.settings import Mode
from dashboard.services import cases
from dashboard.services.context import GRANTS, Actor, Role
from dashboard.services.installation import open_context
from dashboard.shell import page, wiring
from dashboard.shell.main import pages_for
from dashboard.shell.registry import PAGES
from tests.app.board_room import decided, in_backlog, owner
from tests.app.conftest import PATIENCE, text_of, title_of


@pytest.fixture(params=list(Role))
def role(request, monkeypatch):
    """The installation is asked by somebody of this role."""
    somebody = Actor("somebody", "Somebody", request.param)
    monkeypatch.setattr(wiring, "open_context", partial(open_context, actor=somebody))
    wiring.context.clear()
    yield request.param
    wiring.context.clear()


def test_role_opens_its_pages_and_no_other(role, visit):
    """With the permission a page stands there under its title; without, it is not in the app."""
    app = visit()
    for spec in PAGES:
        script = f"../pages/{spec.slug}.py"
        if spec.permission not in GRANTS[role]:
            with pytest.raises(ValueError, match="Could not find a navigation page"):
                app.switch_page(script)
            continue
        app.switch_page(script).run()
        assert not app.exception
        assert "Incident" not in text_of(app), spec.slug
        assert title_of(app) == (spec.heading or spec.title), spec.slug


def test_page_that_is_reached_around_the_menu_refuses(role):
    """Each page asks for itself, before it shows anything."""
    for spec in PAGES:
        if spec.permission not in GRANTS[role]:
            app = AppTest.from_file(str(spec.script), default_timeout=PATIENCE).run()
            assert len(app.exception) == 1, spec.slug
            assert not app.title, spec.slug


def test_role_sees_its_pages_in_the_menu(role):
    """The menu is made from the role, and nobody's is empty."""
    actor = Actor("somebody", "Somebody", role)
    assert pages_for(actor)
    assert all(spec.permission in GRANTS[role] for spec in pages_for(actor))


def test_signed_out_and_without_a_role_nothing_else_is_shown(visit, monkeypatch):
    """Signing in again, or a plain notice; no menu, no page, no patient."""
    for state, said in (
        (wiring.SignedOut(), "Your visit is over."),
        (wiring.NoRole("eve@example.org"), "eve@example.org is signed in and has no role here."),
    ):
        monkeypatch.setattr(wiring, "visitor", partial(raising, state))
        app = visit()
        assert said in text_of(app)
        assert not app.selectbox
        assert "SYN-" not in text_of(app)
    monkeypatch.setattr(wiring, "visitor", partial(raising, wiring.SignedOut()))
    assert f'href="{page.SIGN_IN}"' in text_of(visit())


@pytest.mark.usefixtures("fresh_installation")
def test_part_of_a_page_is_refused_when_the_visit_is_over(visit, monkeypatch):
    """What is drawn again by itself asks again; nothing typed since is kept, nobody is shown."""
    held = in_backlog()
    monkeypatch.setattr(wiring, "refuse_ended", partial(raising_for, wiring.SignedOut()))
    app = visit("case", patient=held.paper.id)
    assert "Your visit is over." in text_of(app)
    assert "Wishes of the patient" not in [field.label for field in app.text_input]


def test_visit_that_is_over_or_of_another_role_is_refused_in_a_part(monkeypatch):
    """A server asks whether the visit goes on; a screen that ticks by itself is not heard."""
    held = wiring.context()
    server = replace(held, settings=replace(held.settings, mode=Mode.SERVER))
    going, asked = {"token": True}, []
    known = SimpleNamespace(goes_on=lambda token: asked.append(token) or going[token])
    monkeypatch.setattr(wiring, "context", lambda: server)
    monkeypatch.setattr(wiring, "visits", lambda: known)
    monkeypatch.setattr(wiring, "_visiting", lambda header: wiring.Visiting("ann", "token"))
    wiring.refuse_ended(held, heard=False)
    going["token"] = False
    with pytest.raises(wiring.SignedOut):
        wiring.refuse_ended(held, heard=False)
    assert asked == ["token", "token"]
    for role, over in ((held.actor.role, False), (Role.VIEWER, True)):
        now = replace(held, actor=replace(held.actor, role=role))
        visitor = wiring.Visitor(now, token="token")
        monkeypatch.setattr(wiring, "of_visiting", lambda *_, now=visitor: now)
        with pytest.raises(wiring.SignedOut) if over else nullcontext():
            wiring.refuse_ended(held, heard=True)


@pytest.mark.usefixtures("fresh_installation")
def test_viewer_sees_the_papers_of_a_case_and_no_form(visit, monkeypatch):
    """Every page of the meeting opens for reading, and offers nothing that would be refused."""
    held = decided()
    taught = cases.save(owner(), cases.read(owner(), held.paper.id), {"teaching": True})
    viewer = Actor("vic", "Vic", Role.VIEWER)
    monkeypatch.setattr(wiring, "open_context", partial(open_context, actor=viewer))
    wiring.context.clear()
    seen = {slug: visit(slug, patient=taught.paper.id)
            for slug in ("cases", "case", "decision", "follow_up", "presentation")}  # fmt: skip
    for slug, app in seen.items():
        assert not app.exception, slug
        assert "may not" not in text_of(app), slug
        fields = [*app.text_input, *app.multiselect, *app.checkbox, *app.toggle]
        assert {field.label for field in fields} <= {"Dark screen", "Large type"}, slug
        labels = {button.label for button in app.button}
        assert not labels & {"Save", "Enter", "Next", "Make it final", "Present it"}, slug
    assert "Which first line?" in text_of(seen["case"])
    assert "You may look at this and not change it." in text_of(seen["decision"])
    assert "Docetaxel" in text_of(seen["decision"])
    wiring.context.clear()


def raising_for(state, context, *, heard):
    """What a part of a page found."""
    raise state


def raising(state):
    """What the door found."""
    raise state
