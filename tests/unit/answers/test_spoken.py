"""How precisely a number is told, and that words and figures agree."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.charts.readings import Reading
from dashboard.answers import spoken
from dashboard.answers.forecast import Chance

SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("width", "step"),
    [(0.0, 0.01), (0.9, 0.1), (7.9, 0.1), (8, 1.0), (30, 1.0), (40, 5.0), (90, 10.0), (1e5, 100.0)],
)
def test_step_for_follows_the_width_of_the_interval(width, step):
    """The last digit is worth about an eighth of the interval."""
    assert spoken.step_for(width) == step


@pytest.mark.parametrize(
    ("value", "step", "near"), [(0.5, 1.0, 1), (1.5, 1.0, 2), (2.5, 1.0, 3), (62.5, 5.0, 65)]
)
def test_nearest_sends_a_half_up(value, step, near):
    """A half goes up everywhere, never to the even neighbour."""
    assert spoken.nearest(value, step) == near


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "fewer than 1 in 100"),
        (0.004, "fewer than 1 in 100"),
        (0.03, "about 3 in 100"),
        (0.074, "about 7 in 100"),
        (0.08, "about 1 in 10"),
        (0.65, "about 7 in 10"),
        (0.75, "about 8 in 10"),
        (0.69, "about 7 in 10"),
        (0.92, "about 9 in 10"),
        (0.97, "about 97 in 100"),
        (0.999, "more than 99 in 100"),
    ],
)
def test_about_speaks_in_natural_frequencies(p, words):
    """Probabilities become words a room understands, finer near the ends."""
    assert spoken.about(p) == words


@pytest.mark.parametrize(
    ("p", "low", "high", "words"),
    [(0.632, 0.3, 0.8, "about 7 in 10"), (0.647, 0.645, 0.649, "about 6 in 10"),
     (0.653, 0.3, 0.8, "about 7 in 10")],
)  # fmt: skip
def test_about_follows_the_figure_beside_it(p, low, high, words):
    """63.2 shown as 65 is about 7 in 10; 64.7 shown with decimals is about 6."""
    assert spoken.about(p, low, high) == words


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan")])
def test_about_refuses_what_is_no_probability(p):
    """A number outside 0 to 1 is a bug, not a frequency."""
    with pytest.raises(ValueError, match="is no probability"):
        spoken.about(p)


@given(SHARES, SHARES, SHARES)
def test_words_are_those_of_the_figure_shown(one, other, third):
    """Whatever the interval, the tenths are those of the percent that stand beside them."""
    low, p, high = sorted((one, other, third))
    shown = Reading(Chance(p, low, high))
    tenths = re.fullmatch(r"about (\d+) in 10", shown.words)
    if tenths:
        percent = float(shown.middle.rstrip("%"))
        assert abs(int(tenths[1]) - percent / 10) <= 0.5
