"""The welcome page: what Concord is, and a sample in one click."""

from dashboard.services import intake, knowledge
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of


def test_welcome_shows_samples_of_every_tumour_group(visit):
    """At least twelve invented patients, each under its tumour group with what it teaches."""
    app = visit()
    assert title_of(app) == "Concord"
    samples = intake.samples(wiring.context())
    assert len(samples) >= 12
    groups = [pack.label for pack in knowledge.packs(wiring.context())]
    assert [heading.value for heading in app.subheader] == groups
    assert sum(button.label.startswith("Open ") for button in app.button) == len(samples)


def test_welcome_opens_a_sample_in_one_click(visit):
    """A click puts the sample on the screen, named in the address by its public id."""
    app = visit()
    sample = intake.samples(wiring.context())[0]
    app.button(key=f"sample.{sample.id}").click().run()
    app.switch_page("../pages/patient.py").run()
    assert title_of(app) == "Patient"
    assert sample.patient.id in text_of(app)
    assert "SYNTHETIC" in text_of(app)


def test_welcome_opens_one_patient_on_a_double_click(visit):
    """Two rapid clicks open one patient, once."""
    app = visit()
    sample = intake.samples(wiring.context())[0]
    button = app.button(key=f"sample.{sample.id}")
    button.click().run()
    button.click().run()
    assert len(app.sidebar.selectbox[0].options) == 1


def test_welcome_says_how_far_the_knowledge_was_checked(visit):
    """Every pack stands with the share of its figures that were re-read at their source."""
    shown = text_of(visit())
    for pack in knowledge.packs(wiring.context()):
        assert pack.label in shown
        assert f"{pack.verified} of {pack.figures} (" in shown


def test_welcome_promises_nothing(visit):
    """No word that chooses for the reader, nothing that is not there yet."""
    shown = text_of(visit()).lower()
    assert not any(
        word in shown for word in ("coming soon", "recommend", "the best", "validated by")
    )
