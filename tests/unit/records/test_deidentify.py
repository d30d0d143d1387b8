"""Identifiers removed on import, and a report of everything that was done."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import deidentification
from dashboard.records.calendar_days import DAY_ZERO, day_number, is_counted, shifted
from dashboard.records.deidentify import deidentify, deidentify_table
from dashboard.records.identifiers import Identifier
from dashboard.records.patient import (
    Choice,
    Finding,
    Intake,
    Measurement,
    Origin,
    Patient,
    Severity,
    TreatmentCourse,
    Unmapped,
    Where,
)
from dashboard.records.pseudonyms import SiteKey
from dashboard.records.removal import WITHHELD, looks_official, stray_identifier, three_digits
from dashboard.records.removal_report import Action, ExpertDetermination, Policy, shape_of
from tests.builders import a_patient

KEY = SiteKey(bytes(range(32)))
DIAGNOSED, STARTED, SEEN = date(2023, 5, 3), date(2023, 6, 1), date(2024, 6, 1)


def unmapped(name: str, value: str, row: int = 2) -> Unmapped:
    """A cell nobody uses."""
    return Unmapped(Where("data.csv", row, name), name, value, "not used")


def a_case(**changes) -> Patient:
    """A patient with something to remove in every place."""
    fields = {
        "id": "4453821",
        "values": {"age_years": 69.0, "sex": "female"},
        "origins": {
            "age_years": Origin("data.csv", 2, "DOB", "12.03.1955", note="age on 2024-06-01"),
            "sex": Origin("data.csv", 2, "Sex", "female", when="2024-06-01"),
        },
        "courses": (
            TreatmentCourse("Osimertinib", started=STARTED, stop_reason="moved to Rosenheim"),
        ),
        "measurements": (
            Measurement("ldh_x_uln", 1.0, SEEN, Origin("Brandt.pdf", text="tel 089/1234567")),
        ),
        "outcomes": {"os_months": 4.0, "note": "died 2024-06-01"},
        "recorded_on": SEEN,
        "notes": "Seen with his wife Helga, tel 089/7654321.",
        **changes,
    }
    return a_patient(**fields)


def one(patient: Patient, *items: Unmapped, findings=(), policy=None):
    """The patient and the rest after removal."""
    intake = Intake((patient,), tuple(findings), tuple(items), "csv")
    return deidentify(intake, KEY, policy)


class TestPatient:
    """Everything a patient holds."""

    def test_patient_gets_a_pseudonym(self):
        """The same id the same one, with the site's key."""
        cleaned, report = one(a_case())
        assert cleaned.patients[0].id == KEY.pseudonym("4453821")
        line = next(line for line in report.lines if line.column == "id")
        assert (line.identifier, line.action, line.count) == (
            Identifier.RECORD_NUMBER, Action.PSEUDONYM, 1,
        )  # fmt: skip
        assert line.examples == ("9999999",)

    def test_patient_keeps_every_interval(self):
        """All days move by the same number; the diagnosis falls on day zero."""
        patient = one(a_case(), unmapped("date_of_diagnosis", "2023-05-03"))[0].patients[0]
        assert patient.courses[0].started == shifted(STARTED, DIAGNOSED)
        assert patient.recorded_on - patient.courses[0].started == SEEN - STARTED
        assert day_number(patient.courses[0].started) == "day 29"
        assert patient.measurements[0].taken_on == patient.recorded_on
        assert is_counted(patient.recorded_on)

    def test_patient_without_a_diagnosis_counts_from_the_first_day(self):
        """Some day has to be zero."""
        patient = one(a_case())[0].patients[0]
        assert patient.courses[0].started == DAY_ZERO

    def test_patient_without_any_day_stays_so(self):
        """Nothing is made up."""
        patient = one(a_patient(id="4453821"))[0].patients[0]
        assert patient.recorded_on is None

    @pytest.mark.parametrize(("age", "kept"), [(89.0, 89.0), (90.0, 90.0), (93.0, 90.0)])
    def test_patient_of_ninety_and_more_is_one_of_a_group(self, age, kept):
        """The age is ninety from there on, and its origin says so."""
        origins = {"age_years": Origin("data.csv", 2, "Age", f"{age:g} years")}
        patient = one(a_case(values={"age_years": age}, origins=origins))[0].patients[0]
        assert patient.values["age_years"] == kept
        assert patient.origins["age_years"].text == (
            "90 or older" if age >= 90 else f"{age:g} years"
        )

    def test_patient_keeps_no_birth_date_not_even_in_days(self):
        """An age to the day would be as telling as the date."""
        patient = one(a_case(), unmapped("date_of_diagnosis", "2023-05-03"))[0].patients[0]
        origin = patient.origins["age_years"]
        assert origin.text == "[date]"
        assert origin.note == "age on [date]"

    def test_patient_keeps_no_identifier_in_any_text(self):
        """Labels, reasons, origins, outcomes."""
        patient = one(a_case())[0].patients[0]
        assert patient.courses[0].label == "Osimertinib"
        assert patient.courses[0].stop_reason == "moved to [place]"
        assert patient.measurements[0].origin.text == "tel [phone]"
        assert patient.outcomes == {"os_months": 4.0, "note": "died day 366"}
        assert patient.origins["sex"].when == "day 366"

    def test_patient_keeps_plain_file_names_only(self):
        """A file called after a person gets a pseudonym; one called patients does not."""
        patient = one(a_case())[0].patients[0]
        assert patient.origins["sex"].file == "data.csv"
        name = patient.measurements[0].origin.file
        assert name.startswith("file-")
        assert name.endswith(".pdf")

    def test_notes_are_withheld_until_somebody_has_read_them(self):
        """With marks in the text that waits, and a note that it does."""
        cleaned, report = one(a_case())
        patient = cleaned.patients[0]
        assert patient.notes == ""
        (text,) = report.withheld
        assert text.patient == patient.id
        assert text.text == "Seen with his wife [name], tel [phone]."
        assert cleaned.findings[-1].code == "texts-withheld"
        assert cleaned.findings[-1].message.startswith("1 text (notes) is withheld")

    def test_study_ids_are_kept_where_the_site_says_so(self):
        """Only ids that do not look like a hospital's, an insurance's or a name."""
        keep = Policy(keep_study_ids=True)
        for name, kept in (("NSCLC-07", True), ("4453821", False), ("Erika Mustermann", False)):
            patient = one(a_case(id=name), policy=keep)[0].patients[0]
            assert (patient.id == name) is kept

    def test_patients_that_ship_with_the_product_can_be_spared(self):
        """Only when that is said; a file that calls itself synthetic is not believed."""
        made_up = a_case(id="NSCLC-07", synthetic=True)
        assert one(made_up)[0].patients[0].id != "NSCLC-07"
        spared = one(made_up, policy=Policy(spare_synthetic=True))[0].patients[0]
        assert spared.id == "NSCLC-07"
        assert spared.notes == made_up.notes


class TestBeside:
    """What found no place in the patient, and what was found."""

    def test_unmapped_columns_are_known_by_name_and_content(self):
        """Names, mail, postcodes, dates; clinical content stays."""
        cleaned, report = one(
            a_case(),
            unmapped("date_of_diagnosis", "2023-05-03"),
            unmapped("Surname", "Brandt"),
            unmapped("col7", "h.brandt@example.org"),
            unmapped("ZIP", "80331"),
            unmapped("admission_date", "2023-05-13"),
            unmapped("date_of_birth", "1955-03-12"),
            unmapped("Remark", "Called by his daughter Ilse."),
            unmapped("Ki-67", "30%"),
            unmapped("Phone", "(not shown)"),
        )
        values = {item.name: item.value for item in cleaned.unmapped}
        assert values == {
            "date_of_diagnosis": "day 0",
            "Surname": KEY.pseudonym("Brandt", "name", "ID"),
            "col7": KEY.pseudonym("h.brandt@example.org", "email", "ID"),
            "ZIP": "803",
            "admission_date": "day 10",
            "date_of_birth": "age 69",
            "Remark": WITHHELD,
            "Ki-67": "30%",
            "Phone": "(not shown)",
        }
        actions = {line.column: line.action for line in report.lines}
        assert actions["ZIP"] is Action.THREE_DIGITS
        assert actions["Phone"] is Action.REMOVED

    def test_findings_are_told_in_counted_days_and_pseudonyms(self):
        """Ids of this patient anywhere, of others where they are no ordinary words."""
        finding = Finding(
            Severity.ERROR,
            "dates",
            "Patient 4453821: 2023-06-01 lies before 2023-05-03; see also 4453822.",
            Where("data.csv", 2, "x"),
            value="4453821",
            patient="4453821",
            key="duplicate:4453821",
            choices=(Choice("Keep 4453821", "first"),),
        )
        other = a_case(id="4453822")
        intake = Intake(
            (a_case(), other), (finding,), (unmapped("date_of_diagnosis", "2023-05-03"),)
        )
        intake = replace(intake, patients=(a_case(), replace(other, origins={})))
        cleaned = deidentify(intake, KEY)[0].findings[0]
        here, there = KEY.pseudonym("4453821"), KEY.pseudonym("4453822")
        assert cleaned.message == f"Patient {here}: day 29 lies before day 0; see also {there}."
        assert cleaned.value == here
        assert cleaned.patient == here
        assert cleaned.key == finding.key  # leads back to the file; never shown nor kept
        assert cleaned.choices[0].label == f"Keep {here}"

    def test_findings_keep_the_limits_they_state(self):
        """What is allowed is no age of anybody; an age that came in the file still is."""
        allowed = "18 to 105 years or 216 to 1260 months"
        finding = Finding(
            Severity.ERROR,
            "out-of-range",
            f"Age 17 is outside the allowed {allowed}.",
            value="17",
            expected=allowed,
            fix="Enter a date such as 2024-02-29.",
        )
        leaking = replace(
            finding, message="Age '18 to 105 years' is a range.", value="18 to 105 years"
        )
        old = replace(finding, message=f"Age 93 years, expected {allowed}.", value="93 years")
        cleaned, _ = one(a_case(), findings=[finding, leaking, old])
        assert cleaned.findings[0].message == finding.message
        assert cleaned.findings[0].expected == allowed
        assert cleaned.findings[0].fix == finding.fix
        assert cleaned.findings[1].message == "Age '18 to 90 or older years' is a range."
        assert cleaned.findings[2].message == f"Age 90 or older years, expected {allowed}."

    def test_findings_of_short_ids_keep_their_numbers(self):
        """An id of 7 does not turn row 7 into a pseudonym."""
        finding = Finding(Severity.NOTE, "x", "Row 7 repeats row 3.", patient="")
        cleaned, _ = one(a_case(id="7"), findings=[finding])
        assert cleaned.findings[0].message == "Row 7 repeats row 3."

    def test_report_holds_no_text_of_a_patient_and_no_key(self):
        """It can be kept with the import."""
        policy = Policy(
            expert=ExpertDetermination("Dr A", "k-anonymity", date(2026, 1, 1), date(2027, 1, 1))
        )
        _, report = one(a_case(), unmapped("Surname", "Brandt"), policy=policy)
        text = json.dumps(report.as_json())
        for telling in ("4453821", "Brandt", "Helga", "1955", KEY.secret.hex()):
            assert telling not in text
        assert report.as_json()["claim"] == "identifiers removed under these rules"
        assert report.as_json()["expert_determination"]["who"] == "Dr A"
        assert report.as_json()["texts_withheld"] == 1
        for word in ("anonymous", "anonymised", "HIPAA"):
            assert word not in text

    def test_report_names_the_category_of_the_rule(self):
        """One to eighteen; free text has none."""
        _, report = one(a_case(), unmapped("Surname", "Brandt"))
        categories = {line.column: line.as_json()["category"] for line in report.lines}
        assert categories["Surname"] == 1
        assert categories["id"] == 8
        assert None in {line.as_json()["category"] for line in report.lines}


class TestTable:
    """A table before anybody has mapped its columns."""

    HEADER = ("MRN", "Diagnosis date", "DOB", "ZIP", "Notes", "Albumin", "Visit", "gene")
    ROWS = (
        (2, ("77", "03/05/2023", "13/03/1955", "80331-1234", "Dr. Brandt", "3.9", "", "EGFR")),
        (3, ("78", "13/05/2023", "01/02/1930", "03601", "", "4.1", "20/05/2023", "a@b.example")),
    )

    def test_table_is_changed_cell_by_cell(self):
        """Dates by the order that the column proves; a stray address is removed."""
        rows, report = deidentify_table(self.HEADER, self.ROWS, KEY)
        first, second = rows[0][1], rows[1][1]
        assert rows[0][0] == 2
        assert first == (
            KEY.pseudonym("77"), "day 0", "age 68", "803", WITHHELD, "3.9", "", "EGFR",
        )  # fmt: skip
        assert second[1:] == ("day 0", "90 or older", "000", "", "4.1", "day 7", "[email]")
        assert report.withheld[0].patient == KEY.pseudonym("77")

    def test_table_leaves_confirmed_columns_alone(self):
        """What is known to be clinical is not asked about."""
        rows, _ = deidentify_table(("Site code",), ((2, ("AB12345",)),) * 6, KEY)
        assert rows[0][1] == ("AB12345",)
        codes = tuple((n, (f"AB{n}9345",)) for n in range(10, 20))
        rows, _ = deidentify_table(("x",), codes, KEY)
        assert rows[0][1][0].startswith("ID-")
        rows, _ = deidentify_table(("x",), codes, KEY, clinical=["x"])
        assert rows[0][1] == ("AB109345",)

    def test_table_removes_dates_it_cannot_read(self):
        """A date whose order nothing proves is removed, not guessed."""
        rows, _ = deidentify_table(("Date",), ((2, ("03/04/2023",)), (3, ("05/06/2023",))), KEY)
        assert [cells for _, cells in rows] == [("[date]",), ("[date]",)]

    def test_table_removes_birth_dates_it_cannot_place(self):
        """Without another day there is no age; a birth after it is no birth."""
        rows, _ = deidentify_table(("DOB",), ((2, ("1955-03-12",)),), KEY)
        assert rows[0][1] == ("[birth date]",)
        rows, _ = deidentify_table(("DOB", "Date"), ((2, ("2030-03-12", "2020-01-01")),), KEY)
        assert rows[0][1][0] == "[birth date]"

    def test_table_without_rows_is_no_problem(self):
        """Nothing in, nothing out."""
        assert deidentify_table(("MRN",), (), KEY)[0] == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("80331", "803"),
        ("80331-1234", "803"),
        ("03601", "000"),
        ("SW1A 1AA", "[postcode]"),
        ("1010", "[postcode]"),
    ],
)
def test_postcodes_keep_three_digits_where_enough_people_live(text, kept):
    """Small areas become 000; other countries' postcodes are removed."""
    assert three_digits(text) == kept


@pytest.mark.parametrize(
    ("text", "official"),
    [
        ("4453821", True), ("MRN-1234", True), ("H12345678", True), ("a@example.org", True),
        ("943 476 5919", True), ("NSCLC-07", False), ("P1", False), ("case 12", False),
    ],
)  # fmt: skip
def test_ids_that_look_official_are_known(text, official):
    """Numbers of record, national numbers, addresses."""
    assert looks_official(text) is official


def test_stray_identifiers_are_known_beyond_doubt_only():
    """A date or a name in a clinical column is left to its column."""
    assert stray_identifier("a@example.org") is Identifier.EMAIL
    assert stray_identifier("123-45-6789") is Identifier.NATIONAL_NUMBER
    assert stray_identifier("2024-01-01") is None
    assert stray_identifier("Erika Mustermann") is None
    assert stray_identifier("EGFR") is None


def test_shapes_show_the_form_and_not_the_content():
    """Letters and digits are blotted out, and long texts cut."""
    assert shape_of("Müller, 12.03.55\n") == "aaaaaa, 99.99.99 "
    assert len(shape_of("x" * 500)) == 40


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_days_keep_intervals_and_tell_no_birthday(day, zero):
    """Within the span of a record the distance is exact; long before it nothing is told."""
    moved = shifted(day, zero)
    assert (moved - DAY_ZERO).days == (day - zero).days
    assert is_counted(moved)
    told = day_number(day, zero)
    assert told == ("[date]" if (zero - day).days > 6574 else f"day {(day - zero).days}")


_TELLING = ["4453821", "Zwingenberger", "h.zw@example.org", "089/7654321", "12.03.1955"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Surname", "E-Mail", "Telefon", "DOB", "Remarks", "MRN"]),
            st.sampled_from(_TELLING),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["", "Herr Zwingenberger, tel. 089/7654321, geb. 12.03.1955"]),
)
def test_nothing_telling_is_left_anywhere(cells, notes):
    """Whatever stood in which column, what is kept of the intake and its report has none of it."""
    items = [unmapped(name, value) for name, value in cells]
    finding = Finding(Severity.NOTE, "x", "4453821 was read.", patient="4453821")
    cleaned, report = one(a_case(notes=notes), *items, findings=[finding])
    text = repr(cleaned) + repr(report.as_json()) + repr(report.lines)
    for telling in ("4453821", "Zwingenberger", "7654321", "1955", "h.zw@"):
        assert telling not in text


def test_planted_identifiers_are_found_again():
    """The figures to reach, in columns and in sentences, and hardly a clinical cell touched."""
    columns, _, _ = deidentification.measure_columns()
    texts, _ = deidentification.measure_texts()
    cells, sentences = deidentification.measure_mistakes()
    assert sum(columns.planted.values()) + sum(texts.planted.values()) == 2000
    assert columns.recall() >= 0.98
    assert texts.recall() >= 0.90
    assert min(texts.recall(kind) for kind in texts.planted) >= 0.80
    assert 1 - cells.recall() <= 0.05
    assert 1 - sentences.recall() <= 0.05


def test_benchmark_prints_every_kind(capsys):
    """One line for each kind, never one number alone."""
    assert deidentification.main() == 0
    printed = capsys.readouterr().out
    for kind in Identifier:
        if kind is not Identifier.FREE_TEXT:
            assert f"\n{kind} " in f"\n{printed}"
