"""What each added drug is forecast to bring: two regimens of which one holds all of the other's.

Points in 100 of response, survival and severe toxicity, each with the interval of the difference;
never a drug taken out of regimens that differ in other drugs as well. Differences of forecasts, not
effects: the doses of what both hold may differ too, and who received which was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from components.charts import readings
from components.charts.forecast_curves import points
from components.charts.markup import Markup, element
from components.widgets import panels
from components.widgets.tables import Cell, Column, table
from dashboard.answers import curves
from dashboard.answers.forecast import Chance, Forecast
from dashboard.knowledge.schema import DiseasePack, Regimen

QUANTITIES = (readings.RESPONSE, readings.OS, readings.PFS, readings.TOXICITY)
WORDS = (
    "In 100 patients like this one: how many more, or fewer, with the added drugs than without; "
    "the interval takes the two forecasts as independent, which is rather too wide than too "
    "narrow. A difference of forecasts, not the effect of the drug: the doses of the others may "
    "differ, and who received which was chosen."
)


@dataclass(frozen=True, slots=True)
class Step:
    """From a regimen to one that holds all of its drugs and these."""

    less: Regimen
    more: Regimen
    drugs: tuple[str, ...]


def steps(regimens: Sequence[Regimen]) -> list[Step]:
    """The smallest steps by which drugs are added among these regimens, in their order."""
    held = {regimen.id: _drugs(regimen) for regimen in regimens}
    found = []
    for less, more in permutations(regimens, 2):
        first, second = held[less.id], held[more.id]
        between = any(first < other < second for other in held.values())
        if first and first < second and not between:
            added = [d.name for d in more.drugs if d.name in second - first]
            found.append(Step(less, more, tuple(dict.fromkeys(added))))
    return found


def added_drugs(
    forecast: Forecast, pack: DiseasePack, regimens: Sequence[str], *, months: int
) -> Iterator[Markup]:
    """What each step brings, to be opened; nothing where no regimen holds another."""
    found = steps([pack.regimen(name) for name in regimens])
    if not found:
        return
    labels = [readings.quantity_label(each, months) for each in QUANTITIES]
    columns = [Column("Added", width="30%"), *[Column(label, number=True) for label in labels]]
    rows = [_row(forecast, step, months) for step in found]
    words = table(
        "Points in 100 that added drugs bring, each with the interval of the difference",
        columns,
        rows,
    )
    yield panels.disclosure("What each added drug brings", words, panels.caption(WORDS))


def _drugs(regimen: Regimen) -> frozenset[str]:
    return frozenset(drug.name for drug in regimen.drugs if not drug.instead_of)


def _row(forecast: Forecast, step: Step, months: int) -> list[Cell]:
    before, after = (
        readings.at_month(readings.of_regimen(forecast, each.id), months)
        for each in (step.less, step.more)
    )
    name = element(
        "span",
        element("strong", f"+ {' + '.join(step.drugs)}"),
        element("div", f"to {step.less.label}: {step.more.label}", class_="cc-ends"),
    )
    return [name, *[_gap(before[each], after[each]) for each in QUANTITIES]]


def _gap(before: Chance | None, after: Chance | None) -> Markup | str:
    if before is None or after is None:
        return readings.NOTHING
    found = curves.gap(after, before)
    ends = f"{points(found.low)} to {points(found.high)}"
    unsure = "" if found.is_clear else "; holds no difference"
    return element("span", points(found.value), element("div", ends + unsure, class_="cc-ends"))
