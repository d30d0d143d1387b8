"""Similar patients drawn: groups with their numbers, withheld ones left out, words and vectors."""

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from components.charts.similar import groups_figure, median_text, patients_text
from components.charts.vector import drawing_of
from components.widgets.similar import observed_curves
from dashboard.answers.forecast import Chance
from dashboard.answers.similar import ObservedCurve, SimilarGroup, SimilarPatients


def a_curve(median=24.0, high=33.0):
    """An observed curve with this median."""
    return ObservedCurve((0.0, 24.0), (1.0, 0.5), (1.0, 0.3), (1.0, 0.7), median, 6.6, high, 12)


def a_group(name="drug", **changes):
    """A group of fifteen."""
    kept = {"response": Chance(0.26, 0.11, 0.47), "curves": {"os": a_curve()}} | changes
    return SimilarGroup(name, f"Drug <{name}>", 15, 14.9, **kept)


def test_groups_figure_draws_each_group_with_its_number():
    """Valid, escaped, and the effective number in words."""
    figure = groups_figure([a_group(), a_group("other", response=None)])
    spec = figure.to_dict()
    go.Figure(spec)
    assert spec["data"][0]["x"] == [0.26]
    assert "&lt;drug&gt;" in spec["data"][1]["text"][0]
    assert "15 patients, effectively 14.9" in figure.alt
    assert "median survival 24 (7 to 33) months" in figure.alt
    assert drawing_of(figure).alt == figure.alt


def test_groups_figure_leaves_withheld_groups_out():
    """A withheld group is not drawn; nothing to draw is an error."""
    hidden = SimilarGroup("few", "Few", None, None, hidden="fewer than 11")
    assert len(groups_figure([a_group(), hidden]).to_dict()["data"][1]["text"]) == 1
    assert patients_text(hidden) == "fewer than 11"
    with pytest.raises(ValueError, match="No group"):
        groups_figure([hidden])


@pytest.mark.parametrize(
    ("curve", "text"),
    [
        (None, "\N{EN DASH}"),
        (a_curve(), "24 (7 to 33)"),
        (a_curve(high=None), "24 (7 to not reached)"),
        (a_curve(median=None), "not reached"),
    ],
)
def test_median_text_invents_no_end(curve, text):
    """What was not reached is said."""
    assert median_text(curve) == text


def test_groups_of_few_are_marked():
    """All of four who responded is no certainty: the mark is hollow and the row says so."""
    few = SimilarGroup("few", "Few", 4, 4.0, Chance(1.0, 0.64, 1.0), {"os": a_curve()})
    spec = groups_figure([a_group(), few]).to_dict()
    assert spec["data"][0]["marker"]["symbol"] == ["square", "square-open"]
    assert patients_text(few) == "\N{BLACK UP-POINTING TRIANGLE} few: 4 patients"
    assert "few" not in patients_text(a_group())
    assert "few: 4 patients" in drawing_of(groups_figure([a_group(), few])).alt


def test_observed_curves_carry_the_number_at_risk():
    """The largest groups become curves with their effective number; withheld ones do not."""
    curve = replace(a_curve(), risk_months=(0.0, 6.0, 12.0), at_risk=(15, 9, None))
    groups = (
        a_group("drug-a", curves={"os": curve}),
        SimilarGroup("few", "Few", 4, 4.0, None, {"os": curve}),
        SimilarGroup("hidden", "Hidden", None, None, hidden="fewer than 11"),
    )
    found = SimilarPatients(
        "nsclc", "A cohort", True, 50, 19, 18.0, 100, 0.19, groups, (), (), {}, (), ()
    )
    curves = observed_curves(found, "os")
    assert [each.group for each in curves] == ["drug-a", "few"]
    assert curves[0].label.endswith("(effective n 15)")
    assert curves[1].label.startswith("\N{BLACK UP-POINTING TRIANGLE} few: ")
    assert curves[0].at_risk == (15, 9, None)
    assert observed_curves(found, "pfs") == []
