"""Drawing patients from a pack: who they are before any treatment is chosen.

Every feature has its own stream of uniform numbers, cut into blocks of patients, so that patient i
depends on (seed, i) alone: a larger cohort extends a smaller one, and any patients can be drawn by
themselves. Features hang together in two ways: by the pack's conditions (drawn in their order), and
by a Gaussian copula over hidden states (tumour burden, inflammation, frailty, ageing) that leaves
every margin as published. Columns are computed when first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.margins import Quantile, quantile_of
from dashboard.foundation.errors import PackError
from dashboard.foundation.seeds import generator
from dashboard.knowledge import populations
from dashboard.knowledge.draws import Bins, Odds, Shift
from dashboard.knowledge.populations import drawing_order, population
from dashboard.knowledge.rule_tables import Table, Truths
from dashboard.knowledge.rules import Rule
from dashboard.knowledge.schema import DiseasePack, Feature, Kind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BLOCK = 4096  # patients drawn together from one stream
_EDGE = 1e-9
_FINE = 20_000  # points a distribution is cut into to change odds


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How one feature is drawn."""

    feature: Feature
    cases: tuple[tuple[Rule, Quantile], ...]
    changes: tuple[tuple[Rule, Odds | Shift], ...]
    needs: frozenset[str]
    bins: Bins | None
    loads: Mapping[str, float]


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

    def keep(self, rows: Flags) -> Draw:
        """Only these patients; what was computed for them is kept."""
        columns = {name: column[rows] for name, column in self._columns.items()}
        return Draw(self.population, self.seed, self.patients[rows], self.forced, columns)

    def keep_rows(self, rows: Integers) -> Draw:
        """These rows by their place, for drawing more about them."""
        return Draw(self.population, self.seed, self.patients[rows], self.forced)

    def with_columns(self, columns: Mapping[str, Floats]) -> Draw:
        """The same patients with these values instead."""
        return Draw(self.population, self.seed, self.patients, self.forced, dict(columns))

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
        for rows, quantile in _cases(recipe, table):
            columns = {needed: self.column(needed)[rows] for needed in recipe.needs}
            drawn[rows] = quantile(numbers[rows], columns)
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


def _cases(recipe: _Recipe, table: Table) -> Iterable[tuple[Flags, Quantile]]:
    """The rows of each case: a row belongs to the first whose rule holds."""
    waiting = np.ones(table.length, bool)
    for rule, quantile in recipe.cases:
        rows = waiting & table.judge(rule).yes
        waiting = waiting & ~rows
        if rows.any():
            yield rows, quantile


def _changed(recipe: _Recipe, table: Table, numbers: Floats, drawn: Floats) -> Floats:
    for rule, change in recipe.changes:
        rows = table.judge(rule).yes
        if isinstance(change, Odds):
            drawn = _with_odds(recipe, change, numbers, drawn, rows)
        else:
            drawn = _shifted(recipe, change, numbers, drawn, rows)
    return drawn


def _with_odds(
    recipe: _Recipe, change: Odds, numbers: Floats, drawn: Floats, rows: Flags
) -> Floats:
    """Multiply the odds of some levels: the uniform number is stretched before it is read."""
    wanted = [float(recipe.feature.levels.index(level)) for level in change.levels]
    quantile = recipe.cases[-1][1]
    grid = (np.arange(_FINE) + 0.5) / _FINE
    weights = np.where(np.isin(quantile(grid, {}), wanted), change.factor, 1.0)
    edges = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    stretched = np.interp(numbers[rows], edges, np.linspace(0.0, 1.0, edges.size))
    changed = drawn.copy()
    changed[rows] = quantile(np.clip(stretched, _EDGE, 1.0 - _EDGE), {})
    return changed


def _shifted(recipe: _Recipe, change: Shift, numbers: Floats, drawn: Floats, rows: Flags) -> Floats:
    """Move a share of the patients by whole bins, to the same place within the other bin."""
    if recipe.bins is None:
        raise PackError(f"{recipe.feature.id}: shift() needs a draw in bins.")
    within = np.modf(numbers * 1e6)[0]  # the number's far digits do not depend on where it lies
    moved = rows & (within < change.p)
    low = np.array([bin_low for bin_low, _, _ in recipe.bins.shares])
    high = np.array([bin_high for _, bin_high, _ in recipe.bins.shares])
    place = np.clip(np.searchsorted(low, drawn[moved], side="right") - 1, 0, None)
    target = np.clip(place + change.bins, 0, low.size - 1)
    inner = (drawn[moved] - low[place]) / np.maximum(high[place] - low[place], 1.0)
    changed = drawn.copy()
    changed[moved] = np.round(low[target] + inner * (high[target] - low[target]))
    return changed


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

    Where facts exclude each other, `simulation.toml` may draw a feature given another with the same
    share overall; it then stands in for the pack's own distribution.

    Raises:
        PackError: a hidden state would leave nothing of a feature's own.
    """
    instead = {redrawn.feature: redrawn.cases for redrawn in assumptions.draws}
    features = [
        feature.model_copy(update={"distribution": instead[feature.id], "adjustments": ()})
        if feature.id in instead
        else feature
        for feature in pack.features
    ]
    parsed = [population(feature, pack.vocabulary) for feature in features]
    recipes = {
        feature.id: _recipe(feature, one, assumptions)
        for feature, one in zip(features, parsed, strict=True)
    }
    return Population(pack, recipes, drawing_order(parsed))


def _recipe(feature: Feature, parsed: populations.Population, assumptions: Assumptions) -> _Recipe:
    loads = {
        state: weights[feature.id]
        for state, weights in assumptions.dependence.items()
        if feature.id in weights
    }
    if sum(load**2 for load in loads.values()) >= 1.0:
        raise PackError(f"simulation.toml: the weights of {feature.id} leave nothing of its own.")
    last = parsed.cases[-1][1] if parsed.cases else None
    return _Recipe(
        feature,
        tuple((rule, quantile_of(draw, feature)) for rule, draw in parsed.cases),
        parsed.adjustments,
        parsed.needs,
        last if isinstance(last, Bins) else None,
        loads,
    )
