"""Laboratory values divided by the laboratory's upper limit: units, bad limits, doubts."""

from collections.abc import Mapping

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.mapping import NameIndex
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from dashboard.records.units import UnitTable
from tests.builders import TODAY

LIBRARY = load_library()
INDEX = NameIndex(LIBRARY.pack("breast").features, UnitTable.standard())


def read(text: str, answers: Mapping[str, str] | None = None) -> Intake:
    """A table of lung cancers."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, "nsclc", answers or {}))


def ratios(intake: Intake, feature: str) -> list[object]:
    """The multiple of each patient, None where it is unknown."""
    return [patient.values.get(feature) for patient in intake.patients]


def only(intake: Intake, code: str) -> Finding:
    """The one finding with this code."""
    (finding,) = [f for f in intake.findings if f.code == code]
    return finding


def test_limits_of_one_unit_divide() -> None:
    """Where both are in one unit, stated or not, the quotient is the value."""
    for header in (
        "LDH,LDH ULN",
        "LDH (U/L),LDH ULN (U/L)",
        "LDH,ldh_uln_u_l",
        "LDH (U/L),ULN LDH",
    ):
        assert ratios(read(f"id,{header}\n1,300,250\n"), "ldh_x_uln") == [1.2]


def test_limits_of_another_unit_are_converted() -> None:
    """15 umol/L is 0.877 mg/dL: 0.731 times a limit of 1.2 mg/dL, and the origin says so."""
    intake = read(
        "id,bilirubin (umol/L),bilirubin_uln (mg/dL)\n1,15,1.2\n2,0.9 mg/dL,1.2\n3,15,20 umol/L\n"
    )
    assert ratios(intake, "bilirubin_x_uln") == [0.730875, 0.75, 0.75]
    note = intake.patients[0].origins["bilirubin_x_uln"].note
    assert note == "15 divided by the upper limit of normal 1.2 mg/dL, converted to umol/L"
    assert {f.code for f in intake.findings} == {"columns-matched"}


def test_limits_without_a_unit_that_fit_another_only_are_converted_with_a_warning() -> None:
    """250 is no limit in ukat/L: it was one in U/L, which is said beside the limit."""
    intake = read("id,LDH,LDH ULN\n1,300,250\n2,5.1 ukat/L,250\n")
    assert ratios(intake, "ldh_x_uln") == [1.2, 1.224]
    finding = only(intake, "limit-converted")
    assert finding.severity is Severity.WARNING
    assert (finding.where.row, finding.where.field, finding.value) == (3, "LDH ULN", "250")
    assert finding.message == (
        "LDH relative to upper limit: the upper limit '250' has no unit and is no limit in ukat/L, "
        "the unit of the value (usual are 2.1 to 8); it was taken in U/L, the only unit it can be "
        "a limit in."
    )
    assert finding.rest == "The value was converted and read."


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("0", "is not a number above 0"),
        ("-5", "is not a number above 0"),
        ("high", "is not a number above 0"),
        ("250 g/L", "is in 'g/L', which is no unit of this value"),
        ("30", "has no unit and is no limit in U/L, the unit of the value (usual are 130 to 480)"),
    ],
)
def test_limits_that_cannot_be_are_refused_where_they_stand(limit: str, why: str) -> None:
    """The limit is named, not the value it would have spoilt; other rows are read."""
    intake = read(f"id,LDH (U/L),LDH ULN\n1,300,{limit}\n2,300,250\n")
    assert ratios(intake, "ldh_x_uln") == [None, 1.2]
    finding = only(intake, "limit-unusable")
    assert finding.severity is Severity.ERROR
    assert finding.message == f"LDH relative to upper limit: the upper limit '{limit}' {why}."
    assert (finding.where.row, finding.where.field, finding.value) == (2, "LDH ULN", limit)
    assert (
        finding.expected
        == "the laboratory's upper limit, usually 130 to 480 U/L or 2.1 to 8 ukat/L"
    )
    assert finding.fix.startswith("Correct the limit, or state its unit")
    assert finding.rest == "The value was not divided and stays unknown; everything else was read."


def test_limits_beside_values_of_another_size_are_asked_about() -> None:
    """15 divided by 1.2 mg/dL is no bilirubin; in umol/L it is, and the answer is applied."""
    table = "id,bilirubin,bilirubin_uln (mg/dL)\n1,0.6,1.2\n2,15,1.2\n"
    question = only(read(table), "limit-unit-unclear")
    assert question.severity is Severity.QUESTION
    assert question.message == (
        "Bilirubin relative to upper limit: 15 has no unit; divided by the upper limit 1.2 mg/dL "
        "it would be 12.5 times that limit. Is it in umol/L?"
    )
    assert question.key == "unit:bilirubin"
    assert [(c.label, c.answer) for c in question.choices] == [
        ("15 umol/L = 0.730875 xULN", "umol/L"),
        ("Leave it unknown", "unknown"),
    ]
    assert ratios(read(table), "bilirubin_x_uln") == [0.5, None]
    answered = read("id,bilirubin,bili_uln\n1,15,1.2\n2,20,20\n", {"unit:bilirubin": "umol/L"})
    assert ratios(answered, "bilirubin_x_uln") == [0.730875, 1.0]
    assert ratios(read(table, {"unit:bilirubin": "unknown"}), "bilirubin_x_uln") == [0.5, None]
    assert not [
        f for f in read(table, {"unit:bilirubin": "unknown"}).findings if f.code.startswith("limit")
    ]


def test_limits_beside_multiples_of_them_are_asked_about_once() -> None:
    """1.2 and 1.4 beside a limit of 250 are multiples already: one question for the column."""
    table = "id,LDH,LDH ULN\n1,1.2,250\n2,1.4,250\n3,300,250\n"
    question = only(read(table), "limit-unit-unclear")
    assert "beside their upper limits they look like xULN (rows 2 and 3)" in question.message
    assert [c.answer for c in question.choices] == ["xULN", "unknown"]
    assert ratios(read(table), "ldh_x_uln") == [None, None, 1.2]
    assert ratios(read(table, {"unit:LDH": "xULN"}), "ldh_x_uln")[:2] == [1.2, 1.4]


def test_limits_that_explain_nothing_leave_the_refusal_to_the_range() -> None:
    """A quotient that no unit makes ordinary is refused as out of range."""
    intake = read("id,LDH,LDH ULN\n1,90000,250\n")
    assert only(intake, "out-of-range").where.field == "LDH"


def test_limits_given_as_an_answer_may_state_a_unit() -> None:
    """An upper limit in ukat/L divides values in both units; a useless one is refused."""
    table = "id,LDH (U/L)\n1,300\n2,5.1 ukat/L\n"
    answered = read(table, {"uln:LDH (U/L)": "4.2 ukat/L"})
    assert ratios(answered, "ldh_x_uln") == [1.19048, 1.21429]
    refused = read("id,LDH (U/L)\n1,300\n", {"uln:LDH (U/L)": "0"})
    assert only(refused, "limit-unusable").where.field == "LDH (U/L)"


def test_limits_leave_multiples_and_unknown_limits_alone() -> None:
    """A value that says xULN needs no limit; a limit that is not known leaves the question."""
    intake = read("id,LDH,LDH ULN\n1,1.3 xULN,\n2,1.4 xULN,250\n3,300,n/a\n")
    assert ratios(intake, "ldh_x_uln") == [1.3, 1.4, None]
    assert only(intake, "limit-needed").where.row == 4


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bilirubin_uln (umol/L)", ("bilirubin_x_uln", "umol/L")),
        ("LDH ULN [U/L]", ("ldh_x_uln", "U/L")),
        ("LDH upper limit of normal, U/L", ("ldh_x_uln", "U/L")),
        ("bilirubin_uln_umol_l", ("bilirubin_x_uln", "umol/L")),
        ("ALP ULN", ("alp_x_uln", "")),
        ("ldh_x_uln", ("", "")),
        ("albumin (g/L)", ("", "")),
        ("albumin_uln (g/L)", ("", "")),
    ],
)
def test_limits_are_known_by_the_header_with_its_unit(header: str, found: tuple[str, str]) -> None:
    """In brackets, after a comma or at the end of the name."""
    assert INDEX.limit_of(header) == found


def test_limits_of_long_tables_stand_beside_each_result() -> None:
    """One row a test, with the laboratory's own limit: each result is divided by its own."""
    intake = read(
        "PatientID,LabTest,Result,Units,RefHigh\n1,LDH,300,U/L,250\n1,Albumin,38,g/L,50\n"
        "2,LDH,5.1,ukat/L,4.25\n3,LDH,300,U/L,\n"
    )
    assert ratios(intake, "ldh_x_uln") == [1.2, 1.2, None]
    assert intake.patients[0].values["albumin_g_dl"] == 3.8
    assert [f.where.row for f in intake.findings if f.code == "limit-needed"] == [5]
    assert intake.unmapped == ()
