"""How a feature is spread in a population: the language a pack says it in.

One draw is a name with numbers, such as ``normal(67, 9.5)`` or ``cat(female:0.45, male:0.55)``:

    normal(mean, sd[, low, high])   lognormal(median, sigma)    beta(a, b)      uniform(low, high)
    poisson(mean[, plus])           bernoulli(p)                point(value)    missing()
    cat(level:p, ...)               catrange(low-high:p, ...)   mix(weight:draw, ...)
    expr(a / b)                     worked out from other features with + - * / and parentheses

and one change to what was drawn is ``odds(factor, level, ...)`` (the joint odds of those levels,
their shares among each other kept) or ``shift(bins, p)`` (so many bins up or down, for a share p of
patients). Draws outside the feature's hard limits are drawn again. The parsed forms stand in
`draws`; drawing from them is the business of the cohort, for whom a draw holds that of
`populations`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

from dashboard.foundation.errors import RuleError
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
    Odds,
    Point,
    Poisson,
    Shift,
    Uniform,
)
from dashboard.knowledge.rules import near

_SUM_TOLERANCE = 1e-6


def parse_draw(text: str) -> Distribution:
    """Read one draw.

    Raises:
        RuleError: the text is no draw; says where and what would be one.
    """
    return _Reader(text).draw()


def parse_change(text: str) -> Odds | Shift:
    """Read one change to what was drawn.

    Raises:
        RuleError: the text is no change.
    """
    return _Reader(text).change()


# -- reading -------------------------------------------------------------------------------------

_CALL = re.compile(r"([a-z]+)\s*\((.*)\)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_HINT = "Write it like normal(67, 9.5) or cat(female:0.45, male:0.55)."


@dataclass(frozen=True, slots=True)
class _Shape:
    """The numbers a plain draw takes: their names, and how many may be left out."""

    make: Callable[..., Distribution]
    names: tuple[str, ...]
    optional: int = 0


_PLAIN = {
    "normal": _Shape(Normal, ("mean", "sd", "low", "high"), 2),
    "lognormal": _Shape(LogNormal, ("median", "sigma")),
    "beta": _Shape(Beta, ("a", "b")),
    "uniform": _Shape(Uniform, ("low", "high")),
    "poisson": _Shape(Poisson, ("mean", "plus"), 1),
    "bernoulli": _Shape(Bernoulli, ("p",)),
}
_DRAWS = (*_PLAIN, "cat", "catrange", "mix", "point", "missing", "expr")
_CHANGES = ("odds", "shift")


class _Reader:
    """Takes a call apart; `text` is kept whole for messages."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()

    def draw(self, text: str | None = None) -> Distribution:
        name, inside, arguments = self._call(self.text if text is None else text, _DRAWS)
        if name in _PLAIN:
            return self._plain(name, arguments)
        if name == "expr":
            return Expression(inside.strip(), tuple(self._steps(inside)))
        if name in ("point", "missing"):
            return self._constant(name, arguments)
        return self._list(name, arguments)

    def _list(self, name: str, arguments: list[str]) -> Distribution:
        if name == "mix":
            return Mixture(tuple(self._part(argument) for argument in arguments))
        if name == "catrange":
            return Bins(tuple(self._bin(argument) for argument in arguments))
        pairs = (self._share(argument) for argument in arguments)
        return Categories(tuple((_unquoted(level), share) for level, share in pairs))

    def _constant(self, name: str, arguments: list[str]) -> Distribution:
        wanted = 0 if name == "missing" else 1
        if len(arguments) != wanted:
            takes = "one value" if wanted else "nothing"
            self._refuse(f"{name}() takes {takes}; there are {len(arguments)} values.", name)
        return Point(_value(arguments[0])) if arguments else Missing()

    def change(self) -> Odds | Shift:
        name, inside, arguments = self._call(self.text, _CHANGES)
        if name == "odds" and len(arguments) > 1:
            return Odds(self._number(arguments[0]), tuple(map(_unquoted, arguments[1:])))
        if name == "shift" and len(arguments) == 2:  # noqa: PLR2004
            bins = self._number(arguments[0])
            if bins == int(bins):
                return Shift(int(bins), self._number(arguments[1]))
        cure = "Write odds(1.4, level, …) or shift(-1, 0.2)."
        self._refuse(f"This is no change: {self.text}.", inside, cure)

    def _call(self, text: str, known: Sequence[str]) -> tuple[str, str, list[str]]:
        match = _CALL.fullmatch(text.strip())
        if match is None:
            self._refuse(f"This is not a draw: {text!r}.", text)
        name, inside = match.groups()
        if name not in known:
            hint = near(name, tuple(known)) or f"There are {', '.join(known)}."
            self._refuse(f"There is no {name}().", name, hint)
        arguments = [part.strip() for part in _split(inside)] if inside.strip() else []
        return name, inside, arguments

    def _plain(self, name: str, arguments: list[str]) -> Distribution:
        shape = _PLAIN[name]
        fewest = len(shape.names) - shape.optional
        if not fewest <= len(arguments) <= len(shape.names):
            wanted = ", ".join(shape.names)
            message = f"{name}() takes {wanted}; there are {len(arguments)} numbers."
            self._refuse(message, name)
        values = {}
        for position, argument in enumerate(arguments):
            key, equals, number = argument.partition("=")
            key = key.strip() if equals else shape.names[position]
            if key not in shape.names or key in values:
                self._refuse(f"{name}() has no {key} here.", key, f"It takes {shape.names}.")
            values[key] = self._number(number if equals else argument)
        return shape.make(**values)

    def _share(self, argument: str) -> tuple[str, float]:
        level, colon, share = argument.rpartition(":")
        if not colon or not level.strip():
            self._refuse(f"{argument} is no level with its share.", argument)
        return level.strip(), self._number(share)

    def _bin(self, argument: str) -> tuple[float, float, float]:
        span, share = self._share(argument)
        ends = _RANGE.fullmatch(span)
        if ends is None:
            self._refuse(f"{span} is no range.", span, "Write catrange(0-0:0.4, 1-49:0.6).")
        return float(ends[1]), float(ends[2]), share

    def _part(self, argument: str) -> tuple[float, Distribution]:
        weight, colon, inner = argument.partition(":")
        if not colon:
            self._refuse(f"{argument} is no draw with its weight.", argument)
        return self._number(weight), self.draw(inner)

    def _number(self, text: str) -> float:
        if not _NUMBER.fullmatch(text.strip()):
            self._refuse(f"{text.strip()!r} is no number.", text.strip())
        return float(text)

    def _steps(self, text: str) -> Iterator[float | str]:
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError:
            self._refuse(f"This is no sum: {text}.", text)
        yield from self._postfix(tree.body)

    def _postfix(self, node: ast.expr) -> Iterator[float | str]:
        match node:
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                yield from self._postfix(left)
                yield from self._postfix(right)
                yield _OPERATORS[type(operator)]
            case ast.Name(id=name):
                yield name
            case ast.Constant(value=int(value) | float(value)) if not isinstance(value, bool):
                yield float(value)
            case _:
                message = "Only features, numbers and + - * / are allowed in expr()."
                self._refuse(message, ast.unparse(node))

    def _refuse(self, message: str, near_text: str, hint: str = _HINT) -> NoReturn:
        column = max(self.text.find(near_text), 0) + 1
        raise RuleError(message, rule=self.text, column=column, hint=hint)


def _split(text: str) -> Iterator[str]:
    """The parts between commas that stand outside brackets and quotes."""
    depth, quoted, start = 0, False, 0
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign == "(") - (sign == ")")
            if sign == "," and depth == 0:
                yield text[start:place]
                start = place + 1
    yield text[start:]


def _unquoted(text: str) -> str:
    return text.strip().removeprefix('"').removesuffix('"')


def _value(text: str) -> float | bool | str:
    if text in ("true", "false"):
        return text == "true"
    if text.startswith('"'):
        return _unquoted(text)
    return float(text) if _NUMBER.fullmatch(text) else text


# -- what is wrong in itself -----------------------------------------------------------------------


def faults(draw: Distribution) -> Iterator[str]:
    """What cannot be so, whatever the feature: shares that do not add up, spreads below zero."""
    match draw:
        case Categories(shares):
            yield from _share_faults([share for _, share in shares])
            levels = [level for level, _ in shares]
            yield from (
                f"{level} stands twice" for level in sorted(set(levels)) if levels.count(level) > 1
            )
        case Bins(shares):
            yield from _share_faults([share for *_, share in shares])
            ends = [end for low, high, _ in shares for end in (low, high)]
            if any(one > other for one, other in pairwise(ends)):
                yield "the ranges overlap or run backwards"
        case Mixture(parts):
            yield from _share_faults([weight for weight, _ in parts])
            for _, inner in parts:
                yield from faults(inner)
        case Bernoulli(p) if not 0 <= p <= 1:
            yield f"{p:g} is not between 0 and 1"
        case Normal(_, spread) | LogNormal(_, spread) if spread <= 0:
            yield f"a spread of {spread:g} is not above 0"
        case Uniform(low, high) if low > high:
            yield f"{low:g} is above {high:g}"
    yield from _further_faults(draw)


def _further_faults(draw: Distribution) -> Iterator[str]:
    match draw:
        case Normal(low=float(low), high=float(high)) if low >= high:
            yield f"the lower end {low:g} is not below the upper end {high:g}"
        case LogNormal(median, _) if median <= 0:
            yield f"a median of {median:g} is not above 0"
        case Beta(a, b) if a <= 0 or b <= 0:
            yield "both numbers of beta() must be above 0"
        case Poisson(mean, _) if mean <= 0:
            yield f"a mean of {mean:g} is not above 0"


def _share_faults(shares: Sequence[float]) -> Iterator[str]:
    if any(not 0 <= share <= 1 for share in shares):
        yield "every share must lie between 0 and 1"
    total = sum(shares)
    if abs(total - 1) > _SUM_TOLERANCE:
        yield f"the shares add up to {total:g}, not 1"


# -- English -------------------------------------------------------------------------------------


def describe(draw: Distribution, level: Callable[[str], str] = str) -> str:
    """The draw in words; `level` gives a level its name for people."""
    match draw:
        case Categories(shares):
            words = ", ".join(f"{level(name)} {share:.3g}" for name, share in shares if share)
        case Bins(shares):
            words = ", ".join(f"{_span(low, high)}: {share:.3g}" for low, high, share in shares)
        case Mixture(parts):
            words = "; or ".join(f"{w:.3g}: {describe(part, level)}" for w, part in parts)
        case Point(value):
            words = "always " + (level(value) if isinstance(value, str) else _plainly(value))
        case Expression(text=text):
            words = f"worked out as {text}"
        case Missing():
            words = "unknown"
        case _:
            words = _describe_curve(draw)
    return words


def _describe_curve(
    draw: Normal | LogNormal | Beta | Uniform | Poisson | Bernoulli,
) -> str:
    match draw:
        case Normal(mean, sd, low, high):
            cut = "" if low is None or high is None else f", kept between {low:g} and {high:g}"
            words = f"normal, mean {mean:g}, standard deviation {sd:g}{cut}"
        case LogNormal(median, sigma):
            words = f"log-normal, median {median:g}, sigma {sigma:g}"
        case Beta(a, b):
            words = f"beta {a:g}, {b:g}"
        case Uniform(low, high):
            words = f"even between {low:g} and {high:g}"
        case Poisson(mean, plus):
            words = f"Poisson, mean {mean:g}" + (f", plus {plus:g}" if plus else "")
        case Bernoulli(p):
            words = f"yes in {p:.3g}"
    return words


def describe_change(change: Odds | Shift, level: Callable[[str], str] = str) -> str:
    """The change in words."""
    if isinstance(change, Odds):
        return f"odds of {' or '.join(map(level, change.levels))} times {change.factor:g}"
    bins = abs(change.bins)
    way = "up" if change.bins > 0 else "down"
    return f"{bins} bin{'s' if bins > 1 else ''} {way} for a share of {change.p:g}"


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _plainly(value: float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}"
