"""Patients out of tables: diseases, courses, dates, outcomes, long tables, what is left over."""

from datetime import date

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_intake
from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY, a_library, a_reading, tiny_pack
from tests.unit.records.workbooks import row, workbook

LIBRARY = load_library()


def read(text: str, **changes: object) -> Intake:
    """The intake of a table with the tiny pack."""
    return read_table(text.encode(), "a.csv", a_reading(**changes))


def with_packs(text: str, disease: str = "", **answers: str) -> Intake:
    """The intake of a table with the packs that ship."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, answers))


def codes(intake: Intake) -> list[str]:
    """What was found, beside the note of matched columns."""
    return [f.code for f in intake.findings if f.code not in {"columns-matched", "implausible"}]


def test_tabular_every_value_keeps_its_cell() -> None:
    """File, line, column, text, unit and who are with each value."""
    intake = read("id,Albumin (g/L),age\nP1,38,60\n", who="Dr A")
    origin = intake.patients[0].origins["albumin_g_dl"]
    assert (origin.file, origin.row, origin.field, origin.text) == (
        "a.csv", 2, "Albumin (g/L)", "38",
    )  # fmt: skip
    assert (origin.unit, origin.who) == ("g/L", "Dr A")
    assert intake.patients[0].origins["age_years"].who == "Dr A"
    assert intake.format == "csv"


def test_tabular_workbooks_are_read_like_text() -> None:
    """The same table as a workbook gives the same patient."""
    content = workbook(row(1, "id", "age", "sex") + row(2, "P1", "60", "male"))
    intake = read_table(content, "a.xlsx", a_reading())
    assert dict(intake.patients[0].values) == {"age_years": 60.0, "sex": "male"}
    assert intake.format == "xlsx"


def test_tabular_finds_the_dates_of_rows_that_hold_outcomes_alone() -> None:
    """Alive, and a date of death, in a table without any feature: both rows are pointed out."""
    intake = with_packs(
        "id,os_event,died_on\n1,alive,2024-05-01\n2,alive,\n3,dead,2024-05-01\n", "nsclc"
    )
    found = [f for f in check_intake(intake, LIBRARY, TODAY) if f.code == "alive-with-death-date"]
    assert [(f.patient, f.where.row, f.where.field) for f in found] == [("1", 2, "os_event")]


@pytest.mark.parametrize(
    "units",
    [
        ",years,g/L,mg/L,",
        "unit,[years],(g/L),mg/L,m/f",
        "units,,g/L,-,text",
        ",years,g/L,,dd/mm/yyyy",
    ],
)
def test_tabular_rows_of_units_state_them(units: str) -> None:
    """Under the header, with or without brackets and remarks, beside columns nobody uses."""
    intake = with_packs(f"id,age,albumin,CRP,sex\n{units}\n1,60,38,5,male\n", "nsclc")
    assert [dict(p.values) for p in intake.patients] == [
        {"age_years": 60.0, "albumin_g_dl": 3.8, "sex": "male"}
    ]
    assert codes(intake) == ["unit-row"]
    (note,) = [f for f in intake.findings if f.code == "unit-row"]
    assert note.message == "Row 2 was read as the units of the columns."
    assert "Change it in the list of columns" in note.fix


def test_tabular_rows_of_units_that_do_not_fit_refuse_the_values() -> None:
    """A unit that albumin never comes in is stated all the same, and nothing is converted."""
    intake = with_packs("id,age,albumin\n,years,mmol/L\n1,60,3.8\n", "nsclc")
    assert codes(intake) == ["unit-row", "unit-unknown"]
    assert dict(intake.patients[0].values) == {"age_years": 60.0}


def test_tabular_rows_of_values_are_no_units() -> None:
    """A row with an id, or with one value, is a patient."""
    assert len(with_packs("id,age,sex\nunit 7,60,m\n2,61,f\n", "nsclc").patients) == 2
    intake = with_packs("id,age,albumin\n,60,g/L\n2,61,39 g/L\n", "nsclc")
    assert codes(intake) == ["id-missing"]


# ---- diseases


@pytest.mark.parametrize(
    ("text", "disease"),
    [
        ("NSCLC", "nsclc"),
        ("Lung adenocarcinoma", "nsclc"),
        ("LUAD", "nsclc"),
        ("Adenocarcinoma of the lung", "nsclc"),
        ("C50.9", "breast"),
        ("Breast cancer", "breast"),
        ("mammary carcinoma", "breast"),
        ("colon cancer", "colorectal"),
        ("Cutaneous melanoma", "melanoma"),
    ],
)
def test_tabular_diseases_are_known_by_words_and_codes(text: str, disease: str) -> None:
    """Labels, everyday words, ICD-10 and OncoTree codes lead to the pack."""
    assert with_packs(f"id,disease,age\n1,{text},60\n").patients[0].disease == disease


def test_tabular_disease_without_a_pack_is_no_error() -> None:
    """The patient is kept with the words of the file, and it is said that there is no model."""
    intake = with_packs("id,disease,age\n1,small cell lung cancer,60\n2,NSCLC,61\n")
    assert [p.disease for p in intake.patients] == ["small cell lung cancer", "nsclc"]
    assert codes(intake) == ["disease-without-model"]
    assert intake.patients[0].values["age_years"] == 60.0


def test_tabular_disease_that_may_be_another_waits() -> None:
    """'lung cancer' can be small-cell: its rows wait, the others are read."""
    text = "id,disease,age\n1,lung cancer,60\n2,melanoma,61\n"
    intake = with_packs(text)
    assert [p.id for p in intake.patients] == ["2"]
    assert [(f.code, f.key) for f in intake.findings if f.key] == [
        ("disease-unclear", "disease:lung cancer")
    ]
    answered = with_packs(text, **{"disease:lung cancer": "nsclc"})
    assert [p.disease for p in answered.patients] == ["nsclc", "melanoma"]
    other = with_packs(text, **{"disease:lung cancer": "other"})
    assert [p.disease for p in other.patients] == ["lung cancer", "melanoma"]
    assert codes(other) == ["disease-without-model"]
    assert with_packs("id,disease,age\n1,lung cancer,60\n", "nsclc").patients[0].disease == "nsclc"


def test_tabular_disease_of_the_file_and_of_the_user_may_differ() -> None:
    """The row's own words count, with a warning."""
    intake = with_packs("id,disease,age\n1,melanoma,60\n2,,61\n", "breast")
    assert [p.disease for p in intake.patients] == ["melanoma", "breast"]
    assert codes(intake) == ["disease-differs"]


def test_tabular_rows_without_a_disease_are_told() -> None:
    """With neither a cell nor a choice the row is left out."""
    intake = with_packs("id,disease,age\n1,melanoma,60\n2,,61\n")
    assert [p.id for p in intake.patients] == ["1"]
    assert codes(intake) == ["disease-missing"]


def test_tabular_disease_can_be_answered_for_the_file() -> None:
    """The question's answer serves as the choice."""
    assert codes(read("id,age\n1,60\n", disease="")) == ["disease"]
    intake = read("id,age\n1,60\n", disease="", answers={"disease": "tiny"})
    assert intake.patients[0].disease == "tiny"


# ---- dates


def test_tabular_age_comes_from_the_date_of_birth() -> None:
    """On the day of the record where there is one, else on the day of reading."""
    intake = read("id,dob,recorded_on\n1,1966-06-02,\n2,1966-06-02,2020-06-02\n3,1966-06-02,x\n")
    assert [p.values["age_years"] for p in intake.patients] == [59.0, 54.0, 59.0]
    assert intake.patients[1].recorded_on == date(2020, 6, 2)
    assert "from the date of birth" in intake.patients[0].origins["age_years"].note
    assert codes(intake) == ["date-unreadable"]


def test_tabular_given_age_is_not_replaced() -> None:
    """A stated age stays; whether it fits the date of birth is for the checks."""
    assert read("id,age,dob\n1,70,1966-06-02\n").patients[0].values["age_years"] == 70.0


def test_tabular_dates_are_listed_for_the_checks() -> None:
    """Every date is unmapped under one name, year first where it was read."""
    text = "id,age,dob,Diagnosis date,dod,Start date\n1,60,13.04.1966,2024-01-02,soon,\n"
    listed = [(item.name, item.value) for item in read(text).unmapped]
    assert listed == [
        ("date_of_birth", "1966-04-13"),
        ("date_of_diagnosis", "2024-01-02"),
        ("death_date", "soon"),
    ]


@pytest.mark.parametrize(
    ("cell", "answers", "age"),
    [
        ("13/04/66", {"century:dob": "19"}, 60.0),
        ("24201", {"day-number:dob": "date"}, 60.0),
        ("03/07/1966", {"date-order:dob": "mdy"}, 60.0),
    ],
)
def test_tabular_answers_settle_dates(cell: str, answers: dict[str, str], age: float) -> None:
    """Century, day number and order are applied to the column."""
    assert read(f"id,dob\n1,{cell}\n", answers=answers).patients[0].values["age_years"] == age


# ---- outcomes, courses, text


def test_tabular_outcomes_are_read_by_their_words() -> None:
    """Times with units, events and responses in any common spelling."""
    text = (
        "id,age,overall_survival_days,os_status,pfs_months,pfs_event,best_response,outcome:dfs\n"
        "1,60,365.25,1:DECEASED,3,progressed,Partial response,yes\n"
        "2,60,,alive,,0:CENSORED,1,2.5\n3,60,,n/a,,,NE,text\n"
    )
    confirmed = {"overall_survival_days": "os_months"}
    intake = read(text, columns=confirmed)
    assert [dict(p.outcomes) for p in intake.patients] == [
        {"os_months": 12.0, "os_event": True, "pfs_months": 3.0, "pfs_event": True,
         "response": "PR", "dfs": True},
        {"os_event": False, "pfs_event": False, "response": True, "dfs": 2.5},
        {"response": "NE", "dfs": "text"},
    ]  # fmt: skip


def test_tabular_outcomes_of_unknown_words_are_refused() -> None:
    """Only the cell is left out."""
    intake = read("id,age,os_event,response\n1,60,perhaps,fine\n")
    assert codes(intake) == ["word-unknown", "word-unknown"]
    assert dict(intake.patients[0].outcomes) == {}


def test_tabular_courses_come_from_columns_and_lists() -> None:
    """Numbered columns hold whole courses, one cell may list labels."""
    text = (
        "id,age,course_1_label,course_1_line,course_1_started,course_1_stopped,"
        "course_2_regimen,course_2_line,prior treatments\n"
        "1,60,Drug A,1st line,2024-01-02,2024-03-04,drug-b,none of it,cisplatin; drug a\n"
        "2,60,,,,,,,none\n"
    )
    first, second = read(text).patients
    assert [(c.label, c.regimen, c.line) for c in first.courses] == [
        ("Drug A", "drug-a", 1),
        ("drug-b", "drug-b", None),
        ("cisplatin", "", None),
        ("drug a", "drug-a", None),
    ]
    assert first.courses[0].stopped == date(2024, 3, 4)
    assert second.courses == ()
    assert "line-unreadable" in codes(read(text))


def test_tabular_line_belongs_to_the_patient() -> None:
    """The line is no value, and rows of one id with different lines are two decisions."""
    intake = read("id,line,age\n1,1,60\n1,2nd,61\n")
    assert [(p.id, p.line) for p in intake.patients] == [("1", 1), ("1", 2)]
    assert "line" not in intake.patients[0].values


def test_tabular_notes_stay_text_and_synthetic_is_marked() -> None:
    """Free text is kept as typed; a synthetic patient says so."""
    intake = read('id,age,notes,Allergies,synthetic\n1,60," <b>x</b> ",nuts,yes\n2,60,,,no\n')
    assert intake.patients[0].notes == " <b>x</b> \nAllergies: nuts"
    assert [p.synthetic for p in intake.patients] == [True, False]


# ---- what follows from values


def test_tabular_ingredients_are_used_and_listed() -> None:
    """Creatinine, weight and height make clearance and index, and are not lost themselves."""
    text = "id,age,sex,creatinine (mg/dL),weight_kg,height_cm\n1,60,female,1.0,72,170\n"
    patient, *_ = read(text).patients
    assert patient.values["crcl_ml_min"] == 68.0
    assert patient.values["bmi"] == 24.91
    assert "Cockcroft-Gault" in patient.origins["crcl_ml_min"].note
    assert sorted(item.name for item in read(text).unmapped) == [
        "creatinine_mg_dl", "height_cm", "weight_kg",
    ]  # fmt: skip


# ---- rows of tests


def test_tabular_long_tables_are_turned() -> None:
    """One row a test: the latest result counts, all dated ones are measurements."""
    text = (
        "patient,sex,test,value,unit,date\n"
        "A,male,Albumin,38,g/L,2024-01-02\nA,male,Albumin,4.1,g/dL,2024-02-02\n"
        "A,,ECOG,1,,\nA,,zinc,3,mg/L,\nB,female,Albumin,39,g/L,2024-01-01\n"
    )
    intake = read(text)
    first, second = intake.patients
    assert dict(first.values) == {"albumin_g_dl": 4.1, "ecog_ps": "1", "sex": "male"}
    assert [m.value for m in first.measurements] == [3.8, 4.1]
    assert first.origins["albumin_g_dl"].row == 3
    assert dict(second.values) == {"albumin_g_dl": 3.9, "sex": "female"}
    assert [(u.name, u.value) for u in intake.unmapped] == [("zinc", "3 mg/L")]
    assert codes(intake) == []


def test_tabular_long_results_that_disagree_are_asked_about() -> None:
    """Two results of one day, and two without a day, are questions with both as answers."""
    text = (
        "patient,test,value,unit,date\nA,Albumin,38,g/L,2024-01-02\nA,Albumin,40,g/L,2024-01-02\n"
        "A,ECOG,1,,\nA,ECOG,2,,\nA,age,60,years,2024-01-01\n"
    )
    intake = read(text)
    assert codes(intake) == ["results-differ", "results-differ"]
    albumin = next(f for f in intake.findings if f.where.field == "Albumin")
    assert [choice.values for choice in albumin.choices] == [
        {"albumin_g_dl": 3.8},
        {"albumin_g_dl": 4.0},
    ]


def test_tabular_long_rows_that_contradict_each_other_lose_the_fact() -> None:
    """What two rows of a patient state differently is left out and named."""
    text = "patient,sex,test,value\nA,male,ECOG,1\nA,female,age,60\nA,female,albumin (g/dL),4\n"
    intake = read(text)
    assert codes(intake) == ["rows-differ"]
    assert "sex" not in intake.patients[0].values


def test_tabular_long_tests_of_several_facts_are_asked_about() -> None:
    """A test name that fits two features waits for an answer."""
    text = "patient,test,value\nA,brain mets,yes\nA,age,60\n"
    intake = with_packs(text, "nsclc")
    assert [f.key for f in intake.findings if f.key] == ["test:brain mets"]
    answered = with_packs(text, "nsclc", **{"test:brain mets": "brain_metastases"})
    assert answered.patients[0].values["brain_metastases"] is True


def test_tabular_long_table_without_patients_is_refused() -> None:
    """Results that belong to nobody cannot be read."""
    intake = read("test,value\nAlbumin,3.9\n")
    assert codes(intake) == ["id-column"]
    assert intake.patients == ()


def test_tabular_long_table_may_name_its_sample_and_day() -> None:
    """A sample id stands in for a patient's, a column taken_on for the date."""
    text = "sample_id,test,value,taken_on,recorded_on\nS1,ECOG,1,2024-01-02,2024-01-05\n"
    intake = read(text)
    assert intake.patients[0].id == "S1"
    assert intake.patients[0].measurements[0].taken_on == date(2024, 1, 2)
    assert intake.patients[0].recorded_on == date(2024, 1, 5)


def test_tabular_columns_called_value_do_not_make_a_long_table() -> None:
    """Without a known test the table is one row a patient."""
    intake = read("id,age,test,value\n1,60,foo,3\n")
    assert intake.patients[0].values == {"age_years": 60.0}
    assert {(u.name, u.value) for u in intake.unmapped} == {("test", "foo"), ("value", "3")}


# ---- what is left over


def test_tabular_names_are_never_repeated() -> None:
    """A column that identifies the patient is listed without its content."""
    intake = read("id,age,name,email\n1,60,Jane Roe,jane@example.org\n")
    assert {item.value for item in intake.unmapped} == {"(not shown)"}
    assert "Jane" not in str(intake.findings)


def test_tabular_many_unused_cells_become_one_entry_per_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond the limit a column is listed as a whole, with how much it holds."""
    monkeypatch.setattr("dashboard.records.tabular._MOST_UNMAPPED", 3)
    text = "id,age,extra,name\n" + "".join(f"{n},60,v{n},Roe\n" for n in range(5))
    listed = {item.name: item.value for item in read(text).unmapped}
    assert listed["extra"] == "v0; v1; v2; v3; v4 (5 filled cells)"
    assert listed["name"] == "(not shown) (5 filled cells)"


def test_tabular_id_column_can_be_answered() -> None:
    """A column is chosen, or the rows are numbered."""
    text = "who,age\nanna,60\n"
    assert read(text, answers={"id-column": "who"}).patients[0].id == "anna"
    assert read(text, answers={"id-column": "number"}).patients[0].id == "row-2"


def test_tabular_shared_findings_are_said_once() -> None:
    """Two tumour groups of one file do not repeat what concerns the file."""
    library = a_library(tiny_pack("one"), tiny_pack("two"))
    text = "id,disease,albuminn\n1,one,3\n2,two,4\n"
    intake = read_table(text.encode(), "a.csv", Reading(library, TODAY))
    assert codes(intake) == ["column-unclear"]
    assert [p.disease for p in intake.patients] == ["one", "two"]


def test_tabular_chosen_column_is_the_one_that_is_read() -> None:
    """Of two columns for one fact the chosen one counts, the other is listed."""
    text = "id,albumin_g_dl,serum albumin\n1,3.9,3.8\n"
    intake = read(text, answers={"which:albumin_g_dl": "serum albumin", "unit:x": "y"})
    assert intake.patients[0].values == {"albumin_g_dl": 3.8}
    assert [u.name for u in intake.unmapped] == ["albumin_g_dl"]


def test_tabular_genes_are_confirmed_and_listed() -> None:
    """A date that was a gene is a question; the answer names the gene."""
    text = "id,age,gene\n1,60,2-Sep\n"
    assert codes(read(text)) == ["gene-date"]
    answered = read(text, answers={"gene:2-Sep": "SEPTIN2"})
    assert (codes(answered), answered.unmapped[0].value) == ([], "SEPTIN2 (written 2-Sep)")
    refused = read(text, answers={"gene:2-Sep": "no"})
    assert (codes(refused), refused.unmapped[0].value) == ([], "2-Sep")


def test_tabular_never_reads_what_is_not_known() -> None:
    """Absent means unknown: no value appears without a cell that says it."""
    intake = read("id,age,sex,albumin_g_dl\n1,,,\n2,60,,\n")
    assert [dict(p.values) for p in intake.patients] == [{}, {"age_years": 60.0}]
    assert not [f for f in intake.findings if f.severity is not Severity.NOTE]
