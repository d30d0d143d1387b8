"""Whether two figures of one quantity differ by more than their uncertainty: a defined statistic.

Times are compared as logarithms, shares as log-odds. The difference between the model and the
trials is divided by its standard error: the model's own, each trial's own, and the spread that is
left between model and trials when the model is asked about the trials' own patients: a part that
trials of one regimen share, a part of the trial, a part of the arm. How large the regimens' part is
is measured; how it is shared out among regimens, the model's own uncertainty of each tells. Beyond
1.96 they differ; without an interval, or with a median that was not reached, they cannot be
compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from dashboard.answers.concordance import AGREE, DIFFER, LIMIT
from dashboard.insight.noticed import BESIDE

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
SHARE, MONTHS = "%", "months"
_EDGE = 0.002  # a share nearer to 0 or 1 than this is taken to be there
_LEAST_DEVIATION = 0.02  # nobody knows a log median or log-odds better than this
_GRID = tuple(deviation**2 for deviation in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7))
_FEWEST = 8  # arms, to tell the parts of the spread from each other
_LEAST_FREEDOM = 3


@dataclass(frozen=True, slots=True)
class Point:
    """A figure on the scale it is compared on, with its variance there."""

    value: float
    variance: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of the model from others, in standard errors."""

    difference: float  # on the scale of comparison
    error: float
    z: float

    @property
    def verdict(self) -> str:
        """Agree or differ."""
        return DIFFER if abs(self.z) > LIMIT else AGREE

    def noticed(self, middle: float, unit: str) -> float:
        """The smallest difference that four of five times is found: points of a share, or percent.

        Args:
            middle: what the others say, on the scale of comparison.
            unit: of the quantity.
        """
        far = BESIDE * self.error
        if unit != SHARE:
            return 100 * math.expm1(far)
        there = from_scale(middle, SHARE)
        return max(abs(from_scale(middle + way * far, SHARE) - there) for way in (-1, 1))


def to_scale(value: float, unit: str) -> float:
    """A time as its logarithm, a share in percent as its log-odds."""
    if unit == SHARE:
        share = min(max(value / 100, _EDGE), 1 - _EDGE)
        return math.log(share / (1 - share))
    return math.log(max(value, 1e-3))


def from_scale(value: float, unit: str) -> float:
    """Back from the scale of comparison."""
    return 100 / (1 + math.exp(-value)) if unit == SHARE else math.exp(value)


def point(
    value: float | None, low: float | None, high: float | None, *, unit: str, level: float = LEVEL
) -> Point | None:
    """A figure with its interval on the scale of comparison; None where it cannot be compared.

    Where one end of the interval is missing, the other tells the width. A share of nobody or of
    everybody has no log-odds: the middle of its interval stands for it, and the end inside tells
    the width.
    """
    ends = [end for end in (low, high) if end is not None and math.isfinite(end)]
    if value is None or not math.isfinite(value) or not ends:
        return None
    if unit == SHARE and len(ends) > 1 and _at_the_edge(value):
        value = sum(ends) / 2
    if unit == SHARE:
        ends = [end for end in ends if not _at_the_edge(end)] or ends
    middle = to_scale(value, unit)
    width = max(abs(to_scale(end, unit) - middle) for end in ends)
    if len(ends) > 1:
        width = abs(to_scale(ends[1], unit) - to_scale(ends[0], unit)) / 2
    deviation = max(width / float(ndtri((1 + level) / 2)), _LEAST_DEVIATION)
    return Point(middle, deviation**2)


def _at_the_edge(share: float) -> bool:
    """Whether a share in percent is so near to nobody or everybody that its log-odds say little."""
    return not _EDGE < share / 100 < 1 - _EDGE


@dataclass(frozen=True, slots=True)
class Spread:
    """Variances of model minus trial, beyond the trials' own uncertainty."""

    regimen: float = 0.0  # what all trials of a regimen share: the model's error on it
    trial: float = 0.0  # what the arms of a trial share
    arm: float = 0.0
    claimed: float = 0.0  # the model's own deviation where the regimen's part is this; 0: anywhere

    def under(self, claimed: float) -> Spread:
        """The spread for a regimen of which the model says it is as unsure as this."""
        if not self.claimed or not claimed:
            return self
        return replace(self, regimen=self.regimen * (claimed / self.claimed) ** 2, claimed=claimed)

    @property
    def between(self) -> float:
        """Between trials of one regimen."""
        return self.trial + self.arm


NO_SPREAD = Spread()


def compared(
    model: Point, others: Sequence[Point], spread: Spread = NO_SPREAD, trials: Sequence[str] = ()
) -> Contrast | None:
    """The model against others of one quantity; None where there are none.

    Args:
        model: what the model says.
        others: what each of the others says.
        spread: of model minus trial, where the others are trials of one regimen.
        trials: of which trial each of the others is an arm; each of its own when not given.
    """
    if not others:
        return None
    same = _same(trials or [str(place) for place in range(len(others))])
    own = np.diag([other.variance + spread.arm for other in others])
    precision = np.linalg.inv(spread.trial * same + own)
    weights = precision.sum(axis=1) / precision.sum()
    middle = float(weights @ np.array([other.value for other in others]))
    error = math.sqrt(model.variance + spread.regimen + 1 / float(precision.sum()))
    difference = model.value - middle
    return Contrast(difference, error, difference / error)


@dataclass(frozen=True)
class Residuals:
    """Model minus trial on the trials' own patients, one for each arm, of one kind of figure."""

    differences: Floats
    variances: Floats  # the trials' own
    regimens: Sequence[str]
    trials: Sequence[str]
    claimed: Floats  # how unsure the model says it is of each group of patients: its deviation

    @property
    def typical(self) -> float:
        """The claimed deviation of a typical arm."""
        return float(np.mean(self.claimed**2)) ** 0.5 if len(self.claimed) else 0.0

    def covariance(self, spread: Spread) -> Floats:
        """Of the differences."""
        same_regimen, same_trial = _same(self.regimens), _same(self.trials)
        sized = self.claimed / spread.claimed if spread.claimed else np.ones(len(self.claimed))
        shared = spread.regimen * np.outer(sized, sized) * same_regimen + spread.trial * same_trial
        return shared + np.diag(self.variances + spread.arm)

    def spread(self) -> Spread:
        """The spread of these differences: the mean over a grid, weighed by likelihood.

        The statistic expects no difference on the whole: a model that is off everywhere is off by
        regimen. As the spread is itself estimated from so many regimens, it is widened as Student's
        distribution is wider than the normal one. A regimen of which the model says it is twice as
        unsure is expected to be twice as far off: by how far, the trials say.
        """
        if len(self.differences) < _FEWEST:
            square = float(np.mean(self.differences**2)) if len(self.differences) else 0.0
            return Spread(arm=square)
        tried = np.array(list(product(_GRID, repeat=3)))
        typical = self.typical
        likely = np.array([self._likelihood(Spread(r, t, a, typical)) for r, t, a in tried])
        weights = np.exp(likely - likely.max())
        mean = weights @ tried / weights.sum()
        freedom = max(len(set(self.regimens)) - 1, _LEAST_FREEDOM)
        wider = (float(stdtrit(freedom, (1 + LEVEL) / 2)) / LIMIT) ** 2
        regimen, trial, arm = (float(part) for part in wider * mean)
        return Spread(regimen, trial, arm, typical)

    def _likelihood(self, spread: Spread) -> float:
        lower = np.linalg.cholesky(self.covariance(spread))
        scaled = np.linalg.solve(lower, self.differences)
        return float(-scaled @ scaled / 2 - np.log(np.diag(lower)).sum())


def _same(names: Sequence[str]) -> Floats:
    held = np.array(names)
    same: Floats = (held[:, None] == held).astype(np.float64)
    return same
