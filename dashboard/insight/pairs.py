"""What two facts do together, for this patient: the strongest pairs, and a small surface of one.

A pair's interaction is what both facts add beyond what each adds alone, from the average patient's
values to this one's, on the scale on which the model adds effects up; with the regimen as one of
the two it is how far a fact speaks for this regimen more than for the others. Told in the unit of
the output, at the patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import REGIMEN, Interaction, Surface, Target
from dashboard.insight.attribution import attribute
from dashboard.insight.outputs import Outputs
from dashboard.insight.places import Places
from dashboard.learning.bundle import Bundle
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

_TRIED = 12  # the facts that matter most are paired with each other
_STEPS = 9


def interactions(
    bundle: Bundle, facts: Mapping[str, Value], regimen: str, target: Target, *, most: int = 3
) -> tuple[Interaction, ...]:
    """The pairs that do most together for this patient, the strongest first.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of the regimen.
    """
    row, _ = bundle.contract.of_patient(facts)
    columns = _leading(bundle, facts, regimen, target)
    places, outputs = Places(bundle.encoding), Outputs(bundle, target)
    usual = {column: places.average(column) for column in columns}
    pairs = list(combinations(columns, 2))
    rows = [row, *(_at(row, usual, (c,)) for c in columns), *(_at(row, usual, p) for p in pairs)]
    found = outputs.of(np.array(rows), [regimen])
    linked = outputs.link(found)
    alone = dict(zip(columns, linked[1:], strict=False))
    together = linked[1 + len(columns) :]
    points = outputs.link_slope(float(found[0]))
    made = [
        _pair(
            bundle, facts, pair, points * float(linked[0] - alone[pair[0]] - alone[pair[1]] + both)
        )
        for pair, both in zip(pairs, together, strict=True)
    ]
    own = {column: float(linked[0] - alone[column]) for column in columns}
    made += _with_regimen(
        bundle, facts, outputs, (np.array(rows[: 1 + len(columns)]), own, regimen, points)
    )
    made.sort(key=lambda each: -abs(each.effect))
    return tuple(made[:most])


def _leading(bundle: Bundle, facts: Mapping[str, Value], regimen: str, target: Target) -> list[int]:
    """The known facts that add most to the output."""
    (found,) = attribute(bundle, facts, [regimen], target)
    places = {name: column for column, name in enumerate(bundle.contract.ids)}
    known = [each.feature for each in found.ranked if each.value is not None]
    return sorted(places[name] for name in [n for n in known if n in places][:_TRIED])


def _at(row: Floats, usual: Mapping[int, float], columns: tuple[int, ...]) -> Floats:
    changed = row.copy()
    for column in columns:
        changed[column] = usual[column]
    return changed


def _pair(
    bundle: Bundle, facts: Mapping[str, Value], pair: tuple[int, int], effect: float
) -> Interaction:
    first, second = (bundle.contract.ids[column] for column in pair)
    return Interaction(first, second, facts.get(first), facts.get(second), effect)


def _with_regimen(
    bundle: Bundle,
    facts: Mapping[str, Value],
    outputs: Outputs,
    asked: tuple[Floats, Mapping[int, float], str, float],
) -> list[Interaction]:
    """How far each fact's effect under this regimen differs from its mean over all regimens."""
    rows, own, regimen, points = asked
    regimens = bundle.contract.regimens
    if len(regimens) < 2:  # noqa: PLR2004
        return []
    many = np.repeat(rows, len(regimens), axis=0)
    linked = outputs.link(outputs.of(many, list(regimens) * len(rows)))
    linked = linked.reshape(len(rows), len(regimens))
    usual = (linked[0] - linked[1:]).mean(axis=1)
    return [
        Interaction(
            REGIMEN,
            bundle.contract.ids[column],
            regimen,
            facts.get(bundle.contract.ids[column]),
            points * float(effect - mean),
        )
        for (column, effect), mean in zip(own.items(), usual, strict=True)
    ]


def surface(
    bundle: Bundle,
    facts: Mapping[str, Value],
    regimen: str,
    target: Target,
    *,
    features: tuple[str, str],
) -> Surface:
    """The output over the values of two features, everything else as it is.

    Raises:
        KeyError: one of the features is none of the model's inputs.
        NotEnoughEvidence: the bundle cannot speak of the target or of the regimen.
    """
    row, _ = bundle.contract.of_patient(facts)
    places = Places(bundle.encoding)
    columns = [_column(bundle, name) for name in features]
    first, second = (places.across(column, _STEPS) for column in columns)
    rows = np.repeat(row[None], len(first) * len(second), axis=0)
    rows[:, columns[0]] = np.repeat(first, len(second))
    rows[:, columns[1]] = np.tile(second, len(first))
    found = Outputs(bundle, target).of(rows, [regimen]).reshape(len(first), len(second))
    told = [
        tuple(places.told(column, float(v)) for v in values)
        for column, values in zip(columns, (first, second), strict=True)
    ]
    return Surface(
        target.name,
        regimen,
        target.months,
        target.scale,
        features,
        (told[0], told[1]),
        tuple(tuple(line) for line in found.tolist()),
        (facts.get(features[0]), facts.get(features[1])),
    )


def _column(bundle: Bundle, name: str) -> int:
    if name not in bundle.contract.ids:
        raise KeyError(name)
    return bundle.contract.ids.index(name)
