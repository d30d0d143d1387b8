"""The evidence page: arms that fit, effects on both sides, every score in a row."""

import pytest

from dashboard.services import intake
from dashboard.shell import wiring
from tests.app.conftest import text_of, title_of
from tests.unit.records.civic import civic, item

LUNG, EARLY_BREAST = "SYN-NSCLC-02", "SYN-BRE-04"


def seen(app, view):
    """The page in one of its views."""
    return app.segmented_control(key="evidence.view").set_value(view).run()


def test_evidence_without_a_patient_says_what_to_do(visit):
    """Nobody is shown by default: the page opens with the search."""
    app = visit("evidence")
    assert title_of(app) == "Evidence and scores"
    assert "rows and references" in text_of(app)
    assert "Nobody is on the screen." in text_of(seen(app, "For this patient"))


@pytest.mark.parametrize("view", ["For this patient", "Scores"])
def test_evidence_shows_every_sample(visit, view):
    """No sample breaks a view."""
    samples = intake.samples(wiring.context())
    app = seen(visit("evidence", patient=samples[0].id), view)
    for sample in samples:
        app.query_params["patient"] = sample.id
        app.run()
        assert title_of(app) == "Evidence and scores"
        assert "Incident" not in text_of(app)
        assert sample.patient.id in text_of(app)


def test_evidence_tells_fit_figures_and_source(visit):
    """An arm stands with its fit, its figures, its control, a link and its mark."""
    text = text_of(visit("evidence", patient=LUNG))
    assert "KEYNOTE-024" in text
    assert "26.3\N{NO-BREAK SPACE}(18.3\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}40.4)" in text
    assert 'href="https://doi.org/10.1200/JCO.21.00174"' in text
    assert "partly re-read at the source" in text
    assert "Against Platinum doublet chemotherapy" in text
    assert "does not fit" in text


def test_evidence_draws_the_figure_that_is_chosen(visit):
    """The forest shows response first, and another figure when asked."""
    app = visit("evidence", patient=LUNG)
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert chart.alt.startswith("Objective response")
    app.segmented_control(key="evidence.forest.pembrolizumab-mono").set_value("median OS").run()
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert "KEYNOTE-024: pembrolizumab (trial): 26.3 (18.3 to 40.4)" in chart.alt


def test_evidence_opens_with_every_regimen_given_to_such_patients(visit):
    """A row a regimen with its best fitting arm; only then one of them in full."""
    text = text_of(visit("evidence", patient=LUNG))
    head = text.index("regimens were given to patients like this one")
    assert head < text.index("One regimen in full")
    assert "Tier: of ESCAT, computed from the trials here" in text
    assert "more than 12 months old" not in text


def test_a_tier_is_told_with_its_rule(visit):
    """Of the regimen in full: the change, the trial, the figure, and that it is no assignment."""
    app = visit("evidence", patient="SYN-NSCLC-01")
    text = text_of(app.selectbox(key="evidence.regimen.nsclc").set_value("osimertinib").run())
    assert "ESCAT I-A by rule: " in text
    assert "FLAURA, a randomised trial in patients with the change" in text
    assert "it is no assignment by ESMO" in text


def test_evidence_puts_support_beside_contradiction(visit):
    """Both sides have their heading, an empty one says so."""
    text = text_of(visit("evidence", patient=LUNG))
    assert "Supports: " in text
    assert "Contradicts" in text


def test_scores_say_value_missing_or_withheld(visit):
    """Computed with the published outcome, incomplete with the range, withheld with the reason."""
    text = text_of(seen(visit("evidence", patient=LUNG), "Scores"))
    assert "points: 0" in text
    assert "group: low" in text
    assert "seen in another tumour: small-cell lung cancer" in text
    assert "seen under the treatments of phase 1 trials" in text
    assert "no interval was published" in text
    assert "scores of this tumour group are not meant for this patient" in text
    assert "median overall survival 33 weeks (24 to 42)" in text
    assert "Missing: Tumour mutational burden." in text
    assert "Over plausible values:" in text
    assert "Outside the scope of the score, which asks for: brain metastases." in text
    assert "On the shelf for other tumours: " in text


def test_scores_show_where_each_input_came_from(visit):
    """The feature an input was taken from stands beneath its value."""
    text = text_of(seen(visit("evidence", patient=LUNG), "Scores"))
    assert "Albumin: " in text
    assert ">from Serum albumin" in text


def test_scores_are_completed_by_hand(visit):
    """The missing burden typed in gives the number, which is called a score."""
    app = seen(visit("evidence", patient=LUNG), "Scores")
    key = next(n.key for n in app.number_input if n.key.endswith("loris-nsclc.tmb_mut_mb"))
    app.number_input(key=key).set_value(12.0).run()
    text = text_of(app)
    assert "LORIS: 0." in text
    assert "A score, not the probability of response." in text
    assert "entered by hand, not kept" in text


def test_predict_lays_out_what_treatment_adds(visit):
    """Course and benefits of an early breast cancer, never as the official tool."""
    text = text_of(seen(visit("evidence", patient=EARLY_BREAST), "Scores"))
    assert "What treatment adds: PREDICT Breast formula, version 2.2" in text
    assert "This is not the official tool." in text
    assert "Died of breast cancer" in text
    assert "All together" in text


def search(app, query):
    """The page after a search."""
    return app.text_input(key="evidence.search.query").set_value(query).run()


def test_search_finds_by_brand_and_tells_so(visit):
    """The brand finds the drug's trials; what was looked for as well is said."""
    text = text_of(search(visit("evidence"), "Keytruda first-line"))
    assert "KEYNOTE-024: pembrolizumab" in text
    assert "keytruda (also pembrolizumab" in text


def test_search_says_when_nothing_is_found(visit):
    """No row, and what to do."""
    assert "Nothing was found." in text_of(search(visit("evidence"), "zyzzyva"))


@pytest.mark.parametrize(("view", "words"), [("Forest", "figures with"), ("Years", "by year")])
def test_search_draws_what_was_found(visit, view, words):
    """A forest of one figure, and the publications by year, each with its words."""
    app = search(visit("evidence"), "Keytruda first-line")
    app.segmented_control(key="evidence.found.view").set_value(view).run()
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert words in chart.alt
    assert "nothing is pooled" in text_of(app) or "have a year" in text_of(app)


def test_search_begins_with_the_patients_tumour_group(visit):
    """With a patient on the screen the search is about their tumour, until it is widened."""
    app = seen(visit("evidence", patient=LUNG), "Search")
    chosen = next(m for m in app.multiselect if m.label == "Tumour group")
    assert chosen.value == ["Non-small-cell lung cancer"]
    wide = chosen.set_value([]).run()
    assert "916 of 916" in text_of(wide) or "rows and references" in text_of(wide)


def test_evidence_tells_own_guidelines_and_items(visit):
    """Added as files: a verdict with its source, and items for and against, of this patient."""
    app = seen(visit("evidence", patient="SYN-NSCLC-01"), "Own evidence")
    table = (
        b"guideline,version,date,terms,disease,regimen,criteria,strength\n"
        b"Tapir board,3,2024-03,own work,nsclc,osimertinib,egfr_mutation == L858R,I A\n"
        b"Tapir board,3,2024-03,own work,nsclc,osimertinib,egfr_mutation == exon19del,I A\n"
    )
    for name, content in (
        ("g.csv", table),
        ("c.tsv", civic(item(molecular_profile="EGFR Mutation")).encode()),
    ):
        app.file_uploader(key="evidence.file").set_value((name, content, "text/csv")).run()
        app.button(key="evidence.add").click().run()
    app = seen(app, "For this patient")
    assert "Own guidelines" in text_of(app)
    text = text_of(app.selectbox(key="evidence.regimen.nsclc").set_value("osimertinib").run())
    assert "Your hospital's guidelines" in text
    assert "Tapir board" in text
    assert "Items of CIViC on this patient's changes" in text
    app = seen(app, "Own evidence")
    while removals := [b for b in app.button if b.key.startswith("evidence.remove.")]:
        removals[0].click().run()
    assert "Tapir board" not in text_of(seen(app, "For this patient"))


def test_own_evidence_is_added_and_removed(visit):
    """A file is looked at, added by a button, listed, and taken away."""
    app = seen(visit("evidence"), "Own evidence")
    content = b"title,source\nOur okapi registry,Hospital\n,\nNo source,\n"
    app.file_uploader(key="evidence.file").set_value(("own.csv", content, "text/csv")).run()
    text = text_of(app)
    assert "Our okapi registry" in text
    assert "Row 4: it has no source." in text
    app.button(key="evidence.add").click().run()
    assert "This file is added already." in text_of(app)
    assert "Our okapi registry" in text_of(search(seen(app, "Search"), "okapi"))
    app = seen(app, "Own evidence")
    next(b for b in app.button if b.key.startswith("evidence.remove.")).click().run()
    assert "Nothing was found." in text_of(search(seen(app, "Search"), "okapi"))
