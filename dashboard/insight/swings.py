"""Which fact moves a forecast how far, and where the order of two regimens flips.

One fact at a time, the others as they are: unknown facts over what they could be given the known
ones, known facts over the cohort's usual range. Where several facts hang together, changing one
alone may describe a patient who is rare; that is said beside the answer, not hidden in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Target
from dashboard.answers.what_if import Crossing, Swing, TippingPoint, TippingPoints, Tornado
from dashboard.insight.contrast import difference
from dashboard.insight.outputs import Outputs
from dashboard.insight.places import Places
from dashboard.knowledge.schema import Kind
from dashboard.learning.bundle import Bundle
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

_STEPS = 13  # places tried over a number's range
_HALVINGS = 8


def tornado(bundle: Bundle, facts: Mapping[str, Value], regimen: str, target: Target) -> Tornado:
    """How far each fact moves the output, the unknown ones first.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of the regimen.
    """
    row, _ = bundle.contract.of_patient(facts)
    places, outputs = Places(bundle.encoding), Outputs(bundle, target)
    unknown = np.flatnonzero(np.isnan(row)).tolist()
    likely = places.likely(row, unknown)
    tried = {
        column: likely[column] if column in likely else places.usual(column)
        for column in range(len(row))
    }
    rows = [row, *(_with(row, column, v) for column, values in tried.items() for v in values)]
    found = outputs.of(np.array(rows), [regimen])
    swings: list[Swing] = []
    start = 1
    for column, values in tried.items():
        own = found[start : start + len(values)]
        start += len(values)
        if len(values) > 1:
            swings.append(_swing(bundle, places, row, column, (values, own)))
    swings.sort(key=lambda each: (each.known, -each.width, each.feature))
    return Tornado(
        target.name, regimen, target.months, target.scale, float(found[0]), tuple(swings)
    )


def _swing(
    bundle: Bundle, places: Places, row: Floats, column: int, tried: tuple[Floats, Floats]
) -> Swing:
    """Numbers and ordinals from low to high; levels from the lowest output to the highest."""
    values, outputs = tried
    each = bundle.contract.inputs[column]
    ordered = each.kind in {Kind.NUMBER, Kind.ORDINAL, Kind.FLAG}
    ends = (0, len(values) - 1) if ordered else (int(np.argmin(outputs)), int(np.argmax(outputs)))
    low, high = ends
    return Swing(
        each.id,
        None if np.isnan(row[column]) else places.value(column, row[column]),
        places.told(column, float(values[low])),
        places.told(column, float(values[high])),
        float(outputs[low]),
        float(outputs[high]),
    )


def _with(row: Floats, column: int, value: float) -> Floats:
    changed = row.copy()
    changed[column] = value
    return changed


# ---------------------------------------------------------------------------------- tipping points


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two regimens for one patient."""

    outputs: Outputs
    row: Floats
    pair: tuple[str, str]

    def differences(self, columns: list[int], values: Floats) -> Floats:
        """A minus B with one input each set to a value."""
        rows = np.array([_with(self.row, c, v) for c, v in zip(columns, values, strict=True)])
        both = np.repeat(rows, 2, axis=0)
        found = self.outputs.of(both, list(self.pair) * len(rows))
        apart: Floats = found[::2] - found[1::2]
        return apart


def tipping_points(
    bundle: Bundle, facts: Mapping[str, Value], pair: tuple[str, str], target: Target
) -> TippingPoints:
    """Where the first regimen of a pair and the second change places, fact by fact.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of one of the regimens.
    """
    now = difference(bundle, facts, pair, target)
    row, _ = bundle.contract.of_patient(facts)
    places, asked = Places(bundle.encoding), _Pair(Outputs(bundle, target), row, pair)
    tried = {column: places.across(column, _STEPS) for column in range(len(row))}
    columns = [column for column, values in tried.items() for _ in values]
    found = asked.differences(columns, np.concatenate(list(tried.values())))
    points: list[TippingPoint] = []
    brackets: list[tuple[int, Crossing, float, float]] = []
    start = 0
    for column, values in tried.items():
        own = found[start : start + len(values)]
        start += len(values)
        flips = own * now.value < 0
        if bundle.contract.inputs[column].kind is Kind.NUMBER:
            brackets += _brackets(column, float(row[column]), values, flips)
        else:
            points += [
                _point(bundle, places, row, (column, "is", float(v)), float(d))
                for v, d, flipped in zip(values, own, flips, strict=True)
                if flipped
            ]
    points += _refined(bundle, places, asked, brackets, now.value)
    points.sort(key=lambda each: (not each.usual, each.value is None, each.feature))
    return TippingPoints(
        target.name,
        *pair,
        target.months,
        target.scale,
        now.value,
        now.low,
        now.high,
        tuple(points),
        bundle.contract.ids,
    )


def _brackets(
    column: int, value: float, places: Floats, flips: npt.NDArray[np.bool_]
) -> list[tuple[int, Crossing, float, float]]:
    """The nearest change of order on either side: where it has not flipped, and where it has."""
    found: list[tuple[int, Crossing, float, float]] = []
    steps = list(pairwise(range(len(places))))
    above = [(a, b) for a, b in steps if flips[b] and not flips[a] and not places[b] < value]
    below = [(b, a) for a, b in steps if flips[a] and not flips[b] and not places[a] > value]
    if above:
        first, second = above[0]
        found.append((column, "above", float(places[first]), float(places[second])))
    if below:
        first, second = below[-1]
        found.append((column, "below", float(places[first]), float(places[second])))
    return found


def _refined(
    bundle: Bundle,
    places: Places,
    asked: _Pair,
    brackets: list[tuple[int, Crossing, float, float]],
    now: float,
) -> list[TippingPoint]:
    """Each crossing narrowed down by halving, all at once."""
    if not brackets:
        return []
    columns = [column for column, _, _, _ in brackets]
    near = np.array([first for _, _, first, _ in brackets])
    far = np.array([second for _, _, _, second in brackets])
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        flipped = asked.differences(columns, middle) * now < 0
        near, far = np.where(flipped, near, middle), np.where(flipped, middle, far)
    beyond = asked.differences(columns, far)
    return [
        _point(bundle, places, asked.row, (column, crossing, float(at)), float(apart))
        for (column, crossing, _, _), at, apart in zip(brackets, far, beyond, strict=True)
    ]


def _point(
    bundle: Bundle,
    places: Places,
    row: Floats,
    crossing: tuple[int, Crossing, float],
    apart: float,
) -> TippingPoint:
    column, side, at = crossing
    usual = places.usual(column)
    return TippingPoint(
        bundle.contract.ids[column],
        None if np.isnan(row[column]) else places.value(column, row[column]),
        side,
        places.told(column, at),
        apart,
        bool(usual.min() <= at <= usual.max()),
    )
