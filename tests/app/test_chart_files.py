"""Every chart of every page: words for who cannot see it, a table of it, and itself as a file."""

import json

import pytest

from components.charts.theme import RawFigure
from components.charts.vector import drawing_of
from tests.app.conftest import text_of, title_of

CHART, FILE, MARKUP = "plotly_chart", "download_button", "html"
SAMPLE = "SYN-NSCLC-02"
KINDS = ("Figures (CSV)", "Picture (SVG)", "Picture (PNG)")
# Where charts stand: page, whether it needs a patient, and what to choose for each chart.
VIEWS = [
    ("response", {}),
    ("survival", {}),
    ("survival", {"survival.picture": "Difference"}),
    ("progression", {}),
    ("progression", {"progression.view": "Hazard over time"}),
    ("toxicity", {}),
    ("toxicity", {"toxicity.view": "Benefit against harm"}),
    ("why", {}),
    ("what_if", {}),
    ("similar", {}),
    ("concordance", {}),
    ("evidence", {}),
    ("evidence", {"evidence.view": "Search", "evidence.found.view": "Forest"}),
    ("evidence", {"evidence.view": "Search", "evidence.found.view": "Years"}),
    ("cohort", {}),
    ("cohort", {"cohort.view": "First table"}),
    ("cohort", {"cohort.view": "Flow and treatments"}),
    ("cohort", {"cohort.view": "Overlap"}),
    ("calibration", {}),
    ("methods", {"methods.view": "Expected and observed"}),
    ("methods", {"methods.view": "A plain model beside"}),
]


def in_order(block):
    """Every element of a page in the order it is drawn."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from in_order(child)
        else:
            yield child


def lacking(elements):
    """What each chart lacks among what stands from it to the next one, in words."""
    found, chart, offered, told = [], None, set(), ""

    def close():
        if chart is None:
            return
        name = chart.alt[:60] or "a chart"
        found.extend(f"{name}: no {kind}" for kind in KINDS if kind not in offered)
        if "<table" not in told:
            found.append(f"{name}: no table")
        if len(chart.alt) < 20:
            found.append(f"{name}: no words")

    for element in elements:
        if element.type == CHART:
            close()
            chart, offered, told = element.proto, set(), ""
        elif element.type == FILE:
            offered.add(element.proto.label)
        elif element.type == MARKUP:
            told += element.proto.body
    close()
    return found


def shown(visit, slug, chosen):
    """The page with these views chosen, and its elements."""
    app = visit(slug, patient=SAMPLE)
    for key, value in chosen.items():
        app.segmented_control(key=key).set_value(value).run()
    assert title_of(app)
    assert "Something went wrong" not in text_of(app)
    return list(in_order(app.main))


@pytest.mark.usefixtures("forecasting")
@pytest.mark.parametrize(("slug", "chosen"), VIEWS, ids=str)
def test_no_chart_lacks_words_table_or_files(visit, slug, chosen):
    """Each chart has its words, a table, its figures, and itself as two kinds of picture."""
    elements = shown(visit, slug, chosen)
    charts = [element.proto for element in elements if element.type == CHART]
    assert charts
    assert lacking(elements) == []
    for chart in charts:
        figure = RawFigure(json.loads(chart.spec))
        assert drawing_of(figure).svg.count("<") > 10


@pytest.mark.usefixtures("forecasting")
def test_a_chart_that_lacks_something_is_found(visit):
    """The rule itself: without its buttons, its table, or its words, a chart is named."""
    whole = shown(visit, "response", {})
    assert lacking(whole) == []
    bare = [element for element in whole if element.type != FILE]
    assert [line.rpartition(": ")[2] for line in lacking(bare)] == [f"no {kind}" for kind in KINDS]
    told = [element for element in whole if element.type != MARKUP]
    assert [line.rpartition(": ")[2] for line in lacking(told)] == ["no table"]
    chart = next(element for element in whole if element.type == CHART)
    chart.proto.alt = ""
    assert lacking(whole) == ["a chart: no words"]
