"""The cohort page: marked synthetic, filtered, drawn, tabulated, handed out."""

import json

import numpy as np
import pytest

from dashboard.cohort.folder import read_cohort
from dashboard.cohort.writing import write_cohort
from dashboard.services.shelf import Shelf
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of
from tests.unit.services.test_population import a_cohort


def shelf():
    """Where this installation keeps its cohorts."""
    context = wiring.context()
    return Shelf(context.settings, context.library)


def figures(app):
    """The specifications of the figures on the screen, with their alternative texts."""
    charts = [chart.proto for chart in app.get("plotly_chart")]
    return [(json.loads(chart.spec), chart.alt) for chart in charts]


def view(app, name):
    """Choose a view of the cohort."""
    return app.segmented_control(key="cohort.view").set_value(name).run()


def disease():
    """The disease the page opens with."""
    return wiring.context().library.ids[0]


def test_cohort_is_marked_synthetic(visit):
    """The first thing said of it is that nobody in it is real."""
    app = visit("cohort")
    assert title_of(app) == "Cohort"
    assert "SYNTHETIC" in text_of(app)
    assert "Nobody in this cohort is real." in text_of(app)


def test_cohort_opens_with_survival_of_the_first_line(visit):
    """Kaplan-Meier of the most frequent regimens with numbers at risk, and words for it."""
    app = visit("cohort")
    ((spec, alt),) = figures(app)
    assert alt.startswith("Overall survival, observed, as Kaplan-Meier curves of 3 groups")
    assert "patients" in alt
    assert [trace for trace in spec["data"] if trace.get("name", "").startswith("At risk")]
    assert app.multiselect(key=f"cohort.{disease()}..line").value == [1]


def test_cohort_changes_the_endpoint(visit):
    """Progression-free survival is one choice away."""
    app = visit("cohort")
    app.segmented_control(key="cohort.endpoint").set_value("pfs").run()
    ((spec, alt),) = figures(app)
    assert alt.startswith("Progression-free survival")
    assert spec["layout"]["yaxis"]["title"]["text"] == "Progression-free survival"


def test_cohort_draws_every_regimen_by_itself(visit):
    """Small multiples show more regimens than one picture holds."""
    app = visit("cohort")
    app.segmented_control(key="cohort.survival.how").set_value("One by one").run()
    ((spec, alt),) = figures(app)
    assert "a panel for each group" in alt
    assert "xaxis4" in spec["layout"]


def test_cohort_filters_are_linked(visit):
    """A filter narrows everything that is shown, and the flow says what it left out."""
    app = visit("cohort")
    before = text_of(app)
    app.selectbox(key=f"cohort.{disease()}..age").set_value("75 and over").run()
    assert text_of(app) != before
    view(app, "Flow and treatments")
    flow = figures(app)[0][1]
    assert "Line of treatment: 1" in flow
    assert "Age: 75 or more years" in flow
    assert not app.exception


def test_cohort_filters_by_a_biomarker(visit):
    """A fact is chosen first, then its values; both stand in the flow."""
    app = visit("cohort")
    marker = app.selectbox(key=f"cohort.{disease()}..marker")
    feature = next(f for f in wiring.context().library.pack(disease()).features if f.levels)
    marker.set_value(feature.id).run()
    levels = app.multiselect(key=f"cohort.{disease()}..levels.{feature.id}")
    levels.set_value([feature.levels[0]]).run()
    view(app, "Flow and treatments")
    assert f"{feature.label}: " in figures(app)[0][1]


def test_cohort_shows_a_selection_of_nobody(visit):
    """Filters that leave nobody give an empty state, not an error."""
    app = visit("cohort")
    app.selectbox(key=f"cohort.{disease()}..age").set_value("under 50").run()
    app.multiselect(key=f"cohort.{disease()}..ecog").set_value(["4"]).run()
    assert not app.exception
    assert "No curve to show." in text_of(app)


def test_cohort_has_a_first_table_with_what_is_missing(visit):
    """Every feature with its median or levels, as a real table, and the share that is unknown."""
    app = view(visit("cohort"), "First table")
    text = text_of(app)
    assert '<th scope="col"' in text
    assert "<caption" in text
    assert "Age" in text
    assert "ECOG performance status" in text
    assert figures(app)[0][1].startswith("Share of patients whose value is unknown")


def test_cohort_shows_overlap_for_the_classroom(visit):
    """The true chances of a regimen, with the smallest of each in a table."""
    app = view(visit("cohort"), "Overlap")
    assert "Smallest chance" in text_of(app)
    assert "as two histograms" in figures(app)[0][1]


def test_cohort_offers_its_tables(visit):
    """First table and curves can be taken as CSV."""
    app = view(visit("cohort"), "Download")
    names = [button.proto.label for button in app.get("download_button")]
    assert names == ["First table (CSV)", "Points of the curves (CSV)"]


def test_cohort_of_a_hospital_hides_small_counts(visit):
    """A hospital's own cohort is offered beside the simulated one and says what it holds back."""
    own = a_cohort(disease=disease(), synthetic=False, id="ours", label="Our registry", source="Us")
    folder = shelf().own_cohorts / "ours"
    write_cohort(own, folder)
    assert read_cohort(folder).size == own.size
    app = visit("cohort")
    app.selectbox(key=f"cohort.own.{disease()}").set_value("ours").run()
    text = text_of(app)
    assert not app.exception
    assert "SYNTHETIC" not in text
    assert "Counts of fewer than 11 patients are hidden" in text
    assert "Overlap" not in app.segmented_control(key="cohort.view").options
    app.text_input(key="cohort.patient.ours.name").set_value(own.ids[0]).run()
    opened = app.button(key="cohort.patient.ours.open").click().run()
    assert title_of(opened) == "Patient"
    assert f">{own.ids[0]}<" in text_of(opened)


def test_cohort_of_a_hospital_withholds_what_would_isolate_somebody(visit):
    """A selection of one patient is refused with the reason, and the page stays whole."""
    own = a_cohort(disease=disease(), synthetic=False, id="ours", label="Our registry")
    own.values[1:, 0] = np.minimum(own.values[1:, 0], 70.0)  # the first alone is over ninety
    write_cohort(own, shelf().own_cohorts / "ours")
    app = visit("cohort")
    app.selectbox(key=f"cohort.own.{disease()}").set_value("ours").run()
    app.selectbox(key=f"cohort.{disease()}.ours.age").set_value("75 and over").run()
    assert not app.exception
    assert "This selection is not shown: it holds fewer than 11 patients." in text_of(app)
    assert not figures(app)


@pytest.mark.parametrize("name", ["Survival", "First table", "Flow and treatments", "Overlap"])
def test_cohort_figures_have_words(visit, name):
    """No figure of any view is without alternative text."""
    app = view(visit("cohort"), name)
    assert figures(app)
    assert all(alt.strip() for _, alt in figures(app))
