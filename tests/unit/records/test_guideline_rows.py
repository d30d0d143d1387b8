"""A hospital's guideline table: statements that can be used, and why the others cannot."""

import csv
import io
from datetime import date

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.guideline_rows import (
    FORM,
    looks_like_a_guideline,
    read_rows,
    template,
)
from dashboard.records.own_tables import MOST_ROWS
from dashboard.records.patient import Severity

TODAY = date(2026, 6, 1)
GOOD = {
    "guideline": "Our board", "version": "3", "date": "2026-03-01", "terms": "own work",
    "disease": "nsclc", "regimen": "pembrolizumab-mono", "criteria": "pd_l1_tps >= 50",
    "strength": "strong",
}  # fmt: skip


@pytest.fixture(scope="module")
def packs():
    """What ships."""
    return {pack.id: pack for pack in load_library().packs}


def table(*rows):
    """Rows as CSV text."""
    out = io.StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_good_statement_is_read(packs):
    """Every cell keeps its place; what was not given is empty."""
    (row,), findings = read_rows(table(GOOD), "own.csv", packs, TODAY)
    assert findings == ()
    assert (row.criteria, row.strength, row.note) == ("pd_l1_tps >= 50", "strong", "")


def test_the_template_is_a_table_that_is_read(packs):
    """What the page hands out can be given back, and is told from own rows."""
    text = template().decode()
    rows, findings = read_rows(text, "t.csv", packs, date(2027, 1, 1))
    assert (len(rows), findings) == (1, ())
    assert looks_like_a_guideline(text)
    assert looks_like_a_guideline('"Guideline";"version";"criteria"\n')
    assert not looks_like_a_guideline("title,source\n")
    assert not looks_like_a_guideline("")


@pytest.mark.parametrize(
    ("change", "message", "fix"),
    [
        ({"guideline": ""}, "it has no guideline", ""),
        ({"terms": ""}, "it has no terms", ""),
        ({"date": "1 March 2026"}, "date '1 March 2026' is no date", "2026-03"),
        ({"date": "2026-13"}, "is no date", ""),
        ({"date": "\u0662\u0660\u0662\u0666"}, "is no date", ""),
        ({"criteria": "pd_l1_tps > 1e999"}, "larger than any that is measured", ""),
        ({"criteria": f"pd_l1_tps > -{'9' * 400}"}, "larger than any that is measured", ""),
        ({"date": "2026-07-01"}, "lies ahead", ""),
        ({"disease": "nsclcc"}, "is not known", "nsclc"),
        ({"regimen": "pembrolizumab-mon"}, "is not known", "pembrolizumab-mono"),
        ({"criteria": "pd_l1_tsp >= 50"}, "cannot be read", "pd_l1_tps"),
        ({"criteria": "pd_l1_tps >>= 50"}, "cannot be read", ""),
        ({"criteria": "__import__('os')"}, "cannot be read", ""),
        ({"escat": "1A", "note": "x"}, "is not known", "I-A"),
        ({"escat": "I-A"}, "gives a tier without a reason", "note"),
        ({"note": "x" * 5001}, "is longer than 5,000 letters", ""),
    ],
)
def test_a_statement_that_cannot_be_used_is_named_with_its_cure(packs, change, message, fix):
    """The others are read; each message has its row and what to do."""
    rows, findings = read_rows(table(GOOD, {**GOOD, **change}), "own.csv", packs, TODAY)
    assert len(rows) == 1
    told = [finding for finding in findings if finding.code == "row-refused"]
    assert any(message in finding.message and fix in finding.fix for finding in told)
    assert all(finding.where.row == 3 for finding in told)


def test_one_version_has_one_day(packs):
    """Two days of one version would leave open which is the newest."""
    rows, (finding,) = read_rows(
        table(GOOD, {**GOOD, "date": "2026-02", "strength": "weak"}), "own.csv", packs, TODAY
    )
    assert len(rows) == 1
    assert "is not the date of this version so far (2026-03-01)" in finding.message


def test_what_repeats_or_is_too_much_is_told(packs):
    """Word for word once; a cell beyond the last column refuses the row."""
    text = table(GOOD, GOOD) + ",".join([*GOOD.values(), "beyond"]) + "\n"
    rows, findings = read_rows(text, "own.csv", packs, TODAY)
    assert len(rows) == 1
    assert {finding.code for finding in findings} == {"rows-again", "row-refused"}
    assert "more cells than there are columns" in " ".join(f.message for f in findings)
    many = [{**GOOD, "note": str(number)} for number in range(MOST_ROWS + 2)]
    rows, findings = read_rows(table(*many), "own.csv", packs, TODAY)
    assert len(rows) == MOST_ROWS
    assert "2 were left out" in findings[0].rest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("guideline,criteria\nx,\n", "column-missing"),
        (table(GOOD).splitlines()[0], "rows-none"),
        (table(GOOD).replace("strength", "version", 1), "column-twice"),
        ('guideline,version,date,terms,disease,regimen,criteria\n"Our', "quote-unclosed"),
    ],
)
def test_a_table_that_cannot_be_read_adds_nothing(packs, text, code):
    """The first line decides."""
    rows, findings = read_rows(text, "own.csv", packs, TODAY)
    assert rows == ()
    assert findings[0].severity is Severity.ERROR
    assert code in {finding.code for finding in findings}


def test_strange_columns_are_passed_over_with_a_hint(packs):
    """A misspelt column is told with its likely meaning."""
    row = {**GOOD, "strengths": "x"}
    rows, (finding,) = read_rows(table(row), "own.csv", packs, TODAY)
    assert len(rows) == 1
    assert finding.code == "column-unknown"
    assert "strength" in finding.fix
    assert all(FORM.columns.values())
