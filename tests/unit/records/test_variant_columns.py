"""Variants in free text of tables: each change finds its fact, the rest is listed, none is lost."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, disease: str = "nsclc") -> Intake:
    """A table of patients of this tumour group."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease))


def values(cell: str, column: str = "Mutationen") -> dict[str, object]:
    """What one cell gives its patient."""
    (patient,) = read(f"id\t{column}\n1\t{cell}\n").patients
    return {name: value for name, value in patient.values.items() if name != "driver_alteration"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("EGFR Ex19del", {"egfr_mutation": "exon19del"}),
        ("KRAS G12C", {"kras_mutation": "G12C"}),
        ("EGFR L858R + T790M", {"egfr_mutation": "L858R", "egfr_t790m": True}),
        ("EGFR p.Leu858Arg, KRAS p.Gly12Cys", {"egfr_mutation": "L858R", "kras_mutation": "G12C"}),
        ("EML4-ALK fusion", {"alk_fusion": True}),
        ("wt", {}),
        ("EGFR L858R not detected", {}),
        ("V.a. EGFR L858R?", {}),
    ],
)
def test_findings_give_what_they_name(cell: str, expected: dict[str, object]) -> None:
    """Named changes become facts; denied and doubted ones do not; nothing else is concluded."""
    assert values(cell) == expected


def test_findings_list_what_decides_nothing() -> None:
    """A gene that no rule asks for stays beside the patient, in its own words."""
    intake = read("id\tNGS\n1\tEGFR Ex19del; TP53 mut\n2\tEGFR L858R not detected\n")
    assert intake.patients[0].origins["egfr_mutation"].text == "EGFR Ex19del; TP53 mut"
    left = {(item.where.row, item.value) for item in intake.unmapped}
    assert left == {(2, "TP53 mut"), (3, "EGFR L858R not detected")}
    assert "denies or doubts" in next(i.reason for i in intake.unmapped if i.where.row == 3)


def test_a_second_change_in_the_cell_of_a_fact_is_kept() -> None:
    """L858R is the value of the column, T790M a fact of its own; with a plus or a slash."""
    for cell in ("L858R + T790M", "L858R/T790M", "L858R and T790M", "p.L858R; p.T790M"):
        assert values(cell, "EGFR") == {"egfr_mutation": "L858R", "egfr_t790m": True}, cell
    assert values("L858R", "EGFR") == {"egfr_mutation": "L858R"}
    assert values("L858R, T790M not detected", "EGFR") == {}


def test_findings_that_differ_from_another_column_are_asked_about() -> None:
    """Neither the column of the gene nor the column of findings wins silently."""
    intake = read("id,kras_mutation,mutations\n1,G12C,KRAS G12D\n")
    (question,) = [f for f in intake.findings if f.code == "variants-contradict"]
    assert question.severity is Severity.QUESTION
    assert "kras_mutation" not in intake.patients[0].values
    offered = [choice.values.get("kras_mutation") for choice in question.choices]
    assert offered == ["G12C", "other", None]
    assert read("id,kras_mutation,mutations\n1,G12C,KRAS G12C\n").patients[0].values[
        "kras_mutation"
    ] == ("G12C")


def test_a_flag_that_differs_is_asked_about_in_words() -> None:
    """A stated no beside a named change."""
    intake = read("id,egfr_t790m,EGFR\n1,no,L858R + T790M\n")
    (question,) = [f for f in intake.findings if f.code == "variants-contradict"]
    assert "the row says no and yes" in question.message


def test_findings_of_a_disease_without_a_pack_are_listed() -> None:
    """Where nobody knows what a change means, its words are kept."""
    intake = read("id,disease,mutations\n1,gastric cancer,ERBB2 amplification\n", "")
    assert "ERBB2 amplification" in {item.value for item in intake.unmapped}
