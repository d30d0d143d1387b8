"""Progression drawn: shares that are everybody, hazards read off curves, a schedule of scans."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.progression import (
    Course,
    between_scans,
    hazard_figure,
    incidence_figure,
    scans,
)
from dashboard.answers.forecast import RegimenForecast
from tests.unit.components.forecasts import a_regimen, a_survival


def courses(count=2):
    """So many regimens of growing medians."""
    return [
        Course(
            f"drug-{place}",
            f"Drug {place}",
            theme.REGIMEN_STYLES[place],
            a_regimen(f"drug-{place}", median=12.0 + 4 * place),
        )
        for place in range(count)
    ]


def test_progression_shares_are_everybody():
    """Progression and death stacked leave what progression-free survival leaves."""
    held = courses(3)
    spec = incidence_figure(held, 12).to_dict()
    go.Figure(spec)
    for place, course in enumerate(held):
        parts = [t for t in spec["data"] if t["stackgroup"] == f"s{place}"]
        assert [part["name"] for part in parts] == ["progression", "death without progression"]
        total = [sum(shares) for shares in zip(*[p["y"] for p in parts], strict=True)]
        free = [course.pfs.at(month).p for month in parts[0]["x"]]
        assert total == pytest.approx([1 - p for p in free], abs=1e-3)


def test_progression_parts_differ_by_more_than_colour():
    """The one is hatched, the other is not."""
    spec = incidence_figure(courses(1), 12).to_dict()
    shapes = [trace["fillpattern"]["shape"] for trace in spec["data"]]
    assert shapes == ["/", ""]


def test_progression_words_hold_both_causes_with_intervals():
    """Title and alternative text say the same figures."""
    (course,) = courses(1)
    figure = incidence_figure([course], 12)
    told = course.words(12)
    assert "progression " in told
    assert "death without progression " in told
    assert told.count(" to ") == 2
    assert f"Drug 0 by 12 months: {told}" in figure.alt
    title = figure.to_dict()["layout"]["annotations"][0]["text"]
    assert told.split(", ")[0] in title


def test_progression_hazard_of_a_constant_hazard_is_flat():
    """An exponential curve has the same hazard in every span."""
    spec = hazard_figure(courses(2), 8).to_dict()
    go.Figure(spec)
    for trace in spec["data"]:
        assert max(trace["y"]) - min(trace["y"]) < 1e-3


def test_progression_hazard_words_say_when_it_is_highest():
    """Each regimen's highest monthly hazard and its month."""
    alt = hazard_figure(courses(2), 0).alt
    assert alt.count("a month, around month") == 2


def test_progression_scans_stand_at_their_weeks():
    """A tick for each scan up to the end, none without a schedule."""
    ticks = scans(8, 12.0)
    assert len(ticks) == 6
    assert ticks[0]["x0"] == pytest.approx(8 * 7 / 30.44, abs=0.01)
    assert scans(0, 12.0) == []


def test_progression_between_scans_is_conditional():
    """Of those free at a month, the share with an event before the next scan; none beyond."""
    (course,) = courses(1)
    share = between_scans(course, 0, 12)
    assert share.p == pytest.approx(1 - course.pfs.at(12 * 7 / 30.44).p)
    assert share.low < share.p < share.high
    assert between_scans(course, 12, 12).p == pytest.approx(share.p, abs=0.005)
    assert between_scans(course, 47, 12) is None
    pfs = a_survival(1.0)
    gone = replace(pfs, low=np.where(pfs.months > 30, 0.0, pfs.low))
    nobody = Course("x", "X", theme.REGIMEN_STYLES[0], RegimenForecast("x", pfs=gone))
    assert between_scans(nobody, 36, 8) is None


def test_progression_figures_refuse_nothing():
    """A figure needs a regimen."""
    with pytest.raises(ValueError, match="No regimen"):
        incidence_figure([], 12)
    with pytest.raises(ValueError, match="No regimen"):
        hazard_figure([], 8)


def test_progression_course_says_what_it_lacks():
    """A regimen without curves is refused by name."""
    bare = Course("x", "X", theme.REGIMEN_STYLES[0], RegimenForecast("x"))
    with pytest.raises(ValueError, match="No incidence under x"):
        _ = bare.incidence
    with pytest.raises(ValueError, match="No progression-free survival under x"):
        _ = bare.pfs
