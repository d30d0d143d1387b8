"""Withheld texts: they come back as their reader leaves them, and the report says who read them."""

from dataclasses import replace

from dashboard.records.deidentify import deidentify
from dashboard.records.patient import Intake, Patient, Unmapped, Where
from dashboard.records.pseudonyms import SiteKey
from dashboard.records.releasing import NOTES, places_of, release

KEY = SiteKey(bytes(32))
TEXT = "Seen with his wife Erika Brandt, tel 030 1234567."
WHERE = Where("data.csv", 2, "Anamnese")


def cleaned():
    """Two patients with notes and a letter that found no place, identifiers removed."""
    patients = tuple(Patient(name, "nsclc", notes=TEXT) for name in ("4453821", "4453822"))
    letter = "Der Patient Herr Brandt klagt seit Wochen ueber Husten und wurde in Ulm gesehen."
    left = (Unmapped(WHERE, "Anamnese", letter, "not used by any model"),)
    return deidentify(Intake(patients, unmapped=left), KEY)


def test_release_puts_back_what_was_read_and_nothing_else():
    """One text of three: the other patient's and the letter keep waiting."""
    intake, report = cleaned()
    assert [held.field for held in report.withheld] == [NOTES, NOTES, "Anamnese"]
    done = release(intake, report, {0: report.withheld[0].text}, "Dr A")
    first, second = done.intake.patients
    assert "Seen with his wife" in first.notes
    assert "Brandt" not in first.notes
    assert "1234567" not in first.notes
    assert second.notes == ""
    assert "withheld" in done.intake.unmapped[0].value
    assert len(done.report.withheld) == 2
    (note,) = [f for f in done.intake.findings if f.code == "texts-withheld"]
    assert note.message.startswith("2 texts (notes, Anamnese) are withheld")


def test_release_puts_a_text_without_a_place_back_where_it_stood():
    """Content that found no place is listed with its text again."""
    intake, report = cleaned()
    (place,) = places_of(report, "Anamnese")
    done = release(intake, report, {place: report.withheld[place].text}, "Dr A")
    assert "klagt seit Wochen" in done.intake.unmapped[0].value
    assert "Brandt" not in done.intake.unmapped[0].value


def test_release_masks_what_the_reader_typed_in():
    """An identifier that is typed into the text is marked like one of the file."""
    intake, report = cleaned()
    done = release(intake, report, {0: "Call wife@example.org."}, "Dr A")
    assert done.intake.patients[0].notes == "Call [email]."


def test_release_is_told_in_the_report_without_the_text():
    """Who released how many texts of which column; never what stood there."""
    intake, report = cleaned()
    done = release(intake, report, {0: "a", 1: "b", 2: "c"}, "Dr A")
    kept = done.report.as_json()
    assert (kept["texts_withheld"], kept["texts_released"], kept["released_by"]) == (0, 3, "Dr A")
    actions = {(line["column"], line["action"], line["count"]) for line in kept["lines"]}
    assert (NOTES, "read by a person and released", 2) in actions
    assert "texts-withheld" not in {f.code for f in done.intake.findings}


def test_release_of_nothing_changes_nothing():
    """Empty texts, places that are not there: everything keeps waiting."""
    intake, report = cleaned()
    for reviewed in ({}, {0: "  "}, {7: "x"}, {-1: "x"}):
        done = release(intake, report, reviewed, "Dr A")
        assert (done.intake, done.report) == (intake, report)


def test_release_of_the_rest_later_adds_to_what_was_released():
    """Releasing in two steps gives both texts, and one count of them all."""
    intake, report = cleaned()
    one = release(intake, report, {0: "first"}, "Dr A")
    two = release(one.intake, one.report, {0: "second"}, "Dr A")
    assert [patient.notes for patient in two.intake.patients] == ["first", "second"]
    assert two.report.texts_released == 2
    with_notes = replace(one.intake.patients[0], notes="first")
    assert one.intake.patients[0] == with_notes
