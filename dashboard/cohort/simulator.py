"""A simulated registry: patients, treatments by line, what was observed, and the hidden truth.

Draws a pack's patients in blocks, decides, follows and stops following them as a registry does,
and gives two things that are kept apart: the cohort as a hospital would hand it over, and the
truth (every potential outcome and the true risks and propensities), which only evaluation and the
classroom may read. Patient i depends on (seed, i) alone. Nothing here is fitted; `calibration`
solved it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assignment import (
    Circumstances,
    choose,
    circumstances_of,
    open_regimens,
    propensities,
)
from dashboard.cohort.decisions import Decision, lived_on, occasion_of
from dashboard.cohort.lines import (
    Ended,
    carried_over,
    earlier_lines,
    goes_on,
    next_draw,
    outlook_of,
)
from dashboard.cohort.missingness import Missingness, missingness_of
from dashboard.cohort.outcomes import (
    OutcomeModel,
    Shift,
    alive_at,
    draw_potential,
    true_risks,
)
from dashboard.cohort.population import BLOCK, Draw
from dashboard.cohort.progress import Told, silent
from dashboard.cohort.progression_sites import draw_sites, site_names
from dashboard.cohort.registry import CohortWriter
from dashboard.cohort.trial_cases import Group
from dashboard.cohort.truth import TruthWriter

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TRUTH_FILE = "truth.csv"
_CHUNK = BLOCK * 2
_DAYS = 365.25


@dataclass
class Flow:
    """How many patients and rows there were at each step."""

    patients: int = 0
    without_regimen: int = 0
    rows: int = 0
    by_decision: dict[int, int] = field(default_factory=dict)


def simulate_decisions(
    model: OutcomeModel, seed: int, first: int, patients: int, *, with_risks: bool = True
) -> Iterator[Decision]:
    """The decisions of patients first … first + patients - 1, one line after the other."""
    missingness = missingness_of(model)
    draw = model.population.draw(seed, np.arange(first, first + patients))
    where = circumstances_of(model, draw)
    step = _Step(model, missingness, with_risks)
    yield from step.run(draw, where)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the line before leaves: how long it held, and the survival from the next one on."""

    held: Floats
    left: Floats


@dataclass
class _Step:
    """Carries patients from decision to decision."""

    model: OutcomeModel
    missingness: Missingness
    with_risks: bool

    def run(self, draw: Draw, where: Circumstances) -> Iterator[Decision]:
        """Each decision as it was in the end: with the survival that later lines gave."""
        decisions = list(self._forwards(draw, where))
        gap = self.model.assumptions.lines.gap_months
        for line in range(len(decisions) - 2, -1, -1):
            decisions[line] = lived_on(decisions[line], decisions[line + 1], gap)
        yield from decisions

    def _forwards(self, draw: Draw, where: Circumstances) -> Iterator[Decision]:
        followed = _follow_up(self.model, draw, where)
        before: _Before | None = None
        for line in range(self.model.assumptions.lines.most):
            decision = self._decide(draw, where, followed, line, before)
            yield decision
            ended = self._ended(decision)
            if not ended.any():
                return
            draw, where, followed, before = self._onward(decision, ended)

    def _decide(
        self, draw: Draw, where: Circumstances, followed: Floats, line: int, before: _Before | None
    ) -> Decision:
        model, occasion = self.model, occasion_of(line)
        group = model.group(draw, np.floor(where.year))
        allowed = open_regimens(model, group)
        chances = propensities(model, group, allowed, where)
        chosen = choose(chances, draw.uniform("choice", occasion))
        shift, settled = None, None
        if before is not None:
            known = earlier_lines(before.held, line, outlook_of(model, group, chances))
            shift = carried_over(model, known)
            settled = self._settled(group, chances, before.left, shift)
        potential = tuple(
            draw_potential(
                model,
                group,
                allowed,
                shift=None if shift is None else shift.of_death_alone,
                occasion=occasion,
                settled=settled,
            )
        )
        names = model.book.regimens
        risks = (
            tuple(
                true_risks(model, group, names.index(p.regimen), p.rows, shift=shift)
                for p in potential
            )
            if self.with_risks
            else ()
        )
        sites = tuple(
            draw_sites(model, group, p.regimen, p.rows, occasion=occasion) for p in potential
        )
        missing = self.missingness.draw(group, where, occasion)
        return Decision(
            line, group, where, followed, allowed, chances, chosen, potential, risks, sites, missing
        )

    def _settled(self, group: Group, chances: Floats, left: Floats, shift: Shift) -> Floats:
        """Down to which chance of being alive patients live, under what is usually given to them.

        What an earlier line left is read as drawn under the mixture of the open regimens, each with
        its chance; under the given one it is then as much longer or shorter as that one is better
        or worse than the mixture, and over all of them it is what was left.
        """
        alive = np.zeros(group.size)
        for place in np.flatnonzero(chances.any(axis=0)):
            rows = np.flatnonzero(chances[:, place] > 0.0)
            share = alive_at(self.model, group, (int(place), rows), left[rows], shift=shift)
            alive[rows] += chances[rows, place] * share
        return alive

    def _ended(self, decision: Decision) -> Flags:
        """Who progressed alive while followed, and goes on to another line."""
        pfs, overall = decision.received("pfs_months"), decision.received("os_months")
        died = decision.received("died_first")
        seen = (decision.chosen >= 0) & (died == 0.0) & (pfs < decision.followed_months)
        left = np.where(seen, overall - pfs, 0.0)
        on = goes_on(self.model, decision.group, left, decision.occasion)
        gap = self.model.assumptions.lines.gap_months
        onward: Flags = seen & on & (pfs + gap < decision.followed_months)
        return onward

    def _onward(
        self, decision: Decision, rows: Flags
    ) -> tuple[Draw, Circumstances, Floats, _Before]:
        gap = self.model.assumptions.lines.gap_months
        pfs = decision.received("pfs_months")[rows]
        overall = decision.received("os_months")[rows]
        ended = Ended(decision.chosen[rows], pfs, decision.received_sites()[rows])
        kept = decision.group.draw.keep(rows)
        draw = next_draw(
            self.model, kept, ended, names=site_names(self.model), occasion=decision.occasion
        )
        where = Circumstances(
            decision.where.site[rows], decision.where.year[rows] + (pfs + gap) / 12.0, ended.regimen
        )
        followed = decision.followed_months[rows] - pfs - gap
        return draw, where, followed, _Before(pfs, overall - pfs - gap)


def _follow_up(model: OutcomeModel, draw: Draw, where: Circumstances) -> Floats:
    """Months until the data are cut or the patient is lost, whichever is first."""
    registry = model.assumptions.registry
    day = registry.cut_off.timetuple().tm_yday
    cut = registry.cut_off.year + day / _DAYS
    lost = -np.log(draw.uniform("registry", "lost")) / registry.dropout_per_year
    return 12.0 * np.maximum(np.minimum(cut - where.year, lost), 0.1)


@dataclass(frozen=True)
class Simulated:
    """What came of a simulation."""

    flow: Flow
    folder: Path | None


def simulate(
    model: OutcomeModel,
    *,
    patients: int,
    seed: int,
    out: Path,
    label: str = "",
    told: Told = silent,
) -> Simulated:
    """Draw a cohort and write its folder: `cohort.toml`, `patients.csv`, and `truth.csv` beside.

    Args:
        model: the solved model of the pack.
        patients: how many patients to draw; each may have several rows, one a line.
        seed: the same seed and a larger number extend the same cohort.
        out: the folder to write.
        label: what the cohort is called.
        told: how far the drawing is.
    """
    out.mkdir(parents=True, exist_ok=True)
    flow = Flow()
    cohort = CohortWriter(model, seed, label)
    with TruthWriter(model, out / TRUTH_FILE) as truth:
        for first in range(0, patients, _CHUNK):
            told(first / patients)
            for decision in simulate_decisions(model, seed, first, min(_CHUNK, patients - first)):
                _count(flow, decision)
                cohort.add(decision)
                truth.add(decision)
    cohort.write(out)
    return Simulated(flow, out)


def _count(flow: Flow, decision: Decision) -> None:
    given = int(np.count_nonzero(decision.chosen >= 0))
    if decision.line == 0:
        flow.patients += decision.group.size
        flow.without_regimen += decision.group.size - given
    flow.rows += given
    flow.by_decision[decision.line] = flow.by_decision.get(decision.line, 0) + given
