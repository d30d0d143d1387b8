"""The curves and chances of whole arms, without drawing a single event.

An arm's marginal curve is the mean over its own patients of each patient's curve; the hidden state
is integrated by quadrature. Everything the solver turns is reached through knobs: one number with
its prior and the arms it touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.curves import (
    WEIGHTS,
    Background,
    Curve,
    Loads,
    disease_survival,
    given_state,
    population_hazard_ratio,
)
from dashboard.cohort.effects import Spill
from dashboard.cohort.trial_cases import EFFECT_HORIZON, Cases, Group, LevelCase, StratumCase

Floats = npt.NDArray[np.float64]

GRID: Floats = np.exp(np.linspace(np.log(0.4), np.log(130.0), 46))
ETA_LIMIT = 3.5  # no patient is beyond this on the log hazard scale
_PRIOR_LOG_SCALE, _PRIOR_LOG_K = 2.0, 0.4
_PRIOR_CHANCE, _PRIOR_LATER = 3.0, 0.35
_APART = 0.25  # difference in a term's mean from which two arms speak about its size
_WIDEST_EFFECT = 0.3
_MIXED = 0.2  # share of later lines from which an arm counts as later, or not


@dataclass(frozen=True)
class Knob:
    """One number the solver may turn."""

    held: Floats
    place: int | tuple[int, int]
    centre: float
    spread: float
    arms: tuple[str, ...]

    def get(self) -> float:
        """The number now."""
        return float(self.held[self.place])

    def set(self, value: float) -> None:
        """Turn it."""
        self.held[self.place] = value


@dataclass
class State:
    """All parameters while they are being solved."""

    curves: dict[str, Floats]  # endpoint -> regimens x (log scale, log k, log theta)
    response: Floats
    complete: Floats
    later: dict[str, Floats]
    sizes: Floats
    begun: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        cases: Cases,
        curves: Mapping[str, Mapping[str, Curve]],
        response: Mapping[str, float],
        complete: Mapping[str, float],
    ) -> State:
        """A state with these curves and chances, and effects of no size."""
        names = cases.book.regimens
        arrays = {
            endpoint: np.array(
                [[held[n].log_scale, held[n].log_k, held[n].log_theta] for n in names]
            )
            for endpoint, held in curves.items()
        }
        chance, whole = (np.array([held[n] for n in names]) for held in (response, complete))
        later = {endpoint: np.zeros(len(names)) for endpoint in ("os", "pfs", "response")}
        later["complete"] = np.zeros(len(names))
        sizes = np.zeros(len(cases.book.all_terms))
        for place, term in enumerate(cases.book.terms):
            if term.endpoint == "toxicity":
                used = next(u for u in cases.book.effects if u.effect.id == term.id)
                sizes[place] = 0.8 * used.log_value
        begun = {endpoint: array.copy() for endpoint, array in arrays.items()}
        state = cls(arrays, chance, whole, later, sizes, begun)
        state.begun["response"] = state.response.copy()
        state.begun["complete"] = state.complete.copy()
        return state

    def curve(self, endpoint: str, regimen: int) -> Curve:
        """The baseline curve of a regimen."""
        return Curve(*(float(value) for value in self.curves[endpoint][regimen]))

    def knobs(self, cases: Cases, endpoint: str, arms: set[str]) -> list[Knob]:
        """What may be turned for an endpoint, given the arms that have figures on it."""
        knobs: list[Knob] = []
        of: dict[int, list[str]] = {}
        for key in cases.arms:
            if key in arms:
                of.setdefault(cases.book.regimens.index(cases.arms[key].regimen), []).append(key)
        for place, keys in of.items():
            knobs += self._own_knobs(cases, endpoint, place, tuple(keys))
            if _both_lines(cases, keys) and endpoint in ("os", "pfs", "response"):
                knobs.append(Knob(self.later[endpoint], place, 0.0, _PRIOR_LATER, tuple(keys)))
        return (
            knobs + self._shared_knobs(cases, endpoint, of) + self._term_knobs(cases, endpoint, of)
        )

    def _own_knobs(
        self, cases: Cases, endpoint: str, place: int, keys: tuple[str, ...]
    ) -> list[Knob]:
        if endpoint in ("response", "complete"):
            held = self.response if endpoint == "response" else self.complete
            centre = float(self.begun[endpoint][place])
            return [Knob(held, place, centre, _PRIOR_CHANCE, keys)]
        curves, begun = self.curves[endpoint], self.begun[endpoint]
        classes = cases.pack.expand_classes(cases.pack.regimen(cases.book.regimens[place]))
        plateau = cases.assumptions.shape_of(classes, endpoint).plateau_sd
        spreads = (_PRIOR_LOG_SCALE, _PRIOR_LOG_K, plateau)
        return [
            Knob(curves, (place, column), float(begun[place, column]), spread, keys)
            for column, spread in enumerate(spreads)
        ]

    def _shared_knobs(self, cases: Cases, endpoint: str, of: Mapping[int, list[str]]) -> list[Knob]:
        knobs = []
        first = len(cases.book.terms)
        wanted = {t.id: t for t in cases.assumptions.terms}
        for offset, term in enumerate(cases.book.mechanisms):
            keys = tuple(key for place, held in of.items() if term.regimens[place] for key in held)
            if term.endpoint == endpoint and keys:
                assumed = wanted[term.id.rsplit(":", 1)[0]]
                knobs.append(
                    Knob(self.sizes, first + offset, assumed.prior_mean, assumed.prior_sd, keys)
                )
        return knobs

    def _term_knobs(self, cases: Cases, endpoint: str, of: Mapping[int, list[str]]) -> list[Knob]:
        """Effects that a regimen's trials differ in: the trials speak, within the error."""
        knobs = []
        errors = {used.effect.id: used.error for used in cases.book.effects}
        for place, term in enumerate(cases.book.terms):
            if term.endpoint != endpoint:
                continue
            held = [keys for regimen, keys in of.items() if term.regimens[regimen]]
            if any(_differ(cases, keys, place) for keys in held):
                arms = tuple(key for keys in held for key in keys)
                spread = min(0.7 * errors[term.id], _WIDEST_EFFECT)
                knobs.append(Knob(self.sizes, place, float(self.sizes[place]), spread, arms))
        return knobs


def _differ(cases: Cases, keys: list[str], place: int) -> bool:
    means = [float(cases.arms[key].group.design[:, place].mean()) for key in keys]
    return max(means) - min(means) > _APART


def _both_lines(cases: Cases, keys: list[str]) -> bool:
    shares = [float(cases.arms[key].group.later_line.mean()) for key in keys]
    return (
        min(shares) < 1.0 - _MIXED and max(shares) > _MIXED and max(shares) - min(shares) > _MIXED
    )


def loads_of(assumptions: Assumptions) -> Loads:
    """How strongly each outcome leans on the hidden state."""
    held = assumptions.outcomes
    return Loads(held.progression_on_state, held.death_on_state, held.response_on_state)


def background_of(assumptions: Assumptions) -> Background:
    """Death from other causes."""
    held = assumptions.outcomes
    return Background(held.background_death_per_year_at_65, held.background_doubling_years)


def spill_of(assumptions: Assumptions) -> Spill:
    """What effects on one endpoint do to another."""
    held = assumptions.outcomes
    return Spill(
        held.progression_effect_of_survival_effect, held.response_effect_of_progression_effect
    )


class Marginals:
    """Marginal curves and chances of arms and groups under the state as it is now."""

    def __init__(self, cases: Cases, state: State) -> None:
        self.cases, self.state = cases, state
        self.loads = loads_of(cases.assumptions)
        self.background = background_of(cases.assumptions)
        self.spill = spill_of(cases.assumptions)
        self.first = cases.assumptions.outcomes.first_assessment_months
        self._held: dict[tuple[str, str], Floats] = {}
        self._weights = self._all_weights()
        self._sizes = state.sizes.copy()
        terms = cases.book.all_terms
        self._reach = {
            e: np.array([t.regimens * (t.endpoint == e) for t in terms]).reshape(len(terms), -1)
            for e in ("os", "pfs", "response")
        }

    def _all_weights(self) -> dict[str, Floats]:
        book, sizes = self.cases.book, self.state.sizes
        return {e: book.weights(sizes, e, self.spill) for e in ("os", "pfs", "response")}

    def predictor(self, group: Group, regimen: int, endpoint: str) -> Floats:
        """The linear predictor of these patients under one regimen."""
        name = "response" if endpoint == "complete" else endpoint
        eta = group.design @ self._weights[name][:, regimen]
        turned = np.flatnonzero(self.state.sizes != self._sizes)
        if turned.size:  # terms turn while the weights stand: only what has changed is added
            change = (self.state.sizes - self._sizes)[turned] * self._reach[name][turned, regimen]
            eta = eta + group.design[:, turned] @ change
        eta = eta + self.state.later[name][regimen] * group.later_line
        limited: Floats = np.clip(eta, -ETA_LIMIT, ETA_LIMIT)
        return limited

    def value(self, arm: str, endpoint: str) -> Floats | float:
        """An arm's curve along the grid, or its chance."""
        case = self.cases.arms[arm]
        regimen = self.cases.book.regimens.index(case.regimen)
        chance = endpoint in ("response", "complete")
        group = case.responders_of if chance else case.group
        return self.of_group(group, regimen, endpoint, arm)

    def of_group(self, group: Group, regimen: int, endpoint: str, key: str = "") -> Floats | float:
        """The same for any patients; a key lets what does not change be remembered."""
        if endpoint == "os":
            return self._survival(group, regimen)
        if endpoint == "pfs":
            return self._progression_free(group, regimen, key)
        return self._chance(group, regimen, endpoint, key)

    def _survival(self, group: Group, regimen: int) -> Floats:
        eta = self.predictor(group, regimen, "os")
        disease = disease_survival(self.state.curve("os", regimen), eta, GRID)
        curve: Floats = (disease * self._other_causes(group, GRID)).mean(axis=0)
        return curve

    def _other_causes(self, group: Group, months: Floats) -> Floats:
        return np.exp(-self.background.hazard(group.age_years, months))

    def _progression_free(self, group: Group, regimen: int, key: str) -> Floats:
        eta = self.predictor(group, regimen, "pfs")
        progression = disease_survival(self.state.curve("pfs", regimen), eta, GRID)
        conditional = given_state(progression, self.loads.progression)
        death = self._death_given_state(group, regimen, key)
        curve: Floats = np.einsum("itq,itq->t", conditional, death) / group.size
        return curve

    def _death_given_state(self, group: Group, regimen: int, key: str) -> Floats:
        """With the weights of the nodes and other causes already in it."""
        if key and (key, "death") in self._held:
            return self._held[key, "death"]
        eta = self.predictor(group, regimen, "os")
        disease = disease_survival(self.state.curve("os", regimen), eta, GRID)
        other = self._other_causes(group, GRID)
        death = given_state(disease, self.loads.death) * WEIGHTS * other[..., None]
        if key:
            self._held[key, "death"] = death
        return death

    def _chance(self, group: Group, regimen: int, endpoint: str, key: str) -> float:
        level = (self.state.response if endpoint == "response" else self.state.complete)[regimen]
        eta = self.predictor(group, regimen, "response")
        chance = special.expit(level + eta)[:, None]
        deep = given_state(chance, self.loads.response)[:, 0, :]
        return float(np.mean(np.sum(deep * self._alive_at_first(group, regimen, key), axis=1)))

    def _alive_at_first(self, group: Group, regimen: int, key: str) -> Floats:
        """P(no event before the first assessment | state), with the weights of the nodes."""
        if key and (key, "first") in self._held:
            return self._held[key, "first"]
        when = np.array([self.first])
        parts = []
        for endpoint, load in (("pfs", self.loads.progression), ("os", self.loads.death)):
            eta = self.predictor(group, regimen, endpoint)
            survival = disease_survival(self.state.curve(endpoint, regimen), eta, when)
            parts.append(given_state(survival, load)[:, 0, :])
        product = parts[0] * parts[1] * WEIGHTS * self._other_causes(group, when)
        if key:
            self._held[key, "first"] = product
        return product

    def level_effect(self, case: LevelCase) -> float:
        """The log ratio that the simulated patients of a level show against their reference."""
        regimen = self.cases.book.regimens.index(case.regimen)
        endpoint = case.used.effect.endpoint
        key = case.used.effect.id
        inside = self.of_group(case.inside, regimen, endpoint, f"{key}+")
        outside = self.of_group(case.reference, regimen, endpoint, f"{key}-")
        return _contrast(inside, outside) / case.span

    def stratum_effect(self, case: StratumCase) -> float:
        """The log ratio of treated against control inside a level, pooled over its trials."""
        total, pooled = 0.0, 0.0
        endpoint = case.used.effect.endpoint
        for part in case.parts:
            names = (part.treated, part.control)
            places = [self.cases.book.regimens.index(name) for name in names]
            first, second = (self.of_group(part.inside, place, endpoint) for place in places)
            pooled += part.weight * _contrast(first, second, part.horizon)
            total += part.weight
        return pooled / total


def _contrast(
    first: Floats | float, second: Floats | float, horizon: float = EFFECT_HORIZON
) -> float:
    if isinstance(first, float) or isinstance(second, float):
        return float(special.logit(first) - special.logit(second))
    until = int(np.searchsorted(GRID, horizon))
    return population_hazard_ratio(first[:until], second[:until])
