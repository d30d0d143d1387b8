"""What a forecast says at one month, read once for every card, curve, table, text and file.

A `Reading` is a chance with the words it is shown by, so that no two places can disagree about a
number or its digits. Nothing is read beyond a curve's end: there is no reading then, and the place
says so. The band of progression holds what is not known of PFS and of which event comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

from components.charts import theme
from dashboard.answers import spoken
from dashboard.answers.forecast import (
    Chance,
    Forecast,
    Incidence,
    RegimenForecast,
    Span,
    SurvivalCurve,
)

RESPONSE, PFS, OS, PROGRESSION, TOXICITY = "response", "pfs", "os", "progression", "toxicity"
QUANTITIES = (RESPONSE, PFS, OS, PROGRESSION, TOXICITY)
PROGRESSED, DIED_FIRST = "progressed", "died_first"
ANY = "any"  # the group of adverse events that counts every severe one
ENDPOINTS: Mapping[str, str] = {OS: "Overall survival", PFS: "Progression-free survival"}
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A chance as it is shown: the middle, its interval, and both in one text."""

    chance: Chance

    @property
    def text(self) -> str:
        """`62% (54 to 70%)`."""
        return theme.percent(self.chance.p, self.chance.low, self.chance.high)

    @property
    def middle(self) -> str:
        """`62%`."""
        return self.text.split(" (", 1)[0]

    @property
    def ends(self) -> str:
        """`54 to 70%`."""
        return self.text.split(" (", 1)[1].rstrip(")")

    @property
    def words(self) -> str:
        """`about 6 in 10`, of the middle as it is shown."""
        return spoken.about(self.chance.p, self.chance.low, self.chance.high)


def reading(chance: Chance | None) -> Reading | None:
    """A chance as it is shown; None stays None."""
    return None if chance is None else Reading(chance)


def text_of(chance: Chance | None) -> str:
    """A chance in words and figures, or a dash."""
    return NOTHING if chance is None else Reading(chance).text


def curve_at(curve: SurvivalCurve | None, month: float) -> Chance | None:
    """The share without the event at a month; None where nothing is known of it."""
    if curve is None or month > curve.months[-1]:
        return None
    return curve.at(month)


def share_at(incidence: Incidence | None, cause: str, month: float) -> float | None:
    """The share that had this event first by a month; None where nothing is known of it."""
    if incidence is None or month > incidence.months[-1]:
        return None
    return incidence.at(month)[cause]


def cause_at(forecast: RegimenForecast, cause: str, month: float) -> Chance | None:
    """The chance of this event first by a month, with its interval; see `_shared_out`."""
    share, free = share_at(forecast.progression, cause, month), curve_at(forecast.pfs, month)
    if share is None or free is None:
        return None
    return _shared_out(share, free, forecast.support.similar if forecast.support else 0.0)


def _shared_out(share: float, free: Chance, similar: float) -> Chance:
    """A share of those who are not free of an event, as uncertain as both of its factors.

    How many have an event at all is as uncertain as PFS; which event it is, as a share seen in
    so many similar patients. The two are taken as independent.
    """
    lost = 1.0 - free.p
    part = min(share / lost, 1.0) if lost > 0 else 0.0
    events = max(similar * lost, 1.0)
    z = NormalDist().inv_cdf(0.5 + free.level / 2)
    which = lost * z * sqrt(max(part * (1.0 - part), 0.0) / events)
    low = share - hypot(part * max(free.high - free.p, 0.0), which)
    high = share + hypot(part * max(free.p - free.low, 0.0), which)
    return Chance(share, max(low, 0.0), min(high, 1.0), free.level)


def at_month(forecast: RegimenForecast, month: float) -> dict[str, Chance | None]:
    """The five figures of the board for one regimen."""
    return {
        RESPONSE: forecast.response,
        PFS: curve_at(forecast.pfs, month),
        OS: curve_at(forecast.os, month),
        PROGRESSION: cause_at(forecast, PROGRESSED, month),
        TOXICITY: forecast.toxicities.get(ANY),
    }


def chances(
    forecast: Forecast, regimens: Sequence[str], quantity: str, month: float = 0.0
) -> dict[str, Chance]:
    """One figure of the board under each of these regimens that has it."""
    held = {name: at_month(of_regimen(forecast, name), month)[quantity] for name in regimens}
    return {name: chance for name, chance in held.items() if chance is not None}


def why_none(forecast: RegimenForecast, quantity: str) -> str:
    """Why there is no figure: nothing was learnt of it, or nobody was followed so long."""
    curve = forecast.os if quantity == OS else forecast.pfs
    if quantity in (OS, PFS, PROGRESSION) and curve is not None:
        return f"followed {curve.months[-1]:.0f} months only"
    return "no forecast"


def of_regimen(forecast: Forecast, regimen: str) -> RegimenForecast:
    """What is forecast under a regimen; one with a caution alone where nothing is."""
    try:
        return forecast.of(regimen)
    except KeyError:
        return RegimenForecast(regimen, cautions=("The model knows nothing of this regimen.",))


def median_text(curve: SurvivalCurve) -> str:
    """The median of a curve with its interval; one that is not reached says until when."""
    median = curve.median
    if median.months is None:
        least = f" (at least {theme.months(median.low)})" if median.low is not None else ""
        return f"not reached by {curve.months[-1]:.0f} months{least}"
    return span_text(median)


def span_text(span: Span) -> str:
    """A time in months with its interval."""
    if span.months is None or span.low is None:
        return theme.months(span.months)
    return theme.months(span.months, span.low, span.high)


def quantity_label(quantity: str, month: float) -> str:
    """What a figure of the board is, in words."""
    labels = {
        RESPONSE: "Response (CR or PR)",
        PFS: f"Without progression at {month:g} months",
        OS: f"Alive at {month:g} months",
        PROGRESSION: f"Progression by {month:g} months",
        TOXICITY: "Severe toxicity (grade 3 or worse)",
    }
    return labels[quantity]
