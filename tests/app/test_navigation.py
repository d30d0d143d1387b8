"""The menu, the address and the picker: the right patient or none at all."""

import json

import pytest

from components.charts.large import SCALE
from components.widgets import appearance as chosen_ground
from dashboard.services import intake
from dashboard.services.context import Actor, Role
from dashboard.shell import address, main, registry, session, style, wiring
from tests.app.conftest import text_of, title_of


def test_navigation_opens_on_the_welcome_page(visit):
    """Without anything in the address a visitor is welcomed, and nobody is on the screen."""
    app = visit()
    assert title_of(app) == "Concord"
    assert not app.sidebar.selectbox


@pytest.mark.parametrize("spec", registry.PAGES, ids=lambda spec: spec.slug)
def test_navigation_reaches_every_page(visit, spec):
    """Each page of the registry shows its own title."""
    assert title_of(visit(spec.slug)) == (spec.heading or spec.title)


@pytest.mark.parametrize("spec", registry.PAGES, ids=lambda spec: spec.slug)
def test_navigation_says_on_every_page_what_this_is_for(visit, spec):
    """The notice stands under every title."""
    assert "For education and research. Not a medical device." in text_of(visit(spec.slug))


def test_navigation_opens_the_sample_named_in_the_address(visit):
    """A link to a sample puts that sample on the screen, on whichever page."""
    sample = intake.samples(wiring.context())[0]
    app = visit("patient", patient=sample.id)
    assert title_of(app) == "Patient"
    assert sample.patient.id in text_of(app)
    assert app.query_params[address.PATIENT] in (sample.id, [sample.id])


@pytest.mark.parametrize("token", ["NOPE", "../etc", "<script>alert(1)</script>", "x" * 3000])
def test_navigation_stops_at_an_unknown_patient(visit, token):
    """An unknown name in the address shows a message and nobody, least of all somebody else."""
    app = visit(patient=token)
    assert title_of(app) == "Patient not found"
    shown = text_of(app)
    assert "names a patient who is not open here" in shown
    assert "Patient on the screen" not in shown
    assert token not in shown


def test_navigation_stops_even_with_a_patient_open(visit):
    """An unknown name does not fall back on the patient who was open before."""
    sample = intake.samples(wiring.context())[0]
    app = visit(patient=sample.id)
    app.query_params[address.PATIENT] = "somebody-else"
    app.run()
    assert title_of(app) == "Patient not found"
    assert sample.patient.id not in text_of(app)


def test_navigation_removes_what_does_not_belong_in_an_address(visit):
    """Identifiers and roles in the address are ignored and removed."""
    app = visit(mrn="12345678", name="Jane Doe", role="admin", page="unknown")
    assert title_of(app) == "Concord"
    assert dict(app.query_params) == {}
    assert "12345678" not in text_of(app)


def test_navigation_picker_switches_between_open_patients(visit):
    """With two patients open the picker shows who is on the screen and changes it."""
    first, second = intake.samples(wiring.context())[:2]
    app = visit(patient=first.id)
    app.query_params[address.PATIENT] = second.id
    app.switch_page("../pages/patient.py").run()
    picker = app.sidebar.selectbox(key=session.PICKER)
    assert picker.value == second.id
    assert len(picker.options) == 2
    picker.set_value(first.id).run()
    assert first.patient.id in text_of(app)
    assert second.patient.id not in text_of(app)


def test_navigation_picker_can_clear_the_screen(visit):
    """Nobody is a choice too."""
    sample = intake.samples(wiring.context())[0]
    app = visit("patient", patient=sample.id)
    app.sidebar.selectbox(key=session.PICKER).set_value(None).run()
    assert "Nobody is on the screen." in text_of(app)
    assert sample.patient.id not in text_of(app)
    assert dict(app.query_params) == {}


ABOUT_PATIENTS = {"patient", "board", "response", "survival"}
ABOUT_COHORTS = {"cohort", "calibration"}


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.OWNER, {"welcome", "intake"} | ABOUT_PATIENTS | ABOUT_COHORTS, set()),
        (Role.EDUCATOR, {"welcome"} | ABOUT_PATIENTS | ABOUT_COHORTS, {"intake", "report"}),
        (Role.VIEWER, {"welcome"} | ABOUT_PATIENTS | ABOUT_COHORTS, {"intake", "report"}),
        (Role.ADMIN, set(), {"welcome", "intake", "report"} | ABOUT_PATIENTS | ABOUT_COHORTS),
    ],
)
def test_navigation_offers_a_role_what_it_may_open(role, may, may_not):
    """A page that a role may not open is not in its menu."""
    actor = Actor("x", "Somebody", role)
    offered = {spec.slug for spec in main.pages_for(actor)}
    assert may <= offered
    assert not offered & may_not


def test_dark_ground_is_kept_while_moving_about(visit, monkeypatch):
    """The address asks for dark ground; the style sheet follows, and the next page keeps it."""
    monkeypatch.setattr(chosen_ground, "_dark", set())
    app = visit(theme="dark")
    assert style.DARK_SHEET in text_of(app)
    app.switch_page("../pages/methods.py").run()
    assert style.DARK_SHEET in text_of(app)
    assert "dark" in app.query_params["theme"]


def test_light_is_where_everybody_begins(visit):
    """Nobody who did not ask for it gets dark ground; another word for it is removed."""
    app = visit(theme="night")
    assert style.SHEET in text_of(app)
    assert "theme" not in app.query_params


def test_large_type_is_kept_while_moving_about(visit, monkeypatch):
    """The switch has figures and page grow; the address keeps it, and the next page too."""
    monkeypatch.setattr(chosen_ground, "_large", set())
    app = visit("calibration")
    usual = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["height"]
    assert style.LARGE not in text_of(app)
    app.toggle(key="concord.large").set_value(True).run()
    grown = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["height"]
    assert grown == round(usual * SCALE, 2)
    assert "large" in app.query_params["size"]
    monkeypatch.setattr(chosen_ground, "_large", set())
    app = visit(size="large")
    assert "large" in app.query_params["size"]
    assert app.toggle(key="concord.large").value
