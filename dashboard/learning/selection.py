"""Chooses the complexity of a blend by its log score out of fold, honestly.

Answers "which prior and how many trees, and how well would that have done on patients not used for
the choice?" The choice for the rows of a fold is made on the other folds' rows, so the scores that
are reported were not chosen on themselves; the choice for the final fit uses all rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Complexity:
    """One candidate: the prior's spread, the share of it that products get, and the trees."""

    spread: float
    product: float
    trees: int


SPREADS = (0.1, 0.2, 0.4)
PRODUCTS = (0.1, 0.3, 1.0, 2.5)
MIDDLE = 1  # the position in both lists that the coordinates are searched from
STAGES = (80, 160, 240)


def priors(*, products: bool, few: bool = False) -> tuple[tuple[float, float], ...]:
    """The candidate priors: along each coordinate through the middle of the other.

    `few` are the middle and the one that shrinks more, by the spread alone.
    """
    spreads = SPREADS[: MIDDLE + 1] if few else SPREADS
    along_spread = [(spread, PRODUCTS[MIDDLE]) for spread in spreads]
    if not products or few:
        return tuple(along_spread)
    others = [p for i, p in enumerate(PRODUCTS) if i != MIDDLE]
    return (*along_spread, *((SPREADS[MIDDLE], product) for product in others))


def usual(candidates: tuple[Complexity, ...], trees: int) -> int:
    """The position of the middle prior with this many trees."""
    middle = (SPREADS[MIDDLE], PRODUCTS[MIDDLE], trees)
    return [(c.spread, c.product, c.trees) for c in candidates].index(middle)


@dataclass(frozen=True, slots=True)
class Selection:
    """The candidate for the final fit, and per fold the one chosen without it."""

    best: int
    by_fold: tuple[int, ...]
    mean_losses: Floats

    def out_of_fold(self, candidates: npt.NDArray[np.float64], fold: Integers) -> Floats:
        """Each row's value from the candidate chosen on the other folds."""
        chosen = np.array(self.by_fold)[fold]
        values: Floats = candidates[chosen, np.arange(len(fold))]
        return values


def select(losses: Floats, fold: Integers, weight: Floats, usual: int) -> Selection:
    """Choose among candidates.

    Args:
        losses: candidates x rows, each row's loss out of fold.
        fold: each row's fold.
        weight: each row's weight.
        usual: the candidate to stay with unless another is clearly better; a choice among equals
            by chance alone costs more than it gains.
    """
    every = np.ones(len(fold), dtype=bool)
    by_fold = tuple(_chosen(losses, fold != f, weight, usual) for f in range(int(fold.max()) + 1))
    means = losses @ weight / weight.sum()
    return Selection(_chosen(losses, every, weight, usual), by_fold, means)


def _chosen(losses: Floats, rows: npt.NDArray[np.bool_], weight: Floats, usual: int) -> int:
    """The best candidate, if it beats the usual one by more than a standard error; else that."""
    weighted = losses[:, rows] * weight[rows]
    best = int(np.argmin(weighted.sum(axis=1)))
    gain = weighted[usual] - weighted[best]
    sure = gain.sum() > float(np.std(gain)) * np.sqrt(max(1, len(gain)))
    return best if sure else usual
