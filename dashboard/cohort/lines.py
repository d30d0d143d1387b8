"""From one line of treatment to the next: who goes on, and what they are by then.

A later line belongs to the same patient: the same hidden state, the survival that is still left,
a record that now names the failed treatment, and sites where the disease has spread. How well
such patients do against the model for that line (they are survivors of one failure, with a known
history) is measured in simulated registries and kept as a carry-over: their chance of being alive,
in normal quantiles, is a line in the model's, moved by how long the last treatment held, by the
patient's outlook and by which line comes next. It is solved with the other parameters, so the true
risks of later lines are true as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from dashboard.cohort.assumptions import HistoryEntry
from dashboard.cohort.outcomes import OutcomeModel, Shift, alive_at
from dashboard.cohort.population import Draw
from dashboard.cohort.trial_cases import Group
from dashboard.knowledge.schema import Regimen

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_STEPS = 3  # of the level from one decision to the next: to the third, the fourth, and further ones
NOT_STEPS = 3
NOTHING = (0.0,) * (NOT_STEPS + _STEPS)  # carried over
_OUTLOOK_MONTHS = 12.0
_FARTHEST = 3.0  # an outlook, in normal quantiles
_SITE_FEATURES = {
    "brain": "brain_metastases",
    "liver": "liver_metastases",
    "bone": "bone_metastases",
    "lung": "lung_metastases",
    "peritoneum": "peritoneal_metastases",
    "distant_nodes": "distant_nodes",
}
_SPREAD_ENDS = ("bone_only_disease", "liver_only")  # no longer true once another site is involved


@dataclass(frozen=True)
class Ended:
    """How a line ended for the patients who go on."""

    regimen: Integers
    pfs_months: Floats
    sites: Integers  # bits, by `site_names`


def goes_on(model: OutcomeModel, group: Group, left_months: Floats, occasion: str) -> Flags:
    """Who is given a further line: alive after the gap, and fit enough to want it."""
    held = model.assumptions.lines
    older = (group.age_years - 65.0) / 10.0
    odds = held.goes_on + held.goes_on_older_by_decade * older
    if "ecog_ps" in model.population.recipes:
        odds = odds + held.goes_on_per_ecog * group.draw.column("ecog_ps")
    chance = 1.0 / (1.0 + np.exp(-odds))
    willing = group.draw.uniform("lines", "goes on", occasion) < chance
    return willing & (left_months > held.gap_months)


def next_draw(
    model: OutcomeModel, draw: Draw, ended: Ended, *, names: tuple[str, ...], occasion: str
) -> Draw:
    """The same patients at their next decision."""
    columns = {name: draw.column(name).copy() for name in model.population.order}
    _add(columns, "line", 1.0, len(model.pack.feature("line").levels) - 1.0)
    _add(columns, "age_years", (ended.pfs_months + model.assumptions.lines.gap_months) / 12.0)
    _write_history(model, columns, ended)
    _spread(columns, ended, names)
    if "ecog_ps" in columns:
        worse = draw.uniform("lines", "ecog", occasion) < model.assumptions.lines.worse_ecog
        columns["ecog_ps"] = np.minimum(columns["ecog_ps"] + worse, 4.0)
    return draw.with_columns(columns)


def _add(
    columns: dict[str, Floats], name: str, amount: float | Floats, most: float = np.inf
) -> None:
    if name in columns:
        columns[name] = np.minimum(columns[name] + amount, most)


def _write_history(model: OutcomeModel, columns: dict[str, Floats], ended: Ended) -> None:
    for entry in model.assumptions.lines.history:
        if entry.feature not in columns:
            continue
        feature = model.pack.feature(entry.feature)
        value = float(feature.levels.index(entry.level)) if entry.level else 1.0
        matching = [
            place
            for place, regimen in enumerate(model.pack.regimens)
            if _leaves(entry, regimen, model.pack.expand_classes(regimen))
        ]
        rows = np.isin(ended.regimen, matching)
        columns[entry.feature] = np.where(rows, value, columns[entry.feature])
    _history_times(columns, ended)


def _leaves(entry: HistoryEntry, regimen: Regimen, classes: frozenset[str]) -> bool:
    named = any(part in drug.name.lower() for part in entry.drugs for drug in regimen.drugs)
    return named or regimen.id in entry.regimens or bool(set(entry.classes) & classes)


def _history_times(columns: dict[str, Floats], ended: Ended) -> None:
    for name in ("time_since_metastatic_dx_mo",):
        _add(columns, name, ended.pfs_months)
    duration, flag = "prior_cdk46_duration_mo", "prior_cdk46_inhibitor"
    if duration in columns:
        fresh = (columns[flag] == 1.0) & (columns[duration] <= 0.0)
        columns[duration] = np.where(fresh, ended.pfs_months, columns[duration])
    since, had = "months_since_last_ici", "prior_ici"
    if since in columns:
        fresh = (columns[had] == 1.0) & np.isnan(columns[since])
        columns[since] = np.where(fresh, 1.0, columns[since])


def _spread(columns: dict[str, Floats], ended: Ended, names: tuple[str, ...]) -> None:
    elsewhere = np.zeros(ended.sites.size, bool)
    for place, site in enumerate(names):
        feature = _SITE_FEATURES.get(site, "")
        here = (ended.sites >> place & 1).astype(bool)
        if feature in columns:
            fresh = here & (columns[feature] == 0.0)
            columns[feature] = np.where(here, 1.0, columns[feature])
            _add(columns, "n_metastatic_sites", fresh.astype(float))
            elsewhere |= fresh
    for feature in _SPREAD_ENDS:
        if feature in columns:
            columns[feature] = np.where(elsewhere, 0.0, columns[feature])
    _consistent_brain(columns)
    if "visceral_metastases" in columns:
        organs = [columns[n] for n in ("liver_metastases", "lung_metastases") if n in columns]
        columns["visceral_metastases"] = np.maximum.reduce(
            [columns["visceral_metastases"], *organs]
        )


def _consistent_brain(columns: Mapping[str, Floats]) -> None:
    """A state of brain metastases follows where they are new."""
    if "brain_metastasis_status" in columns and "brain_metastases" in columns:
        fresh = (columns["brain_metastases"] == 1.0) & (columns["brain_metastasis_status"] == 0.0)
        columns["brain_metastasis_status"][fresh] = 1.0
        if "m_stage" in columns:
            columns["m_stage"][columns["brain_metastases"] == 1.0] = 4.0


def outlook_of(model: OutcomeModel, group: Group, chances: Floats) -> Floats:
    """How likely a year of survival would be under what is usually given, in normal quantiles."""
    usual = np.zeros(group.size)
    for place in np.flatnonzero(chances.any(axis=0)):
        rows = np.flatnonzero(chances[:, place] > 0.0)
        year = np.full(rows.size, _OUTLOOK_MONTHS)
        given = (int(place), rows)
        usual[rows] += chances[rows, place] * alive_at(model, group, given, year)
    outlook: Floats = np.clip(special.ndtri(np.clip(usual, 0.0, 1.0)), -_FARTHEST, _FARTHEST)
    return outlook


def earlier_lines(pfs_months: Floats, line: int, outlook: Floats) -> Floats:
    """What the carry-over rests on: level, length of the last treatment, outlook, which line."""
    length = np.log(np.clip(pfs_months, 0.5, 60.0) / 6.0)
    steps = [np.full(length.size, float(line > step)) for step in range(1, _STEPS + 1)]
    return np.column_stack([np.ones(length.size), length, outlook, *steps])


def carried_over(model: OutcomeModel, known: Floats) -> Shift:
    """What the earlier lines say about the next one."""
    held = model.parameters.carry_over
    os, pfs, response = (known @ held.get(e, NOTHING) for e in ("os", "pfs", "response"))
    return Shift(os, pfs, response, *held.get("os slope", (1.0,)))
