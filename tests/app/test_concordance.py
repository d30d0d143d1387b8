"""The concordance page: rows to filter, one row in full, everything to take away."""

import pytest

from tests.app.conftest import text_of, title_of

pytestmark = pytest.mark.usefixtures("forecasting")

SAMPLE = "SYN-NSCLC-02"
TWO = "pembrolizumab-mono,platinum-doublet-chemo"


def filter_of(app):
    """The choice of rows; it begins anew for each patient."""
    return next(c for c in app.segmented_control if c.key.startswith("concordance.rows."))


def test_concordance_without_a_patient_says_what_to_do(visit):
    """Nobody is shown by default."""
    app = visit("concordance")
    assert title_of(app) == "Concordance"
    assert "Nobody is on the screen." in text_of(app)


def test_concordance_lists_rows_and_shows_one_in_full(visit):
    """Six rows of two regimens; one on one axis with its sentence, its parts and its voices."""
    app = visit("concordance", patient=SAMPLE, regimens=TWO)
    text = text_of(app)
    assert title_of(app) == "Concordance"
    assert "KEYNOTE-024" in text
    assert "The model expects" in text
    assert "How the gap divides" in text
    assert "Everybody who speaks of this quantity" in text
    (chart,) = [c.proto for c in app.get("plotly_chart")]
    assert "The model, for this patient (model)" in chart.alt
    assert "(trial)" in chart.alt
    names = [b.proto.label for b in app.get("download_button")]
    chart = ["Figures (CSV)", "Picture (SVG)", "Picture (PNG)"]
    assert names == [*chart, "Every figure (CSV)"]


def test_concordance_is_filtered_for_disagreements(visit):
    """Each kind says how many rows it has, and an empty kind says so."""
    app = visit("concordance", patient=SAMPLE, regimens=TWO)
    control = filter_of(app)
    counts = {}
    for option in control.options:
        name, _, count = str(option).rpartition(" (")
        counts[name] = int(count.rstrip(")"))
    assert counts["All"] == 6
    assert counts["No disagreement seen"] + counts["Not comparable"] <= 6
    for value, name in (("differ", "Any disagreement"), ("cannot be compared", "Not comparable")):
        control = filter_of(app)
        shown = text_of(control.set_value(value).run())
        assert ("No row of this kind." in shown) == (counts[name] == 0)


def test_concordance_opens_with_what_a_room_has_to_know(visit):
    """In how many rows the model differs stands above the list."""
    text = text_of(visit("concordance", patient=SAMPLE, regimens=TWO))
    head = text.index("The model differs from ")
    assert head < text.index("Others who speak of it")
    assert "one in twenty differs by chance" in text


def test_the_board_is_marked_and_ordered_by_disagreement(visit):
    """Every regimen says in what the model differs from the published, or that it does not."""
    app = visit("board", patient=SAMPLE, regimens=TWO)
    assert "disagreement" not in text_of(app)
    text = text_of(app.selectbox(key="board.order").set_value("apart").run())
    marks = text.count("≠ differs, ") + text.count("no disagreement seen (")
    marks += text.count("cannot be compared with the published")
    assert marks >= 2


def test_concordance_tells_how_the_verdict_is_reached(visit):
    """The statistic stands on the page with the spread it used."""
    text = text_of(visit("concordance", patient=SAMPLE, regimens=TWO))
    assert "How the verdict is reached" in text
    assert "Beyond 1.96 the model differs" in text
