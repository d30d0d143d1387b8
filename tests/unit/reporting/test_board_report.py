"""What the report for a board says, and what it must never say."""

from __future__ import annotations

from dataclasses import replace

from dashboard.answers.forecast import Chance
from dashboard.records.patient import Patient
from dashboard.reporting.board_report import compose
from dashboard.reporting.document import Callout, Heading, Paragraph, Picture
from dashboard.reporting.plain import as_data
from tests.unit.reporting.cases import VALUES, a_case, a_curve


def words(document):
    """Every word of a report."""
    return str(as_data(document, with_pictures=False))


def test_report_shows_every_number_with_interval_and_horizon():
    """The options table gives chance, interval and month."""
    table = compose(a_case()).tables[0]
    row = table.rows[0]
    assert table.header[3] == "Progression-free at 24 months"
    assert row[2] == "41% (33 to 50%)"
    assert row[4] == "49% (39 to 56%)"
    assert row[5].startswith("23 months (")
    assert row[6] == "20% (15 to 27%)"
    assert table.header[6] == "Severe toxicity (grade 3 or worse)"
    assert "at least one adverse event of grade 3 or worse" in table.note


def test_report_names_the_kind_of_harm_where_any_was_not_learnt():
    """A figure of one kind of event never passes for one of all kinds."""
    case = a_case()
    kinds = {"pneumonitis_ild": Chance(0.04, 0.02, 0.07), "skin": Chance(0.02, 0.01, 0.04)}
    first = replace(case.forecast.regimens[0], toxicities=kinds)
    case = replace(case, forecast=replace(case.forecast, regimens=(first,)))
    document = compose(case)
    assert document.tables[0].rows[0][6] == "Pneumonitis: 4.0% (2.0 to 7.0%)"
    assert "of the likeliest kind where one is named" in document.tables[0].note
    harm = next(t for t in document.tables if "grade 3 or worse event" in t.caption)
    assert harm.header == ("Regimen", "Pneumonitis", "Skin")


def test_report_says_where_there_is_no_forecast():
    """A regimen the model cannot speak of keeps its row and says so."""
    row = compose(a_case()).tables[0].rows[2]
    assert row[1:3] == ("not eligible", "no forecast")
    assert set(row[3:]) == {"—"}


def test_report_never_reads_beyond_the_data():
    """A horizon after the end of follow-up is said to be unknown."""
    row = compose(a_case(horizon_months=60.0)).tables[0].rows[0]
    assert row[4] == "not known: the data end at 40 months"


def test_report_says_a_median_is_not_reached():
    """No median is invented."""
    case = a_case()
    slow = replace(case.forecast.regimens[0], os=a_curve(0.001))
    case = replace(case, forecast=replace(case.forecast, regimens=(slow,)))
    assert compose(case).tables[0].rows[0][5] == "not reached by 40 months"


def test_report_is_marked_synthetic_when_patient_or_model_is():
    """A real patient under a simulated model is marked; under a real model not."""
    assert compose(a_case()).synthetic
    assert not compose(a_case(learnt_from_simulated=False)).synthetic
    invented = Patient("S", "nsclc", VALUES, line=1, synthetic=True)
    assert compose(a_case(patient=invented, learnt_from_simulated=False)).synthetic


def test_report_gives_reasons_cautions_and_unknown_facts():
    """Why a regimen is closed, what to bear in mind, and what is not known."""
    said = words(compose(a_case()))
    assert "EGFR mutation" in said
    assert "Platinum doublet chemotherapy: few patients like this one" in said
    assert "is never replaced by a default" in said
    assert "Body mass index" in said


def test_report_lists_trials_with_fit_and_source():
    """Arms the patient fits or nearly fits, and their sources at the end."""
    document = compose(a_case())
    trials = next(table for table in document.tables if table.caption == "Arms of trials")
    assert any(row[1].startswith("KEYNOTE-024") for row in trials.rows)
    assert all("does not fit" not in row[2] for row in trials.rows)
    assert document.sources


def test_report_recommends_nothing():
    """No word that would choose for the board."""
    said = words(compose(a_case())).lower()
    assert not any(word in said for word in ("recommend", "best ", "preferred", "should be given"))


def test_report_leaves_out_what_there_is_not():
    """Without forecasts there are no empty pictures and no empty tables of toxicity."""
    case = a_case()
    bare = replace(case, forecast=replace(case.forecast, regimens=(), cautions=("too little",)))
    document = compose(bare)
    assert not any(isinstance(block, Picture) for block in document.blocks)
    assert Callout("too little") in document.blocks
    assert Heading("Severe toxicity") not in document.blocks


def test_report_of_an_empty_record_says_so():
    """Nothing known is said in words."""
    first = compose(a_case(patient=Patient("E", "nsclc"))).blocks[0]
    assert first == Paragraph("Nothing is known of the patient yet.")


def test_pictures_carry_the_numbers_of_the_table():
    """The line of a chart is the curve the table was read from."""
    document = compose(a_case())
    picture = next(
        block for block in document.blocks if isinstance(block, Picture) and block.series
    )
    line = picture.series[0]
    assert round(100 * line.shares[line.months.index(24.0)]) == 49
