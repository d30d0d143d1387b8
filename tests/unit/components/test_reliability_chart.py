"""Calibration curves drawn: expected against observed with the diagonal, and words for both."""

import plotly.graph_objects as go
import pytest

from components.charts.reliability import MOST_PANELS, Reliability, reliability_figure
from dashboard.answers.model_card import Tenth

CURVE = Reliability(
    "Response", (Tenth(100, 0.2, 0.25, 0.18, 0.34), Tenth(100, 0.6, 0.4, 0.31, 0.5))
)


def test_calibration_figure_has_a_panel_and_a_diagonal_for_each():
    """Plotly accepts it, and every point has its interval."""
    spec = reliability_figure([CURVE] * 3).to_dict()
    go.Figure(spec)
    assert len(spec["data"]) == len(spec["layout"]["shapes"]) == 3
    assert spec["data"][0]["error_y"]["array"] == [0.09, 0.1]
    assert spec["data"][2]["xaxis"] == "x3"


def test_calibration_figure_says_where_it_is_furthest_off():
    """Words for who cannot see it."""
    alt = reliability_figure([CURVE]).alt
    assert "in 1 of 2 groups the interval of what was observed holds what was expected" in alt
    assert "60% were expected" in alt


@pytest.mark.parametrize(
    "curves", [[], [CURVE] * (MOST_PANELS + 1), [Reliability("None", ())]], ids=len
)
def test_calibration_figure_needs_curves_that_fit(curves):
    """Nothing, too many, or a curve without points."""
    with pytest.raises(ValueError, match="calibration curves"):
        reliability_figure(curves)
