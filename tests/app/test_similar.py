"""The page of similar patients: groups, doubtful differences, the nearest, weights, locks."""

import pytest

from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"


@pytest.fixture
def similar(visit):
    """The page of patients like a sample."""
    return visit("similar", patient=SAMPLE)


def alt_of(app):
    """The words of the first picture on the page: the groups."""
    return app.get("plotly_chart")[0].proto.alt


def test_similar_says_who_they_are_and_that_they_are_simulated(similar):
    """How many of how many, weighted how, and the mark of synthetic patients."""
    assert title_of(similar) == "Similar patients"
    text = text_of(similar)
    assert "The 50 most similar patients of " in text
    assert "Weighted by likeness they count as" in text
    assert "SYNTHETIC" in text
    assert alt_of(similar).startswith("What happened to similar patients, by the regimen")
    assert "effectively" in alt_of(similar)


def test_similar_says_confounding_beside_every_difference(similar):
    """The warning, the E-value, and a note in each row; or that there is nothing to compare."""
    few = text_of(similar)
    assert "These patients were not assigned by chance." in few
    assert ("No two regimens can be compared." in few) != ("How far to believe it" in few)
    similar.slider(key=f"similar.{SAMPLE}.count").set_value(200).run()
    text = text_of(similar)
    assert "These patients were not assigned by chance." in text
    assert "E-value" in text
    assert "How far to believe it" in text


def test_similar_shows_the_nearest_with_the_other_outcome(similar):
    """Under the regimens most given, one who had the rarer outcome."""
    text = text_of(similar)
    assert "the rarer outcome" in text
    assert "the usual outcome" in text
    assert "Differs most in" in text


def test_similar_counts_as_many_as_asked(similar):
    """The number wanted is the number told of."""
    similar.slider(key=f"similar.{SAMPLE}.count").set_value(80).run()
    assert "The 80 most similar patients of " in text_of(similar)


def test_similar_locks_facts(similar):
    """A lock narrows whom there is to choose from, and is said."""
    similar.multiselect(key=f"similar.{SAMPLE}.locks").set_value(["sex"]).run()
    assert "All match in: Sex." in text_of(similar)


def test_similar_weights_change_who_is_found(similar):
    """A fact that counts four times changes the group."""
    before = alt_of(similar)
    similar.multiselect(key=f"similar.{SAMPLE}.changed").set_value(["age_years"]).run()
    similar.slider(key=f"similar.{SAMPLE}.weight.age_years").set_value(4.0).run()
    assert title_of(similar) == "Similar patients"
    assert alt_of(similar) != before


def test_similar_offers_its_figures(similar):
    """A table of all groups, and the figures as files."""
    assert "All groups as a table" in text_of(similar)
    names = [button.proto.label for button in similar.get("download_button")]
    assert names == ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"] * 2


def test_similar_without_a_patient_asks_for_one(visit):
    """Nobody is on the screen by default."""
    app = visit("similar")
    assert title_of(app) == "Similar patients"
    assert "Nobody is on the screen." in text_of(app)


def test_similar_shows_how_the_groups_fared_over_time(similar):
    """Observed curves of the largest groups with the number at risk, of either endpoint."""
    curves = similar.get("plotly_chart")[1].proto
    assert curves.alt.startswith("Overall survival, observed, as Kaplan-Meier curves of")
    assert "effective n" in curves.alt
    similar.segmented_control(key="similar.endpoint").set_value("pfs").run()
    assert similar.get("plotly_chart")[1].proto.alt.startswith("Progression-free survival, obs")
    assert title_of(similar) == "Similar patients"
