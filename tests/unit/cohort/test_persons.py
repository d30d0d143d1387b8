"""Whose row a row is, and that all rows of one who objected go."""

from __future__ import annotations

import pytest

from dashboard.cohort.persons import person_of
from dashboard.services.allowed_rows import OPTED_OUT, read_allowed

TOML = """
id = "demo"
disease = "new-disease"
{more}
[columns.Pat]
role = "id"
[columns.Alb]
feature = "alb"
kind = "number"
[outcomes.response]
column = "Best"
"""


@pytest.fixture
def folder(tmp_path):
    """Three patients in four rows, as the simulator names them."""
    rows = [f"{name},{3 + i / 10},CR" for i, name in enumerate(("P1.1", "P1.2", "P2.1", "P20.1"))]
    (tmp_path / "patients.csv").write_text("\n".join(["Pat,Alb,Best", *rows]), encoding="utf-8")
    return tmp_path


def read(folder, *, synthetic, listed=""):
    """Describe the cohort, list who objected, and read what may be used."""
    more = "synthetic = true" if synthetic else ""
    (folder / "cohort.toml").write_text(TOML.format(more=more), encoding="utf-8")
    (folder / OPTED_OUT).write_text(listed, encoding="utf-8")
    return read_allowed(folder)


def test_all_rows_of_a_simulated_patient_go_and_nobody_elses(folder):
    """The patient's id stands for every line; `P2` is not `P20`; a line can be named alone."""
    data = read(folder, synthetic=True, listed="\n P1 \n")
    assert data.ids == ("P2.1", "P20.1")
    assert data.persons == ("P2", "P20")
    assert read(folder, synthetic=True, listed="P2.1\n").ids == ("P1.1", "P1.2", "P20.1")


def test_ids_of_a_hospital_are_taken_as_they_are(folder):
    """`P1.1` of a hospital is a patient of his own."""
    data = read(folder, synthetic=False, listed="P1.1\nP2\n")
    assert data.ids == data.persons == ("P1.2", "P2.1", "P20.1")


@pytest.mark.parametrize(
    ("row", "synthetic", "person"),
    [("P000006.2", True, "P000006"), ("P000006.2", False, "P000006.2"), ("A.1", True, "A.1")],
)
def test_person_of_a_row(row, synthetic, person):
    """Only the simulator's own names are taken apart."""
    assert person_of(row, synthetic=synthetic) == person
