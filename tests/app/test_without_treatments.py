"""A hospital's cohort without treatments on the pages: one prognosis, and words for the rest."""

import numpy as np
import pytest

from components.charts import readings
from dashboard.reporting.document import Table
from dashboard.reporting.kinds import FORMS, Kind
from dashboard.services import forecasts, intake, reports
from dashboard.services.reports import Wish
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
    assert "learnt from a simulated cohort (SYNTHETIC) of 120 patients" in text_of(app)


@pytest.mark.usefixtures("untreated")
@pytest.mark.parametrize("slug", ["board", "progression", "toxicity", "concordance"])
def test_pages_that_compare_treatments_say_that_there_are_none(visit, slug):
    """No empty chart, no error: what this model cannot say, and where its prognosis stands."""
    app = opened(visit, slug)
    assert not app.get("plotly_chart")
    assert "Ours, untreated has no treatments." in text_of(app)
    assert "Something went wrong" not in text_of(app)


@pytest.mark.usefixtures("untreated")
def test_similar_patients_without_treatments_are_one_group(visit):
    """The group has a name, its curve a table, and there is nobody to be compared with."""
    app = opened(visit, "similar")
    text = text_of(app)
    assert "All patients" in text
    assert "Response observed" not in text
    assert "Differences between their regimens" not in text
    assert "Something went wrong" not in text


@pytest.mark.usefixtures("untreated")
def test_why_without_treatments_explains_the_one_prognosis(visit):
    """No regimen is asked for; the sentence and the bars say whatever is given."""
    app = opened(visit, "why")
    assert [box.label for box in app.main.selectbox] == ["Figure"]
    assert "alive at 12 months whatever is given (between" in text_of(app)
    (chart,) = [each.proto for each in app.get("plotly_chart")]
    assert "Overall survival at 12 months whatever is given" in chart.alt
    for view in ("Over time", "One fact over the cohort", "Facts together"):
        app.segmented_control(key="why.view").set_value(view).run()
        assert "Something went wrong" not in text_of(app), view


@pytest.mark.usefixtures("untreated")
def test_what_if_without_treatments_changes_the_one_prognosis(visit):
    """One row with the one figure that was learnt; no order of regimens that could flip."""
    app = opened(visit, "what_if")
    (chart,) = [each.proto for each in app.get("plotly_chart")]
    assert "Whatever is given" in chart.alt
    assert "Severe toxicity" not in chart.spec
    views = app.segmented_control(key="what_if.view")
    assert "Where the order flips" not in views.options
    for view in ("What moves it most", "What could be modified"):
        app.segmented_control(key="what_if.view").set_value(view).run()
        assert "Something went wrong" not in text_of(app), view


@pytest.mark.usefixtures("untreated")
def test_response_without_treatments_says_that_none_was_recorded(visit):
    """A cohort of survival alone: no empty chart, and why there is none."""
    app = opened(visit, "response")
    assert not app.get("plotly_chart")
    assert "No response to show." in text_of(app)


@pytest.mark.usefixtures("untreated")
def test_methods_describes_the_model_that_is_chosen(visit):
    """A hospital's own model has its own card, of patients and of no regimens; it checks itself."""
    app = opened(visit, "methods")
    text = text_of(app)
    assert "learnt from 120 simulated patients" in text
    assert "treatments recorded: one prognosis" in text
    app.segmented_control(key="methods.view").set_value("Check it now").run()
    app.button(key="methods.check").click().run()
    assert "does not hold" not in text_of(app)
    assert "A trial that every textbook has" in text_of(app)


@pytest.mark.usefixtures("untreated")
def test_report_without_treatments_tells_the_one_prognosis(visit):
    """The table opens with it, and the note says that regimens are not compared."""
    patient = next(s.patient for s in intake.samples(wiring.context()) if s.patient.id == SAMPLE)
    document = reports.report(
        wiring.context(), patient, reports.Wish(reports.Kind.SUMMARY, own=FOLDER)
    )
    (options,) = [
        each for each in document.blocks
        if isinstance(each, Table) and each.header[0] == "Regimen"
    ]  # fmt: skip
    assert options.rows[0][0] == "Whatever is given"
    assert "%" in options.rows[0][4]
    assert {row[2] for row in options.rows[1:]} == {"no forecast"}
    assert "compares no regimens" in options.note


@pytest.mark.usefixtures("untreated")
@pytest.mark.parametrize("kind", list(Kind))
def test_papers_without_treatments_tell_the_one_prognosis(kind):
    """Every paper can be made in every form; the tables begin with the prognosis of the screen."""
    context = wiring.context()
    who = next(each.patient for each in intake.samples(context) if each.id == SAMPLE)
    wish = Wish(kind, own=FOLDER)
    assert all(reports.file_of(context, who, wish, form) for form in FORMS[kind])
    if kind is Kind.FULL:
        document = reports.report(context, who, wish)
        row = document.tables[0].rows[0]
        (prognosis,) = forecasts.forecast(context, who, own=FOLDER).regimens
        assert row[0] == "Whatever is given"
        assert row[4] == readings.text_of(prognosis.os.at(12.0))
