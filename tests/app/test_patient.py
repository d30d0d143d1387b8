"""The patient page: what is open and why, what is missing, every value with its origin."""

import pytest

from dashboard.services import intake
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of

VIEWS = ("Regimens", "Record", "Change values", "Download")


@pytest.fixture
def sample():
    """A sample of lung cancer."""
    return next(s for s in intake.samples(wiring.context()) if s.disease == "nsclc")


def seen(app, view):
    """The page in one of its views."""
    return app.segmented_control(key="patient.view").set_value(view).run()


def test_patient_page_without_a_patient_says_what_to_do(visit):
    """Nobody is shown by default; the way to a patient is."""
    app = visit("patient")
    assert title_of(app) == "Patient"
    assert "Nobody is on the screen." in text_of(app)
    assert not app.main.selectbox


@pytest.mark.parametrize("view", VIEWS)
def test_patient_page_shows_every_sample_in_every_view(visit, view):
    """No sample breaks a view; each is banner-first and alone on the screen."""
    samples = intake.samples(wiring.context())
    app = seen(visit("patient", patient=samples[0].id), view)
    for sample in samples:
        app.query_params["patient"] = sample.id
        app.run()
        assert title_of(app) == "Patient"
        shown = text_of(app)
        assert "Incident" not in shown
        assert shown.count('aria-label="Patient on the screen"') == 1
        assert sample.patient.id in shown
        assert not any(other.patient.id in shown for other in samples if other is not sample)


def test_patient_page_lists_verdicts_with_their_reasons(visit, sample):
    """Open and undecided regimens at first; closed ones with their reason when asked for."""
    app = visit("patient", patient=sample.id)
    pills = app.pills(key="patient.verdicts")
    assert [str(option) for option in pills.value] == ["yes", "unknown"]
    assert "Not eligible" not in text_of(app).replace("Not eligible (", "")
    closed = pills.set_value(["no"]).run()
    assert "Not eligible" in text_of(closed)
    assert "Needs " in text_of(closed)


def test_patient_page_lists_nothing_when_nothing_is_asked_for(visit, sample):
    """Without a verdict chosen the table is empty, not broken."""
    app = visit("patient", patient=sample.id)
    emptied = app.pills(key="patient.verdicts").set_value([]).run()
    assert "<tbody></tbody>" in text_of(emptied)


def test_patient_page_shows_every_known_value(visit, sample):
    """In the record every fact stands once, known or unknown."""
    shown = text_of(seen(visit("patient", patient=sample.id), "Record"))
    pack = wiring.context().library.pack(sample.disease)
    for feature in pack.features:
        assert f'<th scope="row">{feature.label}'.replace("&", "&amp;") in shown


def test_patient_page_keeps_a_changed_value(visit, sample):
    """A value typed over is kept once accepted, and its new origin is told."""
    app = seen(visit("patient", patient=sample.id), "Change values")
    keep = next(button for button in app.button if button.label == "Keep the changes")
    assert keep.disabled
    field = next(text for text in app.text_input if text.label == "Age")
    field.set_value("44").run()
    next(button for button in app.button if button.label == "Keep the changes").click().run()
    shown = text_of(seen(app, "Record"))
    assert "44 years" in shown
    assert "Owner of this installation" in shown


def test_patient_page_refuses_an_impossible_value(visit, sample):
    """What no patient can have is refused beside its field, with the cure, and not kept."""
    app = seen(visit("patient", patient=sample.id), "Change values")
    next(text for text in app.text_input if text.label == "Age").set_value("430 years").run()
    assert "To mend" in text_of(app)
    assert next(b for b in app.button if b.label == "Keep the changes").disabled
    assert "430 years" not in text_of(seen(app, "Record"))


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "**x**", "=1+1", "'; DROP TABLE"])
def test_patient_page_shows_what_was_typed_as_text(visit, sample, typed):
    """Nothing typed becomes code or formatting."""
    app = seen(visit("patient", patient=sample.id), "Change values")
    next(text for text in app.text_input if text.label == "Age").set_value(typed).run()
    assert title_of(app) == "Patient"
    assert "<script>" not in text_of(app)
