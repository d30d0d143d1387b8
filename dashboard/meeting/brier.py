"""How good the board's own estimates were, and the model's, once outcomes are known.

The Brier score is the mean squared distance between a chance that was given beforehand and what
happened (1 responded, 0 did not): 0 is perfect, 0.25 is what saying 50% every time gives. Board and
model are scored on the same cases only, with the interval of a bootstrap over cases; below a number
of cases nothing is said but how many there are. Cases were chosen by the board and not at random:
this is a mirror for the board, no comparison of people with a machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_CASES = 10
_DRAWS = 2000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Judged:
    """One decided case with a known outcome."""

    case: str
    board: float  # the chance of response under the regimen that was given
    model: float
    responded: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A mean with the interval of the bootstrap."""

    value: float
    low: float
    high: float
    level: float = _LEVEL


@dataclass(frozen=True, slots=True)
class Comparison:
    """The board's score, the model's, and board minus model; none of them with too few cases."""

    n: int
    board: Score | None = None
    model: Score | None = None
    difference: Score | None = None  # above 0: the model was nearer

    @property
    def too_few(self) -> bool:
        """Whether there are too few cases to say anything."""
        return self.board is None


def compare(cases: Sequence[Judged], generator: np.random.Generator) -> Comparison:
    """Score board and model on the cases that both spoke of."""
    if len(cases) < FEWEST_CASES:
        return Comparison(len(cases))
    happened = np.array([float(case.responded) for case in cases])
    board = (np.array([case.board for case in cases]) - happened) ** 2
    model = (np.array([case.model for case in cases]) - happened) ** 2
    drawn = generator.integers(0, len(cases), size=(_DRAWS, len(cases)))
    return Comparison(
        len(cases),
        _score(board, board[drawn].mean(axis=1)),
        _score(model, model[drawn].mean(axis=1)),
        _score(board - model, (board - model)[drawn].mean(axis=1)),
    )


def _score(errors: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
           means: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Score:  # fmt: skip
    low, high = np.quantile(means, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Score(float(errors.mean()), float(low), float(high))
