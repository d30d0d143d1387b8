"""Bars of an explanation: whole sums, unsure ones counted, tiny ones together."""

import pytest

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
