"""What a report is made of: one patient with everything that was asked about them beforehand.

The services ask; the report only words. The same case makes the report, the summary, the slides and
the letter, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.answers.concordance import Row
from dashboard.answers.explanation import Attribution
from dashboard.answers.forecast import Forecast, RegimenForecast
from dashboard.answers.model_card import ModelCard
from dashboard.answers.population import GroupCurve
from dashboard.knowledge.eligibility import Judgement
from dashboard.knowledge.matching import ArmMatch
from dashboard.knowledge.schema import DiseasePack
from dashboard.records.patient import Patient
from dashboard.reporting.decided import Decided
from dashboard.scores.shelf import ScoreResult


@dataclass(frozen=True, slots=True)
class BoardCase:
    """Everything the report tells, asked before and answered elsewhere."""

    patient: Patient
    pack: DiseasePack
    judgement: Judgement
    regimens: tuple[str, ...]
    forecast: Forecast
    matches: Mapping[str, tuple[ArmMatch, ...]]
    scores: tuple[ScoreResult, ...]
    horizon_months: float
    learnt_from: str
    learnt_from_simulated: bool
    made_on: date
    card: ModelCard
    stamp: str = ""
    attributions: tuple[Attribution, ...] = ()
    concordance: tuple[Row, ...] = ()
    at_risk: Mapping[str, GroupCurve] = field(default_factory=dict)
    decided: Decided | None = None  # what the board decided, once that is preliminary or final

    @property
    def labels(self) -> dict[str, str]:
        """The regimens' names by id."""
        return {name: self.pack.regimen(name).label for name in self.regimens}

    @property
    def all_labels(self) -> dict[str, str]:
        """Every regimen's name by id: a board may choose one that is not in the tables."""
        return {regimen.id: regimen.label for regimen in self.pack.regimens}

    @property
    def synthetic(self) -> bool:
        """Whether the patient, or what the forecasts were learnt from, is invented."""
        return self.patient.synthetic or self.learnt_from_simulated

    def of(self, regimen: str) -> RegimenForecast | None:
        """The forecast under a regimen, if there is one."""
        found = [one for one in self.forecast.regimens if one.regimen == regimen]
        return found[0] if found else None
