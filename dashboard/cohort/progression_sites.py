"""Where the disease progresses: the sites of each progression, from the pack's table of sites.

Each site has a yearly rate by the most particular row that fits the patient (and, where published,
the regimen). One site is the first to progress, drawn by the rates; further sites join by chance.
The answer is one whole number a patient: bit k stands for site k.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.trial_cases import Group
from dashboard.knowledge.evidence import Site
from dashboard.knowledge.rules import parse

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NOT_PLACES = ("any_progression", "multiple_organs", "distant_recurrence_early")
_JOINING = 0.25  # share of a further site's yearly chance that falls into the same progression


def site_names(model: OutcomeModel) -> tuple[str, ...]:
    """The sites that may progress, in the table's order."""
    named = (row.site for row in model.pack.sites if _counts(row))
    return tuple(dict.fromkeys(named))


def _counts(row: Site) -> bool:
    if row.cum_incidence_12mo_pct is None or row.site in _NOT_PLACES:
        return False
    return "recurrence" not in row.site and not (row.when_exempt and not row.when)


def yearly_rates(model: OutcomeModel, group: Group, regimen: str, rows: Integers) -> Floats:
    """The yearly rate of each site for these patients under a regimen."""
    names = site_names(model)
    rates = np.zeros((rows.size, len(names)))
    part = group.draw.keep_rows(rows) if rows.size < group.size else group.draw
    ordered = sorted(model.pack.sites, key=lambda row: (bool(row.on_regimen_id), bool(row.when)))
    for row in ordered:
        if not _counts(row) or row.on_regimen_id not in ("", regimen):
            continue
        holds = group.draw.judge(parse(row.when, model.pack.vocabulary)).yes[rows]
        rate = -np.log1p(-min(float(row.cum_incidence_12mo_pct or 0.0), 95.0) / 100.0)
        rates[holds, names.index(row.site)] = rate
    del part
    return rates


def draw_sites(
    model: OutcomeModel, group: Group, regimen: str, rows: Integers, *, occasion: str = ""
) -> Integers:
    """The sites of a progression of each of these patients, as bits."""
    rates = yearly_rates(model, group, regimen, rows)
    if not rates.size or not rates.any():
        return np.zeros(rows.size, dtype=np.int64)
    part = group.draw.keep_rows(rows)
    reached = np.cumsum(rates, axis=1)
    number = part.uniform("sites", "first", regimen, occasion) * reached[:, -1]
    first = np.argmax(reached >= number[:, None], axis=1)
    bits = np.left_shift(np.int64(1), first)
    for place in range(rates.shape[1]):
        joins = part.uniform("sites", "also", regimen, place, occasion) < _JOINING * -np.expm1(
            -rates[:, place]
        )
        bits = bits | np.where(joins, np.left_shift(np.int64(1), np.int64(place)), 0)
    return np.where(reached[:, -1] > 0, bits, 0)


def spelled_sites(names: tuple[str, ...], bits: Integers) -> list[str]:
    """The sites of each patient in words, joined by +."""
    known: dict[int, str] = {}
    for value in np.unique(bits).tolist():
        known[value] = "+".join(name for k, name in enumerate(names) if value >> k & 1)
    return [known[value] for value in bits.tolist()]
