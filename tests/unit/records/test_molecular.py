"""What a report of variants puts into a chart: values, questions, refusals."""

from __future__ import annotations

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.alterations import Report
from dashboard.records.chart import Chart
from dashboard.records.molecular import Source, checked_variant, put_absence, put_report
from dashboard.records.patient import Severity, Where
from dashboard.records.reading import Reading
from dashboard.records.variants import Variant, read_variant
from tests.builders import TODAY

LIBRARY = load_library()
SOURCE = Source(Where("report.txt", 4, "variant"), TODAY, name="the report")


def chart() -> Chart:
    """An empty chart of a lung-cancer patient."""
    return Chart("P1", LIBRARY.pack("nsclc"), Reading(LIBRARY, TODAY), "report.txt")


def variant(text: str, gene: str) -> Variant:
    """A variant of a gene."""
    found = read_variant(text, gene)
    assert found is not None
    return found


def codes(target: Chart) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in target.findings]


def test_a_report_with_one_change_gives_its_values_with_their_origin():
    """The origin names the report and what stood in it."""
    target = chart()
    put_report(target, Report((variant("p.Leu858Arg", "EGFR"),)), SOURCE)
    patient = target.close()
    assert patient.values["egfr_mutation"] == "L858R"
    assert patient.origins["egfr_mutation"].note == "the report"
    assert "L858R" in patient.origins["egfr_mutation"].text


def test_two_changes_of_one_gene_are_one_question():
    """Nobody knows which of them decides."""
    target = chart()
    changes = (variant("p.Leu858Arg", "EGFR"), variant("p.Glu746_Ala750del", "EGFR"))
    put_report(target, Report(changes), SOURCE)
    (question,) = [f for f in target.findings if f.where.field == "egfr_mutation"]
    assert (question.code, question.severity) == ("variants-contradict", Severity.QUESTION)
    assert "stand in one report. Which counts?" in question.message
    assert question.choices[-1].label == "leave it unknown"
    assert "egfr_mutation" not in target.close().values


def test_a_change_that_decides_nothing_is_listed():
    """It is read, and no feature asks for it."""
    target = chart()
    put_report(target, Report((variant("p.Arg213Ter", "ZNF99"),)), SOURCE)
    assert [left.reason for left in target.unmapped] == [
        "not a change this tumour group asks about"
    ]


def test_one_absent_change_is_negative_for_itself_alone():
    """Where no feature means exactly it, it is listed."""
    target = chart()
    put_absence(target, variant("p.Thr790Met", "EGFR"), SOURCE)
    put_absence(target, variant("p.Leu858Arg", "EGFR"), SOURCE)
    assert dict(target.close().values) == {"egfr_t790m": False}
    assert len(target.unmapped) == 1


@pytest.mark.parametrize("text", ["", "   "])
def test_no_text_is_no_variant(text):
    """An empty cell says nothing."""
    assert checked_variant(chart(), text, "EGFR", SOURCE) is None


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("p.Gly12", "variant-incomplete", Severity.QUESTION),
        ("c.35G>Z", "variant-incomplete", Severity.QUESTION),
        ("p.Leu858Xyz", "variant-malformed", Severity.ERROR),
    ],
)
def test_a_change_that_cannot_be_is_asked_about_or_refused(text, code, severity):
    """With the nearest valid forms where there are any that would decide something."""
    target = chart()
    found = checked_variant(target, text, "KRAS", SOURCE)
    assert found is not None
    assert found.fault
    (finding,) = target.findings
    assert (finding.code, finding.severity, finding.where) == (code, severity, SOURCE.where)
    assert ("The nearest valid forms are" in finding.message) is bool(finding.choices)


def test_letters_of_another_script_are_read_and_flagged():
    """A Cyrillic letter looks like a Latin one."""
    target = chart()
    found = checked_variant(target, "V600\u0415", "BRAF", SOURCE)
    assert found is not None
    assert found.short == "V600E"
    (warning,) = target.findings
    assert (warning.code, warning.severity) == ("letters-replaced", Severity.WARNING)


def test_an_old_name_of_a_gene_is_translated_with_a_note():
    """HER2 is ERBB2 today."""
    target = chart()
    checked_variant(target, "p.Tyr772_Ala775dup", "HER2", SOURCE)
    assert codes(target) == ["gene-renamed"]
    assert target.findings[0].message == "HER2 is called ERBB2 today."
