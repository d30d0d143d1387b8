"""What a file holds beside the features is found again for the checks."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.knowledge.consistency import load_consistency
from dashboard.records.beside import beside_facts, read_day
from dashboard.records.patient import Intake, Origin, Unmapped, Where
from tests.builders import a_patient

CONSISTENCY = load_consistency()


def row(number: int, name: str):
    """A patient of one row."""
    return a_patient({"sex": "male"}, id=name, origins={"sex": Origin("a.csv", number, "sex")})


def cell(number: int | None, name: str, value: str) -> Unmapped:
    """An unmapped cell."""
    return Unmapped(Where("a.csv", number, name), name, value, "not used")


def test_beside_gives_each_row_its_own():
    """Cells go to the patient of their row, and nowhere when there is none."""
    intake = Intake(
        (row(2, "A"), row(3, "B")),
        unmapped=(
            cell(2, "Pregnancy status", "YES"),
            cell(3, "HER2 IHC score", "2+"),
            cell(3, "Sterbedatum", "01.02.2024"),
            cell(9, "pregnant", "yes"),
            cell(None, "pregnant", "yes"),
        ),
    )
    found = beside_facts(intake, CONSISTENCY)
    assert found.keys() == {"A", "B"}
    assert found["A"].facts == {"pregnant": True}
    assert found["B"].facts == {"her2_ihc": "2+"}
    assert found["B"].dates == {"death": date(2024, 2, 1)}


def test_beside_gives_everything_to_the_only_patient():
    """A file of one patient needs no rows."""
    intake = Intake((a_patient(),), unmapped=(cell(None, "Date of birth", "1960-02-03"),))
    assert beside_facts(intake, CONSISTENCY)["P1"].dates == {"birth": date(1960, 2, 3)}


def test_beside_leaves_alone_what_it_does_not_know():
    """Unknown names, unknown words and unreadable days are nothing."""
    intake = Intake(
        (a_patient(),),
        unmapped=(
            cell(2, "shoe size", "44"),
            cell(2, "pregnant", "perhaps"),
            cell(2, "date of birth", "03/04/60"),
        ),
    )
    assert beside_facts(intake, CONSISTENCY) == {}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        (" 2024-02-29T10:00:00+01:00", date(2024, 2, 29)),
        ("29.2.2024", date(2024, 2, 29)),
        ("2023-02-29", None),
        ("31/02/2024", None),
        ("03/04/2024", None),
        ("2024", None),
        ("", None),
    ],
)
def test_read_day_reads_only_what_has_one_reading(text, day):
    """A day that could be two days is none."""
    assert read_day(text) == day
