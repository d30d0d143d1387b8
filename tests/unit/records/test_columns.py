"""Whole columns: units judged together, doubts gathered, answers applied."""

from typing import Any

import pytest

from dashboard.records.cells import Raw
from dashboard.records.column_cells import Column, ColumnValues
from dashboard.records.columns import read_column
from dashboard.records.units import UnitTable
from dashboard.records.values import interpret
from tests.builders import a_feature

TABLE = UnitTable.standard()


def column(feature: str, *cells: str, **fields: Any) -> Column:
    """A column of these cells, rows counted from 2."""
    rows = range(2, len(cells) + 2)
    ids = [f"P{row}" for row in rows]
    known = a_feature(feature, **fields.pop("changes", {}))
    return Column(known, fields.pop("name", feature), cells, list(rows), ids, "a.csv", **fields)


def read(
    feature: str, *cells: str, answers: dict[str, str] | None = None, **fields: Any
) -> ColumnValues:
    """What comes of a column."""
    return read_column(column(feature, *cells, **fields), TABLE, answers or {})


def codes(result: ColumnValues) -> list[str]:
    """What was found."""
    return [finding.code for finding in result.findings]


def test_columns_of_plain_values_are_read_without_origins() -> None:
    """The short cut leaves origins to the caller and finds nothing."""
    result = read("albumin_g_dl", "3.9", "", "4.1")
    assert (result.values, result.origins, result.findings) == ([3.9, None, 4.1], {}, [])


def test_columns_with_a_stated_unit_are_converted() -> None:
    """The unit of the header counts for every cell, and stands in the origins."""
    result = read("albumin_g_dl", "38", "41 g/L", unit="g/L")
    assert result.values == [3.8, 4.1]
    assert result.origins[0].unit == "g/L"
    assert result.origins[0].note == "38 g/L converted"


def test_columns_that_fit_only_another_unit_ask_once() -> None:
    """One question for the column, with the conversion shown; the answer is applied."""
    result = read("albumin_g_dl", "39", "41", "35")
    assert codes(result) == ["unit-unclear"]
    question = result.findings[0]
    assert question.key == "unit:albumin_g_dl"
    assert "rows 2, 3 and 4" in question.message
    assert [choice.answer for choice in question.choices] == ["g/L", "unknown"]
    assert read("albumin_g_dl", "39", "41", answers={question.key: "g/L"}).values == [3.9, 4.1]
    assert codes(read("albumin_g_dl", "39", "41", answers={question.key: "unknown"})) == []


def test_columns_that_mix_units_are_refused_with_their_rows() -> None:
    """Nothing is read, the rows are named, and converting them is offered."""
    result = read("albumin_g_dl", "3.8", "41", "4.0", "39")
    assert result.values == [None] * 4
    assert codes(result) == ["units-mixed"]
    answers = {"unit:albumin_g_dl": "mixed:g/L"}
    assert read("albumin_g_dl", "3.8", "41", "4.0", answers=answers).values == [3.8, 4.1, 4.0]
    kept = read("albumin_g_dl", "3.8", "41", answers={"unit:albumin_g_dl": "as-written"})
    assert (kept.values, codes(kept)) == ([3.8, None], ["out-of-range"])


def test_columns_with_few_slips_keep_the_rest() -> None:
    """One value in another unit among forty is a question of its own."""
    result = read("albumin_g_dl", *["3.9"] * 40, "41")
    assert result.values[:40] == [3.9] * 40
    assert result.values[40] is None
    assert codes(result) == ["unit-unclear"]


def test_columns_settle_a_doubtful_value_by_its_neighbours() -> None:
    """Weights of 60 and 65 kg make 90 kilograms, although 90 lb would be a weight too."""
    changes = {"unit": "kg", "quantity": "weight", "hard": None, "plausible": None}
    result = read("weight", "50", "55", "60", "90", changes=changes)
    assert result.values == [50.0, 55.0, 60.0, 90.0]
    assert result.origins[3].note == "unit as in the rest of the column"


def test_columns_never_settle_percent_and_fraction_by_neighbours() -> None:
    """0.5 among percentages may be half a percent or a half: it is asked for that row."""
    result = read("pd_l1_tps", "80", "60", "0.5", "70")
    assert result.values == [80.0, 60.0, None, 70.0]
    assert codes(result) == ["unit-unclear"]
    many = read("pd_l1_tps", *["80"] * 30, *["0.5"] * 20)
    assert [f.key for f in many.findings] == ["unit:pd_l1_tps"]
    answers = {"unit:pd_l1_tps": "mixed:fraction"}
    settled = read("pd_l1_tps", *["80"] * 30, *["0.5"] * 20, answers=answers)
    assert settled.values == [80.0] * 30 + [50.0] * 20


def test_columns_whose_values_fit_no_unit_together_are_refused() -> None:
    """39 and 3900 in a column of heights fit no unit in common."""
    changes = {"unit": "cm", "quantity": "height", "hard": None, "plausible": None}
    assert codes(read("height", "1.75", "69", changes=changes)) == ["units-mixed"]


def test_columns_of_decimal_commas_are_a_matter_of_the_file() -> None:
    """Doubtful marks are handed up; with the answer they are read."""
    result = read("albumin_g_dl", "3,9", "4,1")
    assert (result.decimals, result.findings) == ([0, 1], [])
    assert read("albumin_g_dl", "3,9", answers={"decimal": ","}).values == [3.9]
    joined = read("platelets_10e9_l", "1,50", answers={"decimal": "."})
    assert joined.values == [150.0]
    assert joined.origins[0].note == "1,50 read as 150"


@pytest.mark.parametrize(
    ("cells", "answers", "values"),
    [
        (("150,000", "250,000"), {"thousands:platelets_10e9_l": "decimal"}, [150.0, 250.0]),
        (("150,000", "250,000"), {"decimal": ","}, [150.0, 250.0]),
        (("1 000", "1\u202f200"), {"space:platelets_10e9_l": "join"}, [1000.0, 1200.0]),
    ],
)
def test_columns_of_doubtful_marks_follow_the_answer(
    cells: tuple[str, ...], answers: dict[str, str], values: list[float]
) -> None:
    """The same question is asked once for the column and answered once."""
    asked = read("platelets_10e9_l", *cells)
    assert len(asked.findings) == 1
    assert asked.values == [None, None]
    assert read("platelets_10e9_l", *cells, answers=answers).values == values


def test_columns_of_thousands_then_ask_for_their_unit() -> None:
    """Once 150,000 is 150000, it is still a count per microlitre to confirm."""
    answers = {"thousands:platelets_10e9_l": "thousands"}
    result = read("platelets_10e9_l", "150,000", "250,000", answers=answers)
    assert codes(result) == ["unit-unclear"]
    answers["unit:platelets_10e9_l"] = "/uL"
    result = read("platelets_10e9_l", "150,000", "250,000", answers=answers)
    assert result.values == [150.0, 250.0]


def test_columns_of_ratios_use_the_laboratory_limit() -> None:
    """With a limit, from an answer or a column, absolute values become multiples."""
    asked = read("ldh_x_uln", "240", "500")
    assert [f.key for f in asked.findings] == ["uln:ldh_x_uln"]
    answered = read("ldh_x_uln", "240", "<500", answers={"uln:ldh_x_uln": "250"})
    assert answered.values == [0.96, 2.0]
    assert answered.origins[1].comparator == "<"
    beside = read("ldh_x_uln", "240", "1.2 xULN", "x", limits=["240", "250", "250"])
    assert beside.values == [1.0, 1.2, None]
    assert "divided by the upper limit of normal 240" in beside.origins[0].note
    ratio = read("ldh_x_uln", "1.2", "2", answers={"uln:ldh_x_uln": "ratio"})
    assert ratio.values == [1.2, 2.0]
    assert codes(read("ldh_x_uln", "1.2", "2", answers={"uln:ldh_x_uln": "unknown"})) == []
    one = read("ldh_x_uln", "1.2")
    assert [f.key for f in one.findings] == ["uln:ldh_x_uln"]


def test_columns_of_many_unusual_values_warn_once() -> None:
    """A dozen are named one by one; more are one warning with their rows."""
    few = read("albumin_g_dl", *["1.1"] * 3, unit="g/dL")
    many = read("albumin_g_dl", *["1.1"] * 30, unit="g/dL")
    assert codes(few) == ["implausible"] * 3
    assert codes(many) == ["implausible"]
    assert "30 values are unusual" in many.findings[0].message


def test_columns_of_counts_take_whole_numbers_only() -> None:
    """Two and a half sites were not counted; the cell is refused, its neighbours are read."""
    feature = a_feature("n_metastatic_sites", unit="sites")
    cells = Column(feature, "sites", ["2", "2.5", "3.0"], [2, 3, 4], ["a", "b", "c"], "a.csv")
    result = read_column(cells, TABLE, {})
    assert (result.values, codes(result)) == ([2.0, None, 3.0], ["not-whole"])
    finding = result.findings[0]
    assert finding.message == "n_metastatic_sites 2.5 is not a whole number."
    assert (finding.where.row, finding.value) == (3, "2.5")
    assert finding.expected == "a whole number of sites"
    assert finding.fix == "Enter the number that was counted, or leave the value empty."
    assert finding.rest == "Only this value was left out; everything else was read."
    assert interpret(feature, Raw("2.5"), TABLE).value is None
    assert interpret(feature, Raw("2"), TABLE).value == 2.0
    assert interpret(feature, Raw("2.5", unit="sites"), TABLE).value is None


def test_columns_of_one_mistake_many_times_say_it_once() -> None:
    """The same wrong word in thirty rows is one finding that names them."""
    result = read("liver_metastases", *["perhaps"] * 30)
    assert codes(result) == ["word-unknown"]
    assert "rows 2, 3, 4" in result.findings[0].message
    assert codes(read("liver_metastases", *["perhaps"] * 3)) == ["word-unknown"] * 3


def test_columns_keep_unusual_values_that_needed_a_closer_look() -> None:
    """A converted value far outside the plausible range is kept with its own warning."""
    result = read("albumin_g_dl", "11", unit="g/L")
    assert (result.values, codes(result)) == ([1.1], ["implausible"])
