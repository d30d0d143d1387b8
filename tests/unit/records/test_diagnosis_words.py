"""What a diagnosis says beyond the tumour group is taken or listed, never dropped."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(diagnosis: str, more: str = "", cells: str = "") -> Intake:
    """A table of one patient with this diagnosis."""
    table = f"id\tdiagnosis{more}\n1\t{diagnosis}{cells}\n"
    return read_table(table.encode(), "a.csv", Reading(LIBRARY, TODAY))


@pytest.mark.parametrize(
    ("diagnosis", "values", "left"),
    [
        (
            "NSCLC squamous stage IVB EGFR L858R",
            {"histology": "squamous", "stage": "IVB", "egfr_mutation": "L858R"},
            [],
        ),
        ("NSCLC Adeno IV", {"histology": "adenocarcinoma"}, ["IV"]),
        ("NSCLC Platten IIIB", {"stage": "IIIB_IIIC"}, ["Platten"]),
        ("C34.1 NSCLC adeno", {"histology": "adenocarcinoma"}, []),
        ("Non small cell lung cancer", {}, []),
        ("non small cell lung cancer, squamous", {"histology": "squamous"}, []),
        (
            "NSCLC EGFR exon 19 del T790M",
            {"egfr_mutation": "exon19del", "egfr_t790m": True},
            [],
        ),
        ("NSCLC ROS1 fusion ALK+", {"ros1_fusion": True}, ["ALK+"]),
        ("NSCLC adeno squamous", {}, ["adeno, squamous"]),
        ("NSCLC adeno, no EGFR L858R", {}, ["NSCLC adeno, no EGFR L858R"]),
        ("Melanoma M1c BRAF V600E", {"m_stage": "M1c", "braf_v600": "V600E"}, []),
        ("metastatic breast cancer", {}, ["metastatic"]),
        ("nsclc", {}, []),
        ("LUAD", {"histology": "adenocarcinoma"}, []),
        ("LUSC", {"histology": "squamous"}, []),
        ("8070/3", {"histology": "squamous"}, []),
    ],
)
def test_a_diagnosis_is_read_to_its_end(
    diagnosis: str, values: dict[str, object], left: list[str]
) -> None:
    """Known words become facts, all others are listed in the row and column they stand in."""
    intake = read(diagnosis)
    (patient,) = intake.patients
    found = {name: value for name, value in patient.values.items() if name != "driver_alteration"}
    assert found == values
    assert [item.value for item in intake.unmapped] == left
    assert all(origin.field == "diagnosis" for origin in patient.origins.values())


def test_a_column_of_its_own_is_not_overruled() -> None:
    """The stage of its column stays, even one in doubt; what the diagnosis says is listed."""
    for cell, kept in (("IVA", "IVA"), ("IV", None), ("IVB", "IVB")):
        intake = read("NSCLC IVB", "\tstage", f"\t{cell}")
        assert intake.patients[0].values.get("stage") == kept
        assert [i.value for i in intake.unmapped] == ([] if kept == "IVB" else ["IVB"])


def test_a_change_that_differs_from_its_column_is_asked_about() -> None:
    """Neither the diagnosis nor the column of the gene wins silently."""
    intake = read("NSCLC EGFR L858R", "\tEGFR", "\twt")
    assert "variants-contradict" in {finding.code for finding in intake.findings}
    assert "egfr_mutation" not in intake.patients[0].values


def test_the_origin_names_the_cell() -> None:
    """What was taken says where it stood and in which words."""
    origin = read("NSCLC squamous").patients[0].origins["histology"]
    assert (origin.row, origin.field, origin.text) == (2, "diagnosis", "NSCLC squamous")
    assert "squamous" in origin.note


def test_a_diagnosis_beside_the_disease_is_read_too() -> None:
    """The column of the disease decides the tumour group; the other one adds what it says."""
    intake = read("nsclc", "\tprimary diagnosis", "\tlung adenocarcinoma IVB EGFR L858R odd")
    values = intake.patients[0].values
    assert (values["histology"], values["stage"]) == ("adenocarcinoma", "IVB")
    assert values["egfr_mutation"] == "L858R"
    assert [item.value for item in intake.unmapped] == ["odd"]
    (note,) = [f for f in intake.findings if f.code == "diagnosis-read"]
    assert note.severity is Severity.NOTE
    assert note.message.endswith("was read for histology, stage and changes of genes.")


def test_a_diagnosis_of_another_tumour_group_is_told_and_not_read() -> None:
    """A row of lung cancer whose diagnosis is colon cancer takes nothing from it."""
    intake = read("nsclc", "\tprimary diagnosis", "\tadenocarcinoma of colon")
    assert intake.patients[0].disease == "nsclc"
    assert "histology" not in intake.patients[0].values
    (warning,) = [f for f in intake.findings if f.code == "diagnosis-differs"]
    assert "'adenocarcinoma of colon' means colorectal, and the row is of nsclc" in warning.message
    assert warning.where.field == "primary diagnosis"
    assert [item.value for item in intake.unmapped] == ["adenocarcinoma of colon"]
