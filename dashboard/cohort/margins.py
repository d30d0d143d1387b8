"""Turning a uniform number into a value of a feature, by the pack's own distribution.

Every margin is drawn by its quantile function, so that one uniform number per patient and feature
decides the value: dependence between features (a copula over the uniforms) then leaves each
feature's published distribution as it is. A flag is 0 or 1, a level its place in the feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.knowledge.draws import (
    Bernoulli,
    Beta,
    Bins,
    Categories,
    Distribution,
    Expression,
    LogNormal,
    Missing,
    Mixture,
    Normal,
    Point,
    Poisson,
    Uniform,
)
from dashboard.knowledge.schema import Feature

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
Quantile = Callable[[Floats, Columns], Floats]

_EDGE = 1e-12  # keeps a uniform number off the ends, where a normal quantile is infinite
_OPERATIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def quantile_of(draw: Distribution, feature: Feature) -> Quantile:
    """The quantile function of one distribution; columns are read by sums of features alone."""
    match draw:
        case Point() | Missing():
            value = float("nan") if isinstance(draw, Missing) else place_of(draw.value, feature)
            return _constant(value)
        case Categories(shares):
            return _categories(shares, feature)
        case Bins(shares):
            return _bins(shares)
        case Mixture(parts):
            return _mixture(parts, feature)
        case Expression():
            return lambda _u, columns: _worked_out(draw, columns)
    return _of_number(draw)


def _of_number(draw: Distribution) -> Quantile:
    match draw:
        case Bernoulli(share):
            return lambda u, _columns: (u > 1.0 - share).astype(float)
        case Normal():
            return _normal(draw)
        case LogNormal(median, sigma):
            return lambda u, _columns: median * np.exp(sigma * special.ndtri(u))
        case Beta(a, b):
            return _beta(a, b)
        case Uniform(low, high):
            return lambda u, _columns: low + u * (high - low)
        case Poisson(mean, plus):
            return _poisson(mean, plus)
    raise TypeError(draw)


def _constant(value: float) -> Quantile:
    return lambda u, _columns: np.full(u.shape, value)


def _categories(shares: Sequence[tuple[str, float]], feature: Feature) -> Quantile:
    values = np.array([place_of(name, feature) for name, _ in shares])
    edges = _edges([share for _, share in shares])
    return lambda u, _columns: values[np.searchsorted(edges, u, side="right")]


def _bins(shares: Sequence[tuple[float, float, float]]) -> Quantile:
    bounds = np.array([[low, high] for low, high, _ in shares])
    weights = np.array([share for *_, share in shares])
    edges = _edges(weights)
    starts = np.concatenate([[0.0], edges])
    widths = weights / weights.sum()

    def quantile(u: Floats, _columns: Columns) -> Floats:
        which = np.searchsorted(edges, u, side="right")
        inner = np.clip((u - starts[which]) / widths[which], 0.0, 1.0 - _EDGE)
        low, high = bounds[which, 0], bounds[which, 1]
        drawn: Floats = low + np.floor(inner * (high - low + 1.0))
        return drawn

    return quantile


def _mixture(parts: Sequence[tuple[float, Distribution]], feature: Feature) -> Quantile:
    quantiles = [quantile_of(part, feature) for _, part in parts]
    edges = _edges([weight for weight, _ in parts])
    starts = np.concatenate([[0.0], edges, [1.0]])

    def quantile(u: Floats, columns: Columns) -> Floats:
        which = np.searchsorted(edges, u, side="right")
        drawn = np.empty(u.shape)
        for place, part in enumerate(quantiles):
            rows = which == place
            width = max(starts[place + 1] - starts[place], _EDGE)
            inner = np.clip((u[rows] - starts[place]) / width, _EDGE, 1.0 - _EDGE)
            drawn[rows] = part(inner, columns)
        return drawn

    return quantile


def _normal(draw: Normal) -> Quantile:
    ends = (-np.inf if draw.low is None else draw.low, np.inf if draw.high is None else draw.high)
    low, high = (special.ndtr((end - draw.mean) / draw.sd) for end in ends)
    return lambda u, _columns: draw.mean + draw.sd * special.ndtri(low + u * (high - low))


def _beta(a: float, b: float) -> Quantile:
    grid = np.linspace(
        0.0, 1.0, 513
    )  # the exact inverse is slow; between these points it is smooth
    values = special.betaincinv(a, b, grid)
    return lambda u, _columns: np.interp(u, grid, values)


def _poisson(mean: float, plus: float) -> Quantile:
    edges = special.pdtr(np.arange(int(mean + 12 * np.sqrt(mean + 1)) + 2), mean)
    return lambda u, _columns: plus + np.searchsorted(edges, u, side="left").astype(float)


def _worked_out(draw: Expression, columns: Columns) -> Floats:
    stack: list[Floats] = []
    for step in draw.steps:
        if isinstance(step, str) and step in _OPERATIONS:
            second, first = stack.pop(), stack.pop()
            with np.errstate(divide="ignore", invalid="ignore"):
                stack.append(_OPERATIONS[step](first, second))
        else:
            stack.append(columns[step] if isinstance(step, str) else np.array([step]))
    return stack[0]


def _edges(shares: Sequence[float] | Floats) -> Floats:
    total = np.cumsum(np.asarray(shares, dtype=float))
    return np.asarray(total[:-1] / total[-1])


def place_of(value: float | bool | str, feature: Feature) -> float:
    """The number a column holds for a value: itself, 0 or 1, or the place of the level."""
    if not feature.levels:
        return float(value)
    text = value if isinstance(value, str) else f"{value:g}"
    return float(feature.levels.index(text))
