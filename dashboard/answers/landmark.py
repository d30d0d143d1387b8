"""What is forecast from a later day on, once a response is known: with it, and by time alone.

Both are of a patient who had come through so many months. The first forecast conditioned on time
says what was to be expected of anybody like this one who came so far; the update also knows what
the scan showed. Small frozen values; no engine is needed to hold them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.answers.curves import GapCurve
from dashboard.answers.forecast import Incidence, SurvivalCurve


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """By how much a response multiplies the hazard over some months, with an interval."""

    value: float
    low: float
    high: float
    level: float = 0.9


@dataclass(frozen=True, eq=False, slots=True)
class Updated:
    """One endpoint from the landmark on; months count from there."""

    now: SurvivalCurve  # knowing the response
    before: SurvivalCurve  # the first forecast, by time alone
    change: GapCurve  # now less before; its band is that of what the response says alone
    ratio: HazardRatio | None = None  # of the first year from now; None without a response


@dataclass(frozen=True, slots=True)
class LandmarkError:
    """How wrong both were out of fold after one landmark (integrated Brier score)."""

    endpoint: str
    month: float
    patients: int
    time_alone: float
    updated: float
    gain: float
    gain_error: float  # its standard error

    @property
    def is_gained(self) -> bool:
        """Whether knowing the response made the forecast better, as far as can be told."""
        return self.gain > 0


@dataclass(frozen=True, eq=False, slots=True)
class LandmarkUpdate:
    """One patient under one regimen from a landmark on; None where there is no such curve."""

    regimen: str
    month: float
    answer: str  # CR, PR, SD or PD; empty where it is not known
    pfs: Updated | None = None
    os: Updated | None = None
    progression: Incidence | None = None  # which event comes first from now on
    errors: tuple[LandmarkError, ...] = ()  # after the landmark nearest to the month
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LandmarkScope:
    """What an update may be asked about; no months where there is no such model, and why."""

    months: tuple[float, float] | None
    answers: tuple[str, ...] = ()
    timed: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the record says of a treatment that was started and not stopped."""

    regimen: str
    months: float
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an update is asked about: which regimen was started how long ago, and its response."""

    regimen: str
    month: float
    answer: str = ""  # CR, PR, SD or PD; empty where none is known
