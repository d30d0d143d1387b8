"""Reports from the service and the command line: the answers of the pages, refusals in words."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from components.charts import theme
from dashboard import cli
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.reporting.document import Form
from dashboard.services import forecasts, intake, reports
from dashboard.services.context import Actor, Role
from tests.trained import environ_of

SAMPLES = Path(__file__).parents[3] / "sample_data" / "cases"
LUNG = "SYN-NSCLC-02"


@pytest.fixture
def patient(trained):
    """A sample of the disease whose forecasts are ready."""
    return next(s.patient for s in intake.samples(trained) if s.id == LUNG)


def test_report_says_the_numbers_of_the_forecast(trained, patient):
    """The chance on paper is the chance that the pages ask for."""
    document = reports.report(trained, patient, horizon_months=12.0)
    row = document.tables[0].rows[0]
    found = next(
        one
        for one in forecasts.forecast(trained, patient).regimens
        if trained.library.pack("nsclc").regimen(one.regimen).label == row[0]
    )
    chance = found.os.at(12.0)
    assert row[4] == theme.percent(chance.p, chance.low, chance.high)
    assert row[2] == theme.percent(found.response.p, found.response.low, found.response.high)


def test_report_takes_what_is_open_first(trained, patient):
    """Without a choice: eligible, then undecided, six at most; never what is closed."""
    rows = reports.report(trained, patient).tables[0].rows
    verdicts = [row[1] for row in rows]
    assert len(rows) == 6
    assert verdicts == sorted(verdicts, key=["eligible", "undecided"].index)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"regimens": ["osimertinip"]}, "no regimen called osimertinip"),
        ({"horizon_months": 0.0}, "A horizon of 0 months is not possible"),
        ({"horizon_months": 500.0}, "A horizon of 500 months is not possible"),
    ],
)
def test_report_refuses_what_cannot_be(trained, patient, asked, said):
    """Unknown regimens and impossible months are named."""
    with pytest.raises(UserError, match=said):
        reports.report(trained, patient, **asked)


def test_report_refuses_more_than_fit(trained, patient):
    """Seven regimens do not fit, and it says what to do."""
    seven = [regimen.id for regimen in trained.library.pack("nsclc").regimens[:7]]
    with pytest.raises(UserError, match="7 regimens for one report; it holds 6"):
        reports.report(trained, patient, regimens=seven)


def test_report_asks_the_right_to_export(trained, patient):
    """Who may not export gets neither a report nor a file."""
    viewer = replace(trained, actor=Actor("v", "V", Role.VIEWER))
    document = reports.report(trained, patient)
    for ask in (
        lambda: reports.report(viewer, patient),
        lambda: reports.put_into(viewer, document, Form.PDF),
        lambda: reports.preview(viewer, document),
    ):
        with pytest.raises(NotPermitted, match="may not export patients"):
            ask()


def run(*words, environ):
    """The command line: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    code = cli.main([str(word) for word in words], environ=environ, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("form", "opening"),
    [("pdf", b"%PDF"), ("html", b"<!doctype html>"), ("pptx", b"PK"), ("json", b"{")],
)
def test_verb_writes_every_form(trained_home, tmp_path, form, opening):
    """Each form is a file of its kind, told in one JSON document."""
    out = tmp_path / f"report.{form}"
    case = SAMPLES / f"{LUNG}.json"
    code, said, _ = run(
        "report", case, "--format", form, "--out", out, "--json", environ=environ_of(trained_home)
    )
    assert code == 0
    assert out.read_bytes().startswith(opening)
    told = json.loads(said)
    assert (told["patient"], told["format"], told["synthetic"]) == (LUNG, form, True)
    assert told["bytes"] == out.stat().st_size


def test_verb_writes_over_nothing_and_asks_for_one_patient(trained_home, tmp_path):
    """A file that exists stays as it is; of several patients one must be named."""
    environ = environ_of(trained_home)
    full = tmp_path / "full.pdf"
    full.write_text("mine")
    case = SAMPLES / f"{LUNG}.json"
    code, _, said = run("report", case, "--format", "pdf", "--out", full, environ=environ)
    assert code == 2
    assert "exists already" in said
    assert full.read_text() == "mine"
    many = tmp_path / "many.csv"
    many.write_text("id,age_years\nA,60\nB,61\n")
    code, _, said = run(
        "report",
        many,
        "--disease",
        "nsclc",
        "--format",
        "pdf",
        "--out",
        tmp_path / "x.pdf",
        environ=environ,
    )
    assert code == 2
    assert "holds 2 patients; a report is about one" in said
    assert "Name one with --patient: A, B." in said


def test_pdf_holds_the_numbers_of_the_screen(trained, patient):
    """Read back from the file, every cell of the first table is there."""
    document = reports.report(trained, patient)
    content = reports.put_into(trained, document, Form.PDF)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    printed = "".join("".join(pages).split()).replace("-", "")
    for cell in (cell for row in document.tables[0].rows for cell in row):
        assert "".join(cell.split()).replace("-", "") in printed
