"""Benefit against harm in one plane, and the price of a difference in survival."""

import plotly.graph_objects as go
import pytest

from components.charts.plane import Placed, dominators, plane_figure
from components.charts.theme import REGIMEN_STYLES
from components.charts.vector import drawing_of
from components.widgets.survival import Chosen, Seen, gap_words, survival_view
from components.widgets.toxicity import plane_table
from dashboard.answers.forecast import Chance
from tests.unit.components.forecasts import a_forecast, a_regimen

LABELS = {"drug-a": "Drug A", "drug-b": "Drug B"}


def placed(label, benefit, harm, place=0):
    """A regimen at a place of the plane."""
    return Placed(
        label, REGIMEN_STYLES[place], Chance(benefit, benefit - 0.1, benefit + 0.1),
        Chance(harm, harm - 0.05, harm + 0.05),
    )  # fmt: skip


def test_plane_draws_both_intervals_and_marks_dominated():
    """A line for each interval, a mark where they cross; who is beaten is hollow."""
    held = [placed("Good", 0.6, 0.3), placed("Worse <b>", 0.5, 0.4, 1), placed("Mild", 0.4, 0.1, 2)]
    figure = plane_figure(held, "Alive at 12 months")
    spec = figure.to_dict()
    go.Figure(spec)
    lines = [trace for trace in spec["data"] if trace["mode"] == "lines"]
    assert len(lines) == 6
    assert lines[0]["x"] == [0.25, 0.35]
    assert lines[1]["y"] == [0.5, 0.7]
    marks = [t["marker"]["symbol"] for t in spec["data"] if t["mode"] == "markers"]
    assert marks == ["circle", "diamond-open", "triangle-up"]
    assert "Worse <b>: benefit 50%" in figure.alt
    assert "dominated by Good" in figure.alt
    assert "&lt;b&gt;" in spec["layout"]["annotations"][1]["text"]
    assert drawing_of(figure).alt == figure.alt
    assert "Good" in str(plane_table(held, "Alive at 12 months")).rsplit("Worse", 1)[1]


def test_plane_calls_equals_not_dominated():
    """Two that are alike in both beat neither the other."""
    assert dominators([placed("A", 0.5, 0.2), placed("B", 0.5, 0.2)]) == ["", ""]
    assert dominators([placed("A", 0.5, 0.2), placed("B", 0.5, 0.3)]) == ["", "A"]


@pytest.mark.parametrize("count", [0, 7])
def test_plane_holds_no_more_than_can_be_told_apart(count):
    """Nothing to draw, or more shapes than there are, is an error of the caller."""
    with pytest.raises(ValueError, match="can be told"):
        plane_figure([placed(str(n), 0.5, 0.5) for n in range(count)], "Response")


@pytest.mark.parametrize(
    ("severe", "said"),
    [
        (
            Chance(0.7, 0.66, 0.74),
            "Severe toxicity: +40 in 100 (+34 to +46): one more in 2",
        ),
        (Chance(0.3, 0.2, 0.4), "Severe toxicity: 0 in 100"),
        (Chance(0.1, 0.08, 0.12), "one fewer in 5 treated"),
    ],
)
def test_gap_of_harm_is_told_with_its_number_needed_to_harm(severe, said):
    """Beside the gain in survival stands what it costs; no number where there may be none."""
    other = Chance(0.3, 0.26, 0.34)
    forecast = a_forecast(
        a_regimen("drug-a", toxicities={"any": severe}),
        a_regimen("drug-b", toxicities={"any": other}),
    )
    view = survival_view(forecast, LABELS, list(LABELS), Seen(), chosen=Chosen())
    words = str(gap_words(view, *view.drawn))
    assert said in words
    assert ("includes no difference." in words.split("Severe toxicity")[1]) == (severe.p == 0.3)


def test_gap_without_a_forecast_of_harm_says_nothing_of_it():
    """What was not learnt is not told."""
    forecast = a_forecast(a_regimen("drug-a", toxicities={}), a_regimen("drug-b"))
    view = survival_view(forecast, LABELS, list(LABELS), Seen(), chosen=Chosen())
    assert "Severe toxicity" not in str(gap_words(view, *view.drawn))
