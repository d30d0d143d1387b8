"""Reports from the service and the command line: the answers of the pages, refusals in words."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from components.charts import readings, theme
from components.charts.changed import change_words
from components.charts.what_if import change_text
from dashboard import cli
from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.knowledge.library import load_library
from dashboard.records.cells import Raw
from dashboard.records.patient import Patient
from dashboard.reporting import what_ifs
from dashboard.reporting.document import Callout, Form, Heading, Panels
from dashboard.reporting.kinds import FORMS, Kind
from dashboard.reporting.letter import Language, words_of
from dashboard.reporting.plain import as_data
from dashboard.services import explanations, forecasts, intake, reports, scenarios
from dashboard.services.context import Actor, AuditLine, Role
from dashboard.services.release import released
from dashboard.services.reports import Wish
from tests.trained import environ_of

SAMPLES = Path(__file__).parents[3] / "sample_data" / "cases"
LUNG = "SYN-NSCLC-02"
PACK = load_library().pack("nsclc")


@pytest.fixture
def patient(trained):
    """A sample of the disease whose forecasts are ready."""
    return next(s.patient for s in intake.samples(trained) if s.id == LUNG)


def test_report_says_the_numbers_of_the_forecast(trained, patient):
    """The chance on paper is the chance that the pages ask for."""
    document = reports.report(trained, patient, Wish(horizon_months=12.0))
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
        reports.report(trained, patient, Wish(**asked))


def test_report_refuses_more_than_fit(trained, patient):
    """Seven regimens do not fit, and it says what to do."""
    seven = [regimen.id for regimen in trained.library.pack("nsclc").regimens[:7]]
    with pytest.raises(UserError, match="7 regimens for one report; it holds 6"):
        reports.report(trained, patient, Wish(regimens=seven))


def test_report_asks_the_right_to_export(trained, patient):
    """Who may not export gets neither a report nor a file."""
    viewer = replace(trained, actor=Actor("v", "V", Role.VIEWER))
    document = reports.report(trained, patient)
    for ask in (
        lambda: reports.report(viewer, patient),
        lambda: reports.put_into(viewer, document, Form.PDF),
        lambda: reports.preview(viewer, document),
        lambda: reports.prepare(viewer, patient, Wish()),
        lambda: reports.is_synthetic(viewer, patient, Wish()),
        lambda: reports.file_of(viewer, patient, Wish(kind=Kind.CASE), Form.JSON),
        lambda: released(viewer, patient),
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


@pytest.mark.parametrize(
    ("kind", "form", "said"),
    [
        ("summary", "pdf", "Summary on one page"),
        ("letter", "html", "Letter to the patient"),
        ("case-file", "json", "Case file (JSON)"),
        ("fhir", "json", "FHIR R4 bundle"),
        ("slides", "pptx", "Five slides"),
    ],
)
def test_verb_writes_every_kind(trained_home, tmp_path, kind, form, said):
    """Each kind comes out, and the line for a person says which."""
    out = tmp_path / "file"
    code, told, _ = run(
        "report", SAMPLES / f"{LUNG}.json", "--kind", kind, "--language", "fr", "--format", form,
        "--out", out, environ=environ_of(trained_home),
    )  # fmt: skip
    assert code == 0
    assert told.startswith(f"{said} of {LUNG} written to")
    if kind == "letter":
        assert "Vos choix de traitement" in out.read_text("utf-8")


def test_verb_refuses_what_does_not_go_together(trained_home, tmp_path):
    """A letter is no deck of slides, and identifiers leave only for a reason."""
    environ, out = environ_of(trained_home), tmp_path / "x"
    words = ["report", SAMPLES / f"{LUNG}.json", "--out", out, "--kind"]
    code, _, said = run(*words, "letter", "--format", "pptx", environ=environ)
    assert code == 2
    assert "Letter to the patient cannot be put into pptx. It comes as pdf, html, json." in said
    code, _, said = run(*words, "case-file", "--format", "json", "--identified", environ=environ)
    assert code == 2
    assert "Identifiers leave only for a reason" in said
    assert not out.exists()


def test_summary_fits_on_one_page(trained, patient):
    """Six regimens, and still one page."""
    document = reports.report(trained, patient, Wish(kind=Kind.SUMMARY))
    assert len(reports.preview(trained, document)) == 1
    assert len(document.tables[0].rows) == 6


def test_full_report_holds_figures_reasons_and_the_model(trained, patient):
    """Curves with numbers at risk, attribution, concordance, the card, sources with re-reading."""
    document = reports.report(trained, patient)
    captions = " ".join(table.caption for table in document.tables)
    for part in ("Number at risk", "the facts that add most", "Where they agree", "How well it did",
                 "Where it comes from", "grade 3 or worse", "Arms of trials"):  # fmt: skip
        assert part in captions, part
    assert document.sources
    assert all("Re-read at the source: " in source for source in document.sources)


def test_every_paper_is_stamped(trained, patient):
    """Model, data, pack and program stand on each, the same on all of them."""
    papers = [
        reports.report(trained, patient, Wish(kind=kind))
        for kind in (Kind.SUMMARY, Kind.FULL, Kind.LETTER)
    ]
    assert len({paper.stamp for paper in papers}) == 1
    card = forecasts.card(trained, "nsclc")
    for part in (card.bundle[:12], card.cohort_fingerprint[:12], "pack nsclc", "Concord "):
        assert part in papers[0].stamp
    assert json.loads(reports.put_into(trained, papers[0], Form.JSON))["stamp"] == papers[0].stamp


def test_letter_has_three_treatments_when_nobody_chose(trained, patient):
    """More than three are too much to take home; who wants more names them."""
    letter = reports.report(trained, patient, Wish(kind=Kind.LETTER, language=Language.DE))
    assert sum(isinstance(block, Panels) for block in letter.blocks) == 3
    four = [regimen.id for regimen in trained.library.pack("nsclc").regimens[:4]]
    more = reports.report(trained, patient, Wish(kind=Kind.LETTER, regimens=four))
    assert sum(isinstance(block, Panels) for block in more.blocks) == 4


def test_bundle_comes_back_with_nothing_lost(trained, patient):
    """Our own reader finds the same patient in it; each forecast names model, months and chance."""
    wish = Wish(kind=Kind.FHIR, horizon_months=12.0)
    content = reports.file_of(trained, patient, wish, Form.JSON)
    found = intake.preview(trained, content, "x.json", intake.Request(deidentify=False)).intake
    (back,) = found.patients
    assert back.fingerprint == patient.fingerprint
    assert (dict(back.values), back.line, back.courses, back.synthetic) == (
        dict(patient.values), patient.line, patient.courses, patient.synthetic,
    )  # fmt: skip
    resources = [entry["resource"] for entry in json.loads(content)["entry"]]
    forecast = forecasts.forecast(trained, patient)
    assessed = [one for one in resources if one["resourceType"] == "RiskAssessment"]
    assert len(assessed) == 6
    (person,) = [one for one in resources if one["resourceType"] == "Patient"]
    for one in assessed:
        regimen = one["code"]["coding"][0]["code"]
        told = {part["outcome"]["coding"][0]["code"]: part for part in one["prediction"]}
        chance = forecast.of(regimen).os.at(12.0)
        assert one["status"] == "final"
        assert one["subject"]["reference"] == f"Patient/{person['id']}"
        assert one["method"]["coding"][0]["code"] == forecast.bundle
        assert told["os"]["probabilityDecimal"] == round(chance.p, 4)
        assert told["os"]["whenRange"]["high"]["value"] == 12.0
        assert told["os"]["rationale"] == theme.percent(chance.p, chance.low, chance.high)
        assert "Not a medical device" in one["note"][0]["text"]


NAMED = Patient(
    "MRN-471108159", "nsclc", {"age_years": 93.0, "sex": "male", "ecog_ps": "1"}, line=1,
    notes="Mr Miller, born 3 May 1933",
)  # fmt: skip


def test_files_leave_without_identifiers(trained, patient):
    """Neither id nor note nor an age over ninety stands in any file; the numbers stay."""
    for kind, forms in FORMS.items():
        for form in forms:
            content = reports.file_of(trained, NAMED, Wish(kind=kind), form)
            assert b"471108159" not in content, (kind, form)
            assert b"Miller" not in content, (kind, form)
    case = json.loads(reports.file_of(trained, NAMED, Wish(kind=Kind.CASE), Form.JSON))
    (person,) = case["patients"]
    assert person["id"].startswith("P-")
    assert person["values"]["age_years"] in (90.0, {"value": 90.0}) or person["values"][
        "age_years"
    ]["value"] == 90.0  # fmt: skip


@pytest.mark.parametrize("kind", [Kind.SUMMARY, Kind.FULL, Kind.LETTER])
def test_paper_tells_no_age_over_ninety(trained, kind):
    """Neither record nor reasons, trials, scores or scenarios say how old somebody very old is."""
    facts = {**NAMED.values, "age_years": 104.0, "albumin_g_dl": 3.9, "stage_group": "IVA"}
    old = replace(NAMED, values=facts)
    told = json.dumps(as_data(reports.report(trained, old, Wish(kind)), with_pictures=False))
    assert not re.search(r"Age[^.;]{0,20}104|104 years", told)
    stays = Wish(kind, identified=True, reason="Referral to another hospital")
    named = json.dumps(as_data(reports.report(trained, old, stays), with_pictures=False))
    assert kind is Kind.LETTER or "104 years" in named


def test_identifiers_leave_for_a_reason_that_is_written_down(trained):
    """The reason stands in the audit line; without one nothing leaves."""
    lines: list[AuditLine] = []
    watched = replace(trained, audit=lines.append)
    with pytest.raises(UserError, match="Identifiers leave only for a reason, and none is given"):
        released(watched, NAMED, identified=True, reason="  short ")
    wish = Wish(kind=Kind.CASE, identified=True, reason="Referral to another hospital")
    assert b"MRN-471108159" in reports.file_of(watched, NAMED, wish, Form.JSON)
    told = [line for line in lines if line.action == "patient.released_identified"]
    assert [line.facts["reason"] for line in told] == ["Referral to another hospital"]


def test_released_patient_keeps_a_pseudonym_it_has(trained):
    """The pseudonym of the screen is the one on paper; an invented patient keeps the public id."""
    known = replace(NAMED, id="P-ABCDEFGHJKLM")
    assert released(trained, known).id == known.id
    assert released(trained, replace(NAMED, synthetic=True)).id == NAMED.id
    assert released(trained, NAMED).notes != NAMED.notes


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


def test_full_report_holds_the_scenarios_of_whoever_asks(trained, patient):
    """The figures of the page of what-ifs, word for word; nobody else's, and not on one page."""
    scenarios.keep(trained, patient, "Fitter", {"ecog_ps": Raw("0", unit="")})
    kept = scenarios.kept(trained, patient)
    try:
        document = reports.report(trained, patient, Wish(horizon_months=24.0))
        found, _ = explanations.scenarios(trained, patient, kept)
        other, after = found["Fitter"]
        (table,) = [one for one in document.tables if one.caption.startswith("Fitter: ")]
        assert table.caption == f"Fitter: {change_words(patient, other, PACK)}".rstrip(".")
        before = forecasts.forecast(trained, patient)
        for row in table.rows:
            name = next(one.id for one in PACK.regimens if one.label == row[0])
            was = readings.at_month(before.of(name), 24.0)
            now = readings.at_month(after.of(name), 24.0)
            for quantity, cell in zip(readings.QUANTITIES, row[1:], strict=True):
                assert cell.startswith(change_text(was[quantity], now[quantity])) or cell == "—"
        eve = replace(trained, actor=Actor("eve", "Eve", Role.CLINICIAN))
        assert Heading(what_ifs.TITLE) not in reports.report(eve, patient).blocks
        short = reports.report(trained, patient, Wish(kind=Kind.SUMMARY))
        assert Heading(what_ifs.TITLE) not in short.blocks
    finally:
        scenarios.drop(trained, patient, "Fitter")


def test_scenarios_leave_without_identifiers(trained):
    """The name somebody gave one is masked, and an age over ninety stays a group."""
    old = replace(NAMED, id="P-ABCDEFGHJKLM", synthetic=False)
    scenarios.keep(trained, old, "Mr Miller fitter", {"ecog_ps": Raw("0", unit="")})
    try:
        told = json.dumps(as_data(reports.report(trained, old)))
        assert "ECOG performance status: 0" in told
        assert "Miller" not in told
        assert "93 years" not in told
        named = Wish(identified=True, reason="Referral to another hospital")
        assert "Mr Miller fitter" in json.dumps(as_data(reports.report(trained, old, named)))
    finally:
        scenarios.drop(trained, old, "Mr Miller fitter")


def test_scenario_that_cannot_be_forecast_says_why(trained, patient):
    """A fact that the pack dropped takes its scenario with it, and nothing else."""
    scenarios.keep(trained, patient, "Old", {"no_such_fact": Raw("1", unit="")})
    try:
        told = [b.text for b in reports.report(trained, patient).blocks if isinstance(b, Callout)]
        assert any(text.startswith("Old cannot be forecast. ") for text in told)
    finally:
        scenarios.drop(trained, patient, "Old")


def test_paper_of_a_nearly_unknown_patient_says_what_there_is(trained):
    """Too little for a forecast is told; rules, trials and record are handed out all the same."""
    bare = Patient("SYN-BARE", "nsclc", {"age_years": 71.0}, line=1, synthetic=True)
    document = reports.report(trained, bare)
    (why,) = [block.text for block in document.blocks if isinstance(block, Callout)]
    assert why.endswith("inputs are known. So there is no forecast.")
    assert {row[2] for row in document.tables[0].rows} == {"no forecast"}
    assert any(table.caption == "Arms of trials" for table in document.tables)
    letter = reports.report(trained, bare, Wish(Kind.LETTER))
    assert not any(panel.items for panel in letter.blocks if isinstance(panel, Panels))
    assert Heading(words_of(Language.EN)["how_title"]) not in letter.blocks
    for kind, forms in FORMS.items():
        for form in forms:
            assert reports.file_of(trained, bare, Wish(kind=kind), form)
