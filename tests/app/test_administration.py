"""Administration on its page: roles, consent, erasure with a certificate, copies."""

import pytest

from components.widgets import administration as shown
from tests.app.conftest import text_of, title_of


@pytest.fixture
def administration(visit):
    """The page."""
    return visit("administration")


def turned_to(app, part):
    """The page at one of its parts."""
    return app.segmented_control(key="administration.part").set_value(part).run()


def told(app):
    """Every message that says what was done."""
    return " ".join(message.value for message in app.success)


def test_administration_gives_and_takes_roles(administration):
    """A role is given, shown with who gave it, and taken; visits end with it."""
    app = administration
    assert title_of(app) == "Administration"
    app.text_input(key="administration.role.name").set_value("bob@example.org")
    app.selectbox(key="administration.role.role").set_value("clinician")
    app.button(key="FormSubmitter:administration.role.form-Give the role").click().run()
    assert "bob@example.org: clinician" in told(app)
    assert "bob@example.org" in text_of(app)
    app.selectbox(key="administration.visits.name").set_value("bob@example.org").run()
    app.button(key="administration.visits.end").click().run()
    assert "Visits of bob@example.org that were ended: 0." in told(app)
    app.text_input(key="administration.role.name").set_value("bob@example.org")
    app.selectbox(key="administration.role.role").set_value(shown.NO_ROLE)
    app.button(key="FormSubmitter:administration.role.form-Give the role").click().run()
    assert "bob@example.org: no role" in told(app)


def test_administration_refuses_nobody(administration):
    """Without a name nothing is given, and the page says what to enter."""
    button = "FormSubmitter:administration.role.form-Give the role"
    administration.button(key=button).click().run()
    assert "Nobody was named" in text_of(administration)


def test_administration_keeps_what_a_patient_said(administration):
    """A second word is a further version of the first."""
    app = turned_to(administration, shown.CONSENT)
    for version in (1, 2):
        app.text_input(key="administration.consent.patient").set_value("H-17")
        app.text_input(key="administration.consent.source").set_value("Form of 1 March")
        app.radio(key="administration.consent.research").set_value(shown.OBJECTED)
        app.button(key="FormSubmitter:administration.consent.form-Keep what was said").click().run()
        assert f"Kept for H-17, version {version}." in told(app)


def test_administration_erases_with_a_certificate(administration):
    """Two pseudonyms that differ erase nothing; two that agree leave a certificate."""
    app = turned_to(administration, shown.ERASURE)
    button = "FormSubmitter:administration.erase.form-Erase for good"
    app.text_input(key="administration.erase.patient").set_value("P-ABC")
    app.text_input(key="administration.erase.again").set_value("P-ABD")
    app.text_input(key="administration.erase.reason").set_value("Asked for on 1 March")
    app.button(key=button).click().run()
    assert "Nothing was erased" in app.warning[0].value
    app.text_input(key="administration.erase.again").set_value("P-ABC")
    app.button(key=button).click().run()
    assert "The key of P-ABC was destroyed" in text_of(app)
    assert "Certificate " in text_of(app)


def test_administration_copies_and_checks(administration):
    """A copy is made and read again; everything kept is looked at."""
    app = turned_to(administration, shown.COPIES)
    app.button(key="administration.check").click().run()
    assert "all are what was written" in text_of(app)
    app.button(key="administration.copy").click().run()
    assert "Copied to concord-" in text_of(app)
