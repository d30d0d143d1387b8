"""Who is in a cohort, drawn: flow, shares, what is missing, overlap."""

import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.population import (
    MOST_ROWS,
    flow_figure,
    missing_figure,
    overlap_figure,
    shares_figure,
)
from dashboard.answers.population import FeatureSummary, FlowStep, LevelShare, Overlap

FLOW = (
    FlowStep("Rows read", 1200),
    FlowStep("Usable", 1150, 50),
    FlowStep("Line of treatment: 1", 700, 450),
)
OVERLAP = Overlap(
    "drug-a", "Drug A", 0.012, 0.8, (0.0, 0.25, 0.5, 0.75, 1.0), (1, 20, 30, 4), (90, 40, 10, 0)
)


def bars(figure):
    """The first trace of bars."""
    return next(trace for trace in figure.to_dict()["data"] if trace["type"] == "bar")


def names(figure):
    """The names of the rows, from top to bottom."""
    return list(figure.to_dict()["data"][-1]["text"])


@pytest.mark.parametrize(
    "figure",
    [
        flow_figure(FLOW),
        shares_figure([LevelShare("Drug A", 10, 0.5), LevelShare("B", None, None, "<11")], "Drugs"),
        missing_figure([FeatureSummary("a", "Age", "years", 5, 0.5)]),
        overlap_figure(OVERLAP),
    ],
    ids=["flow", "shares", "missing", "overlap"],
)
def test_population_figures_are_valid_and_have_words(figure):
    """Plotly accepts each specification; each has words in its place and no legend."""
    go.Figure(figure.to_dict())
    assert figure.alt.endswith(".")
    assert figure.to_dict()["layout"]["showlegend"] is False


def test_flow_figure_shows_who_is_left_and_who_left():
    """Bars from zero in the order of the steps, each with its count and what it lost."""
    figure = flow_figure(FLOW)
    assert bars(figure)["x"] == [1200, 1150, 700]
    assert bars(figure)["text"] == ["1,200", "1,150", "700"]
    assert figure.to_dict()["data"][1]["text"] == ["", "−50 left out here", "−450 left out here"]
    assert figure.to_dict()["layout"]["xaxis"]["range"][0] == 0
    assert names(figure) == [step.label for step in FLOW]
    assert "Usable: 1,150 left, 50 left out here." in figure.alt


def test_flow_figure_runs_from_top_to_bottom():
    """The first step is the highest row."""
    first, last = flow_figure(FLOW).to_dict()["layout"]["yaxis"]["range"]
    assert first > last


def test_flow_figure_shows_words_for_withheld_counts():
    """A withheld count has no bar and says what is shown instead."""
    figure = flow_figure([FlowStep("Read", None, 0, "withheld"), FlowStep("Used", 90, None, "<11")])
    assert bars(figure)["text"] == ["withheld", "90"]
    assert figure.to_dict()["data"][1]["text"][1] == "−<11 left out here"
    assert bars(figure)["x"] == [0, 90]


def test_flow_figure_needs_a_step():
    """Nothing to draw is a mistake of the caller."""
    with pytest.raises(ValueError, match="needs a step"):
        flow_figure([])


def test_shares_figure_keeps_the_given_order_and_tells_the_share():
    """Rows as given, count and percent beside each."""
    shares = [LevelShare("Drug B", 30, 0.3), LevelShare("Drug A", 70, 0.7)]
    figure = shares_figure(shares, "Regimens given")
    assert names(figure) == ["Drug B", "Drug A"]
    assert bars(figure)["text"] == ["30 (30%)", "70 (70%)"]
    assert figure.alt == "Regimens given as bars. Drug B 30 (30%). Drug A 70 (70%)."


def test_shares_figure_sums_up_what_does_not_fit():
    """With more levels than rows the last row is the sum of the rest; nobody disappears."""
    shares = [LevelShare(f"Drug {n}", 10, 1 / 30) for n in range(30)]
    figure = shares_figure(shares, "Regimens given")
    assert len(names(figure)) == MOST_ROWS
    assert names(figure)[-1] == "7 others"
    assert sum(bars(figure)["x"]) == 300


def test_shares_figure_does_not_sum_what_is_withheld():
    """A sum over withheld counts would tell them."""
    shares = [LevelShare(f"Drug {n}", 10, 1 / 30) for n in range(29)]
    figure = shares_figure([*shares, LevelShare("Rare", None, None, "<11")], "Regimens given")
    assert bars(figure)["text"][-1] == "withheld"
    with pytest.raises(ValueError, match="Nothing to share out"):
        shares_figure([], "Regimens given")


def test_missing_figure_begins_with_the_emptiest():
    """Features in the order of what is unknown; complete ones are told in words."""
    features = [
        FeatureSummary("a", "Age", "years", 100, 0.0),
        FeatureSummary("b", "LDH", "", 97, 0.03),
        FeatureSummary("c", "TMB", "", 40, 0.6),
    ]
    figure = missing_figure(features)
    assert names(figure) == ["TMB", "LDH"]
    assert bars(figure)["x"] == [0.6, 0.03]
    assert "1 features are known of everybody" in figure.alt


def test_missing_figure_is_nothing_for_complete_data():
    """Without anything missing there is no picture."""
    assert missing_figure([FeatureSummary("a", "Age", "years", 100, 0.0)]) is None


def test_missing_figure_tells_how_many_rows_do_not_fit():
    """Features beyond the last row are counted in the words."""
    features = [
        FeatureSummary(f"f{n}", f"F{n}", "", 50, 0.5 - n / 100) for n in range(MOST_ROWS + 3)
    ]
    figure = missing_figure(features)
    assert len(names(figure)) == MOST_ROWS
    assert "3 further features" in figure.alt


def test_overlap_figure_mirrors_who_was_given_it():
    """Given above the axis, others below, on one scale of chances; words say which is which."""
    figure = overlap_figure(OVERLAP)
    given, other = figure.to_dict()["data"]
    assert given["y"] == [1, 20, 30, 4]
    assert other["y"] == [-90, -40, -10, 0]
    assert given["x"] == [0.125, 0.375, 0.625, 0.875]
    assert figure.to_dict()["layout"]["xaxis"]["range"] == [0, 1]
    corners = [note["text"] for note in figure.to_dict()["layout"]["annotations"]]
    assert corners == ["▲ given this regimen", "▼ given another"]
    assert "The smallest chance is 1%, the largest 80%." in figure.alt


def test_bars_are_told_apart_by_words_not_colour():
    """A withheld bar is grey and carries its words."""
    shares = [LevelShare("A", 40, 0.4), LevelShare("B", None, None, "<11")]
    drawn = bars(shares_figure(shares, "Drugs"))
    assert drawn["marker"]["color"] == [theme.PRIMARY, theme.UNKNOWN_FILL]
    assert drawn["text"][1] == "<11"
