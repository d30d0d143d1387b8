"""Keys: each question gets one that says what is in doubt and where, and never who."""

from dashboard.records.patient import Choice, Finding, Patient, Severity, Where
from dashboard.records.questions import of_one_patient, spoken, with_keys

PATIENTS = (Patient("MUSTER", "tiny"), Patient("B", "tiny"))


def asked(patient="MUSTER", *, row=None, key="", choices=None, field="bmi"):
    """A question about one patient."""
    offered = (Choice("30", values={"bmi": 30.0}), Choice("Leave it", values={"bmi": None}))
    return Finding(
        Severity.QUESTION, "unit-unclear", "?", Where("a.csv", row, field), patient=patient,
        key=key, choices=offered if choices is None else choices,
    )  # fmt: skip


def test_with_keys_names_the_row_or_the_place_of_the_patient():
    """The id of the patient is in none of them."""
    found = with_keys([asked(row=4), asked(), asked("B"), asked("", field="x y")], PATIENTS)
    assert [f.key for f in found] == [
        "unit:bmi:row 4", "unit:bmi:patient 1", "unit:bmi:patient 2", "unit:x y:file",
    ]  # fmt: skip


def test_with_keys_leaves_what_has_a_key_or_asks_nothing():
    """A reader's own key leads back to its answer and stays."""
    found = [asked(key="unit:bmi"), asked(choices=())]
    assert with_keys(found, PATIENTS) == tuple(found)


def test_with_keys_tells_two_questions_of_one_place_apart():
    """The second is numbered, also beside a key that a reader gave."""
    given = asked(row=4, key="unit:bmi:row 4")
    found = with_keys([asked(row=4), given, asked(row=4)], PATIENTS)
    assert [f.key for f in found] == [
        "unit:bmi:row 4 (2)", "unit:bmi:row 4", "unit:bmi:row 4 (3)",
    ]  # fmt: skip


def test_with_keys_gives_each_choice_a_word_that_can_be_typed():
    """The value where it is one; otherwise the label, without the sign between key and word."""
    several = Choice("a = b", values={"x": 1.0, "y": None})
    nothing = Choice("Yes", values={})
    own = Choice("38 g/L = 3.8 g/dL", "g/L", {"bmi": 3.8})
    labelled = Choice("0.6 = 60 %", "0.6 = 60 %", {"bmi": 60.0})
    (found,) = with_keys([asked(choices=(several, nothing, own, labelled))], PATIENTS)
    assert [c.answer for c in found.choices] == ["a is b", "Yes", "g/L", "60"]


def test_spoken_values_are_words():
    """As a person would type them."""
    assert [spoken(v) for v in (None, True, False, 2.5, "IVA")] == [
        "unknown", "yes", "no", "2.5", "IVA",
    ]  # fmt: skip


def test_of_one_patient_needs_values_in_every_choice():
    """A choice without values has the file read again."""
    assert of_one_patient(asked())
    assert not of_one_patient(asked(""))
    assert not of_one_patient(asked(choices=(Choice("Yes", "yes"),)))
