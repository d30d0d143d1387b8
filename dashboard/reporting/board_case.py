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
from dashboard.knowledge.rules import Answer
from dashboard.knowledge.schema import DiseasePack
from dashboard.meeting.follow_up import FollowUp
from dashboard.records.patient import Patient
from dashboard.reporting.decided import Decided
from dashboard.scores.shelf import ScoreResult

WHATEVER_IS_GIVEN = "Whatever is given"


@dataclass(frozen=True, slots=True)
class Tried:
    """A named what-if: the patient as they would be, with the forecast; without one, why not."""

    name: str
    patient: Patient | None = None
    forecast: Forecast | None = None
    lost: str = ""


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
    followed: FollowUp | None = None  # what became of it, once that is asked
    scenarios: tuple[Tried, ...] = ()  # the what-ifs that whoever asks kept

    @property
    def rows(self) -> tuple[str, ...]:
        """What has a line in the tables: the regimens.

        Where the model knows no treatments, its one prognosis, whose name is empty, stands first.
        """
        return self.regimens if self.forecast.knows_treatments else ("", *self.regimens)

    @property
    def labels(self) -> dict[str, str]:
        """The names of the rows by id."""
        named = {name: self.pack.regimen(name).label for name in self.regimens}
        return {"": WHATEVER_IS_GIVEN, **named}

    @property
    def all_labels(self) -> dict[str, str]:
        """Every regimen's name by id: a board may choose one that is not in the tables."""
        return {regimen.id: regimen.label for regimen in self.pack.regimens}

    @property
    def synthetic(self) -> bool:
        """Whether the patient, or what the forecasts were learnt from, is invented."""
        return self.patient.synthetic or self.learnt_from_simulated

    def verdict(self, regimen: str) -> Answer | None:
        """Whether the rules leave a regimen open; they know nothing of the one prognosis."""
        return self.judgement.of(regimen).answer if regimen else None

    def drawn_label(self, regimen: str) -> str:
        """The name of a row in a picture, which has no column for what the rules say."""
        closed = self.verdict(regimen) is Answer.NO
        return f"{self.labels[regimen]}{' (not eligible)' if closed else ''}"

    def group(self, group: str) -> str:
        """The name of a group of adverse events; one the pack does not know keeps its id."""
        named = {one.id: one.label for one in self.pack.adverse_groups}
        return named.get(group, group.replace("_", " ").replace("-", " "))

    def of(self, regimen: str) -> RegimenForecast | None:
        """The forecast under a regimen, if there is one."""
        found = [one for one in self.forecast.regimens if one.regimen == regimen]
        return found[0] if found else None
