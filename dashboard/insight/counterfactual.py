"""The smallest plausible changes of what can be changed that would alter a forecast.

Only features that the pack calls modifiable, only known ones, never age; values inside the usual
range that go with everything else of the patient. A change of fewer facts comes first, then the
smaller one. It is what would be forecast of a patient who had these values; whether bringing them
about would help is a question for trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from dashboard.answers.explanation import Target
from dashboard.answers.what_if import Change, Counterfactual, Counterfactuals
from dashboard.insight.outputs import Outputs
from dashboard.insight.places import Places, shown
from dashboard.knowledge.schema import Kind
from dashboard.learning.bundle import Bundle
from dashboard.records.patient import Value

Floats = npt.NDArray[np.float64]

IMPLAUSIBLE = 0.05
_STEPS = 5
_MOST_CHANGES = 2
_MOST_FOUND = 5
_NEVER = "never"  # a history cannot be undone
_HARMS = ("progression", "toxicity:")


@dataclass(frozen=True, slots=True)
class _Trial:
    """One changed patient."""

    columns: tuple[int, ...]
    row: Floats
    size: float


def counterfactuals(
    bundle: Bundle,
    facts: Mapping[str, Value],
    regimen: str,
    target: Target,
    *,
    modifiable: Sequence[str],
    goal: float,
) -> Counterfactuals:
    """The smallest changes after which the output reaches a goal.

    Args:
        bundle: a trained bundle.
        facts: the patient's values.
        regimen: under which it is forecast.
        target: what is forecast; progression and toxicity are to fall, everything else to rise.
        modifiable: features that may change.
        goal: the output to reach.

    Raises:
        NotEnoughEvidence: the bundle cannot speak of the target or of the regimen.
    """
    row, _ = bundle.contract.of_patient(facts)
    places = Places(bundle.encoding)
    allowed = [
        column
        for column, name in enumerate(bundle.contract.ids)
        if name in modifiable and not np.isnan(row[column])
    ]
    trials = _trials(places, row, allowed)
    outputs = Outputs(bundle, target).of(np.array([row, *(t.row for t in trials)]), [regimen])
    better = -1.0 if target.name.startswith(_HARMS) else 1.0
    now, reached = float(outputs[0]), outputs[1:]
    ranked = sorted(range(len(trials)), key=lambda i: (len(trials[i].columns), trials[i].size))
    found: list[Counterfactual] = []
    for i in ranked:
        if better * (reached[i] - goal) >= 0 and not _covered(trials[i], found, bundle):
            made = _made(places, row, trials[i], (now, float(reached[i])))
            found += [made] if made.plausible >= IMPLAUSIBLE else []
        if len(found) == _MOST_FOUND:
            break
    best = None if found else _best(places, row, trials, (now, better * reached, better))
    return Counterfactuals(
        target.name,
        regimen,
        target.months,
        target.scale,
        goal,
        now,
        tuple(found),
        best,
        tuple(bundle.contract.ids[column] for column in allowed),
    )


def _trials(places: Places, row: Floats, allowed: Sequence[int]) -> list[_Trial]:
    values = {column: _alternatives(places, row, column) for column in allowed}
    found: list[_Trial] = []
    for count in range(1, _MOST_CHANGES + 1):
        for columns in combinations([c for c in allowed if len(values[c])], count):
            for chosen in product(*(values[column] for column in columns)):
                changed = row.copy()
                changed[list(columns)] = chosen
                found.append(_Trial(columns, changed, _size(places, row, changed)))
    return found


def _alternatives(places: Places, row: Floats, column: int) -> Floats:
    each = places.encoding.contract.inputs[column]
    if each.kind is Kind.NUMBER:
        ends = places.encoding.axes[column].standard(places.usual(column))
        steps = places.raw(column, np.linspace(ends[0], ends[-1], _STEPS))
        return np.array([shown(float(step)) for step in steps])
    levels = [v for v in places.levels(column).tolist() if v != row[column]]
    named = [v for v in levels if places.value(column, v) != _NEVER]
    return np.array(named, dtype=np.float64)


def _size(places: Places, row: Floats, changed: Floats) -> float:
    core = places.encoding.filled(np.array([row, changed]))
    return float(np.abs(core[1] - core[0]).sum())


def _covered(trial: _Trial, found: Sequence[Counterfactual], bundle: Bundle) -> bool:
    """Whether the same facts, or fewer of them, were found enough already."""
    names = {bundle.contract.ids[column] for column in trial.columns}
    return any({change.feature for change in each.changes} <= names for each in found)


def _made(
    places: Places, row: Floats, trial: _Trial, outputs: tuple[float, float]
) -> Counterfactual:
    contract = places.encoding.contract
    changes = tuple(
        Change(
            contract.ids[column],
            places.value(column, row[column]),
            places.value(column, trial.row[column]),
        )
        for column in trial.columns
    )
    return Counterfactual(changes, *outputs, places.plausible(trial.row, trial.columns))


def _best(
    places: Places,
    row: Floats,
    trials: Sequence[_Trial],
    reached: tuple[float, Floats, float],
) -> Counterfactual | None:
    """The plausible change that came nearest to the goal; None where nothing helps."""
    now, gains, better = reached
    for i in np.argsort(-gains):
        if gains[i] <= better * now:
            return None
        made = _made(places, row, trials[i], (now, float(better * gains[i])))
        if made.plausible >= IMPLAUSIBLE:
            return made
    return None
