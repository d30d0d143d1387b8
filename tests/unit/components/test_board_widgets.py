"""What the board and the pages behind it put on the screen, piece by piece."""

from dataclasses import replace

import pytest

from components.charts import theme
from components.widgets import board, marks, progression, response, toxicity
from components.widgets.board import BoardView
from dashboard.answers.forecast import Chance, Support
from dashboard.answers.model_card import HeadCard
from dashboard.answers.ranking import Option, Weights
from dashboard.insight.ranking import rank
from dashboard.knowledge import eligibility
from dashboard.knowledge.library import load_library
from dashboard.knowledge.spread import sites_of
from tests.unit.components.forecasts import a_forecast, a_regimen

PACK = load_library().pack("nsclc")
FACTS = {"line": 1.0}
JUDGEMENT = eligibility.judge(FACTS, PACK)
ONE, OTHER = "pembrolizumab-mono", "platinum-doublet-chemo"
LABELS = {regimen.id: regimen.label for regimen in PACK.regimens}


def a_view(*regimens, ranking=None, months=12):
    """A board of these forecasts."""
    forecast = a_forecast(*(regimens or (a_regimen(ONE), a_regimen(OTHER, median=20.0))))
    return BoardView(PACK, FACTS, JUDGEMENT, forecast, months, ranking)


def test_board_bar_has_the_ends_of_the_interval():
    """The bar begins at the low end and is as long as the interval is wide."""
    text = board.board_table(a_view(a_regimen(ONE, response=0.4), a_regimen(OTHER)), [ONE]).text
    assert "left:32.0%;width:16.0%" in text
    assert "left:40.0%" in text


def test_board_marks_harm_otherwise_than_benefit():
    """Progression and severe toxicity are hatched; the three benefits are not."""
    text = board.board_table(a_view(), [ONE]).text
    assert text.count("cc-harm") == 2
    assert text.count('class="cc-track') == 5


def test_board_orders_rows_without_a_figure_last():
    """A regimen of which nothing is forecast never leads a ranking."""
    view = a_view(a_regimen(ONE), a_regimen(OTHER, os=None))
    assert board.in_order(view, [OTHER, ONE], "os") == [ONE, OTHER]
    assert board.in_order(view, [OTHER, ONE], "pack") == [OTHER, ONE]
    assert board.in_order(view, [OTHER, ONE], "weights") == [OTHER, ONE]


def test_board_tells_what_cannot_be_compared_with_the_published():
    """Trials may be there that the patient does not fit: not that nothing was published."""
    view = replace(a_view(), differing={}, unseen={OTHER: "no disagreement seen"})
    text = board.board_table(view, [ONE, OTHER]).text
    assert text.count(">cannot be compared with the published<") == 1
    assert text.count(">no disagreement seen<") == 1


def test_board_marks_few_alike_and_tells_the_caution():
    """A triangle in the row, the words beneath the table, once for all it concerns."""
    few = Support(distance=0.2, similar=0.3, propensity=0.01, inside=True)
    cautious = [
        a_regimen(name, support=few, cautions=("Hardly anybody received it.",))
        for name in (ONE, OTHER)
    ]
    view = a_view(*cautious)
    assert "▲ none alike" in board.board_table(view, [ONE]).text
    told = board.applicability(view, [ONE, OTHER], "Source.").text
    assert told.count("Hardly anybody received it.") == 1
    assert "Inside what the model has seen" in told


def test_board_says_what_makes_a_patient_unusual():
    """Outside what the model has seen, with the facts that make it so."""
    odd = Support(0.999, 60.0, 0.1, inside=False, untypical=("age_years", "strange"))
    told = board.applicability(a_view(a_regimen(ONE, support=odd)), [ONE], "Source.").text
    assert "Outside what the model has seen" in told
    assert "Unusual: Age" in told
    assert "strange" in told


def test_board_folds_many_cautions():
    """More than two are folded, so that the table stays on the screen."""
    regimens = [
        a_regimen(name, cautions=(f"Caution {place}.",))
        for place, name in enumerate((ONE, OTHER, "docetaxel"))
    ]
    told = board.applicability(a_view(*regimens), [ONE, OTHER, "docetaxel"], "Source.").text
    assert "<details" in told
    assert "3 cautions" in told


def test_board_without_support_tells_the_source_alone():
    """Nothing is claimed of how well the model knows such patients."""
    told = board.applicability(a_view(a_regimen(ONE, support=None)), [ONE], "Source.").text
    assert "Source." in told
    assert "seen" not in told


def ranked(*options):
    """A ranking of these options under usual weights."""
    return rank(options, Weights())


def test_board_shows_chances_of_being_first_and_what_is_dominated():
    """A column with chance and expected place; the dominated row names who dominates it."""
    good, bad = Chance(0.8, 0.75, 0.85), Chance(0.3, 0.25, 0.35)
    ranking = ranked(Option(ONE, good, bad, 1.0), Option(OTHER, bad, good, 8.0))
    text = board.board_table(a_view(ranking=ranking), [ONE, OTHER]).text
    assert "expected place 1.0" in text
    assert f"Dominated by {LABELS[ONE]} (in >99% of draws)".replace(">", "&gt;") in text
    assert "Dominated:" in board.ranking_words(ranking, LABELS).text


def test_board_says_why_a_regimen_is_not_ranked():
    """The cell says so, and holds the reason for whoever points at it."""
    chance = Chance(0.5, 0.4, 0.6)
    ranking = ranked(
        Option(ONE, chance, chance, 1.0), Option(OTHER, chance, chance, 1.0),
        Option("docetaxel", chance, chance, 1.0, closed="Too few alike."),
    )  # fmt: skip
    text = board.board_table(a_view(ranking=ranking), [ONE, OTHER, "docetaxel"]).text
    assert 'title="Too few alike."' in text
    assert "not ranked" in text


def test_marks_keep_names_as_text():
    """A label stays text in a card."""
    text = marks.cards("x", [(theme.REGIMEN_STYLES[0], "<b>Drug</b>", "5%", "1 to 9%")]).text
    assert "&lt;b&gt;Drug" in text


def test_progression_table_holds_both_causes_at_every_landmark():
    """Two rows a regimen, a column for each month that was followed."""
    courses = progression.courses_of(a_forecast(a_regimen(ONE)), LABELS, [ONE, OTHER])
    assert [course.regimen for course in courses] == [ONE]
    text = progression.incidence_table(courses).text
    assert text.count("<tr") == 1 + 2
    assert "By 36 months" in text


def test_progression_sites_say_whom_and_whether_it_is_certain():
    """A row that may not concern the patient says so; a dash where nothing was published."""
    text = progression.sites_table(sites_of({}, PACK), PACK).text
    assert "whether this holds for the patient is not known" in text
    assert "All stage IV NSCLC" in text
    assert "29%" in text


@pytest.mark.parametrize(
    ("quality", "note", "said"),
    [
        ({}, "Too rare.", "Too rare."),
        ({}, "", "could not be judged"),
        ({"auc": 0.7, "auc_low": 0.66, "auc_high": 0.74}, "", "70.0% (66.0 to 74.0%)"),
        ({"auc": 0.7, "ece": 0.031}, "", "off by 3 points in 100"),
        ({"auc": 0.7, "n": 1200, "events": 300}, "", "Judged on 1,200 patients with 300 events."),
    ],
)
def test_response_quality_is_told_in_sentences(quality, note, said):
    """Discrimination, calibration and size; what was not judged says why."""
    assert said in " ".join(response.quality_sentences(HeadCard("response", quality, {}, note)))


def test_toxicity_picture_has_benefit_first_then_the_highest():
    """Benefit, any severe event, then groups by their highest figure; the table has all."""
    picture = toxicity.picture_of(
        a_forecast(a_regimen(ONE), a_regimen(OTHER)), PACK, [ONE, OTHER], months=12
    )
    assert [band.benefit for band in picture.bands[:3]] == [True, True, False]
    assert picture.bands[2].label == "Any severe event"
    heights = [band.highest for band in picture.bands[3:]]
    assert heights == sorted(heights, reverse=True)
    drawn = toxicity.shortened(picture)
    assert len(drawn.bands) == 2 + toxicity.MOST_GROUPS
    table = toxicity.toxicity_table(picture).text
    assert all(band.label in table for band in picture.bands)
    assert "published" in table


def test_toxicity_flags_hold_are_unknown_or_neither():
    """A contraindication that holds is said with the patient's value; an unknown fact is named."""
    facts = {"line": 1.0, "autoimmune_disease": "active"}
    text = toxicity.flags(eligibility.judge(facts, PACK), PACK, facts, [ONE]).text
    assert "Contraindicated" in text
    open_facts = {"line": 1.0}
    text = toxicity.flags(JUDGEMENT, PACK, open_facts, [ONE]).text
    assert "Autoimmune" in text
    assert "none" in text


def test_toxicity_sources_stand_beside_published_rates():
    """Each published figure with its group, basis and mark."""
    text = toxicity.published_terms(PACK, [ONE]).text
    assert "Any severe event" in text
    assert "at the source" in text
