"""Solving the parameters so that simulated trials come out as published.

Weighted non-linear least squares (Levenberg-Marquardt with a robust loss) over medians,
landmarks, hazard ratios and response rates of every arm at once. All marginal curves are computed
from the trial's own patients without drawing events, so the sums are smooth and solve quickly.
Parameters belong to a regimen and are shared by all of its trials; what trials disagree on beyond
that stays as a residual and is named in the report. Effects are solved in turn with the curves:
the published contrast is what the simulated patients must show, not what is typed into the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assumptions import NO_DRUGS, Assumptions, Shape
from dashboard.cohort.curves import Curve, population_hazard_ratio
from dashboard.cohort.marginals import GRID, Marginals, State
from dashboard.cohort.parameters import Parameters, RegimenParameters
from dashboard.cohort.progress import Told, silent, within
from dashboard.cohort.severe_events import solve_severe_events
from dashboard.cohort.trial_cases import Cases, LevelCase, StratumCase, cases_of, followed_to
from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.schema import DiseasePack, Regimen

Floats = npt.NDArray[np.float64]

PATIENTS = 400  # drawn for each arm while solving
ROUNDS = 3  # of curves, then effects
_STEPS = 14
_ROBUST_FROM = 1.5  # standard errors beyond which a residual pulls less
_Z95 = 1.959963984540054
_BORROWED = 0.35  # standard error of a log median taken from other endpoints or regimens
_UNREAD = 1.4  # how much wider a figure counts that was not re-read at its source
_PRIOR_SIZE = 0.6
_USUAL_RESPONSE, _UNAIDED_RESPONSE = 25.0, 0.5  # percent; placebo arms of four trials: 0 to 0.4
_MOST = {"os": 2.5, "pfs": 2.5, "response": 3.0}


def fingerprint_of(pack: DiseasePack, assumptions: Assumptions) -> str:
    """Names what a solution was made from: the pack and the assumptions."""
    text = pack.fingerprint + assumptions.model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def solve(
    pack: DiseasePack,
    assumptions: Assumptions,
    seed: int,
    patients: int = PATIENTS,
    *,
    told: Told = silent,
) -> Parameters:
    """Solve all parameters of a pack from its published figures."""
    cases = cases_of(pack, assumptions, seed, patients, told=within(told, 0.0, 0.2))
    state = first_state(cases)
    for turn in range(ROUNDS):
        _solve_effects(cases, state)
        for place, endpoint in enumerate(("os", "pfs", "response", "complete")):
            told(0.2 + 0.8 * (turn + place / 4) / ROUNDS)
            _Fit(cases, state, endpoint).run(_STEPS if turn else _STEPS + 6)
    return _as_parameters(cases, state, seed)


# -- where the search begins ---------------------------------------------------------------------


def first_state(cases: Cases) -> State:
    """A start from the raw published medians and the shapes of the drug classes."""
    pack = cases.pack
    curves: dict[str, dict[str, Curve]] = {"pfs": {}, "os": {}}
    slope, level = _survival_from_progression(pack.arms)
    for regimen in pack.regimens:
        medians = {e: _middle(pack.arms_of(regimen.id), f"{e}_median_months") for e in curves}
        pfs = medians["pfs"] or (
            medians["os"] and float(np.exp((np.log(medians["os"]) - level) / slope))
        )
        pfs = pfs or _class_median(pack, regimen)
        overall = medians["os"] or float(np.exp(level + slope * np.log(pfs)))
        for endpoint, median in (("pfs", pfs), ("os", overall)):
            shape = cases.assumptions.shape_of(pack.expand_classes(regimen), endpoint)
            curves[endpoint][regimen.id] = _curve_through(median, shape)
    chance = {
        regimen.id: _logit(
            (_middle(pack.arms_of(regimen.id), "orr_pct") or _usual_response(regimen)) / 100.0
        )
        for regimen in pack.regimens
    }
    complete = {
        regimen.id: _logit((_middle(pack.arms_of(regimen.id), "cr_pct") or 3.0) / 100.0)
        for regimen in pack.regimens
    }
    return State.start(cases, curves, chance, complete)


def _survival_from_progression(arms: Iterable[Arm]) -> tuple[float, float]:
    """How median survival goes with median PFS in the pack (log scale): slope and level."""
    pairs = [
        (np.log(a.pfs_median_months), np.log(a.os_median_months))
        for a in arms
        if a.pfs_median_months and a.os_median_months
    ]
    if len(pairs) < 5:  # noqa: PLR2004
        return 0.7, 1.5
    progression, survival = np.array(pairs, dtype=float).T
    slope, level = np.polyfit(progression, survival, 1)
    return float(max(slope, 0.2)), float(level)


def _middle(arms: Sequence[Arm], name: str) -> float | None:
    values = [getattr(arm, name) for arm in arms if getattr(arm, name) is not None]
    if values:
        return float(np.exp(np.mean(np.log(np.maximum(values, 0.3)))))
    if not name.endswith("median_months"):
        return None
    lows = [low for arm in arms if (low := getattr(arm, name.replace("_months", "_low")))]
    return 1.4 * float(np.mean(lows)) if lows else None


def _usual_response(regimen: Regimen) -> float:
    """The response rate in percent where no arm tells one: hardly anybody's without drugs."""
    return _UNAIDED_RESPONSE if NO_DRUGS & set(regimen.classes) else _USUAL_RESPONSE


def _class_median(pack: DiseasePack, regimen: Regimen) -> float:
    """A regimen without any arm starts from those that share most of its classes."""
    classes = pack.expand_classes(regimen)
    scored = []
    for other in pack.regimens:
        median = _middle(pack.arms_of(other.id), "pfs_median_months")
        if median and other.id != regimen.id:
            shared = len(classes & pack.expand_classes(other))
            scored.append((shared, np.log(median)))
    if not scored:
        return 6.0
    most = max(shared for shared, _ in scored)
    return float(np.exp(np.mean([value for shared, value in scored if shared == most])))


def _curve_through(median: float, shape: Shape) -> Curve:
    theta = -np.log(shape.plateau)
    power = -np.log1p(-np.log(2.0) / theta)
    scale = np.log(median) - np.log(power) / shape.k
    return Curve(float(scale), float(np.log(shape.k)), float(np.log(theta)))


def _logit(p: float) -> float:
    held = float(np.clip(p, 0.003, 0.997))
    return float(np.log(held / (1.0 - held)))


# -- what is aimed at ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """One figure: what the arms must show, and how surely it is known."""

    arms: tuple[str, ...]
    measure: Callable[..., float]  # of the arms' curves (or chances)
    value: float
    error: float


def trust(arm: Arm, *fields: str) -> float:
    """How much wider a figure counts when it was not re-read at its source."""
    source = arm.source
    if source.verified == "yes":
        return 1.0
    return 1.0 if set(fields) & set(source.verified_fields) else _UNREAD


def survival_targets(cases: Cases, endpoint: str) -> list[Target]:
    """Medians, landmarks and hazard ratios of every arm."""
    targets: list[Target] = []
    for case in cases.arms.values():
        if case.arm is not None:
            targets += _median_target(case.arm, endpoint)
            targets += _landmark_targets(case.arm, endpoint)
    for comparison in cases.comparisons:
        targets += _ratio_target(comparison.arm, comparison.control, endpoint)
    return targets + borrowed_targets(cases, targets, endpoint)


def borrowed_targets(cases: Cases, targets: Sequence[Target], endpoint: str) -> list[Target]:
    """Weak targets for regimens without any figure on an endpoint.

    Median survival goes with median PFS across the pack's arms; a regimen with neither takes the
    PFS of those that share most of its classes.
    """
    spoken = {cases.arms[key].regimen for target in targets for key in target.arms[:1]}
    slope, level = _survival_from_progression(cases.pack.arms)
    borrowed = []
    for case in cases.arms.values():
        if case.regimen in spoken:
            continue
        regimen = cases.pack.regimen(case.regimen)
        medians = cases.pack.arms_of(case.regimen)
        own = {e: _middle(medians, f"{e}_median_months") for e in ("pfs", "os")}
        pfs = own["pfs"] or (own["os"] and float(np.exp((np.log(own["os"]) - level) / slope)))
        pfs = pfs or _class_median(cases.pack, regimen)
        wanted = pfs if endpoint == "pfs" else float(np.exp(level + slope * np.log(pfs)))
        borrowed.append(Target((case.key,), _log_hazard_at(wanted), 0.0, _BORROWED))
    return borrowed


def _log_hazard_at(median: float) -> Callable[[Floats], float]:
    return lambda curve: float(np.log(np.maximum(hazard_at(curve, median), 1e-6) / np.log(2.0)))


def _median_target(arm: Arm, endpoint: str) -> list[Target]:
    median, low, high = (
        getattr(arm, f"{endpoint}_median_{part}") for part in ("months", "low", "high")
    )
    if median is None:
        return _not_reached(arm, endpoint, low)
    error = median_error(median, low, high, arm.n)
    wide = error * trust(arm, f"{endpoint}_median_months")
    return [Target((arm.id,), _log_hazard_at(median), 0.0, max(1.1 * wide, 0.03))]


def _not_reached(arm: Arm, endpoint: str, low: float | None) -> list[Target]:
    """A median not reached, with a lower bound: the curve is above one half there."""
    if low is None:
        return []

    def measure(curve: Floats) -> float:
        return max(0.0, float(np.log(hazard_at(curve, low) / np.log(2.0))) + 0.15)

    del endpoint
    return [Target((arm.id,), measure, 0.0, 0.2)]


def median_error(median: float, low: float | None, high: float | None, n: int | None) -> float:
    """The standard error of a log median, from its interval or from the number of patients."""
    if low and high and high > low:
        return max(float(np.log(high / low)) / (2 * _Z95), 0.015)
    if low and low < median:
        return max(float(np.log(median / low)) / _Z95, 0.015)
    return float(1.25 / np.sqrt(0.7 * (n or 100)))


def hazard_at(curve: Floats, months: float) -> float:
    """The marginal cumulative hazard at a time, between the points of the grid."""
    hazard = -np.log(np.maximum(curve, 1e-9))
    return float(np.interp(np.log(months), np.log(GRID), hazard))


def _landmark_targets(arm: Arm, endpoint: str) -> list[Target]:
    targets = []
    for landmark in arm.landmarks:
        if landmark.endpoint != endpoint:
            continue
        share = landmark.percent / 100.0
        n = 0.8 * (arm.n or 100)
        error = float(np.sqrt(max(share * (1 - share), 0.02) / n + 0.015**2))
        wide = error * trust(arm, f"{endpoint}_{landmark.months}mo_pct")
        measure = _survival_at(landmark.months)
        targets.append(Target((arm.id,), measure, share, wide))
    return targets


def _survival_at(months: float) -> Callable[[Floats], float]:
    return lambda curve: float(np.exp(-hazard_at(curve, months)))


def _ratio_target(arm: Arm, control: str, endpoint: str) -> list[Target]:
    value, low, high = (getattr(arm, f"{endpoint}_hr{part}") for part in ("", "_low", "_high"))
    if value is None:
        return []
    error = float(np.log(high / low)) / (2 * _Z95) if low and high else 0.2
    horizon = followed_to(arm)

    def measure(treated: Floats, held: Floats) -> float:
        return ratio_between(treated, held, horizon)

    wide = max(error, 0.04) * trust(arm, f"{endpoint}_hr")
    return [Target((arm.id, control), measure, float(np.log(value)), wide)]


def ratio_between(treated: Floats, control: Floats, horizon: float) -> float:
    """The log hazard ratio of two curves followed to a month."""
    until = max(int(np.searchsorted(GRID, horizon)), 3)
    return population_hazard_ratio(treated[:until], control[:until])


def chance_targets(cases: Cases, name: str) -> list[Target]:
    """Response rates (`orr_pct`) or complete responses (`cr_pct`) of every arm."""
    targets = []
    for case in cases.arms.values():
        percent = None if case.arm is None else getattr(case.arm, name)
        if case.arm is None or percent is None:
            continue
        share, n = percent / 100.0, case.patients_judged or 100
        error = float(np.sqrt(max(share * (1 - share), 0.015) / n)) * trust(case.arm, name)
        targets.append(Target((case.key,), float, share, max(error, 0.008)))
    return targets


# -- the search ----------------------------------------------------------------------------------


class _Fit:
    """Levenberg-Marquardt over the parameters of one endpoint."""

    def __init__(self, cases: Cases, state: State, endpoint: str) -> None:
        self.cases, self.state, self.endpoint = cases, state, endpoint
        self.marginals = Marginals(cases, state)
        if endpoint in ("os", "pfs"):
            self.targets = survival_targets(cases, endpoint)
        else:
            self.targets = chance_targets(cases, "orr_pct" if endpoint == "response" else "cr_pct")
        self.knobs = state.knobs(cases, endpoint, {key for t in self.targets for key in t.arms})
        used = {arm for target in self.targets for arm in target.arms}
        self.arms = [arm for arm in cases.arms if arm in used]
        self.users: dict[str, list[int]] = {arm: [] for arm in self.arms}
        for place, target in enumerate(self.targets):
            for arm in target.arms:
                self.users[arm].append(place)

    def run(self, steps: int) -> None:
        if not self.targets or not self.knobs:
            return
        values = {arm: self.marginals.value(arm, self.endpoint) for arm in self.arms}
        damping, cost = 1e-2, np.inf
        cost, residuals = self._cost(values)
        for _ in range(steps):
            jacobian = self._jacobian(values, residuals)
            improved = False
            for _ in range(5):
                move = self._step(jacobian, residuals, damping)
                before = [knob.get() for knob in self.knobs]
                self._apply([b + m for b, m in zip(before, move, strict=True)])
                tried = {arm: self.marginals.value(arm, self.endpoint) for arm in self.arms}
                new_cost, new_residuals = self._cost(tried)
                if new_cost < cost:
                    improved = cost - new_cost > 1e-3 * cost
                    values, cost, residuals = tried, new_cost, new_residuals
                    damping = max(damping / 4, 1e-5)
                    break
                self._apply(before)
                damping *= 5
            if not improved:
                break

    def _apply(self, values: Sequence[float]) -> None:
        for knob, value in zip(self.knobs, values, strict=True):
            knob.set(value)

    def _residual(self, place: int, values: Mapping[str, object]) -> float:
        target = self.targets[place]
        shown = target.measure(*(values[arm] for arm in target.arms))
        return (shown - target.value) / target.error

    def _cost(self, values: Mapping[str, object]) -> tuple[float, Floats]:
        residuals = np.array([self._residual(p, values) for p in range(len(self.targets))])
        size = np.abs(residuals)
        robust = np.where(
            size <= _ROBUST_FROM, 0.5 * size**2, _ROBUST_FROM * (size - 0.5 * _ROBUST_FROM)
        )
        prior = sum(0.5 * ((k.get() - k.centre) / k.spread) ** 2 for k in self.knobs)
        return float(robust.sum() + prior), residuals

    def _jacobian(self, values: Mapping[str, object], residuals: Floats) -> Floats:
        jacobian = np.zeros((len(self.targets), len(self.knobs)))
        for column, knob in enumerate(self.knobs):
            held = knob.get()
            knob.set(held + 1e-3)
            touched = [arm for arm in knob.arms if arm in self.users]
            moved = {arm: self.marginals.value(arm, self.endpoint) for arm in touched}
            knob.set(held)
            both = {**values, **moved}
            for place in {place for arm in touched for place in self.users[arm]}:
                jacobian[place, column] = (self._residual(place, both) - residuals[place]) / 1e-3
        return jacobian

    def _step(self, jacobian: Floats, residuals: Floats, damping: float) -> Floats:
        size = np.maximum(np.abs(residuals), 1e-12)
        weight = np.where(size <= _ROBUST_FROM, 1.0, _ROBUST_FROM / size)
        precision = np.array([1.0 / knob.spread**2 for knob in self.knobs])
        pull = np.array([(knob.get() - knob.centre) for knob in self.knobs]) * precision
        weighted = jacobian * weight[:, None]
        normal = weighted.T @ jacobian + np.diag(precision)
        gradient = weighted.T @ residuals + pull
        normal += damping * np.diag(np.diag(normal))
        return np.clip(-np.linalg.solve(normal, gradient), -0.8, 0.8)


# -- effects -------------------------------------------------------------------------------------


def _solve_effects(cases: Cases, state: State) -> None:
    """One Gauss-Newton step on the sizes of all effects, with a ridge towards none."""
    marginals = Marginals(cases, state)
    for endpoint in ("os", "pfs", "response"):
        rows = effect_rows(cases, marginals, endpoint)
        free = [i for i, t in enumerate(cases.book.terms) if t.endpoint == endpoint]
        if not rows or not free:
            continue
        slopes = np.array([row.slopes for row in rows])[:, free]
        gaps = np.array([row.gap for row in rows])
        errors = np.array([row.error for row in rows])
        scaled = slopes / errors[:, None]
        now = state.sizes[free]
        normal = scaled.T @ scaled + np.eye(len(free)) / _PRIOR_SIZE**2
        move = np.linalg.solve(normal, scaled.T @ (gaps / errors) - now / _PRIOR_SIZE**2)
        state.sizes[free] = np.clip(now + move, -_MOST[endpoint], _MOST[endpoint])


@dataclass(frozen=True, slots=True)
class EffectRow:
    """How far a simulated effect is from the published one, and what would move it."""

    slopes: Floats
    gap: float
    error: float


def effect_rows(cases: Cases, marginals: Marginals, endpoint: str) -> list[EffectRow]:
    """One row for each effect of the endpoint that can be simulated."""
    levels = [
        _level_row(cases, case, marginals)
        for case in cases.levels
        if case.used.effect.endpoint == endpoint
    ]
    strata = [
        _stratum_row(cases, case, marginals)
        for case in cases.strata
        if case.used.effect.endpoint == endpoint
    ]
    return levels + strata


def _level_row(cases: Cases, case: LevelCase, marginals: Marginals) -> EffectRow:
    place = cases.book.regimens.index(case.regimen)
    mask = np.array([term.regimens[place] for term in cases.book.all_terms])
    difference = case.inside.design.mean(axis=0) - case.reference.design.mean(axis=0)
    shown = marginals.level_effect(case)
    return EffectRow(mask * difference / case.span, case.used.log_value - shown, case.used.error)


def _stratum_row(cases: Cases, case: StratumCase, marginals: Marginals) -> EffectRow:
    total = sum(part.weight for part in case.parts)
    slopes = np.zeros(len(cases.book.all_terms))
    for part in case.parts:
        names = (part.treated, part.control)
        first, second = (cases.book.regimens.index(name) for name in names)
        mask = np.array([t.regimens[first] - t.regimens[second] for t in cases.book.all_terms])
        away = part.inside.design.mean(axis=0) - part.everyone.design.mean(axis=0)
        slopes += part.weight / total * mask * away
    shown = marginals.stratum_effect(case)
    return EffectRow(slopes, case.used.log_value - shown, case.used.error)


def _as_parameters(cases: Cases, state: State, seed: int) -> Parameters:
    spoken = {arm.regimen_id for arm in cases.pack.arms}
    regimens = {}
    for place, name in enumerate(cases.book.regimens):
        later = {
            endpoint: float(state.later[endpoint][place])
            for endpoint in ("os", "pfs", "response")
            if state.later[endpoint][place] != 0.0
        }
        regimens[name] = RegimenParameters(
            pfs=state.curve("pfs", place),
            os=state.curve("os", place),
            response=float(state.response[place]),
            complete=float(state.complete[place]),
            later_line=later,
            severe=solve_severe_events(cases, state, place),
            basis="trials" if name in spoken else "class",
        )
    terms = cases.book.all_terms
    return Parameters(
        pack=cases.pack.id,
        fingerprint=fingerprint_of(cases.pack, cases.assumptions),
        seed=seed,
        regimens=regimens,
        sizes={t.id: float(s) for t, s in zip(terms, state.sizes, strict=True)},
    )
