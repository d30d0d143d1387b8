"""Expected beside observed, a tenth of the rows at a time: the points of a calibration curve.

Rows are put in the order of what was predicted for them and cut into groups of equal size, ten
where there are enough. Of each group the mean prediction and what happened are told, with a 95 %
interval of the latter: Wilson's for answers that are known of everybody, Greenwood's where rows are
censored. Whether a gap matters is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dashboard.answers.model_card import Tenth
from dashboard.learning.matrix import LEAST_GROUP
from dashboard.learning.survival_scores import kaplan_meier

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_GROUPS, _LEAST_ROWS = 10, 5 * LEAST_GROUP
_NINETY_FIVE = 1.959964


def of_chances(p: Floats, answers: Floats) -> tuple[Tenth, ...]:
    """The groups of predicted chances; none where there are too few rows for two groups."""
    return tuple(
        Tenth(len(rows), float(p[rows].mean()), *_wilson(float(answers[rows].mean()), len(rows)))
        for rows in _groups(p)
    )


def of_curves(months: Floats, event: Flags, expected: Floats, at: float) -> tuple[Tenth, ...]:
    """The groups of predicted shares without the event at a month.

    A group of which hardly anybody was followed so far is left out.
    """
    found = []
    for rows in _groups(expected):
        if int((months[rows] >= at).sum()) >= LEAST_GROUP:
            told = _greenwood(months[rows], event[rows], at)
            found.append(Tenth(len(rows), float(expected[rows].mean()), *told))
    return tuple(found)


def _groups(predicted: Floats) -> Sequence[Integers]:
    count = min(_GROUPS, len(predicted) // _LEAST_ROWS)
    if count <= 1:
        return []
    return np.array_split(np.argsort(predicted, kind="stable"), count)


def _wilson(share: float, rows: int) -> tuple[float, float, float]:
    square = _NINETY_FIVE**2 / rows
    middle = (share + square / 2) / (1 + square)
    half = _NINETY_FIVE * np.sqrt(share * (1 - share) / rows + square / (4 * rows)) / (1 + square)
    return share, float(max(middle - half, 0.0)), float(min(middle + half, 1.0))


def _greenwood(months: Floats, event: Flags, at: float) -> tuple[float, float, float]:
    share = float(kaplan_meier(months, event).at(np.array([at]))[0])
    times = np.unique(months[event & (months <= at)])
    died = np.array([(event & (months == time)).sum() for time in times], dtype=np.float64)
    left = np.array([(months >= time).sum() for time in times], dtype=np.float64)
    some = left > died
    half = _NINETY_FIVE * share * np.sqrt((died[some] / (left[some] * (left - died)[some])).sum())
    return share, float(max(share - half, 0.0)), float(min(share + half, 1.0))
