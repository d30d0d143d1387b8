"""One fact over the cohort, and facts together: drawn, told in words, laid out as tables."""

import re

import plotly.graph_objects as go
import pytest

from components.charts.effects import effect_figure, effect_words
from components.charts.vector import drawing_of
from components.widgets import effects
from dashboard.answers.explanation import MONTHS, PROBABILITY, EffectCurve, Interaction, Surface
from dashboard.knowledge.library import load_library

PACK = load_library().pack("nsclc")
REGIMEN = "pembrolizumab-mono"


def of_age(patient=64.0, value=0.018, scale=PROBABILITY):
    """The curve of a number."""
    return EffectCurve(
        "os", REGIMEN, 12.0, scale, "age_years", "accumulated", (44.5, 60.2, 75.0),
        (0.06, 0.02, -0.05), (-0.07, -0.01, -0.1), (0.19, 0.07, 0.0), (30, 31), patient,
        None if patient is None else value, 0.5,
    )  # fmt: skip


def of_stage(patient="squamous"):
    """The rows of a category."""
    return EffectCurve(
        "os", REGIMEN, 12.0, PROBABILITY, "histology", "partial", ("adenocarcinoma", "squamous"),
        (0.002, -0.007), (0.001, -0.09), (0.003, 0.08), (224, 64), patient, -0.007, 0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    "curve", [of_age(), of_age(None), of_stage(), of_stage(None), of_age(scale=MONTHS)]
)
def test_effect_figure_can_be_drawn_and_handed_out(curve):
    """Plotly accepts it, it becomes a drawing with the same words, and the words tell the ends."""
    named = effects.named_curve(curve, PACK)
    figure = effect_figure(named)
    go.Figure(figure.to_dict())
    assert drawing_of(figure).alt == figure.alt
    assert named.places[0] in figure.alt


def test_effect_figure_marks_the_patient():
    """A diamond where the patient stands, named; none where the fact is unknown, and words then."""
    known = effects.named_curve(of_age(), PACK)
    marks = [t for t in effect_figure(known).to_dict()["data"] if t["name"] == "this patient"]
    assert (marks[0]["x"], marks[0]["y"]) == ([64.0], [1.8])
    assert "this patient (64 years) +1.8 points" in effect_words(known)
    unknown = effects.named_curve(of_age(None), PACK)
    names = [trace["name"] for trace in effect_figure(unknown).to_dict()["data"]]
    assert "this patient" not in names
    assert "not known of this patient" in effects.unknown_words(unknown)
    assert effects.unknown_words(known) == ""


def test_effect_figure_of_a_category_is_a_row_each():
    """The patient's level is bold and a diamond, and each row has its number of patients."""
    spec = effect_figure(effects.named_curve(of_stage(), PACK)).to_dict()
    marks, names, sizes, counts = spec["data"]
    assert marks["marker"]["symbol"] == ["square", "diamond"]
    assert [name.startswith("<b>") for name in names["text"]] == [False, True]
    assert counts["text"] == ["224", "64"]
    assert sizes["text"][1].startswith("\N{MINUS SIGN}1 (")


def test_effect_figure_of_one_place_is_refused():
    """A fact that never varies has nothing to tell."""
    one = EffectCurve(
        "os", REGIMEN, 12.0, PROBABILITY, "sex", "partial", ("male",), (0.0,), (0.0,), (0.0,), (9,)
    )
    with pytest.raises(ValueError, match="never varies"):
        effect_figure(effects.named_curve(one, PACK))


def test_effect_table_has_the_figures_of_the_curve():
    """Every place with its effect, and no number of patients where none was given."""
    text = str(effects.effect_table(effects.named_curve(of_age(), PACK)))
    assert "44.5 years" in text
    assert "+6 (" in text
    assert text.count("<tr>") == 4


def test_pairs_words_do_not_make_much_of_little():
    """Less than half a point together is said to be nothing; more is told with both facts."""
    little = Interaction("regimen", "nlr", REGIMEN, 4.2, 0.001)
    much = Interaction("sex", "nlr", "male", 4.2, -0.021)
    assert "no two facts" in effects.pairs_words([little], PROBABILITY, PACK)
    said = effects.pairs_words([much, little], PROBABILITY, PACK)
    assert "Sex: male and Neutrophil-to-lymphocyte ratio: 4.2" in said
    assert "\N{MINUS SIGN}2.1 points" in said
    rows = str(effects.pairs_table([much, little], PROBABILITY, PACK))
    assert "the regimen (Pembrolizumab monotherapy)" in rows


def test_first_pair_passes_the_regimen_over():
    """Only facts can be laid out: the regimen is chosen elsewhere."""
    pairs = [Interaction("regimen", "nlr", REGIMEN, 4.2, 0.1)]
    assert effects.first_pair(pairs, ["sex", "nlr", "age_years"]) == ("nlr", "sex")
    assert effects.first_pair([], ["sex", "nlr"]) == ("sex", "nlr")


@pytest.mark.parametrize(("patient", "framed"), [((61.0, "male"), 1), ((None, "male"), 0)])
def test_surface_table_frames_the_patient(patient, framed):
    """The cell nearest to the patient is framed, none where a fact is unknown; long sides thin."""
    ages = tuple(float(age) for age in range(40, 80, 2))
    values = tuple((age / 100, age / 90) for age in ages)
    found = Surface("os", REGIMEN, 12.0, PROBABILITY, ("age_years", "sex"),
                    (ages, ("female", "male")), values, patient)  # fmt: skip
    text = str(effects.surface_table(found, PACK))
    assert text.count("cc-framed") == framed
    assert text.count("<tr>") == 8
    assert re.search(r"--cc-share:0%.*40%", text)
    assert "79 years" not in text
    assert "78 years" in text
