"""Dark ground by choice: what Streamlit is taught, and for whom."""

import inspect

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime.app_session import AppSession

from components.charts import dark, theme
from components.widgets import appearance as chosen
from dashboard.shell import appearance


class Message:
    """What a session tells the browser when a run begins."""

    def __init__(self):
        self.new_session = type("New", (), {"custom_theme": a_theme()})


def a_theme():
    """The theme message of the light settings, in part."""
    made = CustomThemeConfig(
        primary_color=theme.PRIMARY, background_color=theme.PAPER, body_font="x"
    )
    made.sidebar.background_color = theme.PANEL
    return made


def test_streamlit_still_makes_the_message_where_it_is_expected():
    """The pinned version has the method, and the message the fields, that are translated."""
    assert (
        "page_script_hash" in inspect.signature(getattr(AppSession, appearance.METHOD)).parameters
    )
    assert "self.id = " in inspect.getsource(AppSession.__init__)
    assert CustomThemeConfig.BaseTheme.DARK


def test_darken_replaces_every_colour_of_the_theme():
    """Base, colours and the side bar's become dark; what is no colour stays."""
    made = a_theme()
    appearance.darken(made)
    assert made.base == CustomThemeConfig.BaseTheme.DARK
    assert made.background_color == dark.PAPER
    assert made.sidebar.background_color == dark.PANEL
    assert made.body_font == "x"


def test_teach_streamlit_translates_for_those_who_chose(monkeypatch):
    """One session's choice changes nothing for another; teaching twice does no more."""
    monkeypatch.setattr(chosen, "_dark", {"one"})
    monkeypatch.setattr(AppSession, appearance.METHOD, lambda _session: Message())
    assert appearance.teach_streamlit()
    once = getattr(AppSession, appearance.METHOD)
    assert appearance.teach_streamlit()
    assert getattr(AppSession, appearance.METHOD) is once
    themes = {}
    for name in ("one", "other"):
        session = type("Session", (), {"id": name})()
        themes[name] = once(session).new_session.custom_theme.background_color
    assert themes == {"one": dark.PAPER, "other": theme.PAPER}


def test_teach_streamlit_says_when_it_cannot(monkeypatch):
    """A version that makes the message otherwise leaves everybody on light ground."""
    monkeypatch.delattr(AppSession, appearance.METHOD)
    assert not appearance.teach_streamlit()


@pytest.mark.parametrize("wanted", [True, False])
def test_choose_outside_a_visit_changes_nothing(wanted):
    """Without a visitor there is nobody to choose."""
    assert not chosen.choose(wanted)
    assert not chosen.is_dark()


def test_choose_large_outside_a_visit_changes_nothing():
    """Without a visitor there is nobody to choose."""
    assert not chosen.choose_large(True)
    assert not chosen.is_large()
