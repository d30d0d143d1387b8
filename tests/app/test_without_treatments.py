"""A hospital's cohort without treatments on the pages: one prognosis, and words for the rest."""

import numpy as np
import pytest

from dashboard.services import forecasts
from dashboard.services.shelf import Shelf
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of

SAMPLE, FOLDER, DISEASE = "SYN-NSCLC-02", "ours", "nsclc"
PATIENTS = 120
COHORT = """
id = "ours"
label = "Ours, untreated"
disease = "nsclc"
source = "drawn for this test"
synthetic = true
[columns.age]
feature = "age_years"
[columns.ecog]
feature = "ecog_ps"
[outcomes.os]
time = "months"
event = "dead"
"""


@pytest.fixture(scope="module")
def untreated(tmp_path_factory):
    """An installation with such a cohort, its model learnt."""
    chance = np.random.default_rng(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCORD_DATA_DIR", str(tmp_path_factory.mktemp("untreated")))
        wiring.context.clear()
        context = wiring.context()
        folder = Shelf(context.settings, context.library).own_cohorts / FOLDER
        folder.mkdir(parents=True)
        (folder / "cohort.toml").write_text(COHORT, encoding="utf-8")
        ecog = chance.integers(0, 3, PATIENTS)
        months = chance.exponential(24.0 / (1 + ecog))
        rows = [
            f"{chance.integers(45, 80)},{grade},{min(month, 36):.2f},{int(month < 36)}"
            for grade, month in zip(ecog, months, strict=True)
        ]
        table = "\n".join(["age,ecog,months,dead", *rows])
        (folder / "patients.csv").write_text(table, encoding="utf-8")
        forecasts.prepare(context, DISEASE, own=FOLDER)
        yield
    wiring.context.clear()


def opened(visit, slug):
    """A page of the sample, with the model learnt from that cohort chosen in the side bar."""
    app = visit("patient", patient=SAMPLE)
    app.session_state[f"desk.own.{DISEASE}"] = FOLDER
    return app.switch_page(f"../pages/{slug}.py").run()


@pytest.mark.usefixtures("untreated")
def test_survival_without_treatments_is_one_prognosis(visit):
    """One curve, whatever is given, and where it was learnt."""
    app = opened(visit, "survival")
    assert title_of(app) == "Survival"
    (chart,) = [each.proto for each in app.get("plotly_chart")]
    assert "Whatever is given" in chart.alt
    assert "learnt from a simulated cohort (SYNTHETIC) of 120 treatments" in text_of(app)


@pytest.mark.usefixtures("untreated")
@pytest.mark.parametrize("slug", ["board", "response", "why", "what_if", "toxicity", "concordance"])
def test_pages_that_compare_treatments_say_that_there_are_none(visit, slug):
    """No empty chart, no error: what this model cannot say, and where its prognosis stands."""
    app = opened(visit, slug)
    assert not app.get("plotly_chart")
    assert "Ours, untreated has no treatments." in text_of(app)
    assert "Something went wrong" not in text_of(app)


@pytest.mark.usefixtures("untreated")
def test_similar_patients_without_treatments_are_one_group(visit):
    """The group has a name, and its curve a table."""
    app = opened(visit, "similar")
    assert "All patients" in text_of(app)
    assert "Something went wrong" not in text_of(app)
