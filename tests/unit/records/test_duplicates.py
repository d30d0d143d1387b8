"""Patients who come twice."""

from __future__ import annotations

from dataclasses import replace

from dashboard.records.duplicates import check_duplicates, merge_duplicates
from dashboard.records.patient import Origin, Severity
from tests.builders import a_patient

FACTS = {f"f{number}": float(number) for number in range(9)}


def row(number: int, **changes):
    """A patient from one row of a table."""
    values = changes.pop("values", {"age_years": 60.0})
    origins = {name: Origin("a.csv", number, name) for name in values}
    return a_patient(values, origins=origins, **changes)


def only(*patients):
    """The one thing that is said of these patients."""
    (finding,) = check_duplicates(patients)
    return finding


def test_duplicates_note_a_repeated_row():
    """Equal content is kept once."""
    finding = only(row(3), row(7))
    assert finding.severity is Severity.NOTE
    assert finding.message == "Row 7 repeats row 3; it is kept once."
    assert finding.where.row == 7


def test_duplicates_refuse_two_versions_and_show_what_differs():
    """Side by side, with both rows; neither is used."""
    finding = only(row(3), row(7, values={"age_years": 61.0, "ecog_ps": "1"}))
    assert finding.severity is Severity.ERROR
    assert "row 3 and row 7" in finding.message
    assert "age_years: 60 / 61; ecog_ps: unknown / 1" in finding.message
    assert [choice.answer for choice in finding.choices] == ["first", "second"]


def test_duplicates_show_a_few_of_many_differences():
    """A long list is cut with a count."""
    many = {f"f{number}": 1.0 for number in range(10)}
    assert "and 5 more" in only(row(3), row(7, values=many)).message


def test_duplicates_notice_outcomes_and_courses_that_differ():
    """Two rows alike in their facts may differ afterwards."""
    finding = only(row(3), row(4, outcomes={"os_event": True}))
    assert "outcome os_event: unknown / yes" in finding.message


def test_duplicates_take_two_lines_as_two_decisions():
    """One patient may come back at the next line."""
    finding = only(row(3, line=1), row(4, line=2))
    assert finding.severity is Severity.NOTE
    assert finding.code == "patient-at-two-lines"


def test_duplicates_warn_of_ids_that_differ_by_case():
    """They stay two patients."""
    finding = only(row(3, id="P1a"), row(4, id="P1A", values={"age_years": 50.0}))
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("P1a and P1A both exist")


def test_duplicates_refuse_a_blank_id_with_its_row():
    """And offer to make one."""
    finding = only(row(5, id=""))
    assert finding.where.row == 5
    assert finding.choices[0].label == "Make a local study id"


def test_duplicates_notice_one_person_under_two_ids():
    """Many equal facts under two ids are worth a look, unless they were made up."""
    one, two = row(3, values=FACTS), row(4, id="P2", values=FACTS)
    assert only(one, two).code == "patients-alike"
    assert list(check_duplicates([one, replace(two, synthetic=True)])) == []
    assert list(check_duplicates([row(3), row(4, id="P2")])) == []


def test_duplicates_speak_of_records_without_rows():
    """Not every file has rows."""
    finding = only(a_patient(), a_patient({"age_years": 1.0}))
    assert "one record and one record" in finding.message


def test_merge_keeps_the_first_of_equal_patients():
    """Different content, outcomes or blank ids are never merged."""
    first = row(3)
    others = [
        row(4, values={"age_years": 61.0}),
        row(5, outcomes={"os_event": True}),
        row(6, id=""),
        row(7, id=""),
    ]
    assert merge_duplicates([first, row(9), *others]) == (first, *others)
