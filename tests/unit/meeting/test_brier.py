"""Brier scores of board and model: computed on the same cases, with intervals, or not at all."""

import numpy as np
import pytest

from dashboard.foundation.seeds import generator
from dashboard.meeting.brier import FEWEST_CASES, Judged, compare


def judged(n, board, model, share=0.5):
    """So many cases in which this share responded."""
    return [Judged(f"k{i}", board, model, i < share * n) for i in range(n)]


def test_brier_says_nothing_of_few_cases():
    """Below the least number there is a count alone."""
    found = compare(judged(FEWEST_CASES - 1, 0.5, 0.5), generator(1))
    assert found.too_few
    assert (found.n, found.board, found.model, found.difference) == (9, None, None, None)
    assert not compare(judged(FEWEST_CASES, 0.5, 0.5), generator(1)).too_few


def test_brier_of_a_coin_is_a_quarter():
    """Saying 50% every time scores 0.25, with certainty 0 or 1."""
    found = compare(judged(20, 0.5, 1.0), generator(1))
    assert found.board.value == pytest.approx(0.25)
    assert (found.board.low, found.board.high) == (0.25, 0.25)
    assert found.model.value == pytest.approx(0.5)


def test_brier_is_the_mean_squared_distance():
    """By hand, on mixed cases."""
    cases = [Judged(str(i), 0.8, 0.3, i % 4 == 0) for i in range(12)]
    found = compare(cases, generator(1))
    assert found.board.value == pytest.approx((3 * 0.04 + 9 * 0.64) / 12)
    assert found.model.value == pytest.approx((3 * 0.49 + 9 * 0.09) / 12)
    assert found.difference.value == pytest.approx(found.board.value - found.model.value)


def test_brier_intervals_hold_what_they_promise():
    """The 95% interval of the bootstrap covers the true score in most of 200 boards of 40 cases."""
    truth = 0.3 * 0.7  # everybody has 30%, and says so
    covered = 0
    for board in range(200):
        drawn = np.random.default_rng(board)
        cases = [Judged(str(i), 0.3, 0.3, bool(drawn.random() < 0.3)) for i in range(40)]
        score = compare(cases, generator(board)).board
        covered += score.low <= truth <= score.high
    assert covered >= 176  # 95% of 200 less three standard errors, and what n = 40 costs


def test_brier_of_the_same_seed_is_the_same():
    """The interval does not change from one look to the next."""
    cases = [Judged(str(i), i / 12, 0.5, i % 3 == 0) for i in range(12)]
    assert compare(cases, generator(7, "b")) == compare(cases, generator(7, "b"))
