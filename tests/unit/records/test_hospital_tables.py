"""Tables as hospitals send them: other languages, columns of other tumour groups, doubles."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, disease: str = "", answers: dict[str, str] | None = None) -> Intake:
    """The table with the packs that ship."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, answers or {}))


def left(intake: Intake) -> dict[str, str]:
    """What was left, by column."""
    return {item.name: item.reason for item in intake.unmapped}


def test_columns_of_another_tumour_group_are_listed_not_lost() -> None:
    """Platelets are asked for in breast cancer; in a row of lung cancer they are left in words."""
    intake = read("id,disease,platelets,CRP\n1,nsclc,250,5\n2,breast,250,5\n")
    assert intake.patients[1].values["platelets_10e9_l"] == 250.0
    lost = [(i.where.row, i.name, i.value) for i in intake.unmapped]
    assert lost == [(2, "platelets", "250"), (2, "CRP", "5")]
    assert left(intake)["CRP"] == "not a fact this tumour group asks for"


def test_ingredients_are_called_used_only_where_something_was_computed() -> None:
    """Creatinine without a weight served nothing; with one it gave a clearance."""
    header = "id,age,sex,creatinine (mg/dL),weight (kg)\n"
    intake = read(f"{header}1,60,f,0.9,\n2,60,f,0.9,70\n", "nsclc")
    serving = {i.where.row: i.serves for i in intake.unmapped if i.name == "creatinine_mg_dl"}
    assert serving == {2: False, 3: True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Patienten-ID;Diagnose;Alter;Geschlecht;Stadium;Hirnmetastasen\n"
            "1;NSCLC;62 Jahre;weiblich;IVA;nein\n",
            {"age_years": 62.0, "sex": "female", "stage": "IVA", "brain_metastases": False},
        ),
        (
            "Numéro patient;Diagnostic;Âge;Sexe;Stade;Métastases cérébrales\n"
            "1;NSCLC;62 ans;femme;IVB;oui\n",
            {"age_years": 62.0, "sex": "female", "stage": "IVB", "brain_metastases": True},
        ),
        (
            "id;disease;EGFR;ALK;ROS1;KRAS\n1;nsclc;Wildtyp;negativ;positiv;G12C\n",
            {
                "egfr_mutation": "none",
                "alk_fusion": False,
                "ros1_fusion": True,
                "kras_mutation": "G12C",
            },
        ),
        (
            "id;disease;smoking pack years;histologie\n1;nsclc;40 py;Plattenepithelkarzinom\n",
            {"pack_years": 40.0, "histology": "squamous"},
        ),
        ("id;disease;MSI;RAS\n1;colorectal;stabil;mutiert\n", {"msi_status": "mss"}),
    ],
    ids=["German", "French", "genes", "units", "microsatellites"],
)
def test_tables_in_other_languages_are_read(text: str, expected: dict[str, object]) -> None:
    """Headers, units and answers that mean one thing are read as that."""
    (patient,) = read(text).patients
    assert {name: patient.values.get(name) for name in expected} == expected


@pytest.mark.parametrize("word", ["nicht getestet", "ausstehend", "non fait", "keine Angabe"])
def test_words_for_unknown_in_other_languages_are_told(word: str) -> None:
    """Not tested is not negative; a note says how it was read."""
    intake = read(f"id;disease;ALK\n1;nsclc;{word}\n")
    assert "alk_fusion" not in intake.patients[0].values
    assert [f.code for f in intake.findings if f.where.field == "ALK"] == ["stated-unknown"]


def test_a_fact_of_two_columns_is_taken_from_the_one_that_is_filled() -> None:
    """Where only mismatch repair was tested, its result is not left unused."""
    rows = "1,,dMMR\n2,MSS,\n3,MSI-H,dMMR\n4,n.d.,pMMR\n"
    intake = read(f"id,MSI,MMR\n{rows}", "colorectal")
    assert [p.values.get("msi_status") for p in intake.patients] == ["msi_h", "mss", "msi_h", None]
    assert intake.patients[0].origins["msi_status"].field == "MMR"
    assert all(item.serves for item in intake.unmapped if item.name == "MMR")


def test_day_numbers_of_a_column_are_asked_about_once() -> None:
    """One answer settles the column, so it is one question; leaving them unknown is an answer."""
    text = "id,date_of_diagnosis\n1,45292\n2,45300\n3,45310\n"
    (question,) = [f for f in read(text, "nsclc").findings if f.severity is Severity.QUESTION]
    assert "The answer holds for the whole column (rows 2, 3 and 4)." in question.message
    assert question.patient == ""
    for word in ("date", "unknown"):
        asked = {f.key for f in read(text, "nsclc", {question.key: word}).findings}
        assert question.key not in asked


def test_a_word_in_braces_is_no_multiple_of_the_upper_limit() -> None:
    """Only the annotation that says so is one; elsewhere braces name what is counted."""
    text = "id,ldh,nlr\n1,1.5 {foo},3 {ratio}\n2,1.5 {xULN},3\n"
    intake = read(text, "nsclc")
    assert [p.values.get("ldh_x_uln") for p in intake.patients] == [None, 1.5]
    assert [p.values.get("nlr") for p in intake.patients] == [3.0, 3.0]
    assert [f.code for f in intake.findings if f.where.field == "ldh"] == ["unit-unknown"]


def test_rows_of_statistics_are_no_patients() -> None:
    """A mean below the patients is not a patient aged 62.5."""
    intake = read("id,age\n1,62\n2,63\nMittelwert,62.5\nMoyenne,62.5\n", "nsclc")
    assert [patient.id for patient in intake.patients] == ["1", "2"]
    told = [f.message for f in intake.findings if f.code == "id-missing"]
    assert len(told) == 2
    assert all("it looks like a row of totals" in message for message in told)


def test_a_mixed_column_keeps_the_values_that_state_their_unit() -> None:
    """What says its own unit is certain, whatever stands in the other rows."""
    intake = read("id,albumin\n1,39 g/L\n2,3.9 g/dL\n3,3.9\n4,39\n", "nsclc")
    assert [p.values.get("albumin_g_dl") for p in intake.patients] == [3.9, 3.9, None, None]
    (mixed,) = [f for f in intake.findings if f.code == "units-mixed"]
    assert mixed.rest == "Of this column only values that state their unit were read (2)."
    after = read(
        "id,albumin\n1,39 g/L\n2,3.9 g/dL\n3,3.9\n4,39\n", "nsclc", {mixed.key: "mixed:g/L"}
    )
    assert [p.values["albumin_g_dl"] for p in after.patients] == [3.9, 3.9, 3.9, 3.9]


def test_a_date_of_two_doubts_is_asked_about_in_two_steps() -> None:
    """The century alone never decides which number is the month."""
    text = "id,date_of_birth\n1,01/02/60\n"
    (order,) = [f for f in read(text, "nsclc").findings if f.severity is Severity.QUESTION]
    assert order.key == "date-order:date_of_birth"
    assert "is '01/02/60' 1960-02-01 or 1960-01-02?" in order.message
    answered = {order.key: "mdy"}
    found = read(text, "nsclc", answered).findings
    (century,) = [f for f in found if f.severity is Severity.QUESTION]
    assert [choice.answer for choice in century.choices] == ["19", "20"]
    both = read(text, "nsclc", {**answered, century.key: "19"})
    assert [i.value for i in both.unmapped] == ["1960-01-02"]


@pytest.mark.parametrize(
    ("word", "line"),
    [("Erstlinie", 1), ("2. Linie", 2), ("1st line", 1), ("third line", 3), ("deuxième ligne", 2)],
)
def test_lines_of_therapy_are_read_in_words(word: str, line: int) -> None:
    """A line by its name, in several languages."""
    assert read(f"id,line\n1,{word}\n", "nsclc").patients[0].line == line


def test_tables_of_one_row_a_test_are_known_by_their_headers_in_german() -> None:
    """Untersuchung, Wert, Einheit and Datum are what test, value, unit and date are."""
    text = (
        "Patient;Untersuchung;Wert;Einheit;Datum\n"
        "A;Albumin;38;g/L;01.02.2024\nA;ECOG;1;;01.02.2024\n"
    )
    (patient,) = read(text, "nsclc").patients
    assert dict(patient.values) == {"albumin_g_dl": 3.8, "ecog_ps": "1"}


def test_words_of_spreadsheets_in_other_languages_are_yes_and_no() -> None:
    """WAHR and VRAI are what Excel writes for TRUE there."""
    rows = "1,WAHR,FALSCH\n2,VRAI,FAUX\n"
    intake = read(f"id,liver_metastases,brain_metastases\n{rows}", "nsclc")
    facts = [(p.values["liver_metastases"], p.values["brain_metastases"]) for p in intake.patients]
    assert facts == [(True, False), (True, False)]
