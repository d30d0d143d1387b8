"""The absolute amount behind a multiple of the laboratory's upper limit, where the limit is stated.

Patients hold LDH or bilirubin as a multiple, because limits differ between laboratories. Some
published scores ask for the amount itself. It is worked out only where the value's own origin
states the limit it was divided by, and where that number is a usual limit in one unit alone;
otherwise there is no answer, and the caller says what is missing.
"""

from __future__ import annotations

import re

from dashboard.knowledge.schema import Feature
from dashboard.records.patient import Origin
from dashboard.records.units import UnitTable

_STATED = re.compile(r" divided by the upper limit of normal ([0-9.]+)$")


def stated_limit(origin: Origin) -> float | None:
    """The upper limit of normal that a value was divided by when it was read."""
    found = _STATED.search(origin.note)
    return float(found.group(1)) if found else None


def unit_of_limit(feature: Feature, limit: float, units: UnitTable) -> str:
    """The one unit in which laboratories state such a limit; empty where none or several fit."""
    quantity = units.quantity(feature)
    fitting = [] if quantity is None else [u for u, r in quantity.limits.items() if r.holds(limit)]
    return fitting[0] if len(fitting) == 1 else ""


def absolute_amount(
    feature: Feature, multiple: float, origin: Origin, *, quantity: str, unit: str
) -> float | None:
    """The amount in a unit, from the multiple and the limit in its origin.

    Args:
        feature: the multiple of the upper limit.
        multiple: its value.
        origin: where the value came from.
        quantity: what is measured, as the table of units names it.
        unit: the unit wanted.

    Returns:
        The amount, or None where no limit is stated or its unit cannot be told.
    """
    units = UnitTable.standard()
    limit = stated_limit(origin)
    stated_in = "" if limit is None else unit_of_limit(feature, limit, units)
    if limit is None or not stated_in:
        return None
    return float(f"{units.convert(multiple * limit, stated_in, unit, quantity):.6g}")
