"""Observed curves as a table: the same words as the picture, and what the curve reaches."""

from dataclasses import replace

from components.charts.survival import median_words
from components.widgets.observed import curves_table, shares_at
from tests.unit.components.cohorts import a_curve


def test_curves_table_says_what_the_picture_says():
    """Label, counts, median in the picture's words, and the level of the intervals."""
    curve = a_curve()
    shown = str(curves_table([curve], "Overall survival", band="90 %"))
    assert curve.label in shown
    assert median_words(curve).removeprefix("median ") in shown
    assert "Overall survival as observed, with 90 % intervals" in shown
    assert f"{curve.patients:,}" in shown


def test_curves_table_keeps_counts_withheld():
    """A count that is withheld is told in the words that stand for it."""
    hidden = replace(a_curve(), patients=None, events=None, hidden="fewer than 5")
    assert str(curves_table([hidden], "PFS")).count("fewer than 5") == 2
    assert str(curves_table([replace(hidden, hidden="")], "PFS")).count("withheld") == 2


def test_shares_are_told_as_far_as_the_curve_goes():
    """Nothing is said of months that nobody was followed for."""
    short = replace(
        a_curve(), months=(0.0, 5.0, 13.0), survival=(1.0, 0.8, 0.5), low=(1.0, 0.7, 0.4),
        high=(1.0, 0.9, 0.6),
    )  # fmt: skip
    assert [words.split(" months ")[0] for words in shares_at(short)] == ["at 6", "at 12"]
    assert "80%" in next(shares_at(short))
