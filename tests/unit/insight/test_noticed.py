"""Limits of two questions, and the error that passes them: against chance drawn at random."""

import numpy as np
import pytest

from dashboard.foundation.seeds import generator
from dashboard.insight.agreement import Contrast
from dashboard.insight.noticed import (
    BESIDE,
    CHANCE,
    ONE_QUESTION,
    POWER,
    found_alone,
    limit_of,
    missed,
    smallest,
)

DRAWS = 200_000


def drawn(together, shift=0.0):
    """The further of two answers that hang together, in as many arms."""
    first, second = generator(1, "noticed").normal(size=(2, DRAWS))
    second = together * first + (1 - together**2) ** 0.5 * second
    return np.maximum(np.abs(first + shift), np.abs(second + together * shift))


@pytest.mark.parametrize("together", [0.0, -0.4, 0.7, 0.97])
def test_limit_is_passed_by_chance_in_one_arm_of_twenty(together):
    """Whatever the two answers have in common."""
    assert np.mean(drawn(together) > limit_of(together)) == pytest.approx(CHANCE, abs=0.002)


@pytest.mark.parametrize("together", [0.0, 0.7, 0.97])
def test_smallest_error_is_found_four_times_of_five(together):
    """In the unit of the standard error; half of it is mostly lost."""
    limit, size = limit_of(together), smallest(0.2, together)
    assert np.mean(drawn(together, size / 0.2) > limit) == pytest.approx(POWER, abs=0.004)
    assert np.mean(drawn(together, size / 0.4) > limit) < 0.4
    assert missed(size / 0.2, together, limit) == pytest.approx(1 - POWER, abs=1e-6)


def test_two_questions_that_are_one_have_its_limit():
    """Between the limit of one question and that of two that know nothing of each other."""
    assert limit_of(1.0) == pytest.approx(ONE_QUESTION, abs=0.01)
    assert limit_of(0.0) == pytest.approx(2.236, abs=0.001)
    assert limit_of(0.9) == limit_of(-0.9) < limit_of(0.5)


def test_one_question_finds_what_lies_beside_its_limit():
    """Four times of five at 2.8 standard errors; chance alone at nothing."""
    assert found_alone(BESIDE, 1.0) == pytest.approx(POWER, abs=1e-4)
    assert found_alone(0.0, 1.0) == pytest.approx(CHANCE)
    assert found_alone(0.3, 0.01) == pytest.approx(1.0)


def test_a_contrast_tells_the_smallest_difference_in_the_readers_unit():
    """Percent of a time; points of a share, the larger of the two ways."""
    held = Contrast(0.0, 0.1, 0.0)
    assert held.noticed(2.0, "months") == pytest.approx(100 * (np.exp(0.1 * BESIDE) - 1))
    far = 100 / (1 + np.exp(2.0 - 0.1 * BESIDE)) - 100 / (1 + np.exp(2.0))
    assert held.noticed(-2.0, "%") == pytest.approx(far)
    assert held.noticed(2.0, "%") == pytest.approx(far)
