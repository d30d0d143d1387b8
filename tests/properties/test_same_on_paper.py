"""One patient, one number: page, PDF, slides, web page, data, letter and command line agree."""

from __future__ import annotations

import html
import io
import json
import random

import pypdf
import pytest
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
    "age_years": [float(age) for age in range(30, 90)],
    "sex": ["female", "male"],
    "ecog_ps": ["0", "1", "2"],
    "histology": ["adenocarcinoma", "squamous"],
    "pd_l1_tps": [float(percent) for percent in range(101)],
    "liver_metastases": [True, False],
    "albumin_g_dl": [2.6, 3.4, 3.9, 4.4],
}
REGIMENS = ("pembrolizumab-mono", "platinum-doublet-chemo", "nivolumab-ipilimumab")


def somebody(seed):
    """An invented patient of whom some facts are known, and a month to look ahead to."""
    chance = random.Random(seed)  # noqa: S311 - draws patients, keeps no secret
    facts = {name: chance.choice(levels) for name, levels in FACTS.items() if chance.random() < 0.8}
    facts.setdefault("age_years", 61.0)
    line = chance.choice([1, 2])
    return Patient(f"SYN-{seed}", DISEASE, facts, line=line, synthetic=True), chance.choice(
        [6, 12, 24]
    )


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


@pytest.mark.parametrize("seed", range(3))
def test_number_is_the_same_on_every_paper(trained, trained_home, tmp_path, seed):
    """The text that the pages show of each figure stands in every file, word for word."""
    patient, month = somebody(seed)
    wish = Wish(kind=Kind.SUMMARY, regimens=REGIMENS, horizon_months=float(month))
    forecast = forecasts.forecast(trained, patient, REGIMENS)
    screen = [
        readings.text_of(readings.at_month(forecast.of(regimen), month)[quantity])
        for regimen in REGIMENS
        for quantity in (readings.RESPONSE, readings.PFS, readings.OS)
    ]
    document = reports.report(trained, patient, wish)
    rows = [cell for row in document.tables[0].rows for cell in row[2:5]]
    for shown, written in zip(screen, rows, strict=True):
        unknown = shown == readings.NOTHING  # paper says why, where the screen has a dash
        assert written == shown or (unknown and written.startswith("not known"))
    data = json.loads(reports.put_into(trained, document, Form.JSON))
    table = next(block for block in data["blocks"] if block["kind"] == "table")
    assert [cell for row in table["rows"] for cell in row[2:5]] == rows
    printed = pdf_text(reports.put_into(trained, document, Form.PDF))
    page = html.unescape(reports.put_into(trained, document, Form.HTML).decode())
    slides = slide_text(reports.put_into(trained, document, Form.PPTX))
    case, out = tmp_path / "case.json", tmp_path / "out.json"
    case.write_bytes(write_casefile([patient]))
    words = ["report", case, "--kind", "summary", "--format", "json", "--out", out,
             "--regimens", ",".join(REGIMENS), "--horizon", month]  # fmt: skip
    assert cli.main([str(w) for w in words], environ=environ_of(trained_home),
                    out=io.StringIO(), err=io.StringIO()) == 0  # fmt: skip
    from_the_line = json.loads(out.read_text("utf-8"))
    assert from_the_line["blocks"] == data["blocks"]
    for text in rows:
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
            if figures[quantity] is None:
                assert item.words == "No number"
                continue
            people = people_of(figures[quantity])
            assert people.fewer_than_one or item.words == f"{people.middle} of 100 people"
            assert item.small == f"It may be {people.low} to {people.high}."
