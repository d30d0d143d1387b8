"""A change named beside a word of doubt or denial is asked about, never read as found."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.knowledge.library import Library, load_library
from dashboard.records.patient import Finding, Severity
from dashboard.records.readers import read
from dashboard.records.reading import Reading


@pytest.fixture(scope="module")
def library() -> Library:
    """The packs that ship."""
    return load_library()


def read_one(library: Library, column: str, text: str) -> tuple[object, list[Finding]]:
    """The value and the findings of one cell of a lung cancer table."""
    reading = Reading(library, date(2026, 11, 21), disease="nsclc")
    content = f'id,age_years,{column}\nP1,60,"{text}"\n'.encode()
    intake = read(content, "t.csv", reading)
    findings = [finding for finding in intake.findings if finding.where.field == column]
    return intake.patients[0].values.get(column), findings


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("egfr_mutation", "L858R not detected"),
        ("egfr_mutation", "no L858R"),
        ("egfr_mutation", "negative for L858R"),
        ("egfr_mutation", "? L858R"),
        ("egfr_mutation", "L858R (pending)"),
        ("egfr_mutation", "exon 19 deletion excluded"),
        ("egfr_mutation", "kein L858R"),
        ("kras_mutation", "G12C suspected"),
        ("kras_mutation", "KRAS G12C not detected"),
        ("alk_fusion", "no rearrangement detected"),
        ("alk_fusion", "rearrangement not tested"),
        ("braf_v600e", "V600E not detected"),
        ("met_exon14_skipping", "exon 14 skipping not detected"),
        ("egfr_t790m", "T790M not tested"),
        ("driver_alteration", "no EGFR L858R"),
    ],
)
def test_a_denied_or_doubted_change_is_a_question(library: Library, column: str, text: str) -> None:
    """The value stays unknown; one question offers found, not found and unknown."""
    value, findings = read_one(library, column, text)
    assert value is None
    (finding,) = findings
    assert finding.severity is Severity.QUESTION
    assert finding.code == "finding-hedged"
    assert "names a change beside a word that denies or doubts it" in finding.message
    labels = [choice.label for choice in finding.choices]
    assert labels[0].startswith("Found: ")
    assert "Looked for and not found" in labels


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("egfr_mutation", "L858R", "L858R"),
        ("egfr_mutation", "exon 19 deletion", "exon19del"),
        ("egfr_mutation", "not detected", "none"),
        ("egfr_mutation", "wild type", "none"),
        ("kras_mutation", "KRAS G12C", "G12C"),
        ("alk_fusion", "EML4-ALK", True),
        ("alk_fusion", "rearranged", True),
        ("alk_fusion", "not detected", False),
        ("braf_v600e", "V600E", True),
    ],
)
def test_a_plain_report_is_still_read(
    library: Library, column: str, text: str, expected: object
) -> None:
    """What is said without doubt needs no question."""
    assert read_one(library, column, text)[0] == expected


@pytest.mark.parametrize(
    ("column", "text"),
    [("alk_fusion", "amplified"), ("alk_fusion", "mutated"), ("met_exon14_skipping", "amplified")],
)
def test_another_kind_of_alteration_is_a_question(library: Library, column: str, text: str) -> None:
    """An amplified gene is not a fused one; nobody's guess decides."""
    value, findings = read_one(library, column, text)
    assert value is None
    assert [finding.code for finding in findings] == ["other-alteration"]
    assert findings[0].severity is Severity.QUESTION


def test_minus_one_in_a_yes_or_no_column_is_a_question(library: Library) -> None:
    """Some databases write yes as -1, others not recorded."""
    value, findings = read_one(library, "ild_history", "-1")
    assert value is None
    assert "yes as some databases write it" in findings[0].message
