"""The switch on the pages: two presses in the side bar, told everywhere, on again on Methods."""

from __future__ import annotations

import shutil

import pytest

from dashboard.answers.stop import EVERYTHING
from dashboard.services import forecasts, stopping
from dashboard.shell import wiring
from tests.app.conftest import text_of
from tests.trained import DISEASE, environ_of

SAMPLE = "SYN-NSCLC-02"


@pytest.fixture
def ours(trained_home, tmp_path, monkeypatch):
    """An installation of the test's own whose forecasts are ready."""
    shutil.copytree(trained_home, tmp_path / "home")
    for name, value in environ_of(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(forecasts, "_memory", forecasts.Memory())
    wiring.context.clear()
    yield wiring.context()
    wiring.context().store.close()
    wiring.context.clear()


def test_forecasts_are_turned_off_from_any_page_and_on_again_on_methods(ours, visit):
    """One press opens the switch, the second turns it; the board says who; a reason turns it on."""
    board = visit("board", patient=SAMPLE)
    assert "turned off" not in text_of(board)
    board.button(key="stops.one").click().run()
    told = text_of(board)
    assert "Forecasts are turned off." in told
    assert "owner stopped them on" in told
    assert [each.disease for each in stopping.stops(ours)] == [DISEASE]
    other = visit("response", patient=SAMPLE)  # in another tab
    assert "Forecasts are turned off." in text_of(other)
    assert not [each for each in other.button if each.key == "stops.one"]
    methods = visit("methods", patient=SAMPLE)
    form = f"stops.{DISEASE}"
    methods.text_area(key=f"{form}.reason").set_value("Looked at with the vendor")
    methods.button(key=f"FormSubmitter:{form}.form-Turn on again").click().run()
    assert "Forecasts are made again." in text_of(methods)
    assert stopping.stops(ours) == ()


def test_a_case_is_prepared_while_all_forecasts_are_off(ours, visit):
    """Nobody on the screen: everything is turned off; a patient's own page stays."""
    welcome = visit()
    assert not [each for each in welcome.button if each.key == "stops.one"]
    welcome.button(key="stops.all").click().run()
    assert "All forecasts are turned off." in text_of(welcome)
    assert [each.disease for each in stopping.stops(ours)] == [EVERYTHING]
    patient = visit("patient", patient=SAMPLE)
    assert not patient.exception
    assert "Forecasts are turned off." not in text_of(patient)
