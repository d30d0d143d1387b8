"""How far outside the usual a value must lie before anybody is asked to look at it again.

A pack's plausible range holds the middle four fifths of its patients, so that one ordinary patient
in five lies outside it with any one value. What is worth a warning is a value that a slip explains
better than the disease: one beyond the range by more than half its width, on the plain scale and on
the scale of ratios alike, because laboratory values spread by factors. A range that begins at zero
says nothing of factors and is left by three times its end. Ages are left by the whole width: the
young fall ill too. The reasoning and what it costs stand in docs/explanation/checks.md.
"""

from __future__ import annotations

import sys

from dashboard.knowledge.schema import Feature, Range

_BEYOND = 0.5  # widths of the plausible range
_BEYOND_AGES = 1.0
_TIMES_FROM_ZERO = 3.0
EVERYTHING = Range(low=-sys.float_info.max, high=sys.float_info.max)


def unremarkable(feature: Feature) -> Range:
    """The values of a number feature that need no second look; both ends belong to them."""
    usual = feature.plausible
    if usual is None:
        return EVERYTHING
    share = _BEYOND_AGES if feature.quantity == "age" else _BEYOND
    width = usual.high - usual.low
    low, high = usual.low - share * width, usual.high + share * width
    if usual.low > 0:
        factor = (usual.high / usual.low) ** share
        low, high = min(low, usual.low / factor), max(high, usual.high * factor)
    elif usual.low == 0:
        high = max(high, _TIMES_FROM_ZERO * usual.high)
    return Range(low=low, high=high)
