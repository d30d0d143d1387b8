"""The what-if page: facts changed with a ghost, swings, tipping points, what could be modified."""

import json

import pytest

from components.charts.changed import NOT_CAUSES
from components.widgets import what_if as shown
from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
FIRST = "pembrolizumab-mono"


@pytest.fixture
def what_if(visit):
    """The what-if page of a sample patient."""
    return visit("what_if", patient=SAMPLE)


def chart_of(app):
    """The one picture on the page."""
    (chart,) = [chart.proto for chart in app.get("plotly_chart")]
    return chart


def marks_of(app, name):
    """Where the marks of one trace stand."""
    return next(t["x"] for t in json.loads(chart_of(app).spec)["data"] if t["name"] == name)


def facts_of(app):
    """The field in which facts to change are chosen."""
    return next(m for m in app.multiselect if m.label.startswith("Facts to change"))


def test_what_if_begins_with_the_forecast_as_it_is(what_if):
    """Nothing is changed: ghost and mark lie on each other."""
    assert title_of(what_if) == "What if"
    assert "Nothing is changed yet" in text_of(what_if)
    assert marks_of(what_if, "os, original") == marks_of(what_if, "os, changed")


def test_what_if_shows_the_original_as_a_ghost(what_if):
    """A changed fact moves the marks and leaves the ghost; nothing of it is kept."""
    before = marks_of(what_if, "os, original")
    facts_of(what_if).set_value(["ecog_ps"]).run()
    field = next(s for s in what_if.selectbox if "ECOG" in s.label)
    field.set_value("3").run()
    text = text_of(what_if)
    assert "instead of" in text
    assert marks_of(what_if, "os, original") == before
    assert marks_of(what_if, "os, changed") != before
    assert "(was " in chart_of(what_if).alt


def test_what_if_refuses_what_cannot_be(what_if):
    """A typed value is checked like any other, and says what is wrong."""
    facts_of(what_if).set_value(["albumin_g_dl"]).run()
    field = next(t for t in what_if.text_input if "albumin" in t.label.lower())
    field.set_value("4000").run()
    assert title_of(what_if) == "What if"
    assert "albumin" in text_of(what_if).lower()
    assert "cc-alert" in text_of(what_if)


def test_what_if_ranks_unknown_facts_first(what_if):
    """Facts that could still be learnt stand above, in bold."""
    what_if.segmented_control(key="what_if.view").set_value(shown.SWING).run()
    assert title_of(what_if) == "What if"
    assert "The unknown fact that would move this forecast most is" in text_of(what_if)
    texts = [t for t in json.loads(chart_of(what_if).spec)["data"] if t.get("mode") == "text"]
    bold = [name.startswith("<b>") for name in texts[0]["text"]]
    assert bold[0]
    assert bold == sorted(bold, reverse=True)


def test_what_if_says_where_the_order_flips_or_that_it_does_not(what_if):
    """A tipping point in a sentence, or honestly none with how many facts were tried."""
    what_if.segmented_control(key="what_if.view").set_value(shown.FLIP).run()
    text = text_of(what_if)
    assert title_of(what_if) == "What if"
    assert " is forecast " in text
    assert ("It would flip when" in text) != ("No single fact flips it:" in text)


def test_what_if_modifies_only_what_can_be_modified(what_if):
    """Age and sex are never offered; it is said that a forecast is no effect."""
    what_if.segmented_control(key="what_if.view").set_value(shown.MODIFY).run()
    text = text_of(what_if)
    assert title_of(what_if) == "What if"
    assert "smallest plausible changes of modifiable facts" in text
    assert NOT_CAUSES in text
    assert "Age " not in text.split("smallest plausible")[1]


def test_what_if_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("what_if")
    assert title_of(app) == "What if"
    assert "Nobody is on the screen." in text_of(app)


def test_what_if_keeps_named_scenarios(what_if):
    """A change that was given a name stands beside the original, and can be dropped again."""
    key = f"what_if.{SAMPLE}"
    what_if.segmented_control(key="what_if.view").set_value(shown.KEPT).run()
    assert "No scenario is kept" in text_of(what_if)
    what_if.segmented_control(key="what_if.view").set_value(shown.CHANGE).run()
    facts_of(what_if).set_value(["ecog_ps"]).run()
    changed = next(s for s in what_if.selectbox if "ECOG" in s.label).set_value("3").run()
    (field,) = [each for each in changed.text_input if each.label == "Name this scenario"]
    field.set_value("Weaker")
    (keep,) = [each for each in changed.button if each.label == "Keep it"]
    keep.click().run()
    assert "Kept." in changed.success[0].value
    changed.segmented_control(key="what_if.view").set_value(shown.KEPT).run()
    assert title_of(changed) == "What if"
    assert "Kept scenarios beside the forecast as it is" in text_of(changed)
    assert "ECOG performance status" in text_of(changed)
    changed.button(key=f"{key}.drop.now").click().run()
    assert "No scenario is kept" in text_of(changed)
