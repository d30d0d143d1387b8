"""Numerals: texts taken apart into comparator, number and unit, or refused with a reason."""

import pytest

from dashboard.records.numerals import plain_text, read_numeral


@pytest.mark.parametrize(
    ("text", "number", "comparator", "unit"),
    [
        ("3.9", 3.9, "", ""),
        ("+5", 5.0, "", ""),
        ("5.", 5.0, "", ""),
        (".5", 0.5, "", ""),
        ("-0.0", 0.0, "", ""),
        ("1.5e2", 150.0, "", ""),
        ("60 years", 60.0, "", "years"),
        ("38g/L", 38.0, "", "g/L"),
        ("12 x10^9/L", 12.0, "", "x10^9/L"),
        ("50 %", 50.0, "", "%"),
        ("<0.1", 0.1, "<", ""),
        ("≥ 50 %", 50.0, ">=", "%"),
        ("=< 4", 4.0, "<=", ""),
        ("less than 5 mg/L", 5.0, "<", "mg/L"),
        ("ca. 7", 7.0, "~", ""),
        ("=12", 12.0, "", ""),
        ("\u22125", -5.0, "", ""),
        ("\u20135", -5.0, "", ""),
        ("\uff11\uff12", 12.0, "", ""),
        ("\u0663\u066b\u0669", 3.9, "", ""),
        ("\u00a07\u202f", 7.0, "", ""),
        ("1,234.5", 1234.5, "", ""),
    ],
)
def test_numerals_are_taken_apart(text: str, number: float, comparator: str, unit: str) -> None:
    """Every way of writing one number gives that number, its sign of limit and its unit."""
    numeral = read_numeral(text)
    assert (numeral.number, numeral.comparator, numeral.unit) == (number, comparator, unit)


@pytest.mark.parametrize(
    ("text", "decimal", "readings", "doubt"),
    [
        ("3,9", ".", (3.9, 39.0), "decimal"),
        (",5", ".", (0.5, 5.0), "decimal"),
        ("3.9", ",", (3.9, 39.0), "decimal"),
        ("0,500", ".", (0.5, 500.0), "decimal"),
        ("150,000", ".", (150000.0, 150.0), "thousands"),
        ("150.000", ",", (150000.0, 150.0), "thousands"),
        ("5,000,000", ".", (5000000.0,), "thousands"),
        ("1.234.567", ".", (1234567.0,), "thousands"),
        ("1.234,5", ".", (1234.5,), "thousands"),
        ("1 000", ".", (1000.0,), "space"),
        ("1'000", ".", (1000.0,), "space"),
    ],
)
def test_numerals_with_two_meanings_have_no_number(
    text: str, decimal: str, readings: tuple[float, ...], doubt: str
) -> None:
    """A mark that may divide thousands or decimals leaves the choice to the person."""
    numeral = read_numeral(text, decimal)
    assert numeral.number is None
    assert (numeral.readings, numeral.doubt) == (readings, doubt)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("abc", "is not a number"),
        ("NaN", "is not a finite number"),
        ("-Infinity", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("0x1F", "computer notation"),
        ("1_000", "underscore"),
        ("6\x000", "control character"),
        ("1/2", "is a fraction"),
        ("3+", "is not one number"),
        ("3.9 ± 0.2", "is not one number"),
        ("5:1", "is not one number"),
        ("31.12.2024", "looks like a date"),
        ("2024-12-31T10:00", "looks like a date"),
        ("1,2,3", "mixes points and commas"),
        ("1,2.3,4", "mixes points and commas"),
        ("--5", "is not a number"),
    ],
)
def test_numerals_that_are_none_say_why(text: str, problem: str) -> None:
    """What is no single number is refused with the reason as part of a sentence."""
    numeral = read_numeral(text)
    assert numeral.number is None
    assert problem in numeral.problem


@pytest.mark.parametrize("text", ["1-49%", "5 to 7 mg/L", "1\u201349", "5..10", "10 - <20"])
def test_numerals_know_ranges(text: str) -> None:
    """Two numbers with a dash or a word between them are a range."""
    assert read_numeral(text).spread


def test_numerals_say_what_they_read_away() -> None:
    """A laboratory's flag and its reference range are named, not silently dropped."""
    numeral = read_numeral("5.2 H (3.5-5.0)")
    assert numeral.number == 5.2
    assert numeral.note == "reference range '(3.5-5.0)' not used; flag 'H' not used"
    assert read_numeral("\uff15").note == "'\uff15' read as 5"


def test_numerals_leave_plain_text_alone() -> None:
    """Invisible characters go, letters and blanks of other scripts become plain ones."""
    assert plain_text(" 3\u200b.9 ") == "3.9"
    assert plain_text("μmol") == "μmol"
