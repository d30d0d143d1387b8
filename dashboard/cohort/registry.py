"""The simulated cohort as a hospital would hand it over: known values and observed outcomes only.

Gathers decisions into the shape every cohort has (`columns.CohortData`), with values missing as the
record has them and outcomes cut where follow-up ends. Nothing of the hidden truth passes through
here: no potential outcome, no risk, no propensity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.cohort.columns import RECIST, CohortData, CohortFeature, Graded, Timed
from dashboard.cohort.decisions import Decision
from dashboard.cohort.outcomes import OutcomeModel
from dashboard.cohort.writing import write_cohort
from dashboard.knowledge.schema import Feature

Floats = npt.NDArray[np.float64]

_SOURCE = (
    "Simulated from published trials; no real patient is in it. For education and research only."
)
_SIGNIFICANT = 4  # digits a simulated value is written with


@dataclass
class CohortWriter:
    """Collects decisions and makes one cohort of them."""

    model: OutcomeModel
    seed: int
    label: str = ""
    _parts: list[dict[str, Any]] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """Take the rows of one decision."""
        self._parts.append(_observed(self.model, decision))

    def data(self) -> CohortData:
        """The cohort of all rows, in the order of patients and lines."""
        return cohort_of(self.model, self.seed, self.label, self._parts)

    def write(self, folder: Path) -> CohortData:
        """Write the cohort's folder."""
        data = self.data()
        write_cohort(data, folder)
        return data


def row_ids(decision: Decision, rows: npt.NDArray[np.int64]) -> list[str]:
    """The name of each patient-treatment: the patient, and which decision of the record it was."""
    patients = decision.group.draw.patients[rows].tolist()
    return [f"P{patient + 1:06d}.{decision.line + 1}" for patient in patients]


def _observed(model: OutcomeModel, decision: Decision) -> dict[str, Any]:
    rows = np.flatnonzero(decision.chosen >= 0)
    followed = decision.followed_months[rows]
    features = [f for f in model.pack.features if f.id != "line"]
    values = np.column_stack([_recorded(decision, f)[rows] for f in features])
    part: dict[str, Any] = {
        "ids": row_ids(decision, rows),
        "values": values,
        "regimen": decision.chosen[rows],
        "line": decision.group.draw.column("line")[rows] + 1.0,
        "site": decision.where.site[rows],
        "order": decision.group.draw.patients[rows] * 16 + decision.line,
        "response": _response(model, decision)[rows],
        "response_months": _reached(decision)[rows],
    }
    for endpoint in ("pfs", "os"):
        months = decision.received(f"{endpoint}_months")[rows]
        part[f"{endpoint}_months"] = np.maximum(np.minimum(months, followed), 0.03)
        part[f"{endpoint}_event"] = months <= followed
    for group in model.pack.adverse_groups:
        part[f"severe {group.id}"] = _severe(decision, group.id)[rows]
    return part


def _recorded(decision: Decision, feature: Feature) -> Floats:
    column = decision.group.draw.column(feature.id)
    if not feature.levels:
        column = _rounded(column)
    lacking = decision.missing.get(feature.id)
    return column if lacking is None else np.where(lacking, np.nan, column)


def _rounded(column: Floats) -> Floats:
    """As a laboratory would print it; whole numbers stay whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(column)))
    digits = np.where(np.isfinite(size), _SIGNIFICANT - 1 - size, 0.0)
    scale = np.power(10.0, np.maximum(digits, 0.0))
    rounded: Floats = np.round(column * scale) / scale
    return rounded


def _response(model: OutcomeModel, decision: Decision) -> Floats:
    """Best response; unknown for those lost before the first assessment without an event."""
    first = model.assumptions.outcomes.first_assessment_months
    best, when = decision.received("response"), decision.received("response_months")
    followed = decision.followed_months
    pfs = decision.received("pfs_months")
    late = ~np.isnan(when) & (when > followed)
    best = np.where(late, 1.0, best)  # stable so far
    return np.where((followed < first) & (pfs > followed), np.nan, best)


def _reached(decision: Decision) -> Floats:
    """When a response was seen; unknown for who had none while followed."""
    when = decision.received("response_months")
    seen: Floats = np.where(when <= decision.followed_months, _rounded(when), np.nan)
    return seen


def _severe(decision: Decision, adverse: str) -> Floats:
    """1 when seen, 0 when treatment was followed to its end without it, otherwise unknown."""
    answer = np.full(decision.group.size, np.nan)
    names = [regimen.id for regimen in decision.group.draw.population.pack.regimens]
    for potential in decision.potential:
        onset = potential.severe_months.get(adverse)
        if onset is None:
            continue
        mine = decision.chosen[potential.rows] == names.index(potential.regimen)
        rows = potential.rows[mine]
        followed = decision.followed_months[rows]
        seen = onset[mine] <= followed
        whole = potential.treated_months[mine] <= followed
        answer[rows] = np.where(seen, 1.0, np.where(whole, 0.0, np.nan))
    return answer


def cohort_of(
    model: OutcomeModel, seed: int, label: str, parts: list[dict[str, Any]]
) -> CohortData:
    """One cohort of the rows of many decisions."""
    pack = model.pack
    joined = {key: _joined(parts, key) for key in parts[0]}
    order = np.argsort(joined.pop("order"), kind="stable")
    rows = {key: held[order] for key, held in joined.items()}
    features = tuple(_cohort_feature(f) for f in pack.features if f.id != "line")
    timed = {
        endpoint: Timed(rows[f"{endpoint}_months"], rows[f"{endpoint}_event"].astype(bool))
        for endpoint in ("os", "pfs")
    }
    severe = {
        group.id: rows[f"severe {group.id}"]
        for group in pack.adverse_groups
        if np.any(~np.isnan(rows[f"severe {group.id}"]))
    }
    sites = [site.id for site in model.assumptions.registry.sites]
    return CohortData(
        id=f"simulated-{pack.id}",
        label=label or f"Simulated registry: {pack.label}",
        disease=pack.id,
        features=features,
        values=rows["values"],
        ids=tuple(rows["ids"].tolist()),
        regimens=model.book.regimens,
        regimen=rows["regimen"],
        classes={regimen.id: tuple(regimen.classes) for regimen in pack.regimens},
        line=rows["line"],
        site=tuple(sites[place] for place in rows["site"].tolist()),
        response=Graded(rows["response"], RECIST, rows["response_months"]),
        timed=timed,
        toxicities=severe,
        source=f"{_SOURCE} Pack {pack.id} {pack.version} ({pack.fingerprint}), seed {seed}.",
        synthetic=True,
        pack_fingerprint=pack.fingerprint,
        rows_read=len(rows["ids"]),
    )


def _joined(parts: list[dict[str, Any]], key: str) -> npt.NDArray[Any]:
    return np.concatenate([np.asarray(part[key]) for part in parts])


def _cohort_feature(feature: Feature) -> CohortFeature:
    hard = (feature.hard.low, feature.hard.high) if feature.hard else None
    return CohortFeature(
        feature.id, feature.label, feature.kind, feature.unit, feature.levels, hard
    )
