"""What having come through an earlier line says about the next: measured, then kept.

Later-line patients of a registry are survivors of a failure, and their remaining survival was
settled with the first line. A simulated registry is compared with what the model alone would say of
such patients, and what is missing becomes the carry-over: for survival a probit regression of being
alive at several months on the model's own chance (its slope, and a level by which line it is, how
long the last treatment held and the patient's outlook), for progression a Poisson regression of the
events on the hazard borne, for response a level. What it changes is simulated again and regressed
anew. With it the true risks of later lines are true on average, regimen by regimen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.decisions import Decision
from dashboard.cohort.lines import NOT_STEPS, NOTHING, earlier_lines, outlook_of
from dashboard.cohort.outcomes import PARTIAL, OutcomeModel, alive_at, hazard_at
from dashboard.cohort.simulator import simulate_decisions

Floats = npt.NDArray[np.float64]

PATIENTS = 8000
HORIZONS_MONTHS = (6.0, 12.0, 24.0, 36.0)  # at which being alive is held against the model
_PROGRESSION_MONTHS = 24.0  # over which progression is: the tail is thin
_PASSES = 3
_FEWEST = 150
_NEWTON = 25
_FARTHEST = 3.5  # normal quantiles: beyond, a chance is as good as certain
_STEADY = 25.0  # patients' worth that hold a step of the level to nothing

Held = dict[str, tuple[float, ...]]


@dataclass
class _Seen:
    """What later-line patients showed of one endpoint, one entry a patient (and month)."""

    happened: list[Floats] = field(default_factory=list)
    told: list[Floats] = field(default_factory=list)  # by the model alone
    known: list[Floats] = field(default_factory=list)  # of the earlier lines

    def add(self, happened: Floats, told: Floats, known: Floats) -> None:
        self.happened.append(happened)
        self.told.append(told)
        self.known.append(known)

    @property
    def enough(self) -> bool:
        return sum(part.size for part in self.happened) >= _FEWEST

    def rows(self) -> tuple[Floats, Floats, Floats]:
        parts = (self.happened, self.told, self.known)
        happened, told, known = (np.concatenate(part) for part in parts)
        return happened, told, known

    def log_rate(self) -> Floats:
        """How the log rate of events per unit of hazard borne depends on the earlier lines."""
        sizes = np.zeros(len(NOTHING))
        if not self.enough:
            return sizes
        events, borne, design = self.rows()
        steady = _steady(len(sizes))
        for _ in range(_NEWTON):
            expected = borne * np.exp(design @ sizes)
            information = design.T @ (design * expected[:, None]) + np.diag(steady)
            slope = design.T @ (events - expected) - steady * sizes
            sizes = sizes + np.linalg.solve(information, slope)
        return sizes

    def line_of_quantiles(self) -> tuple[Floats, float]:
        """How being alive, in normal quantiles, depends on the earlier lines, and on the model."""
        if not self.enough:
            return np.zeros(len(NOTHING)), 1.0
        alive, told, known = self.rows()
        place = np.clip(special.ndtri(np.clip(told, 0.0, 1.0)), -_FARTHEST, _FARTHEST)
        design = np.column_stack([known, place])
        sizes = np.append(np.zeros(len(NOTHING)), 1.0)
        steady = np.append(_steady(len(NOTHING)), 1e-6)
        for _ in range(_NEWTON):
            score = design @ sizes
            chance = np.clip(special.ndtr(score), 1e-6, 1.0 - 1e-6)
            density = np.exp(-(score**2) / 2.0) / np.sqrt(2.0 * np.pi)
            weight = density / (chance * (1.0 - chance))
            information = design.T @ (design * (weight * density)[:, None]) + np.diag(steady)
            slope = design.T @ (weight * (alive - chance)) - steady * sizes
            step = np.linalg.solve(information, slope)
            sizes = sizes + step / max(1.0, float(np.abs(design @ step).max()))
        return sizes[:-1], float(sizes[-1])


def _steady(width: int) -> Floats:
    """The precision that holds each part of a carry-over to nothing: of steps alone."""
    return np.where(np.arange(width) < NOT_STEPS, 1e-6, _STEADY)


def solve_carry_over(model: OutcomeModel, seed: int) -> Mapping[str, tuple[float, ...]]:
    """The carry-over of a model, whatever it has by now."""
    held: Held = {}
    for _ in range(_PASSES):
        so_far = replace(model, parameters=replace(model.parameters, carry_over=held))
        held = _measured(so_far, seed)
    return held


def _measured(model: OutcomeModel, seed: int) -> Held:
    """What the registry of a model shows of later lines."""
    os, pfs = _Seen(), _Seen()
    chances: list[Floats] = []
    responded: list[Floats] = []
    before: Decision | None = None
    for decision in simulate_decisions(model, seed, 0, PATIENTS):
        if before is not None:
            _look(model, before, decision, os, pfs)
            _look_at_response(decision, chances, responded)
        before = decision
    level, slope = os.line_of_quantiles()
    so_far = model.parameters.carry_over.get("response", NOTHING)[0]
    response = (so_far + _level(chances, responded), *NOTHING[1:])
    return {
        "os": tuple(level.tolist()),
        "os slope": (slope,),
        "pfs": tuple(pfs.log_rate().tolist()),
        "response": response,
    }


def _look(model: OutcomeModel, before: Decision, decision: Decision, os: _Seen, pfs: _Seen) -> None:
    """Compare what came of each patient with what the model alone expects."""
    group = decision.group
    places = np.searchsorted(before.group.draw.patients, group.draw.patients)
    held, outlook = before.received("pfs_months"), outlook_of(model, group, decision.chances)
    known = earlier_lines(held[places], decision.line, outlook)
    lived, months = decision.received("os_months"), decision.received("pfs_months")
    progressed = (months <= _PROGRESSION_MONTHS) & (decision.received("died_first") == 0.0)
    until = np.minimum(months, _PROGRESSION_MONTHS)
    for place in np.unique(decision.chosen[decision.chosen >= 0]):
        rows = np.flatnonzero(decision.chosen == place)
        given = (int(place), rows)
        borne = hazard_at(model, group, given, until[rows], endpoint="pfs")
        pfs.add(progressed[rows].astype(float), borne, known[rows])
        for horizon in HORIZONS_MONTHS:
            told = alive_at(model, group, given, np.full(rows.size, horizon))
            os.add((lived[rows] > horizon).astype(float), told, known[rows])


def _look_at_response(decision: Decision, chances: list[Floats], responded: list[Floats]) -> None:
    names = [r.id for r in decision.group.draw.population.pack.regimens]
    for potential, risks in zip(decision.potential, decision.risks, strict=True):
        mine = decision.chosen[potential.rows] == names.index(potential.regimen)
        chances.append(risks.response[mine])
        responded.append((potential.response[mine] >= PARTIAL).astype(float))


def _level(chances: list[Floats], responded: list[Floats]) -> float:
    if not chances:
        return 0.0
    logits = special.logit(np.clip(np.concatenate(chances), 1e-4, 1 - 1e-4))
    wanted = float(np.concatenate(responded).mean())
    low, high = -3.0, 3.0
    for _ in range(40):
        middle = (low + high) / 2.0
        if float(special.expit(logits + middle).mean()) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
