"""CIViC's evidence summaries: items with their level and direction, and why others are left out."""

import pytest

from dashboard.records.civic_rows import (
    FORM,
    is_civic,
    is_civic_without_tabs,
    read_civic,
    without_tabs,
)
from dashboard.records.own_tables import MOST_ROWS
from tests.unit.records.civic import COLUMNS, civic, item


def test_an_item_is_read_as_it_stands_there():
    """Level, direction and significance are kept; marks for nothing are nothing."""
    text = civic(item(rating="4", evidence_statement='It "worked".', nct_ids="N/A"))
    assert is_civic(text)
    (row,), findings = read_civic(text, "civic.tsv")
    assert findings == ()
    assert row.text("evidence_level") == "A"
    assert row.text("evidence_direction") == "Supports"
    assert row.text("evidence_statement") == 'It "worked".'
    assert row.text("phenotypes") == ""


def test_quotes_and_line_ends_of_a_spreadsheet_are_taken_off():
    """Saved again by a spreadsheet: quoted cells, doubled quotes, Windows line ends, a mark."""
    text = civic(item(evidence_statement='"It ""worked""."')).replace("\n", "\r\n")
    (row,), findings = read_civic(f"\ufeff{text}", "civic.tsv")
    assert findings == ()
    assert row.text("evidence_statement") == 'It "worked".'


def test_a_direction_may_be_missing():
    """Not every item has one."""
    (row,), findings = read_civic(civic(item(evidence_direction="")), "civic.tsv")
    assert (row.text("evidence_direction"), findings) == ("", ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evidence_id": ""}, "it has no number"),
        ({"evidence_id": "EID7"}, "is no number"),
        ({"evidence_id": "\u0667"}, "is no number"),
        ({"evidence_id": "9" * 400}, "is no number"),
        ({"molecular_profile": "N/A"}, "does not say what was altered"),
        ({"evidence_level": "F"}, "'F' is not known"),
        ({"evidence_level": ""}, "it has no level"),
        ({"evidence_direction": "Supporting"}, "is not known"),
        ({"evidence_type": "Predictiv"}, "is not known"),
        ({"evidence_status": "rejected"}, "is not known"),
        ({"evidence_statement": "x" * 5001}, "longer than 5,000 letters"),
    ],
)
def test_an_item_that_cannot_be_used_is_named(change, message):
    """The others are read."""
    rows, findings = read_civic(civic(item("1"), item("2", **change)), "civic.tsv")
    assert [row.text("evidence_id") for row in rows] == ["1"]
    assert message in " ".join(finding.message for finding in findings)
    assert all(finding.where.row == 3 for finding in findings)


def test_a_broken_line_is_named_with_its_cells():
    """A line that a spreadsheet broke in two refuses both halves, not the rest."""
    text = civic(item("1"), item("2"), item("3")).replace("Statement 2", "Statement\n2")
    rows, findings = read_civic(text, "civic.tsv")
    assert [row.text("evidence_id") for row in rows] == ["1", "3"]
    assert len(findings) == 2
    assert "cells where there are" in findings[0].message


def test_old_line_ends_part_lines_too():
    """A file of an old Macintosh is read; one without items says so."""
    rows, findings = read_civic(civic(item("1"), item("2")).replace("\n", "\r"), "civic.tsv")
    assert (len(rows), findings) == (2, ())
    rows, (finding,) = read_civic(civic(), "civic.tsv")
    assert (rows, finding.message) == ((), "The file holds no item.")


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_download_saved_with_commas_is_refused_with_its_cure(mark):
    """Statements hold commas of their own: what was parted by them cannot be trusted."""
    text = civic(item()).replace("\t", mark)
    assert is_civic_without_tabs(text)
    assert not is_civic(text)
    assert "as it was downloaded" in without_tabs("c.csv").expected
    assert not is_civic_without_tabs(civic(item()))
    assert not is_civic_without_tabs("title,source\n")


def test_an_item_counts_once():
    """The first of a number is kept, and repeats are counted."""
    rows, (finding,) = read_civic(civic(item("1"), item("1", rating="5")), "civic.tsv")
    assert len(rows) == 1
    assert "repeats another by its number" in finding.message


def test_lines_beyond_the_most_are_left_out_and_counted():
    """A limit stands before memory does."""
    text = civic(*(item(str(number)) for number in range(MOST_ROWS + 3)))
    rows, findings = read_civic(text, "civic.tsv")
    assert len(rows) == MOST_ROWS
    assert "3 were left out" in findings[0].rest


def test_another_download_of_civic_is_refused_with_the_right_one():
    """Columns that are needed and lacking are named."""
    lacking = civic(item()).replace("therapies", "drugs", 1)
    assert is_civic(lacking)
    rows, (finding,) = read_civic(lacking, "civic.tsv")
    assert rows == ()
    assert "no column therapies" in finding.message
    assert "as TSV" in finding.fix
    assert not is_civic("title,source\n")
    assert read_civic("", "civic.tsv")[0] == ()
    assert set(FORM.needed) <= set(COLUMNS)
