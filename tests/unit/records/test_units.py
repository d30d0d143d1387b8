"""Units: spellings, conversions, and the units in which a bare number would be ordinary."""

import pytest

from dashboard.records.units import UnitTable, normal_unit
from tests.builders import a_feature

TABLE = UnitTable.standard()


@pytest.mark.parametrize(
    "spelling",
    [
        "10^9/L",
        "x10^9/L",
        "\u00d710\u2079/l",
        "10*9/L",
        "10e9/L",
        "109/L",
        "G/L",
        "K/\u00b5L",
        "10^3/mm3",
    ],
)
def test_units_know_every_spelling_of_one(spelling: str) -> None:
    """However a laboratory writes it, it is the same unit."""
    assert TABLE.named(spelling, a_feature("platelets_10e9_l")) == "10^9/L"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("{cells}/uL", "/ul"),
        ("mcg/L", "ug/l"),
        ("mg per litre", "mg/l"),
        ("x ULN", "uln"),
        ("times upper limit of normal", "uln"),
        ("[in_i]", "in_i"),
    ],
)
def test_units_are_brought_to_one_spelling(text: str, plain: str) -> None:
    """Annotations, words and signs fall away."""
    assert normal_unit(text) == plain


def test_units_of_a_feature_without_a_quantity() -> None:
    """A feature outside the table takes its own unit, and ratios take any word for 'no unit'."""
    ratio = a_feature("nlr")
    assert TABLE.named("ratio", ratio) == "ratio"
    assert TABLE.named("{ratio}", ratio) == "ratio"
    assert TABLE.named("mg", ratio) is None
    assert TABLE.accepted(ratio) == ("ratio",)
    assert TABLE.readings(3.0, ratio) == {}
    assert TABLE.absolute("U/L", ratio) is None


def test_units_convert_by_factor_and_offset() -> None:
    """Factors and offsets are applied both ways."""
    assert TABLE.convert(38, "g/L", "g/dL", "albumin") == 3.8
    assert TABLE.convert(42, "mmol/mol", "%", "hba1c") == pytest.approx(5.99, abs=0.01)
    assert TABLE.convert(7, "g/dL", "g/dL", "albumin") == 7
    with pytest.raises(KeyError, match="stone"):
        TABLE.convert(1, "stone", "kg", "weight")


def test_units_keep_what_is_not_finite() -> None:
    """A number too large to convert stays infinite instead of becoming text."""
    assert TABLE.convert(1e308, "/uL", "10^9/L", "platelets") == 1e305
    assert TABLE.convert(1e308, "10^5/uL", "/uL", "platelets") == float("inf")


def test_units_that_would_make_a_number_ordinary() -> None:
    """39 is an ordinary albumin only in g/L, 3.9 only in g/dL; rare units are not suspected."""
    albumin = a_feature("albumin_g_dl")
    assert TABLE.readings(39, albumin) == {"g/L": 3.9}
    assert TABLE.readings(3.9, albumin) == {"g/dL": 3.9}
    assert TABLE.readings(600, albumin) == {}
    assert TABLE.named("umol/L", albumin) == "umol/L"


def test_units_of_quantities_measured_against_a_limit() -> None:
    """An absolute unit of a ratio is known for what it is, but has no factor."""
    ldh = a_feature("ldh_x_uln")
    assert TABLE.absolute("IU/L", ldh) == "U/L"
    assert TABLE.named("U/L", ldh) is None
    quantity = TABLE.quantity(ldh)
    assert quantity is not None
    assert quantity.limits["U/L"].low < quantity.limits["U/L"].high


def test_units_without_a_usual_range_are_all_possible() -> None:
    """A bare duration can be in any unit."""
    duration = a_feature("interval", unit="months", quantity="duration_months")
    assert set(TABLE.readings(24, duration)) == {"months", "days", "weeks", "years"}


def test_units_of_a_table_of_ones_own() -> None:
    """A table is made from a mapping as the file has it."""
    table = UnitTable.from_mapping(
        {"dose": {"canonical": "mg", "units": {"g": {"factor": 1000, "aliases": ["gram"]}}}}
    )
    dose = a_feature("dose", unit="mg", quantity="dose")
    assert table.named("gram", dose) == "g"
    assert table.convert(2, "g", "mg", "dose") == 2000
