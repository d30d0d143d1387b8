"""Which error in an arm's figures would be noticed, and which is lost in chance.

Two questions are asked of an arm, and their answers hang together: the limit for the further of the
two is the one that chance passes in one arm of twenty, neither more nor less. An error is noticed
where four of five such errors would pass that limit. Nothing here knows an arm; it is handed the
standard error and the correlation of the two answers, and deliberately takes both as known.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

Floats = npt.NDArray[np.float64]

CHANCE = 0.05  # of arms that pass the limit where nothing is wrong
POWER = 0.8  # of errors of the smallest size that are noticed
ONE_QUESTION = float(ndtri(1 - CHANCE / 2))
BESIDE = ONE_QUESTION + float(ndtri(POWER))  # standard errors that one question notices so often
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_ALIKE = 0.9999  # a correlation beyond which two questions are one
_FAR = 8.0  # standard errors that nobody passes by chance


def missed(shift: float, together: float, limit: float) -> float:
    """The share in which neither question passes the limit.

    Args:
        shift: what the error adds to the first question, in standard errors; to the second it adds
            as much of it as the two hang together.
        together: the correlation of the two.
        limit: in standard errors.
    """
    rest = math.sqrt(1 - min(together**2, _ALIKE))
    first: Floats = limit * _NODES
    chance: Floats = np.exp(-((first - shift) ** 2) / 2) / math.sqrt(2 * math.pi)
    second = ndtr((limit - together * first) / rest) - ndtr((-limit - together * first) / rest)
    return float(limit * (_WEIGHTS * chance) @ second)


def limit_of(together: float) -> float:
    """The limit that the further of two questions passes by chance in one arm of twenty."""
    return _limit(round(abs(together), 3))


def smallest(error: float, together: float) -> float:
    """The smallest error that four of five times is noticed, in the unit of its standard error.

    Args:
        error: the standard error of the first question's answer.
        together: the correlation of the two questions.
    """
    return error * _shift(round(abs(together), 3))


def found_alone(size: float, error: float) -> float:
    """The share in which one question alone notices an error of this size."""
    shift = size / error
    return float(ndtr(shift - ONE_QUESTION) + ndtr(-shift - ONE_QUESTION))


@lru_cache(maxsize=1024)
def _limit(together: float) -> float:
    def beyond(limit: float) -> float:
        return missed(0.0, together, limit) - (1 - CHANCE)

    return float(brentq(beyond, 1.0, 3.0))


@lru_cache(maxsize=1024)
def _shift(together: float) -> float:
    limit = _limit(together)

    def beyond(shift: float) -> float:
        return missed(shift, together, limit) - (1 - POWER)

    return float(brentq(beyond, 0.0, _FAR))
