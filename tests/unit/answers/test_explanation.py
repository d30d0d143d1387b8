"""Explanations add up, or cannot be made."""

from __future__ import annotations

import pytest

from dashboard.answers.explanation import Attribution, Contrast, Contribution

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
