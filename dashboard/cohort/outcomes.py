"""What would happen to each patient under every regimen open to them, and how likely it was.

All potential outcomes come from one hidden state of the patient: a general part (how aggressive
the disease is) and a sensitivity to each class of drugs. Progression, death and depth of response
lean on it, so patients who respond live longer because of what they are, not by decree. The
earlier of progression and death ends progression-free survival; a response needs an assessment
before that; side effects fall within the time on treatment. The true risks are the same model
integrated over the state: what a perfect forecast from the patient's values would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.curves import (
    WEIGHTS,
    Curve,
    disease_survival,
    event_free,
    given_state,
    hazard_drawn,
    responding,
)
from dashboard.cohort.effects import EffectBook, effect_book
from dashboard.cohort.marginals import ETA_LIMIT, background_of, loads_of, spill_of
from dashboard.cohort.parameters import Parameters, RegimenParameters
from dashboard.cohort.population import Draw, Population, population_of
from dashboard.cohort.trial_cases import Group, group_of
from dashboard.knowledge.schema import DiseasePack

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HORIZONS_MONTHS = (12.0, 24.0, 36.0, 60.0)
_SHORTEST_MONTHS = 0.03  # a day
_LEAST = 1e-300
LONGEST_MONTHS = 600.0  # fifty years: nobody is followed longer
PROGRESSIVE, STABLE, PARTIAL, COMPLETE = range(4)  # worst to best, as RECIST has them
_HALVINGS = 34  # of a range of twenty thousand: a month is found to a millionth
_MEDIAN_GRID: Floats = np.exp(np.linspace(np.log(0.3), np.log(LONGEST_MONTHS), 16))
ANY = "any"
OTHER = "other"


@dataclass(frozen=True)
class Potential:
    """One regimen's outcomes for the patients it is open to, one entry a patient."""

    regimen: str
    rows: Integers  # of the group
    pfs_months: Floats
    os_months: Floats
    died_first: Flags  # progression-free survival ended by death
    response: Integers
    response_months: Floats  # NaN without a response
    severe_months: dict[str, Floats]  # adverse group -> onset, NaN when it did not happen
    treated_months: Floats


@dataclass(frozen=True)
class Risks:
    """What was true of the same patients before anything was drawn."""

    response: Floats
    complete: Floats
    pfs: Floats  # patients x horizons
    os: Floats
    pfs_median_months: Floats
    os_median_months: Floats
    severe: dict[str, Floats]


@dataclass(frozen=True)
class Shift:
    """What an earlier line changes about a later one.

    Progression moves on the log hazard scale and response on that of log odds; the chance of being
    alive, in normal quantiles, is `os_slope` times the model's plus `os`.
    """

    os: Floats
    pfs: Floats
    response: Floats
    os_slope: float = 1.0

    @classmethod
    def none(cls, size: int) -> Shift:
        """Nothing is changed."""
        return cls(np.zeros(size), np.zeros(size), np.zeros(size))

    @property
    def of_death_alone(self) -> Shift:
        """For drawing: survival is settled on the shifted scale, the rest follows the state."""
        return replace(self, pfs=np.zeros_like(self.os), response=np.zeros_like(self.os))

    def alive(self, survival: Floats, rows: Integers) -> Floats:
        """Survival of the disease by the model (rows by months), as the earlier line changes it."""
        place = special.ndtri(np.clip(survival, _LEAST, 1.0 - 1e-16))
        return np.asarray(special.ndtr(self.os_slope * place + self.os[rows][:, None]))


@dataclass(frozen=True)
class OutcomeModel:
    """The solved model of one pack, ready to draw."""

    pack: DiseasePack
    assumptions: Assumptions
    parameters: Parameters
    population: Population
    book: EffectBook
    weights: dict[str, Floats]
    severe_weights: dict[str, Floats] = field(default_factory=dict)

    def group(self, draw: Draw, year: Floats | float) -> Group:
        """Patients with everything their outcomes depend on."""
        return group_of(draw, self.book, year)

    def predictor(self, group: Group, regimen: int, endpoint: str, rows: Integers) -> Floats:
        """The log hazard (or log odds) of these patients under a regimen, against its centre."""
        held = self.parameters.regimens[self.book.regimens[regimen]]
        eta = group.design[rows] @ self.weights[endpoint][:, regimen]
        return eta + held.later_line.get(endpoint, 0.0) * group.later_line[rows]


def outcome_model(
    pack: DiseasePack, assumptions: Assumptions, parameters: Parameters
) -> OutcomeModel:
    """Make the model of a pack from its solved parameters."""
    book = effect_book(pack, assumptions)
    sizes = np.array([parameters.sizes.get(term.id, 0.0) for term in book.all_terms])
    spill = spill_of(assumptions)
    weights = {e: book.weights(sizes, e, spill) for e in ("os", "pfs", "response")}
    severe = {g.id: _severe_weights(book, sizes, g.id) for g in pack.adverse_groups}
    population = population_of(pack, assumptions)
    return OutcomeModel(pack, assumptions, parameters, population, book, weights, severe)


def _severe_weights(book: EffectBook, sizes: Floats, adverse: str) -> Floats:
    rows = [
        sizes[place] * term.regimens * float(term.adverse_group in ("", adverse))
        if term.endpoint == "toxicity"
        else np.zeros(len(book.regimens))
        for place, term in enumerate(book.all_terms)
    ]
    return np.array(rows).reshape(len(book.all_terms), len(book.regimens))


# -- the hidden state ----------------------------------------------------------------------------


@dataclass
class HiddenState:
    """What a patient is, beyond what is known: the same under every regimen."""

    draw: Draw
    general_share: float
    _classes: dict[str, Floats] = field(default_factory=dict)

    def under(self, classes: Sequence[str]) -> Floats:
        """The state that counts under a regimen of these classes, standard normal."""
        own = np.sum([self._class(name) for name in classes or ("none",)], axis=0)
        own = own / np.sqrt(max(len(classes), 1))
        general = self.draw.hidden("aggressiveness")
        state: Floats = (
            np.sqrt(self.general_share) * general + np.sqrt(1.0 - self.general_share) * own
        )
        return state

    def _class(self, name: str) -> Floats:
        if name not in self._classes:
            self._classes[name] = self.draw.normal("state", "sensitivity", name)
        return self._classes[name]


@dataclass(frozen=True)
class _Scene:
    """Everything needed to draw or to integrate one regimen for its patients."""

    model: OutcomeModel
    group: Group
    regimen: int
    rows: Integers
    shift: Shift
    occasion: str = ""

    @property
    def held(self) -> RegimenParameters:
        return self.model.parameters.regimens[self.name]

    @property
    def name(self) -> str:
        return self.model.book.regimens[self.regimen]

    @property
    def age(self) -> Floats:
        return self.group.age_years[self.rows]

    def eta(self, endpoint: str) -> Floats:
        eta = self.model.predictor(self.group, self.regimen, endpoint, self.rows)
        eta = np.clip(eta, -ETA_LIMIT, ETA_LIMIT)
        if endpoint == "os":  # moved on another scale, by `alive`
            return eta
        moved: Floats = getattr(self.shift, endpoint)[self.rows]
        return eta + moved

    def alive(self, months: Floats) -> Floats:
        """The chance of not having died of the disease: patients by months."""
        survival = disease_survival(self.held.os, self.eta("os"), months)
        return self.shift.alive(survival, self.rows)

    def normal(self, *names: str) -> Floats:
        part = self.group.draw.keep_rows(self.rows)
        return part.normal(*names, *([self.occasion] if self.occasion else []))

    def uniform(self, *names: str) -> Floats:
        part = self.group.draw.keep_rows(self.rows)
        return part.uniform(*names, *([self.occasion] if self.occasion else []))


def draw_potential(
    model: OutcomeModel,
    group: Group,
    open_to: Flags,
    *,
    shift: Shift | None = None,
    occasion: str = "",
    settled: Floats | None = None,
) -> list[Potential]:
    """Draw every open regimen's outcomes.

    Args:
        model: the solved model.
        group: the patients.
        open_to: patients x regimens: which regimens each patient may be given.
        shift: what an earlier line changes.
        occasion: names a later decision of the same patients, so that its luck is its own.
        settled: where an earlier line has decided the survival (a later line): the chance of being
            alive down to which each patient lives, under every regimen.
    """
    state = HiddenState(group.draw, model.assumptions.outcomes.general_share)
    drawn = []
    for regimen in range(len(model.book.regimens)):
        rows = np.flatnonzero(open_to[:, regimen])
        if rows.size:
            moved = shift or Shift.none(group.size)
            scene = _Scene(model, group, regimen, rows, moved, occasion)
            drawn.append(_draw_regimen(scene, state, settled))
    return drawn


def _draw_regimen(scene: _Scene, state: HiddenState, settled: Floats | None) -> Potential:
    assumed = scene.model.assumptions.outcomes
    loads = loads_of(scene.model.assumptions)
    classes = scene.model.pack.regimen(scene.name).classes
    under = state.under(classes)[scene.rows]
    progression = scene.held.pfs.when(
        hazard_drawn(under, scene.normal("progression", scene.name), loads.progression)
        * np.exp(-scene.eta("pfs"))
    )
    death = _death(scene, under, settled)
    pfs = np.minimum(np.minimum(progression, death), LONGEST_MONTHS)
    died_first = death <= progression
    response, when = _respond(scene, under, pfs, assumed.first_assessment_months)
    treated = _time_on_treatment(scene, pfs)
    severe = _severe_onsets(scene, treated)
    return Potential(
        scene.name,
        scene.rows,
        pfs,
        np.minimum(death, LONGEST_MONTHS),
        died_first,
        response,
        when,
        severe,
        treated,
    )


def _death(scene: _Scene, under: Floats, settled: Floats | None) -> Floats:
    """Death from the disease or from anything else, whichever is first."""
    if settled is not None:
        return _when_dead(scene, settled[scene.rows])
    assumed = scene.model.assumptions.outcomes
    shared = np.sqrt(assumed.death_noise_shared) * scene.normal("death", "patient")
    own = shared + np.sqrt(1.0 - assumed.death_noise_shared) * scene.normal("death", scene.name)
    hazard = hazard_drawn(under, own, assumed.death_on_state)
    disease = scene.held.os.when(hazard * np.exp(-scene.eta("os")))
    background = background_of(scene.model.assumptions)
    other = background.when(scene.age, -np.log(scene.uniform("death", "other causes")))
    return np.maximum(np.minimum(disease, other), _SHORTEST_MONTHS)


def _when_dead(scene: _Scene, chance: Floats) -> Floats:
    """The month at which the chance of being alive has fallen to so much, by halving."""
    low = np.full(chance.size, np.log(_SHORTEST_MONTHS))
    high = np.full(chance.size, np.log(LONGEST_MONTHS))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        dead = _alive_each(scene, np.exp(middle)) < chance
        low, high = np.where(dead, low, middle), np.where(dead, middle, high)
    months: Floats = np.exp(high)
    return months


def _alive_each(scene: _Scene, months: Floats) -> Floats:
    """The chance of each patient to be alive at a month of their own."""
    disease = np.exp(-np.exp(scene.eta("os")) * scene.held.os.hazard(months))
    moved = scene.shift.alive(disease[:, None], scene.rows)[:, 0]
    other = background_of(scene.model.assumptions).borne(scene.age, months)
    alive: Floats = moved * np.exp(-other)
    return alive


def _respond(scene: _Scene, under: Floats, pfs: Floats, first: float) -> tuple[Integers, Floats]:
    load = scene.model.assumptions.outcomes.response_on_state
    depth = load * under + np.sqrt(1.0 - load**2) * scene.normal("response", scene.name)
    eta = scene.eta("response")
    assessed = pfs > first
    reached = assessed & (depth > -special.ndtri(special.expit(scene.held.response + eta)))
    complete = reached & (depth > -special.ndtri(special.expit(_complete(scene) + eta)))
    best = np.where(assessed, STABLE, PROGRESSIVE)
    best = np.where(complete, COMPLETE, np.where(reached, PARTIAL, best))
    spread = scene.uniform("response", "time", scene.name)
    later = first + (np.minimum(pfs, first + 4.0) - first) * spread**2
    return best.astype(np.int64), np.where(reached, later, np.nan)


def _complete(scene: _Scene) -> float:
    return min(scene.held.complete, scene.held.response)


def _time_on_treatment(scene: _Scene, pfs: Floats) -> Floats:
    """Until progression or death, or a stop before it, at most two years for fixed courses."""
    stops = -np.log(scene.uniform("treatment", "stop", scene.name)) * _MEAN_MONTHS_TO_STOP
    return np.maximum(np.minimum(pfs, stops), np.minimum(pfs, 0.25))


_MEAN_MONTHS_TO_STOP = 60.0


def _severe_onsets(scene: _Scene, treated: Floats) -> dict[str, Floats]:
    held = scene.held.severe
    if not held.groups:
        return {}
    share = scene.model.assumptions.toxicity.median_onset_share
    frail = held.frailty * scene.normal("severe", "frailty")
    own = np.sqrt(1.0 - held.frailty**2)
    onsets: dict[str, Floats] = {}
    for adverse, chance in severe_chances(
        scene.model, scene.group, scene.regimen, scene.rows
    ).items():
        happens = (
            special.ndtri(chance) + frail + own * scene.normal("severe", scene.name, adverse) > 0
        )
        place = scene.uniform("severe", "onset", scene.name, adverse)
        onsets[adverse] = np.where(
            happens, treated * place ** (np.log(share) / np.log(0.5)), np.nan
        )
    onsets[ANY] = _first(list(onsets.values()))
    onsets.pop(OTHER, None)
    return onsets


def _first(onsets: list[Floats]) -> Floats:
    stacked = np.where(np.isnan(onsets), np.inf, onsets).min(axis=0)
    return np.where(np.isinf(stacked), np.nan, stacked)


def severe_chances(
    model: OutcomeModel, group: Group, regimen: int, rows: Integers
) -> dict[str, Floats]:
    """Each patient's chance of every group of severe events, and of others outside the groups."""
    from dashboard.cohort.severe_events import host_predictor

    held = model.parameters.regimens[model.book.regimens[regimen]].severe
    host = host_predictor(group, model.assumptions.toxicity)[rows]
    design = group.design[rows]
    chances = {}
    for adverse, level in held.groups.items():
        eta = host + design @ model.severe_weights[adverse][:, regimen]
        chances[adverse] = np.clip(special.expit(level + eta), 1e-6, 1 - 1e-6)
    if held.other is not None:
        chances[OTHER] = np.clip(special.expit(held.other + host), 1e-6, 1 - 1e-6)
    return chances


# -- what was true beforehand --------------------------------------------------------------------


def true_risks(
    model: OutcomeModel, group: Group, regimen: int, rows: Integers, *, shift: Shift | None = None
) -> Risks:
    """The risks of these patients under a regimen, given their values, over the hidden state."""
    scene = _Scene(model, group, regimen, rows, shift or Shift.none(group.size))
    loads = loads_of(model.assumptions)
    background = background_of(model.assumptions)
    eta_pfs = scene.eta("pfs")
    horizons = np.array(HORIZONS_MONTHS)
    times = np.concatenate([horizons, _MEDIAN_GRID])
    other = np.exp(-background.hazard(scene.age, times))
    death = scene.alive(times)
    progression = disease_survival(scene.held.pfs, eta_pfs, times)
    free = event_free(progression, death, loads) * other
    alive = death * other
    split = horizons.size
    response, complete = _true_response(scene, eta_pfs)
    return Risks(
        response,
        complete,
        free[:, :split],
        alive[:, :split],
        _medians(free[:, split:]),
        _medians(alive[:, split:]),
        _true_severe(scene),
    )


def _true_response(scene: _Scene, eta_pfs: Floats) -> tuple[Floats, Floats]:
    loads = loads_of(scene.model.assumptions)
    first = np.array([scene.model.assumptions.outcomes.first_assessment_months])
    death = scene.alive(first)
    progression = disease_survival(scene.held.pfs, eta_pfs, first)
    other = np.exp(-background_of(scene.model.assumptions).hazard(scene.age, first))[:, 0]
    eta = scene.eta("response")
    found = []
    for level in (scene.held.response, _complete(scene)):
        chance = special.expit(level + eta)[:, None]
        found.append(responding(chance, progression, death, loads)[:, 0] * other)
    return found[0], found[1]


def _medians(curve: Floats) -> Floats:
    """Where each patient's curve crosses one half; between points a hazard is a power of time."""
    logs = np.log(_MEDIAN_GRID)
    hazard = np.log(np.maximum(-np.log(np.maximum(curve, 1e-12)), 1e-9))
    place = np.clip((curve > 0.5).sum(axis=1), 1, logs.size - 1)  # noqa: PLR2004
    rows = np.arange(curve.shape[0])
    before, after = hazard[rows, place - 1], hazard[rows, place]
    share = (np.log(np.log(2.0)) - before) / np.maximum(after - before, 1e-12)
    median = np.exp(logs[place - 1] + np.clip(share, -3.0, 1.0) * (logs[place] - logs[place - 1]))
    return np.where(curve[:, -1] > 0.5, np.inf, median)  # noqa: PLR2004


def _true_severe(scene: _Scene) -> dict[str, Floats]:
    chances = severe_chances(scene.model, scene.group, scene.regimen, scene.rows)
    if not chances:
        return {}
    frailty = scene.held.severe.frailty
    free = np.ones((scene.rows.size, WEIGHTS.size))
    for chance in chances.values():
        free = free * (1.0 - given_state(chance, frailty))
    risks = {adverse: chance for adverse, chance in chances.items() if adverse != OTHER}
    risks[ANY] = 1.0 - free @ WEIGHTS
    return risks


def hazard_at(
    model: OutcomeModel,
    group: Group,
    given: tuple[int, Integers],
    months: Floats,
    *,
    endpoint: str,
    shift: Shift | None = None,
) -> Floats:
    """The cumulative hazard borne by a month, by these rows under this regimen (`given`)."""
    regimen, rows = given
    scene = _Scene(model, group, regimen, rows, shift or Shift.none(group.size))
    curve: Curve = getattr(scene.held, endpoint)
    return np.exp(scene.eta(endpoint)) * curve.hazard(np.maximum(months, 1e-3))


def alive_at(
    model: OutcomeModel,
    group: Group,
    given: tuple[int, Integers],
    months: Floats,
    *,
    shift: Shift | None = None,
) -> Floats:
    """The chance of these rows under this regimen (`given`) to be alive, each at a month."""
    regimen, rows = given
    scene = _Scene(model, group, regimen, rows, shift or Shift.none(group.size))
    return _alive_each(scene, np.maximum(months, 1e-3))
