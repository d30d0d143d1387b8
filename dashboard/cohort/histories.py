"""Histories that cannot be: counted in every decision, and never allowed.

Progression-free survival after death, a response after progression or death, a severe event after
the treatment ended, a treatment the rules forbid, facts that exclude each other (more than one
driver, a stage against its sites): each is counted by itself, over all potential outcomes and not
only the one that was given.
"""

from __future__ import annotations

import numpy as np

from dashboard.cohort.decisions import Decision
from dashboard.cohort.margins import place_of
from dashboard.cohort.outcomes import PARTIAL, OutcomeModel, Potential
from dashboard.knowledge.rules import parse

_HAIR = 1e-6


def impossible_histories(model: OutcomeModel, decision: Decision) -> dict[str, int]:
    """How often each impossible thing happened in a decision."""
    found = {
        "progression-free longer than alive": 0,
        "response after progression or death": 0,
        "severe event after treatment": 0,
    }
    for potential in decision.potential:
        for name, count in zip(found, _counts(potential), strict=True):
            found[name] += count
    given = decision.chosen >= 0
    chosen = np.maximum(decision.chosen, 0)
    allowed = decision.allowed[np.arange(chosen.size), chosen]
    found["treatment the rules forbid"] = int(np.sum(given & ~allowed))
    found["facts that exclude each other"] = contradictions(model, decision)
    return found


def _counts(potential: Potential) -> tuple[int, int, int]:
    longer = potential.pfs_months > potential.os_months + _HAIR
    responded = potential.response >= PARTIAL
    late = responded & ~(potential.response_months <= potential.pfs_months + _HAIR)
    events = sum(
        int(np.sum(onset > potential.treated_months + _HAIR))
        for onset in potential.severe_months.values()
    )
    return int(longer.sum()), int(late.sum()), events


def contradictions(model: OutcomeModel, decision: Decision) -> int:
    """How often facts break an implication of the pack (exclusive drivers among them)."""
    draw = decision.group.draw
    broken = 0
    for implication in model.pack.implications:
        holds = draw.judge(parse(implication.when, model.pack.vocabulary)).yes
        for name, value in implication.then.items():
            wanted = place_of(value, model.pack.feature(name))
            column = draw.column(name)
            broken += int(np.sum(holds & (column != wanted) & ~np.isnan(column)))
    return broken
