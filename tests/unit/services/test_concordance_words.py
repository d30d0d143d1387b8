"""Sentences made of a row's numbers: what is more, what is less, who and why."""

from dataclasses import replace

import pytest

from components.widgets.concordance import rows_table
from dashboard.answers.concordance import (
    AGREE,
    DIFFER,
    MODEL,
    NOT_COMPARABLE,
    TRIAL,
    Concordance,
    FeaturePart,
    Row,
    Split,
    Voice,
    size_told,
)
from dashboard.insight.standing_out import Apart
from dashboard.services import concordance
from dashboard.services import concordance_words as words

MODEL_OS = Voice(MODEL, "model", 34.1, 28.0, 41.0, 90.0)
TRIALS = (
    Voice(TRIAL, "KEYNOTE-024: pembrolizumab", 26.3, 18.3, 40.4, z=1.0),
    Voice(TRIAL, "KEYNOTE-042: pembrolizumab", 20.0, 15.4, 24.9, z=2.5),
)


def test_a_difference_says_how_far_from_whom():
    """The months between the model and each trial, and the trials' names and figures."""
    told = words.sentence("median OS", "months", MODEL_OS, voices=TRIALS, verdict=DIFFER)
    assert told == (
        "The model expects a median OS of 34.1 months (90% interval 28.0 to 41.0), 8 to 14 months "
        "more than the 2 trials whose population the patient fits or nearly fits (KEYNOTE-024 "
        "26.3, KEYNOTE-042 20.0)."
    )


def test_an_agreement_with_a_wide_interval_says_that_it_says_little():
    """Agreeing over a wide interval is no confirmation."""
    wide = Voice(MODEL, "model", 20.0, 4.0, None, 90.0)
    told = words.sentence("median OS", "months", wide, voices=TRIALS, verdict=AGREE)
    assert "this does not contradict the 2 trials" in told
    assert "only a gross difference would" in told
    assert "agrees" not in told
    told = words.sentence("median OS", "months", MODEL_OS, voices=TRIALS[:1], verdict=AGREE)
    assert "agrees with the one trial" in told
    assert "gross" not in told
    assert Voice(MODEL, "m", 50.0, 10.0, 90.0).is_wide("%")


def test_agreeing_together_does_not_hide_whom_it_differs_from():
    """The single trial, score or group, with its figure and how far off the model is."""
    alone = replace(TRIALS[1], verdict=DIFFER)
    told = words.sentence("median OS", "months", MODEL_OS, voices=(TRIALS[0], alone), verdict=AGREE)
    assert "this agrees with the 2 trials" in told
    assert told.endswith(
        "By itself it differs from KEYNOTE-042: pembrolizumab (20.0 months, the model 14 months "
        "more)."
    )


def row_of(*, split=None, voices=TRIALS, verdict=AGREE):
    """A row about overall survival."""
    return Row(
        "r", "Regimen", "os", "median OS", "months", MODEL_OS, voices, verdict, 2.0, split, ""
    )


def test_a_difference_stands_on_one_line():
    """Single voices by name; else the trial asked about its own patients; else the trials."""
    alone = replace(TRIALS[1], verdict=DIFFER)
    told = words.differing_line(row_of(voices=(TRIALS[0], alone)))
    assert told == (
        "Regimen, median OS: the model 34.1 months; KEYNOTE-042: pembrolizumab 20.0 months"
    )
    split = Split("KEYNOTE-024: pembrolizumab", 26.3, 38.0, 34.1, 2.6)
    assert words.differing_line(row_of(split=split)).endswith(
        "asked about the patients of KEYNOTE-024: pembrolizumab it says 38.0 months, published "
        "26.3 months"
    )
    assert "KEYNOTE-024: pembrolizumab 26.3 months; KEYNOTE-042" in words.differing_line(
        row_of(verdict=DIFFER)
    )


def test_the_headline_counts_what_differs_and_what_cannot_be_compared():
    """Rows that nobody can be held against are no agreement."""
    silent = row_of(voices=(), verdict=NOT_COMPARABLE)
    alone = row_of(voices=(replace(TRIALS[1], verdict=DIFFER),))
    assert words.headline([alone, row_of(), silent]) == (
        "The model differs from what is published or observed in 1 of 2 comparisons; 1 cannot be "
        "compared."
    )
    assert words.headline([row_of()]) == (
        "The model differs from what is published or observed in none of 1 comparison."
    )
    wide = replace(row_of(), model=Voice(MODEL, "model", 20.0, 4.0, None, 90.0))
    assert "in 1 its interval is so wide that only a gross difference" in words.headline([wide])


def test_what_cannot_be_compared_gives_the_reason():
    """The first reason of those who speak, or that nobody does."""
    silent = Voice(TRIAL, "T: x", None, None, None, reason="the median of T was not reached")
    told = words.sentence("median OS", "months", MODEL_OS, voices=(silent,), verdict=NOT_COMPARABLE)
    assert told.endswith("it cannot be compared: the median of T was not reached.")
    nobody = words.sentence("12-month PFS", "%", MODEL_OS, voices=(), verdict=NOT_COMPARABLE)
    assert "no trial took patients like this one" in nobody


FEATURES = (
    FeaturePart("ecog_ps", "ECOG", "0", 3.1),
    FeaturePart("stk11", "STK11", "unknown", 3.0),
    FeaturePart("liver", "Liver metastases", "no", 2.0),
    FeaturePart("age", "Age", "81 years", -1.0),
)


def test_a_split_names_both_parts_and_the_features_that_push_that_way():
    """What is the patient, what is the model; facts that push the other way are not named."""
    split = Split("KEYNOTE-024: pembrolizumab", 26.3, 27.5, 34.1, 0.4, FEATURES)
    told = words.split_sentence(split, "months")
    assert told.startswith(
        "Asked about the trial's own patients (KEYNOTE-024, pembrolizumab), the model expects 27.5 "
        "months; 26.3 months was published. Of the +7.8 months between this patient's forecast and "
        "the trial, +6.6 months is because the patient differs from the trial's patients, and "
        "+1.2 months because the model differs from the trial."
    )
    assert "What raises the forecast most, by the model: ECOG 0, +3.1 months; " in told
    assert "Liver metastases no, +2.0 months." in told
    assert "Age" not in told


def test_unknown_facts_that_weigh_as_much_are_told_as_unknown():
    """The patient's part may rest on what is not known: that is said, not left out."""
    split = Split("T: x", 26.3, 27.5, 34.1, 0.4, FEATURES)
    told = words.split_sentence(split, "months")
    assert told.endswith("+3.0 months is because this is not known of the patient: STK11.")
    light = tuple(f for f in FEATURES if f.feature != "stk11")
    told = words.split_sentence(Split("T: x", 26.3, 27.5, 34.1, 0.4, light), "months")
    assert "not known" not in told
    alone = (FeaturePart("alk", "ALK", "unknown", -6.0), FeaturePart("ret", "RET", "unknown", -1.0))
    told = words.features_named(alone, "months", -8.0)
    assert told == "−7.0 months is because these are not known of the patient: ALK, RET."


def test_a_patient_who_is_worse_off_is_said_to_be():
    """The direction follows the part; explanations in brackets are left out."""
    split = Split("T: x", 26.3, 27.5, 20.0, 0.4, FEATURES)
    assert "What lowers the forecast most, by the model: Age 81 years, −1.0 months." in (
        words.split_sentence(split, "months")
    )
    small = Split("T: x", 26.3, 27.5, 27.6, 0.4, FEATURES)
    assert "What" not in words.split_sentence(small, "months")
    ecog = (FeaturePart("ecog", "ECOG", "2 (self-caring, up more than half the day)", -4.0),)
    assert "ECOG 2, −4.0 months" in words.features_named(ecog, "months", -4.0)


def test_one_point_and_one_month_are_no_plural():
    """A single one is told as one."""
    assert words.signed(1.2, "%") == "+1 point"
    assert words.signed(-2.0, "%") == "−2 points"
    assert words.signed(12.0, "months") == "+12 months"


@pytest.mark.parametrize(
    ("gaps", "unit", "told"),
    [([8.2], "months", "8 months more"), ([-3.0, -7.2], "months", "3 to 7 months less"),
     ([5.0], "%", "5 points more"), ([-2.0, 3.0], "months", "−2.0 months to +3.0 months apart")],
)  # fmt: skip
def test_gaps_are_told_as_a_range(gaps, unit, told):
    """From the nearest trial to the farthest."""
    assert words.range_of(gaps, unit) == told


def test_measures_have_their_article():
    """An objective response, a median, an 18-month share."""
    assert words.a_measure("objective response").startswith("an ")
    assert words.a_measure("median OS").startswith("a ")
    assert words.amount(None, "months") == "not reached"
    assert words.signed(None, "months") == ""


def test_an_arm_that_stands_out_says_what_the_others_lead_one_to_expect():
    """Its figures against its own ratio and all others, or the arm as a whole; else nothing."""
    voice = Voice(TRIAL, "T: x", 10.0, 8.0, 12.0, note="fits")
    told = words.standing_out(voice, Apart(2.6, 0.8, 1.29, 0.1, 2.2, 1.26)).note
    assert told == (
        "fits; stands out: its own hazard ratio and all other arms lead one to expect figures "
        "about 29% higher"
    )
    told = words.standing_out(voice, Apart(-0.7, -2.9, 0.56, 0.2, 2.2, 1.26)).note
    assert told.endswith("stands out: all other arms lead one to expect figures about 44% lower")
    silent = words.standing_out(voice, Apart(1.9, -2.0, 0.8, 0.1, 2.2, 1.26))
    assert silent == replace(voice, noticed=pytest.approx(26.0))


def test_agreeing_says_below_which_size_a_difference_may_be_missed():
    """Points of a share, percent of a time, a factor where that is large; in the sentence too."""
    assert size_told(13.6, "%") == "14 points"
    assert size_told(34.4, "months") == "34%"
    assert size_told(130.0, "months") == "a factor of 2.3"
    told = words.sentence(
        "median OS", "months", MODEL_OS, voices=TRIALS[:1], verdict=AGREE, noticed=34.4
    )
    assert told.endswith("(KEYNOTE-024 26.3); a difference below 34% may be missed.")
    wide = Voice(MODEL, "model", 20.0, 4.0, None, 90.0)
    told = words.sentence("median OS", "months", wide, voices=TRIALS, verdict=AGREE, noticed=130.0)
    assert "only a gross difference (a factor of 2.3 or more) would be likely to." in told


def test_no_place_tells_that_a_smaller_difference_is_never_seen():
    """On the board and in the list alike one below the size may be missed; more is not known."""
    row = replace(row_of(), noticed=34.4)
    (mark,) = concordance.unseen(Concordance("p", "b", (row,), ())).values()
    assert mark == "no disagreement seen (median OS: one below 34% may be missed)"
    listed = str(rows_table([row]))
    assert "a difference below 34% may be missed" in listed
    assert "not seen below" not in listed
