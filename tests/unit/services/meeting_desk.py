"""A board over an empty data folder: its people, a clock that can be moved, an invented patient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dashboard.answers.forecast import Chance, Forecast, RegimenForecast, Widening
from dashboard.records.patient import Patient
from dashboard.services import ballots, cases, consultation, decisions, intake
from dashboard.services.casebook import Held
from dashboard.services.context import Actor, Context, Role
from dashboard.services.installation import open_context

ANNA = Actor("anna", "Dr Anna", Role.CLINICIAN)
BEN = Actor("ben", "Dr Ben", Role.CLINICIAN)
EVA = Actor("eva", "Eva Educator", Role.EDUCATOR)
VIC = Actor("vic", "Vic Viewer", Role.VIEWER)
START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
REGIMENS = ("docetaxel", "alectinib")


@dataclass
class Clock:
    """A time that stands until it is moved."""

    time: datetime = START
    asked: list[int] = field(default_factory=list)

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.time += timedelta(days=days)


def contexts(folder: Path, clock: Clock) -> dict[str, Context]:
    """A context of each person over one store."""
    owner = open_context({"CONCORD_DATA_DIR": str(folder)}, clock=clock)
    people = {actor.id: replace(owner, actor=actor) for actor in (ANNA, BEN, EVA, VIC)}
    return {"owner": owner, **people}


def sample(context: Context, name: str = "SYN-NSCLC-02") -> Patient:
    """An invented patient of the samples."""
    return next(s.patient for s in intake.samples(context) if s.id == name)


def real(context: Context) -> Patient:
    """The same, as if somebody real: not marked synthetic, and no consent to teaching."""
    known = sample(context)
    return replace(known, id="P-REAL", synthetic=False, consent=type(known.consent)())


def opened(context: Context, who: Patient | None = None) -> Held:
    """A case in the backlog."""
    return cases.open_case(context, who or sample(context), REGIMENS)


def a_forecast(who: Patient, p: float = 0.4) -> Forecast:
    """What a model could have said, without one."""
    chance = Chance(p, p - 0.1, p + 0.1)
    return Forecast(
        who.fingerprint, who.disease, "bundle-1",
        tuple(RegimenForecast(name, chance) for name in REGIMENS),
        missing=(Widening("stk11_mutation", 0.05),),
    )  # fmt: skip


def revealed(context: Context, case_id: str, chance: float = 0.6) -> None:
    """A round with one ballot, revealed."""
    ballots.give(
        context, case_id, "Dr Anna", "docetaxel", confidence=0.5, chances={"docetaxel": chance}
    )
    ballots.reveal(context, case_id)


def tool_of(context: Context, held: Held, p: float = 0.4):
    """The tool's layer of a case."""
    who = cases.patient(context, held.paper)
    judgement = consultation.judge(context, who)
    return decisions.shown(
        context, held.paper, a_forecast(who, p), judgement, source="simulated", synthetic=True
    )


DUE = date(2026, 6, 20)
