"""How precisely a number is told: one rule for figures, words and sentences.

Digits follow the interval, halves go up, and a share in words is that of the figure beside it:
where `65%` is shown, the words are `about 7 in 10`. Nothing here knows what a number is of.
"""

from __future__ import annotations

import math

_STEPS = (0.01, 0.1, 1.0, 5.0, 10.0, 50.0, 100.0)
_FINEST = 0.1  # of a hundred people; finer digits are read by nobody
_COARSEST = 5.0  # no share is told in steps coarser than five in a hundred
_LOWEST_IN_TEN = 7.5  # of 100: below, tenths would hide too much


def step_for(width: float) -> float:
    """The last digit worth showing when the interval is this wide: about an eighth of it."""
    fitting = [step for step in _STEPS if step <= width / 8]
    return fitting[-1] if fitting else _STEPS[0]


def step_of_share(low: float, high: float) -> float:
    """The last digit worth showing of a share in percent with this interval."""
    return min(max(step_for(100 * (high - low)), _FINEST), _COARSEST)


def nearest(value: float, step: float = 1.0) -> float:
    """The nearest multiple of a step; a half goes up."""
    return math.floor(value / step + 0.5) * step


def about(p: float, low: float | None = None, high: float | None = None) -> str:
    """A probability in words that a room understands: `about 7 in 10`.

    Args:
        p: the probability.
        low: where its interval begins; with `high` the words follow the figure as it is shown.
        high: where its interval ends.

    Raises:
        ValueError: no probability.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is no probability.")
    step = 1.0 if low is None or high is None else step_of_share(low, high)
    hundred = nearest(100 * p, step)
    whole = int(nearest(hundred))
    if whole < 1:
        return "fewer than 1 in 100"
    if whole > 99:  # noqa: PLR2004 - the mirror of "fewer than 1 in 100"
        return "more than 99 in 100"
    if _LOWEST_IN_TEN <= hundred <= 100 - _LOWEST_IN_TEN:
        return f"about {int(nearest(hundred / 10))} in 10"
    return f"about {whole} in 100"
