"""A hospital's own evidence from file to search, and back out again."""

from datetime import UTC, datetime

import pytest

from dashboard.foundation.errors import NotPermitted, UserError
from dashboard.services import evidence, own_evidence
from dashboard.services.context import Actor, Context, Role
from dashboard.services.installation import open_context
from tests.unit.records.civic import civic, item
from tests.unit.records.workbooks import row, workbook

ROWS = (
    b"title,source,disease,regimen,line,endpoint,measure,value,low,high,unit,patients,biomarker\n"
    b"Our zebra registry,Hospital,nsclc,pembrolizumab-mono,1L,os,median OS,21,16,28,months,118,"
    b"PD-L1\n"
)
NBIB = (
    b"PMID- 9\nTI  - A giraffe study of osimertinib\nAB  - Long necks.\nDP  - 2020\nFAU - A\n"
    + (b"FAU - B\nFAU - C\nFAU - D\nTA  - Journal\n")
)


@pytest.fixture
def context(tmp_path):
    """An installation of its owner."""
    return open_context({"CONCORD_DATA_DIR": str(tmp_path)}, audit=lambda _: None)


def test_own_rows_are_found_with_what_ships(context):
    """After adding, words and filters find the row; its figure and mark stand with it."""
    looked = own_evidence.look(context, ROWS, "own.csv")
    assert not looked.added
    assert evidence.search(context, "zebra").total == 0
    kept = own_evidence.keep(context, looked)
    (row,) = evidence.search(context, "keytruda zebra", {"line": ["First line"]}).documents
    assert row.own == kept.id
    assert (row.figures[0].value, row.figures[0].label) == (21.0, "median OS")
    assert ("Own row", 1) in evidence.values(context, "kind")
    assert own_evidence.look(context, ROWS, "own.csv").added


def test_own_rows_are_read_from_a_workbook(context):
    """The same rows saved by a spreadsheet; what cannot be opened says so and asks nothing."""
    lines = [line.split(",") for line in ROWS.decode().splitlines()]
    content = workbook("".join(row(number, *line) for number, line in enumerate(lines, 1)))
    looked = own_evidence.look(context, content, "own.xlsx")
    assert looked.findings == ()
    (document,) = looked.documents
    assert (document.title, document.figures[0].value) == ("Our zebra registry", 21.0)
    broken = own_evidence.look(context, content[: len(content) // 2], "own.xlsx")
    assert broken.documents == ()
    assert all(not f.choices and f.rest == "Nothing was added." for f in broken.findings)


def test_what_the_gate_refuses_is_told_without_patients(context):
    """An empty file or a document is refused in the words of this page."""
    for content, name in ((b"", "own.csv"), (b"%PDF-1.4 x", "refs.nbib")):
        looked = own_evidence.look(context, content, name)
        told = " ".join(f"{f.expected} {f.fix} {f.rest}" for f in looked.findings)
        assert "template of own rows" in told
        assert "patient" not in told


def test_own_references_are_found_by_abstract_and_synonym(context):
    """PubMed's export is searched by brand names too; authors are shortened."""
    looked = own_evidence.look(context, NBIB, "pubmed.nbib")
    assert looked.kind == "Reference"
    own_evidence.keep(context, looked)
    (found,) = evidence.search(context, "Tagrisso necks").documents
    assert found.source.text == "A, B, C and others. Journal"
    assert found.source.links == (("PMID 9", "https://pubmed.ncbi.nlm.nih.gov/9/"),)


def test_own_evidence_is_taken_away_again(context):
    """What was removed is found no more; removing twice says so."""
    kept = own_evidence.keep(context, own_evidence.look(context, ROWS, "own.csv"))
    assert own_evidence.additions(context) == (kept,)
    own_evidence.remove(context, kept.id)
    assert evidence.search(context, "zebra").total == 0
    with pytest.raises(UserError, match="not there any more"):
        own_evidence.remove(context, kept.id)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "own.csv", "The file is empty"),
        (b"%PDF-1.7 x", "own.csv", "PDF document"),
        (b"\x80\x04x", "refs.nbib", "pickle"),
        (b"a,b\n1,2\n", "own.csv", "no column title or source"),
    ],
)
def test_a_file_the_gate_or_the_reader_refuses_adds_nothing(context, content, name, message):
    """The gate of all uploads stands before this one too."""
    looked = own_evidence.look(context, content, name)
    assert looked.documents == ()
    assert any(message in finding.message for finding in looked.findings)
    with pytest.raises(UserError, match="can be added"):
        own_evidence.keep(context, looked)


def test_a_long_export_of_references_is_no_table(context):
    """More lines than a table may have rows are welcome when they are references."""
    long = b"".join(b"PMID- %d\nTI  - Study %d\n%s" % (n, n, b"MH  - x\n" * 60) for n in range(900))
    looked = own_evidence.look(context, long, "pubmed.txt")
    assert (len(looked.documents), looked.findings) == (900, ())


def test_an_old_encoding_is_read_and_said(context):
    """Windows-1252 is read with a warning; UTF-16 by its mark."""
    text = "title,source\nKöln,Hospital\n"
    looked = own_evidence.look(context, text.encode("cp1252"), "own.csv")
    assert looked.documents[0].title == "Köln"
    assert looked.findings[0].code == "encoding"
    assert own_evidence.look(context, text.encode("utf-16"), "own.csv").documents


def test_the_template_is_handed_out(context):
    """It is a CSV with the columns."""
    assert own_evidence.template(context).startswith(b"title,source,")


def test_adding_needs_the_permission(context):
    """A viewer reads and searches, and adds nothing."""
    viewer = Context(
        Actor("v", "Viewer", Role.VIEWER), context.library, context.settings,
        lambda: datetime.now(UTC), lambda _: None, context.read, context.store,
    )  # fmt: skip
    assert evidence.search(viewer, "pembrolizumab").total > 0
    with pytest.raises(NotPermitted, match="may not add own evidence"):
        own_evidence.look(viewer, ROWS, "own.csv")


RIS = "TY  - JOUR\nTI  - Überleben bei Mammakarzinom\nDO  - 10.1/x\nER  - \n"


@pytest.mark.parametrize(
    "content",
    [
        RIS.encode("utf-16-le"),
        RIS.encode("utf-16-be"),
        RIS.encode("utf-16"),
        RIS.encode("utf-32"),
        RIS.replace("\n", "\r").encode(),
        ("\r\n\n \ufeff" + RIS).encode("utf-8-sig"),
        RIS.encode("utf-8-sig"),
    ],
)
def test_exports_are_read_whatever_their_encoding(context, content):
    """Two or four bytes a letter, with or without a mark, old line ends, blank lines first."""
    looked = own_evidence.look(context, content, "export.ris")
    assert [each.title for each in looked.documents] == ["Überleben bei Mammakarzinom"]
    assert looked.findings == ()


def test_references_that_repeat_others_are_counted(context):
    """Of each publication the first entry is kept, and the file's reader is told."""
    looked = own_evidence.look(context, (RIS * 3).encode(), "export.ris")
    assert len(looked.documents) == 1
    assert [f.message for f in looked.findings] == [
        "2 references repeat others by DOI, PubMed number or title, the first at line 5."
    ]


@pytest.mark.parametrize(
    ("text", "form"), [("%0 Journal Article\n%T A\n", "EndNote"), ("@article{a}", "BibTeX")]
)
def test_another_form_of_export_is_named(context, text, form):
    """What cannot be read is told with what to export instead."""
    looked = own_evidence.look(context, text.encode(), "export.txt")
    assert looked.documents == ()
    assert form in looked.findings[0].message
    assert "RIS" in looked.findings[0].fix


def test_civic_saved_with_commas_is_told_from_own_rows(context):
    """The cure is the download itself, not the template."""
    looked = own_evidence.look(context, civic(item()).replace("\t", ",").encode(), "civic.csv")
    assert looked.kind == "CIViC item"
    assert [finding.code for finding in looked.findings] == ["civic-without-tabs"]


def test_a_guideline_table_is_read_from_a_workbook(context):
    """The same columns saved by a spreadsheet; its template says which."""
    header, *rows = own_evidence.guideline_template(context).decode().splitlines()
    cells = [line.split(",") for line in (header, *rows)]
    content = workbook("".join(row(number, *line) for number, line in enumerate(cells, 1)))
    looked = own_evidence.look(context, content, "own.xlsx")
    assert looked.kind == "Guideline row"
    assert len(looked.documents) == 1
