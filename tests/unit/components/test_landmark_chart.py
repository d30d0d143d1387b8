"""The picture and the words of an update after a scan."""

from dataclasses import replace

import numpy as np
import pytest

from components.charts import theme
from components.charts.landmark import knowing, panels_of, update_figure
from components.widgets import landmark as shown
from dashboard.answers.curves import GapCurve, given_survived
from dashboard.answers.forecast import SurvivalCurve
from dashboard.answers.landmark import HazardRatio, LandmarkError, LandmarkUpdate, Updated
from tests.unit.components.forecasts import a_survival

STYLE = theme.REGIMEN_STYLES[0]


def updated(factor: float = 0.5, end: float = 48.0) -> Updated:
    """An endpoint whose hazard the response multiplies."""
    before = given_survived(a_survival(12.0, end), 3.0)
    p, low, high = (v**factor for v in (before.probability, before.low, before.high))
    now = SurvivalCurve(before.months, p, low, high)
    value = p - before.probability
    change = GapCurve(before.months, value, value - 0.05, value + 0.05, 0.9)
    return Updated(now, before, change, HazardRatio(factor, factor - 0.1, factor + 0.1))


UPDATE = LandmarkUpdate(
    "drug-a", 3.0, "PR", updated(), updated(),
    errors=(LandmarkError("os", 3.0, 500, 0.17, 0.16, 0.01, 0.002),), cautions=("Take care.",),
)  # fmt: skip


def spec(found: LandmarkUpdate, month: float = 12.0) -> dict:
    """The figure as it is drawn."""
    return update_figure(found, STYLE, month).to_dict()


def test_update_draws_the_first_forecast_as_a_dashed_ghost() -> None:
    """Each endpoint has a band, a dashed line by time alone and a thick one that knows more."""
    drawn = spec(UPDATE)
    assert {trace["yaxis"] for trace in drawn["data"]} == {"y", "y2"}
    lines = [trace for trace in drawn["data"] if trace["line"]["width"]]
    assert [trace["line"]["dash"] for trace in lines] == ["dash", "solid"] * 2
    ghost, line = lines[:2]
    assert np.all(np.array(ghost["y"]) <= np.array(line["y"]))
    assert len(drawn["layout"]["shapes"]) == 2


def test_update_of_one_endpoint_takes_the_whole_width() -> None:
    """After progression there is no PFS left to draw."""
    drawn = spec(replace(UPDATE, pfs=None, answer="PD"))
    assert [panel.endpoint for panel in panels_of(replace(UPDATE, pfs=None))] == ["os"]
    assert drawn["layout"]["xaxis"]["domain"] == [0.0, 1.0]
    assert (
        "knowing progression"
        in update_figure(replace(UPDATE, pfs=None, answer="PD"), STYLE, 12).alt
    )


def test_update_without_a_response_names_time_alone() -> None:
    """Nothing is said to be known that is not."""
    assert knowing("") == "no response known"
    titles = [note["text"] for note in spec(replace(UPDATE, answer=""))["layout"]["annotations"]]
    assert not any("knowing" in title for title in titles)


def test_update_says_what_the_response_moved() -> None:
    """The change with its interval, a month beyond the curve, and nothing moved without one."""
    text = shown.words(UPDATE, "Drug A", 12).text
    assert "3 months after the start of Drug A, with partial response," in text
    assert "The response moves that by +" in text
    assert "is forecast up to 45 months from now only" in shown.words(UPDATE, "Drug A", 60).text
    still = replace(UPDATE, answer="", os=None, pfs=replace(updated(1.0), ratio=None))
    assert "12 months from now, by time alone." in shown.words(still, "Drug A", 12).text


def test_update_table_has_both_forecasts_and_the_change() -> None:
    """Three lines an endpoint; one where nothing was moved."""
    table = shown.update_table(UPDATE).text
    assert table.count("the change") == 2
    assert "hazard x 0.50 (0.40 to 0.60)" in table
    still = replace(UPDATE, answer="", os=None, pfs=replace(updated(1.0), ratio=None))
    assert "the change" not in shown.update_table(still).text
    short = replace(UPDATE, pfs=updated(end=12.0), os=updated(0.7))
    assert "\N{EN DASH}" in shown.update_table(short).text


@pytest.mark.parametrize("answer", ["PR", ""])
def test_update_caption_tells_errors_of_a_response_alone(answer: str) -> None:
    """How good it was out of fold, what it is not, and every caution."""
    words = shown.caption_of(replace(UPDATE, answer=answer))
    assert ("error 0.160 knowing the response, 0.170 by time alone" in words) == bool(answer)
    assert "not the effect of responding" in words
    assert words.endswith("Take care.")
