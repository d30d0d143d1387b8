"""Reports as files and tables: the same report back, stale ones refused, spreadsheets kept safe."""

import csv
import io

import pytest

from dashboard.answers.population import (
    CalibrationReport,
    CohortSummary,
    Disagreement,
    FeatureSummary,
    LevelShare,
)
from dashboard.cohort.reports import (
    code_version,
    curves_csv,
    load_report,
    report_csv,
    save_report,
    summary_csv,
)
from tests.unit.components.cohorts import a_curve, a_figure

REPORT = CalibrationReport(
    "tiny", 77, 1,
    (a_figure(), a_figure("arm-2", published=None, high=None, simulated=600.0)),
    (Disagreement("drug-a", "os", 9.1, 2, 0.78, ("arm-1", "arm-2"), "They differ."),),
    (("row-9", "No rule says whom it means."),),
)  # fmt: skip


def rows(content):
    """The rows of a table as a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_report_comes_back_as_it_was(tmp_path):
    """What is written is read back equal."""
    save_report(REPORT, tmp_path / "deep" / "r.json", "abc")
    assert load_report(tmp_path / "deep" / "r.json", "abc") == REPORT
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["r.json"]


@pytest.mark.parametrize("content", ["", "{", '{"format": 0}', "[]x"])
def test_report_that_cannot_be_read_is_none(tmp_path, content):
    """A damaged or foreign file is as good as no file."""
    (tmp_path / "r.json").write_text(content)
    assert load_report(tmp_path / "r.json", "abc") is None
    assert load_report(tmp_path / "absent.json", "abc") is None


def test_report_of_other_figures_is_not_shown(tmp_path):
    """A report made from another pack is none of this one."""
    save_report(REPORT, tmp_path / "r.json", "abc")
    assert load_report(tmp_path / "r.json", "abd") is None


def test_report_csv_has_every_figure():
    """A row a figure, with its source, its mark and whether it is met."""
    first, second = rows(report_csv(REPORT))
    assert first["published"] == "12"
    assert first["inside"] == "yes"
    assert first["reference"] == "PMID 12345678"
    assert second["published"] == second["high"] == ""


def test_summary_csv_shows_what_the_screen_shows():
    """Levels with counts, numbers with quartiles, withheld counts with their words."""
    features = (
        FeatureSummary("age_years", "Age", "years", 90, 0.1, 65.0, (60.0, 70.5)),
        FeatureSummary("stage", "Stage", "", None, None, hidden="withheld",
                       levels=(LevelShare("IV", None, None, "<11"),)),
    )  # fmt: skip
    summary = CohortSummary(
        "c", "C", "tiny", False, "", 100, (), features, (LevelShare("A", 60, 0.6),), (), ()
    )
    regimen, age, stage = rows(summary_csv(summary))
    assert (regimen["level"], regimen["patients"]) == ("A", "60")
    assert (age["median"], age["upper_quartile"], age["known"]) == ("65", "70.5", "90")
    assert (stage["patients"], stage["known"], stage["missing_share"]) == ("<11", "withheld", "")


def test_curves_csv_has_every_point():
    """The points of a curve with its band."""
    curve = a_curve(months=(1.0, 2.0), survival=(0.9, 0.8), low=(0.8, 0.7), high=(1.0, 0.9))
    assert [row["survival"] for row in rows(curves_csv([curve]))] == ["0.9", "0.8"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx"])
def test_csv_disarms_formulas(text):
    """Text that a spreadsheet would run gets an apostrophe; numbers are never touched."""
    report = CalibrationReport("t", 1, 2, (a_figure(label=text, simulated=-1.5),), (), ())
    (row,) = rows(report_csv(report))
    assert row["label"] == f"'{text}"
    assert row["simulated"] == "-1.5"


def test_code_version_names_the_code():
    """Eight letters, the same for the same code."""
    assert len(code_version()) == 8
    assert code_version() == code_version()
