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
    for cell in (
        "L858R + T790M",
        "L858R+T790M",
        "L858R/T790M",
        "L858R and T790M",
        "L858R T790M",
        "p.L858R; p.T790M",
    ):
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


@pytest.mark.parametrize("cell", ["Exon 19 del T790M", "exon19del+T790M", "Ex19del, T790M"])
def test_a_second_change_beside_words_is_kept(cell: str) -> None:
    """Words for a deletion do not swallow the change that follows them."""
    assert values(cell, "EGFR") == {"egfr_mutation": "exon19del", "egfr_t790m": True}
    assert values(f"EGFR {cell}") == {"egfr_mutation": "exon19del", "egfr_t790m": True}


@pytest.mark.parametrize("cell", ["exon 21 L858R", "c.2573T>G p.L858R", "p.Leu858Arg (L858R)"])
def test_one_change_written_twice_is_one(cell: str) -> None:
    """The exon ahead, or the same change on the DNA, is no second change."""
    assert values(cell, "EGFR") == {"egfr_mutation": "L858R"}


def test_what_rests_on_a_change_in_doubt_waits_with_it() -> None:
    """While EGFR is wild type in one column and L858R in the other, no driver is taken either."""
    intake = read("id,EGFR,mutations\n1,wt,EGFR L858R\n")
    assert not intake.patients[0].values
    (question,) = [f for f in intake.findings if f.code == "variants-contradict"]
    assert [dict(choice.values) for choice in question.choices] == [
        {"egfr_mutation": "none"},
        {"egfr_mutation": "L858R", "driver_alteration": "egfr_l858r"},
        {"egfr_mutation": None, "driver_alteration": None},
    ]


def test_two_drivers_leave_the_facts_of_their_genes() -> None:
    """Which of two fusions drives the tumour is asked; that both were found is not in doubt."""
    intake = read("id\tmutations\n1\tKIF5B-RET fusion; CD74-ROS1 fusion\n")
    assert dict(intake.patients[0].values) == {"ret_fusion": True, "ros1_fusion": True}
    assert [f.code for f in intake.findings if f.patient] == ["variants-contradict"]


def test_findings_warn_of_a_gene_whose_change_could_not_be_read() -> None:
    """BRAF V600 without its letter is more than a remark; a mood is not."""
    intake = read("id\tmutations\n1\tBRAF V600\n2\tmood fine\n")
    (warning,) = [f for f in intake.findings if f.code == "variant-unread"]
    assert warning.severity is Severity.WARNING
    assert "'BRAF V600' speaks of a gene that rules ask about" in warning.message
    assert {item.value for item in intake.unmapped} == {"BRAF V600", "mood fine"}


def test_a_fusion_in_a_list_keeps_its_own_genes() -> None:
    """The gene of the change before holds only for a change that names none."""
    assert values("EGFR L858R, CD74-ROS1") == {"egfr_mutation": "L858R", "ros1_fusion": True}
    assert values("EML4-ALK, EGFR L858R") == {"egfr_mutation": "L858R", "alk_fusion": True}


@pytest.mark.parametrize("cell", ["T790M", "p.Thr790Met", "Exon 20 T790M"])
def test_a_change_that_is_another_fact_is_kept_alone(cell: str) -> None:
    """T790M in a column of EGFR is a fact of its own, and EGFR never counts as unaltered by it."""
    intake = read(f"id\tEGFR\n1\t{cell}\n")
    (patient,) = intake.patients
    assert dict(patient.values) == {"egfr_t790m": True}
    assert patient.origins["egfr_t790m"].field == "EGFR"
    (question,) = [f for f in intake.findings if f.code == "variant-differs"]
    offered = [choice.values.get("egfr_mutation") for choice in question.choices]
    assert offered == ["exon19del", "L858R", "exon20ins", "other_sensitising", None]


@pytest.mark.parametrize(
    ("column", "cell", "left"),
    [
        ("EGFR", "C797S", "EGFR C797S"),
        ("MET exon 14", "amplification", "MET amplification"),
        ("BRAF", "G469A", "BRAF G469A"),
        ("ERBB2", "amplified", "ERBB2 amplification"),
    ],
)
def test_a_change_that_no_fact_holds_is_listed(column: str, cell: str, left: str) -> None:
    """Whatever is answered about the fact, the change itself stays beside the patient."""
    intake = read(f"id\t{column}\n1\t{cell}\n")
    assert not intake.patients[0].values
    assert [item.value for item in intake.unmapped] == [left]


def test_a_change_of_another_gene_is_not_taken_from_the_wrong_column() -> None:
    """KRAS in a column of EGFR is refused, not moved."""
    intake = read("id\tEGFR\n1\tKRAS G12C\n")
    assert not intake.patients[0].values
    assert "wrong-gene" in {finding.code for finding in intake.findings}


def test_an_amplified_gene_may_be_without_mutation() -> None:
    """Copies are no change of the protein: no mutation stays one of the answers."""
    (question,) = [f for f in read("id\tEGFR\n1\tamplified\n").findings if f.choices]
    assert "none" in [choice.values.get("egfr_mutation") for choice in question.choices]
