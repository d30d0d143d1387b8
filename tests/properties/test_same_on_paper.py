"""One patient, one number: page, PDF, slides, web page, data, letter and command line agree."""

from __future__ import annotations

import html
import io
import json

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx import Presentation

from components.charts import readings
from components.charts.people import people_of
from dashboard import cli
from dashboard.records.casefile import write_casefile
from dashboard.records.patient import Patient
from dashboard.reporting.document import Form, Panels
from dashboard.reporting.kinds import Kind
from dashboard.services import forecasts, reports
from dashboard.services.reports import Wish
from tests.trained import DISEASE, environ_of

FACTS = {
    "age_years": st.integers(30, 89).map(float),
    "sex": st.sampled_from(["female", "male"]),
    "ecog_ps": st.sampled_from(["0", "1", "2"]),
    "histology": st.sampled_from(["adenocarcinoma", "squamous"]),
    "pd_l1_tps": st.integers(0, 100).map(float),
    "liver_metastases": st.booleans(),
    "albumin_g_dl": st.floats(2.5, 5.0).map(lambda value: round(value, 1)),
}
REGIMENS = ("pembrolizumab-mono", "platinum-doublet-chemo", "nivolumab-ipilimumab")


@st.composite
def patients(draw):
    """An invented patient of whom some facts are known."""
    facts = {name: draw(values) for name, values in FACTS.items() if draw(st.integers(0, 4))}
    facts.setdefault("age_years", 61.0)
    return Patient("SYN-PAPER", DISEASE, facts, line=draw(st.integers(1, 2)), synthetic=True)


def squeezed(text):
    """Letters and figures alone: paper breaks lines and words where it likes."""
    return "".join(text.split()).replace("-", "")


def pdf_text(content):
    """The words of a PDF."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return squeezed("".join(page.extract_text() for page in pages))


def slide_text(content):
    """The words of all tables on slides."""
    return [
        cell.text
        for slide in Presentation(io.BytesIO(content)).slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the command line writes."""
    return tmp_path_factory.mktemp("papers")


@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(patient=patients(), month=st.sampled_from([6, 12, 24]))
def test_number_is_the_same_on_every_paper(trained, trained_home, folder, patient, month):
    """The text that the pages show of each figure stands in every file, word for word."""
    wish = Wish(kind=Kind.SUMMARY, regimens=REGIMENS, horizon_months=float(month))
    forecast = forecasts.forecast(trained, patient, REGIMENS)
    screen = [
        readings.text_of(readings.at_month(forecast.of(regimen), month)[quantity])
        for regimen in REGIMENS
        for quantity in (readings.RESPONSE, readings.PFS, readings.OS)
    ]
    document = reports.report(trained, patient, wish)
    rows = [cell for row in document.tables[0].rows for cell in row[2:5]]
    assert rows == screen
    data = json.loads(reports.put_into(trained, document, Form.JSON))
    table = next(block for block in data["blocks"] if block["kind"] == "table")
    assert [cell for row in table["rows"] for cell in row[2:5]] == screen
    printed = pdf_text(reports.put_into(trained, document, Form.PDF))
    page = html.unescape(reports.put_into(trained, document, Form.HTML).decode())
    slides = slide_text(reports.put_into(trained, document, Form.PPTX))
    case, out = folder / "case.json", folder / "out.json"
    case.write_bytes(write_casefile([patient]))
    out.unlink(missing_ok=True)
    words = ["report", case, "--kind", "summary", "--format", "json", "--out", out,
             "--regimens", ",".join(REGIMENS), "--horizon", month]  # fmt: skip
    assert cli.main([str(w) for w in words], environ=environ_of(trained_home),
                    out=io.StringIO(), err=io.StringIO()) == 0  # fmt: skip
    from_the_line = json.loads(out.read_text("utf-8"))
    assert from_the_line["blocks"] == data["blocks"]
    for text in screen:
        assert squeezed(text) in printed
        assert text in page
        assert text in slides
    letter = reports.report(
        trained, patient, Wish(Kind.LETTER, regimens=REGIMENS, horizon_months=float(month))
    )
    panels = [one for one in letter.blocks if isinstance(one, Panels)]
    for regimen, panel in zip(REGIMENS, panels, strict=True):
        figures = readings.at_month(forecast.of(regimen), month)
        for item, quantity in zip(
            panel.items, (readings.RESPONSE, readings.OS, readings.TOXICITY), strict=True
        ):
            people = people_of(figures[quantity])
            assert people.fewer_than_one or item.words == f"{people.middle} of 100 people"
            assert item.small == f"It may be {people.low} to {people.high}."
