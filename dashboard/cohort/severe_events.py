"""Severe (grade 3 or worse) side effects of a regimen: how often, and how they hang together.

Each group's log odds is solved so that the regimen's trial patients show the published share. The
groups share a frailty of the patient; "any severe event" is a group's event or one outside the
listed groups, so it can never be rarer than a group. Where a table's groups add up to more than its
"any", the frailty is raised, and what is still left over is a conflict of the table, and named.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import ToxicityAssumptions
from dashboard.cohort.curves import NODES, WEIGHTS
from dashboard.cohort.marginals import State
from dashboard.cohort.parameters import SevereEvents
from dashboard.cohort.trial_cases import Cases, Group

Floats = npt.NDArray[np.float64]

ANY = "any"
_RAREST = 5e-4
_FRAILTIES = (0.3, 0.5, 0.7, 0.85, 0.95)


def host_predictor(group: Group, assumed: ToxicityAssumptions) -> Floats:
    """What age and performance status add to the log odds of every severe event."""
    ecog = group.draw.column("ecog_ps") if _knows(group, "ecog_ps") else np.zeros(group.size)
    older = np.clip((group.age_years - 65.0) / 10.0, -3.0, 3.0)
    return assumed.older_by_decade * older + assumed.ecog_2_or_worse * (ecog >= 2)  # noqa: PLR2004


def _knows(group: Group, feature: str) -> bool:
    return feature in group.draw.population.recipes


def effect_predictor(
    group: Group, cases: Cases, sizes: Floats, regimen: int, *, adverse_group: str
) -> Floats:
    """What published effects add for one regimen and group of events."""
    added = np.zeros(group.size)
    for place, term in enumerate(cases.book.terms):
        if term.endpoint != "toxicity" or not term.regimens[regimen]:
            continue
        if term.adverse_group in ("", adverse_group):
            added += sizes[place] * group.design[:, place]
    return added


def solve_severe_events(cases: Cases, state: State, regimen: int) -> SevereEvents:
    """The severe events of a regimen from its toxicity rows."""
    name = cases.book.regimens[regimen]
    shares = {
        row.adverse_group: row.grade3plus_pct / 100.0
        for row in cases.pack.toxicities_of(name)
        if row.grade3plus_pct is not None
    }
    groups = [case.group for case in cases.arms.values() if case.regimen == name]
    if not shares or not groups:
        return SevereEvents()
    group = groups[0]
    host = host_predictor(group, cases.assumptions.toxicity)
    solved = {}
    for adverse, share in shares.items():
        if adverse != ANY:
            eta = host + effect_predictor(group, cases, state.sizes, regimen, adverse_group=adverse)
            solved[adverse] = _level(eta, share)
    frailty, other = _hanging_together(
        [share for adverse, share in shares.items() if adverse != ANY], shares.get(ANY)
    )
    level = None if other is None else _level(host, other)
    return SevereEvents(solved, level, frailty)


def _level(eta: Floats, share: float) -> float:
    low, high = -14.0, 9.0
    for _ in range(50):
        middle = (low + high) / 2
        if special.expit(middle + eta).mean() < max(share, _RAREST):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _hanging_together(shares: list[float], any_share: float | None) -> tuple[float, float | None]:
    """The weakest frailty under which the groups fit into "any", and the share of other events."""
    if any_share is None:
        return _FRAILTIES[0], None
    for frailty in _FRAILTIES:
        if union(shares, frailty) <= any_share:
            return frailty, _other_share(shares, frailty, any_share)
    return _FRAILTIES[-1], None


def _other_share(shares: list[float], frailty: float, any_share: float) -> float:
    low, high = 0.0, any_share
    for _ in range(40):
        middle = (low + high) / 2
        if union([*shares, middle], frailty) < any_share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def union(shares: list[float], frailty: float) -> float:
    """P(at least one of the events) when they share this much of a frailty."""
    free = np.ones(NODES.size)
    for share in shares:
        place = special.ndtri(np.clip(share, 1e-9, 1 - 1e-9))
        free = free * special.ndtr(-(place + frailty * NODES) / np.sqrt(1.0 - frailty**2))
    return float(1.0 - free @ WEIGHTS)
