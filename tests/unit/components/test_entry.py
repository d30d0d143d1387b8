"""The fields of the entry form: nothing has a default, everything may stay unknown."""

import pytest
from streamlit.testing.v1 import AppTest

from components.widgets.entry import as_typed
from dashboard.knowledge.schema import Kind
from tests.builders import a_feature, tiny_pack


def form_script(start):
    """A page with the form of the tiny pack, which writes down what the fields hold."""
    import streamlit as st

    from components.widgets.entry import entry_form
    from tests.builders import tiny_pack

    form = entry_form(tiny_pack(), start, key="f")
    st.json({name: [raw.text, raw.unit, raw.where.field] for name, raw in form.typed.items()})


def findings_script(findings):
    """A page with the form and findings beneath, which writes down what was chosen."""
    import streamlit as st

    from components.widgets.entry import entry_form, show_findings
    from tests.builders import tiny_pack

    form = entry_form(tiny_pack(), {}, key="f")
    st.json(show_findings(form, findings, tiny_pack()))


def form(start=None):
    """The form as a visitor finds it."""
    app = AppTest.from_function(form_script, args=(start or {},), default_timeout=30).run()
    assert not app.exception
    return app


def held(app):
    """What the fields hold, by feature."""
    import json

    return json.loads(app.json[0].value)


def test_entry_form_has_a_field_for_every_fact():
    """Every fact of the pack can be typed in."""
    assert set(held(form())) == {feature.id for feature in tiny_pack().features}


def test_entry_form_starts_with_everything_unknown():
    """No field has a default: text is empty, nothing is chosen, no unit is stated."""
    app = form()
    assert all(text == unit == "" for text, unit, _ in held(app).values())
    assert all(radio.value == "" for radio in app.radio)
    assert all(box.value in ("", None) for box in app.selectbox)


def test_entry_form_holds_what_is_on_record():
    """A record to be changed stands in the fields as it would be typed."""
    start = {"albumin_g_dl": "3.8", "liver_metastases": "no", "stage": "IVB"}
    now = held(form(start))
    assert {name: now[name][0] for name in start} == start
    assert now["sex"][0] == ""


def test_entry_field_keeps_a_number_as_it_was_typed():
    """Commas, comparators and nonsense reach the readers untouched."""
    app = form()
    app.text_input(key="f.albumin_g_dl").set_value(" <3,8 g ").run()
    assert held(app)["albumin_g_dl"] == [" <3,8 g ", "", "albumin_g_dl"]


def test_entry_field_states_a_unit_only_when_one_was_chosen():
    """The unit beside an empty field says nothing; beside a number it is stated."""
    app = form()
    app.selectbox(key="f.albumin_g_dl.unit").set_value("g/L").run()
    assert held(app)["albumin_g_dl"][:2] == ["", ""]
    app.text_input(key="f.albumin_g_dl").set_value("38").run()
    assert held(app)["albumin_g_dl"][:2] == ["38", "g/L"]


def test_entry_field_offers_units_only_where_there_are_several():
    """A count without another unit has its unit in the label."""
    app = form()
    units = {box.key for box in app.selectbox if box.key.endswith(".unit")}
    assert "f.albumin_g_dl.unit" in units
    assert "f.nlr.unit" not in units
    assert app.text_input(key="f.bmi").label.startswith("Body mass index")


def test_entry_field_tells_what_is_usual_and_what_is_accepted():
    """The help of a number names its ranges with their unit."""
    told = form().text_input(key="f.albumin_g_dl").help
    assert "Usual: 2.5 to 5 g/dL." in told
    assert "Accepted: 1 to 6 g/dL." in told


def test_entry_field_can_be_unknown_again():
    """A flag that was answered can go back to unknown."""
    app = form({"liver_metastases": "yes"})
    assert held(app)["liver_metastases"][0] == "yes"
    app.radio(key="f.liver_metastases").set_value("").run()
    assert held(app)["liver_metastases"][0] == ""


def test_entry_form_can_ask_for_some_facts_alone():
    """Only what is named is asked for."""

    def script():
        import streamlit as st

        from components.widgets.entry import entry_form
        from tests.builders import tiny_pack

        form = entry_form(tiny_pack(), {}, key="f", only=("bmi", "no_such_fact"))
        st.json(list(form.typed))

    app = AppTest.from_function(script, default_timeout=30).run()
    assert held(app) == ["bmi"]
    assert not app.subheader


@pytest.mark.parametrize(
    ("feature", "value", "text", "unit"),
    [
        ("albumin_g_dl", 3.8, "3.8", "g/dL"),
        ("albumin_g_dl", None, "", ""),
        ("liver_metastases", True, "yes", ""),
        ("liver_metastases", False, "no", ""),
        ("stage", "IVB", "IVB", ""),
    ],
)
def test_as_typed_states_the_unit_of_a_chosen_value(feature, value, text, unit):
    """An answer chosen from a question is filled in so that it is not asked again."""
    raw = as_typed(a_feature(feature), value)
    assert (raw.text, raw.unit) == (text, unit)


def test_show_findings_fills_in_the_answer_that_was_chosen():
    """Choosing an answer says which fields to fill with what, unit included."""
    from dashboard.records.patient import Choice, Finding, Severity, Where

    finding = Finding(
        Severity.QUESTION,
        "unit-unclear",
        "Which unit?",
        Where("typed in", None, "albumin_g_dl"),
        choices=(
            Choice("38 g/L = 3.8 g/dL", values={"albumin_g_dl": 3.8}),
            Choice("Leave it unknown", values={"albumin_g_dl": None}),
        ),
    )
    app = AppTest.from_function(findings_script, args=([finding],), default_timeout=30).run()
    question = next(radio for radio in app.radio if "unit-unclear" in radio.key)
    assert question.value is None
    assert held(app) == {}
    question.set_value(0).run()
    assert held(app) == {"f.albumin_g_dl": "3.8", "f.albumin_g_dl.unit": "g/dL"}
    question.set_value(1).run()
    assert held(app) == {"f.albumin_g_dl": "", "f.albumin_g_dl.unit": None}


def test_entry_form_keeps_alike_fields_side_by_side():
    """Within a group numbers come first, flags last, so that rows line up."""
    kinds = [Kind.NUMBER, Kind.ORDINAL, Kind.CATEGORY, Kind.FLAG]
    by_id = {feature.id: feature for feature in tiny_pack().features}
    places = [kinds.index(by_id[name].kind) for name in held(form())]
    assert places == sorted(places)
