"""One moment of decision for many patients, with everything that would have come of it.

The simulator makes decisions; the registry writes down what a hospital would have seen of them, the
truth everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.cohort.assignment import Circumstances
from dashboard.cohort.outcomes import LONGEST_MONTHS, Potential, Risks
from dashboard.cohort.trial_cases import Group

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Decision:
    """One decision for many patients: what was open, chosen, and would have come of each choice."""

    line: int  # 0 for the first decision of the record, then 1, 2, …
    group: Group
    where: Circumstances
    followed_months: Floats  # from this decision to the end of follow-up
    allowed: Flags
    chances: Floats
    chosen: Integers
    potential: tuple[Potential, ...]
    risks: tuple[Risks, ...]
    sites: tuple[Integers, ...]  # of progression, by potential
    missing: dict[str, Flags]

    @property
    def occasion(self) -> str:
        """Names the luck of this decision."""
        return occasion_of(self.line)

    def received(self, name: str) -> Floats:
        """An outcome under the regimen each patient was given."""
        values = np.full(self.group.size, np.nan)
        for potential in self.potential:
            place = self._place(potential.regimen)
            mine = self.chosen[potential.rows] == place
            values[potential.rows[mine]] = getattr(potential, name)[mine]
        return values

    def received_sites(self) -> Integers:
        """The sites of progression under the regimen each patient was given."""
        bits = np.zeros(self.group.size, dtype=np.int64)
        for potential, sites in zip(self.potential, self.sites, strict=True):
            mine = self.chosen[potential.rows] == self._place(potential.regimen)
            bits[potential.rows[mine]] = sites[mine]
        return bits

    def _place(self, regimen: str) -> int:
        names = [r.id for r in self.group.draw.population.pack.regimens]
        return names.index(regimen)


def lived_on(before: Decision, after: Decision, gap_months: float) -> Decision:
    """A decision with the survival that the next line gave to those who went on to it."""
    places = np.searchsorted(before.group.draw.patients, after.group.draw.patients)
    overall, pfs = before.received("os_months"), before.received("pfs_months")[places]
    lived = pfs + gap_months + after.received("os_months")
    overall[places] = np.where(after.chosen >= 0, lived, overall[places])
    names = [r.id for r in before.group.draw.population.pack.regimens]
    potential = tuple(
        replace(
            each,
            os_months=np.where(
                before.chosen[each.rows] == names.index(each.regimen),
                np.minimum(overall[each.rows], LONGEST_MONTHS),
                each.os_months,
            ),
        )
        for each in before.potential
    )
    return replace(before, potential=potential)


def occasion_of(line: int) -> str:
    """The name of a decision's luck; the first has none, so that it is the trials' own draw."""
    return f"decision {line}" if line else ""
