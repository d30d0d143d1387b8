"""The hidden truth of a simulated cohort: for evaluation and for the classroom, never for training.

One row a patient-treatment and eligible regimen: the true propensity, every potential outcome,
and the risks the simulator drew them from. A contract test keeps everything that learns or
predicts from reading this module or its file.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST
from dashboard.cohort.decisions import Decision
from dashboard.cohort.outcomes import HORIZONS_MONTHS, OutcomeModel, Potential, Risks
from dashboard.cohort.progression_sites import site_names, spelled_sites
from dashboard.cohort.registry import row_ids

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]

_DIGITS = 5


class TruthWriter:
    """Writes the truth of one decision after the other, so that memory stays small."""

    def __init__(self, model: OutcomeModel, path: Path) -> None:
        self.model, self.path = model, path
        self.names = site_names(model)
        self.severe = [group.id for group in model.pack.adverse_groups]
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, decision: Decision) -> None:
        """Write the truth of one decision, a block a regimen."""
        from pyarrow import csv

        for place, potential in enumerate(decision.potential):
            table = self._table(decision, potential, decision.risks[place], decision.sites[place])
            if self._writer is None:
                self._writer = csv.CSVWriter(self.path, table.schema)
            self._writer.write_table(table)

    def _table(
        self, decision: Decision, potential: Potential, risks: Risks, sites: npt.NDArray[np.int64]
    ) -> pa.Table:
        import pyarrow as pa

        rows = potential.rows
        column = self.model.book.regimens.index(potential.regimen)
        content: dict[str, Any] = {
            "id": row_ids(decision, rows),
            "regimen": [potential.regimen] * rows.size,
            "received": (decision.chosen[rows] == column).astype(np.int8),
            "start_year": np.round(decision.where.year[rows], 3),
            "propensity": _short(decision.chances[rows, column]),
            **_outcomes(potential),
            "progression_sites": spelled_sites(
                self.names, np.where(potential.died_first, 0, sites)
            ),
            **_risks(risks),
        }
        for adverse in self.severe:
            absent = np.full(rows.size, np.nan)
            content[f"p_severe_{adverse}"] = _short(risks.severe.get(adverse, absent))
            content[f"severe_{adverse}_months"] = _short(
                potential.severe_months.get(adverse, absent)
            )
        return pa.table({name: pa.array(held, from_pandas=True) for name, held in content.items()})


def _outcomes(potential: Potential) -> dict[str, Any]:
    return {
        "response": np.array(RECIST)[potential.response],
        "response_months": _short(potential.response_months),
        "pfs_months": _short(potential.pfs_months),
        "os_months": _short(potential.os_months),
        "died_first": potential.died_first.astype(np.int8),
    }


def _risks(risks: Risks) -> dict[str, Any]:
    content: dict[str, Any] = {
        "p_response": _short(risks.response),
        "p_complete": _short(risks.complete),
        "pfs_median_months": _short(
            np.where(np.isinf(risks.pfs_median_months), np.nan, risks.pfs_median_months)
        ),
        "os_median_months": _short(
            np.where(np.isinf(risks.os_median_months), np.nan, risks.os_median_months)
        ),
    }
    for place, months in enumerate(HORIZONS_MONTHS):
        content[f"p_pfs_{months:.0f}"] = _short(risks.pfs[:, place])
        content[f"p_os_{months:.0f}"] = _short(risks.os[:, place])
    return content


def _short(values: Floats) -> Floats:
    return np.round(values, _DIGITS)
