"""A file on its way in, as the words a person reads."""

import pytest

from components.widgets import upload
from dashboard.records.identifiers import Identifier
from dashboard.records.patient import FOR_CHECKS, Finding, Intake, Severity, Unmapped, Where
from dashboard.records.removal_report import Action, Line, Report
from tests.builders import a_patient, tiny_pack
from tests.unit.components.test_markup import PAYLOADS, parsed_again
from tests.unit.components.test_patient_widgets import words

PACKS = {"tiny": tiny_pack()}


def a_finding(severity, patient="", *, message="m", key=""):
    """A finding of this severity."""
    return Finding(severity, "c", message, Where("a.csv", 2, "bmi"), patient=patient, key=key)


def an_intake(count, *findings, unmapped=()):
    """An intake of this many patients."""
    patients = tuple(a_patient(id=f"P{place}") for place in range(count))
    return Intake(patients, findings, unmapped, "csv")


@pytest.mark.parametrize(
    ("count", "ready", "said"),
    [
        (3, 3, "3 patients read from a.csv; 3 ready to accept."),
        (1, 1, "1 patient read from a.csv; 1 ready to accept."),
        (3, 1, "2 patients waiting for an answer or a correction below."),
        (0, 0, "No patient of a.csv can be used yet. What is needed stands below."),
    ],
)
def test_summary_counts_what_can_be_accepted(count, ready, said):
    """The sentence says how many were read, are ready, and wait."""
    assert said in words(upload.summary("a.csv", an_intake(count), ready))


def test_summary_says_that_content_was_left():
    """Content without a place is counted at once, not only in the list."""
    left = (Unmapped(Where("a.csv", 2, "X"), "X", "1", "not used"),)
    assert "1 piece of content found no place." in words(
        upload.summary("a.csv", an_intake(1, unmapped=left), 1)
    )


def test_file_findings_folds_notes_and_shows_the_rest():
    """What matters is in sight; notes are folded; questions and patients' matters are elsewhere."""
    said = words(
        upload.file_findings(
            [
                a_finding(Severity.WARNING, message="a warning"),
                a_finding(Severity.NOTE, message="a note"),
                a_finding(Severity.ERROR, "P1", message="of a patient"),
            ]
        )
    )
    assert said.index("a warning") < said.index("Notes about the file: 1") < said.index("a note")
    assert "of a patient" not in said


def test_ready_table_shows_what_to_keep_an_eye_on():
    """Each ready patient stands with main facts, completeness and counted findings."""
    patients = [a_patient(id="P1"), a_patient({"age_years": 50.0}, id="P2")]
    found = [a_finding(Severity.WARNING, "P1", message="odd"), a_finding(Severity.NOTE, "P1")]
    rows = parsed_again(f"<x>{upload.ready_table(patients, found, PACKS)}</x>").findall(
        ".//tbody/tr"
    )
    first, second = (" ".join(row.itertext()) for row in rows)
    assert "61 years" in first
    assert "1 check, 1 note" in first
    assert "odd" in first
    assert second.endswith("nothing")
    assert f"1 of {len(PACKS['tiny'].features)}" in second


def test_ready_table_stops_at_what_a_person_reads():
    """Of thousands of patients the first are listed and the rest are counted."""
    patients = [a_patient(id=f"P{place}") for place in range(250)]
    said = words(upload.ready_table(patients, [], PACKS))
    assert "50 more are not listed here." in said


def test_unmapped_table_lists_with_reason():
    """Name, value, place and reason of everything without a place; nothing without any."""
    left = (Unmapped(Where("a.csv", 2, "X"), "X", "1", "identifies the patient"),)
    said = words(upload.unmapped_table(left))
    assert "X 1 a.csv, row 2, X identifies the patient" in said
    assert not upload.unmapped_table(()).text


def test_identifier_report_says_what_was_done_and_no_more():
    """The report claims what the rules claim; shapes, not texts; silence is said too."""
    line = Line("MRN", Identifier.RECORD_NUMBER, Action.PSEUDONYM, 3, ("aaa-9999",))
    said = words(upload.identifier_report(Report(lines=(line,))))
    assert "Identifiers removed under these rules" in said
    assert "MRN record number replaced by a pseudonym 3 aaa-9999" in said
    assert "anonym" not in said.lower()
    assert "No identifiers were found" in words(upload.identifier_report(Report()))
    assert "were not looked for" in words(upload.identifier_report(None))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_upload_shows_a_payload_as_its_letters(payload):
    """File names, column names, values and messages are text."""
    left = (Unmapped(Where(payload, 2, payload), payload, payload, payload),)
    for markup in (
        upload.summary(payload, an_intake(0), 0),
        upload.unmapped_table(left),
        upload.file_findings([a_finding(Severity.WARNING, message=payload)]),
        upload.ready_table([a_patient(id=payload)], [], PACKS),
    ):
        texts = list(parsed_again(f"<x>{markup}</x>").itertext())
        assert any(payload in text for text in texts)


def test_unmapped_table_tells_what_served_apart():
    """A date that the checks used did not find no place."""
    where = Where("a.csv", 2, "born")
    items = [Unmapped(where, "born", "1960-01-01", FOR_CHECKS), Unmapped(where, "x", "1", "no")]
    said = words(upload.unmapped_table(items))
    assert "1 piece of content found no place; 1 piece used without a place of their own" in said
    assert "found no place" not in words(upload.unmapped_table(items[:1]))


def test_identifier_report_counts_kinds():
    """One kind is one kind."""
    line = Line("a", Identifier.NAME, Action.REMOVED, 3, ("aa",))
    assert ": 1 kind" in words(upload.identifier_report(Report((line,))))
    assert "1 kinds" not in words(upload.identifier_report(Report((line,))))
