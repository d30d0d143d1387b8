"""Hand-made answers about cohorts, for the tests of what shows them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from dashboard.answers.population import MEDIAN, FigureCheck, GroupCurve


def a_curve(
    label: str = "Drug A", median: float = 14.0, patients: int = 400, **changes: Any
) -> GroupCurve:
    """An exponential curve, with events every fifth of a month over six years."""
    months = tuple(round(0.2 * step, 1) for step in range(1, 361))
    survival = tuple(math.exp(-math.log(2) * month / median) for month in months)
    marks = tuple(float(month) for month in range(0, 73, 6))
    made = GroupCurve(
        group=label.lower().replace(" ", "-"),
        label=label,
        patients=patients,
        events=int(0.7 * patients),
        months=months,
        survival=survival,
        low=tuple(max(0.0, share - 0.05) for share in survival),
        high=tuple(min(1.0, share + 0.05) for share in survival),
        median=median,
        median_low=0.9 * median,
        median_high=1.2 * median,
        risk_months=marks,
        at_risk=tuple(int(patients * math.exp(-math.log(2) * month / median)) for month in marks),
    )
    return replace(made, **changes)


def a_figure(row: str = "arm-1", **changes: Any) -> FigureCheck:
    """A published median of twelve months that the simulator meets."""
    made = FigureCheck(
        kind=MEDIAN,
        row=row,
        label=f"TRIAL {row}: drug A",
        regimen="drug-a",
        endpoint="pfs",
        published=12.0,
        low=10.0,
        high=14.5,
        simulated=12.6,
        inside=True,
        verified="yes",
        source="Table 2",
        reference="PMID 12345678",
        patients=200,
    )
    return replace(made, **changes)
