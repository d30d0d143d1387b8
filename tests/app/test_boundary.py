"""A bug shows an incident number: no traceback, no patient, not on the screen, not in the log."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.foundation import log
from tests.app.conftest import text_of
from tests.app.faults import FAULTS, PLANTED


@pytest.fixture
def written(tmp_path, logging_as_before):
    """What the log on disk says."""
    file = tmp_path / "concord.log"
    log.write_to(file)
    return lambda: file.read_text(encoding="utf-8")


def page_that_fails(kind):
    """The script of a page on which this fault happens."""
    from dashboard.shell import page
    from tests.app.faults import FAULTS

    with page.boundary("patient"):
        FAULTS[kind]()


def page_with_a_mistake():
    """The script of a page on which the user is told of a mistake."""
    from dashboard.foundation.errors import UserError
    from dashboard.shell import page

    with page.boundary("intake"):
        raise UserError("The <b>file</b> is empty.", hint="Choose another.")


def page_that_stops():
    """The script of a page that ends early, as pages do."""
    import streamlit as st

    from dashboard.shell import page

    with page.boundary("intake"):
        st.write("before")
        st.stop()


@pytest.mark.parametrize("kind", FAULTS)
def test_boundary_shows_a_number_and_nothing_else(written, kind):
    """The screen names an incident that the log knows; neither holds a word of the patient."""
    app = AppTest.from_function(page_that_fails, args=(kind,), default_timeout=30).run()
    assert not app.exception
    shown = text_of(app)
    number = re.search(r"Incident ([0-9A-Z]{4}-[0-9A-Z]{4})\.", shown)
    assert number
    incidents = [line for line in map(json.loads, written().splitlines()) if "incident" in line]
    assert [(line["incident"], line["page"]) for line in incidents] == [(number[1], "patient")]
    for planted in PLANTED:
        assert planted not in shown
        assert planted not in written()
    assert "Traceback" not in shown + written()


def test_boundary_shows_a_users_mistake_with_its_cure():
    """What a user can mend is said with how, and gets no incident number."""
    shown = text_of(AppTest.from_function(page_with_a_mistake, default_timeout=30).run())
    assert "The &lt;b&gt;file&lt;/b&gt; is empty." in shown
    assert "Choose another." in shown
    assert "Incident" not in shown


def test_boundary_lets_streamlit_steer():
    """Stopping a page is no error."""
    app = AppTest.from_function(page_that_stops, default_timeout=30).run()
    assert app.markdown[0].value == "before"
    assert "Incident" not in text_of(app)
