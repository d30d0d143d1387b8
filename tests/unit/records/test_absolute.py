"""The amount behind a multiple of the upper limit: only where the limit is stated."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.absolute import absolute_amount, stated_limit, unit_of_limit
from dashboard.records.patient import Origin
from dashboard.records.units import UnitTable

PACK = load_library().pack("nsclc")
LDH, BILIRUBIN = PACK.feature("ldh_x_uln"), PACK.feature("bilirubin_x_uln")


def origin(limit):
    """Where a value came from that was divided by this limit."""
    return Origin(text="412", note=f"412 divided by the upper limit of normal {limit}")


@pytest.mark.parametrize(
    ("feature", "multiple", "limit", "unit", "amount"),
    [
        (LDH, 1.648, "250", "U/L", 412.0),
        (LDH, 1.5, "4.2", "U/L", 378.0),  # the limit is in microkatal
        (BILIRUBIN, 1.2, "20", "umol/L", 24.0),
        (BILIRUBIN, 1.2, "1.2", "umol/L", 24.624),  # the limit is in mg/dL
    ],
)
def test_amount_follows_from_the_stated_limit(feature, multiple, limit, unit, amount):
    """Multiple times limit, in the unit that such a limit is stated in."""
    quantity = feature.quantity.removesuffix("_x_uln")
    given = absolute_amount(feature, multiple, origin(limit), quantity=quantity, unit=unit)
    assert given == pytest.approx(amount, rel=1e-4)


@pytest.mark.parametrize("note", ["", "typed in", "divided by two"])
def test_amount_is_not_guessed_without_a_limit(note):
    """A multiple alone says nothing of the amount."""
    held = Origin(note=note)
    assert stated_limit(held) is None
    assert absolute_amount(LDH, 1.5, held, quantity="ldh", unit="U/L") is None


def test_amount_is_not_guessed_from_a_strange_limit():
    """A number that is no usual limit in any unit leaves the unit open."""
    assert unit_of_limit(LDH, 60.0, UnitTable.standard()) == ""
    assert unit_of_limit(PACK.feature("age_years"), 250.0, UnitTable.standard()) == ""
    assert absolute_amount(LDH, 1.5, origin("60"), quantity="ldh", unit="U/L") is None
