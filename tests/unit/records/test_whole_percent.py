"""Columns that say percent and hold fractions: asked about once, unless a value makes it plain."""

from collections.abc import Mapping

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Intake, Patient, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table, write_csv
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, answers: Mapping[str, str] | None = None, disease: str = "nsclc") -> Intake:
    """A table of one tumour group."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, answers or {}))


def values(intake: Intake, feature: str = "pd_l1_tps") -> list[object]:
    """The value of each patient."""
    return [patient.values.get(feature) for patient in intake.patients]


FRACTIONS = "id,PD-L1 (%)\n1,0.6\n2,0.8\n3,0\n4,1\n"


def test_percent_columns_of_fractions_are_asked_about_once() -> None:
    """0.6 % or 60 %: one question for the column, nothing taken meanwhile but the zero."""
    intake = read(FRACTIONS)
    (question,) = [f for f in intake.findings if f.code == "unit-unclear"]
    assert question.severity is Severity.QUESTION
    assert question.message == (
        "PD-L1 on tumour cells (TPS): the column says % and every value is between 0 and 1 "
        "(rows 2, 3 and 5). Is 1 meant as 1 % or as 100 %?"
    )
    assert (question.where.row, question.where.field) == (2, "PD-L1 (%)")
    assert question.fix == "Choose one of the answers, or write the values as percentages."
    assert "stay unknown until it is answered" in question.rest
    assert [c.answer for c in question.choices] == ["fraction", "as-written", "unknown"]
    assert values(intake) == [None, None, 0.0, None]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("fraction", [60.0, 80.0, 0.0, 100.0]),
        ("as-written", [0.6, 0.8, 0.0, 1.0]),
        ("unknown", [None, None, 0.0, None]),
    ],
)
def test_percent_answers_are_applied(answer: str, expected: list[float | None]) -> None:
    """The answer is for the whole column and asks no more."""
    intake = read(FRACTIONS, {"unit:PD-L1 (%)": answer})
    assert values(intake) == expected
    assert "unit-unclear" not in {f.code for f in intake.findings}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("id,PD-L1 (%)\n1,0.6\n2,80\n3,45\n", [0.6, 80.0, 45.0]),  # one value makes it plain
        ("id,PD-L1 (%)\n1,0.6%\n2,0.5 %\n", [0.6, 0.5]),  # each cell says so itself
        ("id,PD-L1 (%)\n1,0\n2,1\n", [0.0, 1.0]),  # whole numbers are percentages
        ("id,PD-L1 (%)\n1,80\n2,\n", [80.0, None]),
    ],
)
def test_percent_columns_that_are_plain_are_not_asked_about(
    table: str, expected: list[float | None]
) -> None:
    """No question on an ordinary table."""
    intake = read(table)
    assert values(intake) == expected
    assert {f.code for f in intake.findings} <= {"columns-matched", "implausible"}


def test_percent_of_things_measured_finely_is_not_asked_about() -> None:
    """0.6 % of mutated DNA in plasma is an ordinary result."""
    intake = read("id,ctdna_vaf_pct (%)\n1,0.6\n2,0.3\n")
    assert values(intake, "ctdna_vaf_pct") == [0.6, 0.3]


def test_percent_with_a_decimal_comma_is_asked_about_too() -> None:
    """The mark settled, the scale is still in doubt."""
    intake = read("id;Ki-67 (%)\n1;0,2\n2;0,35\n", {"decimal": ","}, "breast")
    assert "unit-unclear" in {f.code for f in intake.findings}
    assert values(intake, "ki67_pct") == [None, None]


def test_percent_below_one_is_written_so_that_it_reads_back() -> None:
    """A table of one patient with 0.6 % would otherwise ask its own author."""
    pack = LIBRARY.pack("nsclc")
    few = [Patient("P1", "nsclc", {"pd_l1_tps": 0.6}), Patient("P2", "nsclc", {"pd_l1_tps": 1.0})]
    written = write_csv(few, pack)
    assert b"0.6%" in written
    back = read_table(written, "a.csv", Reading(LIBRARY, TODAY, "nsclc"))
    assert values(back) == [0.6, 1.0]
    plain = write_csv([*few, Patient("P3", "nsclc", {"pd_l1_tps": 80.0})], pack)
    assert b"%" not in plain.split(b"\n", 1)[1]
