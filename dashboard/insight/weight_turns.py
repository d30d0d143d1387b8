"""How far a weight would have to move until another regimen leads: the tipping points of weights.

Worked out on the estimates themselves, without drawing: the worth of a regimen goes up or down in a
straight line as one weight takes more of the whole while the others keep their proportion, so where
two lines cross is exact. What the intervals leave open is told by the chances of coming first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from dashboard.answers.ranking import Option, Turn, Weights

Floats = npt.NDArray[np.float64]

NAMES = ("benefit", "harm", "burden")
_HARDLY = 1e-9


def turns(options: Sequence[Option], weights: Weights, *, most_visits: float) -> tuple[Turn, ...]:
    """The nearest change of the leading regimen on either side of each weight's share.

    Args:
        options: the regimens that are ranked.
        weights: as they are set.
        most_visits: what counts as the whole burden.
    """
    given = np.array([weights.benefit, weights.harm, weights.burden])
    if len(options) <= 1 or not given.any():
        return ()
    goods = np.array([_goods(option, most_visits) for option in options])
    found: list[Turn] = []
    for place, name in enumerate(NAMES):
        others = np.delete(given, place)
        used = np.append(others > 0, True)  # the last: the weight that moves
        asked = np.column_stack([np.delete(goods, place, axis=1), goods[:, place]])[:, used]
        if others.any() and not np.isnan(asked).any():
            rest: Floats = asked[:, :-1] @ others[others > 0] / others.sum()
            now = float(given[place] / given.sum())
            for share, leader, other in _crossings(asked[:, -1], rest, now):
                before, after = options[leader].regimen, options[other].regimen
                found.append(Turn(name, now, share, before, after))
    return tuple(found)


def _goods(option: Option, most_visits: float) -> list[float]:
    """Each good from 0 to 1; not a number where it is not known."""
    burden = np.nan if option.burden is None else min(option.burden / most_visits, 1.0)
    return [
        np.nan if option.benefit is None else option.benefit.p,
        np.nan if option.harm is None else 1.0 - option.harm.p,
        1.0 - burden,
    ]


def _crossings(good: Floats, rest: Floats, now: float) -> Iterator[tuple[float, int, int]]:
    """Where another overtakes the one that leads now: below, then above."""
    slope = good - rest
    leader = int(np.argmax(rest + now * slope))
    apart = slope - slope[leader]
    with np.errstate(divide="ignore", invalid="ignore"):
        places = (rest[leader] - rest) / apart
    for side in (-1, 1):
        reached = [
            (side * float(place), other)
            for other, place in enumerate(places)
            if abs(apart[other]) > _HARDLY and side * apart[other] > 0
            and 0.0 <= place <= 1.0 and side * (place - now) > _HARDLY
        ]  # fmt: skip
        if reached:
            distance, other = min(reached)
            yield side * distance, leader, other
