"""The model described: figures in words, limits, the plain model, inputs, versions."""

import pytest

from components.widgets import methods as shown
from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")


@pytest.fixture
def methods(visit):
    """The page, which opens on the disease of the patient on the screen."""
    return visit("methods", patient="SYN-NSCLC-02")


def turned_to(app, view):
    """The page in another of its views."""
    return app.segmented_control(key="methods.view").set_value(view).run()


def test_methods_says_what_the_model_learnt_from_and_where_it_ends(methods):
    """Simulated patients are said to be so, and the limits stand on top."""
    assert title_of(methods) == "Methods"
    text = text_of(methods)
    assert "simulated patients; no real patient is in it" in text
    assert "Where it ends" in text
    assert "Nothing is said beyond the follow-up of the cohort" in text


def test_methods_tells_every_figure_in_words(methods):
    """Discrimination and calibration beside their numbers; what is not judged says why."""
    text = text_of(methods)
    assert "it gives the first the higher chance so often:" in text
    assert "it names the one whose event comes first so often:" in text
    assert "points on average" in text
    assert "Progression: death before progression" in text
    assert "Judged together with progression-free survival" in text


def test_methods_lays_expected_beside_observed(methods):
    """Calibration curves with their points as a table."""
    app = turned_to(methods, shown.CALIBRATION)
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    assert chart.alt.startswith("Calibration curves: expected against observed")
    assert "Response" in chart.alt
    assert "Expected and observed, by groups of like prediction" in text_of(app)


def test_methods_draws_the_plain_model(methods):
    """Cox ratios with their picture and their table, by endpoint."""
    app = turned_to(methods, shown.RATIOS)
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    assert chart.alt.startswith("Hazard ratios of")
    assert "a plain Cox regression" in text_of(app)


def test_methods_lists_what_is_used_and_what_is_not(methods):
    """Inputs by how much they move response; patients behind each regimen, few as few."""
    text = text_of(turned_to(methods, shown.INPUTS))
    assert "The regimen itself" in text
    assert "Not used, because they never vary" in text
    assert "Patients behind each regimen" in text
    assert ">few<" in text


def test_methods_tells_where_the_model_comes_from(methods):
    """Fingerprints and seed, so that the same can be made again."""
    text = text_of(turned_to(methods, shown.VERSIONS))
    assert "Fingerprint of the cohort" in text
    assert "Version of the code" in text


def test_methods_offers_the_card(methods):
    """The card can be taken as a file."""
    names = [button.proto.label for button in methods.get("download_button")]
    assert names == ["Model card (CSV)"]


@pytest.mark.parametrize(
    ("value", "low", "word"),
    [
        (0.7, 0.66, "fair"),
        (0.55, 0.49, "not surely better than chance"),
        (0.55, 0.51, "weak"),
        (0.65, None, "modest"),
        (0.9, 0.85, "strong"),
    ],
)
def test_strength_flatters_nobody(value, low, word):
    """An interval that reaches chance is called that, whatever the middle."""
    assert shown.strength(value, low) == word


def test_methods_checks_the_model_in_front_of_the_visitor(methods):
    """Nothing is claimed before somebody asks; then every check says what it found."""
    app = turned_to(methods, shown.CHECK)
    assert "does not hold" not in text_of(app)
    assert "holds" not in text_of(app)
    app.button(key="methods.check").click().run()
    assert title_of(app) == "Methods"
    text = text_of(app)
    assert "6 of 6 hold, checked in" in text
    assert "Survival computed a second time" in text
