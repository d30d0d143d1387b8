"""Names of columns that are also the names of something else: genes, enzymes, two tests of one."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.checks import check_intake
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from dashboard.records.units import UnitTable
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, disease: str = "nsclc", **answers: str) -> Intake:
    """A table of one tumour group."""
    given = {key.replace("__", ":"): answer for key, answer in answers.items()}
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, given))


def grave(intake: Intake) -> list[Finding]:
    """Errors and questions."""
    return [f for f in intake.findings if f.severity in (Severity.ERROR, Severity.QUESTION)]


@pytest.mark.parametrize(
    "header", ["eGFR", "eGFR (mL/min/1.73m2)", "egfr (mL/min)", "alk (U/L)", "ALK [U/L]"]
)
def test_names_with_a_unit_are_no_genes(header: str) -> None:
    """Filtration rate and alkaline phosphatase are listed as not used, and nobody is asked."""
    intake = read(f"id,age,{header}\n1,60,71\n2,61,95\n")
    assert [dict(p.values) for p in intake.patients] == [{"age_years": 60.0}, {"age_years": 61.0}]
    assert grave(intake) == []
    assert [(item.name, item.value) for item in intake.unmapped] == [(header, "71"), (header, "95")]


def test_names_of_genes_stand_beside_their_namesakes() -> None:
    """Both columns in one table: the gene is read, the rate is listed."""
    intake = read("id,eGFR (mL/min),EGFR,alk (U/L),ALK\n1,60,exon19del,80,neg\n2,75,wt,90,pos\n")
    assert dict(intake.patients[0].values) == {"egfr_mutation": "exon19del", "alk_fusion": False}
    assert grave(intake) == []


@pytest.mark.parametrize("cells", [("60", "75"), ("60 mL/min", "75"), ("88 U/L", "102 U/L")])
def test_names_of_genes_over_numbers_are_asked_about(cells: tuple[str, str]) -> None:
    """A column of measurements is no fusion, whatever it is called."""
    intake = read(f"id,ALK\n1,{cells[0]}\n2,{cells[1]}\n")
    (question,) = grave(intake)
    assert question.message == ("Is column ALK ALK fusion? It holds numbers, which that never is.")
    assert question.key == "column:ALK"
    assert question.rest == "The column is not read until this is answered; all others were."
    assert [c.answer for c in question.choices] == ["alk_fusion", "ignore"]


def test_names_of_genes_over_their_own_words_are_not_asked_about() -> None:
    """0 and 1, grades of staining and plain words are what such columns hold."""
    intake = read("id,ALK,EGFR,KRAS G12C\n1,1,exon19del,no\n2,0,wt,yes\n")
    assert grave(intake) == []
    assert read("id,her2 ihc\n1,0\n2,3\n", "breast").patients[1].values == {
        "her2_status": "positive"
    }


def test_met_is_a_gene_or_metastatic() -> None:
    """In small letters it is asked about; among names in mixed case MET is the gene."""
    (question,) = grave(read("id,met\n1,1\n2,0\n"))
    assert question.message == (
        "Is column met MET exon 14 skipping? The name may also say metastatic."
    )
    answered = read("id,met\n1,1\n2,0\n", column__met="met_exon14_skipping")
    assert answered.patients[0].values == {"met_exon14_skipping": True}
    assert grave(read("Id,EGFR,MET\n1,wt,yes\n")) == []
    assert [f.code for f in grave(read("ID,EGFR,MET\n1,wt,1\n"))] == ["column-unclear"]


def test_two_tests_of_one_thing_are_held_against_each_other() -> None:
    """MSI is read and mismatch repair left to the checks, which name the discordant patient."""
    intake = read("id,msi,mmr\n1,MSI-H,proficient\n2,MSS,pMMR\n3,MSS,dMMR\n", "colorectal")
    assert [p.values["msi_status"] for p in intake.patients] == ["msi_h", "mss", "mss"]
    assert grave(intake) == []
    found = {f.patient: f.code for f in check_intake(intake, LIBRARY, TODAY) if "mmr" in f.code}
    assert found["1"] == "msi-high-mmr-proficient"
    assert found["3"] == "mss-mmr-deficient"
    alone = read("id,mmr\n1,dMMR\n", "colorectal")
    assert alone.patients[0].values == {"msi_status": "msi_h"}


def test_units_that_a_value_never_comes_in_refuse_its_cells() -> None:
    """Albumin in mmol/L is not read as g/dL."""
    intake = read("id,albumin (mmol/L)\n1,4\n")
    (finding,) = grave(intake)
    assert finding.message == (
        "Serum albumin: the stated unit 'mmol/L' is not one this value comes in."
    )
    assert finding.expected == "a number in g/dL, g/L or umol/L"
    assert intake.patients[0].values == {}


@pytest.mark.parametrize("text", ["g/L", "mL/min/1.73m2", "U/L", "%", "mmol/L", "10^9/L", "IU/mL"])
def test_units_of_anything_are_known(text: str) -> None:
    """By the table of units, or by their form."""
    assert UnitTable.standard().knows(text)


@pytest.mark.parametrize("text", ["1", "y/n", "m/f", "NGS", "AJCC 8", "at diagnosis", "", "22C3"])
def test_words_in_brackets_are_no_units(text: str) -> None:
    """Most of what stands in brackets is a remark."""
    assert not UnitTable.standard().knows(text)


@pytest.mark.parametrize("header", ["tumor proportion score", "Tumor proportion score (TPS)"])
def test_words_of_a_name_are_no_units(header: str) -> None:
    """The proportion in the name of the score does not make 50 fifty times all cells."""
    intake = read(f"id,{header}\n1,50\n2,80\n")
    assert [p.values.get("pd_l1_tps") for p in intake.patients] == [50.0, 80.0]
    assert grave(intake) == []
    assert read("id,ejection fraction\n1,60\n").patients[0].values == {"lvef_pct": 60.0}


def test_columns_of_units_state_them_row_by_row() -> None:
    """Albumin in one column, its unit in the next; a cell that states its own keeps it."""
    table = (
        "id,albumin,albumin_unit,haemoglobin,Haemoglobin units\n"
        "1,38,g/L,13,g/dL\n2,3.9,g/dL,130,g/L\n3,39 g/L,g/dL,,g/L\n"
    )
    intake = read(table)
    assert [p.values.get("albumin_g_dl") for p in intake.patients] == [3.8, 3.9, 3.9]
    assert [p.values.get("haemoglobin_g_dl") for p in intake.patients] == [13.0, 13.0, None]
    assert intake.patients[0].origins["albumin_g_dl"].text == "38 g/L"
    assert grave(intake) == []
    assert intake.unmapped == ()
