"""Toxicity beside benefit: one scale, own shapes, forecast filled and published hollow."""

import plotly.graph_objects as go
import pytest

from components.charts import theme
from components.charts.toxicity import SHAPES, Band, Mark, ToxicityPicture, toxicity_figure
from dashboard.answers.forecast import Chance


def a_picture(count=3):
    """Two rows under so many regimens."""
    names = [f"drug-{place}" for place in range(count)]
    benefit = Band("Alive", tuple(Mark(n, Chance(0.6, 0.5, 0.7)) for n in names), benefit=True)
    harm = Band("Blood <counts>", tuple(Mark(n, Chance(0.2, 0.1, 0.3), 0.25) for n in names))
    only = Band("Skin", tuple(Mark(n, None, 0.05 * (i + 1)) for i, n in enumerate(names)))
    labels = {name: name.title() for name in names}
    styles = dict(zip(names, theme.REGIMEN_STYLES, strict=False))
    return ToxicityPicture([benefit, harm, only], labels, styles)


def test_toxicity_figure_is_valid_and_on_one_scale():
    """Plotly accepts it; the axis is 0 to 100 % for benefit and harm alike."""
    spec = toxicity_figure(a_picture()).to_dict()
    go.Figure(spec)
    assert spec["layout"]["xaxis"]["range"][1] == 1


def test_toxicity_figure_gives_each_regimen_shape_and_place():
    """Shapes differ, and no two marks of a row lie on each other."""
    picture = a_picture(6)
    spec = toxicity_figure(picture).to_dict()
    filled = [t for t in spec["data"] if t.get("marker", {}).get("symbol") in SHAPES]
    assert len({t["marker"]["symbol"] for t in filled}) == 6
    places = [picture.place(1, name) for name in picture.regimens]
    assert places == sorted(set(places))
    assert 0.5 < places[0] < places[-1] < 1.5


def test_toxicity_figure_shows_published_hollow_beside():
    """What was published has a diamond of its own, also where nothing is forecast."""
    spec = toxicity_figure(a_picture(1)).to_dict()
    forecast, published = spec["data"][:2]
    assert forecast["x"] == [0.6, 0.2]
    assert published["x"] == [0.25, 0.05]
    assert published["marker"]["symbol"] == "diamond-open"
    assert forecast["error_x"]["arrayminus"] == [pytest.approx(0.1)] * 2


def test_toxicity_figure_says_every_figure():
    """Alternative text: forecast with interval, and published."""
    alt = toxicity_figure(a_picture(1)).alt
    assert "Drug-0 20% (10 to 30%) published 25%" in alt
    assert "Skin: Drug-0 published 5%" in alt


def test_toxicity_figure_escapes_rows():
    """A row's name stays text."""
    texts = [t["text"] for t in toxicity_figure(a_picture()).to_dict()["data"] if "text" in t]
    assert any("&lt;counts&gt;" in text for text in texts[0])


def test_toxicity_band_is_as_high_as_its_highest_figure():
    """Rows are sorted by what was forecast or published."""
    assert a_picture().bands[1].highest == 0.25
    assert Band("none", (Mark("a"),)).highest == 0.0


def test_toxicity_figure_refuses_what_it_cannot_draw():
    """No row, or more regimens than shapes."""
    with pytest.raises(ValueError, match="No row"):
        toxicity_figure(ToxicityPicture([], {}))
    many = {f"drug-{n}": "x" for n in range(7)}
    with pytest.raises(ValueError, match="at most 6"):
        toxicity_figure(ToxicityPicture(a_picture().bands, many))
