"""Every page times every role: who may open a page gets it, nobody else sees anything of it."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.services.context import GRANTS, Actor, Role
from dashboard.services.installation import open_context
from dashboard.shell import page, wiring
from dashboard.shell.main import pages_for
from dashboard.shell.registry import PAGES
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


def raising(state):
    """What the door found."""
    raise state
