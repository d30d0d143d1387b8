"""Turning a uniform number into a value of a feature, by the pack's own distribution.

Every margin is drawn by its quantile function, so that one uniform number per patient and feature
decides the value: dependence between features (a copula over the uniforms) then leaves each
feature's published distribution as it is. A flag is 0 or 1, a level its place in the feature.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from dashboard.foundation.errors import PackError
from dashboard.knowledge.schema import Feature, Kind

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
Quantile = Callable[[Floats, Columns], Floats]

_EDGE = 1e-12  # keeps a uniform number off the ends, where a normal quantile is infinite
_BLOCK = re.compile(r"^\s*([a-z]+)\((.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Margin:
    """A quantile function, and the features it reads (only `expr` reads any)."""

    quantile: Quantile
    reads: frozenset[str] = frozenset()


def margin(text: str, feature: Feature) -> Margin:
    """The quantile function of one distribution, such as `lognormal(median=4, sigma=0.55)`.

    Raises:
        PackError: the text is no distribution.
    """
    found = _BLOCK.match(text)
    maker = _MAKERS.get(found[1]) if found else None
    if found is None or maker is None:
        raise PackError(f"{feature.id}: {text} is not a distribution.")
    return maker(found[2], feature)


def _constant(value: float) -> Quantile:
    return lambda u, _columns: np.full(u.shape, value)


def _point(inside: str, feature: Feature) -> Margin:
    return Margin(_constant(_value(inside.strip(), feature)))


def _missing(_inside: str, _feature: Feature) -> Margin:
    return Margin(_constant(float("nan")))


def _bernoulli(inside: str, _feature: Feature) -> Margin:
    share = float(inside)
    return Margin(lambda u, _columns: (u > 1.0 - share).astype(float))


def _categories(inside: str, feature: Feature) -> Margin:
    pairs = [_pair(part) for part in _split(inside)]
    values = np.array([_value(name, feature) for name, _ in pairs])
    edges = _edges([share for _, share in pairs])
    return Margin(lambda u, _columns: values[np.searchsorted(edges, u, side="right")])


def _bins(inside: str, _feature: Feature) -> Margin:
    pairs = [_pair(part) for part in _split(inside)]
    bounds = np.array([[float(end) for end in name.split("-")] for name, _ in pairs])
    shares = np.array([share for _, share in pairs])
    edges = _edges(shares)
    starts = np.concatenate([[0.0], edges])
    widths = shares / shares.sum()

    def quantile(u: Floats, _columns: Columns) -> Floats:
        which = np.searchsorted(edges, u, side="right")
        inner = np.clip((u - starts[which]) / widths[which], 0.0, 1.0 - _EDGE)
        low, high = bounds[which, 0], bounds[which, 1]
        return low + np.floor(inner * (high - low + 1.0))

    return Margin(quantile)


def _mix(inside: str, feature: Feature) -> Margin:
    pairs = [part.split(":", 1) for part in _split(inside)]
    parts = [margin(text, feature) for _, text in pairs]
    edges = _edges([float(weight) for weight, _ in pairs])
    starts = np.concatenate([[0.0], edges, [1.0]])

    def quantile(u: Floats, columns: Columns) -> Floats:
        which = np.searchsorted(edges, u, side="right")
        drawn = np.empty(u.shape)
        for place, part in enumerate(parts):
            rows = which == place
            width = starts[place + 1] - starts[place]
            inner = (u[rows] - starts[place]) / width if width > 0 else u[rows]
            drawn[rows] = part.quantile(np.clip(inner, _EDGE, 1 - _EDGE), columns)
        return drawn

    return Margin(quantile)


def _normal(inside: str, _feature: Feature) -> Margin:
    mean, deviation, *limits = _numbers(inside)
    low, high = (special.ndtr((limit - mean) / deviation) for limit in limits or (-np.inf, np.inf))
    return Margin(lambda u, _columns: mean + deviation * special.ndtri(low + u * (high - low)))


def _lognormal(inside: str, _feature: Feature) -> Margin:
    median, sigma = _numbers(inside)
    return Margin(lambda u, _columns: median * np.exp(sigma * special.ndtri(u)))


def _beta(inside: str, _feature: Feature) -> Margin:
    first, second = _numbers(inside)
    grid = np.linspace(0.0, 1.0, 513)  # the exact inverse is slow; between these points it is smooth
    values = special.betaincinv(first, second, grid)
    return Margin(lambda u, _columns: np.interp(u, grid, values))


def _uniform(inside: str, _feature: Feature) -> Margin:
    low, high = _numbers(inside)
    return Margin(lambda u, _columns: low + u * (high - low))


def _poisson(inside: str, _feature: Feature) -> Margin:
    mean, shift = [*_numbers(inside), 0.0][:2]
    edges = stats.poisson.cdf(np.arange(int(mean + 12 * np.sqrt(mean + 1)) + 2), mean)
    return Margin(lambda u, _columns: shift + np.searchsorted(edges, u, side="left").astype(float))


def _expression(inside: str, feature: Feature) -> Margin:
    tree = ast.parse(inside.strip(), mode="eval").body
    names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Margin(lambda _u, columns: _compute(tree, columns, feature), names)


def _compute(node: ast.expr, columns: Columns, feature: Feature) -> Floats:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=int(value) | float(value)):
            return np.float64(value) * np.ones(1)
        case ast.BinOp(left=left, op=operator, right=right):
            first, second = _compute(left, columns, feature), _compute(right, columns, feature)
            return _OPERATIONS[type(operator)](first, second)
    raise PackError(f"{feature.id}: only + - * / of features may stand in expr().")


_OPERATIONS: dict[type[ast.operator], Callable[[Floats, Floats], Floats]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}

_MAKERS: dict[str, Callable[[str, Feature], Margin]] = {
    "point": _point,
    "missing": _missing,
    "bernoulli": _bernoulli,
    "cat": _categories,
    "catrange": _bins,
    "mix": _mix,
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "uniform": _uniform,
    "poisson": _poisson,
    "expr": _expression,
}


def _edges(shares: Sequence[float] | Floats) -> Floats:
    total = np.cumsum(np.asarray(shares, dtype=float))
    return np.asarray(total[:-1] / total[-1])


def _numbers(inside: str) -> list[float]:
    return [float(part.split("=")[-1]) for part in _split(inside)]


def _pair(part: str) -> tuple[str, float]:
    name, share = part.rsplit(":", 1)
    return name.strip().strip('"'), float(share)


def _split(inside: str) -> list[str]:
    """Cut at the commas outside brackets and quotes."""
    return [part for part in re.findall(r'(?:[^,("]|"[^"]*"|\([^()]*\))+', inside) if part.strip()]


def _value(text: str, feature: Feature) -> float:
    if feature.kind is Kind.FLAG:
        return 1.0 if text.strip('"') in ("true", "1") else 0.0
    if feature.kind is Kind.NUMBER:
        return float(text)
    return float(feature.levels.index(text.strip('"')))
