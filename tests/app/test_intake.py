"""The intake page: a file or a form in, every finding with its cure, good rows accepted."""

import re

import pytest

from tests.app.conftest import text_of, title_of

GOOD = "id,age_years,sex,ecog_ps,stage\nA1,61,female,1,IVB\nA2,55,male,0,IVA\n"
BAD = (
    "Patient ID,Age (years),Gender,ECOG,PD-L1,Hospital\n"
    "A1,61,F,1,50,St Elsewhere\n"
    "A2,430,M,0,0.6,St Elsewhere\n"
    "A3,55,F,banana,80,St Elsewhere\n"
)
FORM = "Type in"


def dropped(visit, content, name="lung.csv", disease="nsclc"):
    """The page after a file was dropped and its tumour group was answered."""
    app = visit("intake")
    payload = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].set_value((name, payload, "text/csv")).run()
    if disease:
        question = asked(app, ".disease")
        question.set_value(list("bcmn").index(disease[0])).run()
    return app


def typing(visit, disease="nsclc"):
    """The page with the form of a tumour group."""
    app = visit("intake")
    app.segmented_control(key="intake.way").set_value(FORM).run()
    return app.selectbox(key="draft0.disease").set_value(disease).run()


def asked(app, about):
    """The question whose key tells that it is about this."""
    return next(radio for radio in app.radio if about in radio.key)


def field(app, label):
    """The text field of this label."""
    return next(text for text in app.text_input if text.label.startswith(label))


def button(app, words):
    """The button that begins with these words."""
    return next(button for button in app.button if button.label.startswith(words))


def accepted(app, words):
    """What the patient page shows after a click on accept."""
    button(app, words).click().run()
    return app.switch_page("../pages/patient.py").run()


# -- a file --------------------------------------------------------------------------------------


def test_intake_starts_with_a_place_to_drop_a_file(visit):
    """Nothing was read yet, and nothing can be accepted."""
    app = visit("intake")
    assert title_of(app) == "New patient"
    assert len(app.file_uploader) == 1
    assert not app.main.button


def test_intake_asks_for_the_tumour_group_without_a_default(visit):
    """What the file does not say is asked; no answer is chosen in advance."""
    app = dropped(visit, GOOD, disease="")
    assert "Which tumour group" in text_of(app)
    assert asked(app, ".disease").value is None
    assert not app.main.button


def test_intake_accepts_the_good_rows_of_a_file(visit):
    """A clean file is summed up and its patients are accepted with one click."""
    app = dropped(visit, GOOD)
    assert "2 patients read from lung.csv; 2 ready to accept." in text_of(app)
    shown = accepted(app, "Accept 2 patients")
    assert title_of(shown) == "Patient"
    assert len(shown.sidebar.selectbox[0].options) == 2


def test_intake_lets_good_rows_through_while_bad_ones_wait(visit):
    """One patient can be accepted although two others wait for a correction."""
    app = dropped(visit, BAD)
    assert "3 patients read from lung.csv; 1 ready to accept." in text_of(app)
    shown = accepted(app, "Accept 1 patient")
    assert len(shown.sidebar.selectbox[0].options) == 1


def test_intake_shows_each_finding_with_an_input_beside_it(visit):
    """Each value that cannot be used has its message, its cure and a field for the correction."""
    app = dropped(visit, BAD)
    shown = text_of(app)
    assert "Age 430 is outside the allowed" in shown
    assert "&#x27;banana&#x27; is not one of the accepted words" in shown
    assert field(app, "Age")
    assert sum(box.label == "ECOG performance status" for box in app.selectbox) == 1


def test_intake_mends_in_place(visit):
    """A correction, an answer and an unknown on purpose make every patient acceptable."""
    app = dropped(visit, BAD)
    field(app, "Age").set_value("43").run()
    asked(app, "pd_l1_tps").set_value(1).run()
    assert field(app, "PD-L1").value == "60"
    next(box for box in app.checkbox if "ecog_ps" in box.key).check().run()
    assert "3 patients read from lung.csv; 3 ready to accept." in text_of(app)
    assert "Left unknown" in text_of(app)
    shown = accepted(app, "Accept 3 patients")
    assert len(shown.sidebar.selectbox[0].options) == 3


def test_intake_judges_a_correction_like_the_file(visit):
    """A correction that is wrong as well is said to be wrong, beside its field."""
    app = dropped(visit, BAD)
    field(app, "Age").set_value("431").run()
    assert "431" in text_of(app)
    assert "1 ready to accept" in text_of(app)


def test_intake_takes_a_correction_back(visit):
    """An emptied field brings the finding back; nothing is left as if it had been mended."""
    app = dropped(visit, BAD)
    field(app, "Age").set_value("43").run()
    assert "Age 430 is outside" not in text_of(app).split("Mended", maxsplit=1)[0]
    field(app, "Age").set_value("").run()
    assert "Age 430 is outside" in text_of(app)
    assert "Mended" not in text_of(app)


def test_intake_lists_what_found_no_place(visit):
    """Columns nobody uses are listed with their reason, not dropped."""
    shown = text_of(dropped(visit, BAD))
    assert "Hospital" in shown
    assert "pieces of content found no place" in shown


def test_intake_lets_a_column_be_put_right(visit):
    """A column that was not understood is given its meaning and read again."""
    content = "id,age_years,sex,Mystery\nA1,61,F,50\nA2,55,M,5\n"
    app = dropped(visit, content)
    column = next(box for box in app.selectbox if box.label == "Mystery")
    column.set_value("pd_l1_tps").run()
    shown = accepted(app, "Accept 2 patients")
    record = shown.segmented_control(key="patient.view").set_value("Record").run()
    assert "50%" in text_of(record)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("program.csv", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"),
        ("broken.json", b'{"resourceType": "Bundle", "entry": ['),
        ("deep.json", b"[" * 5000 + b"]" * 5000),
        ("blank.csv", b"\n\n\n"),
        ("zeros.xlsx", b"PK\x03\x04" + b"\x00" * 200),
    ],
)
def test_intake_refuses_what_is_no_patient_file(visit, name, content):
    """A file that cannot be read is a message with a cure, never an incident."""
    app = dropped(visit, content, name=name, disease="")
    shown = text_of(app)
    assert title_of(app) == "New patient"
    assert "Incident" not in shown
    assert f"No patient of {name} can be used yet." in shown
    assert not app.main.button


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_intake_shows_a_payload_in_a_file_as_text(visit, payload):
    """Names, values and column titles of a file never become code."""
    content = f'id,age_years,sex,"{payload}"\n"{payload}",61,"{payload}","{payload}"\n'
    shown = text_of(dropped(visit, content))
    assert payload not in shown


# -- typing --------------------------------------------------------------------------------------


def test_intake_form_asks_for_everything_and_assumes_nothing(visit):
    """The form has every fact of the pack, all unknown."""
    app = typing(visit)
    assert field(app, "Age").value == ""
    assert all(radio.value == "" for radio in app.radio)


def test_intake_form_accepts_a_patient_typed_in(visit):
    """What was typed is on the record, with who typed it."""
    app = typing(visit)
    app.text_input(key="draft0.pseudonym").set_value("CASE-7").run()
    field(app, "Age").set_value("61").run()
    app.selectbox(key="draft0.nsclc.sex").set_value("female").run()
    shown = accepted(app, "Accept this patient")
    assert title_of(shown) == "Patient"
    assert "CASE-7" in text_of(shown)
    record = shown.segmented_control(key="patient.view").set_value("Record").run()
    assert "61 years" in text_of(record)
    assert "Owner of this installation" in text_of(record)


def test_intake_form_needs_a_pseudonym(visit):
    """A patient without a name to tell them apart is not accepted."""
    app = typing(visit)
    app.text_input(key="draft0.pseudonym").set_value(" ").run()
    field(app, "Age").set_value("61").run()
    assert button(app, "Accept this patient").disabled


@pytest.mark.parametrize("name", ["Jane Miller", "jane.miller@example.org", "MRN 00481516"])
def test_intake_form_refuses_a_pseudonym_that_identifies(visit, name):
    """A name, an address or a hospital number is not kept; one press takes a pseudonym instead."""
    app = typing(visit)
    app.text_input(key="draft0.pseudonym").set_value(name).run()
    assert "looks like" in text_of(app)
    assert button(app, "Accept this patient").disabled
    asked(app, "pseudonym-identifies").set_value(0).run()
    assert re.fullmatch(r"P-[A-Z]{12}", app.text_input(key="draft0.pseudonym").value)
    assert not button(app, "Accept this patient").disabled


def test_intake_form_asks_about_a_decimal_comma(visit):
    """3,8 is not guessed: one question, and the answer is filled into the field."""
    app = typing(visit)
    field(app, "Serum albumin").set_value("3,8").run()
    question = asked(app, "decimal")
    assert question.value is None
    assert button(app, "Accept this patient").disabled
    question.set_value(0).run()
    assert field(app, "Serum albumin").value == "3.8"


def test_intake_form_names_a_contradiction_with_its_pair(visit):
    """Two facts that cannot both be are shown at the first of them, with ways out."""
    app = typing(visit)
    app.selectbox(key="draft0.nsclc.driver_alteration").set_value("alk").run()
    app.radio(key="draft0.nsclc.alk_fusion").set_value("no").run()
    assert "cannot both be" in text_of(app)
    assert button(app, "Accept this patient").disabled


def test_intake_form_keeps_what_was_typed_when_the_page_changes(visit):
    """Looking at another page does not empty the form."""
    app = typing(visit)
    field(app, "Age").set_value("61").run()
    app.switch_page("../pages/welcome.py").run()
    app.switch_page("../pages/intake.py").run()
    assert title_of(app) == "New patient"
    assert field(app, "Age").value == "61"


def test_intake_form_starts_anew_after_a_patient_was_accepted(visit):
    """The next patient does not inherit a value of the one before."""
    app = typing(visit)
    app.text_input(key="draft0.pseudonym").set_value("CASE-7").run()
    field(app, "Age").set_value("61").run()
    accepted(app, "Accept this patient")
    app.switch_page("../pages/intake.py").run()
    app.segmented_control(key="intake.way").set_value(FORM).run()
    app.selectbox(key="draft1.disease").set_value("nsclc").run()
    assert field(app, "Age").value == ""


def test_intake_releases_a_withheld_text_after_reading(visit):
    """Texts stand with marks in fields of their own; only a released one goes with its patient."""
    rows = (
        "id,age_years,sex,ecog_ps,stage,notes\n"
        "A1,61,female,1,IVB,Call Erika Brandt on 030 1234567 please\n"
        "A2,55,male,0,IVA,Lives with Dr. Meier\n"
    )
    app = dropped(visit, rows)
    first, second = (area for area in app.text_area if area.label.startswith("notes"))
    waiting = second.value
    assert "1234567" not in first.value
    assert "[phone]" in first.value
    first.set_value(f"{first.value} Reads well.").run()
    release = [box for box in app.checkbox if box.label == "Release it"]
    release[0].check().run()
    shown = accepted(app, "Accept 2 patients")
    record = shown.segmented_control(key="patient.view").set_value("Record").run()
    assert "Reads well." in text_of(record)
    assert waiting not in text_of(record)
    taken = record.segmented_control(key="patient.view").set_value("Download").run()
    assert "read by a person and released" in text_of(taken)
