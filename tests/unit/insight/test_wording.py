"""Explanations in words: numbers as precise as they are known, only sure reasons, no advice."""

from __future__ import annotations

import pytest

from dashboard.answers.explanation import REGIMEN, TIME, Attribution, Contrast, Contribution
from dashboard.insight.wording import sentence, spoken
from dashboard.knowledge.library import load_library

PACK = load_library().pack("nsclc")
A, B = "pembrolizumab-mono", "docetaxel"


def part(feature, value, effect, half=0.01) -> Contribution:
    """A contribution with a symmetric interval."""
    return Contribution(feature, value, effect, effect - half, effect + half)


PARTS = (
    part("pd_l1_tps", 80.0, 0.2),
    part("liver_metastases", True, -0.08),
    part("ecog_ps", "1", -0.05),
    part("albumin_g_dl", None, 0.02),
    part("sex", "female", 0.01, half=0.05),
    part("age_years", 60.0, 0.001),
)


def an_attribution(low=0.3, high=0.7, **more) -> Attribution:
    """Half of the patients, up from four in ten."""
    asked = {"target": "response", "horizon_months": None, "scale": "probability", **more}
    total = sum(each.effect for each in PARTS)
    return Attribution(
        asked["target"], A, asked["horizon_months"], asked["scale"], 0.5 - total, 0.5, PARTS,
        low, high,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.68, 0.5, 0.8, "about 7 in 10"),
        (0.68, 0.62, 0.74, "about 70 in 100"),
        (0.68, 0.66, 0.70, "about 68 in 100"),
        (0.03, 0.0, 0.3, "fewer than 1 in 10"),
        (0.97, 0.6, 1.0, "nearly 10 in 10"),
        (0.01, 0.0, 0.08, "about 1 in 100"),
        (0.004, 0.0, 0.01, "fewer than 1 in 100"),
        (0.5, None, None, "about 5 in 10"),
    ],
)
def test_numbers_are_as_precise_as_they_are_known(value, low, high, said):
    """Tenths, fives of a hundred, hundredths: by the width of the interval."""
    assert spoken(value, low, high) == said


def test_three_lengths_say_more_and_more():
    """The figure; then reasons for and against; then what is left out and what it is not."""
    found = an_attribution()
    short, medium, long = (sentence(found, PACK, each) for each in ("short", "medium", "long"))
    assert short == (
        "About 5 in 10 patients like this one would be expected to respond under "
        "Pembrolizumab monotherapy (between 3 and 7 in 10)."
    )
    assert medium.startswith(short)
    assert "raises this most is PD-L1 on tumour cells (TPS) (80%) and serum albumin being" in medium
    assert "lowers it most is liver metastases (yes) and ECOG performance status" in medium
    assert "sex" not in medium
    assert "1 more fact adds something whose direction is not sure and 1 facts" not in long
    assert "1 more fact adds something whose direction is not sure and 1 fact is unknown." in long
    assert "not proof" in long


@pytest.mark.parametrize("length", ["short", "medium", "long"])
def test_no_sentence_says_what_to_do(length):
    """Informs, never prescribes."""
    made = [an_attribution(), a_contrast(0.2), a_contrast(-0.001)]
    for found in made:
        said = sentence(found, PACK, length).lower()
        assert not any(word in said for word in ("recommend", "should", "best", "must", "choose"))


@pytest.mark.parametrize(
    ("target", "horizon", "words"),
    [
        ("os", 12.0, "be alive at 12 months"),
        ("pfs", 6.0, "be alive without progression at 6 months"),
        ("progression", 6.0, "progress within 6 months"),
        ("toxicity:hepatic", None, "have severe toxicity (liver"),
    ],
)
def test_every_target_has_its_words(target, horizon, words):
    """What the people of the sentence would do."""
    assert words in sentence(an_attribution(target=target, horizon_months=horizon), PACK, "short")


def test_months_are_spoken_as_months():
    """A restricted mean is no count of people."""
    parts = (part("pd_l1_tps", 80.0, 2.0),)
    found = Attribution("os", A, 24.0, "months", 12.0, 14.0, parts, 11.0, 17.0)
    said = sentence(found, PACK, "short")
    assert "about 14.0 months alive of the first 24 are expected (between 11 and 17)" in said


def a_contrast(difference: float, low=-0.3, high=0.5) -> Contrast:
    """A against B."""
    parts = (
        part(REGIMEN, f"{A} rather than {B}", difference / 2, half=0.0001),
        part("pd_l1_tps", 80.0, difference / 2, half=0.0001),
        part(TIME, None, 0.0),
    )
    return Contrast(
        "response", A, B, None, "probability", 0.4 + difference, 0.4, parts, low=low, high=high
    )


def test_contrasts_count_people_and_doubt():
    """More or fewer in a hundred, rounded by the interval; said when it could be none."""
    said = sentence(a_contrast(0.18), PACK, "medium")
    assert "about 20 more in 100 patients" in said
    assert "could as well be none or the other way round" in said
    assert "raises the figure with the first: the regimen itself and PD-L1" in said
    sure = sentence(a_contrast(-0.18, low=-0.25, high=-0.11), PACK, "short")
    assert "about 18 fewer in 100" in sure
    assert "could as well" not in sure
    assert "about equally many patients" in sentence(a_contrast(0.002), PACK, "short")
