"""PD-L1 cells with the name of a score beside the number: its own is read, another's is not."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.pd_l1_scores import own_score
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(cell: str, column: str = "PD-L1", disease: str = "nsclc") -> Intake:
    """A table of one patient and one PD-L1 cell."""
    content = f'id,{column}\n1,"{cell}"\n'
    return read_table(content.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, {}))


def refusal(intake: Intake) -> Finding:
    """The only error of an intake."""
    (found,) = [f for f in intake.findings if f.severity is Severity.ERROR]
    return found


@pytest.mark.parametrize("column", ["PD-L1", "PD-L1 TPS", "PD-L1 TPS (%)"])
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("TPS 80%", 80.0),
        ("TPS: 80", 80.0),
        ("TPS=80 %", 80.0),
        ("tps - 80%", 80.0),
        ("TPS80%", 80.0),
        ("80 TPS", 80.0),
        ("80% (TPS)", 80.0),
        ("PD-L1 TPS 80%", 80.0),
        ("PDL1: 80%", 80.0),
        ("Tumor Proportion Score: 80%", 80.0),
        ("22C3 TPS 60%", 60.0),
        ("TPS 60% (SP263)", 60.0),
        ("TC 60%", 60.0),
        ("TPS 10%, CPS 20", 10.0),
        ("CPS 20; TPS 10%", 10.0),
        ("10% (CPS 20)", 10.0),
    ],
)
def test_a_cell_that_names_its_own_score_is_read(cell: str, value: float, column: str) -> None:
    """The word is read away and stays in the note of where the value came from."""
    intake = read(cell, column)
    (patient,) = intake.patients
    assert patient.values["pd_l1_tps"] == value
    assert patient.origins["pd_l1_tps"].text == cell
    assert f"'{cell}' read as " in patient.origins["pd_l1_tps"].note
    assert not [f for f in intake.findings if f.severity is not Severity.NOTE]


@pytest.mark.parametrize("cell", ["CPS 20", "PD-L1 CPS: 20", "20 CPS", "CPS 20%, 10%"])
def test_another_score_in_a_tps_column_is_refused_by_name(cell: str) -> None:
    """Nothing is taken; what it is, what was expected and what to do are said."""
    intake = read(cell)
    found = refusal(intake)
    assert intake.patients[0].values == {}
    assert (found.code, found.where.row, found.where.field) == ("other-score", 2, "PD-L1")
    assert found.message == (
        f"PD-L1 on tumour cells (TPS): '{cell}' speaks of the combined positive score (CPS), "
        "which is not the tumour proportion score (TPS)."
    )
    assert found.expected.startswith("the tumour proportion score (TPS), 0 to 100 %")
    assert "one score cannot be computed from the other" in found.fix


@pytest.mark.parametrize(
    ("cell", "other"),
    [("IC 5%", "immune cell score (IC)"), ("TAP 10%", "tumour area positivity (TAP)")],
)
def test_scores_no_pack_uses_are_named_too(cell: str, other: str) -> None:
    """An immune cell score in a TPS column is told for what it is."""
    assert f"speaks of the {other}" in refusal(read(cell)).message


@pytest.mark.parametrize(("cell", "value"), [("CPS 20", 20.0), ("PD-L1 CPS: 20", 20.0)])
def test_a_cps_column_reads_its_own_score(cell: str, value: float) -> None:
    """And refuses the tumour proportion score."""
    (patient,) = read(cell, "CPS", "breast").patients
    assert patient.values["pdl1_cps"] == value
    other = refusal(read("TPS 80%", "CPS", "breast"))
    assert "speaks of the tumour proportion score (TPS), which is not the combined" in other.message


@pytest.mark.parametrize(
    ("cell", "value"), [("PD-L1 TPS >= 50 %", 50.0), ("TPS 1-49%", 1.0), ("TPS <1%", 0.0)]
)
def test_named_bands_are_read_like_bands(cell: str, value: float) -> None:
    """The name changes nothing: no rule cuts these bands, and the warning shows the words."""
    intake = read(cell)
    assert intake.patients[0].values["pd_l1_tps"] == value
    assert intake.patients[0].origins["pd_l1_tps"].text == cell
    (found,) = [f for f in intake.findings if f.code == "band-taken"]
    assert f"'{cell}' is a band" in found.message


def test_the_words_of_an_unknown_score_are_understood() -> None:
    """TPS not done: unknown, not an error."""
    intake = read("TPS not done")
    assert intake.patients[0].values == {}
    assert not [f for f in intake.findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize("cell", ["TC3", "TC 3", "TPS", "PD-L1", "TPS high"])
def test_words_without_a_percentage_stay_no_number(cell: str) -> None:
    """Grades of tumour cells run from 0 to 3 and are no percentages."""
    assert refusal(read(cell)).code == "not-a-number"


def test_other_features_keep_their_words() -> None:
    """The names of scores are read away for PD-L1 alone."""
    assert own_score("ki67_pct", "TPS 80%").text == "TPS 80%"
