"""Pictures of a record: how much is known, what happened when."""

from datetime import date

import pytest

from components.charts.record import Series, Span, known_cells, timeline
from tests.unit.components.test_markup import PAYLOADS, parsed_again

SVG = "{http://www.w3.org/2000/svg}"
TODAY = date(2026, 6, 1)


def texts(drawing):
    """Every text of a drawing, as drawn."""
    return [text.text for text in parsed_again(drawing.svg).iter(f"{SVG}text")]


def marks(drawing, kind):
    """Every shape of a kind."""
    return list(parsed_again(drawing.svg).iter(f"{SVG}{kind}"))


def test_known_cells_draws_one_square_for_each_fact():
    """Filled squares are known facts, hollow ones unknown; the words say the same."""
    drawing = known_cells("Laboratory", 2, 5)
    fills = [cell.attrib["fill"] for cell in marks(drawing, "rect")]
    assert len(fills) == 5
    assert len(set(fills[:2])) == 1
    assert fills[2] == "#FFFFFF"
    assert drawing.alt == "Laboratory: 2 of 5 facts known."


def test_known_cells_wraps_a_large_group():
    """Twenty facts stand in two rows, all inside the picture."""
    drawing = known_cells("Molecular", 20, 20)
    for cell in marks(drawing, "rect"):
        assert float(cell.attrib["x"]) + float(cell.attrib["width"]) <= drawing.width
        assert float(cell.attrib["y"]) + float(cell.attrib["height"]) <= drawing.height
    assert len({cell.attrib["y"] for cell in marks(drawing, "rect")}) == 2


def test_known_cells_survives_an_empty_group():
    """A group without facts is an empty picture, not an error."""
    assert known_cells("Imaging", 0, 0).alt == "Imaging: 0 of 0 facts known."


def test_timeline_is_nothing_without_a_date():
    """Without a date there is nothing to draw."""
    assert timeline([], [], TODAY) is None


def test_timeline_draws_treatments_in_proportion_to_their_length():
    """A course twice as long has a bar twice as long."""
    spans = [
        Span("A", date(2025, 1, 1), date(2025, 3, 2)),
        Span("B", date(2025, 5, 1), date(2025, 8, 29)),
    ]
    short, long = (float(bar.attrib["width"]) for bar in marks(timeline(spans, [], TODAY), "rect"))
    assert long == pytest.approx(2 * short, rel=0.02)


def test_timeline_marks_what_is_still_going_on():
    """A course without an end reaches today and gets an arrow."""
    going_on = timeline([Span("A", date(2026, 1, 1))], [], TODAY)
    ended = timeline([Span("A", date(2026, 1, 1), date(2026, 3, 1))], [], TODAY)
    assert len(marks(going_on, "path")) == 1
    assert not marks(ended, "path")
    assert "still going on" in going_on.alt


def test_timeline_writes_values_without_overlap():
    """Values that would overprint each other keep their point and lose their text."""
    points = tuple((date(2025, 1, day), f"{day} g/dL") for day in range(1, 29))
    drawing = timeline([], [Series("Haemoglobin", points)], TODAY)
    assert len(marks(drawing, "circle")) == 28
    written = [text for text in texts(drawing) if text.endswith("g/dL")]
    assert 0 < len(written) < 28
    assert all(text in drawing.alt for text in (value for _, value in points))


def test_timeline_keeps_everything_inside_the_picture():
    """No mark lies outside, from a day to a lifetime."""
    for days in (0, 40, 400, 4_000, 20_000):
        last = date.fromordinal(date(1970, 1, 1).toordinal() + days)
        spans = [Span("A", date(1970, 1, 1), last, "best response PR; ended: progression")]
        drawing = timeline(spans, [Series("S", ((last, "1 g/dL"),))], last)
        for shape in marks(drawing, "circle"):
            assert 0 <= float(shape.attrib["cx"]) <= drawing.width
        for bar in marks(drawing, "rect"):
            assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= drawing.width
        assert len(marks(drawing, "line")) <= 9


@pytest.mark.parametrize("payload", PAYLOADS)
def test_timeline_shows_a_payload_as_its_letters(payload):
    """A treatment named like a script is drawn as those letters."""
    drawing = timeline([Span(payload, date(2026, 1, 1), date(2026, 2, 1))], [], TODAY)
    assert any(payload.startswith(text.rstrip("…")) for text in texts(drawing) if text)
    assert not list(parsed_again(drawing.svg).iter(f"{SVG}script"))


def test_timeline_leaves_out_words_that_have_no_room():
    """A note stands in its bar, after it or before it, and in the table alone without room."""
    note = "best response PR; ended: progression"

    def written(*spans):
        drawing = timeline([Span("A", first, last, note) for first, last in spans], [], TODAY)
        assert drawing.alt.count(note) == len(spans)
        return sum(text.startswith("best") for text in texts(drawing))

    whole = (date(2020, 1, 1), date(2026, 1, 1))
    early = (date(2020, 1, 1), date(2020, 9, 1))
    late = (date(2025, 6, 1), date(2026, 1, 1))
    assert written(whole) == 1
    assert written(whole, early, late) == 3
    middle = (date(2021, 10, 1), date(2024, 3, 1))
    assert written(whole, middle) == 1


def test_timeline_counts_days_that_are_no_calendar_days():
    """De-identified days are marked in months from the diagnosis and said by their number."""
    zero = date(1900, 1, 1)
    spans = [Span("A", date(1900, 1, 31), date(1900, 7, 1)), Span("B", date(1900, 8, 1))]
    drawing = timeline(spans, [Series("S", ((date(1899, 12, 1), "1 g/dL"),))], TODAY, zero=zero)
    ticks = [text for text in texts(drawing) if text.startswith("month")]
    assert ticks == ["month 0", "month 3", "month 6"]
    assert "A from day 30 to day 181" in drawing.alt
    assert "1 g/dL on day -31" in drawing.alt
    assert "1900" not in drawing.alt
    assert not any("1900" in text for text in texts(drawing))
    for bar in marks(drawing, "rect"):
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= drawing.width
