"""A hospital's own rows: what can be used is, what cannot is named with row and cure."""

import csv
import io

import pytest

from dashboard.records.evidence_rows import COLUMNS, read_rows, template
from dashboard.records.own_tables import MOST_ROWS
from dashboard.records.patient import Severity

REGIMENS = {"nsclc": ("pembrolizumab-mono", "osimertinib")}
GOOD = {
    "title": "Our registry", "source": "Hospital", "disease": "nsclc", "year": "2024",
    "regimen": "pembrolizumab-mono", "line": "1L", "endpoint": "os", "measure": "median OS",
    "value": "21.4", "low": "16", "high": "27.9", "unit": "months", "patients": "118",
}  # fmt: skip


def table(*rows):
    """Rows as CSV text."""
    out = io.StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_good_row_is_read_with_words_and_numbers():
    """Numbers are numbers, words are words."""
    (row,), findings = read_rows(table(GOOD), "own.csv", REGIMENS)
    assert findings == ()
    assert (row.number("value"), row.number("patients"), row.number("year")) == (21.4, 118, 2024)
    assert (row.text("line"), row.text("value"), row.number("title")) == ("1L", "", None)


def test_the_template_is_a_file_that_is_read():
    """What the page hands out can be given back."""
    rows, findings = read_rows(template().decode(), "t.csv", REGIMENS)
    assert (len(rows), findings) == (1, ())
    assert next(csv.reader(io.StringIO(template().decode()))) == list(COLUMNS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "Row 2: it has no title."),
        ({"source": ""}, "Row 2: it has no source."),
        ({"value": "about 20"}, "Row 2: value 'about 20' is no number."),
        ({"year": "nan"}, "Row 2: year 'nan' is no number."),
        ({"value": "1e300"}, "Row 2: value '1e300' is no number."),
        ({"low": "30"}, "value '21.4' does not lie inside its interval 30 to 27.9."),
        ({"high": "20"}, "does not lie inside its interval 16 to 20."),
        ({"year": "3024"}, "year '3024' is no whole number from 1900 to 2100."),
        ({"patients": "-3"}, "patients '-3' is no whole number from 1 to 1000000."),
        ({"patients": "2.5"}, "patients '2.5' is no whole number from 1 to 1000000."),
        ({"value": "21,4"}, "Row 2: value '21,4' is no number."),
        ({"note": "x" * 5001}, " is longer than 5,000 letters."),
        ({"unit": "weeks"}, "Row 2: unit 'weeks' is not known."),
        ({"unit": ""}, "Row 2: it has a figure without a unit."),
        ({"unit": "%", "value": "120", "low": "", "high": ""}, "cannot be a figure in %."),
        ({"value": "-1", "low": "", "high": ""}, "cannot be a figure in months."),
        ({"endpoint": "survival"}, "Row 2: endpoint 'survival' is not known."),
        ({"disease": "lung"}, "Row 2: disease 'lung' is not known."),
        ({"regimen": "pembrolizumab"}, "Row 2: regimen 'pembrolizumab' is not known."),
        ({"disease": ""}, "Row 2: it names a regimen and no disease."),
        ({"line": "3"}, "Row 2: line '3' is not known."),
    ],
)
def test_a_row_that_cannot_be_used_is_named(change, message):
    """One wrong cell leaves the row out, says why and where; the other row is read."""
    rows, findings = read_rows(table({**GOOD, **change}, GOOD), "own.csv", REGIMENS)
    assert len(rows) == 1
    assert any(finding.message.endswith(message) for finding in findings)
    assert all(f.fix and f.where.row == 2 and f.severity is Severity.WARNING for f in findings)


def test_a_near_miss_is_suggested():
    """A misspelt regimen names the one that was meant."""
    _, (finding,) = read_rows(table({**GOOD, "regimen": "pembrolizumab-mon"}), "x", REGIMENS)
    assert "pembrolizumab-mono" in finding.fix


def test_a_header_without_what_is_needed_is_refused():
    """Without title and source nothing is read."""
    rows, findings = read_rows("name,value\nx,1\n", "x.csv", REGIMENS)
    assert rows == ()
    assert [f.severity for f in findings] == [Severity.WARNING, Severity.ERROR]
    assert "title or source" in findings[-1].message


def test_an_unknown_column_is_passed_over_and_named():
    """What has no place is said, not lost in silence."""
    rows, (finding,) = read_rows(table({**GOOD, "colour": "blue"}), "x.csv", REGIMENS)
    assert len(rows) == 1
    assert finding.code == "column-unknown"


def test_blank_lines_and_an_empty_file():
    """Blank lines count as nothing; an empty file has no header."""
    rows, findings = read_rows(table(GOOD) + "\n,,,\n", "x.csv", REGIMENS)
    assert (len(rows), findings) == (1, ())
    assert read_rows("", "x.csv", REGIMENS)[1][-1].severity is Severity.ERROR


def test_a_broken_quote_is_a_finding():
    """A quote that is never closed would swallow the rows after it: nothing is read."""
    rows, (finding,) = read_rows('title,source\n"x,y\na,b\n', "x.csv", REGIMENS)
    assert rows == ()
    assert finding.message.startswith("A quote opened on line 2 is never closed.")
    assert finding.where.row == 2


def test_a_spreadsheet_of_another_country_is_read():
    """Semicolons or tabs part the columns, and commas the decimals; with commas they cannot."""
    text = table(GOOD).replace(",", ";").replace("21.4", "21,4").replace("16.0", "16,0")
    for mark in (";", "\t"):
        (row,), findings = read_rows(text.replace(";", mark), "x.csv", REGIMENS)
        assert findings == ()
        assert (row.number("value"), row.number("low"), row.number("high")) == (21.4, 16.0, 27.9)


def test_what_repeats_or_has_no_column_is_said():
    """A row twice is kept once; cells beyond the columns refuse the row, columns twice the file."""
    rows, (finding,) = read_rows(table(GOOD, GOOD, GOOD), "x.csv", REGIMENS)
    assert len(rows) == 1
    assert finding.message == "2 rows repeat another word for word, the first in row 3."
    rows, (finding,) = read_rows(table(GOOD, GOOD), "x.csv", REGIMENS)
    assert finding.message.startswith("One row repeats")
    rows, (finding,) = read_rows("title,source\na,b,c\n", "x.csv", REGIMENS)
    assert (rows, finding.message) == ((), "Row 2: it has more cells than there are columns.")
    rows, (finding,) = read_rows("title,source,title\na,b,c\n", "x.csv", REGIMENS)
    assert (rows, finding.message) == ((), "The column title stands there twice.")


def test_what_no_screen_shows_is_taken_out():
    """Control characters and marks that turn the writing round change no title."""
    text = "title,source\n\x1b[31mA\u202e tit\x00le\u200b,S\n"
    (row,), findings = read_rows(text, "x.csv", REGIMENS)
    assert (row.text("title"), findings) == ("[31mA title", ())


def test_too_many_rows_are_cut_and_said():
    """The first rows are read, the rest is named."""
    text = "title,source\n" + "".join(f"x{n},y\n" for n in range(MOST_ROWS + 2))
    rows, findings = read_rows(text, "x.csv", REGIMENS)
    assert len(rows) == MOST_ROWS
    assert "more than 20,000 rows" in findings[-1].message
    assert findings[-1].rest == "The first 20,000 were read, 2 were left out."


def test_a_table_of_nothing_says_so():
    """A first line alone is no mistake of a row: the file is named as empty."""
    rows, (finding,) = read_rows("title,source\n", "own.csv", REGIMENS)
    assert (rows, finding.message) == ((), "The file holds no row.")


def test_a_number_in_the_spelling_of_programs_is_none():
    """1_0 is refused, not read as ten."""
    rows, findings = read_rows("title,source,value,unit\nx,y,1_0,%\n", "own.csv", REGIMENS)
    assert rows == ()
    assert "'1_0' is no number" in findings[0].message
