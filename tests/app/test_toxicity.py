"""The toxicity page: severe events beside benefit, forecast and published, and flags."""

import json

import pytest

from components.widgets.toxicity import organ_table
from dashboard.knowledge.library import load_library
from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
TWO = "pembrolizumab-mono,platinum-doublet-chemo"


@pytest.fixture
def toxicity(visit):
    """The toxicity page of a sample patient under two regimens."""
    return visit("toxicity", patient=SAMPLE, regimens=TWO)


def test_toxicity_stands_beside_benefit_on_one_scale(toxicity):
    """The figure begins with benefit and goes on with severe events."""
    assert title_of(toxicity) == "Toxicity"
    (chart,) = [chart.proto for chart in toxicity.get("plotly_chart")]
    assert chart.alt.startswith("Benefit and severe toxicity on one scale, as marks.")
    rows = json.loads(chart.spec)["data"][-1]["text"]
    assert "Response" in rows[0]
    assert "Alive" in rows[1]
    assert rows[2] == "Any severe event"


def test_toxicity_shows_published_beside_forecast(toxicity):
    """Both figures of one cell, and a mark where the published one was not re-read."""
    text = text_of(toxicity)
    assert "published " in text
    assert "Published rates of severe events" in text
    assert "not re-read in full at its source" in text


def test_toxicity_flags_what_the_organs_say(toxicity):
    """Contraindications and cautions with the patient's values, and what is not known."""
    text = text_of(toxicity)
    assert "Contraindications and cautions of the pack in this patient" in text
    assert "As published" in text


def test_toxicity_shows_harm_and_benefit_as_people(toxicity):
    """A hundred for each, with how good the forecast of harm is and this patient's place in it."""
    toxicity.segmented_control(key="toxicity.view").set_value("A hundred people").run()
    text = text_of(toxicity)
    assert text.count("have severe toxicity if the forecast is right") == 2
    assert text.count("respond if the forecast is right") == 2
    assert "How good the forecast of harm is" in text
    assert "Severe toxicity: what happened to those who were told about the same" in text
    assert [b.proto.label for b in toxicity.get("download_button")] == ["Figures (CSV)"]


def test_toxicity_of_nothing_chosen_says_so(toxicity):
    """Without a regimen there is no picture and no error."""
    toxicity.multiselect(key=f"desk.{SAMPLE}.regimens").set_value([]).run()
    assert "Nothing to show." in text_of(toxicity)


def test_toxicity_offers_its_figures(toxicity):
    """The figures can be taken as a file."""
    names = [button.proto.label for button in toxicity.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]


def test_toxicity_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("toxicity")
    assert title_of(app) == "Toxicity"
    assert "Nobody is on the screen." in text_of(app)


def test_toxicity_shows_published_scores_of_harm(toxicity):
    """Scores of toxicity and complications stand here, those of the outlook do not."""
    text = text_of(toxicity)
    assert "CARG chemotherapy toxicity tool" in text
    assert "Khorana score" in text
    assert "Royal Marsden" not in text


def test_toxicity_names_organ_facts_and_who_asks_for_them(toxicity):
    """The patient's clearance with the regimens whose rules name it; an unknown one is marked."""
    text = text_of(toxicity)
    table = text[text.index("Organ function and genes that break drugs down") :]
    row = table[table.index("Creatinine clearance") :].split("</tr>")[0]
    assert "92 mL/min" in row
    assert "Platinum doublet chemotherapy; " in row
    assert "not on the board" in row
    row = table[table.index("Left ventricular ejection fraction") :].split("</tr>")[0]
    assert "unknown" in row or "%" in row


def test_toxicity_shows_the_gene_that_breaks_fluorouracil_down():
    """In colorectal cancer the DPD phenotype stands there with the regimens it closes."""
    pack = load_library().pack("colorectal")
    told = str(organ_table(pack, {"dpyd_phenotype": "poor"}, ["folfox"]))
    row = told[told.index("DPD metaboliser phenotype") :].split("</tr>", maxsplit=1)[0]
    assert pack.feature("dpyd_phenotype").level_label("poor") in row
    assert "no rule of the pack" not in row


def test_toxicity_lays_benefit_against_harm(toxicity):
    """The plane has both regimens, changes with the benefit, and its figures as a table."""
    toxicity.segmented_control(key="toxicity.view").set_value("Benefit against harm").run()
    (chart,) = [chart.proto for chart in toxicity.get("plotly_chart")]
    assert chart.alt.startswith("Alive at 12 months against severe toxicity")
    assert "Dominated by" in text_of(toxicity)
    toxicity.selectbox(key="toxicity.benefit").set_value("response").run()
    (chart,) = [chart.proto for chart in toxicity.get("plotly_chart")]
    assert chart.alt.startswith("Response (CR or PR) against severe toxicity")
