"""What was found, as rows and as a table to take away."""

import csv
import io

from components.widgets import library
from dashboard.answers.evidence import Citation, Document, Figure, Found

FIGURES = tuple(Figure("os", f"{n}-month OS", 50.0, 40.0, 60.0, "%") for n in range(6))
DOCUMENT = Document(
    "x", "Trial arm", "<b>TRIAL</b>", "text " * 100, "", {"kind": ("Trial arm",)}, 2020, 100,
    FIGURES, Citation("Paper", "10.1/x", "yes"),
)  # fmt: skip


def test_rows_show_figures_source_and_escape_data():
    """The first figures stand open, the rest unfolds; titles are letters."""
    shown = str(library.rows_table([DOCUMENT]))
    assert "&lt;b&gt;TRIAL" in shown
    assert "2 more figures" in shown
    assert "50% (40 to 60%)" in shown
    assert "re-read at the source" in shown


def test_told_counts_and_names_what_was_looked_for():
    """Nobody wonders why a row is there."""
    words = ("keytruda (also pembrolizumab)", "lung")
    shown = str(library.told(Found((DOCUMENT,), 1, 900, words, loosened=True)))
    assert "1 of 900" in shown
    assert "No row holds every word" in shown
    assert "keytruda (also pembrolizumab)" in shown
    assert "written like that" not in shown


def test_told_says_as_what_a_misspelt_word_was_read():
    """A word that stands nowhere is not silently another one."""
    found = Found((DOCUMENT,), 1, 900, ("x",), read=("osimertinb read as osimertinib",))
    shown = str(library.told(found))
    assert "No row has a word written like that: osimertinb read as osimertinib" in shown


def test_found_is_taken_away_one_figure_a_line_without_formulas():
    """A title that a spreadsheet would run is disarmed; a row without figures stands too."""
    risky = Document("y", "Reference", "=HYPERLINK(1)", "", own="abc")
    rows = list(csv.DictReader(io.StringIO(library.found_csv([DOCUMENT, risky]).decode())))
    assert len(rows) == 7
    assert rows[0]["figure"] == "0-month OS"
    assert (rows[-1]["title"], rows[-1]["own"], rows[-1]["value"]) == ("'=HYPERLINK(1)", "yes", "")


def test_preview_says_how_many_more():
    """Of a long file the first rows are shown."""
    assert "and 2 more" in str(library.preview_table([DOCUMENT] * 10))
    assert "more</p>" not in str(library.preview_table([DOCUMENT]))
