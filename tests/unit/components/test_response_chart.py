"""Response drawn: bars that add up, and a hundred people who say one number."""

import re

import plotly.graph_objects as go
import pytest

from components.charts.response import ResponseRow, icon_array, recist_figure
from dashboard.answers.forecast import Chance
from tests.unit.components.forecasts import a_regimen

KINDS = ["sure", "hoped", "feared", "spared"]  # in the order they stand in


def test_response_bars_add_up_and_are_valid():
    """Every regimen's answers are everybody, and plotly accepts the figure."""
    rows = [ResponseRow.of(a_regimen(response=p), f"Drug {p}") for p in (0.1, 0.4, 0.7)]
    spec = recist_figure(rows).to_dict()
    go.Figure(spec)
    bars = [trace for trace in spec["data"] if trace["type"] == "bar"]
    for shares in zip(*[trace["x"] for trace in bars], strict=True):
        assert sum(shares) == pytest.approx(1.0, abs=0.001)


def test_response_bars_name_the_four_answers_of_recist():
    """Complete and partial response, stable disease, progression, in this order."""
    spec = recist_figure([ResponseRow.of(a_regimen(), "Drug")]).to_dict()
    assert [trace["name"] for trace in spec["data"] if trace["type"] == "bar"] == [
        "complete response",
        "partial response",
        "stable disease",
        "progression",
    ]


def test_response_bars_without_recist_say_response_or_none():
    """Where the finer answers were not learnt a bar has two parts."""
    spec = recist_figure([ResponseRow.of(a_regimen(response=0.4, recist={}), "Drug")]).to_dict()
    bars = {t["name"]: t["x"] for t in spec["data"] if t["type"] == "bar"}
    assert bars == {"response": [0.4], "no response": [0.6]}
    assert spec["layout"]["meta"]["alt"].endswith("Drug: response 40% (32 to 48%).")


def test_response_bars_carry_the_interval_of_response():
    """The diamond is the chance, its arms the interval."""
    spec = recist_figure([ResponseRow.of(a_regimen(response=0.4), "Drug")]).to_dict()
    (marks,) = [t for t in spec["data"] if t.get("mode") == "markers"]
    assert marks["x"] == [0.4]
    assert marks["error_x"]["array"] == [pytest.approx(0.08)]
    assert "Drug: response 40% (32 to 48%)" in spec["layout"]["meta"]["alt"]


def test_response_bars_need_a_regimen():
    """Nothing is no figure."""
    with pytest.raises(ValueError, match="No regimen"):
        recist_figure([])


@pytest.mark.parametrize(
    ("chance", "filled", "unsure"),
    [
        (Chance(0.62, 0.54, 0.70), 62, 16),
        (Chance(0.0, 0.0, 0.05), 0, 5),
        (Chance(1.0, 1.0, 1.0), 100, 0),
    ],
)
def test_icon_array_counts_people(chance, filled, unsure):
    """A hundred people: filled by chance, hatched by doubt, and words that say both."""
    drawing = icon_array(chance, "Drug A")
    people = people_of(drawing.svg)
    assert len(people) == len({place for place, _ in people}) == 100
    kinds = [kind for _, kind in sorted(people)]
    assert kinds.count("sure") + kinds.count("hoped") == filled
    assert kinds.count("hoped") + kinds.count("feared") == unsure
    assert kinds == sorted(kinds, key=KINDS.index)
    assert f"{filled} respond if the forecast is right, {100 - filled} do not." in drawing.alt


def people_of(svg):
    """Every place of the picture with the kind of person drawn there."""
    block = r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" fill="url\(#(\w+)\)"/>'
    return [
        ((top + 13 * down, left + 13 * across), kind)
        for *sides, kind in re.findall(block, svg)
        for left, top, width, height in [map(int, sides)]
        for down in range(height // 13)
        for across in range(width // 13)
    ]


def test_icon_array_hatches_one_kind_light_and_one_dark():
    """What the model does not know is hatched over both the filled and the hollow."""
    svg = icon_array(Chance(0.62, 0.54, 0.70), "Drug A").svg
    drawn = {kind: svg.split(f'id="{kind}"')[1].split("</pattern>")[0] for kind in KINDS}
    assert {kind for kind in KINDS if "url(#light)" in drawn[kind]} == {"hoped"}
    assert {kind for kind in KINDS if "url(#dark)" in drawn[kind]} == {"feared"}


def test_icon_array_escapes_its_label():
    """A label stays text in the picture."""
    assert "<script>" not in icon_array(Chance(0.5, 0.4, 0.6), "<script>").svg
