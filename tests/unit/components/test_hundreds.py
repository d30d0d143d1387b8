"""A hundred people for benefit and harm: one number in picture and words, told apart by shape."""

import base64
import re

from components.charts.response import icon_array
from components.widgets import hundreds
from dashboard.answers.forecast import Chance
from tests.unit.components.forecasts import a_forecast, a_regimen

LABELS = {"drug-a": "Drug A", "drug-b": "Drug B"}


def pictures(text):
    """The drawings of a piece of a page, as SVG."""
    return [base64.b64decode(data).decode() for data in re.findall(r"base64,([\w+/=]+)", text)]


def test_people_show_response_and_severe_harm_of_each_regimen():
    """Two hundreds each, with the figure, its interval and words."""
    text = hundreds.people(a_forecast(), LABELS, ["drug-a", "drug-b"]).text
    assert text.count("<figure>") == 4
    assert "Response <strong>40%</strong> (32 to 48%), about 4 in 10" in text
    assert text.count("Severe toxicity <strong>50%</strong> (42 to 58%), about 5 in 10") == 2
    assert "50 have severe toxicity if the forecast is right, 50 do not." in text


def test_people_say_what_is_not_forecast():
    """A regimen with one of the two figures keeps it; one with neither is left out."""
    forecast = a_forecast(
        a_regimen("drug-a", toxicities={}), a_regimen("drug-b", toxicities={}, recist={})
    )
    text = hundreds.people(forecast, LABELS, ["drug-a"]).text
    assert "Severe toxicity: no forecast" in text
    assert "Response <strong>" in text
    nothing = a_forecast(a_regimen("drug-b", toxicities={}, response=0.2))
    silent = hundreds.people(nothing, LABELS, ["drug-a"]).text
    assert silent == '<div class="cc-hundreds"></div>'


def test_harm_has_another_shape_and_colour_than_benefit():
    """Squares against circles, so that grey print tells them apart; hatched where unsure."""
    chance = Chance(0.5, 0.42, 0.58)
    good, bad = icon_array(chance, "A").svg, icon_array(chance, "A", harm=True).svg
    assert "<circle" in good
    assert "<circle" not in bad
    assert bad.count('fill="url(#dark)"') == bad.count('fill="url(#light)"') == 1
    assert "#0B5CAD" in good
    assert "#B4460F" in bad


def test_picture_carries_only_the_kinds_of_people_it_draws():
    """Nobody unsure, no hatching: what a page sends stays small."""
    svg = icon_array(Chance(1.0, 1.0, 1.0), "A").svg
    assert 'id="sure"' in svg
    assert "hoped" not in svg
    assert 'id="light"' not in svg
