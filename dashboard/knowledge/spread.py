"""Where a disease spreads next, as published, for one patient under some regimens.

A pack's rows speak of subgroups and sometimes of one regimen. A row holds for a patient whose facts
meet its condition; one whose condition cannot be judged is told apart, and one seen under a regimen
that is not asked about is left out. Of several rows for a site the more specific stand first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.knowledge.evidence import Site
from dashboard.knowledge.rules import Answer, Facts, parse
from dashboard.knowledge.schema import DiseasePack


@dataclass(frozen=True, slots=True)
class SiteFigure:
    """One published row, and whether it certainly speaks of this patient."""

    row: Site
    certain: bool


def sites_of(
    facts: Facts, pack: DiseasePack, regimens: Collection[str] = ()
) -> tuple[SiteFigure, ...]:
    """The rows that speak of the patient, or may; site by site in the pack's order."""
    order = {site: place for place, site in enumerate(dict.fromkeys(s.site for s in pack.sites))}
    found = []
    for row in pack.sites:
        if row.on_regimen_id and row.on_regimen_id not in regimens:
            continue
        answer = parse(row.when, pack.vocabulary).judge(facts).answer
        if row.when_exempt or answer is Answer.UNKNOWN:
            found.append(SiteFigure(row, certain=False))
        elif answer is Answer.YES:
            found.append(SiteFigure(row, certain=True))
    return tuple(
        sorted(found, key=lambda f: (order[f.row.site], not f.certain, not f.row.when, f.row.id))
    )
