"""Drawing the patients of a published trial: its own rule, its line, and trial-like fitness.

Patients are drawn from the pack's population and kept when the trial would have taken them; a rare
population means drawing more, never loosening the rule. The line is forced where the trial fixes
it, which is exact because everything else is drawn given the line. What a report says of its
patients beyond the arm's expression stands as a refinement in `simulation.toml`, with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.cohort.assumptions import Assumptions
from dashboard.cohort.effects import conjoined
from dashboard.cohort.population import Draw, Population
from dashboard.foundation.errors import NotEnoughEvidence
from dashboard.knowledge.evidence import Arm
from dashboard.knowledge.rules import Comparison, Rule, parse

MOST_CANDIDATES = 4_000_000
FEWEST_PATIENTS = 60  # below this an arm's simulated figures would be noise
_FIRST_CHUNK = 8192
_HOPELESS_AFTER = 1_000_000  # candidates, when hardly one has fitted
_LINE = "line"
_NO_YEAR = 2015  # of an arm whose report has none


@dataclass(frozen=True, slots=True)
class TrialPopulation:
    """Whom a trial took."""

    key: str
    rule: Rule
    line: int | None


def trial_population(arm: Arm, population: Population, assumptions: Assumptions) -> TrialPopulation:
    """The population of an arm: its rule, its line, its refinements and trial-like fitness."""
    vocabulary = population.pack.vocabulary
    rule = parse(arm.population_when, vocabulary)
    mentioned = rule.names
    for refinement in assumptions.refinements:
        if refinement.speaks_of(arm.trial, arm.id):
            rule = conjoined(rule, parse(refinement.when, vocabulary))
    if arm.line == "2L+" and _LINE not in rule.names:
        rule = conjoined(rule, parse("line >= 2", vocabulary))
    if arm.line == "1L" and _LINE not in rule.names:
        rule = conjoined(rule, parse("line == 1", vocabulary))
    if not mentioned & set(assumptions.trials.unless_mentioned):
        rule = conjoined(rule, parse(assumptions.trials.fitness, vocabulary))
    return TrialPopulation(f"{arm.trial}/{rule.text}", rule, _only_line(rule))


def year_of(arm: Arm, assumptions: Assumptions) -> float:
    """When an arm's patients were treated: the year of the report, unless a refinement knows."""
    told = (one.year for one in assumptions.refinements if one.speaks_of(arm.trial, arm.id))
    return float(next((year for year in told if year), arm.year or _NO_YEAR))


def _only_line(rule: Rule) -> int | None:
    """The line that the rule fixes, when it is a plain conjunct."""
    root = rule.root
    parts = getattr(root, "parts", (root,)) if not isinstance(root, Comparison) else (root,)
    flat = [inner for part in parts for inner in getattr(part, "parts", (part,))]
    for part in flat:
        if isinstance(part, Comparison) and part.name == _LINE and part.operator == "==":
            return int(float(part.constants[0]))
    return None


def draw_trial(wanted: TrialPopulation, population: Population, seed: int, patients: int) -> Draw:
    """This many patients whom the trial would have taken.

    Raises:
        NotEnoughEvidence: hardly anybody of the pack's population fits the rule.
    """
    return draw_matching(
        population, wanted.rule, wanted.line, seed=_seed(seed, wanted.key), patients=patients
    )


def draw_matching(
    population: Population, rule: Rule, line: int | None, *, seed: int, patients: int
) -> Draw:
    """This many patients for whom the rule certainly holds."""
    forced = {} if line is None else {_LINE: float(_level(population, line))}
    found: list[np.ndarray] = []
    start, chunk, held = 0, _FIRST_CHUNK, 0
    while held < patients and start < MOST_CANDIDATES:
        drawn = population.draw(seed, np.arange(start, start + chunk), forced)
        kept = drawn.patients[drawn.judge(rule).yes]
        found.append(kept)
        held += kept.size
        start, chunk = start + chunk, min(chunk * 2, 131_072)
        if start > _HOPELESS_AFTER and held < FEWEST_PATIENTS // 4:
            break
    if held < FEWEST_PATIENTS:
        raise NotEnoughEvidence(
            f"Only {held} of {start} drawn patients fit: {rule.text}.",
            hint="The rule contradicts the pack's population, or speaks of almost nobody.",
        )
    return population.draw(seed, np.concatenate(found)[:patients], forced)


def _level(population: Population, line: int) -> int:
    levels: Sequence[str] = population.pack.feature(_LINE).levels
    return levels.index(str(line))


def _seed(seed: int, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{key}".encode()).digest()[:6], "little")
