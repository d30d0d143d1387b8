"""Units: whatever a laboratory can print converts there and back to exactly itself."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dashboard.records.units import UnitTable

TABLE = UnitTable.standard()
PAIRS = sorted(
    (name, one, other)
    for name, quantity in TABLE.quantities.items()
    for one in quantity.units
    for other in quantity.units
    if one != other
)
# What laboratories print: up to seven digits, four of them after the point.
PRINTED = st.decimals(min_value=0, max_value=100_000, places=4).filter(
    lambda number: len(number.normalize().as_tuple().digits) <= 7
)


@given(pair=st.sampled_from(PAIRS), printed=PRINTED)
def test_units_invert_exactly(pair: tuple[str, str, str], printed: Decimal) -> None:
    """A value converted to another unit and back is the same number, not nearly the same."""
    quantity, one, other = pair
    value = float(printed)
    there = TABLE.convert(value, one, other, quantity)
    assert TABLE.convert(there, other, one, quantity) == value


@given(pair=st.sampled_from(PAIRS), low=PRINTED, high=PRINTED)
def test_units_keep_the_order_of_values(
    pair: tuple[str, str, str], low: Decimal, high: Decimal
) -> None:
    """More in one unit is more in the other."""
    quantity, one, other = pair
    first, second = sorted((float(low), float(high)))
    assert TABLE.convert(first, one, other, quantity) <= TABLE.convert(second, one, other, quantity)
