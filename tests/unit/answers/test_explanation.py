"""Explanations add up, or cannot be made."""

from __future__ import annotations

import pytest

from dashboard.answers.explanation import Attribution, Contrast, Contribution, Target
from dashboard.answers.what_if import Swing, TippingPoints

PARTS = (Contribution("age", 61.0, -0.1), Contribution("pdl1", None, 0.25))


def test_an_attribution_adds_up_and_ranks_by_size():
    """Baseline plus contributions is the output."""
    found = Attribution("response", "a", None, "probability", 0.3, 0.45, PARTS)
    assert abs(found.additivity_error) <= 1e-12
    assert [c.feature for c in found.ranked] == ["pdl1", "age"]


@pytest.mark.parametrize("output", [0.46, float("nan")])
def test_an_attribution_that_does_not_add_up_cannot_be_made(output):
    """A missing explanation is said, a wrong one impossible."""
    with pytest.raises(ValueError, match="miss the output"):
        Attribution("response", "a", None, "probability", 0.3, output, PARTS)


def test_a_contrast_shares_out_the_difference():
    """A minus B, and nothing else."""
    found = Contrast("os", "a", "b", 12.0, "probability", 0.6, 0.45, PARTS)
    assert found.difference == pytest.approx(0.15)
    with pytest.raises(ValueError, match="miss the difference"):
        Contrast("os", "a", "b", 12.0, "probability", 0.6, 0.46, PARTS)


def test_contributions_of_unsure_sign_are_counted_apart():
    """An interval that holds both signs makes a bar unstable; without an interval it is taken."""
    parts = (
        Contribution("a", 1.0, 0.2, 0.1, 0.3),
        Contribution("b", 1.0, -0.05, -0.2, 0.1),
        Contribution("c", 1.0, 0.0, -0.1, 0.1),
        Contribution("d", 1.0, -0.01),
    )
    found = Attribution("response", "x", None, "probability", 0.3, 0.44, parts)
    assert [each.feature for each in found.stable] == ["a", "d"]
    assert [each.feature for each in found.unstable] == ["b"]


@pytest.mark.parametrize(
    ("name", "timed"), [("os", True), ("progression", True), ("response", False)]
)
def test_targets_know_whether_they_are_read_off_a_curve(name, timed):
    """Chances have no horizon."""
    assert Target(name).timed is timed


def test_what_if_answers_know_what_is_known_and_certain():
    """An unknown fact has no value; a difference is certain when its interval has one sign."""
    swing = Swing("albumin", None, 3.0, 4.5, 0.3, 0.5)
    assert (swing.known, swing.width) == (False, pytest.approx(0.2))
    asked = ("response", "a", "b", None, "probability", 0.1)
    assert TippingPoints(*asked, 0.02, 0.2, (), ()).certain
    assert not TippingPoints(*asked, -0.02, 0.2, (), ()).certain
    assert not TippingPoints(*asked, None, None, (), ()).certain
