"""References from PubMed and from reference managers: every field that has a place, each once."""

import pytest

from dashboard.records.patient import Severity
from dashboard.records.references import looks_like_references, read_references

MEDLINE = """
PMID- 27718847
DP  - 2016 Nov 10
TI  - Pembrolizumab versus Chemotherapy for PD-L1-Positive Non-Small-Cell Lung
      Cancer.
LID - 10.1056/NEJMoa1606774 [doi]
AB  - BACKGROUND: An antibody against programmed death 1.
      METHODS: Randomised.
FAU - Reck, Martin
AU  - Reck M
FAU - Brahmer, Julie R
TA  - N Engl J Med
MH  - Humans
OT  - PD-L1
AID - NEJMoa1606774 [pii]
AID - 10.1056/NEJMoa1606774 [doi]

PMID- 1
TI  - Another one
"""
RIS = """TY  - JOUR
TI  - Osimertinib in untreated EGFR-mutated disease
AU  - Soria, Jean-Charles
PY  - 2018
JO  - N Engl J Med
DO  - https://doi.org/10.1056/NEJMoa1713137
AB  - First line of the abstract
and its second line.
KW  - EGFR
ER  -

TY  - JOUR
T1  - Older tags
Y1  - 2011/05/01/
ER  -
"""


def test_medline_is_read_with_its_continued_lines():
    """Title and abstract run over several lines; the DOI is the one marked as such."""
    (first, second), findings = read_references(MEDLINE, "x.nbib")
    assert findings == ()
    assert first.title.endswith("Lung Cancer.")
    assert first.abstract.endswith("METHODS: Randomised.")
    assert (first.year, first.doi, first.pmid) == (2016, "10.1056/NEJMoa1606774", "27718847")
    assert first.authors == ("Reck, Martin", "Brahmer, Julie R", "Reck M")
    assert first.keywords == ("Humans", "PD-L1")
    assert second.identity == "1"


def test_ris_is_read_with_old_and_new_tags():
    """Titles under TI or T1, the year out of a date, the DOI out of an address."""
    (first, second), findings = read_references(RIS, "x.ris")
    assert findings == ()
    assert (first.doi, first.year, first.journal) == ("10.1056/NEJMoa1713137", 2018, "N Engl J Med")
    assert first.abstract == "First line of the abstract and its second line."
    assert (second.title, second.year) == ("Older tags", 2011)


def test_a_publication_is_kept_once():
    """The same DOI twice is one reference."""
    found, _ = read_references(RIS + RIS, "x.ris")
    assert len(found) == 2


def test_a_reference_without_a_title_is_named_with_its_line():
    """It is left out, the others are read."""
    found, (finding,) = read_references("PMID- 1\nDP  - 2020\n\nPMID- 2\nTI  - Good\n", "x.nbib")
    assert [each.title for each in found] == ["Good"]
    assert finding.where.row == 1
    assert "line 1 has no title" in finding.message


def test_a_file_without_a_reference_is_refused():
    """Nothing to add is an error with its cure."""
    found, (finding,) = read_references("hello\nworld\n", "x.txt")
    assert (found, finding.severity) == ((), Severity.ERROR)
    assert ".nbib" in finding.expected


@pytest.mark.parametrize(
    ("text", "references"),
    [(MEDLINE, True), (RIS, True), ("\ufeff" + RIS, True), ("title,source\nx,y\n", False),
     ("", False)],
)  # fmt: skip
def test_exports_are_told_from_tables(text, references):
    """By how they begin."""
    assert looks_like_references(text) is references


def test_a_date_without_a_year_is_said_and_the_reference_kept():
    """Nothing is lost in silence; several are counted."""
    text = "TY  - JOUR\nTI  - A\nPY  - 20x0\nER  - \n"
    (found,), (finding,) = read_references(text, "x.ris")
    assert found.year is None
    assert finding.message.startswith("One reference has a date without a year")
    assert finding.where.row == 1
    two = text + text.replace("TI  - A", "TI  - B")
    assert "2 references have a date" in read_references(two, "x.ris")[1][0].message


def test_a_file_that_was_cut_off_is_said():
    """The last reference of RIS ends with a line of its own."""
    text = "TY  - JOUR\nTI  - A\nER  - \nTY  - JOUR\nTI  - B cut o"
    found, (finding,) = read_references(text, "x.ris")
    assert [reference.title for reference in found] == ["A", "B cut o"]
    assert "may have been cut off" in finding.message
    assert read_references(text + "\nER  - \n", "x.ris")[1] == ()


def test_titles_hold_nothing_that_no_screen_shows():
    """Control characters and marks that turn the writing round are taken out."""
    (found,), _ = read_references("PMID- 1\nTI  - A\x00 ti\u202etle\n      on\x1b\n", "x.nbib")
    assert found.title == "A title on"
