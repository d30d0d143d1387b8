"""What a regimen asks of a patient's time: how it is given, and how often to come for it.

Reads the route, the cycle and the published doses of a pack's regimen ("1,000 mg/m2 d1,8 q3w",
"weekly x4 then q2w") and lays the first twelve weeks out day by day. It is a schedule on paper:
laboratory visits, delays, hospital stays and travelling are not in it, and a schedule that cannot
be read gives no number rather than a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.knowledge.schema import Drug, Regimen

WEEKS = 12
_DAYS = 7 * WEEKS
_ROUTES: Mapping[str, str] = {
    "PO": "tablets",
    "IV": "infusion",
    "IM": "injection",
    "SC": "injection",
    "intralesional": "injection into the tumour",
    "none": "no drug",
}
_JOINED: Mapping[str, str] = {"+": " + ", "/": " or ", "or": " or "}
_ORAL = re.compile(r"\b(PO|BID|daily|once daily|twice daily)\b")
_ASIDE = re.compile(r"\([^)]*\)")
_STEP = re.compile(
    r"\b(?:(?P<weekly>weekly)|q(?P<count>\d+)(?:-\d+)?(?P<unit>[wd]))\b(?:\s*x\s?(?P<times>\d+))?"
)
_DAY_LIST = re.compile(r"\bd\s?(\d+(?:(?:\s*,\s*|\s+)d?\s?\d+)*)(?![\d\-.])\b(?!\s*mg)")
_PER_UNIT = {"w": 7, "d": 1}


@dataclass(frozen=True, slots=True)
class Burden:
    """How a regimen is given, and the visits for it in the first twelve weeks where known."""

    route: str
    cycle_days: int | None
    visits: int | None

    @property
    def words(self) -> str:
        """The route with its cycle: `infusion, 21-day cycle`."""
        cycle = f", {self.cycle_days}-day cycle" if self.cycle_days and self.visits else ""
        return f"{self.route}{cycle}"


def burden_of(regimen: Regimen) -> Burden:
    """The burden of a regimen as its pack tells it."""
    parts = re.split(r"\s*(\+|/|\bor\b)\s*", regimen.route or "none")
    words = "".join(_JOINED.get(part, _ROUTES.get(part, part)) for part in parts)
    if not _given_by_hand(regimen):
        return Burden(words, regimen.cycle_days, 0)
    days: set[int] = set()
    for drug in regimen.drugs:
        if not drug.instead_of and not _swallowed(drug, regimen):
            days |= _days_of(drug.dose, regimen.cycle_days)
    if not days and regimen.cycle_days:
        days = set(range(0, _DAYS, regimen.cycle_days))
    return Burden(words, regimen.cycle_days, len(days) or None)


def _given_by_hand(regimen: Regimen) -> bool:
    return any(word in regimen.route for word in ("IV", "IM", "SC", "intralesional"))


def _swallowed(drug: Drug, regimen: Regimen) -> bool:
    told = _ORAL.search(_ASIDE.sub("", drug.dose))
    return told is not None and not re.search(r"\b(IV|IM|SC)\b", drug.dose) and bool(regimen.route)


def _days_of(dose: str, cycle: int | None) -> set[int]:
    """The days, counted from 0, on which a dose is given in the first twelve weeks."""
    text = _ASIDE.sub(" ", dose)
    listed = _DAY_LIST.search(text)
    steps = [
        (7 if m["weekly"] else int(m["count"]) * _PER_UNIT[m["unit"]], int(m["times"] or 0))
        for m in _STEP.finditer(text)
    ]
    if listed and "weekly" not in text:
        named = [int(day) - 1 for day in re.findall(r"\d+", listed[1])]
        if " then " in text:
            return _afterwards(named, steps)
        period = steps[0][0] if steps else cycle
        if not period or max(named) >= period:
            return {day for day in named if day < _DAYS}
        return {start + day for start in range(0, _DAYS, period) for day in named}
    return _in_phases(steps)


def _afterwards(named: list[int], steps: list[tuple[int, int]]) -> set[int]:
    """Days named one by one, then a step from the last of them that stands on it."""
    if not steps:
        return {day for day in named if day < _DAYS}
    step = steps[-1][0]
    onwards = range(max(day for day in named if day % step == 0), _DAYS, step)
    return {*named, *onwards}


def _in_phases(steps: list[tuple[int, int]]) -> set[int]:
    """Steps one after the other: each as often as it says, the last until the end."""
    days: set[int] = set()
    day = 0
    for place, (step, times) in enumerate(steps):
        last = place == len(steps) - 1 or not times
        ends = _DAYS if last else min(day + step * times, _DAYS)
        days.update(range(day, ends, step))
        day = ends
    return days
