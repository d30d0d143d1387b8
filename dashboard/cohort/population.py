"""Drawing patients from a pack: who they are before any treatment is chosen.

Every feature has its own stream of uniform numbers, cut into blocks of patients, so that patient i
depends on (seed, i) alone: a larger cohort extends a smaller one, and any patients can be drawn by
themselves. Features hang together in two ways: by the pack's conditions (drawn in their order), and
by a Gaussian copula over hidden states (tumour burden, inflammation, frailty, ageing) that leaves
every margin as published. Columns are computed when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.margins import Margin, margin
from dashboard.foundation.errors import PackError
from dashboard.foundation.seeds import generator
from dashboard.knowledge.rule_tables import Table, Truths
from dashboard.knowledge.rules import Rule, parse
from dashboard.knowledge.schema import DiseasePack, Feature, Kind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BLOCK = 4096  # patients drawn together from one stream
_EDGE = 1e-9
_CHANGE = re.compile(r"^\s*(odds|shift)\((.*)\)\s*$")


@dataclass(frozen=True, slots=True)
class _Case:
    when: Rule
    margin: Margin


@dataclass(frozen=True, slots=True)
class _Change:
    """`odds(k, levels…)` or `shift(bins, share)` for those the rule holds for."""

    when: Rule
    kind: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Recipe:
    feature: Feature
    cases: tuple[_Case, ...]
    changes: tuple[_Change, ...]
    loads: Mapping[str, float]

    @property
    def needs(self) -> frozenset[str]:
        named = [part.when.names for part in (*self.cases, *self.changes)]
        read = [case.margin.reads for case in self.cases]
        return frozenset().union(*named, *read)


@dataclass(frozen=True)
class Population:
    """How to draw the patients of one pack."""

    pack: DiseasePack
    recipes: Mapping[str, _Recipe]
    order: tuple[str, ...]

    def draw(
        self, seed: int, patients: Integers, forced: Mapping[str, float] | None = None
    ) -> Draw:
        """These patients of this seed; a forced feature has the same value in all of them."""
        return Draw(self, seed, patients, dict(forced or {}))


@dataclass
class Draw:
    """Patients whose columns are computed when they are first asked for."""

    population: Population
    seed: int
    patients: Integers
    forced: dict[str, float] = field(default_factory=dict)
    _columns: dict[str, Floats] = field(default_factory=dict)

    def column(self, name: str) -> Floats:
        """The values of one feature."""
        if name not in self._columns:
            self._columns[name] = self._draw(name)
        return self._columns[name]

    def table(self, names: Iterable[str] | None = None) -> Table:
        """The columns of these features (all when none are named), ready to be judged."""
        wanted = self.population.order if names is None else names
        columns = {name: self.column(name) for name in wanted if name in self.population.recipes}
        return Table(self.population.pack.vocabulary, columns, self.patients.size)

    def judge(self, rule: Rule) -> Truths:
        """What a rule says of each patient."""
        return self.table(rule.names).judge(rule)

    def keep(self, rows: npt.NDArray[np.bool_]) -> Draw:
        """Only these patients; what was computed for them is kept."""
        columns = {name: column[rows] for name, column in self._columns.items()}
        return Draw(self.population, self.seed, self.patients[rows], self.forced, columns)

    def uniform(self, *names: str | int) -> Floats:
        """One uniform number a patient from the stream of these names."""
        return uniforms(self.seed, self.patients, *names)

    def normal(self, *names: str | int) -> Floats:
        """One standard normal number a patient from the stream of these names."""
        drawn: Floats = special.ndtri(self.uniform(*names))
        return drawn

    def hidden(self, state: str) -> Floats:
        """A hidden state of the patient, standard normal."""
        key = f"hidden {state}"
        if key not in self._columns:
            self._columns[key] = self.normal("state", state)
        return self._columns[key]

    def _draw(self, name: str) -> Floats:
        recipe = self.population.recipes[name]
        if name in self.forced:
            return np.full(self.patients.size, self.forced[name])
        table = self.table(recipe.needs)
        numbers = self._number(name, recipe)
        drawn = np.full(self.patients.size, np.nan)
        for rows, case, numbers_used in _cases(recipe, table, numbers):
            columns = {needed: self.column(needed)[rows] for needed in case.margin.reads}
            drawn[rows] = case.margin.quantile(numbers_used, columns)
        return _limited(_changed(recipe, table, numbers, drawn), recipe.feature)

    def _number(self, name: str, recipe: _Recipe) -> Floats:
        if not recipe.loads:
            return self.uniform("feature", name)
        own = 1.0 - sum(load**2 for load in recipe.loads.values())
        leaning = np.sqrt(own) * self.normal("feature", name)
        for state, load in recipe.loads.items():
            leaning += load * self.hidden(state)
        numbers: Floats = np.clip(special.ndtr(leaning), _EDGE, 1.0 - _EDGE)
        return numbers


def _cases(recipe: _Recipe, table: Table, numbers: Floats) -> Iterable[tuple[Floats, _Case, Floats]]:
    open_rows = np.ones(table.length, bool)
    for case in recipe.cases:
        holds = table.judge(case.when).yes if case.when.leaves else open_rows
        rows = open_rows & holds
        open_rows = open_rows & ~rows
        if rows.any():
            yield rows, case, numbers[rows]


def _changed(recipe: _Recipe, table: Table, numbers: Floats, drawn: Floats) -> Floats:
    for change in recipe.changes:
        rows = table.judge(change.when).yes
        if change.kind == "odds":
            drawn = _with_odds(recipe, change, numbers, drawn, rows)
        else:
            drawn = _shifted(recipe, change, numbers, drawn, rows)
    return drawn


def _with_odds(
    recipe: _Recipe, change: _Change, numbers: Floats, drawn: Floats, rows: Floats
) -> Floats:
    """Multiply the odds of some levels: the uniform number is stretched before it is read."""
    factor, *levels = change.arguments
    wanted = [float(recipe.feature.levels.index(level)) for level in levels]
    quantile = recipe.cases[-1].margin.quantile
    grid = (np.arange(20_000) + 0.5) / 20_000
    raised = np.isin(quantile(grid, {}), wanted)
    weights = np.where(raised, float(factor), 1.0)
    edges = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    stretched = np.interp(numbers[rows], edges, np.linspace(0.0, 1.0, edges.size))
    changed = drawn.copy()
    changed[rows] = quantile(np.clip(stretched, _EDGE, 1 - _EDGE), {})
    return changed


def _shifted(
    recipe: _Recipe, change: _Change, numbers: Floats, drawn: Floats, rows: Floats
) -> Floats:
    """Move a share of the patients by whole bins of a `catrange`: down to the bin's lowest share."""
    bins, share = int(change.arguments[0]), float(change.arguments[1])
    within = np.modf(numbers * 1e6)[0]  # the number's far digits: independent of where it lies
    moved = rows & (within < share)
    bounds = _bin_bounds(recipe)
    place = np.clip(np.searchsorted(bounds[:, 0], drawn[moved], side="right") - 1, 0, None)
    target = np.clip(place + bins, 0, len(bounds) - 1)
    span = np.maximum(bounds[place, 1] - bounds[place, 0], 1.0)
    inner = (drawn[moved] - bounds[place, 0]) / span
    changed = drawn.copy()
    changed[moved] = np.round(bounds[target, 0] + inner * (bounds[target, 1] - bounds[target, 0]))
    return changed


def _bin_bounds(recipe: _Recipe) -> Floats:
    text = recipe.feature.distribution[-1].draw
    bins = re.findall(r"([\d.]+)-([\d.]+)\s*:", text)
    if not bins:
        raise PackError(f"{recipe.feature.id}: shift() needs a catrange(), not {text}.")
    return np.array([[float(low), float(high)] for low, high in bins])


def _limited(drawn: Floats, feature: Feature) -> Floats:
    """What is drawn outside the hard limits stands at the limit."""
    if feature.kind is Kind.NUMBER and feature.hard is not None:
        return np.clip(drawn, feature.hard.low, feature.hard.high)
    return drawn


def uniforms(seed: int, patients: Integers, *names: str | int) -> Floats:
    """One uniform number for each of these patients; patient i's depends on (seed, names, i)."""
    blocks = patients // BLOCK
    drawn = np.empty(patients.size)
    for block in np.unique(blocks):
        rows = blocks == block
        drawn[rows] = _block(seed, int(block), names)[patients[rows] % BLOCK]
    return np.clip(drawn, _EDGE, 1.0 - _EDGE)


def _block(seed: int, block: int, names: tuple[str | int, ...]) -> Floats:
    return generator(seed, "patients", *names, block).random(BLOCK)


def population_of(pack: DiseasePack, assumptions: Assumptions) -> Population:
    """The recipe for drawing patients of a pack.

    Raises:
        PackError: a distribution cannot be read, or features wait for each other in a circle.
    """
    recipes = {feature.id: _recipe(feature, pack, assumptions) for feature in pack.features}
    return Population(pack, recipes, _ordered(recipes))


def _recipe(feature: Feature, pack: DiseasePack, assumptions: Assumptions) -> _Recipe:
    vocabulary = pack.vocabulary
    cases = tuple(
        _Case(parse(case.when, vocabulary), margin(case.draw, feature))
        for case in feature.distribution
    )
    loads = {
        state: weights[feature.id]
        for state, weights in assumptions.dependence.items()
        if feature.id in weights
    }
    if sum(load**2 for load in loads.values()) >= 1.0:
        raise PackError(f"simulation.toml: the weights of {feature.id} leave nothing of its own.")
    changes = tuple(
        _Change(parse(change.when, vocabulary), *_read_change(change.change, feature))
        for change in feature.adjustments
    )
    return _Recipe(feature, cases, changes, loads)


def _read_change(text: str, feature: Feature) -> tuple[str, tuple[str, ...]]:
    found = _CHANGE.match(text)
    if found is None:
        raise PackError(f"{feature.id}: {text} is not an adjustment.")
    return found[1], tuple(part.strip().strip('"') for part in found[2].split(","))


def _ordered(recipes: Mapping[str, _Recipe]) -> tuple[str, ...]:
    ordered: list[str] = []
    waiting = dict(recipes)
    while waiting:
        ready = [name for name, recipe in waiting.items() if not recipe.needs & waiting.keys()]
        if not ready:
            raise PackError(f"These features wait for each other: {', '.join(sorted(waiting))}.")
        ordered += ready
        for name in ready:
            del waiting[name]
    return tuple(ordered)
