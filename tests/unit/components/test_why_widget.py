"""Bars of an explanation: whole sums, unsure ones counted, tiny ones together."""

import pytest

from components.charts.values import contrast_text
from components.widgets.calibration import left_out_row
from components.widgets.why import attributed, evidence_words
from dashboard.answers.explanation import PROBABILITY, Contrast, Contribution
from dashboard.knowledge.library import load_library

PACK = load_library().pack("nsclc")
FIRST, OTHER = "pembrolizumab-mono", "platinum-doublet-chemo"


def a_contrast(*parts):
    """The difference that these parts come to."""
    apart = sum(part.effect for part in parts)
    return Contrast("os", FIRST, OTHER, 12.0, PROBABILITY, 0.5 + apart, 0.5, parts)


def test_attributed_draws_sums_whole():
    """A large sure bar alone, a tiny one with the smaller, an unsure one counted; all add up."""
    found = a_contrast(
        Contribution("sex", "male", 0.04, 0.03, 0.05),
        Contribution("age_years", 60.0, 0.0002, 0.0001, 0.0003),
        Contribution("nlr", 4.2, 0.01, -0.01, 0.03),
    )
    shown = attributed(found, PACK, unsure=False)
    assert [bar.label for bar in shown.bars] == [
        "Sex: male",
        "1 fact of smaller effect, together",
        "1 fact of unsure direction, together",
    ]
    assert sum(bar.effect for bar in shown.bars) == pytest.approx(found.difference)
    every = attributed(found, PACK, unsure=True)
    assert sum(bar.effect for bar in every.bars) == pytest.approx(found.difference)
    assert [bar.sure for bar in every.bars] == [True, False, True]


def test_attributed_of_nothing_says_so():
    """Two regimens that are forecast alike in everything have one empty row."""
    found = a_contrast(Contribution("sex", "male", 0.0))
    assert [bar.label for bar in attributed(found, PACK, unsure=False).bars] == [
        "No fact adds anything"
    ]
    assert evidence_words(found).startswith("Published effects speak of none")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("ECOG performance status: one step more", "ECOG performance status: one step more"),
        ("Neutrophil-to-lymphocyte ratio: 5.68 against 2.71 ratio",
         "Neutrophil-to-lymphocyte ratio: 5.68 against 2.71"),
        ("Haemoglobin: 13.9 against 11.5 g/dL", "Haemoglobin: 13.9 against 11.5 g/dL"),
        ("nothing the pack has", "nothing the pack has"),
    ],
)  # fmt: skip
def test_contrast_text_keeps_what_is_no_id(words, told):
    """A bare ratio has no unit, and what is unknown stays as it is."""
    assert contrast_text(words, PACK.features) == told


def test_contrast_text_shows_labels_of_levels():
    """The levels of every category are told by their labels, never by their ids."""
    for feature in PACK.features:
        for level in feature.levels:
            said = contrast_text(f"{feature.label}: {level} against {level}", PACK.features)
            label = feature.level_label(level)
            assert said == f"{feature.label}: {label} against {label}"


def test_left_out_row_shows_no_rule():
    """What is not simulated is named by fact and level with its source; no rule is recited."""
    effect = PACK.effects[0]
    reason = (
        "Only 3 of 900 drawn patients fit: (a_b == c and d.e > 2). The rule contradicts the "
        "pack's population, or speaks of almost nobody."
    )
    name, told, source = left_out_row(effect.id, reason, PACK)
    assert PACK.feature(effect.feature).label in str(name)
    assert effect.id not in str(name)
    assert told == (
        "Only 3 of 900 drawn patients fit whom this row speaks of. The rule contradicts the "
        "pack's population, or speaks of almost nobody."
    )
    assert effect.source.text in str(source)
    assert left_out_row("unknown", "no regimen is meant", PACK)[:2] == [
        "unknown", "No regimen is meant",
    ]  # fmt: skip
