"""Answers coded 1 and 2, and columns that say yes or no to one level of a fact."""

from collections.abc import Mapping

import pytest

from dashboard.knowledge.library import load_library
from dashboard.records.patient import Finding, Intake, Severity
from dashboard.records.reading import Reading
from dashboard.records.tabular import read_table
from tests.builders import TODAY

LIBRARY = load_library()


def read(text: str, answers: Mapping[str, str] | None = None, disease: str = "nsclc") -> Intake:
    """A table of one tumour group."""
    return read_table(text.encode(), "a.csv", Reading(LIBRARY, TODAY, disease, answers or {}))


def values(intake: Intake, feature: str) -> list[object]:
    """The value of each patient."""
    return [patient.values.get(feature) for patient in intake.patients]


def only(intake: Intake, code: str) -> Finding:
    """The one finding with this code."""
    (finding,) = [f for f in intake.findings if f.code == code]
    return finding


CODED = "id,age,liver metastases\n1,60,1\n2,61,2\n3,62,\n4,63,9\n"


def test_codes_one_and_two_are_asked_about_once() -> None:
    """Survey tools write 1 for yes, statistics programs 1 for no: a 1 says nothing by itself."""
    intake = read(CODED)
    question = only(intake, "codes-unclear")
    assert question.severity is Severity.QUESTION
    assert question.message == (
        "Liver metastases: the column is coded 1 and 2 (rows 2 and 3). What do they mean?"
    )
    assert question.key == "codes:liver metastases"
    assert [(c.label, c.answer) for c in question.choices] == [
        ("1 is yes, 2 is no", "1-yes"),
        ("1 is no, 2 is yes", "1-no"),
        ("Leave it unknown", "unknown"),
    ]
    assert values(intake, "liver_metastases") == [None] * 4


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("1-yes", [True, False]), ("1-no", [False, True]), ("unknown", [None, None])],
)
def test_codes_are_read_as_answered(answer: str, expected: list[bool | None]) -> None:
    """The answer is for the column; other codes stay refused, the text of the cell is kept."""
    intake = read(CODED, {"codes:liver metastases": answer})
    assert values(intake, "liver_metastases")[:2] == expected
    assert "codes-unclear" not in {f.code for f in intake.findings}
    assert only(intake, "word-unknown").where.row == 5
    if answer != "unknown":
        assert intake.patients[0].origins["liver_metastases"].text == "1"


def test_codes_of_a_fact_with_two_words_are_asked_about() -> None:
    """Sex coded 1 and 2 is asked about, not refused."""
    table = "id,age,sex\n1,60,1\n2,61,2.0\n"
    assert [c.answer for c in only(read(table), "codes-unclear").choices] == [
        "1-female", "1-male", "unknown",
    ]  # fmt: skip
    assert values(read(table, {"codes:sex": "1-male"}), "sex") == ["male", "female"]


@pytest.mark.parametrize("cells", ["1,0", "1,1", "yes,2", "0,2"])
def test_codes_are_plain_where_no_two_stands_beside_a_one(cells: str) -> None:
    """0 and 1 are no and yes; a column of ones alone is one of yes."""
    one, two = cells.split(",")
    intake = read(f"id,age,liver metastases\n1,60,{one}\n2,61,{two}\n")
    assert "codes-unclear" not in {f.code for f in intake.findings}


def test_codes_of_numbered_levels_are_their_levels() -> None:
    """An ECOG of 2 is an ECOG of 2."""
    assert values(read("id,ECOG\n1,1\n2,2\n"), "ecog_ps") == ["1", "2"]


def test_columns_of_one_level_say_which_where_they_say_yes() -> None:
    """KRAS G12C: yes is that mutation; no leaves open whether there is another, and is listed."""
    intake = read("id,age,KRAS G12C,EGFR L858R\n1,60,yes,no\n2,61,no,no\n3,62,,1\n")
    assert values(intake, "kras_mutation") == ["G12C", None, None]
    assert values(intake, "egfr_mutation") == [None, None, "L858R"]
    origin = intake.patients[0].origins["kras_mutation"]
    assert (origin.row, origin.field, origin.text) == (2, "KRAS G12C", "yes")
    assert [(i.where.row, i.name, i.value) for i in intake.unmapped] == [
        (3, "KRAS G12C", "no"),
        (2, "EGFR L858R", "no"),
        (3, "EGFR L858R", "no"),
    ]
    assert {i.reason for i in intake.unmapped} == {"says only what the fact is not"}


def test_columns_of_one_level_stand_beside_the_whole_fact() -> None:
    """Agreeing columns are one fact; differing ones are asked about and leave it unknown."""
    table = "id,age,EGFR,EGFR L858R\n1,60,L858R,yes\n2,61,exon19del,yes\n3,62,,yes\n4,63,wt,no\n"
    intake = read(table)
    assert values(intake, "egfr_mutation") == ["L858R", None, "L858R", "none"]
    question = only(intake, "columns-differ")
    assert question.message == (
        "EGFR mutation: EGFR L858R says L858R, another column exon 19 deletion."
    )
    assert (question.where.row, question.patient) == (3, "2")
    assert [dict(c.values) for c in question.choices] == [
        {"egfr_mutation": "exon19del"}, {"egfr_mutation": "L858R"}, {"egfr_mutation": None},
    ]  # fmt: skip


def test_columns_of_one_level_refuse_other_words() -> None:
    """Neither yes nor no; what is not known is no fault."""
    intake = read("id,age,KRAS G12C\n1,60,perhaps\n2,61,unknown\n")
    finding = only(intake, "word-unknown")
    assert finding.message == "KRAS G12C: 'perhaps' is neither yes nor no."
    assert finding.expected == "yes or no"
    assert finding.rest == "Only this value was left out; everything else was read."


def test_names_of_other_languages_are_known() -> None:
    """German and French headers of what every table has, with their accents."""
    german = read("Pat-Nr;Alter;Geschlecht;ECOG\n1;60;w;1\n")
    assert dict(german.patients[0].values) == {
        "age_years": 60.0, "sex": "female", "ecog_ps": "1",
    }  # fmt: skip
    french = read("N° patient;Âge;Sexe\n1;65 ans;homme\n")
    assert french.patients[0].values["sex"] == "male"
    assert read("id,liver metastases\n1,Checked\n2,Unchecked\n").patients[1].values == {
        "liver_metastases": False
    }


@pytest.mark.parametrize("header", ["LDH_REF_HIGH", "LDH upper reference", "ldh_ref_range_high"])
def test_limits_of_exports_are_known(header: str) -> None:
    """The limit beside a value has many names."""
    assert values(read(f"id,LDH,{header}\n1,300,250\n"), "ldh_x_uln") == [1.2]


@pytest.mark.parametrize(
    ("header", "cell", "months"),
    [("os (days)", "365", 11.99), ("pfs_time_weeks", "26", 5.98), ("OS in years", "2", 24.0)],
)
def test_times_state_their_unit_in_the_header(header: str, cell: str, months: float) -> None:
    """Survival in days is survival, not a column that nobody uses."""
    intake = read(f"id,age,{header}\n1,60,{cell}\n")
    (time,) = intake.patients[0].outcomes.values()
    assert time == pytest.approx(months, abs=0.01)


def test_remarks_under_a_table_are_no_patients() -> None:
    """Footnotes and sources are pointed out; an id without facts is still a patient."""
    text = "id,age,ECOG\n1,60,1\n* at baseline,,\nSource: ward,,\nn=2,,\nall of these,,\nP 7,,\n"
    intake = read(text)
    assert [patient.id for patient in intake.patients] == ["1", "P 7"]
    found = [f for f in intake.findings if f.code == "row-remark"]
    assert [f.where.row for f in found] == [3, 4, 5, 6]
    assert found[1].message == ("Row 4 holds nothing but 'Source: ward': it was read as a remark.")
    assert found[0].fix.startswith("Nothing is to be done if it is one")
    assert found[0].rest == "No patient was made of it; all other rows were read."


def test_columns_of_genes_make_the_fact_about_them_together() -> None:
    """KRAS and NRAS: one altered is RAS mutant, both unaltered is wild type, one alone is open."""
    table = "id,age,KRAS,nras status\n1,60,G12D,WT\n2,61,wt,wt\n3,62,wt,\n4,63,,p.Gln61Lys\n"
    intake = read(table, disease="colorectal")
    assert values(intake, "ras_status") == ["mutant", "wild_type", None, "mutant"]
    assert intake.patients[1].origins["ras_status"].note == "kras, nras: none altered"
    assert [f for f in intake.findings if f.severity is not Severity.NOTE] == []
    alone = read("id,age,KRAS\n1,60,wt\n2,61,mut\n", disease="colorectal")
    assert values(alone, "ras_status") == [None, "mutant"]


def test_names_say_when_a_value_held() -> None:
    """At baseline is now; at diagnosis may be long ago and is asked about."""
    intake = read("id,age,albumin_baseline (g/dL),ECOG at screening\n1,60,3.8,1\n")
    assert intake.patients[0].values["ecog_ps"] == "1"
    assert read("id,age,albumin baseline\n1,60,3.8\n").patients[0].values["albumin_g_dl"] == 3.8
    question = only(read("id,age,stage at diagnosis\n1,60,IVA\n"), "column-unclear")
    assert question.message == (
        "Is column stage at diagnosis Stage group? What held at diagnosis may have changed since."
    )
    assert question.choices[0].answer == "stage"


@pytest.mark.parametrize(("word", "side"), [("sigmoid", "left"), ("Caecum", "right")])
def test_sides_of_the_colon_are_known_by_their_parts(word: str, side: str) -> None:
    """Reports name the segment."""
    assert values(read(f"id,sidedness\n1,{word}\n", disease="colorectal"), "primary_side") == [side]
