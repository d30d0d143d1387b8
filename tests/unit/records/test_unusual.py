"""Which values are worth a second look, and that ordinary patients are left alone."""

import pytest

from dashboard.knowledge.library import load_library
from dashboard.knowledge.schema import Feature, Kind, Range
from dashboard.records.amounts import read_amount
from dashboard.records.cells import Cell, Raw
from dashboard.records.checks import check_patient
from dashboard.records.columns import Column, read_column
from dashboard.records.units import UnitTable
from dashboard.records.unusual import EVERYTHING, unremarkable
from tests.builders import TODAY, a_patient

LIBRARY = load_library()
PACK = LIBRARY.pack("nsclc")
UNITS = UnitTable.standard()


def number(low: float, high: float, quantity: str = "") -> Feature:
    """A number feature with this plausible range."""
    return Feature(
        id="x", label="X", kind=Kind.NUMBER, quantity=quantity, plausible=Range(low=low, high=high)
    )


@pytest.mark.parametrize(
    ("feature", "low", "high"),
    [
        (number(3, 4.4), 2.3, 5.3286),  # by difference below, by ratio above
        (number(0.6, 1.8), 0.0, 3.1177),
        (number(400, 460), 370, 493.3),
        (number(0, 30), -15, 90),  # a range from zero says nothing of ratios
        (number(-1.5, 1.5), -3, 3),
        (number(55, 78, "age"), 32, 110.6),  # ages by the whole width
    ],
)
def test_unusual_begins_beyond_half_the_width_on_either_scale(
    feature: Feature, low: float, high: float
) -> None:
    """Difference or ratio, whichever is the more lenient."""
    span = unremarkable(feature)
    assert (span.low, span.high) == pytest.approx((low, high), abs=0.05)


def test_unusual_is_nothing_where_no_range_is_known() -> None:
    """Without a plausible range every number is as good as any other."""
    assert unremarkable(Feature(id="x", label="X", kind=Kind.NUMBER)) is EVERYTHING


@pytest.mark.parametrize(
    ("name", "unit", "ordinary", "odd"),
    [
        ("albumin_g_dl", "g/dL", (2.4, 2.9, 4.5, 5.3), (2.2, 5.5)),
        ("bmi", "kg/m2", (14.5, 38.0), (13.0, 45.0)),
        ("age_years", "years", (33.0, 41.0, 92.0), (20.0,)),
    ],
)
def test_unusual_is_the_same_in_columns_single_values_and_checks(
    name: str, unit: str, ordinary: tuple[float, ...], odd: tuple[float, ...]
) -> None:
    """Three places look at a number; none may be stricter than another."""
    feature = PACK.vocabulary[name]
    for value in (*ordinary, *odd):
        text = f"{value:g}"
        column = Column(feature, name, [text], [2], ["P1"], "a.csv", unit)
        by_column = {f.code for f in read_column(column, UNITS, {}).findings}
        by_value = {
            f.code for f in read_amount(Cell(feature, Raw(text, unit=unit), UNITS)).findings
        }
        patient = a_patient({name: value}, disease="nsclc")
        by_check = {f.code for f in check_patient(patient, PACK, TODAY)}
        expected = value in odd
        assert ("implausible" in by_column) is expected
        assert ("implausible" in by_value) is expected
        assert ("implausible" in by_check) is expected


def test_unusual_leaves_the_edges_of_every_common_range_alone() -> None:
    """What a pack calls common, its ends included, is never warned of, in any pack."""
    for pack in LIBRARY.packs:
        for feature in pack.features:
            if feature.plausible is not None:
                assert unremarkable(feature).holds(feature.plausible.low)
                assert unremarkable(feature).holds(feature.plausible.high)
