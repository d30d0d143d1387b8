"""What having come through an earlier line says about the next: measured, then kept.

Later-line patients of a registry are survivors of a failure, and their remaining survival was
settled with the first line. A simulated registry is compared with what the model alone would say of
such patients; the difference (a level, and a slope on how long the last treatment held) becomes the
carry-over, by Poisson regression of the events on the hazard borne, for death and for progression,
and by the level of response. With it the true risks of later lines are true on average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.decisions import Decision
from dashboard.cohort.lines import NOTHING, earlier_lines
from dashboard.cohort.outcomes import PARTIAL, OutcomeModel, hazard_at
from dashboard.cohort.simulator import simulate_decisions

Floats = npt.NDArray[np.float64]

PATIENTS = 6000
HORIZON_MONTHS = 24.0  # over which later lines are held against the model: the tail is thin
_FEWEST = 150
_NEWTON = 25


@dataclass
class _Seen:
    """What later-line patients showed, by endpoint."""

    events: list[Floats] = field(default_factory=list)
    borne: list[Floats] = field(default_factory=list)
    known: list[Floats] = field(default_factory=list)  # of the earlier lines

    def add(self, events: Floats, borne: Floats, known: Floats) -> None:
        self.events.append(events)
        self.borne.append(borne)
        self.known.append(known)

    def fitted(self) -> tuple[float, ...]:
        """How the log rate of events per unit of hazard borne depends on the earlier lines."""
        if not self.events or sum(part.size for part in self.events) < _FEWEST:
            return NOTHING
        events, borne = (np.concatenate(parts) for parts in (self.events, self.borne))
        design = np.concatenate(self.known)
        sizes = np.array([np.log(max(events.sum(), 1.0) / borne.sum()), 0.0, 0.0])
        for _ in range(_NEWTON):
            expected = borne * np.exp(design @ sizes)
            information = design.T @ (design * expected[:, None]) + 1e-6 * np.eye(3)
            sizes = sizes + np.linalg.solve(information, design.T @ (events - expected))
        return tuple(float(size) for size in sizes)


def solve_carry_over(model: OutcomeModel, seed: int) -> Mapping[str, tuple[float, ...]]:
    """The carry-over of a model that has none yet."""
    bare = replace(model, parameters=replace(model.parameters, carry_over={}))
    seen = {"os": _Seen(), "pfs": _Seen()}
    chances: list[Floats] = []
    responded: list[Floats] = []
    before: Decision | None = None
    for decision in simulate_decisions(bare, seed, 0, PATIENTS):
        if before is not None:
            _look(bare, before, decision, seen)
            _look_at_response(decision, chances, responded)
        before = decision
    held = {endpoint: part.fitted() for endpoint, part in seen.items()}
    return {**held, "response": (_level(chances, responded), 0.0, 0.0)}


def _look(
    model: OutcomeModel, before: Decision, decision: Decision, seen: Mapping[str, _Seen]
) -> None:
    """Compare what each patient bore with what the model alone expects."""
    held = before.received("pfs_months")
    places = np.searchsorted(before.group.draw.patients, decision.group.draw.patients)
    known = earlier_lines(held[places], decision.line)
    died = decision.received("died_first")
    for endpoint, part in seen.items():
        months = decision.received(f"{endpoint}_months")
        happened = (months <= HORIZON_MONTHS) & ((died == 0.0) | (endpoint == "os"))
        until = np.minimum(months, HORIZON_MONTHS)
        for place in np.unique(decision.chosen[decision.chosen >= 0]):
            rows = np.flatnonzero(decision.chosen == place)
            borne = hazard_at(
                model, decision.group, (int(place), rows), until[rows], endpoint=endpoint
            )
            part.add(happened[rows].astype(float), borne, known[rows])


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
